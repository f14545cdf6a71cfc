"""The preview's doors: settings, target and server are opened here and handed to it."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from newsletter.cli.call import Call
from newsletter.cli.daemon import keep_running
from newsletter.cli.delivering import deliverer
from newsletter.cli.mailing import sends_mail
from newsletter.cli.opening import (
    Opened,
    open_desk,
    open_project,
    open_server_store,
    open_state,
    target_name,
)
from newsletter.cli.trouble import tell_trouble, unforeseen
from newsletter.commands.desk import Desk
from newsletter.commands.naming import find
from newsletter.errors import NewsletterError, NotConfigured, NotNow, WrongUsage
from newsletter.preview.app import create_preview, letter_address
from newsletter.preview.frame import Scheme
from newsletter.preview.live import Live
from newsletter.preview.once import one_file
from newsletter.preview.persons import person
from newsletter.preview.reach import Reaches
from newsletter.preview.situation import Doors, Situation
from newsletter.preview.studio import Studio
from newsletter.preview.view import View
from newsletter.preview.watching import FOLDERS, Watch
from newsletter.preview.workshop import Workshop, counted
from newsletter.server.embedded import CannotListen, serving

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_SUFFIXES = (".md", ".txt", ".html")
_TRIES = 10
_LEDGER_EVERY = 5  # seconds between looks at a ledger whose file does not tell of a change


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks to see."""

    issue: str | None
    person: str | None = None
    scheme: str | None = None

    @property
    def view(self) -> View:
        return View(
            person=self.person or "dana",
            scheme=cast("Scheme", self.scheme) if self.scheme else "light",
        )


def preview(call: Call, wanted: Wanted, *, port: int, is_opened: bool | None) -> None:
    """Serve the preview until it is stopped. Raises NewsletterError when it cannot begin."""
    with ExitStack() as stack:
        opened, alone = _opened(call, wanted, stack)
        workshop = _workshop(call, opened, alone, stack)
        _insist_on_person(workshop, wanted)
        slug = _slug(workshop, wanted, alone)
        live = Live()
        server, work = _server(call, opened, stack) if alone is None else (None, None)
        app = create_preview(workshop, live, usual=wanted.view, server=server)
        url = stack.enter_context(_listening(call, app, port))
        stack.callback(live.close)
        studio = Studio(workshop, live)
        watch = Watch(opened.root if opened.has_file else None, _saved(call, studio), alone=alone)
        watch.start()
        stack.callback(watch.stop)
        page = url + (letter_address(slug, wanted.view) if slug else "/")
        looks = _ledger_looks(opened, studio) if workshop.doors.ledger is not None else None
        is_begun = False

        def pulse() -> None:
            nonlocal is_begun
            if not is_begun:  # by now a signal ends it well
                is_begun = True
                _begin(call, opened, alone, url=url, page=page)
                _open_browser(page, is_opened)
                if alone is None and opened.settings.target == "local":
                    _ask_readers(workshop)
                    studio.learned()
            if work is not None:
                work(opened.clock())
            if looks is not None:
                looks()

        keep_running(
            pulse,
            every=timedelta(seconds=1),
            clock=opened.clock,
            on_error=lambda error: tell_trouble(
                call, error if isinstance(error, NewsletterError) else unforeseen(call, error)
            ),
            stop=call.stop,
        )


def write_once(call: Call, wanted: Wanted, output: Path | None) -> None:
    """Write one page that needs no program. Raises NewsletterError."""
    with ExitStack() as stack:
        opened, alone = _opened(call, wanted, stack)
        workshop = _workshop(call, opened, alone, stack)
        _insist_on_person(workshop, wanted)
        slug = _slug(workshop, wanted, alone) or workshop.newest()
        shown = workshop.show(slug) if slug else None
        if shown is None:
            raise WrongUsage("There is no letter yet.", hint='newsletter new "Your first subject"')
        now = opened.clock()
        who = person(workshop.doors.ledger, workshop.situation.target, wanted.view.person)
        html = one_file(
            workshop, shown, who, wanted.view.scheme, at=now.astimezone(opened.settings.zone)
        )
        file = output or opened.root / "build" / shown.slug / "preview.html"
        source = shown.read.source
        if file.resolve() in (source.file.resolve(), source.sidecar.resolve()):
            raise WrongUsage(f"{file} is the letter itself.", hint="Name another file with -o.")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(html, encoding="utf-8")
        except OSError as error:
            raise NotNow(f"{file} cannot be written: {error.strerror}.") from error
        data = {"path": str(file), "slug": shown.slug, "bytes": len(html.encode())}
        is_bad = shown.trouble is not None or counted(shown.findings)[0] > 0
        if shown.trouble is not None:
            call.talk(f"{shown.trouble.place}: {shown.trouble.message}", fg="red")
        call.answer(data, [f"Wrote {file}"], exit_code=3 if is_bad else 0)


def _opened(call: Call, wanted: Wanted, stack: ExitStack) -> tuple[Opened, Path | None]:
    """The project, and the one file that is wanted when it is none of the project's letters."""
    word = wanted.issue
    opened = open_project(call, is_needed=False)
    if word == "-":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsletter-")))
        file = folder / "letter.md"
        file.write_bytes(sys.stdin.buffer.read())
        return opened, file
    if word is None or not _is_file(Path(word)):
        if not opened.has_file:
            named = f"{word} is no file" if word else "no file was named"
            raise NotConfigured(
                f"There is no newsletter.toml here or above, and {named}.",
                hint="newsletter preview letter.txt   shows any file;\n"
                "newsletter init my-letter   makes a project.",
                code="no-project",
            )
        return opened, None
    file = Path(word).resolve()
    if file.is_dir():
        file = next(index for suffix in _SUFFIXES if (index := file / f"index{suffix}").is_file())
    is_ours = opened.has_file and file.is_relative_to(opened.project.issues.resolve())
    return opened, None if is_ours else file


def _is_file(path: Path) -> bool:
    if path.is_dir():
        return any((path / f"index{suffix}").is_file() for suffix in _SUFFIXES)
    return path.is_file()


def _insist_on_person(workshop: Workshop, wanted: Wanted) -> None:
    """Raise WrongUsage for a reader whom nobody knows: Dana must not be taken for her."""
    if wanted.person is None:
        return
    found = person(workshop.doors.ledger, workshop.situation.target, wanted.person)
    if found.key.casefold() != wanted.person.casefold():
        raise WrongUsage(
            f"--as: nobody with the address {wanted.person} is known.",
            hint="--as none and --as long are made up; newsletter subscribers list  shows who is there.",
        )


def _slug(workshop: Workshop, wanted: Wanted, alone: Path | None) -> str | None:
    if alone is not None:
        return workshop.newest()
    return find(workshop.project, wanted.issue).slug if wanted.issue else workshop.newest()


def _workshop(call: Call, opened: Opened, alone: Path | None, stack: ExitStack) -> Workshop:
    ledger = None
    if alone is None:
        ledger = open_state(opened)
        stack.callback(ledger.close)
    # What a button does is told on the page; the terminal hears of it when files change.
    quiet = dataclasses.replace(call, quiet=True, no_input=True)

    def desk() -> AbstractContextManager[Desk]:
        return open_desk(quiet, open_project(quiet))

    doors = Doors(
        clock=opened.clock,
        reopen=lambda: situation(open_project(quiet, is_needed=False), alone),
        ledger=ledger,
        desk=desk if alone is None else None,
        tell=lambda event, words: _tell(call, event, words),
        explain=lambda error: unforeseen(call, error),
    )
    return Workshop(doors, situation(opened, alone))


def situation(opened: Opened, alone: Path | None) -> Situation:
    """What the settings say, as the preview wants to know it."""
    settings = opened.settings
    is_real = settings.target == "kit" or sends_mail(settings)
    label = f"{settings.target} – REAL EMAIL" if is_real else "local – no real email"
    if alone is not None and not opened.has_file:
        label = "no project here – the built-in look"
    has_outbox = alone is None and settings.target == "local" and not sends_mail(settings)
    return Situation(
        project=opened.project,
        target=target_name(settings),
        kind=settings.target,
        label=label,
        is_real=is_real,
        zone=settings.zone,
        test_to=settings.send.test_to or (settings.sender_address,),
        leave_url=f"{settings.server.public_url}/u/test",
        outbox="/outbox" if has_outbox else None,
        alone=alone,
    )


def _server(
    call: Call, opened: Opened, stack: ExitStack
) -> tuple[ASGIApp | None, Callable[[datetime], None] | None]:
    """The embedded server beside the preview, and what it does as time goes by.

    Real mail does not leave because somebody looks at a letter: then it only answers.
    """
    if opened.settings.target != "local":
        return None, None
    from newsletter.server.app import create_app

    store, _key = open_server_store(opened, opened.state)
    stack.callback(store.close)
    app = create_app(
        store,
        clock=opened.clock,
        public_url=opened.settings.server.public_url,
        private_webhooks=True,
    )
    return app, None if sends_mail(opened.settings) else deliverer(call, opened, store, None)


@contextmanager
def _listening(call: Call, app: ASGIApp, port: int) -> Iterator[str]:
    """Listen on `port`, or on the next free one. Raises NotConfigured when none is."""
    ports = [port, *range(port + 1, min(port + _TRIES, 65536)), 0] if port else [0]
    for each in ports:
        try:
            listening = serving(app, port=each)
            url = listening.__enter__()
        except CannotListen as error:
            if each == ports[-1]:
                raise NotConfigured(
                    f"No port is free: {error.message}.", hint=error.hint, code="cannot-listen"
                ) from error
            continue
        if each != port:
            call.talk(f"Port {port} is taken; this is {url.rpartition(':')[2]}.", fg="yellow")
        try:
            yield url
        finally:
            listening.__exit__(None, None, None)
        return


def _begin(call: Call, opened: Opened, alone: Path | None, *, url: str, page: str) -> None:
    is_local = opened.settings.target == "local" and not sends_mail(opened.settings)
    target = str(call.target_line)
    if alone is not None and not opened.has_file:
        target += " · no project here, using the built-in look"
    lines = [target, f"Preview   {page}"]
    event: dict[str, Any] = {"event": "started", "preview": page}
    if alone is None and is_local:
        lines.append(f"Mailbox   {url}/outbox")
        event["outbox"] = f"{url}/outbox"
    there = [f"{name}/" for name in FOLDERS if (opened.root / name).is_dir()]
    watched = alone.name if alone is not None else " ".join([*there, "newsletter.toml"])
    lines.append(f"Watching {watched}. Ctrl-C stops.")
    _tell(call, event, "\n".join(lines))
    if alone is not None and not opened.has_file and sys.stdout.isatty():
        call.hint("To keep it:  newsletter init my-letter  and there  newsletter new … --from FILE")


def _saved(call: Call, studio: Studio) -> Callable[[set[Path]], None]:
    def saved(paths: set[Path]) -> None:
        try:
            studio.saved(paths)
        except Exception as error:  # noqa: BLE001  (a watch that ends would be noticed by nobody)
            tell_trouble(call, unforeseen(call, error))

    return saved


def _ask_readers(workshop: Workshop) -> None:
    """The local list costs nothing to ask, so that who is on it stands in the page by itself."""
    shown = workshop.show(workshop.newest() or "")
    Reaches(workshop).ask(shown.good.issue if shown and shown.good else None)


def _ledger_looks(opened: Opened, studio: Studio) -> Callable[[], None]:
    """Look at the ledger when its file was written, or now and then where it has none."""
    files = [opened.state / name for name in ("state.db", "state.db-wal")]
    before: list[object] = []
    rounds = 0

    def look() -> None:
        nonlocal before, rounds
        rounds += 1
        now = [(file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file()]
        if now == before and (now or rounds % _LEDGER_EVERY):
            return
        before = list(now)
        studio.looked_at_ledger()

    return look


def _open_browser(page: str, is_wanted: bool | None) -> None:
    has_screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if is_wanted or (is_wanted is None and sys.stdout.isatty() and has_screen):
        click.launch(page)


def _tell(call: Call, event: Mapping[str, Any], words: str) -> None:
    if call.as_json:
        click.echo(json.dumps(event, ensure_ascii=False))
    elif not call.quiet:
        click.echo(words)
