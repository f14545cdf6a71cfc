"""What should happen to an issue now: the state table, and nothing that acts."""
