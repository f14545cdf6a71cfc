"""How it is told: signed, again on a timetable until it is taken, and never lost on the way."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from newsletter.kit import BadSignature, verify
from newsletter.server.store import webhook_queue
from newsletter.server.webhooks import deliver_events
from newsletter.server.webhooks.deliver import RETRIES
from tests import loopback


def believed(secret: str, headers: Any, body: bytes, now: float) -> bool:
    """A receiver's check, written after Kit's description alone and after nothing of ours."""
    fields = [part.split("=", 1) for part in headers["x-kit-signature"].split(",")]
    (at,) = [value for name, value in fields if name == "t"]
    expected = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return expected in [v for name, v in fields if name == "v1"] and abs(now - int(at)) <= 300


def test_a_delivery_is_signed_as_kit_describes_it(hooks: Any) -> None:
    endpoint = hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org", first_name="Ève “E.” 🦊")
    hooks.tell()

    (post,) = hooks.receiver.posts
    now = hooks.server.clock()
    assert believed(endpoint["secret"], post.headers, post.body, now.timestamp())
    assert not believed("whsec_other", post.headers, post.body, now.timestamp())
    assert not believed(endpoint["secret"], post.headers, post.body + b" ", now.timestamp())
    assert post.headers["x-kit-delivery"] == str(post.json["delivery_id"])
    assert post.headers["content-type"] == "application/json"
    event = post.event
    assert (event["type"], event["created"]) == ("subscriber.created", "2026-11-24T09:00:00Z")
    assert event["data"]["subscriber"]["first_name"] == "Ève “E.” 🦊"
    verify(endpoint["secret"], post.headers["x-kit-signature"], post.body, now=now)


def test_while_a_secret_is_rotated_both_are_good_and_one_day_later_one(hooks: Any) -> None:
    endpoint = hooks.endpoint("subscriber.created")
    path = f"/webhook_endpoints/{endpoint['id']}"
    rotated = hooks.server.api.post(f"{path}/rotate_secret", json={}).json()["webhook_endpoint"]
    secrets = (endpoint["secret"], rotated["secret"])

    def good() -> list[bool]:
        hooks.server.add(f"r{len(hooks.receiver.posts)}@example.org")
        hooks.tell()
        post, now = hooks.receiver.posts[-1], hooks.server.clock()
        found = []
        for secret in secrets:
            try:
                verify(secret, post.headers["x-kit-signature"], post.body, now=now)
                found.append(True)
            except BadSignature:
                found.append(False)
        return found

    both = good()
    hooks.pass_by(timedelta(days=1))
    after_a_day = good()

    assert secrets[0] != secrets[1]
    assert rotated["previous_secret_expires_at"] == "2026-11-25T09:00:00Z"
    assert (both, after_a_day) == ([True, True], [False, True])


def test_a_failed_delivery_is_tried_again_on_kits_timetable_and_then_given_up(hooks: Any) -> None:
    """30 s, 2 min, 15 min, 1 h, 4 h, 12 h, 24 h: eight attempts, one id, each signed anew."""
    endpoint = hooks.endpoint("subscriber.created")
    hooks.receiver.answers(500, 404, None, 301, 400, 503, 500, 500, Location="/elsewhere")
    hooks.server.add("eve@example.org")

    statuses = [hooks.tell()[0].status]
    for wait in RETRIES:
        hooks.pass_by(wait - timedelta(seconds=1))
        assert hooks.tell() == [], "not before its time"
        hooks.pass_by(timedelta(seconds=1))
        statuses += [each.status for each in hooks.tell()]
    hooks.pass_by(timedelta(days=2))

    assert hooks.tell() == []
    assert statuses == ["retrying"] * 7 + ["failed"]
    posts = hooks.receiver.posts
    assert [post.path for post in posts] == ["/hook"] * 8, "no redirect is followed"
    assert len({post.body for post in posts}) == 1
    assert len({post.headers["x-kit-signature"] for post in posts}) == 8
    assert sum(RETRIES, timedelta()) == timedelta(hours=41, minutes=17, seconds=30)
    (kept,) = hooks.deliveries(endpoint["id"])
    assert (kept["status"], kept["attempt_count"]) == ("failed", 8)


def test_a_later_attempt_delivers_and_the_history_tells_how(hooks: Any) -> None:
    endpoint = hooks.endpoint("subscriber.created")
    hooks.receiver.answers(None, 500)
    hooks.server.add("eve@example.org")
    pending = hooks.deliveries(endpoint["id"])
    hooks.tell()
    retrying = hooks.deliveries(endpoint["id"], status="retrying")
    for wait in RETRIES[:2]:
        hooks.pass_by(wait)
        hooks.tell()
    path = f"/webhook_endpoints/{endpoint['id']}/deliveries/{pending[0]['id']}"
    plain = hooks.server.api.get(path).json()["delivery"]
    full = hooks.server.api.get(path, params={"include_payload": "true"}).json()["delivery"]

    assert [each["status"] for each in pending + retrying] == ["pending", "retrying"]
    assert retrying[0]["next_attempt_at"] == "2026-11-24T09:00:30Z"
    assert (plain["status"], plain["attempt_count"]) == ("delivered", 3)
    assert plain["completed_at"] == "2026-11-24T09:02:30Z"
    attempts = plain["attempts"]
    assert [each["response_status"] for each in attempts] == [None, 500, 204]
    assert attempts[0]["error"] == "RemoteProtocolError"
    assert attempts[1]["response_body"].startswith("said \ufffdxxx")
    assert len(attempts[1]["response_body"]) == 1000
    assert "payload" not in plain
    assert full["payload"] == hooks.receiver.posts[0].json


def test_410_ends_it_at_once(hooks: Any) -> None:
    hooks.endpoint("subscriber.created")
    hooks.receiver.answers(410)
    hooks.server.add("eve@example.org")

    assert [each.status for each in hooks.tell()] == ["failed"]
    hooks.pass_by(timedelta(days=3))
    assert hooks.tell() == []


@pytest.mark.parametrize(
    ("status", "asked", "seconds"),
    [
        (429, "7", 7),
        (503, "600", 600),
        (429, "0", 1),
        (503, "999999999999", 86400),
        (429, "Tue, 24 Nov 2026 09:05:00 GMT", 300),
        (503, "Tue, 24 Nov 2026 08:00:00 GMT", 1),
        (429, "soon", 30),
        (429, "-5", 30),
        (500, "7", 30),
    ],
)
def test_a_receiver_may_ask_for_patience_within_bounds(
    hooks: Any, status: int, asked: str, seconds: int
) -> None:
    """Of 429 and 503 alone, 1 s to 24 h (Kit reference §10)."""
    hooks.endpoint("subscriber.created")
    hooks.receiver.answers(status, Retry_After=asked)
    hooks.server.add("eve@example.org")
    hooks.tell()

    hooks.pass_by(timedelta(seconds=seconds - 1))
    early = hooks.tell()
    hooks.pass_by(timedelta(seconds=1))

    assert (early, [each.status for each in hooks.tell()]) == ([], ["delivered"])


def test_one_that_fails_does_not_keep_the_others_waiting(hooks: Any) -> None:
    """And is knocked at once a call, not once for every delivery."""
    for path in ("/down", "/up"):
        hooks.endpoint("subscriber.created", "subscriber.activated", path=path)
    hooks.receiver.answers(500)
    hooks.server.add("eve@example.org")

    told = hooks.tell()

    assert [post.path for post in hooks.receiver.posts] == ["/down", "/up", "/up"]
    assert [each.status for each in told] == ["retrying", "delivered", "delivered"]


def test_events_of_one_type_come_together_up_to_a_hundred(hooks: Any) -> None:
    made = hooks.endpoint("subscriber.created", "subscriber.activated")
    hooks.webhook("subscriber.subscriber_activate")
    ids = hooks.server.add(*(f"r{n}@example.org" for n in range(103)))
    hooks.tell()

    signed = [post.json["events"] for post in hooks.receiver.posts if post.path == "/hook"]
    assert sorted(len(each) for each in signed) == [3, 3, 100, 100]
    assert all(len({event["type"] for event in each}) == 1 for each in signed)
    created = [e for each in signed for e in each if e["type"] == "subscriber.created"]
    assert [each["data"]["subscriber"]["id"] for each in created] == ids
    counts = {each["event_count"] for each in hooks.deliveries(made["id"])}
    assert counts == {3, 100}
    assert len([post for post in hooks.receiver.posts if post.path == "/old"]) == 103


def test_what_was_posted_once_comes_again_as_it_was(hooks: Any) -> None:
    """Under the same id a receiver must not find more events than it has seen."""
    hooks.endpoint("subscriber.created")
    hooks.receiver.answers(500)
    hooks.server.add("eve@example.org")
    hooks.tell()
    hooks.server.add("fay@example.org")
    hooks.pass_by(RETRIES[0])
    hooks.tell()

    told = [(post.json["delivery_id"], len(post.json["events"])) for post in hooks.receiver.posts]
    assert sorted(told) == [(1, 1), (1, 1), (2, 1)]


def test_a_sender_that_is_killed_after_the_post_tells_it_again_under_the_same_id(
    hooks: Any, monkeypatch: Any
) -> None:
    """At least once: what the receiver has to be ready for, and the id is what it goes by."""
    hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org")

    def killed(*_args: Any, **_values: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhook_queue, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            hooks.tell()
    while_held = hooks.tell()
    hooks.pass_by(webhook_queue.LEASE)
    again = hooks.tell()

    assert (while_held, [each.status for each in again]) == ([], ["delivered"])
    first, second = hooks.receiver.posts
    assert first.body == second.body
    assert hooks.deliveries(1)[0]["attempt_count"] == 1


def test_a_slow_sender_does_not_overwrite_who_took_over(hooks: Any) -> None:
    """Neither while the other one is still at it, nor afterwards."""
    hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org")
    store, clock = hooks.server.store, hooks.server.clock

    def take() -> webhook_queue.Held:
        with store.writing() as db:
            held = webhook_queue.take(db, now=clock(), without=())
        assert held is not None
        return held

    def record(held: webhook_queue.Held, status: int) -> bool:
        attempt = webhook_queue.Attempt(
            response_status=status, response_body=None, error=None, duration_ms=1
        )
        ended = {"status": "delivered", "next_at": None} if status == 204 else {}
        values: dict[str, Any] = {"status": "retrying", "next_at": clock(), **ended}
        with store.writing() as db:
            return webhook_queue.record(db, held, attempt, now=clock(), **values)

    slow = take()
    hooks.pass_by(webhook_queue.LEASE)
    quick = take()

    assert [record(slow, 500), record(quick, 204), record(slow, 500)] == [False, True, False]
    (kept,) = hooks.deliveries(1)
    assert (kept["status"], kept["attempt_count"]) == ("delivered", 1)


def test_senders_that_work_at_once_post_everything_once(hooks: Any) -> None:
    for number in range(12):
        hooks.endpoint("subscriber.created", path=f"/{number}")
    hooks.server.add("eve@example.org")
    now = hooks.server.clock()

    def send(_: int) -> int:
        return len(deliver_events(hooks.server.store, now=now, allow_private=True))

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(send, range(4)))

    ids = [post.json["delivery_id"] for post in hooks.receiver.posts]
    assert sum(counts) == len(ids) == len(set(ids)) == 12


def test_whatever_is_lost_on_the_way_arrives_in_the_end(hooks: Any) -> None:
    """A net that swallows requests and answers by turns; the receiver counts deliveries by id."""
    made = [hooks.endpoint("subscriber.created", path=f"/{n}")["id"] for n in range(6)]
    hooks.server.add("eve@example.org")
    way = loopback.transport()
    calls = iter(range(1000))

    class Net(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            fate = next(calls) % 3
            if fate == 0:
                raise httpx.ConnectError("no route", request=request)
            answer = way.handle_request(request)
            if fate == 1:
                answer.close()
                raise httpx.ReadTimeout("cut off", request=request)
            return answer

    for wait in (timedelta(), *RETRIES):
        hooks.pass_by(wait)
        for _ in range(4):
            hooks.tell(transport=Net())
    way.close()

    seen = [post.json["delivery_id"] for post in hooks.receiver.posts]
    assert {each["status"] for id_ in made for each in hooks.deliveries(id_)} == {"delivered"}
    assert len(set(seen)) == 6
    assert len(seen) > 6, "and some came twice, which is what ids are for"


def test_history_is_kept_for_30_days_and_what_is_open_for_as_long_as_it_is(hooks: Any) -> None:
    hooks.endpoint("subscriber.created", path="/a")
    hooks.server.add("eve@example.org")
    hooks.tell()
    hooks.pass_by(timedelta(days=30))
    hooks.tell()
    kept = len(hooks.deliveries(1))
    hooks.server.add("fay@example.org")
    hooks.pass_by(timedelta(seconds=1))
    hooks.tell()

    assert kept == 1
    assert [each["status"] for each in hooks.deliveries(1)] == ["delivered"]
    assert hooks.deliveries(1)[0]["created_at"] == "2026-12-24T09:00:00Z"
