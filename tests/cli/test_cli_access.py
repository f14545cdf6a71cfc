"""`newsletter server app` and `newsletter server token`: secrets are shown once, and end when told."""

import json
from typing import Any

import pytest

from tests.conftest import Folder


def data(folder: Folder, *words: str) -> Any:
    done = folder.call("server", *words, "--json")
    assert done.code == 0, done.out
    return json.loads(done.out)["data"]


def test_an_app_is_registered_and_its_secret_shown_once(folder: Folder) -> None:
    home = "https://example.org/kit"
    made = data(folder, "app", "My shop", "--redirect-uri", home)
    public = data(folder, "app", "On a phone", "--redirect-uri", "com.example.app:/x", "--public")
    listed = data(folder, "app")

    assert made["redirect_uris"] == [home]
    assert len(made["client_secret"]) > 40
    assert public["client_secret"] is None
    assert listed["apps"] == [
        {"client_id": made["client_id"], "name": "My shop", "public": False},
        {"client_id": public["client_id"], "name": "On a phone", "public": True},
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["app", "My shop"],
        ["app", "My shop", "--redirect-uri", "http://example.org/"],
        ["app", "My shop", "--redirect-uri", "javascript:alert(1)"],
        ["app", "--public"],
        ["app", " ", "--redirect-uri", "https://example.org/"],
    ],
)
def test_an_app_without_a_place_to_be_told_is_a_wrong_command(
    folder: Folder, words: list[str]
) -> None:
    done = folder.call("server", *words)

    assert (done.code, done.out) == (2, "")
    assert "--redirect-uri" in done.err or "NAME" in done.err


def test_a_token_is_shown_listed_and_ended(folder: Folder) -> None:
    plain = folder.call("server", "token", "--label", "my shop")
    limited = data(folder, "token", "--days", "7", "--read-only")
    listed = data(folder, "token", "--list")["tokens"]
    ended = folder.call("server", "token", "--revoke", "1")
    again = folder.call("server", "token", "--revoke", "1")
    left = folder.call("server", "token", "--list")

    assert len(plain.out.strip()) > 40
    assert [(each["id"], each["for"], each["scope"]) for each in listed] == [
        (1, "my shop", "public"),
        (2, "by hand", "read"),
    ]
    assert limited["expires_at"] == listed[1]["expires_at"]
    assert (ended.code, again.code) == (0, 1)
    assert "There is no good token 1 here." in again.err
    assert "my shop" not in left.out
    assert plain.out.strip() not in left.out
