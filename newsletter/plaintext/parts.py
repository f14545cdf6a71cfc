"""What the writer keeps while it fills a block: open lists, quotations and links, and the blocks."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree


@dataclass
class Frame:
    """An open list item, quotation or definition: what stands before its lines."""

    node: etree._Element
    first: str
    rest: str
    tight: bool = False
    used: bool = False


@dataclass
class OpenList:
    node: etree._Element
    number: int | None
    nested: bool
    seen: bool = False


@dataclass(frozen=True)
class Target:
    """Where a link leads; stands in a block's pieces after the link's words."""

    url: str


@dataclass
class Link:
    node: etree._Element
    url: str
    blocks: int
    start: int


@dataclass
class Block:
    lines: list[str]
    frames: tuple[Frame, ...] = ()
    tight: bool = False
