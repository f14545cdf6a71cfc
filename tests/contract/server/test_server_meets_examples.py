"""Every example of a request is sent to our server, and its answer is that of the example.

The examples are those that drive the client (`tests/contract/kit`). `examples-account.json` has the
account that they speak of, what is `otherwise` in it for an example, and the requests that come
`before` one. Each example finds a store of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from newsletter.server.store import oauth
from newsletter.server.store.store import Store, open_store
from tests.contract.kit.examples import EXAMPLES, EXCHANGES
from tests.contract.kit.test_kit_operations import CALLS, NEWER, operation_of
from tests.contract.reduce import Place
from tests.contract.server.comparing import described, differences, keys_of
from tests.contract.server.filling import KEY, NOW, SETTINGS, WORLD, fill
from tests.server.conftest import Stage

DIFFERENCES = Path(__file__).parents[3].joinpath("docs", "differences.md")

_ONLY_OAUTH = ("A key where Kit wants OAuth is told so", "$.errors")
_FLAT = "Errors are never lists within the list"
_STATS = "How Kit shows their `stats` is not known; the keys there are ours"
_PLACES = "A location is replaced also where there was none, and dropping none is no error (204)"
_HISTORY = "How Kit shows a delivery's history could not be read; the keys there are ours"
DIFFERENT: dict[str, tuple[str, ...]] = {
    "account: the account behind a key": (
        "There is no plan that costs or limits",
        "$.account.plan.interval",
        "$.account.plan.subscriber_limit",
        "$.account.sending_addresses[0].reputation",
    ),
    "bulk: people with an API key": _ONLY_OAUTH,
    "bulk: tags": (_FLAT, "$.failures[0].errors"),
    "oauth: a refresh token that is used up": (
        "A used refresh token is refused with 400",
        "status 400",
    ),
    "purchases: purchases with an API key": _ONLY_OAUTH,
    "sequence_emails: its emails with texts and figures": (_STATS, "$.emails[0].stats."),
    "sequence_emails: one email with figures": (_STATS, "$.email.stats."),
    "sequences: sequences with figures": (_STATS, "$.sequences[0].stats."),
    "sequences: one sequence with figures": (_STATS, "$.sequence.stats."),
    "sequences: adding to one that sleeps": (_FLAT, "$.errors"),
    "subscribers: a name can be taken away": (
        "Fewer than eleven fields are written at once (200)",
        "status 200",
    ),
    "subscribers: a place nobody set": (_PLACES, "status 200"),
    "subscribers: dropping it again": (_PLACES, "status 204"),
    "subscribers_filter: a condition that is none, at a service that says so": (
        "A filter condition that makes no sense is refused (422) where Kit breaks (5xx)",
        "$.errors",
    ),
    "webhook_endpoints: another app's": ("A refusal (403) says why", "$.errors"),
    "webhook_endpoints: what failed": (_HISTORY, "$.deliveries[0]."),
    "webhook_endpoints: one delivery with its attempts": (_HISTORY, "$.delivery."),
    "webhook_endpoints: one delivery without its events": (_HISTORY, "$.delivery."),
}
"""Examples that our server answers otherwise: how docs/differences.md says so, and where."""

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
    is_of_plan = bool(statuses & {403, 413}) and not example["call"].startswith("webhook")
    return is_of_plan or example.get("undescribed") == "other services"


DRIVEN = {name: each for name, each in EXAMPLES.items() if not out_of_reach(each)}


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


def credential(store: Store, name: str) -> dict[str, str]:
    """The header with which an example's requests come."""
    if name == "webhook_endpoints: another app's":
        return {"Authorization": "Bearer access-1"}
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
    told, *places = DIFFERENT[name]
    found = drive(name)

    assert found != []
    for place in places:
        assert any(each.startswith(place) for each in found), f"{place} does not differ"
    for each in found:
        assert each.startswith(tuple(places)), "nothing else differs"
    assert told in " ".join(DIFFERENCES.read_text(encoding="utf-8").split())


def test_few_examples_are_out_of_reach() -> None:
    assert len(EXAMPLES) - len(DRIVEN) == 6


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
