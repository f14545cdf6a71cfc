"""Where issues go, as the commands see it: a Kit client, and for the embedded server its post."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newsletter.commands.answers import asking
from newsletter.errors import NotConfigured
from newsletter.kit import EmailTemplate, Kit

STARTING_POINT = "Starting point"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One place that takes broadcasts.

    `name` is the ledger's key for it. `deliver` makes the embedded server send what is
    due at an instant (UTC); a real account needs none. `outbox` is where its mail can be
    looked at; `post` gives one message (address, RFC 5322 bytes) its own way, for `test`.
    """

    name: str
    kind: Literal["local", "kit"]
    kit: Kit
    deliver: Callable[[datetime], object] | None = None
    email_template: str | None = None
    outbox: str | None = None
    post: Callable[[str, bytes], None] | None = None
    sends_mail: bool = False  # the embedded server delivers by SMTP

    @property
    def is_real(self) -> bool:
        """Whether what is handed over may reach people."""
        return self.kind == "kit" or self.sends_mail


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose account the target is."""

    id: str
    title: str


def account_of(target: Target) -> Account:
    """Ask the target whose account it is."""
    with asking("read the account"):
        account = target.kit.account.get()
    return Account(id=str(account.id or account.primary_email_address), title=account.name or "")


def starting_point(target: Target) -> EmailTemplate:
    """The email template that lets a complete email through unwrapped.

    Of Kit's two kinds only “Starting point” takes content as the whole email. Raises
    NotConfigured when the account has none, or not the one that settings name.
    """
    with asking("list the email templates"):
        templates = list(target.kit.email_templates.list())
    usable = [t for t in templates if (t.category or "").lower() == STARTING_POINT.lower()]
    wanted = target.email_template
    if wanted:
        usable = [t for t in usable if wanted in (str(t.id), t.name)]
    if not usable:
        named = f" called {wanted!r}" if wanted else ""
        raise NotConfigured(
            f"The account has no “{STARTING_POINT}” email template{named}.",
            hint="In Kit: Send › Email templates › New; or name another in [kit] email_template.",
            code="kit-template-missing",
        )
    return min(usable, key=lambda template: template.id)
