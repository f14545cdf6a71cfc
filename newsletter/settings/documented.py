"""The settings as tables: for the manual, `.env.example` and "did you mean"."""

from __future__ import annotations

import json
from datetime import timedelta

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from newsletter.settings.model import PREFIX, Section, Settings

_SECRETS = {
    "kit_api_key",
    "smtp_url",
    "ledger_url",
    "store_url",
    "server_key",
    "kit_webhook_secret",
}
_ONLY_VARIABLES = ("clock", "ping_url", "server_key")


class Row(BaseModel):
    """One line of the settings table in the manual."""

    key: str
    variable: str
    default: str
    meaning: str
    secret: bool
    example: str | None = None


def documented() -> tuple[Row, ...]:
    """Every setting with its key in `newsletter.toml`, variable, default and meaning.

    `key` is empty for what only a variable can set.
    """
    rows: list[Row] = []
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            inner_fields = field.annotation.model_fields.items()
            rows += [_row(inner, inner_field, section=name) for inner, inner_field in inner_fields]
        else:
            rows.append(_row(name, field))
    return tuple(rows)


def _row(name: str, field: FieldInfo, section: str = "") -> Row:
    aliases = field.validation_alias
    alias = aliases.choices[0] if isinstance(aliases, AliasChoices) else None
    variable = str(alias or f"{PREFIX}{f'{section}__' if section else ''}{name}".upper())
    key = "from" if name == "sender" else name
    only_variable = not variable.startswith(PREFIX) or name in _ONLY_VARIABLES
    return Row(
        key="" if only_variable else f"[{section}] {key}" if section else key,
        variable=variable,
        default=_show(field.default),
        meaning=field.description or "",
        secret=name in _SECRETS,
        example=_example(field.examples[0]) if field.examples else None,
    )


def _example(value: object) -> str:
    """As a variable holds it: lists and tables are JSON there."""
    return value if isinstance(value, str) else json.dumps(value)


def _show(value: object) -> str:
    """A default as the user would write it."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        sizes = (("h", 3600), ("m", 60), ("s", 1))
        unit, size = next((u, s) for u, s in sizes if seconds % s == 0)
        return f"{seconds // size}{unit}"
    if value is None or value in ("", (), {}):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
