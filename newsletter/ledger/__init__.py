"""What we meant to do, did, and were told. One file, or one PostgreSQL database."""
