"""What a pass did, a line a piece of news: short enough for a mail from cron."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.commands.outcome import Kind, News, Pass
from newsletter.words import distance, plural, rfc3339, short_time


def pass_lines(done: Pass, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """The news on stdout: nothing at all when nothing happened."""
    for news in done.news:
        if news.kind is not Kind.HELD and news.kind is not Kind.FAILED:
            yield f"{short_time(news.at, zone)}  {_words(news, zone)}"
    synced = done.synced
    if synced is not None and synced.is_news:
        parts = [
            f"{number} {word}"
            for number, word in (
                (synced.joined, "joined"),
                (synced.left, "unsubscribed"),
                (synced.bounced, "bounced"),
                (synced.complained, "complained"),
            )
            if number
        ]
        yield f"{short_time(now, zone)}  readers: {', '.join(parts)} ({synced.active} active)"


def trouble_lines(done: Pass) -> Iterator[str]:
    """What a person must look at, with what to do."""
    for news in done.news:
        if news.kind in (Kind.HELD, Kind.FAILED):
            yield f"{news.kind}: {news.words}"
            yield from (f"  → {line.strip()}" for line in news.hint.splitlines())
    for error in done.troubles:
        yield f"error: {error.message}"
        yield from (f"  → {line.strip()}" for line in error.hint.splitlines())


def next_line(done: Pass, zone: ZoneInfo, now: datetime) -> str:
    """For a person at a terminal when nothing was due."""
    if done.next is None:
        return "Nothing due, and nothing is scheduled."
    when = f"{short_time(done.next.send_at, zone)}, {distance(now, done.next.send_at)}"
    return f"Nothing due. Next: {done.next.subject}, {when}."


def pass_data(done: Pass, *, milliseconds: int) -> dict[str, object]:
    """The pass as JSON has it."""
    return {
        "handed_over": [_data(n) for n in done.of(Kind.HANDED_OVER)],
        "updated": [_data(n) for n in done.of(Kind.UPDATED)],
        "withdrawn": [_data(n) for n in done.of(Kind.WITHDRAWN)],
        "sent": [_data(n) for n in done.of(Kind.SENT)],
        "held": [
            {**_data(n), "reason": n.words} for n in (*done.of(Kind.HELD), *done.of(Kind.FAILED))
        ],
        "troubles": [
            {"code": e.error_code, "message": e.message, "hint": e.hint, "exit": e.exit_code}
            for e in done.troubles
        ],
        "synced": vars(done.synced) if done.synced else None,
        "next": done.next
        and {
            "issue": done.next.slug,
            "send_at": rfc3339(done.next.send_at),
            "at": rfc3339(done.next.at),
        },
        "exit": done.exit_code,
        "duration_ms": milliseconds,
    }


def _words(news: News, zone: ZoneInfo) -> str:
    people = "" if news.recipients is None else f" → {plural(news.recipients, 'reader')}"
    when = "" if news.send_at is None else f", goes out {short_time(news.send_at, zone)}"
    number = "" if news.broadcast_id is None else f" (broadcast {news.broadcast_id})"
    again = f" – {news.words}" if news.words else ""
    match news.kind:
        case Kind.HANDED_OVER:
            return f"handed over: {news.subject}{people}{when}{number}{again}"
        case Kind.UPDATED:
            return f"updated: {news.subject}{people}{when}{number}"
        case Kind.WITHDRAWN:
            return f"taken back: {news.subject}"
        case _:
            return f"sent: {news.subject}{people}"


def _data(news: News) -> dict[str, object]:
    return {
        "issue": news.slug,
        "subject": news.subject,
        "send_at": rfc3339(news.send_at),
        "recipients": news.recipients,
        "broadcast_id": news.broadcast_id,
    }
