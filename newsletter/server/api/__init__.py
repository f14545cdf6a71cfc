"""The Kit API v4, one resource a file."""
