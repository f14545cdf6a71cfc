"""The terminal: parse, call a command, print; exit status."""


def main() -> None:
    """Run the command line."""
