"""Settings are put together here: flag > environment > `.env` > `newsletter.toml` > default."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsError,
)

from newsletter.errors import NotConfigured
from newsletter.settings.documented import documented
from newsletter.settings.model import PREFIX, Settings

FILE = "newsletter.toml"


def load(folder: Path, *, flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the project in `folder` (which may have no `newsletter.toml`).

    Raises NotConfigured for a file that cannot be read, an unknown key (with the
    nearest known one) or a value that does not fit, naming where it stands.
    """
    toml = folder / FILE
    table = _read_toml(toml)
    dotenv = folder / ".env"
    _readable(dotenv)
    chosen = {key: value for key, value in (flags or {}).items() if value is not None}

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del env_settings, dotenv_settings, file_secret_settings
            return (
                init_settings,
                EnvSettingsSource(settings_cls),
                DotEnvSettingsSource(settings_cls, env_file=dotenv, env_file_encoding="utf-8"),
                InitSettingsSource(settings_cls, init_kwargs=table),
            )

    try:
        return Loaded(**chosen)
    except SettingsError as error:
        raise _not_json(error) from None
    except ValidationError as error:
        raise _explain(error, toml=toml, dotenv=dotenv) from None


def unknown_variables(folder: Path) -> tuple[str, ...]:
    """A sentence for each variable that looks like a setting and is none (it is ignored)."""
    known = {row.variable for row in documented()}
    open_ended = (f"{PREFIX}THEME__", f"{PREFIX}FORMS__")
    names = dict.fromkeys([*os.environ, *_dotenv_lines(folder / ".env")])
    return tuple(
        f"{name} is no setting{_near(name, known)}; it is ignored."
        for name in names
        if name.startswith((PREFIX, "KIT_"))
        and name not in known
        and not name.startswith(open_ended)
    )


def _read_toml(path: Path) -> dict[str, Any]:
    _readable(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = f":{place[1]}:{place[2]}" if place else ""
        what = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise NotConfigured(
            f"{path.name}{where}: {what[0].lower()}{what[1:]}.",
            hint='Text needs quotes (name = "My letter"), and each key stands once.',
        ) from error
    _refuse_unknown(table, path)
    if "from" in table:
        table[f"{PREFIX}FROM"] = table.pop("from")
    return table


def _readable(path: Path) -> None:
    try:
        path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except UnicodeDecodeError as error:
        raise NotConfigured(f"{path.name} is not UTF-8 text.", hint="Save it as UTF-8.") from error
    except OSError as error:
        raise NotConfigured(f"{path.name} cannot be read: {error.strerror}.") from error


def _refuse_unknown(table: Mapping[str, Any], path: Path) -> None:
    top, sections = _known_keys()
    for key, value in table.items():
        if key in sections:
            if not isinstance(value, Mapping):
                raise NotConfigured(
                    f"{path.name}{_line(path, key)}: {key} is a section.",
                    hint=f"Write [{key}] and its keys below it.",
                )
            for name in value:
                if name not in sections[key]:
                    raise _unknown(path, name, sections[key], taken=set(value), section=key)
        elif key not in top:
            raise _unknown(path, key, top | set(sections), taken=set(table))


def _known_keys() -> tuple[set[str], dict[str, set[str]]]:
    top: set[str] = set()
    sections: dict[str, set[str]] = {}
    for row in documented():
        if row.key.startswith("["):
            section, key = row.key[1:].split("] ")
            sections.setdefault(section, set()).add(key)
        elif row.key:
            top.add(row.key)
    return top, sections


def _unknown(
    path: Path, key: str, known: set[str], *, taken: set[str], section: str = ""
) -> NotConfigured:
    near = _near(key, known, taken)
    if not near and re.search(r"key|secret|password|token", key, re.IGNORECASE):
        return NotConfigured(
            f"{path.name}{_line(path, key)}: {key} does not belong in {path.name}, which is shared.",
            hint="Secrets go in .env: KIT_API_KEY=…",
            code="secret-in-settings",
        )
    inside = f" in [{section}]" if section else ""
    return NotConfigured(
        f"{path.name}{_line(path, key)}: unknown setting {key!r}{inside}{near}.",
        hint=f"The settings {f'in [{section}]' if section else 'there'} are: {', '.join(sorted(known))}.",
        code="unknown-setting",
    )


def _near(word: str, known: set[str], taken: Set[str] = frozenset()) -> str:
    """The nearest known name: one that is not set yet first, letters that changed places first."""
    close = difflib.get_close_matches(word, sorted(known), 5, cutoff=0.6)
    # The sort is stable: what is left keeps the order of likeness.
    near = sorted(close, key=lambda name: (name in taken, sorted(name) != sorted(word)))
    return f" (did you mean {near[0]!r}?)" if near else ""


def _line(path: Path, key: str) -> str:
    pattern = re.compile(rf"""^\s*\[?["']?{re.escape(key)}["']?\]?\s*(=|$)""")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if pattern.match(line):
            return f":{number}"
    return ""


def _dotenv_lines(path: Path) -> dict[str, int]:
    if not path.is_file():
        return {}
    pattern = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = ((pattern.match(line), number) for number, line in enumerate(lines, start=1))
    return {match[1].upper(): number for match, number in found if match}


def _not_json(error: SettingsError) -> NotConfigured:
    """A list or table in a variable, written in another way than pydantic-settings reads."""
    field = re.search(r'field "(\w+)"', str(error))
    name = f"{PREFIX}{field[1].upper()}" if field else "A variable"
    return NotConfigured(
        f"{name}… cannot be read: lists and tables stand in variables as JSON.",
        hint="""As in: NEWSLETTER_CHECK__IGNORE='["link-http"]'""",
    )


def _explain(error: ValidationError, *, toml: Path, dotenv: Path) -> NotConfigured:
    first = error.errors(include_url=False, include_input=False)[0]
    loc = [str(part) for part in first["loc"]]
    variable = loc[0] if loc[0].startswith((PREFIX, "KIT_")) else PREFIX + "__".join(loc).upper()
    key = "from" if loc[0] == f"{PREFIX}FROM" else loc[-1]
    in_dotenv = _dotenv_lines(dotenv)
    if variable in {name.upper() for name in os.environ}:
        where = f"{variable} in the environment"
    elif variable in in_dotenv:
        where = f".env:{in_dotenv[variable]}: {variable}"
    elif toml.is_file() and _line(toml, key):
        where = f"{toml.name}{_line(toml, key)}: {key}"
    else:
        where = key
    what = first["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return NotConfigured(f"{where}: {what[0].lower()}{what[1:]}.", hint=_meaning(variable))


def _meaning(variable: str) -> str:
    """What the setting is for, with a value that fits."""
    row = next((row for row in documented() if row.variable == variable), None)
    if row is None:
        return "newsletter.toml, .env and the environment are where settings stand."
    value = row.example or row.default
    return f"{row.meaning}{f' As in: {value}' if value and not row.secret else ''}"
