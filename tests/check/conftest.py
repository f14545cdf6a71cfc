"""A sound letter, and the findings of it with something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.check import Context, Finding, check_issue
from newsletter.issue.model import Audience, Issue, Kind, Status
from newsletter.plaintext import from_html
from newsletter.render.model import Email
from newsletter.render.pictures import Placed

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST_LINE = 8  # where the body starts in the file
FOOTER = '<div class="footer">{{ address }} <a href="{{ unsubscribe_url }}">Leave</a></div>'
WORDS = " ".join(["quiet morning walks along the old canal"] * 10)
SUBJECT = "A walk along the canal"
PREVIEW = "What the herons taught me about standing still in November."

ISSUE = Issue(
    path="issues/canal.md",
    slug="canal",
    kind=Kind.MARKDOWN,
    subject=SUBJECT,
    subject_guessed=False,
    preview_text=PREVIEW,
    body=WORDS,
    body_lines=(FIRST_LINE,),
    title=SUBJECT,
    status=Status.SCHEDULED,
    send_at=datetime(2026, 11, 24, 14, 0, tzinfo=UTC),
    timezone="America/New_York",
    audience=Audience(),
    sender=None,
    template="email",
    public=False,
    language=None,
    date=None,
    thumbnail=None,
    thumbnail_alt=None,
    number=None,
    topics=(),
    key_lines={"subject": 2, "preview_text": 3, "send_at": 4, "title": 5},
)
CONTEXT = Context(now=NOW, target="local", address_configured=True)

Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def check() -> Check:
    """Findings of the sound letter with changes.

    `body` is put before the letter's own words, or stands `alone`; `html` replaces the page; names of the
    context and of the issue are set as they are given.
    """

    def run(
        *,
        body: str = "",
        alone: bool = False,
        html: str | None = None,
        pictures: tuple[Placed, ...] = (),
        context: dict[str, Any] | None = None,
        **issue: Any,
    ) -> tuple[Finding, ...]:
        whole = body if alone else f"{body}\n{WORDS}" if body else WORDS
        lines = tuple(range(FIRST_LINE, FIRST_LINE + whole.count("\n") + 1))
        changed = replace(ISSUE, **{"body": whole, "body_lines": lines, **issue})
        page = (
            html
            if html is not None
            else f'<html lang="en"><body><p>{WORDS}</p>{FOOTER}</body></html>'
        )
        email = Email(
            subject=changed.subject,
            preview_text=changed.preview_text,
            html=page,
            text=from_html(page),
            pictures=pictures,
        )
        return check_issue(changed, email, context=replace(CONTEXT, **(context or {})))

    return run
