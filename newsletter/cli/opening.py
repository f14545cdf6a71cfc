"""Where everything is built: settings and clock become a project, a target and a ledger."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.broadcast.model import Policy
from newsletter.cli.call import Call
from newsletter.cli.clock import Clock, clock_from
from newsletter.cli.identity import this_process
from newsletter.cli.mailing import is_far, mail_label, sends_mail
from newsletter.cli.postbox import outbox_post, smtp_post
from newsletter.commands.desk import Desk
from newsletter.commands.pictures import MEDIA, Gallery
from newsletter.commands.project import Project
from newsletter.commands.target import Target
from newsletter.database import sqlite_url
from newsletter.errors import NewsletterError, NotConfigured, TryLater
from newsletter.ledger.opening import Ledger, open_ledger
from newsletter.render.model import Look, Newsletter, Recent
from newsletter.settings import FILE, Settings, load, unknown_variables
from newsletter.settings.model import KIT_URL

if TYPE_CHECKING:
    from newsletter.server.store.store import Store, StoreError

STATE = ".newsletter"
LOCAL_LABEL = "target local (no real email)"
NO_ADDRESS = "(no postal address yet; newsletter init makes a project to keep one)"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A project with its settings, before any database or network is touched.

    `has_file` is whether there is a `newsletter.toml`, or only a folder with a letter in it.
    """

    root: Path
    settings: Settings
    project: Project
    clock: Clock
    has_file: bool = True

    @property
    def state(self) -> Path:
        """Where ledger, server database and local key live. Losing it never causes a second send."""
        return self.root / STATE


def open_project(call: Call, *, is_needed: bool = True, clock: str | None = None) -> Opened:
    """Settings and project for this call; `clock` goes before NEWSLETTER_CLOCK.

    Raises NotConfigured when there is none here or above and the command needs one.
    """
    start = (call.folder or Path.cwd()).resolve()
    places = [start] if call.folder else [start, *start.parents]
    root = next((place for place in places if (place / FILE).is_file()), None)
    if root is None and is_needed:
        raise NotConfigured(
            f"There is no {FILE} {'in ' + str(call.folder) if call.folder else 'here or above'}.",
            hint="newsletter init my-letter   makes a project; -C DIR names another folder.",
            code="no-project",
        )
    settings = load(root or start, flags={"target": call.target})
    for sentence in unknown_variables(root or start):
        call.warn("unknown-variable", sentence)
    call.target = settings.target
    call.target_line = _label(settings)
    name = "--clock" if clock else "NEWSLETTER_CLOCK"
    pretended = clock or settings.clock
    now = clock_from(pretended, name=name)
    call.at = now()
    if pretended and _is_far(settings):
        raise NotConfigured(
            f"{name} pretends a time, and this target is real.",
            hint=f"Take {name} away; newsletter run --dry-run --at TIME asks without sending.",
        )
    project = project_from(settings, root or start, has_file=root is not None)
    if root is not None:
        project = replace(project, recent=lambda: _recent(opened))
    opened = Opened(
        root=root or start,
        settings=settings,
        project=project,
        clock=now,
        has_file=root is not None,
    )
    return opened


def _recent(opened: Opened) -> tuple[Recent, ...]:
    """The letters that were sent, by the ledger; none where there is no ledger yet."""
    from newsletter.commands.recent import recent_letters
    from newsletter.ledger import issues

    ledger = open_state(opened, is_dry=True)
    try:
        records = issues.all_for(ledger, target_name(opened.settings))
    finally:
        ledger.close()
    return recent_letters(opened.project, records)


def project_from(settings: Settings, root: Path, *, has_file: bool = True) -> Project:
    """The project that these settings describe."""
    is_local = settings.target == "local"
    look = Look(
        newsletter=Newsletter(
            name=settings.name,
            sender_name=settings.sender_name,
            sender_address=settings.sender_address,
            address=settings.address if has_file else NO_ADDRESS,
            website=settings.website,
            language=settings.language,
        ),
        templates=tuple(p for p in (root / "templates",) if has_file and p.is_dir()),
        theme=settings.theme,
        forms=settings.forms,
        form_fallback=f"{settings.server.public_url}/forms/{{id}}" if is_local else None,
        typography=settings.typography,
        cache=root / STATE / "styles" if (root / STATE).is_dir() else None,
    )
    return Project(
        root=root,
        id=settings.project_id,
        name=settings.name,
        timezone=settings.timezone,
        slot=settings.schedule.slot,
        policy=Policy(lead=settings.schedule.lead, grace=settings.schedule.grace),
        undo=settings.send.undo,
        max_recipients=settings.send.max_recipients,
        strict=settings.check.strict,
        ignore=frozenset(settings.check.ignore),
        look=look,
        gallery=_gallery(settings, root / STATE),
    )


def _gallery(settings: Settings, state: Path) -> Gallery:
    """Where pictures are kept, and the address that they have in letters."""
    ours = f"{settings.server.public_url}/{MEDIA}/"
    is_local = settings.target == "local"
    return Gallery(
        folder=state / MEDIA,
        address=ours if is_local else settings.images.base_url or ours,
        is_public=is_local or settings.images.base_url is not None,
        upload=None if is_local else settings.images.upload,
    )


def open_state(opened: Opened, *, is_dry: bool = False) -> Ledger:
    """The project's ledger; for a dry run without one, an empty one that is thrown away."""
    is_file = opened.settings.ledger_url is None
    if is_file and is_dry and not (opened.state / "state.db").is_file():
        return open_ledger("sqlite://", project=opened.project.id)
    if is_file:
        _make_private(opened.state)
    return open_ledger(ledger_url(opened), project=opened.project.id)


def ledger_url(opened: Opened) -> str:
    """Where the ledger is: on PostgreSQL, or in a file of the project."""
    if opened.settings.ledger_url is not None:
        return opened.settings.ledger_url.get_secret_value()
    return sqlite_url(opened.state / "state.db")


@contextmanager
def open_desk(call: Call, opened: Opened, *, is_dry: bool = False) -> Iterator[Desk]:
    """Everything a command that acts needs. Says the target before the network is reached."""
    with ExitStack() as stack:
        ledger = open_state(opened, is_dry=is_dry)
        stack.callback(ledger.close)
        is_real = opened.settings.target == "kit" or sends_mail(opened.settings)
        call.talk(str(call.target_line), fg="yellow" if is_real else "green")
        if opened.settings.target == "local":
            target = stack.enter_context(local_target(call, opened, is_dry=is_dry))
        else:
            target = stack.enter_context(kit_target(opened.settings))
        yield Desk(
            project=opened.project,
            target=target,
            ledger=ledger,
            clock=opened.clock,
            identity=this_process(),
            stage=_stage_teller(call),
        )


@contextmanager
def kit_target(settings: Settings) -> Iterator[Target]:
    """A Kit account, or any service that speaks its API."""
    from newsletter.kit import Kit, KitError

    try:
        is_near = _is_loopback(settings.kit_api_url)
        kit = Kit(
            api_key=settings.kit_key(),
            base_url=settings.kit_api_url,
            trust_env=not is_near,
            limiter=not is_near,
        )
    except KitError as error:
        raise NotConfigured(
            str(error), hint="Look at KIT_API_URL and KIT_API_KEY in .env."
        ) from error
    with kit:
        yield Target(
            name=target_name(settings),
            kind="kit",
            kit=kit,
            email_template=settings.kit.email_template,
        )


@contextmanager
def local_target(call: Call, opened: Opened, *, is_dry: bool = False) -> Iterator[Target]:
    """The embedded server, started on a free loopback port for as long as it is needed."""
    from newsletter.cli.delivering import deliverer
    from newsletter.cli.mailing import post_of
    from newsletter.kit import Kit
    from newsletter.server.app import create_app
    from newsletter.server.embedded import serving

    settings = opened.settings
    with ExitStack() as stack:
        folder = opened.state
        is_new = settings.store_url is None and not (folder / "server.db").is_file()
        if is_dry and is_new:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsletter-")))
        store, key = open_server_store(opened, folder)
        stack.callback(store.close)
        app = create_app(
            store,
            clock=opened.clock,
            public_url=settings.server.public_url,
            private_webhooks=True,
            media=folder / MEDIA,
        )

        post = post_of(settings, folder)

        url = stack.enter_context(serving(app))
        kit = stack.enter_context(Kit(api_key=key, base_url=f"{url}/v4", limiter=False))
        yield Target(
            name="local",
            kind="local",
            kit=kit,
            deliver=deliverer(call, opened, store, post),
            outbox=f"{settings.server.public_url}/outbox" if post is None else None,
            post=outbox_post(store)
            if settings.smtp_url is None or post is None
            else smtp_post(settings.smtp_url.get_secret_value(), settings.sender_address),
            sends_mail=post is not None,
        )


def open_server_store(opened: Opened, folder: Path, *, url: str | None = None) -> tuple[Store, str]:
    """The embedded server's store in `folder` or at `url`, set up for this project, and a key."""
    from newsletter.server.store.store import StoreError, open_store

    settings = opened.settings
    _make_private(folder)
    try:
        store = open_store(url or store_url(settings, folder), clock=opened.clock)
    except StoreError as error:
        raise store_trouble(error, settings, folder) from error
    store.configure(
        name=settings.name,
        sender_name=settings.sender_name,
        sender_address=settings.sender_address,
        address=opened.project.look.newsletter.address,
        timezone=settings.timezone,
        track_opens=settings.server.track_opens,
        track_clicks=settings.server.track_clicks,
    )
    key = local_key(folder)
    store.add_key(key, label="local.env")
    return store, key


@contextmanager
def server_store(call: Call, file: Path | None = None) -> Iterator[Store]:
    """The embedded server's store of the project, or another in `file`, for a command about it."""
    call.target = "local"
    opened = open_project(call)
    url = sqlite_url(file.absolute()) if file is not None else None
    store, _key = open_server_store(opened, opened.state, url=url)
    try:
        yield store
    finally:
        store.close()


def store_url(settings: Settings, folder: Path) -> str:
    """Where the embedded server keeps its list: on PostgreSQL, or in a file in `folder`."""
    if settings.store_url is not None:
        return settings.store_url.get_secret_value()
    return sqlite_url(folder / "server.db")


def store_trouble(error: StoreError, settings: Settings, folder: Path) -> NewsletterError:
    """What the embedded server's store could not do, as an error of a command."""
    place = "" if settings.store_url else f"{folder / 'server.db'}: "
    words = f"{place}{error.message}."
    if error.is_temporary:
        return TryLater(words[:1].upper() + words[1:], hint=error.hint, code="store-busy")
    return NotConfigured(words[:1].upper() + words[1:], hint=error.hint, code="store-unusable")


def local_key(folder: Path) -> str:
    """The key to the embedded server, kept in `local.env`; made when there is none."""
    file = folder / "local.env"
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "KIT_API_KEY" and value.strip():
                return value.strip()
    key = f"kit_local_{secrets.token_hex(16)}"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(
            f"# The key to the embedded server of this project. Good on this computer only.\nKIT_API_KEY={key}\n"
        )
    return key


def target_name(settings: Settings) -> str:
    """What the ledger calls the target: each service is one of its own."""
    if settings.target == "local" or settings.kit_api_url.rstrip("/") == KIT_URL:
        return settings.target
    return f"kit:{settings.kit_host}"


def _label(settings: Settings) -> str:
    if settings.target == "kit":
        return _kit_label(settings)
    return mail_label(settings) if sends_mail(settings) else LOCAL_LABEL


def _is_far(settings: Settings) -> bool:
    """Whether this target may reach people."""
    if settings.target == "kit":
        return not _is_loopback(settings.kit_api_url)
    return sends_mail(settings) and is_far(settings)


def _kit_label(settings: Settings) -> str:
    host = "" if settings.kit_api_url.rstrip("/") == KIT_URL else f" at {settings.kit_host}"
    return f"target kit{host} · {settings.name} · REAL EMAIL"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotConfigured(f"{folder} cannot be made: {error.strerror}.") from error


def _stage_teller(call: Call) -> Callable[[str], None]:
    return lambda name: call.detail(f"  {name}")
