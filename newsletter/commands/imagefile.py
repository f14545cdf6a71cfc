"""The one door to Pillow: what a picture file is, and a smaller copy of it.

Files are decoded once in full, within limits, so that a file that is cut off or swells
to gigabytes is refused before it is in a letter.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

# Decoders that pictures for a letter can need; Pillow has fifty, each a way in.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
# What every mail program shows as it stands (caniemail.com: image-webp, image-avif, image-svg).
_SHOWN = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif"}
# Where a picture was taken, and by whom, can stand in any of these.
_PRIVATE = ("exif", "xmp", "photoshop")
_MOST_PIXELS = 50_000_000
_ORIENTATION = 0x0112  # EXIF 2.3, 4.6.4: how the camera was held
_JPEG_QUALITY = 82
_CURE = "open it in a picture program and save it again as JPEG or PNG"


class Broken(ValueError):
    """A file that cannot be sent as a picture: why, and what to do."""

    def __init__(self, why: str, cure: str = _CURE) -> None:
        super().__init__(why)
        self.why = why
        self.cure = cure


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a file holds; see `render.pictures.Measured`."""

    width: int
    height: int
    suffix: str
    copy_suffix: str | None
    needs_copy: bool


def read_measure(data: bytes, *, suffix: str) -> Measure:
    """What the bytes of a picture hold; `suffix` is that of the file's name. Raises Broken."""
    if suffix in (".svg", ".svgz") or b"<svg" in data[:1000].lower():
        raise Broken("is SVG, which Gmail and Outlook do not show", "save it as PNG")
    if suffix in (".heic", ".heif") or data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        raise Broken("is HEIC, which mail programs do not show", "save it as JPEG")
    with _opened(data) as image:
        kind = image.format or ""
        width, height = image.size
        frames = getattr(image, "n_frames", 1)
        orientation = image.getexif().get(_ORIENTATION, 1)
        has_private = bool(image.getexif()) or any(key in image.info for key in _PRIVATE)
        has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        is_odd = image.mode in ("CMYK", "YCbCr", "LAB", "HSV", "I;16", "I", "F")
        is_moving = frames > 1 and kind in ("GIF", "PNG", "WEBP", "AVIF")
        image.load()
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    shown = _SHOWN.get(kind)
    can_stand = shown is not None and is_moving
    lossless = kind in ("PNG", "GIF") or has_alpha
    copy_suffix = "png" if lossless else "jpg"
    return Measure(
        width=width,
        height=height,
        suffix=shown or copy_suffix,
        copy_suffix=None if can_stand else copy_suffix,
        needs_copy=not can_stand and (shown is None or has_private or is_odd),
    )


def copied(data: bytes, *, width: int, suffix: str) -> bytes:
    """A copy so many pixels wide, upright, without what the camera wrote into it.

    `suffix` is `jpg` or `png`. Raises OSError where the file has changed into something
    that cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with _opened(data) as image:
            natural = image.size
            if suffix == "jpg":
                # The decoder skips detail that the copy will not have.
                image.draft("RGB", (2 * width, 2 * width))
            profile = image.info.get("icc_profile")
            upright: Image.Image = ImageOps.exif_transpose(image)
            is_turned = upright.size == (image.height, image.width) and image.width != image.height
            wide, tall = (natural[1], natural[0]) if is_turned else natural
            upright, profile = _in_common_colours(upright, profile, suffix)
            size = (width, max(1, round(width * tall / wide)))
            if upright.size != size:
                upright = upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    except Broken as broken:
        raise OSError(broken.why) from broken
    out = BytesIO()
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if suffix == "png":
        upright.info.clear()
        upright.save(out, "PNG", optimize=True, **options)
    else:
        upright.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True, progressive=True, **options)
    return out.getvalue()


def _in_common_colours(
    image: Image, profile: bytes | None, suffix: str
) -> tuple[Image, bytes | None]:
    """The picture in a mode that every program reads, and its profile where that still fits."""
    if suffix == "jpg":
        if image.mode in ("RGB", "L"):
            return image, profile
        is_rgb = image.mode in ("RGBA", "P", "RGBX")
        return image.convert("RGB"), profile if is_rgb else None
    if image.mode in ("RGB", "RGBA", "L", "LA"):
        return image, profile
    return image.convert("RGBA"), None


@contextmanager
def _opened(data: bytes) -> Iterator[Image]:
    """The picture, its size within limits. What its decoder raises is Broken."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oddities of a camera's notes; what matters is raised
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise Broken(_bomb(image.width, image.height), "make it smaller")
                yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Broken("swells to more pixels than fit", "make it smaller") from error
        except UnidentifiedImageError as error:
            raise Broken("is no picture that can be read") from error
        except Broken:
            raise
        except Exception as error:
            raise Broken("is damaged or cut off") from error


def _bomb(width: int, height: int) -> str:
    return f"has {width:,} × {height:,} pixels; {_MOST_PIXELS // 1_000_000} million are the most"
