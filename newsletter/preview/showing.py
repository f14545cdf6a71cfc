"""Pictures in the frame: the very bytes that will be sent, and a box where one is missing."""

from __future__ import annotations

import base64
import html
import re
import textwrap
from collections.abc import Callable
from urllib.parse import quote, unquote

from newsletter.commands.pictures import bytes_of
from newsletter.render.model import Email
from newsletter.render.pictures import Measured, Placed, Unusable

KINDS = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(src|width|height)=\"([^\"]*)\"", re.IGNORECASE)
_BOX = (480, 200)  # CSS pixels of a picture that says no size of its own


def with_pictures(email: Email, page: str, *, address: Callable[[Placed], str]) -> str:
    """`page`, made of `email`, with the address of each usable picture from `address`, and a
    hatched box that names the file for each one that cannot be sent."""
    missing: dict[str, Unusable] = {}
    for one in email.pictures:
        if isinstance(one.found, Measured):
            page = page.replace(f'"{html.escape(one.address)}"', f'"{html.escape(address(one))}"')
        else:
            missing[unquote(one.src)] = one.found
    if not missing:
        return page
    return _IMAGE.sub(lambda found: _boxed(found[0], missing), page)


def inline_address(picture: Placed) -> str:
    """The picture itself as an address (RFC 2397); empty when its file is gone."""
    try:
        data = base64.b64encode(bytes_of(picture)).decode()
    except OSError:
        return ""
    return f"data:{kind_of(picture)};base64,{data}"


def kind_of(picture: Placed) -> str:
    """The media type of what is sent under a picture's name."""
    return KINDS.get(picture.name.rpartition(".")[2], "application/octet-stream")


def _boxed(tag: str, missing: dict[str, Unusable]) -> str:
    values = {name.lower(): html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
    src = values.get("src", "")
    found = missing.get(unquote(src))
    if found is None:
        return tag
    width, height = (
        int(values[name]) if values.get(name, "").isdecimal() else usual
        for name, usual in zip(("width", "height"), _BOX, strict=True)
    )
    box = "data:image/svg+xml," + quote(_svg(found.why, width, height))
    return tag.replace(f'src="{html.escape(src)}"', f'src="{box}"', 1)


def _svg(words: str, width: int, height: int) -> str:
    """A hatched box of that size with words in it, broken where they do not fit."""
    width, height = max(120, min(width, 2000)), max(60, min(height, 2000))
    most = max(8, (width - 32) // 9)
    lines = textwrap.wrap(words, most)[:5]
    first = height // 2 - 11 * (len(lines) - 1)
    text = "".join(
        f'<text x="50%" y="{first + 22 * number}" text-anchor="middle">{html.escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        '<defs><pattern id="h" width="12" height="12" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="12" height="12" fill="#fdf0ec"/>'
        '<rect width="5" height="12" fill="#f3d9d0"/></pattern></defs>'
        '<rect x="1" y="1" width="99%" height="98%" fill="url(#h)" stroke="#a1331a" '
        'stroke-width="2" stroke-dasharray="8 6"/>'
        f'<g font-family="sans-serif" font-size="15" fill="#7a2412">{text}</g></svg>'
    )
