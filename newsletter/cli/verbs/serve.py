"""`newsletter serve`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from newsletter.cli.opening import Opened
    from newsletter.cli.serverlog import ServerLog
    from newsletter.server.faults import Plan
    from newsletter.server.store.store import Store

LEAST_KEY = 24  # characters of a key that other computers may use


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8710, show_default=True, help="0: a free one."
)
@click.option(
    "--db",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Another list than the project's.",
)
@click.option(
    "--seed", type=click.IntRange(1, 100_000), metavar="N", help="Fill a new list with N readers."
)
@click.option(
    "--fail",
    "faults",
    multiple=True,
    metavar="KIND:RATE",
    help="Misbehave: 429:10%, 500, lost, hang, cut, duplicate, reorder. Repeatable.",
)
@click.option("--clock", metavar="TIME", help="Pretend that it is this instant now.")
@click.option("--rate-limit", is_flag=True, help="Refuse too many calls, as Kit does.")
@passes_call
def command(
    call: Call,
    host: str,
    port: int,
    file: Path | None,
    seed: int | None,
    faults: tuple[str, ...],
    clock: str | None,
    rate_limit: bool,
) -> None:
    """The embedded Kit-compatible server: its API, its readers' pages, its mailbox.

    Delivers what is due while it runs. Nothing leaves this computer unless
    [server] deliver = "smtp" says so.

    \b
    Examples:
      newsletter serve --port 8710
      newsletter serve --db trial.db --seed 25 --fail 429:10% --fail lost:2%
    """
    from newsletter.cli.opening import open_project, open_server_store
    from newsletter.cli.serverlog import ServerLog
    from newsletter.commands.pictures import MEDIA
    from newsletter.database import sqlite_url
    from newsletter.server.app import create_app

    call.target = "local"
    opened = open_project(call, clock=clock)
    plan = _plan(faults, seed=seed or 0)
    is_near = _is_loopback(host)
    own_key = None if is_near else _own_key(opened, host)
    log = ServerLog(call, zone=opened.settings.zone)
    url = sqlite_url(file.absolute()) if file is not None else None
    store, _key = open_server_store(opened, opened.state, url=url)
    try:
        if own_key is not None:
            store.replace_key(own_key, label="NEWSLETTER_SERVER_KEY")
        if seed is not None:
            _seed(log, store, seed)
        app = create_app(
            store,
            clock=opened.clock,
            public_url=opened.settings.server.public_url,
            on_request=log.request,
            rate_limit=rate_limit or not is_near,
            private_webhooks=is_near,  # it is on loopback, and so may be who listens
            faults=plan,
            media=opened.state / MEDIA,
        )
        _serve(call, opened, store, app, log, host=host, port=port, plan=plan)
    finally:
        store.close()


def _serve(
    call: Call,
    opened: Opened,
    store: Store,
    app: Starlette,
    log: ServerLog,
    *,
    host: str,
    port: int,
    plan: Plan | None,
) -> None:
    """Listen and deliver until somebody stops it."""
    from datetime import timedelta

    from newsletter.cli.daemon import keep_running
    from newsletter.cli.identity import this_process
    from newsletter.cli.mailing import post_of, tell
    from newsletter.cli.trouble import tell_trouble, unforeseen
    from newsletter.errors import NewsletterError, NotConfigured
    from newsletter.server.bulk import work_off
    from newsletter.server.delivery import deliver_due
    from newsletter.server.embedded import CannotListen, serving
    from newsletter.server.webhooks import deliver_events
    from newsletter.server.webhooks.faulty import FaultyTransport

    post = post_of(opened.settings, opened.state)
    owner = this_process().owner
    is_near = _is_loopback(host)

    def work() -> None:
        reports = deliver_due(
            store,
            now=opened.clock(),
            public_url=opened.settings.server.public_url,
            owner=owner,
            post=post,
            should_stop=call.stop.is_set,
        )
        for done in reports:
            log.delivered(done, at=opened.clock(), by_mail=post is not None)
        try:
            tell(call, reports)
        except NewsletterError as error:
            tell_trouble(call, error)
        now = opened.clock()
        for worked in work_off(store, now=now, should_stop=call.stop.is_set):
            log.bulk(worked, at=now)
        way = FaultyTransport(plan) if plan is not None else None
        for told in deliver_events(store, now=now, allow_private=is_near, transport=way):
            log.webhook(told, at=now)

    try:
        with serving(app, host=host, port=port) as url:
            _announce(log, url, is_near=is_near, is_real=post is not None, plan=plan)
            keep_running(
                work,
                every=timedelta(seconds=1),
                clock=opened.clock,
                on_error=lambda error: tell_trouble(call, unforeseen(call, error)),
                stop=call.stop,
            )
            if plan is not None:
                plan.end()
    except CannotListen as error:
        raise NotConfigured(
            f"Port {port} cannot be used: {error.message}.", hint=error.hint, code="cannot-listen"
        ) from error


def _announce(log: ServerLog, url: str, *, is_near: bool, is_real: bool, plan: Plan | None) -> None:
    """Where everything is, and to whom."""
    from newsletter.server.faults import KINDS

    where = "REAL EMAIL leaves" if is_real else "nothing leaves this computer"
    key = "key in .newsletter/local.env" if is_near else "key NEWSLETTER_SERVER_KEY"
    lines = [
        f"Kit-compatible server, {where}",
        f"  API      {url}/v4      {key}",
        f"  Sign-up  {url}/forms/1",
        f"  Mailbox  {url}/outbox",
    ]
    if not is_near:
        lines += [
            "Other computers can reach:",
            "  /v4       whoever has the key; also /openapi.json, without one",
            "  /forms/…  anybody, to sign up; /posts/… and /media/…, to read public letters",
            "  /u/… /r/… whoever has a link from a letter, to leave and to come back",
            "Not the mailbox, and not the page to allow apps: they are shown on this computer only.",
            "There is no TLS here; the key goes in clear unless a web server with TLS stands in front.",
        ]
    if plan is not None:
        lines += [f"  --fail {kind}: {KINDS[kind]}" for kind in plan.kinds]
    data = {"event": "started", "api": f"{url}/v4", "outbox": f"{url}/outbox"}
    log.say(data, *lines, "Ctrl-C stops.")


def _plan(faults: tuple[str, ...], *, seed: int) -> Plan | None:
    from newsletter.errors import WrongUsage
    from newsletter.server.faults import KINDS, BadFault, plan_of

    if not faults:
        return None
    try:
        return plan_of(faults, seed=seed)
    except BadFault as error:
        hint = "\n".join(f"{kind:<10} {what}" for kind, what in KINDS.items())
        raise WrongUsage(f"--fail: {error}.", hint=hint, code="bad-fault") from None


def _own_key(opened: Opened, host: str) -> str:
    from newsletter.errors import NotConfigured

    found = opened.settings.server_key
    key = found.get_secret_value().strip() if found is not None else ""
    if len(key) < LEAST_KEY:
        why = f"is shorter than {LEAST_KEY} characters" if key else "is not set"
        raise NotConfigured(
            f"On {host} other computers reach this server, and NEWSLETTER_SERVER_KEY {why}.",
            hint="Put a long one of your own into .env, made by: openssl rand -hex 24\n"
            "Or leave --host away: then only this computer reaches it.",
            code="no-server-key",
        )
    return key


def _seed(log: ServerLog, store: Store, number: int) -> None:
    from newsletter.server.loading import is_new, load
    from newsletter.server.loading.sample import document

    with store.reading() as db:
        is_fresh = is_new(db)
    if is_fresh:
        loaded = load(store, document(number))
        log.say({"event": "seeded", "loaded": loaded}, f"{number} sample readers with a past")
    else:
        words = "The list is not new; --seed left it as it is."
        log.say({"event": "seeded", "loaded": {}}, words)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
