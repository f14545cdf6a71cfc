"""Segments, Kit's saved filters: `/segments`. Their rules are not shown to anyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A saved filter, by name."""

    id: int
    name: str
    created_at: datetime | None
    extra: Mapping[str, Any] = field(default_factory=dict)


class SegmentCalls:
    """The call on segments.

    Example:
        >>> [segment.name for segment in kit.segments.list()]
        []
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, per_page: int = 1000) -> Pages[Segment]:
        """All segments, newest first."""
        return listing(
            self._session,
            "/segments",
            key="segments",
            read=_segment,
            query={"per_page": per_page},
        )


def _segment(data: object) -> Segment:
    reader = Reader(data, "segment")
    return Segment(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        created_at=reader.time("created_at"),
        extra=reader.rest(),
    )
