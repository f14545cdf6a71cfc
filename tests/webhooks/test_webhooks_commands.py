"""The two places that post events: `newsletter serve`, and every pass over the local target."""

from datetime import datetime
from typing import Any

import httpx

from newsletter.database import sqlite_url
from newsletter.server.store import leaving, webhooks
from newsletter.server.store.store import open_store
from tests.conftest import MONDAY, Folder


def listen(folder: Folder, url: str) -> None:
    """An endpoint that wants to know who leaves; and somebody does, without a word to it yet."""
    now = datetime.fromisoformat(MONDAY)
    store = open_store(sqlite_url(folder.root / ".newsletter/server.db"), clock=lambda: now)
    values = {"name": None, "description": None, "url": url, "events": ["subscriber.unsubscribed"]}
    with store.writing() as db:
        webhooks.create_endpoint(db, values, secret="whsec_x", now=now)
        leaving.leave(db, 1, how="api", now=now)
    store.close()


def test_a_run_over_the_local_target_posts_what_is_due(folder: Folder, receiver: Any) -> None:
    listen(folder, f"{receiver.url}/hook")

    done = folder.call("run")

    assert done.code == 0, done.err
    assert receiver.events() == ["subscriber.unsubscribed"]


def test_a_receiver_that_is_down_does_not_stop_a_run(folder: Folder, receiver: Any) -> None:
    listen(folder, "http://127.0.0.1:9/nobody-is-here")

    done = folder.call("run")

    assert done.code == 0, done.err
    (kept,) = folder.rows("webhook_deliveries", "server.db")
    assert (kept["status"], kept["attempts"]) == ("retrying", 1)


def test_serve_posts_events_and_says_so(folder: Folder, receiver: Any) -> None:
    key = (folder.root / ".newsletter/local.env").read_text().split("KIT_API_KEY=")[1].strip()
    with folder.start("serve", "--port", "0") as process:
        try:
            assert process.stdout is not None
            api = next(line.split()[1] for line in process.stdout if line.startswith("  API"))
            with httpx.Client(base_url=api, headers={"X-Kit-Api-Key": key}) as client:
                body = {"url": f"{receiver.url}/hook", "events": ["subscriber.unsubscribed"]}
                assert client.post("/webhook_endpoints", json=body).status_code == 201
                client.post("/subscribers/1/unsubscribe")
            line = next(line for line in process.stdout if "webhook subscriber" in line)
        finally:
            process.terminate()
            process.wait(20)

    assert line.endswith(f"webhook subscriber.unsubscribed → {receiver.url[7:]}  204\n")
    assert receiver.events() == ["subscriber.unsubscribed"]


def test_serve_works_off_a_large_request_and_tells_its_callback(
    folder: Folder, receiver: Any
) -> None:
    """With 1,500 in the queue the process is killed at once; the next pass does what is left."""
    token = folder.call("server", "token").out.strip()
    headers = {"Authorization": f"Bearer {token}"}
    with folder.start("serve", "--port", "0") as process:
        try:
            assert process.stdout is not None
            api = next(line.split()[1] for line in process.stdout if line.startswith("  API"))
            with httpx.Client(base_url=api, headers=headers) as client:
                some = {**many(150, "a"), "callback_url": f"{receiver.url}/done"}
                assert client.post("/bulk/subscribers", json=some).status_code == 202
                line = next(line for line in process.stdout if "items" in line)
                next(line for line in process.stdout if "webhook POST" in line)
                assert client.post("/bulk/subscribers", json=many(1500, "b")).status_code == 202
        finally:
            process.kill()
            process.wait(20)
    left = len(folder.rows("bulk_slices", "server.db"))
    runs = [folder.call("run").code for _ in range(2)]

    assert line.endswith("POST /bulk/subscribers  150 items, 0 failed\n")
    assert [len(post.json["subscribers"]) for post in receiver.posts] == [150]
    assert left == 30, "killed before it was done"
    assert set(runs) == {0}
    assert folder.rows("bulk_slices", "server.db") == []
    assert len(folder.rows("subscribers", "server.db")) == 3 + 150 + 1500


def many(number: int, prefix: str) -> dict[str, Any]:
    return {
        "subscribers": [{"email_address": f"{prefix}{each}@example.org"} for each in range(number)]
    }
