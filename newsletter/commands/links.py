"""`check --links`: do the pages answer that the letters link to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from newsletter.check import Answer, check_links, links_of
from newsletter.commands.compose import Composed
from newsletter.commands.project import Project
from newsletter.fetch import Look, Verdict, look_at_all

LookAt = Callable[[Iterable[str]], Mapping[str, Look]]


def with_links(
    project: Project, all_composed: Sequence[Composed], *, look_at: LookAt = look_at_all
) -> tuple[Composed, ...]:
    """The letters with findings about the pages they link to, each page asked once."""
    wanted = [url for composed in all_composed for url in _links(composed)]
    looks = look_at(dict.fromkeys(wanted))
    answers = {
        url: Answer(is_broken=look.verdict is Verdict.BROKEN, why=look.why)
        for url, look in looks.items()
        if look.verdict is not Verdict.ANSWERS
    }
    return tuple(_with_answers(project, composed, answers) for composed in all_composed)


def _links(composed: Composed) -> Iterable[str]:
    if composed.issue is None or composed.email is None:
        return ()
    return links_of(composed.issue, composed.email)


def _with_answers(project: Project, composed: Composed, answers: Mapping[str, Answer]) -> Composed:
    if composed.issue is None or composed.email is None:
        return composed
    found = check_links(composed.issue, composed.email, answers, ignore=project.ignore)
    return replace(composed, findings=(*composed.findings, *found))
