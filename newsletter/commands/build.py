"""`build`: the files of an issue, byte for byte what would be handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path

from newsletter import liquid
from newsletter.commands.compose import Composed
from newsletter.commands.pictures import Kept, keep
from newsletter.commands.project import Project
from newsletter.errors import NotNow
from newsletter.preheader import with_preheader
from newsletter.render.model import Email


@dataclass(frozen=True, kw_only=True)
class Built:
    """Where one issue's files are, how many bytes its HTML has, and its pictures."""

    slug: str
    html: Path
    text: Path
    eml: Path
    size: int
    pictures: tuple[Kept, ...]


# What the .eml is personalised with: it shows the letter as one reader would get it.
SAMPLE_READER = liquid.Reader(first_name="Dana", email_address="dana@example.org")


def build(project: Project, composed: Composed, *, folder: Path, now: datetime) -> Built:
    """Write `email.html`, `email.txt`, `email.eml` and its pictures below `folder`/<slug>/.

    Raises Stopped when the email could not be rendered at all; other findings do not
    stop it. The `.eml` is a sample: Liquid filled in for one reader, preheader in place.
    """
    if composed.email is None:
        composed.require(project)
    email = composed.email
    assert email is not None  # noqa: S101  (require has raised otherwise)
    where = folder / composed.read.slug
    try:
        where.mkdir(parents=True, exist_ok=True)
        built = Built(
            slug=composed.read.slug,
            html=where / "email.html",
            text=where / "email.txt",
            eml=where / "email.eml",
            size=len(email.html.encode()),
            pictures=keep(email.pictures, where / "pictures"),
        )
        built.html.write_text(email.html, encoding="utf-8")
        built.text.write_text(email.text, encoding="utf-8")
        built.eml.write_bytes(as_message(project, email, now=now))
    except OSError as error:
        raise NotNow(f"{where} cannot be written: {error.strerror}.") from error
    return built


def as_message(
    project: Project,
    email: Email,
    *,
    now: datetime,
    reader: liquid.Reader = SAMPLE_READER,
    to: str | None = None,
    leave_url: str = "https://example.org/unsubscribe",
    prefix: str = "",
) -> bytes:
    """The email as an RFC 5322 message, dated `now` (UTC), in the words for one `reader`.

    `to` is where it goes when that is not the reader; `leave_url` stands in for her own
    way to unsubscribe; `prefix` comes before the subject.
    """
    who = project.look.newsletter
    links = liquid.Links(unsubscribe_url=leave_url, preferences_url=leave_url, address=who.address)

    def fill(source: str, *, escape_html: bool) -> str:
        template = liquid.compile(source)
        return template.render(reader, links, now=now, escape_html=escape_html)

    message = EmailMessage(policy=SMTP)
    message["Subject"] = prefix + " ".join(fill(email.subject, escape_html=False).split())
    message["From"] = _address(who.sender_name, who.sender_address)
    message["To"] = _address("" if to else reader.first_name or "", to or reader.email_address)
    message["Date"] = now
    message["Message-ID"] = make_msgid(domain=who.sender_address.rpartition("@")[2])
    message.set_content(fill(email.text, escape_html=False))
    html = fill(with_preheader(email.html, email.preview_text), escape_html=True)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)
