"""`.env.example`, made from the settings: secrets stand open, everything else is commented."""

from __future__ import annotations

from newsletter.settings import documented

_HEAD = """\
# Copy to .env (which git ignores). What is secret, or differs per machine, stands there;
# what is true for the letter everywhere stands in newsletter.toml.
# Made from the code by `make docs`.
"""


def dotenv_example() -> str:
    """Every variable with its meaning; nothing in it is a value that works."""
    blocks = [_HEAD]
    for row in documented():
        comment = f"# {row.meaning}"
        if row.secret:
            blocks.append(f"{comment}\n{row.variable}=\n")
        else:
            value = row.example or row.default
            blocks.append(f"{comment}\n# {row.variable}={_quoted(value)}\n")
    return "\n".join(blocks)


def _quoted(value: str) -> str:
    if '"' in value:
        return f"'{value}'"
    return f'"{value}"' if " " in value or "#" in value else value
