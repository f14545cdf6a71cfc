"""How the writer looks at the letter: what the page's address says after the question mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import urlencode

from newsletter.preview.frame import SCHEMES, Scheme

Side = Literal["email", "text", "source", "headers"]
Width = Literal["phone", "desktop", "free"]
SIDES: tuple[Side, ...] = ("email", "text", "source", "headers")
WIDTHS: tuple[Width, ...] = ("phone", "desktop", "free")


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to look; unknown words in the address mean the usual one.

    `person` is whose eyes (see `persons`); `pictures` whether any are shown, `elsewhere`
    whether also those from other computers.
    """

    side: Side = "email"
    width: Width = "desktop"
    scheme: Scheme = "light"
    pictures: bool = True
    elsewhere: bool = False
    person: str = "dana"

    def query(self, **changed: str) -> str:
        """The part of an address that means this view, or one that differs in something."""
        pairs = {
            "view": self.side,
            "width": self.width,
            "scheme": self.scheme,
            "images": "on" if self.pictures else "off",
            "web": "on" if self.elsewhere else "off",
            "as": self.person,
        } | changed
        return urlencode(
            {name: value for name, value in pairs.items() if _USUAL_PAIRS[name] != value}
        )

    def frame_query(self, saves: int) -> str:
        """What decides the frame's document, and nothing else: the frame is loaded anew by it."""
        same = replace(self, side="email", width="desktop")
        return f"{same.query()}&v={saves}".lstrip("&")


_USUAL_PAIRS = {
    "view": "email",
    "width": "desktop",
    "scheme": "light",
    "images": "on",
    "web": "off",
    "as": "dana",
}


def view_of(query: Mapping[str, str]) -> View:
    """The view that an address asks for; what it leaves out is as usual."""

    def one_of(name: str, known: tuple[str, ...]) -> str:
        given = query.get(name, "")
        return given if given in known else _USUAL_PAIRS[name]

    return View(
        side=cast("Side", one_of("view", SIDES)),
        width=cast("Width", one_of("width", WIDTHS)),
        scheme=cast("Scheme", one_of("scheme", SCHEMES)),
        pictures=query.get("images") != "off",
        elsewhere=query.get("web") == "on",
        person=query.get("as") or _USUAL_PAIRS["as"],
    )
