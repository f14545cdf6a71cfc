"""`newsletter subscribers list` and `show`: the mirror, and how old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.verbs.subscribers.words import KIND_WORDS, reader_data, standing

if TYPE_CHECKING:
    from newsletter.audience.model import Subscriber


@click.command("list")
@click.option(
    "--status",
    type=click.Choice(["active", "inactive", "unsubscribed", "bounced", "complained", "all"]),
    default="all",
    show_default=True,
    help="Only these.",
)
@click.option("--search", metavar="TEXT", help="A piece of the name or address.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many."
)
@click.option("--after", type=int, default=0, help="Go on after this id (next_cursor in --json).")
@passes_call
def list_them(call: Call, status: str, search: str | None, limit: int, after: int) -> None:
    """Readers with their state; says how old the list is.

    \b
    Examples:
      newsletter subscribers list
      newsletter subscribers list --status unsubscribed
      newsletter subscribers list --search ann --limit 10
    """
    from newsletter.audience.model import State
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.cli.table import table
    from newsletter.ledger import mirror, readers
    from newsletter.words import date_and_time, day, distance, plural, rfc3339

    opened = open_project(call)
    ledger = open_state(opened, is_dry=True)
    target, zone, now = target_name(opened.settings), opened.settings.zone, opened.clock()
    state = None if status == "all" else State("cancelled" if status == "unsubscribed" else status)
    found = mirror.page(ledger, target, state=state, search=search, after=after, limit=limit + 1)
    as_of, counts = readers.synced_at(ledger, target), readers.counts(ledger, target)
    ledger.close()
    shown, more = found[:limit], len(found) > limit
    if as_of is None:
        call.answer(
            {"as_of": None, "subscribers": [], "next_cursor": None},
            ["Not known yet: newsletter run  asks the target."],
        )
        return

    def since(reader: Subscriber) -> str:
        if reader.state is State.ACTIVE and not reader.vanished_at:
            return f"since {day(reader.created_at, zone)}"
        return date_and_time(reader.vanished_at or reader.changed_at, zone)

    lines = table(
        [[standing(r), r.email_address, r.first_name or "–", since(r)] for r in shown],
        head=["state", "address", "name", ""],
        shrink=2,
    )
    lines.append(f"{plural(counts.active, 'active reader')}, as of {distance(now, as_of)}.")
    if more:
        lines.append(f"There are more: --after {shown[-1].id}")
    data = {
        "as_of": rfc3339(as_of),
        "counts": vars(counts),
        "subscribers": [reader_data(r) for r in shown],
        "next_cursor": shown[-1].id if more else None,
    }
    call.answer(data, lines)


@click.command("show")
@click.argument("email")
@passes_call
def show(call: Call, email: str) -> None:
    """One reader's state and what happened, in order.

    \b
    Example:
      newsletter subscribers show ann@example.org
    """
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.errors import NotNow
    from newsletter.ledger import mirror, readers
    from newsletter.words import distance, full_time, rfc3339

    opened = open_project(call)
    ledger = open_state(opened, is_dry=True)
    target, zone = target_name(opened.settings), opened.settings.zone
    reader = mirror.by_address(ledger, target, email)
    as_of = readers.synced_at(ledger, target)
    events = mirror.timeline(ledger, target, reader.id) if reader else []
    consents = mirror.consents_of(ledger, target, reader.id) if reader else []
    ledger.close()
    if reader is None:
        raise NotNow(
            f"Nobody with the address {email} is known.",
            hint="newsletter run  asks the target; newsletter subscribers list  shows who is there.",
            code="no-such-subscriber",
        )
    name = f" ({reader.first_name})" if reader.first_name else ""
    lines = [f"{reader.email_address}{name}: {standing(reader)}"]
    told = [(e.at, KIND_WORDS[e.kind]) for e in events]
    told += [(c.at, f"confirmed by you: {c.reason}") for c in consents]
    lines += [f"  {full_time(at, zone):<46} {words}" for at, words in sorted(told)]
    if as_of:
        lines.append(f"as of {distance(opened.clock(), as_of)}")
    data = {
        "as_of": rfc3339(as_of),
        "subscriber": reader_data(reader),
        "events": [{"id": e.id, "kind": str(e.kind), "at": rfc3339(e.at)} for e in events],
        "consents": [{"at": rfc3339(c.at), "how": c.how, "reason": c.reason} for c in consents],
    }
    call.answer(data, lines)
