"""Rules about the letter's words: what was left for later, and what belongs on a web page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.check.letter import Hit, Letter

_PLACEHOLDERS = re.compile(
    r"\b(?:TK(?:TK)*|TODO|TBD|FIXME|XXX)\b"
    r"|(?i:\blorem\s+ipsum\b)"
    r"|\\?\[(?i:insert)\b[^\]\n]{0,300}\](?!\()"
    r"|\bexample\.com\b"
)
_LEFTOVERS = re.compile(
    r"\bin the comments(?: below)?\b|\bleave (?:me |us )?a comment\b|\bcomment below\b"
    r"|\bshare this (?:post|article|page)\b|\bpin (?:it|this)(?: on pinterest)?\b|\btweet this\b"
    r"|\bin the sidebar\b|\bread more »|\brelated posts\b|\bthis (?:blog )?post first appeared\b"
    r"|\bthe post .{1,80} appeared first on\b|\bclick (?:here )?to (?:tweet|share|play)\b"
    r"|\bjump to recipe\b|\bprint this (?:page|post)\b",
    re.IGNORECASE,
)
_CMS = re.compile(
    r"\\?\[/?(?:caption|gallery|embed|playlist|audio|video|contact-form(?:-7)?|ninja_form|gravityform"
    r"|wpforms|mc4wp_form|su_\w+|vc_\w+|et_pb_\w+|elementor-template|products?|toc)\b[^\]\n]{0,300}\](?![(\[:])"
    r"|&amp;nbsp;",
    re.IGNORECASE,
)
_THING = r"(?:file|pdf|document|photo|picture|image|recipe|form|list|sheet|spreadsheet|slides?|invoice|copy|worksheet)s?"
_ATTACHED = re.compile(
    r"\b(?:please )?(?:find|see) (?:it |the \w+ |my \w+ |a \w+ )?attached\b"
    rf"|\b(?:the|an?|my|our|this) attached {_THING}\b"
    rf"|\b(?:i|we)(?:[’']ve| have)? (?:also )?attached (?:the|a|an|my|our|some|two|three) (?:\w+ )?{_THING}\b"
    rf"|\b{_THING} (?:is|are) attached\b(?! to)"
    r"|\b(?:open|read|download|see|in) the attachments?\b"
    r"|\battached (?:is|are|you[’']ll find|you will find)\b",
    re.IGNORECASE,
)
_FEW, _MANY = 50, 5_000


def placeholder_left(letter: Letter) -> Iterator[Hit]:
    for key, text in letter.envelope:
        for found in _PLACEHOLDERS.finditer(text):
            cure = "Replace it, or ignore the rule in the front matter"
            yield Hit(message=f"{_left(found)} ({key})", cure=cure, key=key)
    for found in _PLACEHOLDERS.finditer(letter.body):
        cure = "Replace it, or write `<!-- ignore: placeholder-left -->` on the line before"
        yield letter.hit(found.start(), message=_left(found), cure=cure)


def _left(found: re.Match[str]) -> str:
    return f"“{found.group().lstrip(chr(92))}” was left to be filled in"


def web_leftover(letter: Letter) -> Iterator[Hit]:
    for found in _LEFTOVERS.finditer(letter.prose):
        yield letter.hit(
            found.start(),
            message=f"“{found.group()}” belongs on a web page: an email has no such thing",
            cure="Leave it out, or ask readers to reply",
        )
    for found in _CMS.finditer(letter.prose):
        yield letter.hit(
            found.start(),
            message=f"“{found.group().lstrip(chr(92))}” is a code of the website's own and arrives as it is",
            cure="Leave it out, or write what it stood for",
        )


def attachment_mentioned(letter: Letter) -> Iterator[Hit]:
    for found in _ATTACHED.finditer(letter.prose):
        yield letter.hit(
            found.start(),
            message=f"“{found.group()}”: a newsletter carries no attachment",
            cure="Put the file on the web and link to it",
        )


def very_long(letter: Letter) -> Iterator[Hit]:
    words = letter.words
    if words > _MANY:
        yield Hit(
            message=f"The letter has {words:,} words, {round(words / 238)} minutes of reading",
            cure="Split it in two, or put the second half on the web and link to it",
        )


def very_short(letter: Letter) -> Iterator[Hit]:
    words = letter.words
    if words < _FEW:
        yield Hit(
            message=f"The letter has {words} word{'s' * (words != 1)}; under {_FEW} it looks empty",
            cure="Write more, or ignore this if short is what you want",
        )
