"""The look in eleven values: colours, type, width; and the dark colours.

Colours are six-digit hex because premailer copies a background into `bgcolor`, where
old mail programs understand nothing else, and because Gmail drops a whole style
attribute over newer notations.
"""

from __future__ import annotations

import colorsys
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

COLOURS = ("accent", "background", "paper", "text", "muted")
GUTTER = 48
"""The room left and right of the letter inside its paper, in CSS pixels."""
READABLE = 4.5
"""The contrast of text with its background that WCAG 2.2 (1.4.3, AA) asks for."""

LIGHT = {
    "accent": "#9c4328",
    "background": "#f3eee4",
    "paper": "#fffdf8",
    "text": "#2d2823",
    "muted": "#6b6158",
}
DARK = {
    "background": "#191613",
    "paper": "#24201c",
    "text": "#ebe3d8",
    "muted": "#b5a99b",
}
_SERIF = "Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif"
DEFAULTS: Mapping[str, Any] = {
    **LIGHT,
    "font": _SERIF,
    "heading_font": _SERIF,
    "size": 18,
    "width": 600,
    "radius": 10,
    "logo": "",
}
_RANGES = {"size": (14, 24), "width": (320, 800), "radius": (0, 40)}
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class ThemeMistake(ValueError):
    """A theme value that cannot be used; `key` is its name, as `dark.accent`."""

    def __init__(self, key: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.hint = hint


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of one scheme: five that are chosen and five that follow from them."""

    accent: str
    background: str
    paper: str
    text: str
    muted: str

    @property
    def on_accent(self) -> str:
        """The colour of words on the accent colour, as on a button."""
        light, dark = max(self.paper, self.text, key=luminance), "#1d1916"
        return light if contrast(light, self.accent) >= contrast(dark, self.accent) else dark

    @property
    def line(self) -> str:
        """Hairlines and the edges of tables."""
        return mix(self.paper, self.muted, 0.25)

    @property
    def tint(self) -> str:
        """The ground of a boxed note."""
        return mix(self.paper, self.accent, 0.07)

    @property
    def strong_tint(self) -> str:
        """The ground of a warning."""
        return mix(self.paper, self.accent, 0.14)

    @property
    def code(self) -> str:
        """The ground of code."""
        return mix(self.paper, self.muted, 0.1)


@dataclass(frozen=True, kw_only=True)
class Theme:
    """All values of a look. Sizes are CSS pixels; `logo` is an address or empty."""

    light: Palette
    dark: Palette
    font: str
    heading_font: str
    size: int
    width: int
    radius: int
    logo: str

    @property
    def gutter(self) -> int:
        """The room left and right of the letter inside its paper."""
        return GUTTER

    @property
    def column(self) -> int:
        """The width of the letter's lines, and so of its widest picture."""
        return self.width - 2 * GUTTER


def theme_of(*layers: Mapping[str, Any]) -> Theme:
    """The built-in theme with each layer laid over it, the last one on top.

    A dark accent that nobody chose is the light one, lightened until it can be read.
    Raises ThemeMistake for a key that does not exist and a value that cannot be used.
    """
    values: dict[str, Any] = dict(DEFAULTS)
    dark: dict[str, Any] = dict(DARK)
    for layer in layers:
        for key, value in layer.items():
            if key == "dark":
                dark.update(_dark_layer(value))
            else:
                values[key] = _checked(key, value, (*DEFAULTS, "dark"))
    dark.setdefault("accent", _readable(values["accent"], dark["paper"]))
    return Theme(
        light=Palette(**{name: values.pop(name) for name in COLOURS}),
        dark=Palette(**dark),
        **values,
    )


def _dark_layer(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ThemeMistake("dark", "`dark` holds colours of its own", "as in: dark = {…}")
    return {key: _checked(f"dark.{key}", one, COLOURS) for key, one in value.items()}


def _checked(key: str, value: Any, known: tuple[str, ...]) -> Any:
    name = key.rpartition(".")[2]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
        raise ThemeMistake(key, f"the theme has no `{key}`", hint)
    if name in COLOURS:
        return _colour(key, value)
    if name in _RANGES:
        low, high = _RANGES[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ThemeMistake(
                key,
                f"`{key}` is {value!r}",
                f"give a whole number of pixels from {low} to {high}",
            )
        return value
    if not isinstance(value, str) or re.search(r"[;{}<>\n]", value):
        raise ThemeMistake(key, f"`{key}` is {value!r}", "give plain text, as in: Georgia, serif")
    return value.replace('"', "'")


def _colour(key: str, value: Any) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ThemeMistake(
            key, f"`{key}` is {value!r}, which mail programs do not all know", 'write "#9c4328"'
        )
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


@lru_cache(maxsize=64)
def _readable(colour: str, ground: str) -> str:
    """`colour`, made lighter in small steps until it can be read on a dark ground."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _rgb(colour)))
    while contrast(colour, ground) < READABLE + 2 and lightness < 1:
        lightness = min(1.0, lightness + 0.02)
        parts = colorsys.hls_to_rgb(hue, lightness, saturation)
        colour = _hex(tuple(round(part * 255) for part in parts))
    return colour


@lru_cache(maxsize=256)
def mix(ground: str, colour: str, share: float) -> str:
    """`ground` with a share (0 to 1) of `colour` in it."""
    pairs = zip(_rgb(ground), _rgb(colour), strict=True)
    return _hex(tuple(round(a + (b - a) * share) for a, b in pairs))


@lru_cache(maxsize=256)
def luminance(colour: str) -> float:
    """Relative luminance of a six-digit hex colour, 0 to 1 (WCAG 2.2, definitions)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _rgb(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two six-digit hex colours, 1 to 21 (WCAG 2.2, definitions)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _hex(parts: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in parts)
