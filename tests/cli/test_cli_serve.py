"""`newsletter serve` as a process: what it fills, says, refuses; and what `server load` does."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Folder

LONG_KEY = "kit_" + "0123456789abcdef" * 2
ACCOUNT = Path(__file__).parents[1] / "contract" / "account.json"
LETTER = {"subject": "Walking backwards", "content": "<p>Words</p>"}


def key_of(folder: Folder) -> str:
    file = folder.root / ".newsletter/local.env"
    return file.read_text().split("KIT_API_KEY=")[1].strip()


@contextmanager
def serving(folder: Folder, *words: str, **options: Any) -> Iterator[tuple[httpx.Client, Any]]:
    """The API of a server that runs, and the lines it says from the start."""
    with folder.start("serve", "--port", "0", *words, **options) as process:
        try:
            assert process.stdout is not None
            said: list[str] = []
            found = None
            for line in process.stdout:
                said.append(line)
                found = re.search(r"http://\S+/v4", line)
                if found:
                    break
            assert found, "".join(said) + (process.stderr.read() if process.stderr else "")
            url = re.sub("//0.0.0.0", "//127.0.0.1", found[0])
            key = folder.env.get("NEWSLETTER_SERVER_KEY") or key_of(folder)
            with httpx.Client(base_url=url, headers={"X-Kit-Api-Key": key}) as api:
                yield api, (said, process.stdout)
        finally:
            process.terminate()
            process.wait(20)


def test_a_new_list_is_filled_and_one_line_tells_of_each_thing(folder: Folder) -> None:
    with serving(folder, "--db", "trial.db", "--seed", "25") as (api, (said, lines)):
        assert "25 sample readers" in said[0]
        total = api.get("/subscribers", params={"status": "all", "include_total_count": 1}).json()
        assert total["pagination"]["total_count"] == 25
        api.post("/broadcasts", json={**LETTER, "send_at": "2026-11-23T15:00:00Z"})
        told = next(line for line in lines if "POST" in line)
        delivered = next(line for line in lines if "delivered" in line)

    assert re.fullmatch(
        r"10:00:\d\d  POST   /v4/broadcasts +201 +\d+ ms  “Walking backwards”, sends 10:00\n", told
    )
    number = re.search(r"delivered (\d+) of \1 to the outbox: Walking backwards", delivered)
    assert number
    assert int(number[1]) > 10
    assert (folder.root / "trial.db").is_file()
    assert len(folder.rows("subscribers", "server.db")) == 3, "the project's own list is untouched"


def test_a_list_in_use_is_not_filled(folder: Folder) -> None:
    for words in ("5 sample readers", "left it as it is"):
        with serving(folder, "--db", "trial.db", "--seed", "5") as (api, (said, _)):
            found = api.get("/subscribers", params={"status": "all"}).json()["subscribers"]
            assert len(found) == 5
            assert words in said[0]


def test_with_json_every_line_is_one_object(folder: Folder) -> None:
    with serving(folder, "--json", "--seed", "3", "--db", "trial.db") as (api, (said, lines)):
        api.get("/tags")
        told = json.loads(next(iter(lines)))

    assert [json.loads(line)["event"] for line in said] == ["seeded", "started"]
    assert (told["event"], told["method"], told["path"]) == ("request", "GET", "/v4/tags")
    assert (told["status"], told["at"][:16]) == (200, "2026-11-23T15:00")


def test_its_clock_can_be_pretended(folder: Folder) -> None:
    with serving(folder, "--clock", "2031-05-01T10:00:00Z") as (api, _):
        made = api.post("/subscribers", json={"email_address": "kim@example.org"}).json()

    assert made["subscriber"]["created_at"].startswith("2031-05-01T10:00")


def test_it_misbehaves_when_told_to(folder: Folder) -> None:
    with serving(folder, "--fail", "429:100%") as (api, _):
        assert api.get("/tags").text == "Retry later"


def test_it_limits_calls_where_it_is_told_to(folder: Folder) -> None:
    with serving(folder, "--rate-limit") as (api, _):
        statuses = [api.get("/tags").status_code for _ in range(121)]

    assert statuses == [200] * 120 + [429]


def test_it_stops_at_once_though_somebody_waits_for_an_answer_that_never_comes(
    folder: Folder,
) -> None:
    words = ("serve", "--port", "0", "--json", "--fail", "hang:100%")
    with ThreadPoolExecutor(1) as pool, folder.start(*words) as process:
        assert process.stdout is not None
        api = json.loads(process.stdout.readline())["api"]
        headers = {"X-Kit-Api-Key": key_of(folder)}
        waiting = pool.submit(httpx.get, f"{api}/tags", headers=headers, timeout=30)
        time.sleep(0.5)
        asked_at = time.monotonic()
        process.terminate()
        _, said = process.communicate(timeout=20)
        took = time.monotonic() - asked_at

        with pytest.raises(httpx.TransportError):
            waiting.result()
    assert took < 6
    assert (process.returncode, said) == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["--fail", "odd:10%"], 2, "bad-fault"),
        (["--fail", "429"], 2, "bad-fault"),
        (["--clock", "soon"], 4, ""),
        (["--host", "0.0.0.0"], 4, "no-server-key"),
        (["--seed", "0"], 2, "usage"),
    ],
)
def test_what_cannot_be_is_one_clear_error(
    folder: Folder, words: list[str], code: int, error: str
) -> None:
    done = folder.call("serve", "--json", *words)

    assert done.code == code
    assert done.json["error"]["code"].startswith(error)
    assert done.json["error"]["hint"]


def test_a_short_key_of_ones_own_is_not_enough(folder: Folder) -> None:
    folder.env["NEWSLETTER_SERVER_KEY"] = "secret"

    done = folder.call("serve", "--host", "0.0.0.0")

    assert done.code == 4
    assert "shorter than" in done.err
    assert "secret" not in done.err.replace("secrets", "")


def test_where_others_reach_it_it_says_what_and_wants_ones_own_key(folder: Folder) -> None:
    folder.env["NEWSLETTER_SERVER_KEY"] = LONG_KEY
    with serving(folder, "--host", "0.0.0.0") as (api, (said, lines)):
        for line in lines:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        assert api.get("/tags").status_code == 200
        there = {"Host": "letters.example.org"}
        root = str(api.base_url).removesuffix("/v4/")
        assert httpx.get(f"{root}/outbox", headers=there).status_code == 404
        hook = {"url": "http://127.0.0.1:9/", "events": ["subscriber.created"]}
        assert api.post("/webhook_endpoints", json=hook).status_code == 422

    told = "".join(said)
    assert "Other computers can reach" in told
    assert "Not the mailbox" in told
    assert LONG_KEY not in told


def test_a_document_is_loaded(folder: Folder) -> None:
    done = folder.call("server", "load", str(ACCOUNT), "--json")

    assert done.code == 0, done.out
    assert done.json["data"]["loaded"]["broadcasts"] == 12
    assert len(folder.rows("subscribers", "server.db")) == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"tags": [{"name": ""}]}', "$.tags[0].name"),
        ('{\n"tags": [}', ":2: this is not JSON"),
        (b"\xff\xfe", "not JSON in UTF-8"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_document_with_an_error_changes_nothing(
    folder: Folder, text: str | bytes, words: str
) -> None:
    file = folder.write("readers.json", text)
    before = folder.rows("subscribers", "server.db")

    done = folder.call("server", "load", str(file))

    assert done.code == 2
    assert words in done.err
    assert "Nothing was loaded" in done.err
    assert folder.rows("subscribers", "server.db") == before


def test_a_document_that_is_not_there_is_one_clear_error(folder: Folder) -> None:
    done = folder.call("server", "load", "nowhere.json")

    assert done.code == 2
    assert "nowhere.json cannot be read" in done.err


def test_the_api_can_be_printed(folder: Folder) -> None:
    printed = folder.call("server", "openapi")
    kept = folder.call("server", "openapi", "-o", str(folder.root / "openapi.json"))

    assert (printed.code, kept.code) == (0, 0)
    assert json.loads(printed.out)["openapi"] == "3.1.0"
    assert json.loads((folder.root / "openapi.json").read_text()) == json.loads(printed.out)
