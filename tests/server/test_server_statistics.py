"""What was sent to one subscriber and what she did with it; and how far statistics go back."""

from datetime import timedelta
from typing import Any

import pytest

from newsletter.server.store import engagement


@pytest.fixture
def history(server: Any) -> Any:
    """Three letters, a day apart. Ann opened the first two, clicked in the first; Ben opened one."""
    for number in range(3):
        server.send(subject=f"Letter {number}")
        server.clock.pass_by(days=1)
    start = server.clock() - timedelta(days=3)
    opened = [(1, 1, 1), (1, 1, 2), (2, 1, 26), (1, 2, 1)]  # letter, reader, hours later
    clicked = [(1, "https://example.org/a", 1, 2), (1, "https://example.org/b", 1, 3)]
    with server.store.writing() as db:
        engagement.load_opens(
            db,
            [
                {"broadcast_id": b, "subscriber_id": s, "at": start + timedelta(hours=h)}
                for b, s, h in opened
            ],
        )
        engagement.load_clicks(
            db,
            [
                {"broadcast_id": b, "url": u, "subscriber_id": s, "at": start + timedelta(hours=h)}
                for b, u, s, h in clicked
            ],
        )
    return server


def of(server: Any, reader: int, **query: str) -> dict[str, Any]:
    answer = server.api.get(f"/subscribers/{reader}/stats", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["subscriber"]["stats"])


def test_shares_of_one_subscriber_are_fractions_of_letters(history: Any) -> None:
    assert of(history, 1) == {
        "sent": 3,
        "opened": 2,
        "clicked": 1,
        "bounced": 0,
        "open_rate": 0.6667,
        "click_rate": 0.3333,
        "last_sent": "2026-11-26T09:00:00Z",
        "last_opened": "2026-11-25T11:00:00Z",
        "last_clicked": "2026-11-24T12:00:00Z",
        "sends_since_last_open": 1,
        "sends_since_last_click": 2,
    }
    nothing = of(history, 3)
    assert (nothing["sent"], nothing["open_rate"], nothing["last_opened"]) == (3, 0.0, None)
    assert nothing["sends_since_last_open"] == 3
    assert history.api.get("/subscribers/12345/stats").status_code == 404


def test_a_period_is_about_when_letters_were_sent(history: Any) -> None:
    first_day = of(history, 1, email_sent_before="2026-11-24")
    later = of(history, 1, email_sent_after="2026-11-25")

    assert (first_day["sent"], first_day["opened"], first_day["clicked"]) == (1, 1, 1)
    assert (later["sent"], later["opened"], later["clicked"]) == (2, 1, 0)
    assert of(history, 1, email_sent_after="2026-11-27")["sent"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/subscribers/1/stats?email_sent_after=2020-01-01",
        "/subscribers/1/stats?email_sent_before=2020-01-01",
        "/broadcasts/stats?sent_after=2020-01-01",
    ],
)
def test_what_is_older_than_five_years_cannot_be_asked_for(history: Any, path: str) -> None:
    assert history.api.get(path).status_code == 400


def test_what_was_sent_more_than_five_years_ago_no_longer_counts(history: Any) -> None:
    history.clock.pass_by(days=5 * 365)

    assert of(history, 1)["sent"] == 1


def test_statistics_of_letters_are_percentages_and_filtered_by_day(history: Any) -> None:
    found = history.api.get("/broadcasts/stats", params={"sent_before": "2026-11-25"}).json()

    rows = [
        (each["id"], each["stats"]["open_rate"], each["stats"]["click_rate"])
        for each in found["broadcasts"]
    ]
    assert rows == [(2, 33.33, 0.0), (1, 66.67, 33.33)]
    assert history.api.get("/broadcasts/stats?status=lost").status_code == 422


def test_links_are_listed_with_those_that_only_history_knows(history: Any) -> None:
    answer = history.api.get("/broadcasts/1/clicks", params={"per_page": 1}).json()
    after = {"after": answer["pagination"]["end_cursor"]}
    rest = history.api.get("/broadcasts/1/clicks", params=after).json()
    links = answer["broadcast"]["clicks"] + rest["broadcast"]["clicks"]

    assert links == [
        {
            "url": f"https://example.org/{letter}",
            "unique_clicks": 1,
            "click_to_delivery_rate": 0.3333,
            "click_to_open_rate": 0.5,
        }
        for letter in "ab"
    ]
