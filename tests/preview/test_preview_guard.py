"""Who may talk to the preview: only this computer, under its own name, and only our own pages."""

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request

from newsletter.preview.guard import holds_token, is_from_here, is_loopback

HOST = "127.0.0.1:8710"


def allowed(**headers: str) -> bool:
    return is_from_here(Headers({k.replace("_", "-"): v for k, v in headers.items()}))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8710",
        "127.0.0.1",
        "localhost:8710",
        "LocalHost",
        "[::1]:8710",
        "[::1]",
        "127.9.9.9",
    ],
)
def test_this_computers_own_names_are_answered(host: str) -> None:
    assert allowed(host=host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.org",
        "example.org:8710",
        "127.0.0.1.example.org",
        "localhost.example.org:8710",
        "127.0.0.1.nip.example:8710",
        "192.168.0.5:8710",
        "10.0.0.1",
        "0.0.0.0:8710",
        "[::]:8710",
        "[2001:db8::1]:8710",
        "[fe80::1%25lo]:8710",
        "evil@127.0.0.1:8710",
        "127.0.0.1:8710@evil.example",
        "127.0.0.1 evil.example",
        "0x7f.0.0.1",
        "2130706433",
        "localhost.",
        "[127.0.0.1",
        "localhost:8710:80",
    ],
)
def test_any_other_name_is_refused(host: str) -> None:
    """A site may point a name of its own at 127.0.0.1 (DNS rebinding)."""
    assert not allowed(host=host)


def test_no_host_at_all_is_refused() -> None:
    assert not allowed(accept="*/*")


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        (f"http://{HOST}", True),
        (f"HTTP://{HOST}", True),
        ("http://127.0.0.1:9999", False),
        ("http://localhost:8710", False),
        (f"https://{HOST}", False),
        ("https://evil.example.org", False),
        ("null", False),
        ("", False),
        ("http://[", False),
        (f"http://{HOST}.evil.example", False),
        (f"http://evil@{HOST}", False),
    ],
)
def test_the_origin_must_be_this_very_page(origin: str, is_allowed: bool) -> None:
    assert allowed(host=HOST, origin=origin) is is_allowed


@pytest.mark.parametrize(
    ("site", "mode", "is_allowed"),
    [
        ("same-origin", "cors", True),
        ("none", "navigate", True),
        ("cross-site", "navigate", True),
        ("cross-site", "no-cors", False),
        ("cross-site", "cors", False),
        ("cross-site", "websocket", False),
        ("cross-site", "", False),
    ],
)
def test_other_sites_may_link_here_and_nothing_else(site: str, mode: str, is_allowed: bool) -> None:
    assert allowed(host=HOST, sec_fetch_site=site, sec_fetch_mode=mode) is is_allowed


@pytest.mark.parametrize(
    ("host", "is_it"), [("::1", True), ("[::1]", True), ("", False), ("::", False)]
)
def test_loopback_is_an_address_or_localhost(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


def holds(given: object, **headers: str) -> bool:
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return holds_token(Request({"type": "http", "headers": raw}), given, "the-token")


@pytest.mark.parametrize("given", [None, "", "the-toke", "the-token ", "THE-TOKEN", "täken", 7])
def test_a_missing_or_wrong_token_changes_nothing(given: object) -> None:
    assert not holds(given)


def test_the_token_counts_from_our_own_page_only() -> None:
    assert holds("the-token")
    assert holds("the-token", sec_fetch_site="same-origin")
    assert not holds("the-token", sec_fetch_site="cross-site")
    assert not holds("the-token", sec_fetch_site="same-site")
