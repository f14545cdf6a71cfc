"""`newsletter receive`: believes what is signed, lately and once; signatures made from the docs alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from newsletter.cli.receiving import PATH, receiving_app
from newsletter.commands.receive import Received, Receiver, Verdict
from newsletter.database import sqlite_url
from newsletter.ledger import mirror
from newsletter.ledger.opening import Ledger, open_ledger
from newsletter.server.embedded import serving
from tests.conftest import Folder
from tests.webhooks.conftest import Hooks

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET, OTHER = "whsec_" + "a" * 64, "whsec_" + "b" * 64
LEFT = {
    "id": "8d7c1f0e-0000-4000-8000-000000000001",
    "type": "subscriber.unsubscribed",
    "created": "2026-11-24T08:59:50Z",
    "data": {
        "subscriber": {
            "id": 7,
            "first_name": "Kim",
            "email_address": "kim@example.org",
            "state": "cancelled",
            "created_at": "2026-01-05T10:00:00Z",
            "fields": {},
        }
    },
}


def signed(body: bytes, *secrets: str, at: datetime = NOW) -> str:
    """As docs/server.md says it: `t` is the time, each `v1` the HMAC-SHA256 of `t`, a dot, the body."""
    time = str(int(at.timestamp()))
    made = [
        hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    return ",".join([f"t={time}", *(f"v1={each}" for each in made)])


def delivery(*events: dict[str, Any], number: int = 1) -> bytes:
    return json.dumps({"delivery_id": number, "events": list(events or [LEFT])}).encode()


@pytest.fixture
def ledger(tmp_path: Any) -> Iterator[Ledger]:
    ledger = open_ledger(sqlite_url(tmp_path / "state.db"), project="tests")
    yield ledger
    ledger.close()


@pytest.fixture
def receiver_of(ledger: Ledger) -> Receiver:
    return Receiver(ledger, target="kit", secrets=[SECRET])


def state_of(ledger: Ledger, number: int = 7) -> str | None:
    with ledger.engine.connect() as connection:
        found = mirror.load(connection, "kit", [number]).get(number)
    return found.state.value if found else None


def test_a_signed_delivery_is_kept_once_however_often_it_is_retried(
    receiver_of: Receiver, ledger: Ledger
) -> None:
    body = delivery()
    first = receiver_of.receive(body, signature=signed(body, SECRET), now=NOW)
    later = NOW + timedelta(seconds=30)
    retry = receiver_of.receive(body, signature=signed(body, SECRET, at=later), now=later)

    assert (first.verdict, len(first.news)) == (Verdict.TAKEN, 1)
    assert (retry.verdict, len(retry.events), retry.news) == (Verdict.TAKEN, 1, ())
    assert state_of(ledger) == "cancelled"


def test_the_same_to_the_letter_is_a_replay(receiver_of: Receiver) -> None:
    body = delivery()
    signature = signed(body, SECRET)
    receiver_of.receive(body, signature=signature, now=NOW)

    again = receiver_of.receive(body, signature=signature, now=NOW + timedelta(seconds=5))

    assert again.verdict is Verdict.REPLAYED


def test_an_event_in_another_delivery_is_the_same_event(receiver_of: Receiver) -> None:
    numbers = []
    for number in (1, 2):
        body = delivery(number=number)
        received = receiver_of.receive(body, signature=signed(body, SECRET), now=NOW)
        numbers.append(len(received.news))

    assert numbers == [1, 0]


BODY = delivery()
REFUSED = {
    "no signature": (BODY, None, NOW),
    "another secret": (BODY, signed(BODY, OTHER), NOW),
    "another body": (BODY.replace(b"kim@", b"eve@"), signed(BODY, SECRET), NOW),
    "another time": (BODY, signed(BODY, SECRET).replace("t=17", "t=18"), NOW),
    "too late": (BODY, signed(BODY, SECRET), NOW + timedelta(seconds=301)),
    "from the future": (BODY, signed(BODY, SECRET), NOW - timedelta(seconds=301)),
    "without a version": (BODY, signed(BODY, SECRET).replace("v1=", "v0="), NOW),
    "nonsense": (BODY, "t=,v1=", NOW),
    "not ASCII": (BODY, "t=é,v1=é", NOW),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_signed_lately_is_refused_and_nothing_kept(
    receiver_of: Receiver, ledger: Ledger, name: str
) -> None:
    body, signature, now = REFUSED[name]

    received = receiver_of.receive(body, signature=signature, now=now)

    assert received.verdict is Verdict.NOT_SIGNED
    assert received.why
    assert SECRET not in received.why
    assert state_of(ledger) is None


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_between_the_clocks_are_well(receiver_of: Receiver, seconds: int) -> None:
    at = NOW + timedelta(seconds=seconds)

    received = receiver_of.receive(BODY, signature=signed(BODY, SECRET, at=at), now=NOW)

    assert received.verdict is Verdict.TAKEN


def test_while_a_secret_is_rotated_either_will_do(ledger: Ledger) -> None:
    both = Receiver(ledger, target="kit", secrets=[OTHER, SECRET])
    one = Receiver(ledger, target="kit", secrets=[OTHER])

    verdicts = [
        both.receive(BODY, signature=signed(BODY, SECRET), now=NOW).verdict,
        both.receive(BODY, signature=signed(BODY, OTHER), now=NOW).verdict,
        one.receive(BODY, signature=signed(BODY, SECRET, OTHER), now=NOW).verdict,
        one.receive(BODY, signature=signed(BODY, SECRET), now=NOW).verdict,
    ]

    assert verdicts == [Verdict.TAKEN] * 3 + [Verdict.NOT_SIGNED]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 50_000])
def test_what_cannot_be_read_is_refused_though_it_is_signed(
    receiver_of: Receiver, body: bytes
) -> None:
    received = receiver_of.receive(body, signature=signed(body, SECRET), now=NOW)

    assert received.verdict is Verdict.UNREADABLE
    assert received.why


def test_an_older_event_that_comes_late_changes_nothing(
    receiver_of: Receiver, ledger: Ledger
) -> None:
    joined = {
        **LEFT,
        "id": "older",
        "type": "subscriber.activated",
        "created": "2026-11-01T10:00:00Z",
        "data": {"subscriber": {**LEFT["data"]["subscriber"], "state": "active"}},  # type: ignore[index]
    }
    for event in (LEFT, joined):
        body = delivery(event)
        receiver_of.receive(body, signature=signed(body, SECRET), now=NOW)

    assert state_of(ledger) == "cancelled"


def test_the_door_answers_each_verdict_with_its_status(
    receiver_of: Receiver, ledger: Ledger
) -> None:
    heard: list[Received] = []
    trouble: list[Exception] = []
    app = receiving_app(
        receiver_of, clock=lambda: NOW, on_received=heard.append, on_trouble=trouble.append
    )
    signature = {"X-Kit-Signature": signed(BODY, SECRET)}
    with serving(app) as url, httpx.Client(base_url=url) as client:
        statuses = [
            client.post(PATH, content=BODY, headers=signature).status_code,
            client.post(PATH, content=BODY, headers=signature).status_code,
            client.post(PATH, content=BODY).status_code,
            client.post(
                PATH, content=b"{}", headers={"X-Kit-Signature": signed(b"{}", SECRET)}
            ).status_code,
            client.post(PATH, content=b"x" * (4 * 1024 * 1024 + 1)).status_code,
            client.get(PATH).status_code,
            client.post("/elsewhere", content=BODY).status_code,
        ]

    assert statuses == [204, 409, 401, 422, 413, 405, 404]
    assert [each.verdict.value for each in heard] == [
        "taken",
        "replayed",
        "not signed",
        "unreadable",
    ]
    assert trouble == []


def test_a_locked_ledger_asks_to_come_again_and_the_same_delivery_may(
    receiver_of: Receiver, ledger: Ledger, tmp_path: Any
) -> None:
    trouble: list[Exception] = []
    app = receiving_app(
        receiver_of, clock=lambda: NOW, on_received=lambda _: None, on_trouble=trouble.append
    )
    headers = {"X-Kit-Signature": signed(BODY, SECRET)}
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        other.execute("BEGIN IMMEDIATE")
        busy = client.post(PATH, content=BODY, headers=headers)
        other.execute("ROLLBACK")
        again = client.post(PATH, content=BODY, headers=headers)
    other.close()

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    assert len(trouble) == 1
    assert again.status_code == 204
    assert state_of(ledger) == "cancelled"


def test_what_our_server_tells_our_receiver_takes(hooks: Hooks, ledger: Ledger) -> None:
    heard: list[Received] = []
    clock = hooks.server.clock
    made = hooks.endpoint("subscriber.unsubscribed")
    receiver = Receiver(ledger, target="kit", secrets=[made["secret"]])
    app = receiving_app(receiver, clock=clock, on_received=heard.append, on_trouble=print)
    with serving(app) as url:
        hooks.server.api.patch(
            f"/webhook_endpoints/{made['id']}", json={"url": f"{url}{PATH}"}
        ).raise_for_status()
        hooks.server.api.post("/subscribers/1/unsubscribe")
        (told,) = hooks.tell()

    assert told.response_status == 204
    assert [each.verdict for each in heard] == [Verdict.TAKEN]
    assert state_of(ledger, 1) == "cancelled"


def test_what_our_server_posts_is_signed_as_the_docs_say(hooks: Hooks) -> None:
    secret = hooks.endpoint("subscriber.created")["secret"]
    hooks.server.add("kim@example.org")
    hooks.tell()

    (post,) = hooks.receiver.posts
    at = datetime.fromtimestamp(int(post.headers["x-kit-signature"].split(",")[0][2:]), UTC)
    assert post.headers["x-kit-signature"] == signed(post.body, secret, at=at)


def test_the_program_listens_and_says_what_came(folder: Folder) -> None:
    body = delivery()
    folder.env["KIT_WEBHOOK_SECRET"] = SECRET
    with folder.start("receive", "--port", "0", "--json", now="2026-11-24T09:00:00Z") as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            answer = httpx.post(
                url, content=body, headers={"X-Kit-Signature": signed(body, SECRET)}
            )
            said = json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.communicate(timeout=20)

    assert answer.status_code == 204
    assert process.returncode == 0
    assert said["new"] == [{"kind": "left", "email_address": "kim@example.org"}]
    assert "unsubscribed" in folder.call("subscribers", "show", "kim@example.org").out


def test_without_a_secret_it_does_not_begin(folder: Folder) -> None:
    done = folder.call("receive", "--json")

    assert (done.code, done.json["error"]["code"]) == (4, "no-webhook-secret")
    assert "whsec_" in done.json["error"]["hint"]
