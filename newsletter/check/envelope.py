"""Rules about what stands on the envelope: subject, preview text, time, sent before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.check.letter import LIQUID, Hit, Letter
from newsletter.issue.model import Status

_SOON = timedelta(hours=20)


def send_at_invalid(letter: Letter) -> Iterator[Hit]:
    at, now = letter.issue.send_at, letter.context.now
    if letter.context.scheduling and at is not None and at <= now:
        yield Hit(
            message=f"{_words(at, letter)} has passed",
            cure="Choose a later time: newsletter schedule NAME --at TIME",
            key="send_at",
        )


def already_sent(letter: Letter) -> Iterator[Hit]:
    sent = letter.context.already_sent
    if sent is None:
        return
    when = f" on {_words(sent.sent_at, letter)}" if sent.sent_at else ""
    whom = f" to {sent.recipients:,} readers" if sent.recipients is not None else ""
    yield Hit(
        message=f"This issue was sent{when}{whom}; it is never sent to the same target twice",
        cure="Write the correction as a new issue: newsletter new TITLE",
    )


def sent_recently(letter: Letter) -> Iterator[Hit]:
    issue, last = letter.issue, letter.context.last_sent_at
    if last is None or issue.status is not Status.SCHEDULED:
        return
    at = issue.send_at or letter.context.now
    if timedelta(0) <= at - last < _SOON:
        goes = "went" if last <= letter.context.now else "goes"
        yield Hit(
            message=f"The last issue {goes} out only {_length(at - last)} earlier",
            cure="Choose a later send_at",
            key="send_at",
        )


def subject_missing(letter: Letter) -> Iterator[Hit]:
    if not letter.issue.subject.strip():
        yield Hit(
            message="There is no subject",
            cure="Add `subject: …` at the top of the file",
            key="subject",
        )


def subject_length(letter: Letter) -> Iterator[Hit]:
    words = LIQUID.sub("", letter.issue.subject).strip()
    has_liquid = words != letter.issue.subject.strip()
    if 0 < len(words) < 10 and not has_liquid and _bare(words):
        cure = "Say a little more: 30 to 50 characters show on a phone"
    elif len(words) > 78:
        cure = "Shorten it: phones show 30 to 50 characters"
    else:
        return
    yield Hit(
        message=f"The subject has {len(words)} characters; 10 to 78 are read best",
        cure=cure,
        key="subject",
    )


def subject_same_as_last(letter: Letter) -> Iterator[Hit]:
    last = letter.context.last_subject
    if last and _bare(letter.issue.subject) and _bare(letter.issue.subject) == _bare(last):
        yield Hit(
            message=f"The last issue had the subject “{last}”, too: mail programs put the two in one thread",
            cure="Say what is new in this one",
            key="subject",
        )


def subject_emoji_only(letter: Letter) -> Iterator[Hit]:
    subject = letter.issue.subject.strip()
    if subject and not LIQUID.search(subject) and not _bare(subject):
        yield Hit(
            message="The subject has no word in it; screen readers read pictures out by name",
            cure="Add a few words",
            key="subject",
        )


def preview_text_missing(letter: Letter) -> Iterator[Hit]:
    if not letter.issue.preview_text.strip():
        yield Hit(
            message="There is no preview text; inboxes will show the letter's first words",
            cure="Add `preview_text: …` at the top of the file",
            key="preview_text",
        )


def preview_text_short(letter: Letter) -> Iterator[Hit]:
    text = letter.issue.preview_text.strip()
    if text and len(text) < 40 and not LIQUID.search(text):
        yield Hit(
            message=f"The preview text has {len(text)} characters; inboxes show about 90 and fill "
            "the rest with your first lines",
            cure="Use 40 to 110 characters",
            key="preview_text",
        )


def preview_text_same_as_subject(letter: Letter) -> Iterator[Hit]:
    subject, preview = letter.issue.subject, letter.issue.preview_text
    if subject.strip() and subject.strip().casefold() == preview.strip().casefold():
        yield Hit(
            message="The preview text repeats the subject beside it",
            cure="Say what the subject does not",
            key="preview_text",
        )


def _bare(subject: str) -> str:
    """Its letters and digits alone."""
    return "".join(char for char in subject.casefold() if char.isalnum())


def _length(gap: timedelta) -> str:
    """Whole minutes below an hour, then whole hours."""
    minutes = round(gap / timedelta(minutes=1))
    number, unit = (minutes, "minute") if minutes < 60 else (round(minutes / 60), "hour")
    return f"{number} {unit}{'s' * (number != 1)}" if number else "moments"


def _words(at: datetime, letter: Letter) -> str:
    return f"{at.astimezone(ZoneInfo(letter.issue.timezone)):%a %d %b %Y %H:%M}"
