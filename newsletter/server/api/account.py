"""GET /account: whose account this is, and from where it sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.server.api.calls import Answer, Call, Operation
from newsletter.server.api.values import written

PLAN = "creator"


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


OPERATIONS = (Operation(method="GET", path="/account", answer=show),)
