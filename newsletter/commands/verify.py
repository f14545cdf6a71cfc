"""Shortly before its time: does the target still hold what it was given?

A request of an earlier pass that was killed may have been applied late, and somebody
may have edited the broadcast at the target.
"""

from __future__ import annotations

from newsletter import kit
from newsletter.broadcast.model import Reason, Record
from newsletter.commands.answers import asking, translate
from newsletter.commands.arming import drift, put
from newsletter.commands.desk import Desk
from newsletter.commands.outcome import Kind, News
from newsletter.errors import Held
from newsletter.ledger import issues


def verify(desk: Desk, record: Record) -> News | None:
    """Compare the broadcast with what was frozen; mend its content when it differs.

    Raises Held when somebody took it back, deleted it or gave it another time at the
    target: that is a person's decision, and another person must see it.
    """
    assert record.broadcast_id is not None  # noqa: S101  (the table verifies what has an id)
    frozen = issues.frozen(desk.ledger, record.slug, desk.target.name)
    assert frozen is not None  # noqa: S101  (what was handed over was frozen)
    desk.stage("verify again")
    try:
        stands = desk.target.kit.broadcasts.get(record.broadcast_id)
    except kit.NotFound:
        raise Held(
            f"{record.slug}: broadcast {record.broadcast_id} is no longer at the target.",
            hint=_again(record.slug),
            code=Reason.WITHDRAWN,
        ) from None
    except kit.KitError as error:
        raise translate(error, "read the broadcast", writes=False) from error
    if stands.status == "draft":
        raise Held(
            f"{record.slug} was taken back at the target.",
            hint=_again(record.slug),
            code=Reason.WITHDRAWN,
        )
    differs = drift(frozen, stands, record.send_at)
    if differs == "time":
        raise Held(
            f"{record.slug} has another time at the target: {stands.send_at:%Y-%m-%d %H:%M} UTC.",
            hint=f"It goes out then.  newsletter schedule {record.slug}  gives it the file's time again.",
            code=Reason.DRIFT,
        )
    if differs is not None and stands.status == "scheduled":
        put(desk, frozen, record.broadcast_id, record.send_at, had_filter=differs == "audience")
        with asking("read the broadcast back"):
            stands = desk.target.kit.broadcasts.get(record.broadcast_id)
    still = drift(frozen, stands, record.send_at)
    if still is not None:
        raise Held(
            f"{record.slug}: the target shows another {still} than it was given.",
            hint=f"Look at broadcast {record.broadcast_id} there.",
            code=Reason.DRIFT,
        )
    issues.verified(desk.ledger, desk.held_lease, record.slug, desk.target.name, now=desk.clock())
    if differs is None:
        return None
    return News(
        kind=Kind.UPDATED,
        slug=record.slug,
        subject=record.subject or record.slug,
        at=desk.clock(),
        send_at=record.send_at,
        broadcast_id=record.broadcast_id,
        words=f"its {differs} had changed at the target",
    )


def _again(slug: str) -> str:
    return f'If it shall still go out: newsletter schedule {slug} --at "tue 9am"'
