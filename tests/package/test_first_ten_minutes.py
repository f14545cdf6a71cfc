"""The first ten minutes of somebody new: from `pip install` of the wheel to the unsubscribe."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from docs.session import MONDAY, ROOT
from tests.package.installing import Installed, environment

pytestmark = pytest.mark.wheel

SOON = "2026-11-23T10:05:00-05:00"  # a few minutes after MONDAY


class Preview:
    """A running `newsletter preview --json`, and a browser's way to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.began = json.loads(process.stdout.readline())
        self.page = str(self.began["preview"])
        self.web = httpx.Client(base_url=self.page.partition("/issues")[0], timeout=20)
        self._events: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, lines: Iterator[str]) -> None:
        self._events.extend(map(json.loads, lines))

    def save(self, file: Path, old: str, new: str) -> dict[str, Any]:
        """Change a file as an editor does; gives what the preview says of it."""
        text = file.read_text(encoding="utf-8")
        assert old in text
        before = len(self._events)
        file.write_text(text.replace(old, new), encoding="utf-8")
        give_up = time.monotonic() + 20
        while len(self._events) == before and time.monotonic() < give_up:
            time.sleep(0.02)
        return self._events[-1]

    def email(self, person: str) -> str:
        return self.web.get(f"{self.page.partition('?')[0]}/frame", params={"as": person}).text


@contextmanager
def preview(program: Installed, *words: str) -> Iterator[Preview]:
    command: list[str | Path] = [
        program.program,
        "preview",
        *words,
        "--json",
        "--no-open",
        "--port",
        "0",
    ]
    with subprocess.Popen(
        command,
        cwd=program.folder,
        env=environment() | {"NEWSLETTER_CLOCK": MONDAY},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        shown = Preview(process)
        try:
            with shown.web:
                yield shown
        finally:
            process.terminate()
            assert process.wait(15) == 0


def test_from_a_pasted_text_to_a_reader_who_leaves(program: Installed, tmp_path: Path) -> None:
    pasted = tmp_path / "Documents" / "slow-kitchen.txt"
    pasted.parent.mkdir()
    shutil.copy(ROOT / "issues" / "the-slow-kitchen.txt", pasted)
    outside = program.at(pasted.parent)

    # A text, and nothing else: no project, no settings, no account.
    with preview(outside, "slow-kitchen.txt") as shown:
        page = shown.web.get(shown.page).text
        assert "subject-guessed" in page
        assert "no project here" in page
        assert "I came to slow cooking by way of a missed bus" in page
        assert "Older Than the Oven" in shown.email("dana")
    assert [file.name for file in pasted.parent.iterdir()] == [pasted.name]

    # A project of one's own, and the text in it.
    outside.newsletter("init", "my-letter", "--timezone", "America/New_York", "--no-sample")
    here = program.at(pasted.parent / "my-letter")
    said = here.newsletter("new", "Slow cooking, by way of a bus", "--from", str(pasted))
    letter = here.folder / said.splitlines()[0].removeprefix("Wrote ")

    with preview(here) as shown:
        # A name is written, saved, and seen with the eyes of a reader who has none.
        said_by_preview = shown.save(
            letter, "Hello Kind Reader", 'Hello {{ subscriber.first_name | default: "friend" }}'
        )
        assert said_by_preview["event"] == "rendered"
        assert "Hello Dana" in shown.email("dana")
        assert "Hello friend" in shown.email("none")
        # A colour of one's own.
        assert "#7a4b2a" not in shown.email("dana")
        event = shown.save(here.folder / "newsletter.toml", "# accent", "accent")
        assert event["event"] == "rendered", event
        assert "#7a4b2a" in shown.email("dana")

        # Scheduled, and sent two minutes later.
        assert "Scheduled" in here.newsletter("schedule", "slow", "--at", "in 2 minutes")
        assert "→ 3 readers" in here.newsletter("run", now=SOON)

        # The mailbox stands beside the preview; Dana presses the button of her mail program.
        messages = shown.web.get("/outbox.json").json()["messages"]
        hers = next(each for each in messages if each["recipient"] == "dana@example.org")
        assert hers["subject"] == "Slow cooking, by way of a bus"
        place = f"/outbox/{hers['id']}"
        assert "Press unsubscribe" in shown.web.get(place).text
        answer = shown.web.post(f"{place}/leave", follow_redirects=True)
        assert "dana@example.org has left" in answer.text

    assert "1 unsubscribed" in here.newsletter("run", now=SOON)
    assert "unsubscribed  dana@example.org" in here.newsletter("subscribers", "list", now=SOON)
    assert f"cd {here.folder} && {program.program} run" in here.newsletter("cron")
