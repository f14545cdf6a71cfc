"""GET /email_templates: the layouts that a broadcast can name."""

from __future__ import annotations

from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation
from newsletter.server.store import templates
from newsletter.server.store.paging import page_of
from newsletter.server.store.tables import email_templates


def listing(call: Call) -> Answer:
    """One page of the email templates, newest first."""
    keys = [email_templates.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, templates.all_templates(), keys=keys, wish=wish)
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "is_default": row.is_default,
            "category": row.category,
        }
        for row in page.rows
    ]
    return Answer(
        status=200, body={"email_templates": rows, "pagination": pages.pagination(page, wish)}
    )


OPERATIONS = (Operation(method="GET", path="/email_templates", answer=listing),)
