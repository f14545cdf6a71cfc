"""The contract's account, loaded: what a client of strangers asserts of the service holds here.

With plain httpx, so that no client of ours can hide what is wrong (Kit reference §16).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.sampled import NOW, Sampled, sampled

ACCOUNT = Path(__file__).parents[1] / "contract" / "account.json"
FORM, SEQUENCE, TAG = 2765139, 1030824, 2744672
READER, LETTER = 1579118532, 8697158
UNKNOWN = 12345
MEMBERS = {
    f"/forms/{FORM}/subscribers": ("added_at", "added"),
    f"/sequences/{SEQUENCE}/subscribers": ("added_at", "added"),
    f"/tags/{TAG}/subscribers": ("tagged_at", "tagged"),
}
LISTS = {
    "broadcasts": "/broadcasts",
    "custom_fields": "/custom_fields",
    "email_templates": "/email_templates",
    "forms": "/forms",
    "posts": "/posts",
    "purchases": "/purchases",
    "segments": "/segments",
    "sequences": "/sequences",
    "snippets": "/snippets",
    "subscribers": "/subscribers",
    "tags": "/tags",
}
FIVE_KEYS = {
    "has_previous_page",
    "has_next_page",
    "start_cursor",
    "end_cursor",
    "per_page",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    document = json.loads(ACCOUNT.read_text(encoding="utf-8"))
    with sampled(tmp_path_factory.mktemp("account"), document) as server:
        server.by_token.base_url = server.by_key.base_url = f"{server.url}/v4"
        yield server


@pytest.fixture
def api(server: Sampled) -> httpx.Client:
    return server.by_token


def get(api: httpx.Client, path: str, **query: Any) -> Any:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_account_has_its_keys_profile_and_palette(api: httpx.Client) -> None:
    body = get(api, "/account")

    assert set(body) == {"user", "account"}
    assert body["account"]["timezone"]["name"] == "America/New_York"
    assert set(body["account"]["plan"]) >= {"plan_type", "interval", "on_trial"}
    assert set(get(api, "/account/creator_profile")["profile"]) == {
        "name",
        "byline",
        "bio",
        "image_url",
        "profile_url",
    }
    changed = api.put("/account/colors", json={"colors": ["#111111"]})
    assert changed.json() == {"colors": ["#111111"]}
    assert get(api, "/account/colors") == {"colors": ["#111111"]}


def test_growth_is_told_in_the_accounts_zone_with_todays_offset(api: httpx.Client) -> None:
    stats = get(api, "/account/growth_stats", starting="2026-07-01", ending="2026-07-31")["stats"]

    assert stats["starting"] == "2026-07-01T00:00:00-05:00"
    assert stats["ending"] == "2026-07-31T23:59:59-05:00"


@pytest.mark.parametrize("name", LISTS)
def test_each_list_has_five_keys_and_a_total_when_asked(api: httpx.Client, name: str) -> None:
    plain = get(api, LISTS[name])
    counted = get(api, LISTS[name], include_total_count="1")

    assert set(plain) == {name, "pagination"}
    assert set(plain["pagination"]) == FIVE_KEYS
    assert counted["pagination"]["total_count"] == len(counted[name]) > 0


@pytest.mark.parametrize("name", LISTS)
def test_a_walk_of_single_items_goes_forth_and_back(api: httpx.Client, name: str) -> None:
    first = get(api, LISTS[name], per_page="1")
    assert len(first[name]) == 1
    assert first["pagination"]["has_previous_page"] is False
    assert first["pagination"]["has_next_page"] is True
    second = get(api, LISTS[name], per_page="1", after=first["pagination"]["end_cursor"])
    assert second["pagination"]["has_previous_page"] is True
    assert second[name][0] != first[name][0]
    back = get(api, LISTS[name], per_page="1", before=second["pagination"]["start_cursor"])
    assert back[name] == first[name]
    assert back["pagination"]["has_previous_page"] is False
    assert back["pagination"]["has_next_page"] is True


@pytest.mark.parametrize("name", LISTS)
def test_a_walk_meets_every_item_once(api: httpx.Client, name: str) -> None:
    everything = get(api, LISTS[name])[name]
    met: list[Any] = []
    query: dict[str, Any] = {"per_page": 1}
    while True:
        page = get(api, LISTS[name], **query)
        met += page[name]
        if not page["pagination"]["has_next_page"]:
            break
        query["after"] = page["pagination"]["end_cursor"]

    assert met == everything


def test_the_list_of_broadcasts_can_be_slim(api: httpx.Client) -> None:
    (slim, *_) = get(api, "/broadcasts", slim="true")["broadcasts"]

    assert {"content", "public_url", "subscriber_filter"}.isdisjoint(slim)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/subscribers", {"status": "odd"}),
        ("/subscribers", {"sort_field": "odd"}),
        ("/subscribers", {"sort_order": "odd"}),
        ("/subscribers", {"after": "not-a-cursor"}),
        ("/subscribers", {"before": "not-a-cursor"}),
        ("/subscribers", {"email_address": "not-an-address"}),
        (f"/forms/{FORM}/subscribers", {"after": "not-a-cursor"}),
        (f"/sequences/{SEQUENCE}/subscribers", {"before": "not-a-cursor"}),
        (f"/forms/{FORM}/subscribers", {"status": "odd"}),
        (f"/forms/{UNKNOWN}/subscribers", {}),
        (f"/sequences/{UNKNOWN}/subscribers", {}),
        (f"/tags/{UNKNOWN}/subscribers", {}),
        (f"/subscribers/{UNKNOWN}", {}),
        (f"/subscribers/{UNKNOWN}/stats", {}),
        (f"/broadcasts/{UNKNOWN}", {}),
        (f"/broadcasts/{UNKNOWN}/stats", {}),
        (f"/posts/{UNKNOWN}", {}),
        (f"/purchases/{UNKNOWN}", {}),
        (f"/snippets/{UNKNOWN}", {}),
        (f"/sequences/{UNKNOWN}", {}),
    ],
)
def test_what_is_unknown_or_odd_is_a_clients_error(
    api: httpx.Client, path: str, query: dict[str, str]
) -> None:
    answer = api.get(path, params=query)

    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"]


@pytest.mark.parametrize("path", MEMBERS)
def test_members_obey_state_and_all_four_dates(api: httpx.Client, path: str) -> None:
    at, word = MEMBERS[path]
    day = "2024-01-01"

    def first(**query: str) -> dict[str, Any]:
        found: dict[str, Any] = get(api, path, **query)["subscribers"][0]
        return found

    assert first()["state"] == "active"
    assert first(status="cancelled")["state"] == "cancelled"
    assert first(**{f"{word}_after": day})[at][:10] >= day
    assert first(**{f"{word}_before": day})[at][:10] <= day
    assert first(created_after=day)["created_at"][:10] >= day
    assert first(created_before=day)["created_at"][:10] <= day
    assert len(get(api, path)["subscribers"]) >= 3


def test_the_fixtures_are_there_and_no_others(api: httpx.Client) -> None:
    forms = get(api, "/forms", status="all")["forms"]
    assert {FORM, 2780977} <= {each["id"] for each in forms if each["type"] == "embed"}
    assert len([each for each in forms if each["type"] == "hosted"]) == 2
    assert not any(each["archived"] for each in forms)
    assert len(get(api, "/sequences")["sequences"]) == 2
    emails = get(api, f"/sequences/{SEQUENCE}/emails")["emails"]
    assert [each["position"] for each in emails] == [0, 1]
    assert 4533458 in {each["id"] for each in emails}
    assert "last_name" in {each["key"] for each in get(api, "/custom_fields")["custom_fields"]}
    assert 264073 in {each["id"] for each in get(api, "/custom_fields")["custom_fields"]}
    assert 5215567 in {each["id"] for each in get(api, "/email_templates")["email_templates"]}
    snippets = get(api, "/snippets")["snippets"]
    assert [each["snippet_type"] for each in snippets] == ["inline", "inline"]
    assert len(get(api, "/snippets", archived="1")["snippets"]) == 1
    assert get(api, "/snippets/136038")["snippet"]["content"]
    assert get(api, "/webhooks")["webhooks"] == []
    reader = get(api, f"/subscribers/{READER}")["subscriber"]
    assert (reader["state"], reader["canceled_at"]) == ("active", None)
    assert len(get(api, f"/subscribers/{READER}/tags")["tags"]) >= 3


def test_broadcasts_are_counted_by_the_time_they_were_sent(api: httpx.Client) -> None:
    def number(**query: str) -> int:
        return len(get(api, "/broadcasts", **query)["broadcasts"])

    four_years_ago = f"{NOW - timedelta(days=4 * 365):%Y-%m-%d}"
    yesterday = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    assert number(sent_after=four_years_ago) == 4
    assert number(sent_after=yesterday) == 0
    assert number(sent_before=yesterday) == 12
    assert number(status="completed") == 12
    assert number(status="aborted") == 0


def test_the_letter_to_one_reader_has_its_numbers_and_its_link(api: httpx.Client) -> None:
    stats = get(api, f"/broadcasts/{LETTER}/stats")["broadcast"]["stats"]
    assert {name: stats[name] for name in ("recipients", "open_rate", "click_rate")} == {
        "recipients": 1,
        "open_rate": 0,
        "click_rate": 0,
    }
    assert (stats["unsubscribes"], stats["total_clicks"]) == (0, 0)
    assert (stats["status"], stats["progress"]) == ("completed", 100)
    (link,) = get(api, f"/broadcasts/{LETTER}/clicks")["broadcast"]["clicks"]
    assert link["unique_clicks"] == 0


def test_somebody_opened_a_letter(api: httpx.Client) -> None:
    wanted = [{"type": "opens", "count_greater_than": 0}]
    found = api.post("/subscribers/filter", json={"all": wanted}).json()["subscribers"]

    assert [each["email_address"] for each in found] == ["chiara@example.org"]
    stats = get(api, f"/subscribers/{found[0]['id']}/stats")["subscriber"]["stats"]
    assert (stats["opened"], stats["clicked"]) == (1, 1)


def test_posts_show_their_content_only_when_asked(api: httpx.Client) -> None:
    assert "content" not in get(api, "/posts")["posts"][0]
    assert get(api, "/posts", include_content="1")["posts"][0]["content"]
    post = get(api, "/posts/3175837")["post"]
    assert post["content"]
    assert post["status"] == "published"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/bulk/tags", {"tags": [{"name": "x"}]}),
        ("POST", "/bulk/subscribers", {"subscribers": [{"email_address": "x@example.org"}]}),
        ("DELETE", "/bulk/tags/subscribers", {"taggings": [{"tag_id": 1, "subscriber_id": 1}]}),
        ("GET", "/purchases", None),
        ("POST", "/purchases", {}),
    ],
)
def test_an_api_key_is_not_enough_for_bulk_and_purchases(
    server: Sampled, method: str, path: str, body: Any
) -> None:
    assert server.by_key.request(method, path, json=body).status_code == 401


def test_bulk_failures_are_counted_with_the_known_words(api: httpx.Client) -> None:
    additions = [
        {"form_id": FORM, "subscriber_id": UNKNOWN},
        {"form_id": UNKNOWN, "subscriber_id": READER},
    ]
    body = api.post("/bulk/forms/subscribers", json={"additions": additions}).json()

    assert sorted(each["errors"] for each in body["failures"]) == [
        ["Form does not exist"],
        ["Subscriber does not exist"],
    ]


def test_the_wire_traps_hold(api: httpx.Client) -> None:
    """An empty body is the list `[]`, booleans are 0 and 1, ids are text, `//` stands in paths."""
    made = api.post("/subscribers", json={"email_address": "new@example.org"})
    subscriber = made.json()["subscriber"]
    assert (made.status_code, subscriber["first_name"]) == (201, None)
    assert api.put(f"/subscribers/{subscriber['id']}", content="[]").status_code == 200
    gone = api.post(f"/subscribers/{subscriber['id']}/unsubscribe", content="[]")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.post("/subscribers//unsubscribe", content="[]").status_code == 404
    assert (
        api.get("/subscribers", params={"email_address": "new@example.org"}).json()["subscribers"]
        == []
    )
    letter = {
        "subject": "Blank instead of T",
        "content": "x",
        "public": "1",
        "send_at": "2026-12-01 09:30:15",
        "email_template_id": "5215567",
    }
    made = api.post("/broadcasts", json=letter)
    broadcast = made.json()["broadcast"]
    assert (made.status_code, broadcast["send_at"]) == (201, "2026-12-01T09:30:15Z")
    deleted = api.request("DELETE", f"/broadcasts/{broadcast['id']}", content="[]")
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_webhooks_echo_the_stripped_name_and_the_parameter(api: httpx.Client) -> None:
    ids = []
    events: list[dict[str, Any]] = [
        {"name": "subscriber.course_complete", "course_id": SEQUENCE},
        {"name": "subscriber.tag_add", "tag_id": str(TAG)},
    ]
    for event in events:
        made = api.post("/webhooks", json={"target_url": "https://example.org/x", "event": event})
        assert made.status_code == 201, made.text
        ids.append(made.json()["webhook"]["id"])
        assert made.json()["webhook"]["event"]["name"] == event["name"].partition(".")[2]
    pages = get(api, "/webhooks", per_page=1)["pagination"]
    assert (pages["has_previous_page"], pages["has_next_page"]) == (False, True)
    pages = get(api, "/webhooks", per_page=1, after=pages["end_cursor"])["pagination"]
    assert (pages["has_previous_page"], pages["has_next_page"]) == (True, False)
    assert [api.delete(f"/webhooks/{each}").status_code for each in ids] == [204, 204]


def test_an_email_is_appended_and_every_field_comes_back(api: httpx.Client) -> None:
    wanted = {
        "subject": "The third morning",
        "preview_text": "Leave it open.",
        "content": "<p>All day.</p>",
        "delay_value": 2,
        "delay_unit": "days",
        "published": True,
        "send_days": ["monday", "friday"],
    }
    made = api.post(f"/sequences/{SEQUENCE}/emails", json=wanted)
    email = made.json()["email"]

    assert made.status_code == 201
    assert email["position"] == 2
    assert {name: email[name] for name in wanted} == wanted
    path = f"/sequences/{SEQUENCE}/emails/{email['id']}"
    assert api.request("DELETE", path, content="[]").status_code == 204


def test_the_filter_pages_back_as_oddly_as_the_service_does(api: httpx.Client) -> None:
    first = api.post("/subscribers/filter", json={"all": [], "per_page": 1}).json()
    after = {"all": [], "per_page": 1, "after": first["pagination"]["end_cursor"]}
    second = api.post("/subscribers/filter", json=after).json()
    before = {"all": [], "per_page": 1, "before": second["pagination"]["start_cursor"]}
    back = api.post("/subscribers/filter", json=before).json()

    assert isinstance(first["subscribers"][0]["id"], str)
    assert second["pagination"]["has_previous_page"] is True
    assert back["subscribers"] == first["subscribers"]
    pages = back["pagination"]
    assert (pages["has_previous_page"], pages["has_next_page"]) == (True, False)


@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token"])
@pytest.mark.parametrize("path", ["/oauth/token", "/v4/oauth/token"])
def test_a_bad_code_or_refresh_token_is_refused_in_oauths_words(
    server: Sampled, path: str, grant: str
) -> None:
    body = {"grant_type": grant, "client_id": "x", "code": "x", "refresh_token": "x"}
    answer = server.stranger.post(path, json=body)

    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"error", "error_description"}
