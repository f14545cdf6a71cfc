"""Foreign HTML without what has no business in a letter; every part taken out is told with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from newsletter.issue.model import Change

_GONE = {
    "script": "no mail program runs a script",
    "noscript": "left over from a web page",
    "template": "left over from a web page",
    "object": "no mail program shows it",
    "applet": "no mail program shows it",
    "canvas": "no mail program shows it",
    "svg": "no mail program shows a drawing within the page; save it as PNG",
    "math": "no mail program shows formulas",
    "input": "no mail program shows a form",
    "select": "no mail program shows a form",
    "textarea": "no mail program shows a form",
    "button": "a button of a form does nothing in a mail; write [Words](address){.button}",
    "base": "addresses are written out in a mail",
    "link": "no mail program loads it",
    "meta": "",
    "style": "the look has its own styles",
}
_PLAYED = frozenset({"iframe", "embed", "video", "audio"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CLASS_RULE = re.compile(r"\.([\w-]+)\s*\{([^{}]*)\}")
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*italic", re.IGNORECASE)
_DANGEROUS = re.compile(r"\s*(?:javascript|vbscript|data)\s*:", re.IGNORECASE)
_ADDRESSES = ("href", "src", "action", "background", "formaction", "poster")


class Cleaned:
    """A page's body, cleaned: `body`, what was said about it, and its words for an inbox.

    `is_cut_off`: its elements stand deeper in each other than a parser follows.
    """

    def __init__(self, source: str, *, first_line: int = 1, keeps_styles: bool = False) -> None:
        self.changes: list[Change] = []
        self.title = ""
        self.description = ""
        self._first = first_line
        root, self.is_cut_off = _parsed(source)
        self.body = etree.Element("body") if root is None else root
        if root is None:
            return
        self._read_head(root)
        if not keeps_styles:
            self._resolve_classes(root)
        for node in list(_all(root)):
            self._look_at(node, keeps_styles=keeps_styles)
        found = root.find("body")
        self.body = root if found is None else found

    def _read_head(self, root: etree._Element) -> None:
        title = root.find(".//title")
        self.title = " ".join("".join(title.itertext()).split()) if title is not None else ""
        for meta in root.iter("meta"):
            if meta.get("name", "").lower() == "description":
                self.description = " ".join(meta.get("content", "").split())

    def _resolve_classes(self, root: etree._Element) -> None:
        """Bold and italic that a style sheet says (as Google's documents have it), as styles."""
        rules = {
            name: rule
            for style in root.iter("style")
            for name, rule in _CLASS_RULE.findall("".join(style.itertext()))
            if _BOLD.search(rule) or _ITALIC.search(rule)
        }
        for node in root.iter(etree.Element) if rules else ():
            said = [rules[name] for name in node.get("class", "").split() if name in rules]
            if said:
                node.set("style", ";".join([*said, node.get("style", "")]))

    def _look_at(self, node: etree._Element, *, keeps_styles: bool) -> None:
        if not isinstance(node.tag, str):
            self._comment(node)
            return
        tag = node.tag.lower()
        if tag == "style" and keeps_styles:
            return
        if tag in _GONE:
            if _GONE[tag] or node.get("http-equiv", "").lower() == "refresh":
                self._tell(node, _GONE[tag] or "no mail program goes to another page")
            _drop(node)
        elif tag in _PLAYED:
            self._played(node)
        elif node.get("hidden") is not None or _HIDDEN.search(node.get("style", "")):
            self._tell(node, "it was hidden")
            _drop(node)
        elif tag == "img" and _is_tracker(node):
            self._tell(node, "a picture of one pixel, there to watch readers")
            _drop(node)
        elif tag == "form":
            self._tell(node, "no mail program shows a form; its words stay")
            _unwrap(node)
        else:
            self._attributes(node)

    def _comment(self, node: etree._Element) -> None:
        words = " ".join(str(node.text or "").split())
        if words:
            self._say(node, words, "a comment")
        _drop(node)

    def _played(self, node: etree._Element) -> None:
        """A film or a player becomes a link to it."""
        source = node.get("src") or next((s.get("src", "") for s in node.iter("source")), "")
        if not re.match(r"https?://", source):
            self._tell(node, "no mail program plays it")
            _drop(node)
            return
        self._say(node, source, "no mail program plays it: it became a link", kind="changed")
        link = etree.Element("p")
        inner = etree.SubElement(link, "a", href=source)
        inner.text = node.get("title") or source
        link.tail = node.tail
        parent = node.getparent()
        if parent is not None:
            parent.replace(node, link)

    def _attributes(self, node: etree._Element) -> None:
        for name, value in list(node.attrib.items()):
            if str(name).lower().startswith("on"):
                self._say(node, f"{name}=…", "no mail program runs a script")
                del node.attrib[name]
            elif name in _ADDRESSES and _DANGEROUS.match(str(value)):
                if name == "src" and re.match(r"\s*data:image/(?:png|jpe?g|gif)", str(value)):
                    continue
                self._say(node, str(value)[:40], "no mail program follows it")
                del node.attrib[name]
            elif name == "href":
                node.set("href", _direct(str(value)))

    def _tell(self, node: etree._Element, why: str) -> None:
        words = " ".join("".join(node.itertext()).split()) if node.tag != "script" else ""
        self._say(node, words or f"<{node.tag}>", why)

    def _say(self, node: etree._Element, text: str, why: str, *, kind: str = "removed") -> None:
        line = (node.sourceline or 1) + self._first - 1
        is_change = kind == "changed"
        self.changes.append(
            Change(line=line, kind="changed" if is_change else "removed", text=text, why=why)
        )


def inner_html(page: Cleaned) -> str:
    """What stands in a cleaned body, as HTML; styles of the page's head before it."""
    root = page.body.getroottree().getroot()
    styles = (
        [] if root is page.body else [s for s in root.iter("style") if not _is_in(s, page.body)]
    )
    written = [
        etree.tostring(node, encoding="unicode", method="html", with_tail=node not in styles)
        for node in [*styles, *page.body]
    ]
    words = escape(page.body.text or "", quote=False)
    return "".join([*written[: len(styles)], words, *written[len(styles) :]]).strip()


def _is_in(node: etree._Element, body: etree._Element) -> bool:
    return any(one is body for one in node.iterancestors())


def _parsed(source: str) -> tuple[etree._Element | None, bool]:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # recovering, the parser only gives up on an empty page
        return None, False
    return root, any("depth" in entry.message for entry in parser.error_log)


def _all(root: etree._Element) -> Iterator[etree._Element]:
    """Every element and comment below `root`."""
    return (node for node in root.iter() if node is not root)


def _drop(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is None:
        return
    if node.tail:
        previous = node.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + node.tail
        else:
            parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def _unwrap(node: etree._Element) -> None:
    node.tag = "div"
    node.attrib.clear()


def _is_tracker(node: etree._Element) -> bool:
    size = {node.get("width", "").strip(), node.get("height", "").strip()}
    return size <= {"0", "1", "0px", "1px"} and "" not in size


def _direct(address: str) -> str:
    """Where Google's and Facebook's redirects lead, in the first place."""
    address = address.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    host = (parts.hostname or "").lower()
    if (host.endswith("google.com") and parts.path == "/url") or host == "l.facebook.com":
        query = parse_qs(parts.query)
        found = (query.get("q") or query.get("url") or query.get("u") or [""])[0]
        return found if re.match(r"https?://", found) else address
    return address
