"""OAuth 2: the owner allows an app on a page, the app gets tokens, and they end when they should."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import select

from newsletter.server.oauth.asking import is_redirect_uri
from newsletter.server.store import oauth
from newsletter.server.store.oauth_tables import oauth_apps, oauth_codes, oauth_tokens
from tests.server.conftest import Server

HOME = "https://shop.example.org/back?from=kit"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@dataclass
class App:
    """A registered app, and its owner's browser."""

    server: Server
    client_id: str
    secret: str | None

    def asks(self, **more: str) -> httpx.Response:
        """The page that the app sends the owner to."""
        query = {"client_id": self.client_id, "response_type": "code", "redirect_uri": HOME, **more}
        return self.server.web.get("/oauth/authorize", params=query)

    def decides(self, page: httpx.Response, decision: str, **changed: str) -> httpx.Response:
        """The owner presses a button on it."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
        data = {**{name: value.replace("&amp;", "&") for name, value in found}, **changed}
        return self.server.web.post("/oauth/authorize", data={**data, "decision": decision})

    def code(self, **more: str) -> str:
        """A code that the owner has just allowed."""
        return answered(self.decides(self.asks(**more), "allow"))["code"]

    def exchange(self, path: str = "/oauth/token", **values: Any) -> httpx.Response:
        body = {"client_id": self.client_id, "redirect_uri": HOME, **values}
        if self.secret is not None:
            body.setdefault("client_secret", self.secret)
        return self.server.web.post(path, json=body)

    def tokens(self) -> dict[str, Any]:
        answer = self.exchange(grant_type="authorization_code", code=self.code())
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def answered(answer: httpx.Response) -> Mapping[str, str]:
    """What a redirect to the app says."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("https://shop.example.org/back?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@pytest.fixture
def app(server: Any) -> App:
    return register(server)


def register(server: Server, *, is_public: bool = False, home: str = HOME) -> App:
    with server.store.writing() as db:
        client_id, secret = oauth.add_app(
            db, name="A <shop>", redirect_uris=[home], is_public=is_public, now=server.clock()
        )
    return App(server=server, client_id=client_id, secret=secret)


def account(server: Any, token: str, **headers: str) -> httpx.Response:
    return httpx.get(
        f"{server.url}/v4/account", headers={"Authorization": f"Bearer {token}", **headers}
    )


def test_an_app_that_the_owner_allows_gets_tokens_that_open_the_api(app: App) -> None:
    page = app.asks(state="x&y", **PKCE)
    told = answered(app.decides(page, "allow"))
    answer = app.exchange(
        grant_type="authorization_code", code=told["code"], code_verifier=VERIFIER
    )

    assert (page.status_code, told["state"], told["from"]) == (200, "x&y", "kit")
    assert "A &lt;shop&gt;" in page.text
    assert "shop.example.org" in page.text
    tokens = answer.json()
    kept = {name: tokens[name] for name in ("token_type", "expires_in", "scope", "created_at")}
    assert kept == {
        "token_type": "Bearer",
        "expires_in": 7200,
        "scope": "public",
        "created_at": 1795510800,
    }
    assert answer.headers["cache-control"] == "no-store"
    assert account(app.server, tokens["access_token"]).status_code == 200


def test_the_page_lets_the_browser_go_to_the_app_and_nowhere_else(app: App) -> None:
    """Browsers hold a form's redirect to the policy too, and framing would steal the click."""
    policy = app.asks().headers["content-security-policy"]

    assert "form-action 'self' https://shop.example.org;" in policy
    assert "frame-ancestors 'none'" in policy


def test_an_app_that_is_refused_is_told_so(app: App) -> None:
    told = answered(app.decides(app.asks(state="s"), "refuse"))

    assert (told["error"], told["state"]) == ("access_denied", "s")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_what_an_app_got_wrong_it_is_told_by_redirect(
    app: App, more: dict[str, str], error: str
) -> None:
    assert answered(app.asks(**more))["error"] == error


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://evil.example.org/back"},
        {"redirect_uri": f"{HOME}#x"},
        {"redirect_uri": "https://shop.example.org/back"},
    ],
)
def test_nobody_is_sent_to_an_address_that_was_not_registered(
    app: App, more: dict[str, str]
) -> None:
    page = app.asks(**more)

    assert page.status_code == 400
    assert "location" not in page.headers


@pytest.mark.parametrize(
    ("registered", "asked", "is_good"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", True),
        ("http://localhost:3000/cb", "http://localhost:3001/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/other", False),
        ("http://127.0.0.1/cb", "http://evil@127.0.0.1:1/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1.example.org/cb", False),
        ("https://shop.example.org/cb", "https://shop.example.org:8443/cb", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
    ],
)
def test_a_loopback_address_may_have_any_port_and_no_other(
    server: Any, registered: str, asked: str, is_good: bool
) -> None:
    """RFC 8252 §7.3: a program takes the port that is free."""
    app = register(server, home=registered)

    assert app.asks(redirect_uri=asked).status_code == (200 if is_good else 400)


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        ("https://example.org/cb", True),
        ("http://127.0.0.1/cb", True),
        ("com.example.app:/cb", True),
        ("http://example.org/cb", False),
        ("https://example.org/cb#part", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://[", False),
        ("/cb", False),
        ("https://example.org/a b", False),
    ],
)
def test_where_an_app_may_be_told(address: str, is_good: bool) -> None:
    assert is_redirect_uri(address) is is_good


@pytest.mark.parametrize("host", ["letters.example.org", "evil.example.org:8710"])
def test_the_page_is_for_this_computer_alone(app: App, host: str) -> None:
    shown = app.server.web.get(
        "/oauth/authorize", params={"client_id": app.client_id}, headers={"Host": host}
    )
    decided = app.server.web.post("/oauth/authorize", data={}, headers={"Host": host})

    assert (shown.status_code, decided.status_code) == (404, 404)


@pytest.mark.parametrize(
    "changed", [{"consent": ""}, {"consent": "0" * 64}, {"scope": "write"}, {"state": "other"}]
)
def test_only_the_pages_own_button_allows(app: App, changed: dict[str, str]) -> None:
    """Another site's form could ask for anything, in the owner's own browser."""
    answer = app.decides(app.asks(), "allow", **changed)

    assert answer.status_code == 403
    with app.server.store.reading() as db:
        assert db.execute(select(oauth_codes)).first() is None


def test_a_code_is_good_once_and_whoever_shows_it_again_ends_what_it_gave(app: App) -> None:
    code = app.code()
    first = app.exchange(grant_type="authorization_code", code=code)
    token = first.json()["access_token"]
    before = account(app.server, token).status_code
    second = app.exchange(grant_type="authorization_code", code=code)

    assert (first.status_code, before) == (200, 200)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    after = account(app.server, token)
    assert (after.status_code, after.json()["errors"]) == (401, ["The access token was revoked"])


@pytest.mark.parametrize(
    "values",
    [
        {"code": "unknown"},
        {"redirect_uri": "https://shop.example.org/other"},
        {"code_verifier": VERIFIER[:-1]},
        {"code_verifier": ""},
    ],
)
def test_a_code_is_worth_nothing_to_whoever_does_not_know_the_rest(
    app: App, values: dict[str, str]
) -> None:
    right = {"code": app.code(**PKCE), "code_verifier": VERIFIER}
    answer = app.exchange(grant_type="authorization_code", **{**right, **values})
    good = app.exchange(grant_type="authorization_code", **right)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert good.status_code == 200, "and it is not used up by that"


def test_a_code_is_good_for_five_minutes_and_for_the_app_that_asked(app: App) -> None:
    other = register(app.server)
    code = app.code()
    stolen = other.exchange(grant_type="authorization_code", code=code)
    app.server.clock.pass_by(minutes=5)
    late = app.exchange(grant_type="authorization_code", code=code)

    assert [stolen.json()["error"], late.json()["error"]] == ["invalid_grant"] * 2


def test_a_verifier_without_a_challenge_is_refused(app: App) -> None:
    """Somebody took the challenge out of the request (RFC 9700 §2.1.1)."""
    answer = app.exchange(grant_type="authorization_code", code=app.code(), code_verifier=VERIFIER)

    assert answer.json()["error"] == "invalid_grant"


def test_a_public_app_has_no_secret_and_must_use_pkce(server: Any) -> None:
    app = register(server, is_public=True)
    bare = answered(app.asks())
    code = app.code(**PKCE)
    tokens = app.exchange(grant_type="authorization_code", code=code, code_verifier=VERIFIER)
    refreshed = app.exchange(
        grant_type="refresh_token", refresh_token=tokens.json()["refresh_token"]
    )

    assert app.secret is None
    assert bare["error"] == "invalid_request"
    assert (tokens.status_code, refreshed.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["/oauth/token", "/v4/oauth/token"])
@pytest.mark.parametrize("how", ["json", "form", "basic"])
def test_a_refresh_token_is_good_once(app: App, path: str, how: str) -> None:
    """Since May 2026 at Kit; what comes again is told `invalid_grant`."""
    old = app.tokens()

    def refresh(value: str) -> httpx.Response:
        body = {"grant_type": "refresh_token", "refresh_token": value}
        both = {"client_id": app.client_id, "client_secret": str(app.secret)}
        if how == "basic":
            return app.server.web.post(path, data=body, auth=(app.client_id, str(app.secret)))
        sent: dict[str, Any] = {"json" if how == "json" else "data": {**body, **both}}
        return app.server.web.post(path, **sent)

    new = refresh(old["refresh_token"])
    again = refresh(old["refresh_token"])

    assert new.status_code == 200
    assert new.json()["refresh_token"] != old["refresh_token"]
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert account(app.server, new.json()["access_token"]).status_code == 200
    assert refresh(new.json()["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["code", "refresh_token"])
def test_of_many_who_show_the_same_secret_at_once_one_gets_tokens(app: App, kind: str) -> None:
    if kind == "code":
        values = {"grant_type": "authorization_code", "code": app.code()}
    else:
        secret = app.tokens()["refresh_token"]
        values = {"grant_type": "refresh_token", "refresh_token": secret}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.exchange(**values).status_code, range(8)))

    assert sorted(answers) == [200] + [400] * 7


@pytest.mark.parametrize(
    ("values", "status", "error"),
    [
        ({"grant_type": "refresh_token", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "unknown"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": ["refresh_token"]}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "\ud800\x00"}, 400, "invalid_grant"),
    ],
)
def test_errors_have_oauths_form(app: App, values: dict[str, Any], status: int, error: str) -> None:
    body = {"client_id": app.client_id, "client_secret": app.secret, **values}
    answer = app.server.web.post("/oauth/token", content=json.dumps(body))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert ("www-authenticate" in answer.headers) is (status == 401)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b"[" * 60_000, b" " * 70_000])
def test_a_token_request_that_is_neither_json_nor_a_form_is_refused(
    server: Any, body: bytes
) -> None:
    answer = server.web.post("/v4/oauth/token", content=body)

    assert answer.status_code in (400, 413)
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("path", ["/oauth/revoke", "/v4/oauth/revoke"])
def test_revoked_tokens_are_good_for_nothing(app: App, which: str, path: str) -> None:
    tokens = app.tokens()
    answer = app.exchange(path, token=tokens[which])
    unknown = app.exchange(path, token="unknown")
    refreshed = app.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    assert (answer.status_code, answer.json()) == (200, {})
    assert unknown.status_code == 200
    assert refreshed.json()["error"] == "invalid_grant"
    refused = account(app.server, tokens["access_token"])
    assert refused.json() == {"errors": ["The access token was revoked"]}


def test_an_app_cannot_revoke_anothers_token(app: App) -> None:
    tokens = app.tokens()
    register(app.server).exchange("/oauth/revoke", token=tokens["access_token"])

    assert account(app.server, tokens["access_token"]).status_code == 200


def test_an_access_token_ends_after_two_hours(app: App) -> None:
    token = app.tokens()["access_token"]
    app.server.clock.pass_by(seconds=7199)
    before = account(app.server, token).status_code
    app.server.clock.pass_by(seconds=1)
    after = account(app.server, token)

    assert before == 200
    assert (after.status_code, after.json()) == (401, {"errors": ["The access token expired"]})


def test_of_every_secret_only_its_digest_is_kept(app: App) -> None:
    code = app.code()
    tokens = app.exchange(grant_type="authorization_code", code=code).json()
    secrets = [code, tokens["access_token"], tokens["refresh_token"], app.secret]

    with app.server.store.reading() as db:
        kept = "".join(
            str(row)
            for table in (oauth_apps, oauth_codes, oauth_tokens)
            for row in db.execute(select(table))
        )
    assert app.client_id in kept
    assert not [each for each in secrets if each in kept]


OAUTH_ONLY = [
    ("GET", "/purchases"),
    ("POST", "/purchases"),
    ("GET", "/purchases/1"),
    ("POST", "/bulk/subscribers"),
    ("DELETE", "/bulk/tags"),
]


@pytest.mark.parametrize(("method", "path"), OAUTH_ONLY)
def test_some_calls_take_no_api_key(server: Any, method: str, path: str) -> None:
    by_key = server.api.request(method, path, json={})
    by_both = server.api.request(
        method, path, json={}, headers={"Authorization": f"Bearer {server.token()}"}
    )
    by_token = server.by_token(method, path, {})

    assert (by_key.status_code, list(by_key.json())) == (401, ["errors"])
    assert by_both.status_code == 401, "where there are both, the key counts"
    assert by_token.status_code in (200, 404, 422)


def test_a_token_to_read_with_changes_nothing(server: Any) -> None:
    server.bearer = server.token(scope="read")
    read = server.by_token("GET", "/subscribers")
    filtered = server.by_token("POST", "/subscribers/filter", {"all": []})
    changed = server.by_token("POST", "/tags", {"name": "x"})

    assert (read.status_code, filtered.status_code) == (200, 200)
    assert (changed.status_code, list(changed.json())) == (403, ["errors"])


def test_a_token_may_call_600_times_a_minute(start: Callable[..., Any]) -> None:
    server = start(rate_limit=True)

    statuses = [server.by_token("GET", "/account").status_code for _ in range(601)]
    server.bearer = ""
    other = server.by_token("GET", "/account")

    assert statuses == [200] * 600 + [429]
    assert other.status_code == 200, "each token has its own"


def test_decisions_are_in_the_log(app: App) -> None:
    app.decides(app.asks(), "refuse")
    app.code()

    notes = [line.note for line in app.server.log if line.note]
    assert notes == ["A <shop> was refused", "A <shop> was allowed"]
    assert not [line.path for line in app.server.log if parse_qs(line.path)]


def test_of_all_apps_only_the_one_that_made_an_endpoint_changes_it(app: App) -> None:
    """The account's own key may (Kit reference §10)."""
    server = app.server
    mine, other = app.tokens(), register(server).tokens()

    def by(tokens: dict[str, Any], method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"X-Kit-Api-Key": "", "Authorization": f"Bearer {tokens['access_token']}"}
        return server.api.request(method, path, json=body, headers=headers)

    body = {"url": "https://example.org/hook", "events": ["tag.created"]}
    made = by(mine, "POST", "/webhook_endpoints", **body).json()["webhook_endpoint"]
    path = f"/webhook_endpoints/{made['id']}"
    calls = [("PATCH", path), ("POST", f"{path}/rotate_secret"), ("DELETE", path)]
    refused = [by(other, method, where, name="x") for method, where in calls]

    assert made["created_by_app"] == "A <shop>"
    assert [each.status_code for each in refused] == [403] * 3
    assert list(refused[0].json()) == ["errors"]
    assert by(other, "GET", path).status_code == 200
    assert by(mine, "PATCH", path, name="x").status_code == 200
    assert server.api.delete(path).status_code == 204
    assert by(mine, "DELETE", path).status_code == 404
