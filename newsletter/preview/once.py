"""The preview as one file that needs no program: for ssh, for CI, to send to somebody."""

from __future__ import annotations

from datetime import datetime

from newsletter.check import words_of
from newsletter.preview.app import render_page
from newsletter.preview.frame import SCHEMES, Scheme, document
from newsletter.preview.page import inbox, links_for, seen_by
from newsletter.preview.persons import Person
from newsletter.preview.showing import inline_address, with_pictures
from newsletter.preview.workshop import Shown, Workshop, counted


def one_file(workshop: Workshop, shown: Shown, who: Person, scheme: Scheme, *, at: datetime) -> str:
    """One HTML document: the email on a phone and a desk, its text, and what was noticed.

    Nothing in it runs. Its own pictures are in it; those from elsewhere are asked for there.
    """
    email = seen_by(workshop, shown, who)
    page = (
        with_pictures(shown.good.email, email.html, address=inline_address)
        if (email and shown.good)
        else ""
    )
    shades = [scheme, *(each for each in SCHEMES[:2] if each != scheme)][:2]
    errors, warnings = counted(shown.findings)
    return render_page(
        "once",
        {
            "name": workshop.project.name,
            "shown": shown,
            "email": email,
            "who": who,
            "inbox": inbox(email, workshop) if email else None,
            "frames": [(shade, document(page, scheme=shade)) for shade in shades] if page else [],
            "words": words_of(shown.good.issue, shown.good.email) if shown.good else 0,
            "errors": errors,
            "warnings": warnings,
            "at": f"{at:%Y-%m-%d %H:%M %Z}",
            "leave": links_for(workshop, who).unsubscribe_url,
        },
    )
