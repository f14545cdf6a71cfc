"""Delivery: everybody who may be mailed gets one message, whatever happens meanwhile."""

import itertools
import shutil
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update

from newsletter.database import sqlite_url
from newsletter.server.delivery import Delivered, composer, message, work
from newsletter.server.store import audience, queue
from newsletter.server.store import broadcasts as store_broadcasts
from newsletter.server.store.store import open_store
from newsletter.server.store.tables import (
    batches,
    broadcasts,
    deliveries,
    email_templates,
    outbox,
    subscribers,
    suppressions,
)


def recipients(server: Any) -> list[str]:
    return [each["recipient"].split("@")[0] for each in server.outbox()]


def crowd(server: Any, number: int) -> None:
    """Many subscribers at once, past the API."""
    with server.store.writing() as db:
        add(db, number, now=server.clock())


def add(db: Connection, number: int, *, now: datetime) -> None:
    """Subscribers with one address each."""
    rows: list[dict[str, object]] = [
        {
            "email_address": f"reader{each}@example.org",
            "email_key": f"reader{each}@example.org",
            "first_name": None,
            "state": "active",
            "fields": {},
            "created_at": now,
            "updated_at": now,
        }
        for each in range(number)
    ]
    db.execute(insert(subscribers), rows)


def test_a_broadcast_goes_out_when_its_time_has_come(server: Any) -> None:
    server.draft(send_at="2026-11-24T09:00:01Z", subject="Hi {{ subscriber.first_name }}")

    early = server.deliver()
    server.clock.pass_by(seconds=1)
    due = server.deliver()
    late = server.deliver()

    assert (early, late) == ((), ())
    assert due == (
        Delivered(
            broadcast_id=1,
            subject="Hi {{ subscriber.first_name }}",
            accepted=3,
            suppressed=0,
            total=3,
        ),
    )
    assert [each["subject"] for each in server.outbox()] == ["Hi Ann", "Hi Ben", "Hi Dana"]
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "completed"


def test_several_due_broadcasts_go_out_earliest_first(server: Any) -> None:
    server.draft(send_at="2026-11-24T08:00:00Z", subject="second")
    server.draft(send_at="2026-11-24T07:00:00Z", subject="first")

    assert [each.subject for each in server.deliver()] == ["first", "second"]


def test_only_active_readers_who_are_not_suppressed_are_mailed(server: Any) -> None:
    for state in ("inactive", "bounced", "complained", "cancelled"):
        server.add(f"{state}@example.org", state=state)
    server.api.post("/subscribers/1/unsubscribe")
    with server.store.writing() as db:
        row = {"email_key": "ben@example.org", "kind": "manual", "at": server.clock()}
        db.execute(insert(suppressions), row)

    server.send()

    assert recipients(server) == ["dana"]


@pytest.mark.parametrize(
    ("group", "ids", "expected"),
    [
        ("all", [1], ["ann", "ben"]),
        ("all", [1, 2], ["ben"]),
        ("any", [1, 2], ["ann", "ben", "dana"]),
        ("any", [2], ["ben", "dana"]),
        ("none", [1], ["dana", "eve"]),
        ("none", [1, 2], ["eve"]),
    ],
)
def test_an_audience_is_chosen_by_tags(
    server: Any, group: str, ids: list[int], expected: list[str]
) -> None:
    server.add("eve@example.org")
    for name, bearers in (("first", (1, 2)), ("second", (2, 3))):
        tag = server.api.post("/tags", json={"name": name}).json()["tag"]["id"]
        for each in bearers:
            server.api.post(f"/tags/{tag}/subscribers/{each}")

    server.send(subscriber_filter=[{group: [{"type": "tag", "ids": ids}]}])

    assert recipients(server) == expected


def test_a_broadcast_that_reaches_nobody_is_completed(server: Any) -> None:
    server.api.post("/tags", json={"name": "nobody"})
    server.draft(
        send_at=server.clock().isoformat(),
        subscriber_filter=[{"any": [{"type": "tag", "ids": [1]}]}],
    )

    [done] = server.deliver()

    assert (done.accepted, done.total) == (0, 0)
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "completed"


def test_who_joins_after_the_start_does_not_get_the_letter(server: Any) -> None:
    """The audience is frozen: what the author was told is who gets it."""
    server.send()
    server.add("eve@example.org")

    server.deliver()

    assert recipients(server) == ["ann", "ben", "dana"]


def test_who_leaves_after_the_freeze_is_suppressed(server: Any) -> None:
    server.draft(send_at=server.clock().isoformat())
    with server.store.writing() as db:
        audience.freeze(db, 1, now=server.clock())
    server.api.post("/subscribers/2/unsubscribe")

    [done] = server.deliver()

    assert (done.accepted, done.suppressed, done.total) == (2, 1, 3)
    assert recipients(server) == ["ann", "dana"]


def test_who_leaves_while_her_message_is_being_built_does_not_get_it(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eligibility is asked again in the transaction that hands the message over."""
    server.draft(send_at=server.clock().isoformat())
    build = message.build

    def build_slowly(**values: Any) -> bytes:
        if values["recipient"] == "dana@example.org":
            server.api.post("/subscribers/2/unsubscribe")
        return build(**values)

    monkeypatch.setattr(composer, "build", build_slowly)
    [done] = server.deliver()

    assert (done.accepted, done.suppressed) == (2, 1)
    assert recipients(server) == ["ann", "dana"]


def test_one_reader_whose_letter_cannot_be_made_does_not_stop_the_others(server: Any) -> None:
    """A text may be fine for everybody but one, here by what her name makes of it."""
    endless = "{% assign n = subscriber.first_name | size | times: 1000000 %}"
    endless += "{% for i in (1..n) %}xxxxxxxxxx{% endfor %}"
    server.add("eve@example.org", first_name="")
    server.api.put("/subscribers/1", json={"first_name": ""})
    server.api.put("/subscribers/3", json={"first_name": ""})

    server.send(content=endless)

    with server.store.reading() as db:
        states = db.execute(
            select(deliveries.c.subscriber_id, deliveries.c.state, deliveries.c.reply)
        ).all()
    assert {each.subscriber_id: each.state for each in states} == {
        1: "accepted",
        2: "refused",
        3: "accepted",
        4: "accepted",
    }
    assert [each.reply is not None for each in states].count(True) == 1
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "completed"


def test_a_broadcast_whose_template_lost_the_way_out_is_aborted(server: Any) -> None:
    server.draft(send_at=server.clock().isoformat())
    with server.store.writing() as db:
        db.execute(update(email_templates).values(html="{{ message_content }}"))

    server.deliver()

    assert server.outbox() == []
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "aborted"


def test_many_readers_are_cut_into_batches_and_all_are_reached(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "BATCH", 7)
    monkeypatch.setattr(work, "SLICE", 3)
    crowd(server, 40)

    server.send()

    with server.store.reading() as db:
        found = db.execute(
            select(batches.c.low, batches.c.high, batches.c.state).order_by(batches.c.id)
        ).all()
    assert [tuple(each) for each in found] == [
        (1, 7, "done"),
        (8, 14, "done"),
        (15, 21, "done"),
        (22, 28, "done"),
        (29, 35, "done"),
        (36, 42, "done"),
        (43, 43, "done"),
    ]
    assert len(messages_by_reader(server)) == 43


def messages_by_reader(server: Any) -> dict[int, int]:
    with server.store.reading() as db:
        rows = db.execute(
            select(outbox.c.subscriber_id, func.count().label("number")).group_by(
                outbox.c.subscriber_id
            )
        ).all()
    return {each.subscriber_id: each.number for each in rows}


def test_two_workers_at_once_deliver_everything_once(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "BATCH", 10)
    monkeypatch.setattr(work, "SLICE", 4)
    crowd(server, 97)
    server.draft(send_at=server.clock().isoformat())
    with ThreadPoolExecutor() as pool:
        list(pool.map(server.deliver, ["first", "second", "third"]))

    assert list(messages_by_reader(server).values()) == [1] * 100
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "completed"


@pytest.fixture
def begun(server: Any) -> Any:
    """A broadcast whose only batch another worker holds."""
    server.draft(send_at=server.clock().isoformat())
    with server.store.writing() as db:
        audience.freeze(db, 1, now=server.clock())
        held = queue.lease(db, 1, owner="other", at=server.clock())
    assert held is not None
    return held


def test_a_batch_that_is_held_is_left_alone_until_its_lease_runs_out(
    server: Any, begun: queue.Lease
) -> None:
    meanwhile = server.deliver()
    server.clock.pass_by(seconds=queue.LEASE.total_seconds())
    after = server.deliver()

    assert meanwhile == ()
    assert [each.accepted for each in after] == [3]
    with server.store.reading() as db:
        assert db.execute(select(batches.c.fence)).scalar_one() == begun.fence + 1


def test_a_worker_that_lost_its_batch_writes_nothing(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was slower than its lease, and somebody else has taken the batch over."""
    server.draft(send_at=server.clock().isoformat())
    build = message.build
    stolen: list[queue.Lease | None] = []

    def build_too_slowly(**values: Any) -> bytes:
        if not stolen:
            server.clock.pass_by(seconds=queue.LEASE.total_seconds())
            with server.store.writing() as db:
                stolen.append(queue.lease(db, 1, owner="thief", at=server.clock()))
        return build(**values)

    monkeypatch.setattr(composer, "build", build_too_slowly)
    server.deliver()

    assert server.outbox() == []
    with server.store.reading() as db:
        states = db.execute(select(deliveries.c.state)).scalars().all()
        owner = db.execute(select(batches.c.owner)).scalar_one()
    assert states == ["queued"] * 3
    assert owner == "thief"


def test_a_worker_that_stumbles_gives_its_batch_back_at_once(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C must not make the next run wait for a lease."""
    server.draft(send_at=server.clock().isoformat())

    def interrupted(**_values: Any) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(composer, "build", interrupted)
        with pytest.raises(KeyboardInterrupt):
            server.deliver()

    [done] = server.deliver()
    assert done.accepted == 3


def test_nothing_is_written_while_nothing_is_due(server: Any) -> None:
    server.draft(send_at="2026-12-01T00:00:00Z")
    is_sqlite = server.store.engine.dialect.name == "sqlite"
    # On PostgreSQL only a transaction that writes is given a number.
    changes = (
        "PRAGMA data_version" if is_sqlite else "SELECT pg_snapshot_xmax(pg_current_snapshot())"
    )
    with server.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        before = other.exec_driver_sql(changes).scalar_one()

        server.deliver()

        assert other.exec_driver_sql(changes).scalar_one() == before


KILLED = """
    import sys, time
    from datetime import UTC, datetime
    from newsletter.server.delivery import deliver_due, work
    from newsletter.server.store import audience
    from newsletter.server.store.store import open_store

    audience.BATCH, work.SLICE = 20, 5
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    store = open_store(sys.argv[1], clock=lambda: now)
    print("ready", flush=True)
    deliver_due(store, now=now, public_url="https://letters.example.org", owner="killed")
"""


@pytest.mark.parametrize("messages", [0, 1, 30, 70, 115])
def test_a_process_killed_at_any_moment_loses_and_doubles_nothing(
    server: Any, messages: int
) -> None:
    """The process is killed as soon as so many messages are seen in the outbox."""
    crowd(server, 120)
    server.draft(send_at=server.clock().isoformat())
    script = textwrap.dedent(KILLED)
    url = server.store.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    give_up = time.monotonic() + 20
    while delivered(server) < messages and time.monotonic() < give_up:
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    before = delivered(server)

    server.clock.pass_by(seconds=queue.LEASE.total_seconds())
    server.deliver()

    assert messages <= before <= 123
    assert list(messages_by_reader(server).values()) == [1] * 123
    with server.store.reading() as db:
        assert set(db.execute(select(deliveries.c.state)).scalars()) == {"accepted"}
        assert db.execute(select(broadcasts.c.status)).scalar_one() == "completed"


def delivered(server: Any) -> int:
    with server.store.reading() as db:
        number = db.execute(select(func.count()).select_from(outbox)).scalar_one()
    return int(number)


def due(db: Connection, *, now: datetime) -> int:
    """A broadcast to everybody that is due now."""
    starting_point = email_templates.c.category == "Starting point"
    values = {
        "subject": "A letter",
        "content": "<p>Words</p>",
        "public": False,
        "send_at": now,
        "email_template_id": db.execute(
            select(email_templates.c.id).where(starting_point)
        ).scalar_one(),
        "subscriber_filter": [{"all": []}],
        "status": "scheduled",
    }
    return store_broadcasts.create(db, values, now=now)


def steps_of_a_slice(db: Connection, held: queue.Lease, *, at: datetime) -> int:
    """How many steps SQLite's machine takes, in hundreds, to find, check and finish a slice."""
    counted = itertools.count()
    driver: Any = db.connection.driver_connection
    driver.set_progress_handler(lambda: next(counted) and 0, 100)
    rows = queue.queued(db, held, at=at, limit=50)
    ids = [row.delivery_id for row in rows]
    assert queue.still_eligible(db, ids, at=at) == set(ids)
    queue.settle(db, ids, state="accepted", at=at)
    queue.finish(db, held)
    driver.set_progress_handler(None, 0)
    return next(counted)


def test_the_work_of_a_slice_does_not_grow_with_the_list(filled_database: Path) -> None:
    """A walk over all readers, or over the whole broadcast, would be many times as many steps."""
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    steps = []
    for readers in (600, 6_000):
        file = filled_database.with_name(f"{readers}.db")
        shutil.copyfile(filled_database, file)
        with (
            closing(open_store(sqlite_url(file), clock=lambda: now)) as store,
            store.writing() as db,
        ):
            add(db, readers, now=now)
            number = due(db, now=now)
            audience.freeze(db, number, now=now)
            held = queue.lease(db, number, owner="test", at=now)
            assert held is not None
            steps.append(steps_of_a_slice(db, held, at=now))

    few, many = steps
    assert many < few * 1.5
