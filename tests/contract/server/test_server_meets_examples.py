"""Every example of a request is sent to our server, and its answer is that of the example.

The examples are those that drive the client (`tests/contract/kit`). `examples-account.json` has the
account that they speak of, what is `otherwise` in it for an example, and the requests that come
`before` one. Each example finds a store of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, insert, update

from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from newsletter.server.loading import load
from newsletter.server.store import oauth
from newsletter.server.store.oauth_tables import oauth_apps, oauth_codes, oauth_tokens
from newsletter.server.store.store import Store, digest_of, open_store
from newsletter.server.store.tables import broadcasts
from newsletter.server.store.webhook_tables import (
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
    webhooks,
)
from tests.contract.kit.examples import EXAMPLES, EXCHANGES, OAUTH
from tests.contract.kit.test_kit_operations import CALLS, NEWER, operation_of
from tests.contract.server.comparing import Place, described, differences, keys_of
from tests.server.conftest import Stage

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
KEY = "kit_example"
SETTINGS: dict[str, Any] = {
    "name": "Harbour Notes",
    "sender_name": "Ann Lee",
    "sender_address": "notes@example.org",
    "address": "1 Pier Street",
    "timezone": "Europe/Lisbon",
}
WORLD: dict[str, Any] = json.loads(
    Path(__file__).with_name("examples-account.json").read_text(encoding="utf-8")
)
DIFFERENCES = Path(__file__).parents[3].joinpath("docs", "differences.md")

_NO_PLAN = "There is no plan that costs or limits"
_ONLY_OAUTH = "A key where Kit wants OAuth is told so"
_FLAT = "Errors are never lists within the list"
_STATS = "How Kit shows their `stats` is not known; the keys there are ours"
_PLACES = "A location is replaced also where there was none, and dropping none is no error (204)"
_HISTORY = "How Kit shows a delivery's history could not be read; the keys there are ours"
DIFFERENT = {
    "account: the account behind a key": _NO_PLAN,
    "bulk: people with an API key": _ONLY_OAUTH,
    "bulk: tags": _FLAT,
    "oauth: a refresh token that is used up": "A used refresh token is refused with 400",
    "purchases: purchases with an API key": _ONLY_OAUTH,
    "sequence_emails: its emails with texts and figures": _STATS,
    "sequence_emails: one email with figures": _STATS,
    "sequences: sequences with figures": _STATS,
    "sequences: one sequence with figures": _STATS,
    "sequences: adding to one that sleeps": _FLAT,
    "subscribers: a name can be taken away": "Fewer than eleven fields are written at once (200)",
    "subscribers: a place nobody set": _PLACES,
    "subscribers: dropping it again": _PLACES,
    "subscribers_filter: a condition that is none, at a service that says so": (
        "A filter condition that makes no sense is refused (422) where Kit breaks (5xx)"
    ),
    "webhook_endpoints: what failed": _HISTORY,
    "webhook_endpoints: one delivery with its attempts": _HISTORY,
    "webhook_endpoints: one delivery without its events": _HISTORY,
}
"""Examples that our server answers otherwise, and how docs/differences.md says so."""

NEWS = {
    "account: the public page": {"$.profile.pronouns"},
    "broadcasts: letters beyond ASCII arrive as they are": {"$.broadcast.wave"},
    "broadcasts: figures": {"$.broadcast.stats.replies"},
    "broadcasts: the figures of all, over two pages": {
        "$.broadcasts[0].public",
        "$.broadcasts[0].stats.emails_bounced",
    },
    "bulk: people": {"$.took_ms"},
    "bulk: tagging": {"$.subscribers[0].mood"},
    "forms: landing pages, archived ones too": {"$.forms[0].subscriber_count"},
    "oauth: a code for a token": {"$.account_id"},
    "posts: one post": {"$.post.reading_minutes"},
    "sequence_emails: one email": {"$.email.length"},
    "sequences: one sequence": {"$.sequence.mood"},
    "snippets: one snippet": {"$.snippet.used_in"},
    "subscribers: what one person did": {"$.subscriber.stats.replied"},
    "subscribers: where somebody is": {"$.subscriber.location.precision"},
    "tags: all tags": {"$.tags[0].subscriber_count"},
}
"""Keys with which these examples try what the client does with what it did not expect.

Kit does not describe them, or gives them only where `include` asks for them.
"""
NEWER_KEYS = {("purchase", "source")}
"""Keys that are newer than Kit's description: that one came with 2026-06-30."""


def out_of_reach(example: dict[str, Any]) -> bool:
    """Whether our server cannot be brought to give this answer.

    There is no plan that leaves something out or is full (403, 413), and it is no other service.
    """
    statuses = {exchange["answer"]["status"] for exchange in example["exchanges"]}
    return bool(statuses & {403, 413}) or example.get("undescribed") == "other services"


DRIVEN = {name: each for name, each in EXAMPLES.items() if not out_of_reach(each)}


def changed(document: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
    """The document with other values; its objects are named by their ids."""
    made = deepcopy(document)
    for kind, changes in otherwise.items():
        if kind == "account":
            account = {**made["account"], **changes}
            made["account"] = {name: each for name, each in account.items() if each is not None}
            continue
        objects = {each["id"]: each for each in made[kind]}
        for number, values in changes.items():
            objects[int(number)] = {"id": int(number), **objects.get(int(number), {}), **values}
        made[kind] = list(objects.values())
    return made


def add_webhooks(db: Connection) -> None:
    """Two of the first kind, and an endpoint with a delivery that failed once."""
    at = {"created_at": NOW}
    tag = {"event": "subscriber.tag_add", "parameter": "44", "target_url": "https://example.org/t"}
    other = {"event": "subscriber.subscriber_activate", "target_url": "https://example.org/"}
    db.execute(insert(webhooks).values(id=9, **tag, **at))
    db.execute(insert(webhooks).values(id=8, parameter=None, **other, **at))
    url = "https://example.org/hook"
    endpoint = {"id": 21, "name": "Mirror", "url": url, "events": ["subscriber.created"]}
    db.execute(
        insert(webhook_endpoints).values(**endpoint, status="active", secret="whsec_eA==", **at)
    )
    delivery = {"id": 31, "endpoint_id": 21, "event_type": "subscriber.created", "payload": []}
    state = {"status": "retrying", "attempts": 1, "next_at": NOW + timedelta(hours=1)}
    db.execute(insert(webhook_deliveries).values(**delivery, **state, **at))
    attempt = {"delivery_id": 31, "at": NOW, "response_status": 500, "duration_ms": 3}
    db.execute(insert(webhook_attempts).values(attempt))


def add_app(db: Connection) -> None:
    """The app of the examples, with a code and two refresh tokens."""
    life = {"created_at": NOW, "expires_at": NOW + timedelta(minutes=5)}
    app = {"id": 1, "client_id": OAUTH["client_id"], "name": "Tides", "created_at": NOW}
    secret = digest_of(OAUTH["client_secret"])
    uris = [OAUTH["redirect_uri"]]
    db.execute(insert(oauth_apps).values(**app, secret_digest=secret, redirect_uris=uris))
    code = {"app_id": 1, "digest": digest_of("c0de"), "redirect_uri": uris[0], "scope": "public"}
    challenge = "2ZNFZ4uP3Oj1-XcdHGp2ijn5Jrdw1-5-u5MSN_fV6YA"  # BASE64URL(SHA256("v3rifier"))
    db.execute(insert(oauth_codes).values(**code, challenge=challenge, **life))
    for number in (1, 2):
        digests = {
            "digest": digest_of(f"access-{number}"),
            "refresh_digest": digest_of(f"refresh-{number}"),
        }
        token = {"app_id": 1, "label": "", "scope": "public", **digests}
        db.execute(insert(oauth_tokens).values(**token, **life))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an account and a key, made once and copied for each example."""
    path = tmp_path_factory.mktemp("examples") / "server.db"
    store = open_store(sqlite_url(path), clock=lambda: NOW)
    store.configure(**SETTINGS)
    store.add_key(KEY, "tests")
    store.close()
    return path


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    with serving(stage) as url:
        yield stage, url


Drive = Callable[[str], list[str]]


@pytest.fixture
def drive(empty: Path, stage: tuple[Stage, str], tmp_path: Path) -> Iterator[Drive]:
    """Sends an example to a server that has its account, and gives what differs."""
    path = tmp_path / "server.db"
    shutil.copyfile(empty, path)
    store = open_store(sqlite_url(path), clock=lambda: NOW)
    room, url = stage
    room.app = create_app(store, clock=lambda: NOW, public_url="https://letters.example.org")

    def drive(name: str) -> list[str]:
        fill(store, name)
        headers = credential(store, name)
        with httpx.Client(base_url=url) as client:
            for method, where, body in WORLD["before"].get(name, []):
                answer = client.request(method, where, json=body, headers=headers)
                assert answer.is_success, answer.text
            return list(unlike(client, EXAMPLES[name]["exchanges"], headers))

    yield drive
    room.app = None
    store.close()


def fill(store: Store, name: str) -> None:
    """Put into a store what an example finds there."""
    if name == "sequences: a new sequence with everything":
        store.configure(**{**SETTINGS, "sender_address": "ann@example.org"})
    load(store, changed(WORLD["document"], WORLD["otherwise"].get(name, {})))
    with store.writing() as db:
        add_webhooks(db)
        if name == "broadcasts: too late to change":
            db.execute(update(broadcasts).values(status="sending"))
        if name != "oauth: an app that is not known":
            add_app(db)


def credential(store: Store, name: str) -> dict[str, str]:
    """The header with which an example's requests come."""
    match EXAMPLES[name].get("auth", "key"):
        case "none":
            return {}
        case "token":
            with store.writing() as db:
                made = oauth.issue(db, label="", scope="public", expires_at=None, now=NOW)
            return {"Authorization": f"Bearer {made.access_token}"}
        case _:
            known = name != "account: a key that is not known"
            return {"X-Kit-Api-Key": KEY if known else "kit_of_nobody"}


def unlike(
    client: httpx.Client, exchanges: list[dict[str, Any]], headers: dict[str, str]
) -> Iterator[str]:
    """What differs in the answers to some exchanges, of which all after the first turn a page.

    Our cursors are others than Kit's, and a page of several is as long as that of the example.
    """
    cursor = None
    for number, exchange in enumerate(exchanges):
        request, example = exchange["request"], exchange["answer"]
        query, body = dict(request["query"]), request.get("body")
        paged = query if "per_page" in query else body
        if len(exchanges) > 1 and paged is not None:
            assert ("after" in paged) == (number > 0)
            paged |= {"per_page": page_of(example["json"])} | ({"after": cursor} if number else {})
        answer = client.request(
            request["method"],
            request["path"],
            params=query,
            headers=headers,
            **({} if body is None else {"json": body}),
        )
        if answer.status_code != example["status"]:
            yield f"status {answer.status_code}, not {example['status']}: {answer.text[:300]}"
            continue
        if "json" not in example:
            if answer.content:
                yield f"a body: {answer.text[:300]}"
            continue
        optional = set() if query.get("slim") == "true" else others(exchange)
        yield from differences(answer.json(), example["json"], optional=optional)
        cursor = answer.json().get("pagination", {}).get("end_cursor")


def others(exchange: dict[str, Any]) -> set[Place]:
    """What Kit's description or another example has in the same answer of the same operation."""
    operation, status = operation_of(exchange["request"]), exchange["answer"]["status"]
    alike = (
        keys_of(each["answer"].get("json"))
        for each in EXCHANGES
        if each["answer"]["status"] == status and operation_of(each["request"]) == operation
    )
    return described(operation, status).union(NEWER_KEYS, *alike)


def page_of(answer: dict[str, Any]) -> int:
    """How many items stand on a page."""
    (found,) = (each for name, each in answer.items() if name != "pagination")
    return len(found if isinstance(found, list) else found["clicks"])


@pytest.mark.parametrize("name", [name for name in DRIVEN if name not in DIFFERENT])
def test_the_server_answers_as_the_example(drive: Drive, name: str) -> None:
    news = NEWS.get(name, set())
    found = drive(name)

    assert set(found) == {f"{place}: missing" for place in news}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_on_purpose_and_told(drive: Drive, name: str) -> None:
    assert drive(name) != []
    told = " ".join(DIFFERENCES.read_text(encoding="utf-8").split())
    assert DIFFERENT[name] in told


def test_few_examples_are_out_of_reach() -> None:
    assert len(EXAMPLES) - len(DRIVEN) == 7


def test_every_operation_is_driven() -> None:
    driven = {
        operation_of(exchange["request"])
        for example in DRIVEN.values()
        for exchange in example["exchanges"]
    }

    assert driven == {*CALLS, *NEWER}


def test_what_is_otherwise_or_before_belongs_to_an_example() -> None:
    assert {*WORLD["otherwise"], *WORLD["before"], *DIFFERENT, *NEWS} <= set(DRIVEN)


@pytest.mark.parametrize("name", NEWS)
def test_no_key_that_kit_describes_counts_as_news(name: str) -> None:
    for exchange in EXAMPLES[name]["exchanges"]:
        known = described(operation_of(exchange["request"]), exchange["answer"]["status"])
        for place in NEWS[name]:
            inside, key = place.replace("[0]", "").split(".")[-2:]
            unasked = key == "subscriber_count" and "include" not in exchange["request"]["query"]
            assert (inside.removesuffix("s"), key) not in known or unasked
