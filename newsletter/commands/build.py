"""`build`: the files of an issue, byte for byte what would be handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from newsletter import liquid
from newsletter.commands.compose import Composed
from newsletter.commands.project import Project
from newsletter.errors import NotNow
from newsletter.preheader import with_preheader
from newsletter.render.model import Email


@dataclass(frozen=True, kw_only=True)
class Built:
    """Where one issue's files are, and how many bytes its HTML has."""

    slug: str
    html: Path
    text: Path
    eml: Path
    size: int


# What the .eml is personalised with: it shows the letter as one reader would get it.
SAMPLE_READER = ("Dana", "dana@example.org")


def build(project: Project, composed: Composed, *, folder: Path, now: datetime) -> Built:
    """Write `email.html`, `email.txt` and `email.eml` below `folder`/<slug>/.

    Raises Stopped when the email could not be rendered at all; other findings do not
    stop it. The `.eml` is a sample: Liquid filled in for one reader, preheader in place.
    """
    if composed.email is None:
        composed.require(project)
    email = composed.email
    assert email is not None  # noqa: S101  (require has raised otherwise)
    where = folder / composed.read.slug
    built = Built(
        slug=composed.read.slug,
        html=where / "email.html",
        text=where / "email.txt",
        eml=where / "email.eml",
        size=len(email.html.encode()),
    )
    try:
        where.mkdir(parents=True, exist_ok=True)
        built.html.write_text(email.html, encoding="utf-8")
        built.text.write_text(email.text, encoding="utf-8")
        built.eml.write_bytes(as_message(project, email, now=now))
    except OSError as error:
        raise NotNow(f"{where} cannot be written: {error.strerror}.") from error
    return built


def as_message(project: Project, email: Email, *, now: datetime) -> bytes:
    """The email as an RFC 5322 message to a sample reader, dated `now` (UTC)."""
    who = project.look.newsletter
    name, address = SAMPLE_READER
    reader = liquid.Reader(first_name=name, email_address=address, fields={})
    links = liquid.Links(
        unsubscribe_url="https://example.org/unsubscribe",
        preferences_url="https://example.org/preferences",
        address=who.address,
    )

    def fill(source: str, *, escape_html: bool) -> str:
        template = liquid.compile(source)
        return template.render(reader, links, now=now, escape_html=escape_html)

    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(fill(email.subject, escape_html=False).split())
    message["From"] = _address(who.sender_name, who.sender_address)
    message["To"] = _address(name, address)
    message["Date"] = now
    message.set_content(fill(email.text, escape_html=False))
    html = fill(with_preheader(email.html, email.preview_text), escape_html=True)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)
