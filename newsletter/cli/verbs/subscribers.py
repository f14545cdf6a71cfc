"""`newsletter subscribers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.call import Call, passes_call, shared_options, take_flags

if TYPE_CHECKING:
    from newsletter.audience.model import Subscriber

_KIND_WORDS = {
    "joined": "joined",
    "confirmed": "confirmed",
    "pending": "was asked to confirm",
    "returned": "came back",
    "left": "unsubscribed",
    "bounced": "bounced",
    "complained": "complained",
    "renamed": "changed name or address",
}


@click.group("subscribers")
@shared_options
@click.pass_context
def command(context: click.Context, /, **arguments: Any) -> None:
    """The readers, as the target last told of them.

    \b
    Examples:
      newsletter subscribers list --status unsubscribed
      newsletter subscribers show ann@example.org
    """
    take_flags(context, context.ensure_object(Call), arguments)


@command.command("list")
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
    from newsletter.cli.words import day, distance, full_time, plural, rfc3339, state_word
    from newsletter.ledger import mirror, readers

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
        word = f"since {day(reader.created_at, zone)}"
        return word if reader.state is State.ACTIVE else full_time(reader.changed_at, zone)

    lines = table(
        [[state_word(r.state), r.email_address, r.first_name or "–", since(r)] for r in shown],
        head=["state", "address", "name", ""],
        shrink=1,
    )
    lines.append(f"{plural(counts.active, 'active reader')}, as of {distance(now, as_of)}.")
    if more:
        lines.append(f"There are more: --after {shown[-1].id}")
    data = {
        "as_of": rfc3339(as_of),
        "counts": vars(counts),
        "subscribers": [_data(r) for r in shown],
        "next_cursor": shown[-1].id if more else None,
    }
    call.answer(data, lines)


@command.command("show")
@click.argument("email")
@passes_call
def show(call: Call, email: str) -> None:
    """One reader's state and what happened, in order.

    \b
    Example:
      newsletter subscribers show ann@example.org
    """
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.cli.words import distance, full_time, rfc3339, state_word
    from newsletter.errors import NotNow
    from newsletter.ledger import mirror, readers

    opened = open_project(call)
    ledger = open_state(opened, is_dry=True)
    target, zone = target_name(opened.settings), opened.settings.zone
    reader = mirror.by_address(ledger, target, email)
    as_of = readers.synced_at(ledger, target)
    events = mirror.timeline(ledger, target, reader.id) if reader else []
    ledger.close()
    if reader is None:
        raise NotNow(
            f"Nobody with the address {email} is known.",
            hint="newsletter run  asks the target; newsletter subscribers list  shows who is there.",
            code="no-such-subscriber",
        )
    name = f" ({reader.first_name})" if reader.first_name else ""
    lines = [f"{reader.email_address}{name}: {state_word(reader.state)}"]
    lines += [f"  {full_time(e.at, zone):<46} {_KIND_WORDS[e.kind]}" for e in events]
    if as_of:
        lines.append(f"as of {distance(opened.clock(), as_of)}")
    data = {
        "as_of": rfc3339(as_of),
        "subscriber": _data(reader),
        "events": [{"id": e.id, "kind": str(e.kind), "at": rfc3339(e.at)} for e in events],
    }
    call.answer(data, lines)


def _data(reader: Subscriber) -> dict[str, object]:
    from newsletter.cli.words import rfc3339

    return {
        "id": reader.id,
        "email_address": reader.email_address,
        "first_name": reader.first_name,
        "state": reader.state.value,
        "created_at": rfc3339(reader.created_at),
        "state_since": rfc3339(reader.changed_at),
    }
