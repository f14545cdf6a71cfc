"""Pictures of a letter and its look: each gets its public address and its size.

This room reads no files: it is given a lookup that knows them. An address holds a hash
of the file, so a corrected picture is never the one that a mail program has kept; the
name depends on file and width alone, so the same letter always has the same bytes.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

# Attributes of up to 8,000 characters: what is longer is a data URI and no file. The group
# is atomic, so that a broken tag costs no second look.
_IMAGE = re.compile(r"<img\b(?>(?:[^<>\"']|\"[^\"<]{0,8000}\"|'[^'<]{0,8000}')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<=[\s\"'/])([a-z-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.I)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:|//|#|lq\d{4,}ql", re.IGNORECASE)
_ROOTED = re.compile(r"[A-Za-z]:(?:[\\/]|%5C)|[\\/](?![\\/])|%5C|file:", re.IGNORECASE)
_STYLE_WIDTH = re.compile(r"(?<![\w-])width\s*:\s*(?:(\d{1,5})px)?", re.IGNORECASE)
# Part of every name: another way of making copies must not meet copies made before it.
_RECIPE = "1"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A picture file that can be sent. Lengths are pixels of the upright picture, `size` bytes.

    `path` is how people know the file, `digest` the SHA-256 of its bytes. `suffix` is what
    the file is as it stands; `copy_suffix` what a smaller copy would be, or None where
    none can be made (an animation). `needs_copy`: mail programs cannot show the file as
    it stands, or it says more than a picture should (where it was taken).
    """

    file: Path
    path: str
    width: int
    height: int
    size: int
    digest: str
    suffix: str
    copy_suffix: str | None
    needs_copy: bool


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """A picture that cannot be sent: why, and what to do."""

    why: str
    cure: str


Lookup = Callable[[str], Measured | Unusable]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Where the pictures that a letter and its look name are, and the address they get.

    `address` is what comes before a file's name, with its slash.
    """

    letter: Lookup
    look: Lookup
    address: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A picture as it stands in an email.

    `src` is what the author wrote. `shown` is its width in CSS pixels; `copy_width` the
    width in pixels of the copy that leaves, or None where the file itself does.
    """

    src: str
    found: Measured | Unusable
    in_letter: bool
    name: str = ""
    address: str = ""
    shown: int = 0
    copy_width: int | None = None


def is_file(src: str) -> bool:
    """Whether an address means a file on this computer: no scheme, no Liquid, no anchor."""
    return is_rooted(src) or (bool(src) and not _ELSEWHERE.match(src))


def is_rooted(src: str) -> bool:
    """Whether an address begins at a computer's root: a drive, a slash, `file:`."""
    return _ROOTED.match(src) is not None


def place(picture: Measured, *, src: str, shown: int, address: str, in_letter: bool) -> Placed:
    """The picture at a width, with its name: a copy of twice that width at most."""
    copy_width = None
    if picture.copy_suffix and (picture.needs_copy or picture.width > 2 * shown):
        copy_width = min(picture.width, 2 * shown)
    suffix = picture.copy_suffix if copy_width and picture.copy_suffix else picture.suffix
    recipe = f"{picture.digest} {copy_width or 'as it is'} {_RECIPE}"
    mark = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    stem = re.sub(r"[^a-z0-9]+", "-", picture.file.stem.lower()).strip("-")[:60] or "picture"
    name = f"{stem}.{mark}.{suffix}"
    return Placed(
        src=src,
        found=picture,
        in_letter=in_letter,
        name=name,
        address=address + name,
        shown=shown,
        copy_width=copy_width,
    )


@dataclass
class Placing:
    """The pictures of one render. Without `pictures` every address stays as it is.

    `letter` is what the author wrote: a picture in the letter that is not named there comes
    from a shortcode, and may be one of the look.
    """

    pictures: Pictures | None
    letter: str = ""
    placed: list[Placed] = field(default_factory=list)
    _looked: dict[tuple[str, bool], Measured | Unusable] = field(default_factory=dict)

    def natural_width(self, src: str) -> int | None:
        """How wide a picture of the letter is by itself, in pixels; None where that is not known."""
        found = self._find(src, in_letter=True)
        return found.width if isinstance(found, Measured) else None

    def place_all(
        self,
        page: str,
        *,
        widest: int,
        in_letter: bool,
        usual: int | None = None,
        is_page: bool = False,
    ) -> str:
        """HTML with an address, a width and a height on every picture that is a file.

        `widest` is the room for one, in CSS pixels, and `usual` the width of one that says
        none of its own. In a whole page of the author's own
        (`is_page`) heights are left to its styles.
        """
        if self.pictures is None or "<img" not in page.lower():
            return page

        def sized(found: re.Match[str]) -> str:
            return self._sized(
                found[0],
                widest=widest,
                usual=usual or widest,
                in_letter=in_letter,
                is_page=is_page,
            )

        return _IMAGE.sub(sized, page)

    def address_of(self, src: str | None, *, shown: int) -> str | None:
        """The address of a picture outside of the email, as a thumbnail; as it is where it is no file."""
        found = self._find(src, in_letter=True) if src else None
        if src is None or found is None or self.pictures is None:
            return src
        if isinstance(found, Unusable):
            self._note(Placed(src=src, found=found, in_letter=True))
            return None
        one = place(found, src=src, shown=shown, address=self.pictures.address, in_letter=True)
        self._note(one)
        return one.address

    def _find(self, src: str, *, in_letter: bool) -> Measured | Unusable | None:
        if self.pictures is None or not is_file(src):
            return None
        key = (src, in_letter)
        if key not in self._looked:
            look_up = self.pictures.letter if in_letter else self.pictures.look
            found = look_up(src)
            if in_letter and isinstance(found, Unusable) and not self._is_written(src):
                from_look = self.pictures.look(src)
                found = from_look if isinstance(from_look, Measured) else found
            self._looked[key] = found
        return self._looked[key]

    def _is_written(self, src: str) -> bool:
        return src in self.letter or unquote(src) in self.letter

    def _sized(self, tag: str, *, widest: int, usual: int, in_letter: bool, is_page: bool) -> str:
        attributes = {name.lower(): at for at in _ATTRIBUTE.finditer(tag) for name in (at[1],)}
        values = {name: html.unescape(at[2].strip("\"'")) for name, at in attributes.items()}
        src = values.get("src", "").strip()
        found = self._find(src, in_letter=in_letter)
        if found is None or self.pictures is None:
            return tag
        if isinstance(found, Unusable):
            self._note(Placed(src=src, found=found, in_letter=in_letter))
            return tag
        shown = _shown(found, values, widest, usual)
        one = place(found, src=src, shown=shown, address=self.pictures.address, in_letter=in_letter)
        self._note(one)
        at = attributes["src"]
        new = f'{tag[: at.start(2)]}"{html.escape(one.address)}"{tag[at.end(2) :]}'
        # What is named there would be another file, and the copy is large enough for all.
        new = re.sub(r"\ssrcset\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", "", new, flags=re.I)
        added = _size_attributes(found, values, shown, with_height=not is_page)
        end = len(new) - (2 if new.endswith("/>") else 1)
        return f"{new[:end].rstrip()}{added}{' ' if new[end:] == '/>' else ''}{new[end:]}"

    def _note(self, one: Placed) -> None:
        if one not in self.placed:
            self.placed.append(one)


def _shown(picture: Measured, values: dict[str, str], widest: int, usual: int) -> int:
    """The width at which a picture is shown, in CSS pixels."""
    width, height = values.get("width", ""), values.get("height", "")
    style = _STYLE_WIDTH.search(values.get("style", ""))
    natural = min(picture.width, usual)
    if width.isdecimal():
        asked = int(width)
    elif width.endswith("%") and width[:-1].isdecimal():
        asked = widest * int(width[:-1]) // 100
    elif style and style[1]:
        asked = int(style[1])
    elif style:
        asked = widest
    elif height.isdecimal():
        asked = round(int(height) * picture.width / picture.height)
    else:
        asked = natural
    return max(1, min(asked, widest))


def _size_attributes(
    picture: Measured, values: dict[str, str], shown: int, *, with_height: bool
) -> str:
    """The attributes that Word sizes a picture by, where they are missing."""
    width, height = values.get("width"), values.get("height")
    has_style = _STYLE_WIDTH.search(values.get("style", "")) is not None
    added = ""
    if width is None and not has_style:
        added += f' width="{shown}"'
    is_in_pixels = width is None or width.isdecimal()
    if height is None and with_height and is_in_pixels and not has_style:
        tall = max(1, round(shown * picture.height / picture.width))
        added += f' height="{tall}"'
    return added
