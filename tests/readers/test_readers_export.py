"""The list leaves as easily as it came, and no spreadsheet runs what a reader typed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.model import State, Subscriber
from newsletter.commands.readers.export import COLUMNS, escaped, export, unescaped

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def reader(number: int = 1, name: str | None = "Ann", state: State = State.ACTIVE) -> Subscriber:
    return Subscriber(
        id=number,
        email_address="ann@example.org",
        first_name=name,
        state=state,
        created_at=AT,
        changed_at=AT,
        last_event_at=AT,
    )


def written(*people: Subscriber) -> str:
    out = io.StringIO(newline="")
    assert export(people, out) == len(people)
    return out.getvalue()


def test_columns_have_kits_names_and_times_are_utc():
    assert written(reader(), reader(2, None, State.CANCELLED)) == (
        "id,email_address,first_name,state,created_at,canceled_at\r\n"
        "1,ann@example.org,Ann,active,2026-03-01T08:30:00Z,\r\n"
        "2,ann@example.org,,cancelled,2026-03-01T08:30:00Z,2026-03-01T08:30:00Z\r\n"
    )


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_be_a_formula_begins_with_an_apostrophe(first):
    typed = f"{first}cmd|' /C calc'!A0"
    assert escaped(typed) == f"'{typed}"


@given(st.text(st.sampled_from("=+-@'\t\r\nab,\"; ü"), max_size=12))
def test_any_name_comes_back_as_it_was_in_one_cell(name):
    text = written(reader(name=name), reader(2))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 3
    assert unescaped(rows[1][COLUMNS.index("first_name")]) == name
    assert not rows[1][COLUMNS.index("first_name")].startswith(("=", "+", "-", "@", "\t", "\r"))
