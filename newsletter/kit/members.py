"""Who is in a form, a sequence or has a tag: three lists and three ways in that are alike."""

from __future__ import annotations

from datetime import date
from typing import Literal

from newsletter.kit.pages import Pages, listing
from newsletter.kit.people import Status, Subscriber, read_subscriber, read_written_subscriber
from newsletter.kit.session import Session
from newsletter.kit.wire import present, wire_day, wire_flag


def members(
    session: Session,
    path: str,
    since: Literal["added", "tagged"],
    *,
    status: Status | None,
    after: date | None,
    before: date | None,
    created_after: date | None,
    created_before: date | None,
    per_page: int,
    slim: bool = False,
) -> Pages[Subscriber]:
    """The list at a path; `after` and `before` are about `since`."""
    return listing(
        session,
        path,
        key="subscribers",
        read=read_subscriber,
        query={
            "status": status,
            f"{since}_after": wire_day(after),
            f"{since}_before": wire_day(before),
            "created_after": wire_day(created_after),
            "created_before": wire_day(created_before),
            "slim": wire_flag(slim or None),
            "per_page": per_page,
        },
    )


def attach(
    session: Session,
    path: str,
    subscriber_id: int | None,
    email_address: str | None,
    **more: str | None,
) -> Subscriber:
    """Add a person, named in one way, to what has its members at a path.

    Raises:
        ValueError: The person is named in both ways or in none.
    """
    return session.write(
        "POST",
        member(path, subscriber_id, email_address),
        read_written_subscriber,
        body=present({"email_address": email_address, **more}),
    )


def member(path: str, subscriber_id: int | None, email_address: str | None) -> str:
    """Where a person stands among the members: by her id, or at their path with an address.

    Raises:
        ValueError: She is named in both ways or in none.
    """
    if (subscriber_id is None) == (email_address is None):
        raise ValueError("Give subscriber_id or email_address, and only one of them.")
    return path if subscriber_id is None else f"{path}/{subscriber_id:d}"
