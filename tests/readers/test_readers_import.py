"""A file comes onto the list: each person once, nobody against her will, resumable."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.commands.readers import importing
from newsletter.commands.readers.forget import forget
from newsletter.errors import NotConfigured, NotNow, OutcomeUnknown, TryLater, WrongUsage
from newsletter.ledger import mirror


def waits(_seconds: float) -> None:
    """No time to lose in a test."""


@pytest.fixture
def file(tmp_path):
    def write(text: str | bytes):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def read_all(path, **mapping):
    with importing.read(path, mapping) as plan:
        people = [p for some in plan.staging.new(100) for p in some]
        return plan.counted(), people, plan.unusable()


def imported(place, path, *, net=None, reason=None):
    desk = place.desk(net)
    with importing.read(path, {}) as plan:
        importing.compare(desk, plan, is_dry=False)
        counted = plan.counted()
        return counted, importing.apply(desk, plan, reason=reason, pause=waits), plan.unusable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("email\nann@example.org\n", [("ann@example.org", None)]),
        ("E-Mail;Vorname\nann@example.org;Ann\n", [("ann@example.org", "Ann")]),
        ("First Name\tEmail Address\nAnn\tann@example.org\n", [("ann@example.org", "Ann")]),
        ("name|mail\nAnn Lee|ann@example.org\n", [("ann@example.org", "Ann Lee")]),
        ("id,email_address,first_name\n7,ann@example.org,\n", [("ann@example.org", None)]),
        ("﻿email,first_name\r\nann@example.org,Ann\r\n", [("ann@example.org", "Ann")]),
        ('email,first_name\nann@example.org,"Ann, ""A"""\n', [("ann@example.org", 'Ann, "A"')]),
        ('\n\n"e-mail" , x\nann@example.org,1\n', [("ann@example.org", None)]),
        (
            "ann@example.org\nben@example.org\n",
            [("ann@example.org", None), ("ben@example.org", None)],
        ),
        ("Ann,ann@example.org\n", [("ann@example.org", "Ann")]),
        ("email\nann@bücher.example\n", [("ann@xn--bcher-kva.example", None)]),
        ("email,first_name\nann@example.org,'=SUM(A1)\n", [("ann@example.org", "=SUM(A1)")]),
        (
            "email\nann@example.org\nANN@Example.org\n ann@example.org \n",
            [("ann@example.org", None)],
        ),
    ],
    ids=range(13),
)
def test_delimiter_encoding_and_columns_are_found_out(file, text, expected):
    _, people, unusable = read_all(file(text))
    assert [(p.email_address, p.first_name) for p in people] == expected
    assert unusable == []


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("cp1252", True)],
)
def test_names_are_read_in_the_files_own_encoding(file, encoding, remark):
    text = "email,first_name\n" + "a@example.org,x\n" * 3 + "zoe@example.org,Zoë\n"
    path = file(text.encode(encoding))
    with importing.read(path, {}) as plan:
        names = [p.first_name for some in plan.staging.new(100) for p in some]
        assert bool(plan.table.remark) is remark
    assert names == ["x", "Zoë"]


def test_the_map_overrides_the_guess_and_fills_custom_fields(file):
    path = file("email,work,town,name\nold@example.org,ann@example.org,Bath,Ann\n")
    mapping = {"Work": "email_address", "town": "fields.city", "4": "-"}
    _, people, _ = read_all(path, **mapping)
    assert [(p.email_address, p.first_name, p.fields) for p in people] == [
        ("ann@example.org", None, {"city": "Bath"})
    ]


@pytest.mark.parametrize(
    ("text", "mapping", "words"),
    [
        ("", {}, "empty"),
        ("\n \n", {}, "empty"),
        ("name,town\nAnn,Bath\n", {}, "none of its columns"),
        ("email\nann@example.org\n", {"mail": "email_address"}, "no column “mail”"),
        ("email\nann@example.org\n", {"email": "adress"}, "no field “adress”"),
        ("email\nann@example.org\n", {"9": "email_address"}, "no column “9”"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_the_cure(file, text, mapping, words):
    with pytest.raises(WrongUsage, match=words), importing.read(file(text), mapping):
        pass


def test_a_missing_file_is_wrong_usage(tmp_path):
    with (
        pytest.raises(WrongUsage, match="cannot be read"),
        importing.read(tmp_path / "no.csv", {}),
    ):
        pass


def test_unusable_rows_are_named_by_the_line_they_begin_on_with_the_reason(file):
    text = (
        'email,first_name\n"ann@example.org","A\nB"\nann@@example.org,\n\n,Nobody\n'
        f"n/a,\nlong@example.org,{'x' * 256}\n"
    )
    counted, people, unusable = read_all(file(text))
    assert [(u.line, u.value, u.why) for u in unusable] == [
        (4, "ann@@example.org", "more than one @"),
        (6, "", "empty"),
        (7, "n/a", "no @"),
        (8, "long@example.org", "a first name of more than 255 characters"),
    ]
    assert [p.first_name for p in people] == ["A B"]
    assert (counted.rows, counted.new, counted.unusable) == (5, 1, 4)


def test_a_quote_that_never_ends_is_an_unusable_line_and_not_the_end(file):
    text = 'email,name\nann@example.org,"' + "x" * 140_000 + "\nben@example.org,Ben\n"
    counted, people, unusable = read_all(file(text))
    assert [p.email_address for p in people] == ["ben@example.org"]
    assert len(unusable) == 1
    assert counted.rows == 2


@pytest.mark.parametrize(
    "end", ["", '"', '"\nzoe@example.org,Zoe\n'], ids=["of file", "closed", "goes on"]
)
@pytest.mark.parametrize("number", [3, 1_000, 20_000])
def test_a_quote_that_swallows_rows_refuses_the_file(file, number, end):
    """20,000 rows are more than a cell of the csv module holds: another way to lose them."""
    rows = "".join(f"r{n}@example.org,R\n" for n in range(number))
    path = file(f'email,name\nann@example.org,Ann\nben@example.org,"Ben\n{rows}{end}')
    with pytest.raises(NotNow, match="a quote on line 3 never closes; ") as caught:
        read_all(path)
    assert caught.value.error_code == "quote-open"
    assert '"' in caught.value.hint


def test_a_row_that_swallowed_one_other_is_named(file):
    text = 'email,name\nann@example.org,"Ann\nben@example.org,Ben"\nzoe@example.org,Zoe\n'
    _, people, unusable = read_all(file(text))
    assert [p.email_address for p in people] == ["zoe@example.org"]
    assert [(u.line, u.why) for u in unusable] == [
        (2, "2 lines were read as one: look at the quotes")
    ]


def test_a_row_may_have_three_lines(file):
    text = 'email,name,note\nann@example.org,Ann,"one\ntwo\nthree"\nben@example.org,Ben,\n'
    _, people, unusable = read_all(file(text))
    assert ([p.first_name for p in people], unusable) == (["Ann", "Ben"], [])


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("unsubscribed", "cancelled"),
        ("Cancelled", "cancelled"),
        ("Opt-out", "cancelled"),
        ("cleaned", "bounced"),
        ("bounced", "bounced"),
        ("complained", "complained"),
        ("active", "new"),
        ("subscribed", "new"),
        ("", "new"),
    ],
)
def test_what_the_file_says_of_a_state_is_heard(file, state, verdict):
    with importing.read(file(f"email,status\nann@example.org,{state}\n"), {}) as plan:
        assert plan.staging.counts() == {verdict: 1}


@pytest.mark.parametrize("state", ["unsub", "no", "false", "FALSE", "0"])
def test_a_plain_no_is_somebody_who_left(file, state):
    counted, people, _ = read_all(file(f"email,status\nann@example.org,{state}\n"))
    assert (people, counted.left_out) == ([], {"cancelled": 1})


@pytest.mark.parametrize("state", ["active", "Subscribed", "confirmed", "yes", "TRUE", "1", " "])
def test_only_words_that_say_subscribed_are_taken_as_that(file, state):
    counted, _, unusable = read_all(file(f"email,status\nann@example.org,{state}\n"))
    assert (counted.new, unusable) == (1, [])


@pytest.mark.parametrize(
    "state", ["Blacklisted", "Hard Bounce", "abgemeldet", "Abuse", "unsubscribed_by_admin", "-"]
)
def test_a_state_that_nobody_knows_leaves_the_row_out_by_name(file, state):
    """It may mean that she left; whoever imports can tell, the program cannot."""
    counted, people, unusable = read_all(file(f"email,status\nann@example.org,{state}\n"))
    assert (people, counted.rows, counted.unusable, counted.doubles) == ([], 1, 1, 0)
    assert [(u.line, u.value, u.why) for u in unusable] == [
        (2, "ann@example.org", f"state “{state}” is not known")
    ]


def test_another_row_of_the_same_address_does_not_outdo_a_state_that_nobody_knows(file):
    for rows in (["active", "Abuse"], ["Abuse", "active"]):
        text = "email,status\n" + "".join(f"ann@example.org,{state}\n" for state in rows)
        counted, people, _ = read_all(file(text))
        assert (people, counted.unusable, counted.doubles, counted.left_out) == ([], 1, 1, {})


@pytest.mark.parametrize(
    ("column", "cell", "is_left_out"),
    [
        ("unsubscribed_at", "2024-03-01 10:00", True),
        ("unsubscribed_at", "", False),
        ("unsubscribed_at", "0000-00-00 00:00:00", False),
        ("UNSUB_TIME", "2024-03-01", True),
        ("Opt-Out", "yes", True),
        ("opt_out", "x", True),
        ("opt_out", "false", False),
        ("unsubscribed", "1", True),
        ("subscribed", "false", True),
        ("subscribed", "No", True),
        ("Subscribed", "0", True),
        ("subscribed", "yes", False),
        ("subscribed", "2020-01-01", False),
        ("subscribed", "", False),
    ],
)
def test_a_column_that_tells_who_left_is_heard_without_being_mapped(
    file, column, cell, is_left_out
):
    path = file(f"email,{column}\nann@example.org,{cell}\n")
    counted, _, _ = read_all(path)
    assert counted.left_out == ({"cancelled": 1} if is_left_out else {})
    assert counted.new == (not is_left_out)
    assert read_all(path, **{column: "-"})[0].new == 1  # the map has the last word


def test_of_two_rows_the_one_that_says_unsubscribed_is_heard(file):
    for rows in (["active", "unsubscribed"], ["unsubscribed", "active"]):
        text = "email,status\n" + "".join(f"ann@example.org,{state}\n" for state in rows)
        counted, people, _ = read_all(file(text))
        assert (people, counted.doubles, dict(counted.left_out)) == ([], 1, {"cancelled": 1})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_either_read_or_refused(tmp_path, data):
    path = tmp_path / "any.csv"
    path.write_bytes(b"email,name\n" + data)
    with (
        contextlib.suppress(NotNow),  # a quote that swallows rows
        importing.read(path, {}) as plan,
    ):
        counted = plan.counted()
        assert counted.rows == counted.new + counted.unusable + counted.doubles


def test_an_import_leaves_out_everybody_who_stopped_and_adds_the_rest_once(place, file):
    for name, state in (("left", "cancelled"), ("bad", "bounced"), ("angry", "complained")):
        place.service.add(f"{name}@example.org", state=state)
    place.service.add("here@example.org")
    place.service.add("gone@example.org")
    forget(place.desk(), "gone@example.org")
    names = ["left", "bad", "angry", "here", "gone", "new", "NEW", "other"]
    path = file("email\n" + "".join(f"{name}@example.org\n" for name in names))

    counted, applied, _ = imported(place, path, reason="old list")

    assert (counted.new, counted.known, counted.doubles) == (2, 1, 1)
    assert counted.left_out == {"cancelled": 1, "bounced": 1, "complained": 1, "erased": 1}
    assert (applied.written, applied.trouble) == (2, None)
    assert place.service.states() == {
        "left@example.org": "cancelled",
        "bad@example.org": "bounced",
        "angry@example.org": "complained",
        "here@example.org": "active",
        "gone@example.org": "cancelled",
        "new@example.org": "active",
        "other@example.org": "active",
    }
    reader = mirror.by_address(place.ledger, "local", "new@example.org")
    assert reader is not None
    (consent,) = mirror.consents_of(place.ledger, "local", reader.id)
    assert (consent.how, consent.reason) == ("import", "old list")


def test_without_consent_they_are_inactive_and_those_the_file_calls_so_always_are(place, file):
    path = file("email,state\nann@example.org,\nben@example.org,unconfirmed\n")
    with importing.read(path, {}) as plan:
        importing.compare(place.desk(), plan, is_dry=False)
        importing.apply(place.desk(), plan, reason=None)
    assert set(place.service.states().values()) == {"inactive"}

    path = file("email,state\ncleo@example.org,\ndan@example.org,unconfirmed\n")
    imported(place, path, reason="fair")
    assert place.service.states()["cleo@example.org"] == "active"
    assert place.service.states()["dan@example.org"] == "inactive"


def test_a_dry_run_writes_nothing_and_asks_nothing(place, file, net_that):
    net = net_that("GET", "ok")
    with importing.read(file("email\nann@example.org\n"), {}) as plan:
        importing.compare(place.desk(net), plan, is_dry=True)
        assert plan.counted().new == 1
    assert net.requests == []


def test_the_same_import_again_does_nothing(place, file, net_that):
    path = file("email\nann@example.org\nben@example.org\n")
    imported(place, path, reason="fair")
    net = net_that("GET", "ok")
    counted, applied, _ = imported(place, path, net=net, reason="fair")

    assert (counted.new, counted.known, applied.written) == (0, 2, 0)
    assert net.written() == []


@pytest.mark.parametrize("fate", ["never", "lost"])
def test_an_import_that_was_cut_off_goes_on_where_it_was(place, file, failing_net, fate):
    path = file("email\n" + "".join(f"r{n}@example.org\n" for n in range(130)))
    posts = []

    def cut_off(request, _number):
        if request.method != "POST":
            return "ok"
        posts.append(request)
        return fate if len(posts) > 70 else "ok"

    _, applied, _ = imported(place, path, net=failing_net(cut_off), reason="fair")
    assert applied.written == 70
    assert isinstance(applied.trouble, TryLater if fate == "never" else OutcomeUnknown)
    assert len(place.mirrored()) == 70  # what was answered is kept

    counted, applied, _ = imported(place, path, reason="fair")
    assert counted.known in (70, 71)  # the one whose answer was lost may be there
    assert (applied.written, applied.trouble) == (130 - counted.known, None)
    assert set(place.service.states().values()) == {"active"}
    assert len(place.service.states()) == 130


def test_somebody_who_leaves_between_an_answer_lost_and_its_repeat_stays_gone(
    place, file, failing_net
):
    """The repeat is an upsert by address: it never changes a state."""
    first: list[object] = []

    def fate(request, _number):
        if request.method == "POST" and first == []:
            first.append(request)
            return "lost"
        if request.method == "POST":
            (number,) = [s for s, _ in ids(place)]
            place.service.leave(number)
        return "ok"

    _, applied, _ = imported(
        place, file("email\nann@example.org\n"), net=failing_net(fate), reason="fair"
    )
    assert place.service.states() == {"ann@example.org": "cancelled"}
    assert (applied.written, applied.left_out) == (0, 1)
    assert mirror.consents_of(place.ledger, "local", ids(place)[0][0]) == []


def ids(place):
    from newsletter.server.store.tables import subscribers

    with place.service.store.reading() as db:
        return [(row.id, row.email_address) for row in db.execute(subscribers.select())]


def test_an_address_that_only_the_target_refuses_is_one_more_unusable_line(place, file):
    path = file("email,town\nann@example.org,\nben@example.org,Bath\n")
    desk = place.desk()
    with importing.read(path, {}) as plan:
        importing.compare(desk, plan, is_dry=False)
        # The server takes whatever our own check takes; Kit may be stricter.
        plan.staging._connection.execute("UPDATE people SET email = 'ann' WHERE n = 1")
        applied = importing.apply(desk, plan, reason=None, pause=waits)
        unusable = plan.unusable()
    assert (applied.written, applied.refused, applied.trouble) == (1, 1, None)
    assert [(u.line, u.why) for u in unusable] == [(2, "Email address is invalid")]


def test_a_refused_key_ends_it_at_once(place, file):
    from newsletter.kit import Kit

    desk = place.desk()
    with Kit(api_key="wrong", base_url=f"{place.url}/v4", limiter=False) as kit:
        import dataclasses

        target = dataclasses.replace(desk.target, kit=kit)
        desk = dataclasses.replace(desk, target=target)
        with (
            importing.read(file("email\nann@example.org\n"), {}) as plan,
            pytest.raises(NotConfigured),
        ):
            importing.compare(desk, plan, is_dry=False)


@pytest.mark.parametrize(("number", "seconds"), [(0, 0), (120, 0), (121, 61), (1000, 8 * 61)])
def test_the_duration_on_kit_follows_from_its_limit(number, seconds):
    assert importing.expected(number, is_real=True) == timedelta(seconds=seconds)
    assert importing.expected(number, is_real=False) == timedelta(0)


MEASURE = """
import resource, sys
from pathlib import Path
from types import SimpleNamespace
from newsletter.commands.readers import importing
from newsletter.ledger.opening import open_ledger

ledger = open_ledger("sqlite://", project="x")
desk = SimpleNamespace(ledger=ledger, target=SimpleNamespace(name="local"))

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def count(path):
    with importing.read(Path(path), {}) as plan:
        importing.compare(desk, plan, is_dry=True)
        return plan.counted().new

assert count(sys.argv[1]) == 10_000
before = peak()
assert count(sys.argv[2]) == 200_000
print(peak() - before)
"""


def test_two_hundred_thousand_lines_take_no_more_memory_than_ten_thousand(tmp_path):
    for name, number in (("small", 10_000), ("large", 200_000)):
        with (tmp_path / name).open("w") as out:
            out.write("email,first_name\n")
            out.writelines(f"reader{n}@example.org,Reader {n}\n" for n in range(number))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "small"), str(tmp_path / "large")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kibibytes = int(done.stdout)
    assert kibibytes < 12_000, f"{kibibytes} KiB more"
