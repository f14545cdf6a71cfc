"""What is in the email: its links and pictures with their lines, its words, its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from newsletter.commands.project import Project
from newsletter.issue.model import Issue
from newsletter.preview.frame import Personal
from newsletter.render.model import Email
from newsletter.render.pictures import Measured, Unusable

_READ_A_MINUTE = 230  # words; adults read prose at 200 to 250
_MOST = 500
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link: its words, its address, and the letter's line that has it."""

    words: str
    url: str
    line: int | None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: its file or address, its alternative text (None: it has none), its size as
    shown, how large its own file is, and why it cannot be sent, if so."""

    source: str
    alt: str | None
    size: str
    line: int | None
    own: str = ""
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class Header:
    """One header, and what to know about it."""

    name: str
    value: str
    note: str = ""


def links(email: Email, issue: Issue) -> tuple[Link, ...]:
    """The links in the order of reading; the ones of the look have no line."""
    found = []
    for anchor in _elements(email, "a"):
        url = (anchor.get("href") or "").strip()
        if not url or url.startswith("#"):
            continue
        words = _SPACES.sub(" ", "".join(anchor.itertext())).strip()
        if not words:
            words = next((f"picture: {i.get('alt') or '?'}" for i in anchor.iter("img")), "")
        found.append(Link(words=words or "(no words)", url=url, line=line_of(issue, url)))
        if len(found) == _MOST:
            break
    return tuple(found)


def pictures(email: Email, issue: Issue) -> tuple[Picture, ...]:
    """The pictures in the order of reading."""
    files = {one.address or one.src: one for one in email.pictures}
    found = []
    for image in _elements(email, "img"):
        address = (image.get("src") or "").strip()
        width, height = image.get("width"), image.get("height")
        known = files.get(address)
        source = known.src if known else address
        own = trouble = ""
        if known is not None and isinstance(known.found, Measured):
            own = f"{known.found.width} × {known.found.height}, {known.found.size / 1000:.0f} kB"
        elif known is not None and isinstance(known.found, Unusable):
            trouble = known.found.why
        shown = source if len(source) < 300 else f"{source[:60]}… ({len(source) // 1000} kB inline)"
        found.append(
            Picture(
                source=shown,
                alt=image.get("alt"),
                size=f"{width} × {height}" if width and height else width or "–",
                line=line_of(issue, source) if source else None,
                own=own,
                trouble=trouble,
            )
        )
        if len(found) == _MOST:
            break
    return tuple(found)


def minutes(words: int) -> int:
    """How long reading takes, at least a minute."""
    return max(1, round(words / _READ_A_MINUTE))


def headers(
    project: Project, email: Personal, *, kind: str, to: str, leave_url: str
) -> tuple[Header, ...]:
    """What the message says above its body: what we set, and what the target adds."""
    who = project.look.newsletter
    by_target = "the server sets it" if kind == "local" else "Kit sets its own"
    list_header = leave_url if kind == "local" else "…"
    return (
        Header(name="Subject", value=email.subject),
        Header(name="From", value=f"{who.sender_name} <{who.sender_address}>".strip()),
        Header(name="To", value=to, note="one message a reader: nobody sees the others"),
        Header(
            name="Preview text",
            value=email.preview_text or "–",
            note="no header: it stands hidden at the top of the HTML, where inboxes look for it",
        ),
        Header(name="Message-ID", value="…", note=f"{by_target}, a new one for each reader"),
        Header(
            name="List-Unsubscribe",
            value=f"<{list_header}>",
            note=f"{by_target}; mail programs show a button for it",
        ),
        Header(
            name="List-Unsubscribe-Post",
            value="List-Unsubscribe=One-Click",
            note="one press, no page to confirm on (RFC 8058)",
        ),
        Header(name="Content-Type", value="multipart/alternative: plain text, then HTML"),
    )


def line_of(issue: Issue, words: str) -> int | None:
    """The first line of the letter's file that has these words."""
    at = issue.body.find(words) if words else -1
    return None if at < 0 else issue.line_of(issue.body.count("\n", 0, at))


def _elements(email: Email, name: str) -> Iterator[etree._Element]:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(email.html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return iter(())
    return iter(()) if root is None else iter(root.iter(name))
