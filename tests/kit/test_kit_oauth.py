"""Asking the owner of an account: the address, the way back, and what no log may hold."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import traceback
from typing import Any

import httpx
import pytest

from newsletter.kit import (
    Authorization,
    InsecureUrl,
    InvalidGrant,
    KitError,
    NoAnswer,
    NotAuthorized,
    OAuth,
    Unreadable,
)

BACK = "https://example.org/back"
SECRET = "s3cret"
REFRESH = "refresh-1"
ASKED = Authorization(url="https://api.kit.com/", state="st4te", code_verifier="v3rifier")


def app(answer: httpx.Response | None = None, **values: Any) -> OAuth:
    """An app at a service that has one answer."""
    transport = httpx.MockTransport(lambda _request: answer or httpx.Response(500))
    known = {"client_id": "tides", "client_secret": SECRET, "redirect_uri": BACK}
    return OAuth(**known | values, transport=transport, sleep=lambda _: None)


def test_the_owner_is_asked_at_kits_page_with_a_challenge_that_only_we_can_meet() -> None:
    """The check is written from RFC 7636: BASE64URL(SHA256(verifier)), without padding."""
    with app() as oauth:
        asked = oauth.authorization(scope="read write")

    url = httpx.URL(asked.url)
    assert url.copy_with(query=None) == "https://api.kit.com/v4/oauth/authorize"
    digest = hashlib.sha256(asked.code_verifier.encode()).digest()
    assert dict(url.params) == {
        "client_id": "tides",
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "read write",
        "state": asked.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", asked.code_verifier)
    assert asked.code_verifier not in asked.url
    assert "s3cret" not in asked.url


def test_each_request_has_secrets_of_its_own() -> None:
    with app() as oauth:
        asked = [oauth.authorization() for _ in range(20)]

    secrets = {one.state for one in asked} | {one.code_verifier for one in asked}
    assert len(secrets) == 40
    assert "scope" not in httpx.URL(asked[0].url).params
    assert not any(one.code_verifier in repr(asked) for one in asked)


@pytest.mark.parametrize(
    "url", [f"{BACK}?code=c0de&state=st4te", "/back?state=st4te&code=c0de#top"]
)
def test_the_code_is_in_the_address_that_comes_back(url: str) -> None:
    with app() as oauth:
        assert oauth.code(url, ASKED) == "c0de"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"{BACK}?code=c0de&state=other", "another state"),
        (f"{BACK}?code=c0de&state=", "another state"),
        (f"{BACK}?code=c0de", "another state"),
        (f"{BACK}?error=access_denied&state=other", "another state"),
        (f"{BACK}?error=access_denied&state=st4te", "access_denied"),
        (f"{BACK}?state=st4te", "no code"),
        (f"{BACK}?state=st4te&code=", "no code"),
        ("https://example.org:port/", "no address"),
        ("", "another state"),
    ],
)
def test_an_address_that_did_not_come_of_our_request_gives_no_code(url: str, told: str) -> None:
    """Else anybody could have our reader's browser connect an account of his own."""
    with app() as oauth, pytest.raises(NotAuthorized, match=told):
        oauth.code(url, ASKED)


def test_a_state_that_was_lost_matches_nothing() -> None:
    lost = Authorization(url="", state="", code_verifier="")
    with app() as oauth, pytest.raises(NotAuthorized, match="another state"):
        oauth.code(f"{BACK}?code=c0de&state=", lost)


def test_the_owners_no_is_told_with_kits_word_for_it() -> None:
    url = f"{BACK}?error=access%1b_denied&state=st4te"
    with app() as oauth, pytest.raises(NotAuthorized) as caught:
        oauth.code(url, ASKED)

    assert caught.value.code == "access_denied"


def test_an_app_without_a_secret_sends_none() -> None:
    seen = []

    def service(request: httpx.Request) -> httpx.Response:
        seen.append(request.read())
        return httpx.Response(200, json={"access_token": "a", "token_type": "Bearer"})

    with OAuth(
        client_id="tides", redirect_uri=BACK, transport=httpx.MockTransport(service)
    ) as oauth:
        assert oauth.exchange("c0de", code_verifier="v3rifier").refresh_token is None

    assert b"client_secret" not in seen[0]
    assert b"v3rifier" in seen[0]


@pytest.mark.parametrize(
    "token",
    [
        {},
        [],
        {"access_token": None},
        {"access_token": "a b"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "a", "created_at": 10**18},
        {"access_token": "a", "expires_in": "soon"},
    ],
)
def test_an_answer_that_is_no_token_is_no_answer(token: Any) -> None:
    with app(httpx.Response(200, json=token)) as oauth, pytest.raises(Unreadable):
        oauth.refresh("refresh-1")


def test_a_token_that_ends_says_when() -> None:
    told = {"access_token": "a", "created_at": 1803974400, "expires_in": 7200}
    with app(httpx.Response(200, json=told)) as oauth:
        token = oauth.refresh("refresh-1")
    with app(httpx.Response(200, json={"access_token": "a"})) as oauth:
        bare = oauth.refresh("refresh-1")

    assert f"{token.expires_at}" == "2027-03-02 10:00:00+00:00"
    assert bare.expires_at is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "invalid_grant", "error_description": f"{REFRESH}?"}),
        httpx.Response(401, json={"error": "invalid_client", "error_description": f"{SECRET}?"}),
        httpx.Response(200, text=REFRESH),
        httpx.Response(500, text=SECRET),
        httpx.Response(302, headers={"Location": f"/?{REFRESH}"}),
    ],
    ids=["used up", "unknown app", "page", "500", "redirect"],
)
def test_no_error_or_log_line_shows_a_secret(
    answer: httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with app(answer) as oauth, pytest.raises(KitError) as caught:
        oauth.refresh(REFRESH)

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert "POST /oauth/token" in shown
    assert REFRESH not in shown
    assert SECRET not in shown + repr(oauth)


def test_a_refresh_without_an_answer_is_not_repeated() -> None:
    """It may have used the token up; whoever holds the grant decides."""
    tries = []

    def net(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ReadTimeout("timed out")

    with (
        OAuth(client_id="tides", redirect_uri=BACK, transport=httpx.MockTransport(net)) as oauth,
        pytest.raises(NoAnswer),
    ):
        oauth.refresh("refresh-1")

    assert len(tries) == 1


def test_a_used_up_token_is_told_apart_from_an_unknown_app() -> None:
    with (
        app(httpx.Response(401, json={"error": "invalid_grant"})) as oauth,
        pytest.raises(InvalidGrant, match="invalid_grant"),
    ):
        oauth.refresh("refresh-1")


def test_secrets_do_not_go_unencrypted_to_another_computer() -> None:
    with pytest.raises(InsecureUrl):
        app(base_url="http://api.kit.com/v4")
