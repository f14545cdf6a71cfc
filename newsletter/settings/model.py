"""Every setting: its name, its type, its default and what it means."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from newsletter.audience.address import Unusable, read_address
from newsletter.errors import NotConfigured
from newsletter.issue.time import InvalidSlot, parse_slot
from newsletter.issue.zone import UnknownZone, zone_named

PREFIX = "NEWSLETTER_"
KIT_URL = "https://api.kit.com/v4"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)\s*([smhd])", re.IGNORECASE)
_LONGEST = timedelta(days=3660)


def parse_duration(value: object) -> timedelta:
    """`24h`, `5m`, `1d 12h`, `0s` as a timedelta, up to ten years; raises ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    text = value if isinstance(value, str) else ""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError("a duration is a number and a unit: 90s, 5m, 24h, 2d")
    seconds = sum(int(number) * _UNITS[unit.lower()] for number, unit in parts)
    if seconds > _LONGEST.total_seconds():
        raise ValueError("a duration of more than ten years is a slip")
    return timedelta(seconds=seconds)


def read_sender(text: str) -> tuple[str, str]:
    """Name and address in `Ann <ann@example.org>`, the domain in ASCII.

    Raises ValueError when it is not exactly one address that mail can come from.
    """
    found = getaddresses([text])
    if len(found) != 1 or not text.isprintable():
        raise ValueError('write it as: Ann <ann@example.org>, a name with a comma in "quotes"')
    name, typed = found[0]
    return name, _address(typed, "write it as: Ann <ann@example.org>")


def _address(typed: str, cure: str) -> str:
    address = read_address(typed)
    if isinstance(address, Unusable):
        raise ValueError(f"{typed!r} is no address ({address.why}); {cure}")
    return address.email_address


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class Section(BaseModel):
    """One table of `newsletter.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(Section):
    """When issues go out."""

    slot: str | None = Field(
        default=None,
        description="The usual time, for `schedule` and `new` without one.",
        examples=["Tue 09:00"],
    )
    lead: Duration = Field(
        default=timedelta(hours=24),
        description="Hand over this long before; from then on the target's clock decides.",
    )
    grace: Duration = Field(
        default=timedelta(hours=12), description="Later than this is held, not sent."
    )

    @field_validator("slot")
    @classmethod
    def _a_slot(cls, value: str | None) -> str | None:
        if value:
            try:
                parse_slot(value)
            except InvalidSlot as error:
                raise ValueError(error.reason) from None
        return value or None


class Send(Section):
    """How `newsletter send` behaves."""

    undo: Duration = Field(
        default=timedelta(minutes=5),
        description="“Now” means this much later: time to change your mind.",
    )
    test_to: tuple[str, ...] = Field(
        default=(),
        description="Where `newsletter test` sends its copies. Default: to `from`.",
        examples=[["me@example.org"]],
    )
    max_recipients: int | None = Field(
        default=None, description="More readers than this are held for a person to decide.", ge=1
    )

    @field_validator("test_to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_address(typed, 'write it as: ["me@example.org"]') for typed in value)


class Check(Section):
    """What the checks insist on."""

    strict: bool = Field(default=False, description="Warnings stop a send, too.")
    ignore: tuple[str, ...] = Field(
        default=(), description="Rules that are never reported.", examples=[["link-http"]]
    )


class Images(Section):
    """Where the pictures of letters are on the web."""

    base_url: str | None = Field(
        default=None,
        description="Where readers load pictures from; Kit takes no files. Default for the local target: the server's /media/.",
        examples=["https://example.org/letters/"],
    )
    upload: str | None = Field(
        default=None,
        description="A command that puts the pictures there, run at hand-over; `{dir}` stands for their folder.",
        examples=["rclone copy {dir} site:letters"],
    )

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
        if not is_web or not value.isprintable() or re.search(r"[\s\"'<>?#]", value):
            raise ValueError("an address of a folder on the web: https://example.org/letters/")
        if "@" in parts.netloc:
            raise ValueError("no user or password belongs in it; every reader sees it")
        return value.rstrip("/") + "/"

    @field_validator("upload")
    @classmethod
    def _a_command(cls, value: str | None) -> str | None:
        if not value or not value.strip():
            return None
        try:
            words = shlex.split(value)
        except ValueError:
            raise ValueError("a quotation mark is not closed") from None
        if not any("{dir}" in word for word in words[1:]):
            raise ValueError("{dir} is missing, which stands for the folder of the pictures")
        return value


class KitSection(Section):
    """How issues are handed to a Kit account."""

    email_template: str | None = Field(
        default=None,
        description="Name or id of the account's “Starting point” email template. Default: the first one.",
    )


class Server(Section):
    """The embedded server."""

    public_url: str = Field(
        default="http://127.0.0.1:8710",
        description="What the links in mail from the local target point to.",
    )
    deliver: Literal["outbox", "smtp"] = Field(
        default="outbox",
        description="Where its mail goes: `outbox` keeps it here and shows it in the browser, `smtp` really sends it through `SMTP_URL`.",
    )

    track_opens: bool = Field(
        default=False,
        description="A picture in the local target's mail tells who opened it. Ask your readers first; in many countries the law wants it.",
    )
    track_clicks: bool = Field(
        default=False,
        description="Links in the local target's mail lead through its server, which notes who followed which.",
    )

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError("an address starts with http:// or https://")
        return value.rstrip("/")


class Settings(BaseSettings):
    """Everything that can be set, in one frozen object."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )

    name: str = Field(default="Untitled newsletter", description="What readers know the letter by.")
    project: str | None = Field(
        default=None,
        description="Names this letter in the marks left at the target; never change it. Default: made from `name`.",
    )
    sender: str = Field(
        default="Newsletter <newsletter@example.org>",
        validation_alias=AliasChoices(f"{PREFIX}FROM"),
        description="Who the letter is from.",
        examples=["Ann <ann@example.org>"],
    )
    address: str = Field(
        default="",
        description="Postal address, printed in the footer; the law in many places wants it.",
        examples=["1 Main Street, Springfield"],
    )
    website: str = Field(
        default="", description="Where the header links to.", examples=["https://example.org"]
    )
    timezone: str = Field(
        default="UTC",
        description="The zone of all times that carry no offset.",
        examples=["Europe/Berlin"],
    )
    language: str = Field(default="en", description="Language of the letters.")
    typography: bool = Field(default=True, description="Set quotes and dashes as a printer would.")
    target: Literal["local", "kit"] = Field(
        default="local", description="Where issues go: the embedded server, or a Kit account."
    )
    schedule: Schedule = Schedule()
    send: Send = Send()
    theme: dict[str, Any] = Field(
        default={},
        description="Colours, fonts and sizes; see the manual on the look.",
        examples=[{"accent": "#9c4328"}],
    )
    forms: dict[str, str] = Field(
        default={},
        description="Where a form's number or name leads.",
        examples=[{"main": "https://example.org/join"}],
    )
    images: Images = Images()
    kit: KitSection = KitSection()
    server: Server = Server()
    check: Check = Check()

    kit_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("KIT_API_KEY"),
        description="The key of the Kit account (Settings › Developer › V4 keys). Secret.",
    )
    kit_api_key_file: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("KIT_API_KEY_FILE"),
        description="A file that holds the key instead (systemd, Docker).",
    )
    kit_api_url: str = Field(
        default=KIT_URL,
        validation_alias=AliasChoices("KIT_API_URL"),
        description="Kit, or any service that speaks its API.",
    )
    ping_url: SecretStr | None = Field(
        default=None,
        description="Told about every run (healthchecks.io or alike).",
        examples=["https://hc.example.org/a-long-secret"],
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("SMTP_URL"),
        description="The mail server that takes mail: smtp://user:password@host:587 (STARTTLS) or smtps://…:465. Secret.",
    )
    ledger_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL for the ledger: postgresql://user:password@host/database. Default: a file in .newsletter. Secret.",
    )
    store_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL for the embedded server's list and queue; may be the same database. Secret.",
    )
    server_key: SecretStr | None = Field(
        default=None,
        description="The API key of `newsletter serve` where other computers reach it. Secret.",
    )
    kit_webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("KIT_WEBHOOK_SECRET"),
        description="The secret of the webhook endpoint that `newsletter receive` listens to, `whsec_…`; while it is rotated, both with a comma between. Secret.",
    )
    clock: str | None = Field(
        default=None,
        description="Pretend that it is this instant when the program starts. For trials; refused where mail is real.",
        examples=["2026-11-24T09:00:00Z"],
    )

    @field_validator("timezone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        try:
            zone_named(value)
        except UnknownZone as error:
            near = f" (did you mean {error.suggestions[0]}?)" if error.suggestions else ""
            raise ValueError(f"no such time zone{near}") from None
        return value

    @field_validator("sender")
    @classmethod
    def _a_sender(cls, value: str) -> str:
        read_sender(value)
        return value

    @field_validator("kit_api_url")
    @classmethod
    def _a_service(cls, value: str) -> str:
        # The value is never repeated: it may hold a password.
        usual = "write it as https://host/v4 or http://host:port/v4"
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise ValueError(usual) from None
        is_text = value.isprintable() and not any(map(str.isspace, value))
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not is_text:
            raise ValueError(usual)
        if "@" in parts.netloc:
            raise ValueError("no user or password belongs in it; the key goes into KIT_API_KEY")
        return value

    @field_validator("forms", mode="before")
    @classmethod
    def _keys_are_text(cls, value: object) -> object:
        return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value

    @property
    def sender_name(self) -> str:
        """The name in `from`, or the newsletter's."""
        return read_sender(self.sender)[0] or self.name

    @property
    def sender_address(self) -> str:
        """The address in `from`, its domain in ASCII."""
        return read_sender(self.sender)[1]

    @property
    def kit_host(self) -> str:
        """The host of `KIT_API_URL`, with its port where one is named."""
        parts = urlsplit(self.kit_api_url)
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return shown if parts.port is None else f"{shown}:{parts.port}"

    @property
    def zone(self) -> ZoneInfo:
        """The project's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def project_id(self) -> str:
        """What marks at the target call this project."""
        made = re.sub(r"[^a-z0-9]+", "-", (self.project or self.name).lower()).strip("-")
        return made or "newsletter"

    def kit_key(self) -> str:
        """The API key, from `KIT_API_KEY` or the file that `KIT_API_KEY_FILE` names.

        Raises NotConfigured when there is none or the file cannot be read.
        """
        if self.kit_api_key is not None:
            return self.kit_api_key.get_secret_value().strip()
        if self.kit_api_key_file is not None:
            return _key_in(self.kit_api_key_file)
        raise NotConfigured(
            "There is no API key for Kit.",
            hint="In Kit: Settings › Developer › V4 keys › Add a new key. Then put KIT_API_KEY=… in .env.",
            code="no-api-key",
        )


def _key_in(file: Path) -> str:
    try:
        key = file.expanduser().read_text(encoding="utf-8").strip()
        trouble = "" if key else "the file is empty"
    except (OSError, UnicodeDecodeError) as error:
        key, trouble = "", getattr(error, "strerror", None) or "this is not text"
    if trouble:
        raise NotConfigured(
            f"KIT_API_KEY_FILE: {file}: {trouble}.",
            hint="Write the key into that file, or put KIT_API_KEY=… in .env.",
            code="no-api-key",
        )
    return key
