"""What the buttons do: the same commands as in the terminal, with their answers in words."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from newsletter.commands.compose import Stopped, compose
from newsletter.commands.desk import Desk
from newsletter.commands.init import write_sample
from newsletter.commands.letters import Read
from newsletter.commands.new import new
from newsletter.commands.schedule import Proposal, Scheduled, schedule
from newsletter.commands.trial import trial
from newsletter.commands.unschedule import Unscheduled, unschedule
from newsletter.errors import NewsletterError, NotConfigured, WrongUsage
from newsletter.preview.persons import person
from newsletter.preview.workshop import Workshop
from newsletter.words import distance, full_time, plural, short_time


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a button's press came to, for the top of the page."""

    is_well: bool
    words: str
    hint: str = ""
    link: str | None = None
    link_words: str = ""


def notice_of(error: NewsletterError) -> Notice:
    """What went wrong, and what to do about it."""
    words = f"{error.place}: {error.message}" if error.place else error.message
    if isinstance(error, Stopped):
        words = f"{error.message} The list of checks names what stands against it."
    return Notice(is_well=False, words=words, hint=error.hint)


def send_test(workshop: Workshop, slug: str, key: str) -> Notice:
    """One copy, in the words for one reader, to `test_to` or to the sender."""
    situation = workshop.situation
    read = _read(workshop, slug)
    with _desk(workshop) as desk:
        composed = compose(
            workshop.project, read, now=desk.clock(), target=situation.kind, record=None
        )
        done = trial(
            workshop.project,
            composed,
            desk.target,
            to=situation.test_to,
            reader=person(desk.ledger, situation.target, key).reader,
            leave_url=situation.leave_url,
            now=desk.clock(),
        )
    to = ", ".join(done.to)
    if done.via == "outbox":
        return Notice(
            is_well=True,
            words=f"One copy for {to} is in the mailbox of this computer.",
            link="/outbox",
            link_words="Open the mailbox",
        )
    return Notice(is_well=True, words=f"One copy is on its way to {to}.")


def propose(workshop: Workshop, slug: str, when: str | None) -> Proposal:
    """What scheduling for `when` (words; None: the file's time or the next slot) would mean."""
    with _desk(workshop) as desk:
        read = _read(workshop, slug)
        return schedule(
            desk, read, when=when or None, subject=None, confirm=lambda _: True, is_dry=True
        ).proposal


def arrange(workshop: Workshop, slug: str, when: str, agreed: str) -> Notice:
    """Schedule it. `agreed` is the number of readers that the person saw: another one is not agreed."""

    def confirm(proposal: Proposal) -> bool:
        if str(proposal.recipients.count) != agreed:
            raise WrongUsage(
                f"By now it would go to {people(proposal)}; nothing was changed.",
                hint="Look at it again.",
            )
        return True

    with _desk(workshop) as desk:
        read = _read(workshop, slug)
        done = schedule(desk, read, when=when or None, subject=None, confirm=confirm)
        return _arranged(workshop, done, desk.clock())


def take_back(workshop: Workshop, slug: str) -> Notice:
    """Back to a draft, here and at the target."""
    with _desk(workshop) as desk:
        read = _read(workshop, slug)
        done = unschedule(desk, slug, read)
    return Notice(is_well=True, words=_taken_back(done))


@dataclass(frozen=True, kw_only=True)
class Started:
    """The file of a new letter, and what it is called."""

    path: str
    slug: str


def start(workshop: Workshop, title: str, copied: str = "") -> Started:
    """A new letter with this title, with the words of the letter called `copied` if there is one."""
    if workshop.situation.alone is not None:
        raise NotConfigured(
            "There is no project here.", hint="newsletter init my-letter   makes one."
        )
    made = new(
        workshop.project,
        title,
        date=None,
        source=_read(workshop, copied).source.file if copied else None,
        is_folder=False,
        now=workshop.doors.clock(),
    )
    return Started(path=made.path, slug=made.slug)


def sample(workshop: Workshop, _title: str = "", _copied: str = "") -> Started:
    """The letter that `newsletter init` begins with."""
    path, slug = write_sample(workshop.project.root)
    return Started(path=path, slug=slug)


def people(proposal: Proposal) -> str:
    """`3 active subscribers`, or that nobody can tell."""
    count = proposal.recipients.count
    return "an unknown number of readers" if count is None else plural(count, "active subscriber")


def _arranged(workshop: Workshop, done: Scheduled, now: datetime) -> Notice:
    proposal = done.proposal
    zone = workshop.situation.zone
    when = f"{full_time(proposal.send_at, zone)}, {distance(now, proposal.send_at)}"
    if not done.changed:
        return Notice(is_well=True, words=f"Already scheduled: {when}. Nothing was changed.")
    words = f"Scheduled: {when}, to {people(proposal)}."
    if done.trouble is not None:
        words += f" It is not handed over yet: {done.trouble.message}"
    elif done.broadcast_id is None:
        handed = short_time(proposal.hands_over_at, zone)
        words += f" `newsletter run` hands it over after {handed}."
    return Notice(
        is_well=True,
        words=words,
        hint=f"Change of mind: newsletter unschedule {proposal.issue.slug}",
    )


def _taken_back(done: Unscheduled) -> str:
    if not done.changed:
        return "It was not scheduled; nothing was changed."
    places = [
        words
        for is_so, words in ((done.in_file, "in its file"), (done.at_target, "at the target"))
        if is_so
    ]
    return f"Back to a draft{', ' + ' and '.join(places) if places else ''}. It will not go out."


def _read(workshop: Workshop, slug: str) -> Read:
    shown = workshop.show(slug, anew=True)
    if shown is None:
        raise WrongUsage(
            f"No issue is called {slug!r} any more.", hint="newsletter list  shows all."
        )
    return shown.read


def _desk(workshop: Workshop) -> AbstractContextManager[Desk]:
    if workshop.doors.desk is None:
        raise NotConfigured(
            "There is no project here, so there is nobody to send to.",
            hint="newsletter init my-letter   makes one; then  newsletter new … --from FILE",
        )
    return workshop.doors.desk()
