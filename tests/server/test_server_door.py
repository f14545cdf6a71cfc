"""The API's door: credentials, envelopes, and the oddities that real clients send."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from newsletter.server.api import door
from newsletter.server.api.calls import BODY_LIMIT, Call, Operation


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "Authentication Failed"),
        ({"X-Kit-Api-Key": ""}, "Authentication Failed"),
        ({"X-Kit-Api-Key": "wrong"}, "The access token is invalid"),
        ({"Authorization": "Bearer unknown"}, "The access token is invalid"),
        ({"Authorization": "Bearer kit_for_tests"}, "The access token is invalid"),
    ],
)
def test_without_a_known_key_nothing_is_answered(
    server: Any, headers: dict[str, str], text: str
) -> None:
    """A key is no token: Kit does not take it as a bearer either."""
    answer = httpx.get(f"{server.url}/v4/account", headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"errors": [text]})


def test_a_key_wins_over_a_token(server: Any) -> None:
    answer = server.api.get("/account", headers={"Authorization": "Bearer unknown"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nonsense"),
        ("GET", ""),
        ("POST", "/subscribers//unsubscribe"),
        ("GET", "//account"),
        ("GET", "/account/"),
        ("DELETE", "/account"),
        ("PATCH", "/tags/1"),
        ("GET", "/subscribers/abc"),
        ("GET", "/subscribers/12345"),
        ("GET", "/subscribers/99999999999999999999999999"),
        ("GET", "/subscribers/-1"),
        ("PUT", "/subscribers/12345"),
        ("POST", "/subscribers/12345/unsubscribe"),
        ("GET", "/subscribers/12345/tags"),
        ("PUT", "/tags/12345"),
        ("GET", "/tags/12345/subscribers"),
        ("POST", "/tags/12345/subscribers/1"),
        ("DELETE", "/tags/12345/subscribers/1"),
        ("GET", "/forms/12345/subscribers"),
        ("POST", "/forms/12345/subscribers/1"),
        ("POST", "/forms/1/subscribers/12345"),
        ("GET", "/broadcasts/12345"),
        ("PUT", "/broadcasts/12345"),
        ("DELETE", "/broadcasts/12345"),
        ("GET", "/broadcasts/12345/stats"),
        ("GET", "/broadcasts/12345/clicks"),
    ],
)
def test_what_is_not_there_is_not_found(server: Any, method: str, path: str) -> None:
    body = {"name": "x"} if path.startswith("/tags") and method == "PUT" else None
    answer = server.api.request(method, f"{server.url}/v4{path}", json=body)

    assert (answer.status_code, answer.json()) == (404, {"errors": ["Not Found"]})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"  "])
def test_an_empty_body_is_read_as_nothing_given(server: Any, body: bytes) -> None:
    """PHP clients encode an empty body as a list."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = server.api.put("/subscribers/1", content=body, headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(server: Any, body: bytes) -> None:
    answer = server.api.post("/tags", content=body)

    assert answer.status_code == 400
    assert list(answer.json()) == ["errors"]


def test_a_body_without_end_is_cut_off(server: Any) -> None:
    answer = server.api.post("/tags", content=b" " * (BODY_LIMIT + 1))

    assert answer.status_code == 413


@pytest.mark.parametrize("value", ["\x00", "\ud800", ["list"], {"a": 1}, True, "x" * 300])
def test_a_name_that_is_no_text_is_refused(server: Any, value: Any) -> None:
    import json

    body = json.dumps({"email_address": "new@example.org", "first_name": value})
    answer = server.api.post("/subscribers", content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0].startswith("First name")


def test_above_the_limit_the_answer_is_plain_text_without_a_hint(
    start: Callable[..., Any],
) -> None:
    """Kit's 429 is not JSON and bears no Retry-After; a client must live with that."""
    server = start(rate_limit=True)

    statuses = [server.api.get("/tags").status_code for _ in range(121)]
    answer = server.api.get("/tags")

    assert statuses == [200] * 120 + [429]
    assert answer.text == "Retry later"
    assert answer.headers["content-type"].startswith("text/plain")
    assert "retry-after" not in answer.headers


def test_an_unexpected_error_shows_nothing_of_itself(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(call: Call) -> Any:
        raise ZeroDivisionError("secret inside")

    operation = Operation(method="GET", path="/stumble", answer=stumble)
    monkeypatch.setattr(door, "OPERATIONS", (operation,))
    server = start()

    # The server hangs up after this one, and the client is everybody's.
    answer = server.api.get("/stumble", headers={"Connection": "close"})

    assert answer.status_code == 500
    assert list(answer.json()) == ["errors"]
    assert "secret" not in answer.text
    assert server.log[-1].status == 500


def test_each_request_is_told_to_the_log_without_its_query_or_token(server: Any) -> None:
    server.api.get("/tags", params={"per_page": 1})
    server.web.get("/u/AQEBsecret")

    tags, leaving = server.log
    assert (tags.method, tags.path, tags.status) == ("GET", "/v4/tags", 200)
    assert tags.milliseconds > 0
    assert (leaving.path, leaving.status) == ("/u/…", 400)


def test_the_log_says_what_was_done(server: Any) -> None:
    server.draft(subject="Walking backwards", send_at="2026-12-01T15:00:00Z")
    server.api.post("/subscribers/3/unsubscribe")

    notes = [line.note for line in server.log]
    assert notes == ["“Walking backwards”, sends 01 Dec 10:00", "dana@example.org left"]


def test_the_account_tells_zone_and_sender(server: Any) -> None:
    body = server.api.get("/account").json()

    assert body["account"]["timezone"] == {
        "name": "America/New_York",
        "friendly_name": "America/New York",
        "utc_offset": "-05:00",
    }
    assert body["account"]["sending_addresses"][0]["email_address"] == "ann@example.org"
    assert body["account"]["plan"]["plan_type"] == "creator"


def test_outside_the_api_answers_are_pages(server: Any) -> None:
    answer = server.web.get("/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Nothing at this address." in answer.text
