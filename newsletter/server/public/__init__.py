"""What a reader's browser meets."""
