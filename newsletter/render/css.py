"""Cuts a style sheet in two: rules to be inlined, and everything that must stay in the head.

premailer loses or damages most of what is not a plain rule: hooks that match nothing
in the page (`[data-ogsc] .a`), `@font-face`, nested at-rules, fallbacks in `@media`.
So it is given only rules whose selectors are made of elements, classes and ids. All
other rules go verbatim to a second block that it does not touch; there a declaration
needs `!important` to win over an inlined one.
"""

from __future__ import annotations

import re

import tinycss2
import tinycss2.ast

from newsletter.render.mistake import StyleMistake

_NOT_PLAIN = re.compile(r"[:\[*+~&]")
# Elements that a mail program wraps round a mail: such a rule matches nothing in the page.
_HOOKS = re.compile(r"#MessageViewBody|#outlook|\.ExternalClass|\.ReadMsgBody|\.moz-text-html")


IMPORT = StyleMistake(
    "`@import` in a style sheet: mail programs drop it, and reading it would fetch the address",
    "copy the rules into the template's <style>",
    re.compile(r"@import", re.IGNORECASE),
)


def split(css: str) -> tuple[str, str]:
    """The plain rules of a style sheet and the rest, each in its order, without comments.

    Raises StyleMistake for an `@import` anywhere in it.
    """
    plain: list[str] = []
    rest: list[str] = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            raise IMPORT
        if rule.type == "qualified-rule" and _is_plain(rule):
            plain.append(rule.serialize())
        elif rule.type != "error":
            rest.append(rule.serialize())
    return "\n".join(plain), "\n".join(rest)


def _is_plain(rule: tinycss2.ast.QualifiedRule) -> bool:
    if any(part.type in ("at-keyword", "{} block") for part in rule.content):
        return False
    selector = tinycss2.serialize(rule.prelude)
    return not _NOT_PLAIN.search(selector) and not _HOOKS.search(selector)
