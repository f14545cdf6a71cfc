"""/account/email_stats and /account/growth_stats: how letters fared, and how the list grew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from newsletter.server.api.calls import Answer, Call, Operation, invalid
from newsletter.server.api.statistics import percent
from newsletter.server.api.values import given, written
from newsletter.server.store import accounts, broadcasts, engagement
from newsletter.server.store.store import account_of

_DAYS = 90
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def emails(call: Call) -> Answer:
    """What became of the letters of the last 90 days; rates are percentages."""
    since = call.now - timedelta(days=_DAYS)
    with call.store.reading() as db:
        begun = accounts.begun_since(db, since)
        tallies = broadcasts.tally(db, begun).values()
        did = engagement.numbers(db, begun).values()
        account = account_of(db)
        bounced = accounts.bounced_since(db, since)

    def total(*names: str) -> int:
        return sum(tally.get(name, 0) for tally in tallies for name in names)

    sent = total(*engagement.HANDED_OUT)
    clicked, opened = sum(each.clickers for each in did), sum(each.openers for each in did)
    stats = {
        "sent": sent,
        "clicked": clicked,
        "opened": opened,
        "email_stats_mode": "last_90",
        "open_tracking_enabled": account.track_opens,
        "click_tracking_enabled": account.track_clicks,
        "starting": written(since),
        "ending": written(call.now),
        "open_rate": percent(opened, sent),
        "click_rate": percent(clicked, sent),
        "unsubscribe_rate": percent(total("left"), sent),
        "bounce_rate": percent(bounced, sent),
    }
    return Answer(status=200, body={"stats": stats})


def growth(call: Call) -> Answer:
    """Who came and left between two days of the account's zone, both included.

    As at Kit all times have the offset that the zone has now, also where the days lie in
    the other half of the year.
    """
    with call.store.reading() as db:
        offset = call.now.astimezone(ZoneInfo(account_of(db).timezone)).utcoffset()
        zone = timezone(offset or timedelta())
        first, last = _period(call.query, call.now.astimezone(zone).date())
        start = datetime.combine(first, time.min, zone)
        end = datetime.combine(last, time.max.replace(microsecond=0), zone)
        found = accounts.growth(db, start=start, end=end + timedelta(seconds=1))
    stats = {
        "cancellations": found["cancellations"],
        "net_new_subscribers": found["new_subscribers"] - found["cancellations"],
        "new_subscribers": found["new_subscribers"],
        "subscribers": found["subscribers"],
        "starting": start.isoformat(),
        "ending": end.isoformat(),
    }
    return Answer(status=200, body={"stats": stats})


def _period(query: Mapping[str, str], today: date) -> tuple[date, date]:
    """The two days; without them the 90 before today, and today. All errors are told at once."""
    errors = []
    found: dict[str, date | None] = {}
    for name in ("starting", "ending"):
        value = query[name].strip() if given(query, name) else None
        found[name] = None if value is None else _day(value)
        if value is not None and found[name] is None:
            errors.append(f"{name.capitalize()} date is incorrectly formatted. Use YYYY-MM-DD.")
    last = found["ending"] or today
    first = found["starting"] or last - timedelta(days=min(_DAYS, last.toordinal() - 1))
    if not errors and first > last:
        errors.append("Starting date must be before the ending date.")
    if errors:
        raise invalid(*errors)
    return first, last


def _day(value: str) -> date | None:
    """A day between 1970 and 9998, which has an end in every zone."""
    try:
        found = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        return None
    return found if found is not None and 1970 <= found.year < date.max.year else None


OPERATIONS = (
    Operation(method="GET", path="/account/email_stats", answer=emails),
    Operation(method="GET", path="/account/growth_stats", answer=growth),
)
