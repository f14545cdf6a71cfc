"""What we meant to do, did, and were told."""
