"""Misbehaving on purpose: each kind as it is described, as often as it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from newsletter.server.faults import KINDS, BadFault, Plan, plan_of, read
from newsletter.server.webhooks import deliver_events
from newsletter.server.webhooks.faulty import FaultyTransport
from tests.server.conftest import KEY, Server
from tests.webhooks.conftest import Receiver, listening, receiver

__all__ = ["listening", "receiver"]

KIM = {"email_address": "kim@example.org"}
ALWAYS = 1.0


def addresses(server: Server) -> set[str]:
    """Everybody, asked of the store: the API may be misbehaving."""
    with server.store.reading() as db:
        found = db.exec_driver_sql("SELECT email_address FROM subscribers").scalars()
        return set(found)


@pytest.fixture
def failing(start: Callable[..., Server]) -> Callable[[str], Server]:
    def failing(kind: str, rate: float = ALWAYS, seed: int = 0) -> Server:
        return start(faults=Plan({kind: rate}, seed=seed))

    return failing


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("429:10%", ("429", 0.1)),
        ("hang:0.05", ("hang", 0.05)),
        ("cut:100%", ("cut", 1.0)),
        ("lost:2.5%", ("lost", 0.025)),
        ("duplicate:1", ("duplicate", 1.0)),
    ],
)
def test_a_fault_is_written_as_kind_and_rate(words: str, found: tuple[str, float]) -> None:
    assert read(words) == found


@pytest.mark.parametrize(
    "words", ["", "429", "odd:10%", "429:", "429:0", "429:101%", "429:-1", "429:x", "429:nan"]
)
def test_what_is_no_fault_is_refused(words: str) -> None:
    with pytest.raises(BadFault):
        read(words)


@pytest.mark.parametrize(
    "faults", [["429:60%", "500:50%"], ["429:1%", "429:2%"], ["duplicate:0.6", "reorder:0.6"]]
)
def test_more_than_everything_and_a_kind_twice_are_refused(faults: list[str]) -> None:
    with pytest.raises(BadFault):
        plan_of(faults)


def test_webhooks_do_not_change_what_requests_meet() -> None:
    alone, beside = plan_of(["429:50%"]), plan_of(["429:50%", "reorder:50%"])
    kinds = []
    for _ in range(50):
        beside.for_webhook()
        kinds.append((alone.for_request(), beside.for_request()))

    assert all(one == other for one, other in kinds)
    assert {one for one, _ in kinds} == {"429", None}


def test_too_many_is_plain_text_and_does_nothing(failing: Callable[..., Server]) -> None:
    server = failing("429")

    answer = server.api.post("/subscribers", json=KIM)

    assert (answer.status_code, answer.text) == (429, "Retry later")
    assert KIM["email_address"] not in addresses(server)
    assert server.log[-1].note == "--fail 429"


def test_an_error_does_nothing(failing: Callable[..., Server]) -> None:
    server = failing("500")

    answer = server.api.post("/subscribers", json=KIM)

    assert (answer.status_code, list(answer.json())) == (500, ["errors"])
    assert KIM["email_address"] not in addresses(server)


def test_a_lost_answer_is_an_error_for_what_was_done(failing: Callable[..., Server]) -> None:
    server = failing("lost")

    answer = server.api.post("/subscribers", json=KIM)

    assert (answer.status_code, list(answer.json())) == (500, ["errors"])
    assert KIM["email_address"] in addresses(server)


def test_a_cut_answer_ends_in_the_middle_of_what_was_done(failing: Callable[..., Server]) -> None:
    server = failing("cut")

    with pytest.raises(httpx.RemoteProtocolError):
        server.api.post("/subscribers", json=KIM)
    with pytest.raises(httpx.RemoteProtocolError):
        server.api.post("/subscribers/1/unsubscribe")

    assert KIM["email_address"] in addresses(server)


def test_a_hanging_request_is_done_and_never_answered(failing: Callable[..., Server]) -> None:
    server = failing("hang")

    with (
        httpx.Client(base_url=server.api.base_url, headers={"X-Kit-Api-Key": KEY}) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post("/subscribers", json=KIM, timeout=0.5)

    assert KIM["email_address"] in addresses(server)


def test_pages_of_readers_are_spared(failing: Callable[..., Server]) -> None:
    server = failing("500")

    assert server.web.get("/forms/1").status_code == 200


def test_the_same_seed_gives_the_same_faults(start: Callable[..., Server]) -> None:
    def statuses(seed: int) -> list[int]:
        server = start(faults=Plan({"429": 0.3, "500": 0.2}, seed=seed))
        return [server.api.get("/tags").status_code for _ in range(60)]

    first = statuses(7)
    assert statuses(7) == first
    assert statuses(8) != first
    assert 8 <= first.count(429) <= 30
    assert 3 <= first.count(500) <= 24
    assert first.count(200) >= 15


def tell(server: Server, plan: Plan) -> None:
    way = FaultyTransport(plan)
    deliver_events(server.store, now=server.clock(), allow_private=True, transport=way)


def endpoint(server: Server, receiver: Receiver) -> None:
    body: dict[str, Any] = {"url": f"{receiver.url}/hook", "events": ["subscriber.created"]}
    assert server.api.post("/webhook_endpoints", json=body).status_code == 201


def test_a_webhook_is_posted_twice_under_one_id(
    start: Callable[..., Server], receiver: Receiver
) -> None:
    server = start(private_webhooks=True)
    endpoint(server, receiver)
    server.add("kim@example.org")

    tell(server, Plan({"duplicate": ALWAYS}))

    first, second = receiver.posts
    assert first.json == second.json


def test_a_webhook_that_is_held_back_comes_after_later_ones(
    start: Callable[..., Server], receiver: Receiver
) -> None:
    server = start(private_webhooks=True)
    endpoint(server, receiver)
    server.add("kim@example.org")
    tell(server, Plan({"reorder": ALWAYS}))
    assert receiver.posts == []
    server.clock.pass_by(seconds=1)
    server.add("lou@example.org")
    tell(server, Plan({}))
    server.clock.pass_by(seconds=5)
    tell(server, Plan({}))

    came = [post.event["data"]["subscriber"]["email_address"] for post in receiver.posts]
    assert came == ["lou@example.org", "kim@example.org"]


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {"429", "500", "lost", "hang", "cut", "duplicate", "reorder"}
