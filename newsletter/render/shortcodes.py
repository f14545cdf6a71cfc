"""Shortcodes in a letter: each is printed by a template of its name.

`shortcodes/NAME.html.j2` has `args`, `inner` and `medium` in hand, `shortcodes/NAME.txt.j2`
says the same in the text part. A sign-up form does nothing in a mail program, so
`[form name=main]` and the old WordPress forms of it are a button.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol
from urllib.parse import quote

from jinja2 import nodes
from markupsafe import Markup

from newsletter.errors import InvalidIssue, InvalidTemplate
from newsletter.issue.model import Issue
from newsletter.issue.shortcodes import FORMS, Shortcode, find_shortcodes
from newsletter.plaintext import from_html
from newsletter.render.markdown import Embedded, Place
from newsletter.render.model import Look
from newsletter.render.shield import LIQUID, Shield
from newsletter.render.templates import SUFFIX, Templates

_DEEPEST = 10
_MOST = 500
_TEXT_SUFFIX = ".txt.j2"


class Inner(Protocol):
    """Makes HTML of what stands within a shortcode."""

    def __call__(self, text: str, embedded: tuple[Embedded, ...], place: Place) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Printing:
    """What shortcodes are printed with: the letter, the look, and the names for templates."""

    issue: Issue
    look: Look
    shield: Shield
    templates: Templates
    values: Mapping[str, Any]
    inner: Inner


def hide_shortcodes(
    body: str, printing: Printing, *, first_line: int = 0, depth: int = 0
) -> tuple[str, tuple[Embedded, ...]]:
    """A body with shortcodes and Liquid tags replaced by words, and the shortcodes.

    Both are found in the body as it was written, so that their lines are those of the file.
    """
    issue, shield = printing.issue, printing.shield
    tags = [found.span() for found in LIQUID.finditer(body)]
    parts: list[str] = []
    embedded: list[Embedded] = []
    at = 0
    found = find_shortcodes(body, names=printing.templates.shortcodes, is_html=issue.kind.is_html)
    if len(found) > _MOST:
        raise _mistake(issue, first_line + found[_MOST].body_line, f"more than {_MOST} shortcodes")
    for one in found:
        if any(start < one.opening_end and one.start < end for start, end in tags):
            continue  # inside a Liquid tag, or with one in it: it is Liquid's
        line = first_line + one.body_line
        if depth == _DEEPEST:
            raise _mistake(issue, line, f"more than {_DEEPEST} shortcodes stand within each other")
        word = shield.keep(one.raw)
        html = _printer(one, printing, first_line=first_line, depth=depth)
        embedded.append(Embedded(word=word, raw=one.raw, html=html))
        parts += [shield.hide(body[at : one.start]), word]
        at = one.end
    parts.append(shield.hide(body[at:]))
    return "".join(parts), tuple(embedded)


def uses_signature(body: str, printing: Printing) -> bool:
    """Whether a letter says itself where its signature stands."""
    found = find_shortcodes(
        body, names=printing.templates.shortcodes, is_html=printing.issue.kind.is_html
    )
    return any(one.name == "signature" for one in found)


def _printer(
    shortcode: Shortcode, printing: Printing, *, first_line: int, depth: int
) -> Callable[[Place], str]:
    """Prints one shortcode when the letter shows it; one in a note is never asked for."""
    issue, templates = printing.issue, printing.templates
    line = first_line + shortcode.body_line

    def html(place: Place) -> str:
        name = f"shortcodes/{_template_of(shortcode, templates)}"
        values = {
            **printing.values,
            "args": shortcode.args,
            "inner": Markup(),
            "place": place,
        }
        if shortcode.name in FORMS:
            values["href"] = form_address(shortcode, printing, line)
        try:
            has_text = templates.has_file(name + _TEXT_SUFFIX)
            files = [name + SUFFIX, *([name + _TEXT_SUFFIX] if has_text else [])]
            _look_for_slips(shortcode, [templates.tree(file) for file in files], issue, line)
            if shortcode.inner is not None and shortcode.inner.strip():
                values["inner"] = _inner(shortcode, printing, place, first_line, depth)
            printed = templates.render(name + SUFFIX, values).strip()
            if not has_text:
                return printed
            values |= {"medium": "text", "inner": from_html(values["inner"]).strip()}
            text = templates.render(name + _TEXT_SUFFIX, values)
        except InvalidTemplate as mistake:
            raise _mistake(
                issue,
                line,
                f"[{shortcode.name}] cannot be printed: {mistake.message} ({mistake.place})",
                mistake.hint,
            ) from mistake
        return _with_text(printed, text.strip(), place)

    return html


def _inner(
    shortcode: Shortcode, printing: Printing, place: Place, first_line: int, depth: int
) -> Markup:
    inner = shortcode.inner or ""
    opening = shortcode.raw[: shortcode.opening_end - shortcode.start]
    blank = len(inner) - len(inner.lstrip("\n"))
    begins = shortcode.body_line + opening.count("\n") + blank
    text, embedded = hide_shortcodes(
        inner.strip("\n"), printing, first_line=first_line + begins, depth=depth + 1
    )
    return Markup(printing.inner(text, embedded, place))  # noqa: S704 - the author's own letter


def _with_text(html: str, text: str, place: Place) -> str:
    """HTML that says something else in the text part, which is made from it."""
    tag = "div" if place == "block" else "span"
    return f'<{tag} data-text="{escape(text)}">{html}</{tag}>'


def _template_of(shortcode: Shortcode, templates: Templates) -> str:
    """The file that prints it, without its suffix: the old names of forms share one."""
    if shortcode.name in FORMS and not templates.has_file(f"shortcodes/{shortcode.name}{SUFFIX}"):
        return "form"
    return shortcode.name


def _look_for_slips(
    shortcode: Shortcode, trees: Sequence[nodes.Template], issue: Issue, line: int
) -> None:
    """Raise InvalidIssue for an argument or an inside that no template ever looks at."""
    names = [node for tree in trees for node in tree.find_all(nodes.Name) if node.ctx == "load"]
    has_inner = any(node.name == "inner" for node in names)
    if shortcode.inner is not None and shortcode.inner.strip() and not has_inner:
        raise _mistake(
            issue,
            line,
            f"[{shortcode.name}] takes nothing between [{shortcode.name}] and [/{shortcode.name}]",
            f"take [/{shortcode.name}] out",
        )
    all_looks: list[nodes.Getattr | nodes.Getitem] = [
        *(node for tree in trees for node in tree.find_all(nodes.Getattr)),
        *(node for tree in trees for node in tree.find_all(nodes.Getitem)),
    ]
    looks = [
        node for node in all_looks if isinstance(node.node, nodes.Name) and node.node.name == "args"
    ]
    looked_at = {name for node in looks if (name := _name_of(node))}
    takes_anything = len(looked_at) < len({*map(_name_of, looks)}) or len(looks) < sum(
        node.name == "args" for node in names
    )
    if shortcode.name in FORMS:
        looked_at |= {"name", "id", "form", "form_id"}
        # What WordPress wrote beside the number means nothing here, and did no harm there.
        if shortcode.name != "form":
            return
    if takes_anything:
        return
    for name in shortcode.args:
        if name not in looked_at:
            near = difflib.get_close_matches(name, sorted(looked_at), n=1)
            known = f"it takes: {', '.join(sorted(looked_at))}" if looked_at else "it takes nothing"
            raise _mistake(
                issue,
                line,
                f"[{shortcode.name}] does not know `{name}`",
                f"did you mean `{near[0]}`?" if near else known,
            )


def _name_of(node: nodes.Getattr | nodes.Getitem) -> str | None:
    """The name behind `args`, where it is written out."""
    if isinstance(node, nodes.Getattr):
        return None if node.attr in ("items", "keys", "values", "get") else node.attr
    return str(node.arg.value) if isinstance(node.arg, nodes.Const) else None


def form_address(shortcode: Shortcode, printing: Printing, line: int) -> str:
    """Where a form's button leads. Raises InvalidIssue when nobody has said so."""
    form, look = shortcode.form, printing.look
    if form in look.forms:
        return look.forms[form]
    if not form:
        raise _mistake(
            printing.issue,
            line,
            f"{shortcode.raw} does not say which form",
            "write [form name=main]",
        )
    if look.form_fallback is None:
        raise _mistake(
            printing.issue,
            line,
            f"where should form {form} lead?",
            f'put {form} = "https://…" under [forms] in newsletter.toml',
        )
    return look.form_fallback.format(id=quote(form, safe=""))


def _mistake(issue: Issue, body_line: int, message: str, hint: str = "") -> InvalidIssue:
    return InvalidIssue(
        message,
        file=issue.path,
        line=issue.line_of(body_line),
        rule="shortcode-error",
        hint=hint,
    )
