"""`newsletter server`: what the embedded server's keeper decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli import access, filling
from newsletter.cli.call import Call, passes_call, shared_options, take_flags

if TYPE_CHECKING:
    from sqlalchemy import Row

    from newsletter.server.store.store import Store

_SHOWN = 20


@click.group("server")
@shared_options
@click.pass_context
def command(context: click.Context, /, **arguments: Any) -> None:
    """The embedded server's keeping: schema, unknown deliveries, OAuth access.

    \b
    Examples:
      newsletter server migrate
      newsletter server load readers.json
      newsletter server reconcile 7
      newsletter server resume 7
    """
    take_flags(context, context.ensure_object(Call), arguments)


@command.command("migrate")
@passes_call
def migrate(call: Call) -> None:
    """Bring ledger and server store to this program's schema.

    Needed on PostgreSQL after an update; files are migrated by themselves.

    \b
    Example:
      newsletter server migrate
    """
    from newsletter.cli.opening import ledger_url, open_project, store_trouble, store_url
    from newsletter.ledger.opening import migrate_ledger
    from newsletter.server.store.store import StoreError, migrate_store

    call.target = "local"
    opened = open_project(call)
    done = {"ledger": migrate_ledger(ledger_url(opened))}
    try:
        done["server"] = migrate_store(store_url(opened.settings, opened.state))
    except StoreError as error:
        raise store_trouble(error, opened.settings, opened.state) from error
    lines = [
        f"{name:<7} {'' if before == after else (before or 'new') + ' → '}{after}"
        for name, (before, after) in done.items()
    ]
    call.answer({name: {"from": each[0], "to": each[1]} for name, each in done.items()}, lines)


@command.command("reconcile")
@click.argument("broadcast", type=click.IntRange(1))
@click.option("--accept", is_flag=True, help="Count them as delivered.")
@click.option("--resend", is_flag=True, help="Send them again; some may get a second copy.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@passes_call
def reconcile(call: Call, broadcast: int, accept: bool, resend: bool, yes: bool) -> None:
    """Decide about the readers of BROADCAST whose message may have arrived or not.

    The connection or this program died between the message's last octet and the mail
    server's answer. Without an option it shows them. A second copy bears the same
    Message-ID as the first.

    \b
    Examples:
      newsletter server reconcile 7
      newsletter server reconcile 7 --resend
    """
    from newsletter.errors import WrongUsage
    from newsletter.server.store import outcomes
    from newsletter.words import plural

    if accept and resend:
        raise WrongUsage("--accept and --resend do not go together.", hint="Choose one.")
    with _store(call) as store:
        row = _broadcast(store, broadcast)
        tally = _tally(store, broadcast)
        number = tally.get("unknown", 0)
        with store.reading() as db:
            some = [each.email_address for each in outcomes.unknown(db, broadcast, limit=_SHOWN)]
        lines = [f"{row.subject}: {_totals(tally)}"]
        if (
            number
            and resend
            and not (yes or call.confirm(f"Send to {plural(number, 'reader')} again?"))
        ):
            accept = resend = False
        if number and accept:
            with store.writing() as db:
                outcomes.accept_unknown(db, broadcast, at=store.clock())
            lines.append(f"{plural(number, 'reader')} counted as delivered.")
        elif number and resend:
            with store.writing() as db:
                outcomes.resend_unknown(db, broadcast, at=store.clock())
            lines.append(f"{plural(number, 'reader')} queued again; newsletter run sends.")
        elif number:
            lines += [f"  {address}" for address in some]
            if number > len(some):
                lines.append(f"  … and {number - len(some)} more")
            lines.append("Look into the mail server's log for them, then --accept or --resend.")
        data = {"broadcast": broadcast, "before": tally, "now": _tally(store, broadcast)}
    call.answer(data, lines)


@command.command("resume")
@click.argument("broadcast", type=click.IntRange(1))
@passes_call
def resume(call: Call, broadcast: int) -> None:
    """Go on with BROADCAST, which the mail server's refusal has paused.

    \b
    Example:
      newsletter server resume 7
    """
    from newsletter.errors import NotNow
    from newsletter.server.store import queue

    with _store(call) as store:
        row = _broadcast(store, broadcast)
        with store.writing() as db:
            was_paused = queue.resume(db, broadcast)
    if not was_paused:
        raise NotNow(f"“{row.subject}” is not paused; it is {row.status}.", code="not-paused")
    call.answer(
        {"broadcast": broadcast, "reason": row.paused_reason},
        [
            f"“{row.subject}” goes on with the next newsletter run. It was paused: {row.paused_reason}"
        ],
    )


command.add_command(filling.load)
command.add_command(filling.openapi)
command.add_command(access.app)
command.add_command(access.token)


@contextmanager
def _store(call: Call) -> Iterator[Store]:
    from newsletter.cli.opening import server_store

    with server_store(call) as store:
        yield store


def _broadcast(store: Store, number: int) -> Row[Any]:
    from newsletter.errors import NotNow
    from newsletter.server.store import broadcasts

    with store.reading() as db:
        row = broadcasts.by_id(db, number, now=store.clock())
    if row is None:
        raise NotNow(f"There is no broadcast {number} here.", code="no-such-broadcast")
    return row


def _tally(store: Store, number: int) -> dict[str, int]:
    from newsletter.server.store import broadcasts

    with store.reading() as db:
        found = dict(broadcasts.tally(db, [number])[number])
    found.pop("left", None)
    return found


def _totals(tally: dict[str, int]) -> str:
    order = ("accepted", "refused", "unknown", "deferred", "queued", "suppressed")
    parts = [f"{tally[state]} {state}" for state in order if tally.get(state)]
    return ", ".join(parts) or "nothing was sent yet"
