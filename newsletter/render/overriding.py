"""What a template that extends another says in vain.

Jinja2 drops a block that the parent does not have, and all output outside blocks,
without a word: a footer under a misspelt name would be missing from the email.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from jinja2 import nodes

# What stands in these is kept for later, or goes where it is called.
_SEEN_ELSEWHERE = (nodes.Block, nodes.Macro, nodes.AssignBlock)


@dataclass(frozen=True, kw_only=True)
class InVain:
    """Something that would never be seen, with its line; `block` is its name if it is one."""

    line: int
    block: str | None = None


def parent_of(template: nodes.Template) -> str | None:
    """The name of the template that this one always extends; None where that depends."""
    for node in template.body:
        if isinstance(node, nodes.Extends) and isinstance(node.template, nodes.Const):
            return str(node.template.value)
    return None


def said_in_vain(template: nodes.Template, known: Set[str]) -> InVain | None:
    """The first thing in an extending template that is in no block of its parents (`known`).

    A new block inside a block is fine: it is printed where it stands.
    """
    begun = False
    for node in template.body:
        if isinstance(node, nodes.Extends):
            begun = True
            continue
        for block in _outer_blocks(node):
            if block.name not in known:
                return InVain(line=block.lineno, block=block.name)
        line = _line_of_output(node) if begun else None
        if line is not None:
            return InVain(line=line)
    return None


def _outer_blocks(node: nodes.Node) -> Iterator[nodes.Block]:
    if isinstance(node, nodes.Block):
        yield node
        return
    for child in node.iter_child_nodes():
        yield from _outer_blocks(child)


def _line_of_output(node: nodes.Node) -> int | None:
    if isinstance(node, _SEEN_ELSEWHERE):
        return None
    if isinstance(node, nodes.Output):
        return next((line for part in node.nodes if (line := _line_of_part(part))), None)
    if isinstance(node, nodes.FilterBlock | nodes.CallBlock | nodes.Include):
        return node.lineno
    lines = (_line_of_output(child) for child in node.iter_child_nodes())
    return next((line for line in lines if line), None)


def _line_of_part(part: nodes.Node) -> int | None:
    if not isinstance(part, nodes.TemplateData):
        return part.lineno
    blank = len(part.data) - len(part.data.lstrip())
    return part.lineno + part.data.count("\n", 0, blank) if part.data.strip() else None
