"""Rules about colours: whether words can be read, by day and by night.

Contrast is that of WCAG 2.2 (1.4.3, AA): 4.5 to 1, and 3 to 1 for large words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.check.letter import Hit, Letter
from newsletter.check.markup import Element
from newsletter.render.theme import READABLE, Palette, contrast, luminance

_LARGE = 3.0
_NEAR_BLACK = 0.03  # relative luminance: #303030 and darker
_SETTINGS = "newsletter.toml"


def contrast_low(letter: Letter) -> Iterator[Hit]:
    theme = letter.theme
    yield from _palette(letter, theme.light, "")
    yield from _palette(letter, theme.dark, "dark.")
    for element in letter.elements:
        text, ground = _colours(element)
        if text is None:
            continue
        against = ground or theme.light.paper
        ratio = contrast(text, against)
        if ratio < (_LARGE if _is_large(element) else READABLE):
            what = f"{text} on {against}" if ground else f"{text} on the paper"
            yield letter.hit(
                element.start,
                message=f"{what} {_reads(ratio)}",
                cure="Choose a darker colour for it, or a lighter ground",
            )


def dark_black_text(letter: Letter) -> Iterator[Hit]:
    paper = letter.theme.dark.paper
    for element in letter.elements:
        text, ground = _colours(element)
        if text is not None and ground is None and luminance(text) < _NEAR_BLACK:
            yield letter.hit(
                element.start,
                message=f"{text} stays black where the paper is dark ({paper}), and cannot be read",
                cure="Leave the colour out: the theme has one for light and one for dark",
            )


def _palette(letter: Letter, colours: Palette, prefix: str) -> Iterator[Hit]:
    when = " in the dark" if prefix else ""
    pairs = (
        ("text", colours.text, "paper", colours.paper),
        ("muted", colours.muted, "paper", colours.paper),
        ("muted", colours.muted, "background", colours.background),
        ("accent", colours.accent, "paper", colours.paper),
        ("accent", colours.on_accent, "accent", colours.accent),
    )
    for key, words, other, ground in pairs:
        ratio = contrast(words, ground)
        if ratio >= READABLE:
            continue
        what = f"the words on a button ({words})" if key == other else f"{key} {words}"
        yield _in_theme(
            letter,
            (f"{prefix}{key}", f"{prefix}{other}"),
            f"In the theme{when}, {what} on {other} {ground} {_reads(ratio)}",
        )


def _in_theme(letter: Letter, keys: tuple[str, str], message: str) -> Hit:
    """A hit at the setting that chose the colour: the issue's, or the project's."""
    cure = f"Change `{keys[0]}` under theme until it is {READABLE} to 1"
    own = letter.issue.theme
    if any(_is_set(own, key) for key in keys):
        return Hit(message=message, cure=cure, key="theme")
    project = letter.context.theme
    key = next((key for key in keys if _is_set(project, key)), keys[0])
    line = _line_in_settings(letter.context.files.get(_SETTINGS, ""), key)
    return Hit(message=message, cure=cure, path=_SETTINGS, line=line)


def _is_set(theme: object, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(theme, dict) or part not in theme:
            return False
        theme = theme[part]
    return True


def _line_in_settings(text: str, key: str) -> int | None:
    """The line of `accent`, or of `accent` under `dark`, as people write a theme in TOML."""
    name = key.rpartition(".")[2]
    table = "theme.dark" if "." in key else "theme"
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[([^\]]+)\]", line)
        section = header[1].strip() if header else section
        if section == table and re.match(rf"\s*{name}\s*=", line):
            return number
        if re.match(rf"\s*(?:theme\.)?{'dark' if '.' in key else 'theme'}\b.*\b{name}\s*=", line):
            return number
    return None


def _colours(element: Element) -> tuple[str | None, str | None]:
    """Colour and ground that an element's own style sets, as six-digit hex.

    What is see-through, a picture or a gradient counts as no colour of words: nobody
    can say what they stand on.
    """
    style = element.attributes.get("style", "")
    text = _hex(_value(style, "color") or (element.name == "font" and _attribute(element)) or "")
    ground = _value(style, "background-color") or _value(style, "background")
    ground = ground or element.attributes.get("bgcolor", "")
    if not ground:
        return text, None
    opaque = _hex(ground)
    return (text, opaque) if opaque else (None, None)


def _attribute(element: Element) -> str:
    return element.attributes.get("color", "")


def _value(style: str, name: str) -> str:
    found = re.findall(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", style, re.IGNORECASE)
    return re.sub(r"\s*!important\s*$", "", found[-1]).strip() if found else ""


def _hex(value: str) -> str | None:
    if not value:
        return None
    import tinycss2.color3  # noqa: PLC0415 - most letters set no colours

    colour = tinycss2.color3.parse_color(value)
    if colour is None or colour == "currentColor" or colour.alpha < 1:
        return None
    parts = (colour.red, colour.green, colour.blue)
    return "#" + "".join(f"{round(min(max(part, 0), 1) * 255):02x}" for part in parts)


def _is_large(element: Element) -> bool:
    """24 px, or 18.66 px and bold (WCAG 2.2, large scale)."""
    style = element.attributes.get("style", "")
    size = re.match(r"([\d.]+)px", _value(style, "font-size"))
    bold = _value(style, "font-weight") in ("bold", "bolder", "700", "800", "900")
    pixels = float(size[1]) if size else {"h1": 36.0, "h2": 25.0}.get(element.name, 0.0)
    return pixels >= 24 or (pixels >= 18.66 and (bold or element.name in ("h3", "b", "strong")))


def _reads(ratio: float) -> str:
    return f"has a contrast of {ratio:.1f} to 1 and is hard to read"
