"""Questions about one element of the HTML: what it is, and where it leads."""

from __future__ import annotations

import re

from lxml import etree

INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u200b\ufeff]")


def is_footer(node: etree._Element) -> bool:
    return node.get("role") == "contentinfo" or "footer" in node.get("class", "").split()


def is_data_table(table: etree._Element) -> bool:
    return table.get("role") not in ("presentation", "none") and table.find(".//table") is None


def has_next_cell(cell: etree._Element) -> bool:
    return any(sibling.tag in ("td", "th") for sibling in cell.itersiblings())


def whole_number(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) else otherwise


def address_of(link: etree._Element) -> str:
    """Where a link leads, without what would break the `<…>` around it; or nothing."""
    url = re.sub(r"\s+", "", INVISIBLE.sub("", link.get("href", "")))
    if url.startswith("#") or url.lower().startswith("javascript:"):
        return ""
    if url.lower().startswith("mailto:") and "?" not in url:
        url = url[len("mailto:") :]
    return url.replace("<", "%3C").replace(">", "%3E")


def without_scheme(text: str) -> str:
    return re.sub(r"^(https?://|mailto:)", "", text.strip().lower()).rstrip("/")
