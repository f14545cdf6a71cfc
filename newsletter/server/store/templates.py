"""Email templates: the pages that content is put into, and the designs it begins with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from newsletter.server.store.tables import email_templates


def all_templates() -> Select[Any]:
    """Every email template."""
    return select(email_templates)


def by_id(db: Connection, template_id: int) -> Row[Any] | None:
    """The template with this id."""
    return db.execute(
        select(email_templates).where(email_templates.c.id == template_id)
    ).one_or_none()


def default(db: Connection) -> Row[Any]:
    """The template of a broadcast that names none."""
    return db.execute(
        select(email_templates)
        .where(email_templates.c.is_default)
        .order_by(email_templates.c.id)
        .limit(1)
    ).one()
