"""The account: palette, profile, and what its letters and its list did in a while."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.server.store import accounts
from newsletter.server.store.tables import subscribers

PROFILE = {
    "name": "Garden Notes",
    "byline": "Ann Lee",
    "bio": "Letters from a garden",
    "image_url": "https://example.org/ann.jpg",
    "profile_url": "https://example.org/ann",
}


def growth(server: Any, **query: str) -> Any:
    return server.api.get("/account/growth_stats", params=query)


def test_the_account_holds_every_key_that_kits_does(server: Any) -> None:
    body = server.api.get("/account").json()

    assert set(body) == {"user", "account"}
    assert set(body["user"]) == {"id", "email"}
    assert set(body["account"]) == {
        "id",
        "name",
        "plan_type",
        "primary_email_address",
        "created_at",
        "plan",
        "timezone",
        "sending_addresses",
    }
    assert set(body["account"]["plan"]) == {
        "plan_type",
        "interval",
        "subscriber_limit",
        "on_trial",
        "trial_lapse_date",
        "renews_at",
        "cancels_at",
    }
    assert set(body["account"]["timezone"]) == {"name", "friendly_name", "utc_offset"}
    assert set(body["account"]["sending_addresses"][0]) == {
        "email_address",
        "from_name",
        "status",
        "is_default",
        "is_verified",
        "is_dmarc_configured",
    }


def test_the_palette_is_replaced_whole(server: Any) -> None:
    before = server.api.get("/account/colors").json()
    put = server.api.put("/account/colors", json={"colors": ["#000000", "#FfF"]})
    after = server.api.get("/account/colors").json()
    emptied = server.api.put("/account/colors", json={"colors": []}).json()

    assert before == emptied == {"colors": []}
    assert (put.status_code, put.json()) == (200, {"colors": ["#000000", "#FfF"]})
    assert after == put.json()


@pytest.mark.parametrize(
    ("colors", "text"),
    [
        (["#fff", "#123_not_a_code"], "Colors #123_not_a_code is not a valid hex color code."),
        (["red"], "Colors red is not a valid hex color code."),
        ([7], "Colors 7 is not a valid hex color code."),
        ("#fff", "Colors must be a list of hex color codes"),
        (None, "Colors must be a list of hex color codes"),
        (["#fff"] * 11, "Colors can hold 10 values at most"),
    ],
)
def test_what_is_no_color_changes_nothing(server: Any, colors: Any, text: str) -> None:
    server.api.put("/account/colors", json={"colors": ["#abc"]})
    answer = server.api.put("/account/colors", json={"colors": colors})

    assert (answer.status_code, answer.json()) == (422, {"errors": [text]})
    assert server.api.get("/account/colors").json() == {"colors": ["#abc"]}


def test_there_is_a_profile_once_somebody_made_one(server: Any) -> None:
    missing = server.api.get("/account/creator_profile")
    with server.store.writing() as db:
        accounts.set_profile(db, PROFILE)
    shown = server.api.get("/account/creator_profile")
    with server.store.writing() as db:
        accounts.set_profile(db, None)
    again = server.api.get("/account/creator_profile")

    assert (missing.status_code, missing.json()) == (404, {"errors": ["Not Found"]})
    assert (shown.status_code, shown.json()) == (200, {"profile": PROFILE})
    assert again.status_code == 404


def test_letters_of_the_last_90_days_are_counted(server: Any) -> None:
    server.send()
    server.clock.pass_by(days=80)
    server.send(subject="Another letter")
    server.web.post(server.way_out("ann@example.org"))
    both = server.api.get("/account/email_stats").json()["stats"]
    server.clock.pass_by(days=20)
    one = server.api.get("/account/email_stats").json()["stats"]

    assert (both["sent"], both["unsubscribe_rate"], both["bounce_rate"]) == (6, 16.67, 0.0)
    assert (one["sent"], one["unsubscribe_rate"]) == (3, 33.33)
    assert both["email_stats_mode"] == "last_90"
    assert (both["starting"], both["ending"]) == ("2026-11-14T09:00:00Z", "2027-02-12T09:00:00Z")


def test_growth_counts_who_came_and_who_left_between_two_days(server: Any) -> None:
    """Days of New York, both whole: ann came before, ben on the first day, dana after the last."""
    times = {
        1: ("2026-11-01T03:59:59", None),
        2: ("2026-11-01T05:00:00", "2026-11-03T04:59:59"),
        3: ("2026-11-03T05:00:00", None),
    }
    with server.store.writing() as db:
        for number, (came, left) in times.items():
            at = datetime.fromisoformat(came).replace(tzinfo=UTC)
            gone = left and datetime.fromisoformat(left).replace(tzinfo=UTC)
            row = {"created_at": at, "canceled_at": gone}
            state = "cancelled" if gone else "active"
            here = subscribers.c.id == number
            db.execute(update(subscribers).where(here).values(**row, state=state))

    stats = growth(server, starting="2026-11-01", ending="2026-11-02").json()["stats"]
    day_after = growth(server, starting="2026-11-03", ending="2026-11-03").json()["stats"]

    assert stats == {
        "cancellations": 1,
        "net_new_subscribers": 0,
        "new_subscribers": 1,
        "subscribers": 1,
        "starting": "2026-11-01T00:00:00-05:00",
        "ending": "2026-11-02T23:59:59-05:00",
    }
    assert (day_after["new_subscribers"], day_after["subscribers"]) == (1, 2)


@pytest.mark.parametrize(
    ("now", "offset"),
    [("2026-11-24T09:00:00+00:00", "-05:00"), ("2026-07-01T09:00:00+00:00", "-04:00")],
)
def test_growth_times_bear_todays_offset_whatever_the_season_of_the_days(
    server: Any, now: str, offset: str
) -> None:
    server.clock.now = datetime.fromisoformat(now)
    for day in ("2026-01-15", "2026-06-15"):
        stats = growth(server, starting=day, ending=day).json()["stats"]

        assert stats["starting"] == f"{day}T00:00:00{offset}"
        assert stats["ending"] == f"{day}T23:59:59{offset}"


@pytest.mark.parametrize("query", [{}, {"starting": "", "ending": " "}])
def test_growth_is_of_90_days_up_to_today_where_nothing_is_said(
    server: Any, query: dict[str, str]
) -> None:
    server.clock.now = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)  # still the 23rd in New York
    stats = growth(server, **query).json()["stats"]

    assert stats["starting"] == "2026-08-25T00:00:00-05:00"
    assert stats["ending"] == "2026-11-23T23:59:59-05:00"


STARTING = "Starting date is incorrectly formatted. Use YYYY-MM-DD."
ENDING = "Ending date is incorrectly formatted. Use YYYY-MM-DD."


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"starting": "02/10/2023"}, [STARTING]),
        ({"starting": "2023-02-30", "ending": "x"}, [STARTING, ENDING]),
        ({"ending": "20230210"}, [ENDING]),
        ({"ending": "9999-12-31"}, [ENDING]),
        ({"starting": "0001-01-01"}, [STARTING]),
        (
            {"starting": "2026-11-02", "ending": "2026-11-01"},
            ["Starting date must be before the ending date."],
        ),
        ({"starting": "2026-11-25"}, ["Starting date must be before the ending date."]),
    ],
)
def test_days_that_are_none_are_refused_in_kits_words(
    server: Any, query: dict[str, str], errors: list[str]
) -> None:
    answer = growth(server, **query)

    assert (answer.status_code, answer.json()) == (422, {"errors": errors})
