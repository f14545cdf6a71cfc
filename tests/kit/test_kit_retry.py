"""The rule for repeating a call, without any call."""

from __future__ import annotations

import pytest

from newsletter.kit.errors import (
    Invalid,
    KitError,
    NeverLeft,
    NoAnswer,
    RateLimited,
    ServerFault,
    Unauthorized,
    Unreadable,
)
from newsletter.kit.retry import Patience

LIMITED = RateLimited(429)


@pytest.mark.parametrize(
    ("method", "error", "waits"),
    [
        ("GET", NeverLeft("x"), [0.5, 1.0, 2.0, None]),
        ("GET", NoAnswer("x"), [0.5, 1.0, 2.0, None]),
        ("GET", Unreadable("x"), [0.5, 1.0, 2.0, None]),
        ("GET", ServerFault(502), [0.5, 1.0, 2.0, None]),
        ("GET", LIMITED, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, None]),
        ("GET", Invalid(422), [None]),
        ("GET", Unauthorized(401), [None]),
        *[
            (method, error, waits)
            for method in ("POST", "PUT", "DELETE")
            for error, waits in [
                (NeverLeft("x"), [0.5, None]),
                (NoAnswer("x"), [None]),
                (Unreadable("x"), [None]),
                (ServerFault(500), [None]),
                (ServerFault(503, retry_after=1), [None]),
                (LIMITED, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, None]),
                (Invalid(422), [None]),
            ]
        ],
    ],
    ids=repr,
)
def test_each_failure_has_its_waits(
    method: str, error: KitError, waits: list[float | None]
) -> None:
    patience = Patience(method, random=lambda: 0.5)

    assert [patience.wait_after(error, elapsed=0.0) for _ in waits] == waits


@pytest.mark.parametrize(("drawn", "wait"), [(0.0, 1.5), (0.5, 2.0), (1.0, 2.5)])
def test_waits_are_spread(drawn: float, wait: float) -> None:
    assert Patience("GET", random=lambda: drawn).wait_after(LIMITED, elapsed=0.0) == wait


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0.0, 2.0), (57.5, 2.0), (59.0, 1.0), (60.0, None), (90.0, None)]
)
def test_the_last_try_begins_within_the_minute(elapsed: float, wait: float | None) -> None:
    assert Patience("PUT", random=lambda: 0.5).wait_after(LIMITED, elapsed) == wait


@pytest.mark.parametrize(("asked", "wait"), [(0, 0.5), (7, 7.5), (60, 60.5), (61, None)])
def test_what_the_service_asks_for_is_the_least(asked: float, wait: float | None) -> None:
    error = RateLimited(429, retry_after=asked)

    assert Patience("POST", random=lambda: 0.5).wait_after(error, elapsed=3.0) == wait


def test_a_write_that_was_limited_may_still_meet_a_closed_door_once() -> None:
    patience = Patience("POST", random=lambda: 0.5)

    assert patience.wait_after(LIMITED, 0.0) == 2.0
    assert patience.wait_after(NeverLeft("x"), 2.0) == 0.5
    assert patience.wait_after(LIMITED, 3.0) == 4.0
    assert patience.wait_after(NeverLeft("x"), 7.0) is None
