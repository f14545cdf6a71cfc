"""The commands as the terminal knows them: one a file, loaded when called."""
