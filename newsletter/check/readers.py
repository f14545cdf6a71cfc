"""Rules about who gets the letter."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.check.letter import Hit, Letter

# A handful more or less is half of a small list, and no accident.
_FEW = 20


def audience_jump(readers: int | None, last: int | None) -> Iterator[Hit]:
    """`readers` would get this letter, `last` got the one before; None where nobody knows."""
    if readers is None or not last or abs(readers - last) < _FEW:
        return
    if readers >= 2 * last or 2 * readers <= last:
        yield Hit(
            message=f"{readers:,} readers would get it; the last issue went to {last:,}",
            cure="See that `audience` says what you mean",
            key="audience",
        )


def tags_look_like_audience(letter: Letter) -> Iterator[Hit]:
    issue = letter.issue
    if not issue.audience.is_everyone:
        return
    known = {tag.casefold(): tag for tag in letter.context.tags}
    for topic in issue.topics:
        tag = known.get(topic.casefold())
        if tag is not None:
            yield Hit(
                message=f"“{topic}” is a topic here and a tag of readers, and the letter goes to everyone",
                cure=f"To send only to them, write  audience: tag:{tag}",
                key="topics",
            )
