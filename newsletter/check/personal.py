"""Rules about Liquid: what Kit fills in for each reader, and what must be there for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from newsletter import liquid
from newsletter.check.letter import LIQUID, Hit, Letter

_VALUE = re.compile(r"\{\{-?\s*subscriber\.(\w+)\s*([^}]*)\}\}")
_WAY_OUT = re.compile(r"\{\{-?\s*unsubscribe_(?:url|link)\s*(?:\||-?\}\})")
_ADDRESS = re.compile(r"\{\{-?\s*address\s*(?:\||-?\}\})")


def liquid_error(letter: Letter) -> Iterator[Hit]:
    errors = [hit for rule, hit in letter.liquid_mistakes if rule == "liquid-error"]
    if errors:
        yield from errors
        return
    # The letter is sound; what is left can only come from the template.
    for problem in liquid.problems(letter.email.html):
        yield Hit(message=f"In the template: {problem.message}", cure=problem.cure)


def liquid_curly_quotes(letter: Letter) -> Iterator[Hit]:
    for rule, hit in letter.liquid_mistakes:
        if rule == "liquid-curly-quotes":
            message = f"{hit.message}; straight ones are sent in their place"
            yield replace(hit, message=message)


def unsubscribe_missing(letter: Letter) -> Iterator[Hit]:
    if not _WAY_OUT.search(letter.html):
        yield Hit(
            message="The email has no link to unsubscribe; Kit refuses to send it",
            cure="Put {{ kit.unsubscribe_url }} into a link of the template's footer",
        )
    elif not _WAY_OUT.search(letter.email.text):
        yield Hit(
            message="The link to unsubscribe cannot be seen, and the text part has none",
            cure="Show {{ kit.unsubscribe_url }} in the footer: no display:none or aria-hidden",
        )


def address_missing(letter: Letter) -> Iterator[Hit]:
    if not _ADDRESS.search(letter.html):
        yield Hit(
            message="The email does not show your postal address, which the law wants",
            cure="Put {{ kit.address }} into the template's footer",
        )
    if not letter.context.address_configured:
        yield Hit(
            message="Your postal address is not set; the law wants it in every newsletter",
            cure='Put  address = "Street, Town"  at the top of newsletter.toml',
        )


def name_without_fallback(letter: Letter) -> Iterator[Hit]:
    for key, text in letter.envelope:
        for found in _bare_values(text):
            yield Hit(message=f"{_bare(found)} ({key})", cure=_fallback(found), key=key)
    for found in _bare_values(letter.body):
        yield letter.hit(found.start(), message=_bare(found), cure=_fallback(found))


def _bare_values(text: str) -> Iterator[re.Match[str]]:
    """Values that print nothing for a reader who has none, and are in no `{% if %}` for it."""
    conditions = " ".join(tag for tag in LIQUID.findall(text) if tag.startswith("{%"))
    for found in _VALUE.finditer(text):
        key, filters = found.groups()
        if key != "email_address" and "default" not in filters and f".{key}" not in conditions:
            yield found


def _bare(found: re.Match[str]) -> str:
    return f"{found.group()} prints nothing for a reader who has none"


def _fallback(found: re.Match[str]) -> str:
    return f'Write {{{{ subscriber.{found.group(1)} | default: "friend" }}}}'
