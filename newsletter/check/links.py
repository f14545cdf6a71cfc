"""Rules about links: whether they lead somewhere, and whether readers can tell where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from newsletter.check.letter import LIQUID, Hit, Letter
from newsletter.check.model import Severity

_IS_LOOPBACK = re.compile(
    r"https?://(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?:[/?#]|$)", re.IGNORECASE
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]|$)", re.IGNORECASE)
_PAGE = re.compile(
    r"[^/?#]*\.(?:html?|php|md|txt|pdf|jpe?g|png|gif|docx?)(?:[?#]|$)", re.IGNORECASE
)
# Markdown makes no links of these.
_FORBIDDEN = re.compile(r"(?<!\\)\]\(\s*<?((file|javascript|vbscript):[^)\s>]*)", re.IGNORECASE)
_SHORTENERS = frozenset(
    {
        "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "dlvr.it", "fb.me", "goo.gl", "is.gd", "j.mp",
        "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly", "shorturl.at", "snip.ly", "soo.gd", "t.co", "t.ly",
        "tiny.cc", "tinyurl.com", "trib.al", "v.gd", "wp.me",
    }
)  # fmt: skip
_GENERIC = frozenset(
    {
        "click", "click here", "click here now", "click me", "click this link", "continue",
        "details", "find out more", "go", "go here", "here", "info", "learn more", "link", "more",
        "more info", "more information", "read", "read more", "read on", "see here", "see more",
        "tap here", "this", "this article", "this link", "this page", "this site", "view", "visit",
    }
)  # fmt: skip
_WORDS = re.compile(r"[\w’']+")


def link_http(letter: Letter) -> Iterator[Hit]:
    for url in _addresses(letter):
        if not url.lower().startswith("http://") or _IS_LOOPBACK.match(url):
            continue  # the embedded server's own pages never cross a net
        yield _hit(
            letter,
            url,
            message=f"{url} is not encrypted",
            cure="Try https:// in its place; nearly every site has it",
        )


def link_relative(letter: Letter) -> Iterator[Hit]:
    for found in _FORBIDDEN.finditer(letter.prose):
        line, column = letter.place(found.start(1))
        what = "leads to a file on this computer" if found[2] == "file" else "is no address"
        yield Hit(
            message=f"{found[1]} {what}, and stays in brackets",
            cure="Put what is there on the web, and write its whole address",
            line=line,
            column=column,
        )
    for url in _addresses(letter):
        told = _leads_nowhere(url, letter)
        if told is not None:
            line, column = _place(letter, url) if url else _empty_place(letter)
            yield Hit(message=told[0], cure=told[1], line=line, column=column)


def link_shortener(letter: Letter) -> Iterator[Hit]:
    for url in _addresses(letter):
        host = _host(url)
        if host.removeprefix("www.") in _SHORTENERS:
            yield _hit(
                letter,
                url,
                message=f"{host} hides where the link leads; spammers use it, and filters know",
                cure="Open it once and write the address that it ends at",
            )


def link_text_generic(letter: Letter) -> Iterator[Hit]:
    if letter.page is None:
        return
    for link in letter.page.iter("a"):
        words = " ".join("".join(link.itertext()).split())
        if " ".join(_WORDS.findall(words)).casefold() in _GENERIC and link.get("href"):
            line, column = _place_of_words(letter, words, link.get("href", ""))
            yield Hit(
                message=f"“{words}” does not say where the link leads",
                cure="Make the link of words that name what is there",
                line=line,
                column=column,
            )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back from a linked page that did not answer well; `why` is for people."""

    is_broken: bool
    why: str


def web_links(letter: Letter) -> list[str]:
    """The web addresses that a letter links to.

    Not those with Liquid, which differ from reader to reader, nor those of the embedded
    server on this computer.
    """
    return [
        url
        for url in _addresses(letter)
        if _WEB.match(url) and not _IS_LOOPBACK.match(url) and not LIQUID.search(url)
    ]


def link_broken(letter: Letter, answers: Mapping[str, Answer]) -> Iterator[Hit]:
    """What looking at the pages told; which of them answered well is not in `answers`."""
    for url in web_links(letter):
        answer = answers.get(url)
        if answer is None:
            continue
        line, column = _place(letter, url)
        yield Hit(
            message=f"{url}: {answer.why}",
            cure="Open it in a browser, and correct it or leave it out",
            line=line,
            column=column,
            severity=None if answer.is_broken else Severity.INFO,
        )


def _addresses(letter: Letter) -> list[str]:
    """Every address of a link, once, in the order of the email."""
    if letter.page is None:
        return []
    links = (link.get("href") for link in letter.page.iter("a", "area"))
    return list(dict.fromkeys(link.strip() for link in links if link is not None))


def _leads_nowhere(url: str, letter: Letter) -> tuple[str, str] | None:
    """Why a reader's mail program cannot follow a link, and what to write instead."""
    if url.startswith("#"):
        if url[1:] in _targets(letter):
            return None
        return f"“{url}” leads to no place in this letter", "Write the whole address of a page"
    if not url:
        return "A link has no address", "Write the address of a page, or take the link out"
    if url.startswith("{") or LIQUID.match(url):
        return None
    if _IS_LOOPBACK.match(url):
        if letter.context.target == "local":
            return None
        return f"{url} leads to this computer", "Write the address that readers can reach"
    if url.lower().startswith("file:") or re.match(r"[A-Za-z]:[\\/]", url):
        return f"{url} leads to a file on this computer", "Put it on the web and link to it there"
    if _SCHEME.match(url):
        if url.lower().startswith(("http:", "https:")) and not _WEB.match(url):
            return f"{url} names no host", "Write https:// and the whole address"
        return None
    if url.startswith("//"):
        return f"{url} begins without https:", f"Write https:{url}"
    if "@" in url and "/" not in url:
        return f"{url} is taken for a page", f"Write mailto:{url}"
    if _HOST.match(url) and not _PAGE.match(url):
        return f"{url} begins without https://", f"Write https://{url}"
    return (
        f"{url} is relative: a mail has no page that it starts from",
        "Write the whole address, https:// and the host first",
    )


def _targets(letter: Letter) -> set[str]:
    if letter.page is None:
        return set()
    named = ((each.get("id"), each.get("name")) for each in letter.page.iter())
    return {name for pair in named for name in pair if name}


def _hit(letter: Letter, url: str, *, message: str, cure: str) -> Hit:
    line, column = _place(letter, url)
    return Hit(message=message, cure=cure, line=line, column=column)


def _place(letter: Letter, url: str) -> tuple[int | None, int | None]:
    """Where an address was typed: as a whole, not as the beginning of a longer one."""
    for typed in dict.fromkeys((url, unquote(url), url.removeprefix("https://"))):
        found = re.search(rf"(?<![\w/.]){re.escape(typed)}(?![\w/#?=&%-]|\.\w)", letter.body)
        if found:
            return letter.place(found.start())
    return letter.place_of(url)


def _empty_place(letter: Letter) -> tuple[int | None, int | None]:
    found = re.search(r"\]\(\s*(?:<>)?\s*\)|href=(?:\"\s*\"|'\s*')", letter.prose)
    return letter.place(found.start()) if found else (None, None)


def _place_of_words(letter: Letter, words: str, url: str) -> tuple[int | None, int | None]:
    """Where a link with these words and this address was typed."""
    ways = (
        rf"\[[\W_]*{re.escape(words)}[\W_]*\]\(\s*<?{re.escape(url)}",
        rf"{re.escape(url)}[^<>]*>[^<]*{re.escape(words)}",
        rf"\[[\W_]*{re.escape(words)}[\W_]*\]",
    )
    found = next(filter(None, (re.search(way, letter.body) for way in ways)), None)
    return letter.place(found.start()) if found else _place(letter, url)


@lru_cache(maxsize=1024)
def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
