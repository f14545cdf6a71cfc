"""The terminal: parse, call a command, print; exit status."""


def main() -> None:
    """Run the command line; ends the process with the exit status."""
    from newsletter.cli.app import run

    run()
