"""A letter, a look, and a network that is never used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cssutils.util
import pytest

from newsletter.issue.model import Audience, Issue, Kind, Status
from newsletter.render.model import Look, Newsletter


@pytest.fixture(autouse=True)
def no_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    """cssutils fetches `@import` by itself, whatever premailer was told."""

    def fail(url: str) -> None:
        raise AssertionError(f"cssutils fetched {url}")

    monkeypatch.setattr(cssutils.util, "_defaultFetcher", fail)


@pytest.fixture
def letter() -> Callable[..., Issue]:
    """Makes an issue; line `n` of the body stands on line `n + 10` of its file."""

    def make(body: str = "Hello.", **more: Any) -> Issue:
        values: dict[str, Any] = {
            "path": "issues/gate.md",
            "slug": "gate",
            "kind": Kind.MARKDOWN,
            "subject": "The gate",
            "subject_guessed": False,
            "preview_text": "A crooked gate.",
            "body": body,
            "body_lines": tuple(range(10, 11 + body.count("\n"))),
            "title": "The gate",
            "status": Status.DRAFT,
            "send_at": None,
            "timezone": "UTC",
            "audience": Audience(),
            "sender": None,
            "template": "email",
            "public": False,
            "language": None,
            "date": None,
            "thumbnail": None,
            "thumbnail_alt": None,
            "number": None,
            "topics": (),
        }
        return Issue(**{**values, **more})

    return make


@pytest.fixture
def look() -> Callable[..., Look]:
    """Makes a look; the built-in one unless told otherwise."""

    def make(**more: Any) -> Look:
        newsletter = Newsletter(
            name="Slow Garden Letters",
            sender_name="Nora Field",
            sender_address="nora@example.org",
            address="1 Main Street, Springfield",
            website="https://example.org",
            language="en",
        )
        return Look(**{"newsletter": newsletter, **more})

    return make
