"""What `newsletter serve` says while it runs: one line for each thing, or with --json one object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from newsletter.cli.call import Call
from newsletter.cli.mailing import delivered_words
from newsletter.words import rfc3339

if TYPE_CHECKING:
    from newsletter.server.app import RequestLine
    from newsletter.server.bulk import Worked
    from newsletter.server.delivery import Delivered
    from newsletter.server.webhooks import Told


class ServerLog:
    """Says each thing as it happens; times are shown in `zone`."""

    def __init__(self, call: Call, *, zone: ZoneInfo) -> None:
        self._call = call
        self._zone = zone

    def say(self, data: Mapping[str, Any], *lines: str) -> None:
        """One event: `data` with --json, otherwise the lines."""
        if self._call.as_json:
            click.echo(json.dumps(data, ensure_ascii=False, default=str))
        else:
            click.echo("\n".join(lines))

    def request(self, line: RequestLine) -> None:
        """A request was answered."""
        words = f"{line.method:<6} {line.path}"
        note = f"  {line.note}" if line.note else ""
        timed = f"{words:<40} {line.status}  {line.milliseconds:>5.0f} ms{note}"
        data = {
            "event": "request",
            "at": rfc3339(line.at),
            "method": line.method,
            "path": line.path,
            "status": line.status,
            "milliseconds": round(line.milliseconds, 3),
            "note": line.note,
        }
        self.say(data, f"{self._clock(line.at)}  {timed}")

    def delivered(self, done: Delivered, *, at: datetime, by_mail: bool) -> None:
        """A broadcast came further."""
        where = "by mail" if by_mail else "to the outbox"
        words = delivered_words(done, where=where)
        data = {"event": "delivered", "at": rfc3339(at), **vars(done)}
        self.say(data, f"{self._clock(at)}  delivered {words}")

    def bulk(self, worked: Worked, *, at: datetime) -> None:
        """A bulk request that was put off is done."""
        words = f"{worked.kind}  {worked.items} items, {worked.failed} failed"
        data = {"event": "bulk", "at": rfc3339(at), **vars(worked)}
        self.say(data, f"{self._clock(at)}  {words}")

    def webhook(self, told: Told, *, at: datetime) -> None:
        """A receiver was told of an event, or was not there."""
        answer = told.response_status or "no answer"
        words = f"webhook {told.event_type} → {told.host}  {answer}"
        data = {"event": "webhook", "at": rfc3339(at), **vars(told)}
        self.say(data, f"{self._clock(at)}  {words}")

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M:%S}"
