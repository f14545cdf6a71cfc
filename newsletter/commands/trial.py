"""`test`: one copy to yourself, as one reader would get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter import liquid
from newsletter.commands.build import SAMPLE_READER, as_message
from newsletter.commands.compose import Composed
from newsletter.commands.project import Project
from newsletter.commands.publishing import publish
from newsletter.commands.target import Target
from newsletter.errors import NotConfigured

PREFIX = "[test] "


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Where the copies went."""

    slug: str
    to: tuple[str, ...]
    via: str


def trial(
    project: Project,
    composed: Composed,
    target: Target,
    *,
    to: Sequence[str],
    reader: liquid.Reader | None,
    leave_url: str,
    now: datetime,
) -> Trial:
    """Send a copy to each address in `to`: into the outbox, or through `SMTP_URL`.

    Other findings than those that leave no email do not stop it: a test is there to
    look. Raises NotConfigured where there is no way to send one copy, NotNow when its
    pictures cannot be put where it loads them from.
    """
    if composed.email is None:
        composed.require(project)
    email = composed.email
    assert email is not None  # noqa: S101  (require has raised otherwise)
    if target.post is None:
        raise NotConfigured(
            "Kit's API has no test send, and there is no SMTP_URL to send one by ourselves.",
            hint="Put  SMTP_URL=smtps://user:password@smtp.example.org  into .env,\n"
            f"or look at it here:  newsletter test {composed.read.slug} --target local",
            code="no-smtp",
        )
    publish(email.pictures, project.gallery, folder=project.root)
    for address in to:
        message = as_message(
            project,
            email,
            now=now,
            reader=reader or SAMPLE_READER,
            to=address,
            leave_url=leave_url,
            prefix=PREFIX,
        )
        target.post(address, message)
    return Trial(slug=composed.read.slug, to=tuple(to), via="outbox" if target.outbox else "smtp")
