"""/account: whose account this is and from where it sends, its palette and its profile."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.values import written
from newsletter.server.store import accounts

PLAN = "creator"
MOST_COLORS = 10
_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_PROFILE = ("name", "byline", "bio", "image_url", "profile_url")


def show(call: Call) -> Answer:
    """The account, its plan, time zone and sending addresses."""
    row = call.store.account()
    account = {
        "id": row.id,
        "name": row.name,
        "plan_type": PLAN,
        "primary_email_address": row.sender_address,
        "created_at": written(row.created_at),
        "plan": {
            "plan_type": PLAN,
            "interval": None,
            "subscriber_limit": None,
            "on_trial": False,
            "trial_lapse_date": None,
            "renews_at": None,
            "cancels_at": None,
        },
        "timezone": _zone(row.timezone, call.now),
        "sending_addresses": [
            {
                "email_address": row.sender_address,
                "from_name": row.sender_name,
                "status": "confirmed",
                "is_default": True,
                "is_verified": True,
                "is_dmarc_configured": False,
            }
        ],
    }
    return Answer(
        status=200, body={"user": {"id": row.id, "email": row.sender_address}, "account": account}
    )


def _zone(name: str, now: datetime) -> dict[str, Any]:
    offset = now.astimezone(ZoneInfo(name)).strftime("%z")
    return {
        "name": name,
        "friendly_name": name.replace("_", " "),
        "utc_offset": f"{offset[:3]}:{offset[3:5]}",
    }


def colors(call: Call) -> Answer:
    """The palette."""
    with call.store.reading() as db:
        return Answer(status=200, body={"colors": accounts.colors(db)})


def replace_colors(call: Call) -> Answer:
    """Replace the whole palette."""
    wanted = call.body.get("colors")
    if not isinstance(wanted, list):
        raise invalid("Colors must be a list of hex color codes")
    if len(wanted) > MOST_COLORS:
        raise invalid(f"Colors can hold {MOST_COLORS} values at most")
    for each in wanted:
        if not isinstance(each, str) or not _COLOR.fullmatch(each):
            said = str(each)[:50].encode("utf-8", "replace").decode()
            raise invalid(f"Colors {said} is not a valid hex color code.")
    with call.store.writing() as db:
        accounts.set_colors(db, wanted)
    return Answer(status=200, body={"colors": wanted})


def creator_profile(call: Call) -> Answer:
    """The owner's public profile; 404 as long as there is none."""
    with call.store.reading() as db:
        found = accounts.profile(db)
    if found is None:
        raise not_found()
    return Answer(status=200, body={"profile": {name: found.get(name) for name in _PROFILE}})


OPERATIONS = (
    Operation(method="GET", path="/account", answer=show),
    Operation(method="GET", path="/account/colors", answer=colors),
    Operation(method="PUT", path="/account/colors", answer=replace_colors),
    Operation(method="GET", path="/account/creator_profile", answer=creator_profile),
)
