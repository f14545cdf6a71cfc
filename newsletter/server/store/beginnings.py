"""What a new store holds: two email templates, three sample readers and one form.

The readers live at example.org, which belongs to nobody (RFC 2606).
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, insert

from newsletter.server.store.tables import email_templates, forms, subscribers

HTML = "HTML"
STARTING_POINT = "Starting point"

_FOOT = (
    '<p style="margin:32px 0 0;padding-top:16px;border-top:1px solid #d8d8d4;color:#6b6b66;'
    'font-size:13px;line-height:20px"><a href="{{ unsubscribe_url }}" style="color:#6b6b66">'
    "Unsubscribe</a><br>{{ address }}</p>"
)


def _page(inside: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title></title></head>\n"
        '<body style="margin:0;padding:24px;font:16px/26px Georgia,serif;color:#1d1d1b">'
        f'<div style="max-width:600px;margin:0 auto">\n{inside}\n{_FOOT}\n</div></body></html>\n'
    )


TEXT_ONLY = _page("{{ message_content }}")
BLANK_DESIGN = _page("<p>Dear {{ subscriber.first_name | default: 'reader' }},</p>")

SAMPLE_READERS = (
    ("ann@example.org", "Ann"),
    ("ben@example.org", "Ben"),
    ("dana@example.org", "Dana"),
)


def fill(db: Connection, *, form_name: str, now: datetime) -> None:
    """Put the first rows into an empty store."""
    db.execute(
        insert(email_templates),
        [
            {"name": "Text only", "category": HTML, "is_default": True, "html": TEXT_ONLY},
            {
                "name": "Starting point",
                "category": STARTING_POINT,
                "is_default": False,
                "html": BLANK_DESIGN,
            },
        ],
    )
    db.execute(
        insert(subscribers),
        [
            {
                "email_address": address,
                "email_key": address,
                "first_name": first_name,
                "state": "active",
                "fields": {},
                "created_at": now,
                "updated_at": now,
            }
            for address, first_name in SAMPLE_READERS
        ],
    )
    db.execute(
        insert(forms).values(
            name=form_name,
            uid=secrets.token_hex(5),
            type="hosted",
            archived=False,
            created_at=now,
        )
    )
