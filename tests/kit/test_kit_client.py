"""The door itself: credentials, addresses, and what must never be shown."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newsletter.kit import (
    InsecureUrl,
    InvalidCredential,
    InvalidUrl,
    Kit,
    KitError,
    Unauthorized,
)

if TYPE_CHECKING:
    from tests.kit.conftest import ScriptedServer

    Net = Callable[[httpx.Request], httpx.Response]

KEY = "kit_0123456789abcdef"
ACCOUNT = {"user": {"email": "ada@example.org", "id": 1}, "account": {"id": 1, "name": "Tides"}}


def test_an_api_key_and_a_token_go_in_different_headers(server: ScriptedServer) -> None:
    for _ in range(2):
        server.answers(200, ACCOUNT)
    with Kit(api_key=KEY, base_url=server.url) as kit:
        kit.account.get()
    with Kit(access_token="token.1", base_url=server.url + "/", user_agent="Tides/1") as kit:
        kit.account.get()

    first, second = server.seen
    assert first.headers["x-kit-api-key"] == KEY
    assert "authorization" not in first.headers
    assert first.headers["accept"] == "application/json"
    assert first.headers["user-agent"].startswith("newsletter-kit")
    assert second.headers["authorization"] == "Bearer token.1"
    assert "x-kit-api-key" not in second.headers
    assert second.headers["user-agent"] == "Tides/1"
    assert first.target == second.target == "/v4/account"


def test_connections_are_kept_between_calls(kit: Kit, server: ScriptedServer) -> None:
    for _ in range(3):
        server.answers(200, ACCOUNT)
        kit.account.get()

    assert server.connections == 1


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"api_key": KEY, "access_token": "token"},
        {"api_key": ""},
        {"api_key": KEY + "\n"},
        {"api_key": " " + KEY},
        {"api_key": "kit_\u2019s"},
        {"access_token": "a\r\nX-Evil: 1"},
    ],
)
def test_an_unusable_credential_is_named_without_being_shown(credentials: dict[str, Any]) -> None:
    with pytest.raises(InvalidCredential) as caught:
        Kit(**credentials)

    shown = "".join(traceback.format_exception(caught.value))
    assert "key" in str(caught.value)
    assert KEY not in shown
    assert "X-Evil" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "https://api.kit.com/v4",
        "https://kit.example.org:8443/api/v4/",
        "http://127.0.0.1:8000/v4",
        "http://127.8.8.8/v4",
        "http://[::1]:8000/v4",
        "http://localhost:8000/v4",
        "HTTPS://API.KIT.COM/v4",
    ],
)
def test_https_anywhere_and_http_on_this_computer_are_fine(url: str) -> None:
    with Kit(api_key=KEY, base_url=url) as kit:
        assert KEY not in repr(kit)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.kit.com/v4",
        "http://192.168.1.5/v4",
        "http://localhost.example.org/v4",
        "http://127.0.0.1.example.org/v4",
        "http://0.0.0.0/v4",
    ],
)
def test_a_key_does_not_go_unencrypted_to_another_computer(url: str) -> None:
    with pytest.raises(InsecureUrl, match="use https"):
        Kit(api_key=KEY, base_url=url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.kit.com/v4",
        "ftp://api.kit.com/v4",
        "https://",
        "https://api.kit.com:port/v4",
        "https://user:secret@api.kit.com/v4",
        "https://api.kit.com/v4?key=secret",
        "https://api.kit.com/v4#top",
        "https://" + "a" * 64 + ".example.org/v4",
        "https://exa mple.org/v4",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        Kit(api_key=KEY, base_url=url)

    assert not isinstance(caught.value, InsecureUrl)
    assert "secret" not in str(caught.value)


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(
    kit: Kit, server: ScriptedServer
) -> None:
    other = "http://localhost:9/v4/broadcasts"
    server.answers(307, raw=b"", headers={"Location": other})

    with pytest.raises(KitError, match="redirect"):
        kit.broadcasts.create(subject="Tides", content="<p>High at nine</p>")

    assert len(server.seen) == 1


ECHOES: list[Callable[[httpx.Request], httpx.Response]] = [
    lambda request: httpx.Response(401, json={"errors": [f"No such key: {KEY}"]}),
    lambda request: httpx.Response(200, text=f"<p>{KEY}</p>"),
    lambda request: httpx.Response(500, text=KEY),
    lambda request: httpx.Response(302, headers={"Location": f"/?key={KEY}"}),
]


@pytest.mark.parametrize("answer", ECHOES, ids=["401", "page", "500", "redirect"])
def test_no_error_or_log_line_shows_the_key(
    answer: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    """Even a service that repeats the key to us does not get it into a log."""
    caplog.set_level(logging.DEBUG)
    with (
        Kit(api_key=KEY, transport=httpx.MockTransport(answer), sleep=lambda _: None) as kit,
        pytest.raises(KitError) as caught,
    ):
        kit.account.get()

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert KEY not in shown
    assert "GET /account" in shown


def test_a_real_connection_logs_no_key(
    kit: Kit, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers(401, {"errors": ["The access token is invalid"]})

    with pytest.raises(Unauthorized, match="The access token is invalid"):
        kit.account.get()

    assert caplog.records, "httpx does log"
    assert KEY not in caplog.text


def test_the_machines_proxy_variables_are_left_alone(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that is set for the web must not come between us and our own loopback server."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.answers(200, ACCOUNT)

    with Kit(api_key=KEY, base_url=server.url) as fresh:
        assert fresh.account.get().name == "Tides"


@pytest.mark.parametrize(
    "call",
    [
        lambda kit: kit.tags.tag(1),
        lambda kit: kit.tags.tag(1, subscriber_id=2, email_address="ada@example.org"),
        lambda kit: kit.tags.untag(1),
        lambda kit: kit.forms.add(1),
        lambda kit: kit.broadcasts.create(
            subject="Tides", content="", send_at=datetime(2027, 3, 2, 9)
        ),
        lambda kit: kit.broadcasts.update(1, published_at=datetime(2027, 3, 2, 9)),
        lambda kit: kit.broadcasts.get("1/../../account"),
    ],
    ids=[
        "nobody tagged",
        "two people tagged",
        "nobody untagged",
        "nobody added",
        "send time without zone",
        "publishing time without zone",
        "path as id",
    ],
)
def test_a_call_that_makes_no_sense_is_not_sent(
    kit: Kit, server: ScriptedServer, call: Callable[[Kit], Any]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        call(kit)

    assert server.seen == []


def test_the_client_needs_httpx_and_nothing_else() -> None:
    """It is a library of its own; what httpx itself imports is counted out."""
    allowed = _imported("import httpx, doctest")
    added = _imported("import httpx, doctest\nimport newsletter.kit") - allowed

    outside = {name.partition(".")[0] for name in added} - sys.stdlib_module_names
    assert outside == {"newsletter"}
    ours = {name for name in added if name.partition(".")[0] == "newsletter"}
    assert {".".join(name.split(".")[:2]) for name in ours} == {"newsletter", "newsletter.kit"}


ALONE = """
import sys

HTTPX = {"httpx", "httpcore", "h11", "anyio", "certifi", "idna", "sniffio", "typing_extensions"}

class Wall:
    def find_spec(self, name, path=None, target=None):
        top, _, rest = name.partition(".")
        ours = top == "newsletter" and rest.partition(".")[0] in ("", "kit")
        if not (ours or top in sys.stdlib_module_names or top in HTTPX):
            raise ModuleNotFoundError(f"{name} is behind the wall", name=name)

sys.meta_path.insert(0, Wall())
import httpx
import newsletter.kit as room

try:
    import newsletter.errors
except ModuleNotFoundError:
    print("walled", end=" ")

def service(request):
    if request.url.path == "/v4/oauth/token":
        return httpx.Response(200, json={"access_token": "a", "refresh_token": "r"})
    page = {"has_next_page": False}
    return httpx.Response(200, json={"tags": [{"id": 4, "name": "Tides"}], "pagination": page})

net = httpx.MockTransport(service)
app = room.OAuth(client_id="tides", redirect_uri="https://example.org/", transport=net)
token = app.exchange("c0de", code_verifier="v")
with room.Kit(grant=app.grant(token, save=print), transport=net) as kit:
    print(*[tag.name for tag in kit.tags.list()])
"""


def test_the_client_works_where_only_httpx_can_be_imported() -> None:
    """Whoever takes this folder alone needs nothing that the check above happened to find loaded."""
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE], check=True, capture_output=True, text=True
    )

    assert shown.stdout == "walled Tides\n"


def _imported(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(shown.stdout.split())


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Tue, 02 Mar 2027 08:00:00 GMT", datetime(2027, 3, 2, 8, tzinfo=UTC)),
        ("Tue, 02 Mar 2027 09:00:00 +0100", datetime(2027, 3, 2, 8, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:00:00 -2300", None),
        ("yesterday", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [200, 401])
def test_the_services_clock_is_that_of_its_newest_answer(
    kit_over: Callable[[Net], Kit], date: str | None, told: datetime | None, status: int
) -> None:
    headers = {} if date is None else {"Date": date}
    answer = {"user": {}, "account": {"id": 1, "name": "Tides"}}
    with kit_over(lambda _request: httpx.Response(status, json=answer, headers=headers)) as kit:
        before = kit.service_time
        with contextlib.suppress(Unauthorized):
            kit.account.get()

        assert before is None
        assert kit.service_time == told
