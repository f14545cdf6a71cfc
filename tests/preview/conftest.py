"""A real project, ledger and embedded server with the preview beside them, over loopback HTTP."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from newsletter.cli.postbox import outbox_post
from newsletter.commands.desk import Desk
from newsletter.errors import NewsletterError
from newsletter.ledger.opening import Ledger
from newsletter.preview.app import create_preview
from newsletter.preview.live import Live
from newsletter.preview.situation import Doors, Situation
from newsletter.preview.studio import Studio
from newsletter.preview.view import View
from newsletter.preview.workshop import Workshop
from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from tests.world import LETTER, PUBLIC, Net, World, begun_world, net_of, net_of_writes, world

__all__ = ["begun_world", "net_of", "net_of_writes", "world"]

DRAFT = LETTER.replace("status: scheduled\nsend_at: 2026-11-24 09:00\n", "status: draft\n")


@dataclass
class Stage:
    """The preview's rooms, put together as the command line does it."""

    world: World
    ledger: Ledger
    net: Net = field(default_factory=Net)
    told: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    settings_mistake: NewsletterError | None = None
    has_desk: bool = True
    kind: Any = "local"

    def __post_init__(self) -> None:
        self.live = Live()
        self.workshop = self.made()
        self.studio = Studio(self.workshop, self.live)

    @property
    def root(self) -> Path:
        return self.world.folder

    def made(self, alone: Path | None = None) -> Workshop:
        @contextmanager
        def desk() -> Iterator[Desk]:
            with self.world.desk(self.net) as desk:
                post = outbox_post(self.world.store)
                target = replace(desk.target, post=post, outbox=f"{PUBLIC}/outbox")
                yield replace(desk, target=target)

        doors = Doors(
            clock=self.world.clock,
            reopen=lambda: self.situation(alone),
            ledger=self.ledger if alone is None else None,
            desk=desk if alone is None and self.has_desk else None,
            tell=lambda event, words: self.told.append((dict(event), words)),
        )
        return Workshop(doors, self.situation(alone))

    def situation(self, alone: Path | None = None) -> Situation:
        if self.settings_mistake is not None:
            raise self.settings_mistake
        templates = self.root / "templates"
        look = replace(
            self.world.project.look, templates=(templates,) if templates.is_dir() else ()
        )
        return Situation(
            project=replace(self.world.project, look=look),
            target="local",
            kind=self.kind,
            label="local – no real email",
            is_real=False,
            zone=ZoneInfo("America/New_York"),
            test_to=("letters@example.org",),
            leave_url=f"{PUBLIC}/u/test",
            outbox="/outbox" if alone is None else None,
            alone=alone,
        )

    def letter(self, name: str = "pot", text: str = DRAFT) -> Path:
        file = self.root / "issues" / f"{name}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def template(self, text: str, name: str = "email.html.j2") -> Path:
        file = self.root / "templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.workshop.reopen()
        return file

    def issues(self) -> dict[str, bytes]:
        """Every letter's bytes."""
        return {file.name: file.read_bytes() for file in (self.root / "issues").iterdir()}

    @contextmanager
    def served(self, *, usual: View | None = None, alone: Path | None = None) -> Iterator["Site"]:
        """The application on a loopback port, with the embedded server mounted in it."""
        workshop = self.workshop if alone is None else self.made(alone)
        server = create_app(self.world.store, clock=self.world.clock, public_url=PUBLIC)
        app = create_preview(
            workshop, self.live, usual=usual, server=server if alone is None else None
        )
        with ExitStack() as stack:
            url = stack.enter_context(serving(app))
            stack.callback(self.live.close)
            client = stack.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=20))
            yield Site(self, client, url)


@dataclass
class Site:
    """The preview as a browser without scripts meets it."""

    stage: Stage
    client: httpx.Client
    url: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get("/preview/new").text)
        assert found is not None
        return found[1]

    def press(self, path: str, **fields: str) -> httpx.Response:
        """Post a form as our own page does, and follow to what it leads to."""
        return self.client.post(
            path,
            data={"token": self.token, **fields},
            headers={"Origin": self.url, "Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
        )


@pytest.fixture
def stage(world: World) -> Iterator[Stage]:
    """One draft, no readers but those a test adds."""
    world.write(DRAFT)
    ledger = world.ledger()
    yield Stage(world, ledger)
    ledger.close()


@pytest.fixture
def site(stage: Stage) -> Iterator[Site]:
    with stage.served() as site:
        yield site


def a_free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def free_port() -> int:
    return a_free_port()


def words_of(html: str) -> str:
    """The text of a page, blanks made one."""
    bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", bare)


@pytest.fixture
def words() -> Callable[[str], str]:
    return words_of
