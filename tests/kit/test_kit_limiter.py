"""The local count that keeps one credential under Kit's limit."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newsletter.kit import Grant, Kit, Limiter, Token

if TYPE_CHECKING:
    from tests.kit.conftest import Clock


def _never(*_: object) -> Any:
    raise AssertionError("this token does not expire")


ACCOUNT = {"user": {"email": "ada@example.org", "id": 1}, "account": {"id": 1, "name": "Tides"}}


@pytest.mark.parametrize(
    ("credential", "limit"),
    [
        ({"api_key": "kit_1"}, 120),
        ({"access_token": "token_1"}, 600),
        ({"grant": Grant(Token(access_token="token_1"), refresh=_never, save=_never)}, 600),
    ],
    ids=["key", "token", "grant"],
)
def test_no_minute_holds_more_requests_than_kit_allows(
    clock: Clock, credential: dict[str, Any], limit: int
) -> None:
    starts: list[float] = []

    def net(_request: httpx.Request) -> httpx.Response:
        starts.append(clock.now)
        clock.now += 0.03
        return httpx.Response(200, json=ACCOUNT)

    with Kit(
        **credential,
        transport=httpx.MockTransport(net),
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    ) as kit:
        for _ in range(3 * limit):
            kit.account.get()

    assert all(
        later - earlier >= 60 for earlier, later in zip(starts, starts[limit:], strict=False)
    )
    assert len(clock.slept) >= 2, "the limit was reached"
    assert starts[-1] - starts[0] < 123 + 0.03 * limit, "and no time was wasted"


def test_repeats_count_too(clock: Clock) -> None:
    answers = [httpx.Response(503) for _ in range(3)] + [httpx.Response(200, json=ACCOUNT)]
    limiter = Limiter(3, monotonic=clock.monotonic, sleep=clock.sleep, window=60)
    with Kit(
        api_key="kit_1",
        transport=httpx.MockTransport(lambda _request: answers.pop(0)),
        limiter=limiter,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        random=lambda: 0.5,
    ) as kit:
        kit.account.get()

    assert clock.slept == [0.5, 1.0, 2.0, 56.5]


def test_without_a_limiter_nothing_is_counted(clock: Clock) -> None:
    with Kit(
        api_key="kit_1",
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, json=ACCOUNT)),
        limiter=False,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    ) as kit:
        for _ in range(300):
            kit.account.get()

    assert clock.slept == []


def test_clients_that_share_a_limiter_share_its_minute(clock: Clock) -> None:
    limiter = Limiter(2, monotonic=clock.monotonic, sleep=clock.sleep, window=60)
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=ACCOUNT))
    with (
        Kit(api_key="kit_1", transport=transport, limiter=limiter) as one,
        Kit(api_key="kit_1", transport=transport, limiter=limiter) as other,
    ):
        one.account.get()
        other.account.get()
        one.account.get()

    assert clock.slept == [60.0]


def test_threads_get_one_start_each() -> None:
    """While all of them ask at the same instant, each start is given away once."""
    waits: list[float] = []
    limiter = Limiter(5, monotonic=lambda: 100.0, sleep=waits.append, window=60)
    barrier = threading.Barrier(20)

    def ask() -> None:
        barrier.wait()
        limiter.wait()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(waits) == [60.0] * 5 + [120.0] * 5 + [180.0] * 5
