"""The main job from a file to a reader who leaves, as a person would type it.

Works in `build/demo`, a fresh copy of the sample project: no tracked file changes. The
clock is pretended (Monday ten o'clock, then Tuesday nine), everything else is real: the
processes, the HTTP between them, the databases, the messages.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "demo"
NEWSLETTER = Path(sys.executable).parent / "newsletter"
MONDAY = "2026-11-23T10:00:00-05:00"
TUESDAY = "2026-11-24T09:00:30-05:00"
LATER = "2026-11-24T09:10:00-05:00"


class Failed(Exception):
    """A step did not do what it promises."""


def main() -> int:
    """Play the demo; gives the exit status."""
    try:
        play()
    except Failed as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    return 0


def play() -> None:
    """Every step, with what it must lead to."""
    fresh_copy()
    say("Two letters: one is pasted text, one is Markdown. Here they are as emails.")
    newsletter("build", now=MONDAY)
    say("What a careful editor would notice:")
    newsletter("check", now=MONDAY)
    say("It is Monday, ten o'clock. One goes out on Tuesday at nine, the other at once.")
    newsletter("schedule", "slow-kitchen", "--at", "tue 9am", now=MONDAY)
    newsletter("send", "garden-gate", "--undo", "0s", now=MONDAY)
    say("The job that cron runs, on Monday: nothing is due.")
    newsletter("run", now=MONDAY)
    say("Tuesday, nine o'clock: the same job again.")
    out = newsletter("run", now=TUESDAY)
    expect("sent: I came to slow cooking" in out, "the scheduled letter was not sent")
    with serving(now=TUESDAY) as url:
        say(f"A reader presses the unsubscribe button of her mail program ({url}).")
        one_click(url)
    say("The next run learns it from the server, and the one after that has nothing to do.")
    out = newsletter("run", now=LATER)
    expect("1 unsubscribed" in out, "the unsubscribe did not reach the ledger")
    out = newsletter("run", now=LATER)
    expect(out == "", "a further run did something")
    newsletter("subscribers", "list", now=LATER)
    newsletter("subscribers", "show", "dana@example.org", now=LATER)
    newsletter("list", now=LATER)
    say("Where to look:")
    here = FOLDER.relative_to(ROOT)
    print(f"  the emails       {here}/build/the-slow-kitchen/email.html  (open it in a browser)")
    program = NEWSLETTER.relative_to(ROOT) if NEWSLETTER.is_relative_to(ROOT) else NEWSLETTER
    print(f"  the mailbox      {program} -C {here} serve   then  http://127.0.0.1:8710/outbox")
    print(f"  the letters      {here}/issues/")


def fresh_copy() -> None:
    """The sample project in a folder of its own; what an earlier demo left is thrown away."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    shutil.copy(ROOT / "newsletter.toml", FOLDER)
    shutil.copytree(ROOT / "issues", FOLDER / "issues")


def say(words: str) -> None:
    """A heading between the commands."""
    print(f"\n# {words}", flush=True)


def newsletter(*words: str, now: str) -> str:
    """Run the real program and show it as it would be typed; gives its stdout."""
    print(f"$ newsletter {' '.join(shlex.quote(w) for w in words)}", flush=True)
    done = subprocess.run(
        [NEWSLETTER, *words],
        cwd=FOLDER,
        env=environment(now),
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stderr + done.stdout)
    sys.stdout.flush()
    expect(done.returncode == 0, f"newsletter {' '.join(words)} ended with {done.returncode}")
    return done.stdout


def environment(now: str) -> dict[str, str]:
    """The machine's environment without settings of the user's own, and a pretended clock."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSLETTER_", "KIT_"))}
    return kept | {"NEWSLETTER_CLOCK": now}


@contextmanager
def serving(*, now: str) -> Iterator[str]:
    """The embedded server as a process of its own, on a free port."""
    command = [str(NEWSLETTER), "serve", "--port", "0", "--json"]
    process = subprocess.Popen(
        command, cwd=FOLDER, env=environment(now), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        expect(bool(line), "the server did not start")
        yield json.loads(line)["outbox"].removesuffix("/outbox")
    finally:
        process.terminate()
        process.wait(timeout=20)


def one_click(url: str) -> None:
    """Do what a mail program does for RFC 8058: POST to the address in List-Unsubscribe."""
    messages = fetch(f"{url}/outbox.json")["messages"]
    hers = next(m for m in messages if m["recipient"] == "dana@example.org")
    message = fetch(f"{url}/outbox/{hers['id']}.json")
    print(f"  to {message['recipient']}: {message['subject']}")
    link = message["list_unsubscribe"].strip("<>")
    path = "/" + link.split("/", 3)[3]
    request = Request(
        f"{url}{path}",
        data=b"List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    with urlopen(request, timeout=10) as answer:
        print(f"  POST /u/…  List-Unsubscribe=One-Click  →  {answer.status}")
        expect(answer.status == 200, "the one-click unsubscribe was refused")


def fetch(url: str) -> dict[str, Any]:
    """JSON from the server."""
    with urlopen(url, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def expect(is_so: bool, otherwise: str) -> None:
    """Stop the demo when a promise is not kept."""
    if not is_so:
        raise Failed(otherwise)


if __name__ == "__main__":
    sys.exit(main())
