"""`cron`: the line or file that makes a machine run the pipeline. Prints; installs nothing."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Literal

from newsletter.errors import WrongUsage

Format = Literal["crontab", "systemd", "launchd", "github"]
FORMATS: tuple[Format, ...] = ("crontab", "systemd", "launchd", "github")
_FILES = {
    "systemd": ("newsletter.service", "newsletter.timer"),
    "launchd": ("newsletter.plist",),
    "github": ("newsletter.yml",),
}


@dataclass(frozen=True, kw_only=True)
class Timer:
    """What to install, and where each part belongs."""

    format: Format
    text: str
    paths: tuple[str, ...]


def cron(
    *,
    name: str,
    label: str,
    folder: Path,
    program: Path,
    home: Path,
    every: timedelta,
    format: Format,  # noqa: A002
) -> Timer:
    """The text for one kind of timer. `program` is the absolute path of `newsletter`.

    Raises WrongUsage for a pause that the kind of timer cannot keep.
    """
    minutes = _minutes(every)
    title = " ".join(name.split())
    words = {
        "@NAME@": title,
        "@LABEL@": label,
        "@MINUTES@": str(minutes),
        "@SECONDS@": str(minutes * 60),
    }
    if format == "crontab":
        return _crontab(words, folder=folder, program=program, home=home, minutes=minutes)
    if format == "systemd":
        words |= {
            "@NAME@": title.replace("%", "%%"),
            "@FOLDER@": _systemd(folder, home),
            "@PROGRAM@": _systemd_word(_systemd(program, home)),
            "@CALENDAR@": _calendar(minutes),
        }
        paths = tuple(f"~/.config/systemd/user/{file}" for file in _FILES[format])
    elif format == "launchd":
        words |= {
            "@FOLDER@": _xml(str(folder)),
            "@PROGRAM@": _xml(str(program)),
            "@NAME@": _xml(title).replace("--", "- -"),  # it stands in a comment
        }
        paths = (f"~/Library/LaunchAgents/org.newsletter.{label}.plist",)
    else:
        words["@NAME@"] = json.dumps(title, ensure_ascii=False)  # YAML reads JSON's quotes
        paths = (".github/workflows/newsletter.yml",)
    parts = [_fill(file, words) for file in _FILES[format]]
    titled = [
        f"# {path}\n{part}" if format == "systemd" else part
        for path, part in zip(paths, parts, strict=True)
    ]
    return Timer(format=format, text="\n".join(titled), paths=paths)


def _crontab(
    words: dict[str, str], *, folder: Path, program: Path, home: Path, minutes: int
) -> Timer:
    when = f"*/{minutes} * * * *" if minutes < 60 else f"0 */{minutes // 60} * * *"
    when = {1: "* * * * *", 60: "0 * * * *", 1440: "0 0 * * *"}.get(minutes, when)
    # In a crontab an unescaped per cent sign ends the command (crontab(5)).
    line = f"cd {_shell(folder, home)} && {_shell(program, home)} run".replace("%", "\\%")
    text = (
        f"# {words['@NAME@']}: send what is due. Add it with:\n"
        "#   (crontab -l 2>/dev/null; newsletter cron) | crontab -\n"
        f"{when}  {line}\n"
    )
    return Timer(format="crontab", text=text, paths=("crontab -e",))


def _minutes(every: timedelta) -> int:
    minutes, rest = divmod(int(every.total_seconds()), 60)
    fits = (
        minutes >= 1
        and not rest
        and (60 % minutes == 0 if minutes < 60 else minutes % 60 == 0 and 1440 % minutes == 0)
    )
    if not fits:
        raise WrongUsage(
            "--every: timers keep whole minutes that divide an hour, or whole hours.",
            hint="--every 5m",
        )
    return minutes


def _fill(file: str, words: dict[str, str]) -> str:
    text = (resources.files("newsletter.commands") / "timers" / file).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _shell(path: Path, home: Path) -> str:
    """The path for /bin/sh, below $HOME where it lies there: the line survives a moved home."""
    if path.is_relative_to(home) and path != home:
        inside = str(path.relative_to(home))
        if not any(char in inside for char in '"$`\\'):
            return f'"$HOME/{inside}"'
    return shlex.quote(str(path))


def _calendar(minutes: int) -> str:
    """The pause as systemd.time(7) has it."""
    if minutes == 1440:
        return "00:00"
    return f"*:0/{minutes}" if minutes < 60 else f"0/{minutes // 60}:00"


def _systemd(path: Path, home: Path) -> str:
    """The path for a unit: %% is a per cent sign, %h the home (systemd.unit(5))."""
    if path.is_relative_to(home) and path != home:
        return f"%h/{_systemd(path.relative_to(home), home)}"
    return str(path).replace("%", "%%")


def _systemd_word(path: str) -> str:
    """The path as one word of ExecStart: quoted, $$ for a dollar (systemd.service(5))."""
    if not re.search(r"[\s\"'\\$;]", path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
