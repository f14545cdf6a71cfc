"""A new letter: an empty one to write in, or one taken over from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.errors import InvalidIssue, WrongUsage
from newsletter.issue.body import read_markdown, read_plain
from newsletter.issue.characters import split_lines
from newsletter.issue.edit import scalar
from newsletter.issue.frontmatter import Settings, find_block, read_settings
from newsletter.issue.htmlclean import Cleaned, inner_html
from newsletter.issue.htmlmarkdown import to_markdown
from newsletter.issue.keys import our_key
from newsletter.issue.model import Change
from newsletter.issue.name import SUFFIXES
from newsletter.issue.shortcodes import BUILTIN
from newsletter.issue.values import Values

_EMPTY_LETTER = """\
Hello {{ subscriber.first_name | default: "friend" }},

Until next time,
with warm wishes
"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A letter taken over: `changes` is what was altered or left out.

    `body` is Markdown; HTML where `suffix`, that of the file to write, is `.html`.
    """

    subject: str
    preview_text: str
    body: str
    changes: tuple[Change, ...]
    suffix: str = ".md"


def new_issue(
    *, subject: str, preview_text: str = "", body: str = "", template: str | None = None
) -> str:
    """The text of a new letter: three settings, and a greeting when `body` is empty."""
    settings = {"subject": subject, "preview_text": preview_text, "status": "draft"}
    if template:
        settings["template"] = template
    lines = [
        f"{key}: {scalar(value)}".rstrip() if value else f"{key}:"
        for key, value in settings.items()
    ]
    letter = body.strip("\r\n") + "\n" if body.strip() else _EMPTY_LETTER
    return "\n".join(["---", *lines, "---", "", letter])


def import_text(
    source: str,
    *,
    suffix: str,
    path: str = "the file",
    shortcodes: frozenset[str] = BUILTIN,
    keeps_html: bool = False,
) -> Imported:
    """A letter of `.txt` (cleaned and read by its shapes), `.md` (as it is) or `.html`.

    HTML is cleaned and becomes Markdown; with `keeps_html` it is only cleaned. Of front
    matter only subject and preview text are taken; what else it sets is among the changes.
    Raises WrongUsage for another suffix and InvalidIssue for front matter that cannot be
    read and for a file that holds no words.
    """
    kind = suffix.lower()
    if kind == ".htm":
        kind = ".html"
    if kind not in SUFFIXES:
        raise WrongUsage(
            f"a file that ends in “{suffix}” cannot be taken over",
            hint="save it as plain text (.txt), Markdown (.md) or a web page (.html) first",
        )
    if keeps_html and kind != ".html":
        raise WrongUsage("--keep-html is for a file that ends in .html.", hint="Leave it out.")
    lines = split_lines(source)
    block = find_block(lines, file=path, plain_text=kind == ".txt")
    first = 0 if block is None else block.body
    settings = Settings(file=path)
    if block is not None:
        settings = read_settings(lines[block.first : block.last], file=path, offset=block.first)
    values = Values((settings,))
    if kind == ".html":
        return _from_html(lines[first:], first, values, settings, path, keeps_html=keeps_html)
    read = read_plain if kind == ".txt" else read_markdown
    body = read(lines[first:], first_line=first + 1, shortcodes=shortcodes)
    given = values.text("subject") or values.text("title")
    guessed = body.opening if given else body.preview_text
    return Imported(
        subject=given or body.subject,
        preview_text=values.text("preview_text") or guessed,
        body=body.text,
        changes=(*_left_behind(settings), *body.changes),
    )


def _from_html(
    lines: Sequence[str],
    first: int,
    values: Values,
    settings: Settings,
    path: str,
    *,
    keeps_html: bool,
) -> Imported:
    source = "\n".join(lines)
    page = Cleaned(source, first_line=first + 1, keeps_styles=keeps_html)
    if page.is_cut_off:
        raise InvalidIssue(
            "its elements stand more than 2,000 deep in each other",
            file=path,
            rule="body-empty",
            hint="copy the words out of a browser into a .txt",
        )
    changes = [*_left_behind(settings), *page.changes]
    body = inner_html(page) if keeps_html else to_markdown(page.body, changes, first_line=first + 1)
    if not body.strip():
        raise InvalidIssue(
            "there are no words in this file",
            file=path,
            rule="body-empty",
            hint="look at it in a browser",
        )
    return Imported(
        subject=values.text("subject") or values.text("title") or page.title,
        preview_text=values.text("preview_text") or page.description,
        body=body,
        changes=tuple(sorted(changes, key=lambda change: change.line)),
        suffix=".html" if keeps_html else ".md",
    )


def _left_behind(settings: Settings) -> list[Change]:
    return [
        Change(line=line, kind="removed", text=name, why="this setting is not taken over")
        for name, line in settings.lines.items()
        if our_key(name) not in ("subject", "preview_text", "title", "status")
    ]
