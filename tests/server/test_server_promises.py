"""Operations in any order keep what the account promises: unique ids, true counts, no mail to leavers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.delivery import deliver_due
from newsletter.server.embedded import serving
from newsletter.server.store.store import Store, open_store
from tests.server.conftest import KEY, PUBLIC_URL, configure

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BOUNDED = settings(
    max_examples=10,
    stateful_step_count=15,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Account(RuleBasedStateMachine):
    """Operations in any order on one account, beside a model of who may be mailed."""

    store: Store
    api: httpx.Client

    readers = Bundle("readers")
    tags = Bundle("tags")
    letters = Bundle("letters")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.left: set[str] = set()
        self.everybody: set[str] = set()
        self.ids: dict[str, int] = {}
        self.bearers: dict[int, set[str]] = {}

    def call(self, method: str, path: str, *statuses: int, **values: Any) -> Any:
        answer = self.api.request(method, path, **values)
        assert answer.status_code in statuses, (method, path, answer.text)
        return answer.json() if answer.content else None

    @initialize()
    def begin(self) -> None:
        """A list of its own: rows are deleted, and numbers go on."""
        with self.store.writing() as db:
            for table in ("outbox", "deliveries", "batches", "posts", "broadcasts", "taggings"):
                db.exec_driver_sql(f"DELETE FROM {table}")
            for table in ("tags", "suppressions", "subscribers"):
                db.exec_driver_sql(f"DELETE FROM {table}")

    @rule(
        target=readers,
        name=st.sampled_from("abcdefgh"),
        state=st.sampled_from(["active", "inactive", "cancelled", "bounced"]),
        upper=st.booleans(),
    )
    def upsert(self, name: str, state: str, upper: bool) -> str:
        address = f"{name}@example.org"
        is_new = address not in self.everybody
        body = {"email_address": address.upper() if upper else address, "state": state}
        found = self.call("POST", "/subscribers", 201 if is_new else 200, json=body)
        number = found["subscriber"]["id"]
        assert self.ids.setdefault(address, number) == number, "an address keeps its id"
        if is_new:
            assert found["subscriber"]["state"] == state
            self.everybody.add(address)
            if state in ("cancelled", "bounced"):
                self.left.add(address)
        return address

    @rule(reader=readers)
    def unsubscribe(self, reader: str) -> None:
        self.call("POST", f"/subscribers/{self.ids[reader]}/unsubscribe", 204)
        self.left.add(reader)

    @rule(target=tags, name=st.sampled_from(["x", "X", "y", "z"]))
    def create_tag(self, name: str) -> int:
        number: int = self.call("POST", "/tags", 200, 201, json={"name": name})["tag"]["id"]
        self.bearers.setdefault(number, set())
        return number

    @rule(reader=readers, tag=tags)
    def put_on(self, reader: str, tag: int) -> None:
        status = 200 if reader in self.bearers[tag] else 201
        self.call("POST", f"/tags/{tag}/subscribers", status, json={"email_address": reader})
        self.bearers[tag].add(reader)

    @rule(reader=readers, tag=tags)
    def take_off(self, reader: str, tag: int) -> None:
        self.call("DELETE", f"/tags/{tag}/subscribers/{self.ids[reader]}", 204)
        self.bearers[tag].discard(reader)

    @rule(target=letters, tag=st.one_of(st.none(), tags), later=st.booleans())
    def schedule(self, tag: int | None, later: bool) -> int:
        at = self.now + (timedelta(minutes=5) if later else timedelta())
        chosen = None if tag is None else [{"all": [{"type": "tag", "ids": [tag]}]}]
        body = {"subject": "x", "content": "<p>x</p>", "send_at": at.isoformat()}
        made = self.call("POST", "/broadcasts", 201, json={**body, "subscriber_filter": chosen})
        number: int = made["broadcast"]["id"]
        return number

    @rule(letter=consumes(letters))
    def delete(self, letter: int) -> None:
        self.call("DELETE", f"/broadcasts/{letter}", 204, 422)

    @rule(minutes=st.integers(1, 10))
    def deliver(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        Account.clock_now = self.now
        gone = set(self.left)
        before = {each["id"] for each in self.messages()}
        deliver_due(self.store, now=self.now, public_url=PUBLIC_URL, owner="machine")
        new = [each for each in self.messages() if each["id"] not in before]
        assert not {each["recipient"].lower() for each in new} & gone, "suppressed, and mailed"

    def messages(self) -> list[Any]:
        with self.store.reading() as db:
            rows = db.exec_driver_sql("SELECT id, recipient, broadcast_id FROM outbox").all()
        return [dict(row._mapping) for row in rows]

    @invariant()
    def ids_are_unique_and_counts_are_sums(self) -> None:
        found = self.call("GET", "/subscribers?status=all&include_total_count=1", 200)
        ids = [each["id"] for each in found["subscribers"]]
        assert len(set(ids)) == len(ids) == found["pagination"]["total_count"]
        assert len(ids) == len(self.everybody)
        states = ("active", "inactive", "bounced", "complained", "cancelled")
        numbers = [
            self.call("GET", f"/subscribers?status={each}&include_total_count=1", 200)
            for each in states
        ]
        assert sum(each["pagination"]["total_count"] for each in numbers) == len(ids)
        listed = self.call("GET", "/tags?include=subscriber_count", 200)["tags"]
        for tag in listed:
            members = self.call("GET", f"/tags/{tag['id']}/subscribers", 200)["subscribers"]
            assert tag["subscriber_count"] == len(members)
            bearers = self.bearers.get(tag["id"], set())
            assert {each["email_address"].lower() for each in members} <= bearers

    @invariant()
    def each_reader_has_a_letter_once_and_statistics_agree(self) -> None:
        sent = [(each["broadcast_id"], each["recipient"].lower()) for each in self.messages()]
        assert len(set(sent)) == len(sent)
        for letter in self.call("GET", "/broadcasts/stats?status=completed", 200)["broadcasts"]:
            number = sum(broadcast == letter["id"] for broadcast, _ in sent)
            assert letter["stats"]["recipients"] == number

    clock_now = NOW


def test_any_sequence_of_operations_keeps_the_accounts_promises(tmp_path: Path) -> None:
    clock: Callable[[], datetime] = lambda: Account.clock_now  # noqa: E731
    store = open_store(sqlite_url(tmp_path / "server.db"), clock=clock)
    configure(store)
    store.add_key(KEY, "tests")
    with (
        serving(create_app(store, clock=clock, public_url=PUBLIC_URL)) as url,
        httpx.Client(base_url=f"{url}/v4", headers={"X-Kit-Api-Key": KEY}) as api,
    ):
        Account.store, Account.api, Account.clock_now = store, api, NOW
        run_state_machine_as_test(
            Account,
            settings=BOUNDED,
        )
    store.close()
