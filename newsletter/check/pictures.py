"""Rules about pictures: that they are there, that readers can load them, what they weigh, what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from newsletter.check.letter import Hit, Letter
from newsletter.render.pictures import Measured, Placed, Unusable

_NO_ALT = re.compile(r"!\[\s*\]\(")
_LARGE = 1_000_000  # bytes
_WIDE = 1200  # pixels
_GENERIC = re.compile(
    r"(?:an? |the |my )?(?:image|picture|photo(?:graph)?|graphic|img|pic|screenshot|thumbnail|banner"
    r"|bild|foto|grafik|logo|untitled|placeholder)(?:[ _-]?\d+)?",
    re.IGNORECASE,
)
_BEGINS_GENERIC = re.compile(
    r"(?:an? )?(?:image|picture|photo|graphic) (?:of|showing)\b", re.IGNORECASE
)
_FILE_NAME = re.compile(
    r"\S+\.(?:jpe?g|png|gif|webp|svg|avif|heic|bmp|tiff?)|(?:img|dsc[nf]?|pxl|dcim|mvimg|screenshot|whatsapp image)[ _-]?\d[\w .:-]*",
    re.IGNORECASE,
)


def image_missing(letter: Letter) -> Iterator[Hit]:
    for one in letter.email.pictures:
        if isinstance(one.found, Unusable):
            line, column = _place(letter, one)
            where = "" if one.in_letter else " (in the look)"
            yield Hit(
                message=f"{one.found.why}{where}", cure=one.found.cure, line=line, column=column
            )


def image_not_public(letter: Letter) -> Iterator[Hit]:
    if letter.context.target != "kit" or letter.context.has_public_pictures:
        return
    for one in letter.email.pictures:
        if isinstance(one.found, Measured):
            line, column = _place(letter, one)
            yield Hit(
                message=f"{one.src} is a file of yours, and Kit takes no files: readers would see a gap",
                cure='Say under [images] in newsletter.toml where pictures are: base_url = "https://…/"',
                line=line,
                column=column,
            )


def image_large(letter: Letter) -> Iterator[Hit]:
    for one in letter.email.pictures:
        if not isinstance(one.found, Measured):
            continue
        size = letter.context.picture_sizes.get(one.name, one.found.size)
        width = one.copy_width or one.found.width
        too_wide = one.copy_width is None and width > _WIDE
        if size < _LARGE and not too_wide:
            continue
        line, column = _place(letter, one)
        what = f"{size / 1_000_000:.1f} MB" if size >= _LARGE else f"{width:,} pixels across"
        yield Hit(
            message=f"{one.src} leaves with {what}",
            cure="Make it smaller"
            + (", or save it as JPEG" if one.name.endswith(".png") else "")
            + (
                ": a moving picture cannot be made smaller here"
                if one.name.endswith(".gif")
                else ""
            ),
            line=line,
            column=column,
        )


def image_alt(letter: Letter) -> Iterator[Hit]:
    for found in _NO_ALT.finditer(letter.body):
        line, column = letter.place(found.start())
        yield _without_alt("A picture", line, column)
    if letter.page is None:
        return
    for image in letter.page.iter("img"):
        if image.get("alt") is None:
            source = _as_written(letter, image.get("src", ""))
            yield _without_alt(f"The picture {source}", *letter.place_of(source or "<img"))


def _without_alt(which: str, line: int | None, column: int | None) -> Hit:
    return Hit(
        message=f"{which} says nothing to readers who do not see it",
        cure='Describe it: ![what it shows](file.jpg), or alt="" in HTML for decoration',
        line=line,
        column=column,
    )


def _as_written(letter: Letter, address: str) -> str:
    """What the author called the picture at this address."""
    return next((one.src for one in letter.email.pictures if one.address == address), address)


def image_alt_generic(letter: Letter) -> Iterator[Hit]:
    if letter.page is None:
        return
    for image in letter.page.iter("img"):
        alt = " ".join(image.get("alt", "").split())
        source = image.get("src", "")
        if not alt or not _says_nothing(alt, source):
            continue
        line, column = letter.place_of(f"![{alt}]")
        if line is None:
            line, column = letter.place_of(alt)
        yield Hit(
            message=f"“{alt}” does not say what the picture shows",
            cure="Describe it as you would on the telephone, or leave it empty for decoration",
            line=line,
            column=column,
        )


def data_uri(letter: Letter) -> Iterator[Hit]:
    if letter.page is None:
        return
    for image in letter.page.iter("img"):
        source = image.get("src", "").strip()
        if source[:5].lower() == "data:":
            line, column = letter.place_of(source[:60])
            yield Hit(
                message=f"A picture is written into the letter itself ({len(source) // 1000} kB)",
                cure="Save it as a file beside the letter, and name that",
                line=line,
                column=column,
            )


def _says_nothing(alt: str, source: str) -> bool:
    stem = unquote(urlsplit(source).path.rpartition("/")[2]).partition(".")[0]
    is_its_name = alt.casefold() == stem.casefold()
    return bool(
        _GENERIC.fullmatch(alt)
        or _BEGINS_GENERIC.match(alt)
        or _FILE_NAME.fullmatch(alt)
        or (is_its_name and re.search(r"[\d_-]", alt))
    )


def _place(letter: Letter, one: Placed) -> tuple[int | None, int | None]:
    """Where a picture is named: as it was written, or before Markdown encoded it."""
    if not one.in_letter:
        return None, None
    if one.src == letter.issue.thumbnail:
        return letter.issue.key_lines.get("thumbnail"), None
    for text in (one.src, unquote(one.src)):
        for around in (f"({text}", f'"{text}', f"<{text}", text):
            line, column = letter.place_of(around)
            if line is not None:
                shift = len(around) - len(text)
                return line, column + shift if column is not None else None
    return None, None
