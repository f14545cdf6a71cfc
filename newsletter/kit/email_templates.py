"""Email templates, the wrappers Kit puts around a broadcast: `/email_templates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader


@dataclass(frozen=True, kw_only=True)
class EmailTemplate:
    """A layout; `category` is `HTML` (wraps the content) or `Starting point` (is replaced by it)."""

    id: int
    name: str
    is_default: bool | None
    category: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


class EmailTemplateCalls:
    """The call on email templates.

    Example:
        >>> any(template.category == "Starting point" for template in kit.email_templates.list())
        True
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, per_page: int = 1000) -> Pages[EmailTemplate]:
        """All templates, newest first."""
        return listing(
            self._session,
            "/email_templates",
            key="email_templates",
            read=_template,
            query={"per_page": per_page},
        )


def _template(data: object) -> EmailTemplate:
    reader = Reader(data, "email template")
    return EmailTemplate(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        is_default=reader.flag("is_default"),
        category=reader.text("category"),
        extra=reader.rest(),
    )
