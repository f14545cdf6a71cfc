"""Links that are followed and a picture that is fetched: put into a letter where that is tracked.

Both lead to this server, with a token in place of the reader's name. The text part stays as
it is, and so does a link that holds Liquid, or that is no web address.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser

from newsletter.server.public.tokens import Claim, Purpose, sign

_HREF = re.compile(
    r"(?P<before><a\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*?\shref\s*=\s*)"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')",
    re.IGNORECASE,
)
_WEB = re.compile(r"https?://[^\s{}]+\Z", re.IGNORECASE)
# What an index of PostgreSQL holds, with room to spare.
LONGEST_URL = 2000
_PICTURE = re.compile(r'<img src="[^"]*/o/[\w-]+" width="1" height="1" alt="">')
_END = re.compile(r"</body\s*>", re.IGNORECASE)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = (dict(attrs).get("href") or "").strip()
        if tag == "a" and href.lower().startswith(("http://", "https://")):
            self.found[href] = None


def links_in(html: str) -> list[str]:
    """The web addresses that a letter's links lead to, each once, in order."""
    parser = _Links()
    parser.feed(html)
    return list(parser.found)


def followed_in(html: str) -> list[str]:
    """Those of them that can be followed for everybody: no Liquid stands in them."""
    found = (_target(each) for each in _HREF.finditer(html))
    return list(
        dict.fromkeys(url for url in found if _WEB.match(url) and len(url.encode()) <= LONGEST_URL)
    )


def _target(link: re.Match[str]) -> str:
    return unescape(link["double"] or link["single"] or "").strip()


def unseen(html: str) -> str:
    """A letter without the picture: looking at it here is not a reader who opens it."""
    return _PICTURE.sub("", html)


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """How one letter is tracked: the numbers of its links (none: not at all), and its opens."""

    broadcast_id: int
    secret: bytes
    public_url: str
    link_ids: Mapping[str, int]
    opens: bool
    # Stands for a reader's token until she is known.
    _place: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def marked(self, html: str) -> str:
        """The letter with its links and its picture, for readers to be filled in."""
        html = _HREF.sub(self._leading_here, html)
        if not self.opens:
            return html
        seen = f'<img src="{self.public_url}/o/o{self._place}" width="1" height="1" alt="">'
        ends = list(_END.finditer(html))
        end = ends[-1].start() if ends else len(html)
        return f"{html[:end]}{seen}{html[end:]}"

    def _leading_here(self, link: re.Match[str]) -> str:
        href = _target(link)
        if href not in self.link_ids:
            return link[0]
        here = f"{self.public_url}/c/{self.link_ids[href]}/c{self._place}"
        return f'{link["before"]}"{escape(here)}"'

    def personal(self, html: str, subscriber_id: int) -> str:
        """The letter for one reader."""
        claim = Claim(broadcast_id=self.broadcast_id, subscriber_id=subscriber_id)
        if self.link_ids:
            html = html.replace(f"c{self._place}", sign(self.secret, Purpose.CLICK, claim))
        if self.opens:
            html = html.replace(f"o{self._place}", sign(self.secret, Purpose.OPEN, claim))
        return html
