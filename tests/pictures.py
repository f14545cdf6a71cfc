"""Picture files for tests, made as a camera or a hostile hand would make them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image


def photo(file: Path, size: tuple[int, int] = (1600, 900), **options: Any) -> Path:
    """A picture with something in it, written by the suffix of its name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.putpixel((0, 0), (200, 10, 10))
    image.save(file, **options)
    return file


def taken_sideways(file: Path, size: tuple[int, int] = (400, 300)) -> Path:
    """A photograph whose camera was held upright, and knew where it was."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a secret garden"
    return photo(file, size, exif=exif)


def moving(file: Path, size: tuple[int, int] = (1500, 20)) -> Path:
    """An animation of two frames."""
    file.parent.mkdir(parents=True, exist_ok=True)
    frames = [Image.new("RGB", size, colour) for colour in ("red", "blue")]
    frames[0].save(file, save_all=True, append_images=frames[1:])
    return file


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels wide and high."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height of a picture, as its file says."""
    with Image.open(BytesIO(data)) as image:
        return image.size
