"""A token that expires: renewed once for all threads, saved before the old one is forgotten."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from newsletter.kit import (
    Grant,
    InvalidCredential,
    InvalidGrant,
    Kit,
    NoAnswer,
    OAuth,
    Token,
    TokenNotSaved,
    Unauthorized,
)

ACCOUNT = {"user": {"email": "ada@example.org", "id": 1}, "account": {"id": 1, "name": "Tides"}}
FIRST = Token(access_token="access-1", refresh_token="refresh-1")
THREADS = 16


@dataclass
class Service:
    """Kit, as far as tokens go: one is good at a time, and a refresh token for one use."""

    good: str = "access-2"
    refresh: str = "refresh-1"
    words: object = "The access token expired"
    seen: list[str] = field(default_factory=list)
    before_answer: Callable[[str], None] = lambda _path: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v4")
        body = json.loads(request.read() or b"null")
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        with self.lock:
            self.seen.append(f"{request.method} {path} {shown}".strip())
        self.before_answer(path)
        if path == "/oauth/token":
            return self.renewed(body["refresh_token"])
        if shown != self.good:
            return httpx.Response(401, json={"errors": [self.words]})
        return (
            httpx.Response(204) if request.method == "POST" else httpx.Response(200, json=ACCOUNT)
        )

    def renewed(self, refresh_token: str) -> httpx.Response:
        with self.lock:
            if refresh_token != self.refresh:
                return httpx.Response(400, json={"error": "invalid_grant"})
            number = int(refresh_token.rpartition("-")[2]) + 1
            self.refresh = f"refresh-{number}"
        token = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
        return httpx.Response(200, json=token)


@dataclass
class Holder:
    """Keeps what was saved, and fails when told to."""

    saved: list[Token] = field(default_factory=list)
    broken: bool = False
    on_save: Callable[[], None] = lambda: None

    def __call__(self, token: Token) -> None:
        self.on_save()
        if self.broken:
            raise OSError("No space left on device")
        self.saved.append(token)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def holder() -> Holder:
    return Holder()


def opened(service: Service, holder: Holder, token: Token = FIRST) -> tuple[Kit, Grant]:
    transport = httpx.MockTransport(service)
    app = OAuth(client_id="tides", redirect_uri="https://example.org/back", transport=transport)
    grant = app.grant(token, save=holder)
    return Kit(grant=grant, transport=transport, sleep=lambda _: None), grant


def test_an_expired_token_is_renewed_and_the_call_repeated(
    service: Service, holder: Holder
) -> None:
    kit, grant = opened(service, holder)

    assert kit.account.get().name == "Tides"
    kit.subscribers.unsubscribe(3)

    assert service.seen == [
        "GET /account access-1",
        "POST /oauth/token",
        "GET /account access-2",
        "POST /subscribers/3/unsubscribe access-2",
    ]
    assert [token.refresh_token for token in holder.saved] == ["refresh-2"]
    assert grant.token.access_token == "access-2"


def test_a_write_that_was_refused_for_the_token_is_made_once(
    service: Service, holder: Holder
) -> None:
    """A 401 means that nothing was applied, so repeating it is safe."""
    kit, _ = opened(service, holder)

    kit.subscribers.unsubscribe(3)

    assert service.seen[0] == "POST /subscribers/3/unsubscribe access-1"
    assert service.seen[2:] == ["POST /subscribers/3/unsubscribe access-2"]


def test_many_threads_renew_once_and_all_get_their_answer(service: Service, holder: Holder) -> None:
    """All of them are refused before the first may renew; a second refresh would kill the grant."""
    everybody = threading.Barrier(THREADS)
    waited = threading.local()

    def hold(path: str) -> None:
        if path == "/account" and not getattr(waited, "once", False):
            waited.once = True
            everybody.wait(10)

    service.before_answer = hold
    kit, _ = opened(service, holder)
    with ThreadPoolExecutor(THREADS) as pool:
        names = [each.result(20) for each in [pool.submit(_name, kit) for _ in range(THREADS)]]

    assert names == ["Tides"] * THREADS
    assert Counter(service.seen) == {
        "GET /account access-1": THREADS,
        "POST /oauth/token": 1,
        "GET /account access-2": THREADS,
    }
    assert len(holder.saved) == 1


def test_the_new_token_is_saved_before_the_old_one_is_forgotten_and_before_it_is_used(
    service: Service, holder: Holder
) -> None:
    kit, grant = opened(service, holder)
    at_save: list[object] = []
    holder.on_save = lambda: at_save.extend([grant.token.access_token, service.seen[-1]])

    kit.account.get()

    assert at_save == ["access-1", "POST /oauth/token"]


def test_a_token_that_could_not_be_saved_is_handed_over_and_saved_by_the_next_call(
    service: Service, holder: Holder
) -> None:
    """The old refresh token is dead at Kit by then: losing the new one would lose the account."""
    kit, grant = opened(service, holder)
    holder.broken = True

    with pytest.raises(TokenNotSaved) as caught:
        kit.account.get()
    with pytest.raises(TokenNotSaved):
        kit.account.get()
    holder.broken = False
    assert kit.account.get().name == "Tides"

    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.token.refresh_token == "refresh-2"
    assert "refresh-2" not in f"{caught.value} {caught.value!r} {caught.value.token!r}"
    assert service.seen == [
        "GET /account access-1",
        "POST /oauth/token",
        "GET /account access-2",
    ]
    assert holder.saved == [grant.token]


@pytest.mark.parametrize(
    "words",
    ["The access token is invalid", "The access token was revoked", ["Authentication Failed"]],
)
def test_a_token_that_is_refused_for_another_reason_is_not_renewed(
    service: Service, holder: Holder, words: object
) -> None:
    service.words = words
    kit, _ = opened(service, holder)

    with pytest.raises(Unauthorized):
        kit.account.get()

    assert service.seen == ["GET /account access-1"]


def test_a_new_token_that_is_refused_too_ends_the_call(service: Service, holder: Holder) -> None:
    service.good = "access-9"
    kit, _ = opened(service, holder)

    with pytest.raises(Unauthorized, match="expired"):
        kit.account.get()

    assert service.seen.count("POST /oauth/token") == 1
    assert len(holder.saved) == 1


def test_a_grant_that_is_used_up_says_so_to_all_and_asks_once(
    service: Service, holder: Holder
) -> None:
    service.refresh = "refresh-7"
    kit, _ = opened(service, holder)
    with ThreadPoolExecutor(THREADS) as pool:
        errors = [each.exception(20) for each in [pool.submit(_name, kit) for _ in range(THREADS)]]

    assert {type(error) for error in errors} == {InvalidGrant}
    assert service.seen.count("POST /oauth/token") == 1
    assert holder.saved == []


def test_a_refresh_without_an_answer_ends_the_call_and_the_next_one_asks_again(
    service: Service, holder: Holder
) -> None:
    """Also a GET, which would be repeated by itself: the refresh token has one use."""
    lost = [True]

    def lose(path: str) -> None:
        if path == "/oauth/token" and lost:
            lost.clear()
            raise httpx.ReadTimeout("timed out")

    service.before_answer = lose
    kit, _ = opened(service, holder)

    with pytest.raises(NoAnswer, match="POST /oauth/token"):
        kit.account.get()
    assert service.seen == ["GET /account access-1", "POST /oauth/token"]
    assert kit.account.get().name == "Tides"


def test_a_token_without_a_refresh_token_is_not_renewed(service: Service, holder: Holder) -> None:
    kit, grant = opened(service, holder, Token(access_token="access-1"))

    with pytest.raises(Unauthorized):
        kit.account.get()
    with pytest.raises(ValueError, match="without a refresh token"):
        grant.refresh()


def test_a_token_can_be_renewed_before_it_ends(service: Service, holder: Holder) -> None:
    kit, grant = opened(service, holder)

    grant.refresh()
    kit.account.get()

    assert service.seen == ["POST /oauth/token", "GET /account access-2"]


def test_where_a_refresh_gives_no_new_refresh_token_the_old_one_stays(holder: Holder) -> None:
    """Not at Kit, but RFC 6749 §6 lets a service do so."""
    grant = Grant(FIRST, refresh=lambda _old: Token(access_token="access-2"), save=holder)

    grant.refresh()

    assert holder.saved[0].refresh_token == "refresh-1"


def test_a_key_and_a_grant_are_one_too_many(service: Service, holder: Holder) -> None:
    _, grant = opened(service, holder)

    with pytest.raises(InvalidCredential):
        Kit(api_key="kit_1", grant=grant)


def _name(kit: Kit) -> str:
    return kit.account.get().name
