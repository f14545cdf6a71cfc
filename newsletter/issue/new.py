"""A new letter: an empty one to write in, or one taken over from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.errors import WrongUsage
from newsletter.issue.body import read_markdown, read_plain
from newsletter.issue.characters import split_lines
from newsletter.issue.edit import scalar
from newsletter.issue.frontmatter import Settings, find_block, read_settings
from newsletter.issue.keys import our_key
from newsletter.issue.model import Change
from newsletter.issue.values import Values

_EMPTY_LETTER = """\
Hello {{ subscriber.first_name | default: "friend" }},

Until next time,
with warm wishes
"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A letter taken over: `body` is Markdown, `changes` what was altered or left out."""

    subject: str
    preview_text: str
    body: str
    changes: tuple[Change, ...]


def new_issue(*, subject: str, preview_text: str = "", body: str = "") -> str:
    """The text of a new Markdown letter: three settings, and a greeting when `body` is empty."""
    settings = {"subject": subject, "preview_text": preview_text, "status": "draft"}
    lines = [
        f"{key}: {scalar(value)}".rstrip() if value else f"{key}:"
        for key, value in settings.items()
    ]
    letter = body.strip("\r\n") + "\n" if body.strip() else _EMPTY_LETTER
    return "\n".join(["---", *lines, "---", "", letter])


def import_text(source: str, *, suffix: str, path: str = "the file") -> Imported:
    """A letter of `.txt` (cleaned and read by its shapes) or `.md` (as it is).

    Of front matter only subject and preview text are taken; what else it sets is among
    the changes. Raises WrongUsage for another suffix and InvalidIssue for front matter
    that cannot be read.
    """
    kind = suffix.lower()
    if kind not in (".md", ".txt"):
        raise WrongUsage(
            f"a file that ends in “{suffix}” cannot be taken over",
            hint="save it as plain text (.txt) or Markdown (.md) first",
        )
    lines = split_lines(source)
    block = find_block(lines, file=path, plain_text=kind == ".txt")
    first = 0 if block is None else block.body
    settings = Settings(file=path)
    if block is not None:
        settings = read_settings(lines[block.first : block.last], file=path, offset=block.first)
    values = Values((settings,))
    read = read_plain if kind == ".txt" else read_markdown
    body = read(lines[first:], first_line=first + 1)
    given = values.text("subject") or values.text("title")
    guessed = body.opening if given else body.preview_text
    return Imported(
        subject=given or body.subject,
        preview_text=values.text("preview_text") or guessed,
        body=body.text,
        changes=(*_left_behind(settings), *body.changes),
    )


def _left_behind(settings: Settings) -> list[Change]:
    return [
        Change(line=line, kind="removed", text=name, why="this setting is not taken over")
        for name, line in settings.lines.items()
        if our_key(name) not in ("subject", "preview_text", "title", "status")
    ]
