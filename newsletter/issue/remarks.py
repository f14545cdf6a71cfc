"""What reading the settings noticed that does not stop it."""

from __future__ import annotations

from newsletter.issue.frontmatter import Settings
from newsletter.issue.keys import nearest, our_key
from newsletter.issue.model import Remark
from newsletter.issue.values import CURLY

_TEXTS = ("subject", "preview_text", "title")
_WITHOUT_A_FIELD = frozenset({"reply_to", "cc", "bcc", "attachments"})


def key_remarks(settings: Settings, path: str) -> list[Remark]:
    """Unknown keys with the nearest known one, words lost to a comment, curly quotes.

    `path` is the letter's file: a remark on another file names it in its message.
    """
    remarks = [_unknown(settings, name, path) for name in settings.nodes if our_key(name) is None]
    for name, node in settings.nodes.items():
        if our_key(name) not in _TEXTS:
            continue
        line, where = _place(settings, name, path)
        if name in settings.cut:
            remarks.append(
                Remark(
                    rule="front-matter-comment",
                    message=f"the {name} ends before “{settings.cut[name]}”, which YAML takes for a comment{where}",
                    cure="put the whole value in double quotes",
                    line=line,
                )
            )
        typed = node.value if isinstance(node.value, str) else ""
        if (
            len(typed) > 2
            and typed[0] in CURLY
            and typed[-1] in CURLY
            and not set(typed[1:-1]) & set(CURLY)
        ):
            remarks.append(
                Remark(
                    rule="front-matter-curly-quotes",
                    message=f"the curly quotes around the {name} stay in it{where}",
                    cure=f"if they are not meant to, write {name}: {typed[1:-1]}",
                    line=line,
                )
            )
    return remarks


def _unknown(settings: Settings, name: str, path: str) -> Remark:
    line, where = _place(settings, name, path)
    near = nearest(name)
    if name in _WITHOUT_A_FIELD:
        cure = "Kit has no field for it; take it out"
    elif near:
        cure = f"did you mean {near}?"
    else:
        cure = "take it out, or put it under vars: for your template"
    return Remark(
        rule="unknown-key", message=f"“{name}” is not a setting{where}", cure=cure, line=line
    )


def _place(settings: Settings, name: str, path: str) -> tuple[int | None, str]:
    """A remark's line in the letter; or None, and words for the place in the other file."""
    line = settings.lines[name]
    return (line, "") if settings.file == path else (None, f" ({settings.file}:{line})")
