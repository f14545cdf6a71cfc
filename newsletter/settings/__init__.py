"""Settings: flag > environment > `.env` > `newsletter.toml` > default, as one frozen object.

What is true for the letter wherever it runs stands in `newsletter.toml` (in git); what
is secret or differs per machine stands in `.env` or the environment. Every setting has
a variable; the tables in `docs/settings.md` and `.env.example` are made from this room.
"""

from newsletter.settings.documented import Row, documented
from newsletter.settings.loading import FILE, load, unknown_variables
from newsletter.settings.model import Settings, parse_duration

__all__ = ["FILE", "Row", "Settings", "documented", "load", "parse_duration", "unknown_variables"]
