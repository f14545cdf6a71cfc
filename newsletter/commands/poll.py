"""Asking the target how far a broadcast is."""

from __future__ import annotations

from typing import Any

from newsletter import kit
from newsletter.broadcast.model import Reason, Record, State
from newsletter.commands.answers import asking, translate
from newsletter.commands.desk import Desk
from newsletter.commands.outcome import Kind, News
from newsletter.errors import Held
from newsletter.ledger import issues


def poll(desk: Desk, record: Record) -> News | None:
    """Read the broadcast's status back into the ledger; news when it is sent or went wrong.

    Raises Held when somebody took it back or deleted it at the target.
    """
    assert record.broadcast_id is not None  # noqa: S101  (the table polls only what has an id)
    try:
        broadcast = desk.target.kit.broadcasts.get(record.broadcast_id)
    except kit.NotFound:
        raise Held(
            f"{record.slug}: broadcast {record.broadcast_id} is no longer at the target.",
            hint=f'If it shall still go out: newsletter schedule {record.slug} --at "tue 9am"',
            code=Reason.WITHDRAWN,
        ) from None
    except kit.KitError as error:
        raise translate(error, "read the broadcast", writes=False) from error
    match broadcast.status:
        case "completed":
            return _sent(desk, record)
        case "sending":
            if record.state is not State.SENDING:
                _became(desk, record, State.SENDING, "the target began to send")
            return None
        case "aborted":
            _became(
                desk, record, State.FAILED, "the target gave up", reason="aborted by the target"
            )
            return News(
                kind=Kind.FAILED,
                slug=record.slug,
                subject=record.subject or record.slug,
                at=desk.clock(),
                words="the target gave up sending it",
                hint=f"Look at broadcast {record.broadcast_id} there.",
                exit_code=1,
            )
        case _ if record.state is State.HELD:
            return None  # that it is held was said already
        case "draft":
            raise Held(
                f"{record.slug} was taken back at the target.",
                hint=f'If it shall still go out: newsletter schedule {record.slug} --at "tue 9am"',
                code=Reason.WITHDRAWN,
            )
        case _:
            return None


def _sent(desk: Desk, record: Record) -> News:
    with asking("count who got it"):
        stats = desk.target.kit.broadcasts.stats(record.broadcast_id or 0)
    words = "sent" if stats.recipients is None else f"sent to {stats.recipients}"
    _became(desk, record, State.SENT, words, sent_at=record.send_at, recipients=stats.recipients)
    return News(
        kind=Kind.SENT,
        slug=record.slug,
        subject=record.subject or record.slug,
        at=desk.clock(),
        send_at=record.send_at,
        recipients=stats.recipients,
        broadcast_id=record.broadcast_id,
    )


def _became(desk: Desk, record: Record, state: State, words: str, **values: Any) -> None:
    issues.became(
        desk.ledger,
        desk.held_lease,
        record.slug,
        desk.target.name,
        state,
        now=desk.clock(),
        words=words,
        **values,
    )
