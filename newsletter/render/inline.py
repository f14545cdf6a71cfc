"""The one door to premailer: moves a page's plain style rules into `style` attributes.

premailer 3.10 works well under conditions, which are kept here: only plain rules are
given to it, its rules are parsed once and remembered (five sixths of its warm time is
spent parsing the same sheet again), one thread at a time, no network, and options
under which it neither strips `!important` nor overwrites `width` and `height`.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import OrderedDict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lxml import etree

from newsletter.render.mistake import StyleMistake
from newsletter.render.rules import Rule, Sheet, load, save

OPTIONS: dict[str, Any] = {
    "strip_important": False,
    "disable_validation": True,
    "cssutils_logging_level": logging.CRITICAL,
    "allow_network": False,
    "allow_loading_external_files": False,
    "align_floating_images": False,
    "disable_basic_attributes": ["width", "height"],
    "keep_style_tags": False,
    "remove_classes": False,
    "exclude_pseudoclasses": True,
    "include_star_selectors": False,
    "base_url": None,
    "method": "html",
}
_REMEMBERED = 64
_REMEMBERED_STYLES = 2048
# Case is spelled out: with the flag, `re` could not skip from one "<" to the next.
_STYLE = re.compile(
    r"<!--.*?-->|<[sS][tT][yY][lL][eE]\b([^>]*)>(.*?)</[sS][tT][yY][lL][eE]\s*>", re.DOTALL
)
_LINK = re.compile(
    r"<!--.*?-->|(<link\b[^>]*\brel\s*=\s*[\"']?[^\"'>]*stylesheet)", re.DOTALL | re.IGNORECASE
)
# A style attribute that declares nothing. premailer keeps selectors and attributes in
# one cache, so `style="p"` would be taken for the selector and end in a TypeError.
_EMPTY_STYLE = re.compile(
    r"(<[a-z][^<>]*?)\sstyle ?=\s*(?:\"[^\":]*\"|'[^':]*'|[^\s\"'>:]+(?=[\s>]))", re.IGNORECASE
)
_lock = threading.Lock()
_sheets: OrderedDict[str, Sheet] = OrderedDict()
_attributes: dict[str, dict[str, str]] = {}


def inline(page: str, *, folder: Path | None) -> str:
    """A complete HTML page with its plain rules in `style` attributes.

    All other rules stay in the head as they were written. `folder` keeps parsed rules
    for the next process, or is None. Raises StyleMistake for `@import`, for a linked
    style sheet and for a `<style>` that is not closed.
    """
    with _lock:
        return str(_premailer()(**OPTIONS).transform(prepared(page, folder), pretty_print=False))


def prepared(page: str, folder: Path | None) -> str:
    """The page as premailer gets it: each style sheet cut in two, its rules remembered."""
    small = page.lower()
    if "<link" in small and any(found[1] for found in _LINK.finditer(page)):
        raise StyleMistake(
            "a style sheet behind a <link>: mail programs do not load it",
            "copy its rules into the template's <style>",
            re.compile(r"<link\b[^>]*stylesheet", re.IGNORECASE),
        )
    if "style=" in small or "style =" in small:
        page = _EMPTY_STYLE.sub(r"\1", page)
    return _STYLE.sub(lambda found: _cut(found, folder), page.replace("\r\n", "\n"))


def _cut(found: re.Match[str], folder: Path | None) -> str:
    attributes, css = found[1], found[2]
    if css is None:
        return found[0]  # a comment, as those that only Word reads
    sheet = _sheet(css, folder)
    if "data-premailer" in attributes:
        return found[0]
    plain = f"<style{attributes}>{sheet.plain}</style>" if sheet.plain else ""
    if not sheet.rest:
        return plain
    return f'{plain}<style{attributes} data-premailer="ignore">{sheet.rest}</style>'


def _sheet(css: str, folder: Path | None) -> Sheet:
    """The parsed form of a style sheet: from memory, from disk, or parsed now."""
    key = css.strip()
    if key not in _sheets:
        sheet = load(folder, key, _circumstances())
        if sheet is None:
            sheet = _parsed(key)
            save(folder, key, _circumstances(), sheet)
        while len(_sheets) >= _REMEMBERED:
            _sheets.popitem(last=False)
        _sheets[key] = sheet
        _give_declarations(sheet)
    _sheets.move_to_end(key)
    return _sheets[key]


def _parsed(css: str) -> Sheet:
    from newsletter.render.css import split

    _load()
    from premailer import Premailer
    from premailer.merge_style import csstext_to_pairs

    plain, rest = split(css)
    rules, _ = Premailer(**OPTIONS)._parse_style_rules(plain, 0)
    return Sheet(
        plain=plain,
        rest=rest,
        rules=tuple(Rule(tuple(order), selector, bulk) for order, selector, bulk in rules),
        declarations={
            bulk: [(name, value) for name, value in csstext_to_pairs(bulk, validate=False)]
            for _, _, bulk in rules
        },
    )


def _give_declarations(sheet: Sheet) -> None:
    """Puts parsed declarations where premailer looks before it parses them."""
    _load()
    from premailer.cache import cache as kept
    from premailer.merge_style import csstext_to_pairs

    for bulk, pairs in sheet.declarations.items():
        kept[csstext_to_pairs.cache_key(bulk, validate=False)] = pairs


@cache
def _circumstances() -> str:
    """What parsed rules depend on, beside the style sheet itself."""
    _load()
    import premailer

    versions = f"premailer {premailer.__version__} cssutils {version('cssutils')}"
    return f"{versions} {sorted(OPTIONS.items())!r}"


@cache
def _load() -> None:
    # premailer reads this once, when it is imported. Its default of 128 entries is less
    # than two style sheets need, and then every render parses everything again.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")


@cache
def _premailer() -> Any:
    """premailer's class with the rules remembered."""
    _load()
    from premailer import Premailer

    class RememberingPremailer(Premailer):  # type: ignore[misc]
        def _style_to_basic_html_attributes(
            self, element: Any, style_content: str, force: bool = False
        ) -> None:
            # premailer always forces here, so the attributes follow from the style alone.
            attributes = _attributes.get(style_content)
            if attributes is None:
                blank = etree.Element("td")
                super()._style_to_basic_html_attributes(blank, style_content, force=force)
                attributes = _attributes[style_content] = dict(blank.attrib)
                while len(_attributes) > _REMEMBERED_STYLES:
                    _attributes.pop(next(iter(_attributes)))
            for name, value in attributes.items():
                element.attrib[name] = value

        def _parse_style_rules(self, css_body: str | None, ruleset_index: int) -> Any:
            css = (css_body or "").strip()
            if not css:
                return [], []
            for sheet in _sheets.values():
                if sheet.plain == css:
                    return sheet.for_premailer(ruleset_index), []
            raise StyleMistake(
                "a <style> that is not closed",
                "end it with </style>",
                re.compile(r"<style", re.IGNORECASE),
            )

    return RememberingPremailer
