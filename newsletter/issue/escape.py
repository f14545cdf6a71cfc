"""Plain words written so that Markdown shows them exactly as they were typed."""

from __future__ import annotations

import re

# Liquid stays Liquid in pasted text; rendering hides it from Markdown.
# A tag ends before the next one begins, or a row of open braces takes quadratic time.
LIQUID = r"\{\{(?:(?!\{\{|\{%)[^\n])*?\}\}|\{%(?:(?!\{\{|\{%)[^\n])*?%\}"
_ADDRESS = re.compile(
    rf"""(?P<liquid>{LIQUID})
    |(?<![^\W_])(?P<url>https?://(?:{LIQUID}|[^\s<>"“”„`\\])+)
    |(?<![\w@./-])(?P<www>www\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?!\w)(?:/[^\s<>"“”„`\\]*)?)
    |(?<![\w.+/@-])(?P<mail>[A-Za-z0-9](?:[A-Za-z0-9._+-]*[A-Za-z0-9_+-])?@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+)(?![\w@-])""",
    re.VERBOSE | re.IGNORECASE,
)
_TRAILING = ".,;:!?…'\"’”»*_~"
_CLOSES = {")": "(", "]": "[", "}": "{"}
_MEANING = re.compile(
    r"""[\\`*\[\]<{}|]      # always
    |(?<![^\W_])_|_(?![^\W_]) # a low line at a word's edge is emphasis
    |~(?=~)|(?<=~)~
    |&(?=\#?\w+;)            # would be read as a character's name""",
    re.VERBOSE,
)
_LINE_START = re.compile(
    r"""(?P<digits>\d{1,9})(?P<dot>[.)])(?=\s|$)   # an ordered list
    |(?P<mark>[-+](?=\s|$) | \#{1,6}(?=\s|$) | > | [-=]+\s*$ | :(?=::|\s))""",
    re.VERBOSE,
)


def escaped_line(text: str) -> str:
    """One line of prose as a line of Markdown: nothing in it means anything.

    Bare addresses become links with the punctuation outside; Liquid is left alone.
    """
    return escaped_start(escaped(text.strip()))


def escaped(text: str) -> str:
    """As `escaped_line`, for words that do not stand at the start of a line."""
    out: list[str] = []
    at = 0
    while match := _ADDRESS.search(text, at):
        before = _words(text[at : match.start()])
        if match["liquid"] and before.endswith("\\{"):
            # Next to a tag an escaped brace would be taken for a part of it.
            before = before.replace("\\{", "&#123;")
        out.append(before)
        link, length = _link(match)
        if link.startswith("[") and out[-1].endswith("!"):
            out[-1] = out[-1][:-1] + "\\!"
        out.append(link)
        at = match.start() + length
    out.append(_words(text[at:]))
    return "".join(out)


def escaped_start(line: str) -> str:
    """A line of Markdown whose first signs mean nothing, as those of a list would."""
    match = _LINE_START.match(line)
    if match is None:
        return line
    if match["dot"]:
        return line[: match.start("dot")] + "\\" + line[match.start("dot") :]
    return "\\" + line


def escaped_label(text: str) -> str:
    """The words of a link or a picture: no links of their own; Liquid is left alone."""
    parts = re.split(f"({LIQUID})", text)
    return "".join(part if at % 2 else _words(part) for at, part in enumerate(parts))


def heading_line(text: str) -> str:
    """Words of a heading: a number sign in them would close it."""
    return escaped(text.strip()).replace("#", "\\#")


def link_destination(url: str) -> str:
    """An address as the destination of a Markdown link."""
    return f"<{url}>"


def trimmed_address(url: str) -> str:
    """An address without the punctuation of the sentence around it."""
    while url:
        last = url[-1]
        opener = _CLOSES.get(last)
        unbalanced = opener is not None and url.count(last) > url.count(opener)
        if last not in _TRAILING and not unbalanced:
            break
        url = url[:-1]
    return url


def _link(match: re.Match[str]) -> tuple[str, int]:
    """The Markdown for a match, and how many characters of the text it stands for."""
    if match["liquid"]:
        return match[0], len(match[0])
    address = match[0] if match["mail"] else trimmed_address(match[0])
    if match["www"]:
        words = _words(address)
        return f"[{words}]({link_destination('https://' + address)})", len(address)
    if match["url"] and len(address) <= len("https://"):
        return _words(match[0]), len(match[0])
    return f"<{address}>", len(address)


def _words(text: str) -> str:
    return _MEANING.sub(lambda match: "\\" + match[0], text)
