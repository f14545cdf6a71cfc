"""A letter's Markdown becomes the HTML of an email's body.

The order: parse, leave out what the author keeps to herself, then turn what a mail
needs in a special form (buttons, pictures, quotes, notes, tables) into the pieces
that the look provides. The pieces come from `macros.html.j2`, so a project can
change the HTML of each.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol, cast

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_inline import StateInline, autolink, html_inline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from newsletter.render.comments import without_comments
from newsletter.render.shield import IN_BRACKETS, Shield, words_in
from newsletter.render.typography import quotes_for, with_dashes

CONTAINERS = ("note", "warning", "centre", "center", "small")
_WITH_TAG = re.compile(r"<[^<>\s]*lq\d{4,}ql[^<>\s]*>")
_WORDS_ONLY = re.compile(r"(?:lq\d{4,}ql\s*)+")


Place = Literal["block", "line"]


class Pieces(Protocol):
    """The HTML of what Markdown has no tag for, as the look defines it."""

    def button(self, label: str, href: str) -> str:
        """A link that looks like a button; `label` is HTML."""

    def image(self, *, src: str, alt: str, width: str, caption: str, href: str) -> str:
        """A picture on its own."""

    def divider(self) -> str:
        """A pause between two parts."""

    def around(self, kind: str) -> tuple[str, str]:
        """What stands before and after a quote, a note or another container."""


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A shortcode that was replaced by a word, and what to print instead: a block where
    it stands alone in its paragraph, else something that fits in a line."""

    word: str
    raw: str
    html: Callable[[Place], str]


@dataclass(frozen=True, kw_only=True)
class Content:
    """The letter as HTML. `free` are shield words whose number may change, as those
    of a link definition, and `removed` those that stood in comments and notes. `teaser`
    is the HTML before `<!-- more -->`, empty where there is none."""

    html: str
    has_title: bool
    removed: frozenset[str]
    free: frozenset[str]
    teaser: str = ""


def to_html(
    text: str,
    *,
    shield: Shield,
    pieces: Pieces,
    embedded: Sequence[Embedded] = (),
    typographic: bool,
    language: str,
) -> Content:
    """The HTML of shielded Markdown.

    `typographic` curls quotes by the custom of `language` (a BCP 47 tag) and joins
    hyphens to dashes. Comments and all that follows `<!-- notes -->` are left out.
    """
    parser = _parser(typographic, quotes_for(language))
    env: dict[str, Any] = {"pieces": pieces}
    kept = without_comments(parser.parse(text, env))
    if typographic:
        with_dashes(kept.tokens)
    by_word = {one.word: one for one in embedded}
    setting = _Setting(parser=parser, env=env, shield=shield, embedded=by_word)
    # Rendering changes tokens, and those before the fold are rendered twice.
    before = copy.deepcopy(kept.tokens[: kept.teaser]) if kept.teaser else []
    tokens = _blocks(kept.tokens, setting)
    return Content(
        html=_printed(tokens, setting),
        has_title=any(token.type == "heading_open" and token.tag == "h1" for token in tokens),
        removed=frozenset(kept.removed),
        free=frozenset(_defined(env)),
        teaser=_printed(_blocks(before, setting), setting) if before else "",
    )


def to_line(
    text: str,
    *,
    shield: Shield,
    pieces: Pieces,
    embedded: Sequence[Embedded] = (),
    typographic: bool,
    language: str,
) -> str:
    """The HTML of shielded Markdown that stands within a line; as `to_html`."""
    parser = _parser(typographic, quotes_for(language))
    env: dict[str, Any] = {"pieces": pieces}
    kept = without_comments(parser.parseInline(text, env))
    if typographic:
        with_dashes(kept.tokens)
    by_word = {one.word: one for one in embedded}
    setting = _Setting(parser=parser, env=env, shield=shield, embedded=by_word)
    for token in kept.tokens:
        _embed(token, setting)
    return _printed(kept.tokens, setting)


def _printed(tokens: Sequence[Token], setting: _Setting) -> str:
    html = str(setting.parser.renderer.render(tokens, setting.parser.options, setting.env))
    for one in setting.embedded.values():
        # What is left stands in code, in an attribute or in raw HTML: there it is no shortcode.
        html = html.replace(one.word, escapeHtml(one.raw))
    return html


def plain_parser(typographic: bool, quotes: tuple[str, str, str, str]) -> MarkdownIt:
    """The parser of a letter's Markdown without what mail needs in a special form, for a
    template's words."""
    parser = copy.copy(_parser(typographic, quotes))
    parser.renderer = RendererHTML()
    return parser


@lru_cache(maxsize=16)
def _parser(typographic: bool, quotes: tuple[str, str, str, str]) -> MarkdownIt:
    options = {"html": True, "typographer": typographic, "quotes": list(quotes), "maxNesting": 100}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    if typographic:
        parser.enable("smartquotes")
    parser.inline.ruler.at("html_inline", _html_inline)
    parser.inline.ruler.at("autolink", _autolink)
    parser.block.ruler.at(
        "html_block", _html_block, {"alt": ["paragraph", "reference", "blockquote"]}
    )
    attrs_plugin(parser, after=("image", "link_close"))
    container_plugin(parser, "any", validate=lambda words, *_: words.strip() in CONTAINERS)
    parser.add_render_rule("blockquote_open", _quote)
    parser.add_render_rule("blockquote_close", _quote)
    parser.add_render_rule("hr", _divider)
    return parser


# A word that stands for a tag would be taken for the name of an element in <{{ x }}>.
def _html_inline(state: StateInline, silent: bool) -> bool:
    return not IN_BRACKETS.match(state.src, state.pos) and html_inline(state, silent)


# An address in angle brackets is printed twice, as address and as words; a tag must not be.
def _autolink(state: StateInline, silent: bool) -> bool:
    return not _WITH_TAG.match(state.src, state.pos) and autolink(state, silent)


def _html_block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    at = state.bMarks[first] + state.tShift[first]
    return not IN_BRACKETS.match(state.src, at) and html_block(state, first, last, silent)


def _quote(
    _: RendererHTML, tokens: Sequence[Token], at: int, __: Any, env: Mapping[str, Any]
) -> str:
    return str(env["pieces"].around("quote")[tokens[at].nesting == -1])


def _divider(
    _: RendererHTML, __: Sequence[Token], ___: int, ____: Any, env: Mapping[str, Any]
) -> str:
    return str(env["pieces"].divider()) + "\n"


@dataclass(frozen=True, kw_only=True)
class _Setting:
    parser: MarkdownIt
    env: dict[str, Any]
    shield: Shield
    embedded: Mapping[str, Embedded]

    def html_of(self, children: Sequence[Token]) -> str:
        return str(self.parser.renderer.render([_inline(children)], self.parser.options, self.env))


def _inline(children: Sequence[Token]) -> Token:
    return Token("inline", "", 0, children=list(children))


def _blocks(tokens: list[Token], setting: _Setting) -> list[Token]:
    """The tokens, with paragraphs that are a button, a picture, a shortcode or Liquid
    control tags alone turned into blocks of their own."""
    done: list[Token] = []
    containers: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "paragraph_open":
            html = _special(tokens[at + 1], setting)
            if html is not None:
                done.append(Token("html_block", "", 0, content=html + "\n", level=token.level))
            else:
                _embed(tokens[at + 1], setting)
                done += _paragraph(tokens[at : at + 3], closes_quote=_closes_quote(tokens, at + 3))
            at += 3
            continue
        if token.type == "inline":
            _embed(token, setting)
        elif token.type in _TABLE:
            _dress(token)
        elif token.type.startswith("container_any"):
            token = _container(token, containers, setting)
        done.append(token)
        at += 1
    return done


def _container(token: Token, open_ones: list[str], setting: _Setting) -> Token:
    """The start or the end of a `:::` block, as the look has it."""
    if token.nesting == 1:
        name = token.info.strip()
        open_ones.append("centre" if name == "center" else name)
        html = setting.env["pieces"].around(open_ones[-1])[0]
    else:
        html = setting.env["pieces"].around(open_ones.pop())[1]
    return Token("html_block", "", 0, content=html, level=token.level)


def _special(inline: Token, setting: _Setting) -> str | None:
    """The HTML of a paragraph that is one special thing, or None."""
    text = inline.content.strip()
    if text in setting.embedded:
        return setting.embedded[text].html("block")
    if text.startswith("lq") and _WORDS_ONLY.fullmatch(text):
        if all(setting.shield.tag(word).startswith("{%") for word in words_in(text)):
            return text
    elif text.startswith(("[", "!")):
        children = [one for one in inline.children or () if one.content.strip() or one.tag]
        return _button(children, setting) or _picture(children, setting)
    return None


def _button(children: list[Token], setting: _Setting) -> str | None:
    if len(children) < 3 or not _is_one_link(children):
        return None
    link = children[0]
    if "button" not in str(link.attrGet("class") or "").split():
        return None
    label = setting.html_of(children[1:-1])
    return setting.env["pieces"].button(label, str(link.attrGet("href") or "")) or None


def _picture(children: list[Token], setting: _Setting) -> str | None:
    href = ""
    if len(children) == 3 and _is_one_link(children):
        href = str(children[0].attrGet("href") or "")
        children = children[1:-1]
    if len(children) != 1 or children[0].type != "image":
        return None
    image = children[0]
    renderer = cast("RendererHTML", setting.parser.renderer)
    alt = renderer.renderInlineAsText(image.children or [], setting.parser.options, setting.env)
    return (
        setting.env["pieces"].image(
            src=str(image.attrGet("src") or ""),
            alt=alt,
            width=str(image.attrGet("width") or ""),
            caption=str(image.attrGet("title") or ""),
            href=href,
        )
        or None
    )


def _is_one_link(children: list[Token]) -> bool:
    return (
        children[0].type == "link_open"
        and children[-1].type == "link_close"
        and sum(one.type == "link_open" for one in children) == 1
    )


def _embed(inline: Token, setting: _Setting) -> None:
    """Puts the inline form of a shortcode where its word stands in running text."""
    if not setting.embedded or not any(
        word in setting.embedded for word in words_in(inline.content)
    ):
        return
    children: list[Token] = []
    for child in inline.children or ():
        if child.type != "text":
            children.append(child)
            continue
        for part in re.split(r"(lq\d{4,}ql)", child.content):
            if part in setting.embedded:
                html = setting.embedded[part].html("line")
                children.append(Token("html_inline", "", 0, content=html))
            elif part:
                children.append(Token("text", "", 0, content=part))
    inline.children = children


def _closes_quote(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].type == "blockquote_close"


def _paragraph(paragraph: list[Token], *, closes_quote: bool) -> list[Token]:
    """A paragraph, with a last line `— Name` of a quote as a paragraph of its own."""
    if not closes_quote:
        return paragraph
    before, inline, after = paragraph
    children = inline.children or []
    breaks = [i for i, one in enumerate(children) if one.type in ("softbreak", "hardbreak")]
    start = breaks[-1] + 1 if breaks else 0
    if not children[start:] or not re.match(r"[—–] ", children[start].content):
        return paragraph
    name = Token("paragraph_open", "p", 1, attrs={"class": "attribution"}, block=True)
    tail = [name, _inline(children[start:]), Token("paragraph_close", "p", -1, block=True)]
    return [before, _inline(children[: start - 1]), after, *tail] if start else tail


_TABLE = ("table_open", "th_open", "td_open")


def _dress(token: Token) -> None:
    """A data table for mail: classes instead of styles, and headings with a scope."""
    if token.type == "table_open":
        token.attrSet("class", "data")
        return
    aligned = re.search(r"right|center", str(token.attrs.pop("style", "")))
    token.attrSet("class", "cell" + (f" {aligned[0]}" if aligned else ""))
    if token.type == "th_open":
        token.attrSet("scope", "col")


def _defined(env: Mapping[str, Any]) -> list[str]:
    """The shield words in link definitions, which may be used any number of times."""
    found: list[str] = []
    for one in env.get("references", {}).values():
        found += words_in(str(one.get("href", "")) + " " + str(one.get("title", "")))
    return found
