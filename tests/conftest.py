"""A small project of a test's own, and the program called on it: in this process, or as a real one."""

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.delivery import deliver_due
from newsletter.server.embedded import serving
from newsletter.server.store.store import Store, open_store
from tests import loopback

# A job that a shell started in the background ignores Ctrl-C, and so would every process it
# starts; a signal that is handled here is back at its default in them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Thousands of databases are made here and synced to disk at each commit: in memory that is free.
IN_MEMORY = Path("/dev/shm")
ROOM_NEEDED = 2 * 2**30
if (
    os.access(IN_MEMORY, os.W_OK)
    and shutil.disk_usage(IN_MEMORY).free > ROOM_NEEDED
    and "TMPDIR" not in os.environ
):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))

PROGRAM = Path(sys.executable).parent / "newsletter"
PUBLIC_URL = "https://letters.example.org"
EVERY_READER = ["ann@example.org", "ben@example.org", "dana@example.org"]
MONDAY = "2026-11-23T10:00:00-05:00"
SETTINGS = """\
name     = "Garden Notes"
project  = "garden-notes"
from     = "Ann Lee <ann@example.org>"
address  = "1 Elm Street, Springfield"
timezone = "America/New_York"
target   = "local"

[schedule]
slot = "Tue 09:00"
"""
LETTER = """\
---
subject: The gate that would not close
preview_text: A crooked gate, a borrowed plane, and an afternoon in the sun.
status: draft
---

Hello {{ subscriber.first_name | default: "friend" }},

Our garden gate has been sulking since September. I took it off its hinges and looked.

## What was wrong

Nothing was broken. The wood had drunk a whole autumn of rain and was exactly one finger too
wide. So I planed it, hung it again, and listened: it closes with a click. Rub the edge of yours
with chalk before you begin, and take off only what is marked.
"""


@dataclass(frozen=True)
class Done:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass
class Folder:
    """A project's folder. Calls see no settings of the machine they run on."""

    root: Path
    now: str | None = MONDAY
    env: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def letter(self, name: str = "gate", *, text: str = LETTER, **replaced: str) -> Path:
        """A letter `issues/NAME.md`; `status="scheduled"` and the like replace or add keys."""
        lines = text.splitlines()
        for key, value in replaced.items():
            lines = [line for line in lines if not line.startswith(f"{key}:")]
            lines.insert(1, f"{key}: {value}")
        return self.write(f"issues/{name}.md", "\n".join(lines) + "\n")

    def change(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not _is_a_setting(k)}
        clock = {"NEWSLETTER_CLOCK": self.now} if self.now else {}
        return kept | clock | self.env | more

    def call(self, *words: str, now: str | None = None, env: Mapping[str, str] = {}) -> Done:
        """Call the program in this process: quick, and nobody sees a terminal."""
        out, err = io.StringIO(), io.StringIO()
        clock = {"NEWSLETTER_CLOCK": now} if now else {}
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment(**clock, **env))
        try:
            from newsletter.cli.app import run

            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as ended,
            ):
                run(["-C", str(self.root), *words])
        finally:
            os.environ.clear()
            os.environ.update(before)
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())

    def start(
        self,
        *words: str,
        now: str | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] = {},
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | IO[str] | None = subprocess.PIPE,
        stderr: int | IO[str] | None = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """Start the real program in this folder; the test ends it, or a minute does."""
        clock = {"NEWSLETTER_CLOCK": now} if now else {}
        process = subprocess.Popen(
            [PROGRAM, *words],
            cwd=cwd or self.root,
            env=self.environment(**clock, **env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            encoding="utf-8",
        )
        end = threading.Timer(60, process.kill)
        end.daemon = True
        end.start()
        return process

    def process(self, *words: str, now: str | None = None, **options: Any) -> Done:
        """Call the real program in this folder."""
        with self.start(*words, now=now, **options) as process:
            try:
                out, err = process.communicate(timeout=60)
            finally:
                process.kill()
        return Done(process.returncode, out, err)

    def files(self) -> dict[str, bytes]:
        """Every byte that belongs to the author."""
        kept = [self.root / "newsletter.toml", self.root / ".env"]
        kept += [*self.root.glob("issues/**/*"), *self.root.glob("templates/**/*")]
        return {str(f.relative_to(self.root)): f.read_bytes() for f in kept if f.is_file()}

    def rows(self, table: str, database: str = "state.db") -> list[dict[str, Any]]:
        """A table of the ledger, or of the server's store."""
        file = self.root / ".newsletter" / database
        if not file.is_file():
            return []
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]

    def everything(self) -> tuple[object, ...]:
        """All that a refused command must leave as it was: files, ledger, broadcasts, outbox."""
        ledger = [self.rows(table) for table in ("issues", "history", "subscribers")]
        server = [self.rows(table, "server.db") for table in ("broadcasts", "deliveries")]
        return (self.files(), *ledger, *server)

    def state(self, slug: str = "gate") -> str | None:
        """What the ledger says of an issue."""
        return next((row["state"] for row in self.rows("issues") if row["slug"] == slug), None)

    def outbox(self) -> list[str]:
        """Who got a message from this project's server, once for each."""
        return sorted(row["recipient"] for row in self.rows("outbox", "server.db"))

    def copied(self, to: Path) -> "Folder":
        shutil.copytree(self.root, to)
        return Folder(to, now=self.now, env=dict(self.env))


def _is_a_setting(name: str) -> bool:
    return name.startswith(("NEWSLETTER_", "KIT_")) or name in ("NO_COLOR", "FORCE_COLOR")


@pytest.fixture(scope="session")
def begun_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose databases are made already; migrations run once for all tests."""
    folder = Folder(tmp_path_factory.mktemp("begun"))
    folder.write("newsletter.toml", SETTINGS)
    folder.write("issues/gate.md", LETTER)
    done = folder.call("run")
    assert done.code == 0, done.err
    return folder.root


@pytest.fixture
def folder(begun_project: Path, tmp_path: Path) -> Folder:
    """A project with one draft, three readers and a pass behind it."""
    root = tmp_path / "letters"
    shutil.copytree(begun_project, root)
    return Folder(root)


class Net(ThreadingHTTPServer):
    """Passes requests on to a server, and loses what a test tells it to lose."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Wire)
        self.upstream = httpx.Client(
            base_url=upstream,
            trust_env=False,
            verify=loopback.NO_TLS,
            limits=httpx.Limits(keepalive_expiry=2),
            timeout=30,
        )
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.requests: list[str] = []
        self.lost_answers: list[str] = []
        self.hang_on: str | None = None
        self.hangs, self._may_go = threading.Event(), threading.Event()

    def hang_at(self, request: str) -> None:
        """Requests that begin with `request` get no answer until `let_go`."""
        self.hang_on = request

    def let_go(self) -> None:
        self._may_go.set()

    def wait_if_told(self, request: str) -> None:
        if self.hang_on and request.startswith(self.hang_on):
            self.hangs.set()
            self._may_go.wait(30)

    def lose_answer(self, request: str) -> None:
        """The next request that begins with `request` ("POST /v4/broadcasts") acts, unanswered."""
        self.lost_answers.append(request)

    def has_lost(self, request: str) -> bool:
        lost = next((each for each in self.lost_answers if request.startswith(each)), None)
        if lost is not None:
            self.lost_answers.remove(lost)
        return lost is not None


class _Wire(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Net

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        request = f"{self.command} {self.path}"
        self.server.requests.append(request)
        self.server.wait_if_told(request)
        upstream = self.server.upstream
        answer = upstream.request(self.command, self.path, content=body, headers=headers)
        if self.server.has_lost(request):
            self.close_connection = True
            return
        self.send_response_only(answer.status_code)
        for name in ("content-type", "retry-after", "date"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_DELETE = pass_on  # noqa: N815

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Service:
    """A Kit-compatible service with an account of its own, behind a net that can fail."""

    net: Net
    store: Store
    folder: Folder
    env: dict[str, str]
    clock: Clock

    def deliver(self, now: str) -> None:
        """It is `now`, and what is due there is sent."""
        self.clock.now = datetime.fromisoformat(now)
        deliver_due(self.store, now=self.clock.now, public_url=PUBLIC_URL, owner="the service")

    def broadcasts(self) -> list[dict[str, Any]]:
        return self.folder.rows("broadcasts", "server.db")

    def outbox(self) -> list[str]:
        """Who got a message, once for each."""
        return self.folder.outbox()


@pytest.fixture
def service(begun_project: Path, tmp_path: Path) -> Iterator[Service]:
    """Reached with `folder.env |= service.env`."""
    elsewhere = Folder(begun_project).copied(tmp_path / "service")
    key = (elsewhere.root / ".newsletter/local.env").read_text().split("KIT_API_KEY=")[1].strip()
    clock = Clock(datetime.fromisoformat(MONDAY))
    store = open_store(sqlite_url(elsewhere.root / ".newsletter/server.db"), clock=clock)
    with serving(create_app(store, clock=clock, public_url=PUBLIC_URL)) as url:
        net = Net(url)
        env = {
            "NEWSLETTER_TARGET": "kit",
            "KIT_API_URL": f"{net.url}/v4",
            "KIT_API_KEY": key,
        }
        service = Service(net, store, elsewhere, env, clock)
        threading.Thread(target=net.serve_forever, args=(0.05,), daemon=True).start()
        yield service
        net.shutdown()
        net.server_close()
        net.upstream.close()
    store.close()
