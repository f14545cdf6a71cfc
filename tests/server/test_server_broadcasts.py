"""Broadcasts through the API: the state table, the filter, and what cannot be armed."""

from datetime import timedelta
from typing import Any

import pytest

EVERYBODY = [{"all": [{"type": "all_subscribers"}]}]
LATER = "2026-12-01T15:00:00Z"
COMPLETE = "<html><body><p>Words</p><a href='{{ unsubscribe_url }}'>Leave</a></body></html>"


def put(server: Any, broadcast_id: int, **body: Any) -> Any:
    return server.api.put(f"/broadcasts/{broadcast_id}", json=body)


def test_a_draft_reads_back_as_it_was_written(server: Any) -> None:
    content = "<p>Grüße {{ subscriber.first_name }}\n &amp; <b>more</b> 🌱</p>"
    draft = server.draft(
        subject="Hello", preview_text="Peek", description="[nl:x]", content=content
    )

    assert draft == {
        "id": 1,
        "publication_id": 1,
        "created_at": "2026-11-24T09:00:00Z",
        "subject": "Hello",
        "preview_text": "Peek",
        "description": "[nl:x]",
        "content": content,
        "public": False,
        "published_at": None,
        "send_at": None,
        "thumbnail_alt": None,
        "thumbnail_url": None,
        "public_url": None,
        "email_address": "ann@example.org",
        "email_template": {"id": 1, "name": "Text only"},
        "subscriber_filter": EVERYBODY,
        "status": "draft",
    }
    assert server.api.get("/broadcasts/1").json() == {"broadcast": draft}


@pytest.mark.parametrize(
    ("send_at", "status", "echo"),
    [
        (None, "draft", None),
        ("", "draft", None),
        ("2026-12-01T15:00:00Z", "scheduled", LATER),
        ("2026-12-01T16:00:00+01:00", "scheduled", LATER),
        ("2026-12-01 15:00:00", "scheduled", LATER),
        ("2026-12-01T15:00:00.999Z", "scheduled", LATER),
        ("2026-11-24T09:00:00Z", "sending", "2026-11-24T09:00:00Z"),
        ("2026-01-01T00:00:00Z", "sending", "2026-01-01T00:00:00Z"),
    ],
)
def test_a_time_to_send_makes_the_status(
    server: Any, send_at: str | None, status: str, echo: str | None
) -> None:
    """A time that has come means sending at once, as at Kit."""
    draft = server.draft(send_at=send_at)

    assert (draft["status"], draft["send_at"]) == (status, echo)


def test_a_schedule_is_moved_and_taken_away(server: Any) -> None:
    server.draft(send_at=LATER)

    moved = put(server, 1, send_at="2026-12-02T15:00:00Z").json()["broadcast"]
    kept = put(server, 1, subject="Other words").json()["broadcast"]
    blank = put(server, 1, send_at="").json()["broadcast"]
    taken = put(server, 1, send_at=None).json()["broadcast"]

    assert (moved["status"], moved["send_at"]) == ("scheduled", "2026-12-02T15:00:00Z")
    assert (kept["status"], kept["send_at"]) == ("scheduled", "2026-12-02T15:00:00Z")
    assert (blank["status"], blank["subject"]) == ("scheduled", "Other words")
    assert (taken["status"], taken["send_at"]) == ("draft", None)


def test_a_put_changes_only_what_it_names(server: Any) -> None:
    before = server.draft(preview_text="Peek", description="mark")

    after = put(server, 1, preview_text="").json()["broadcast"]

    assert after == {**before, "preview_text": ""}


@pytest.mark.parametrize(
    ("delivered", "text"),
    [(False, "Broadcast is already sending."), (True, "Broadcast has already been sent.")],
)
def test_what_has_begun_is_neither_changed_nor_deleted(
    server: Any, delivered: bool, text: str
) -> None:
    server.draft(send_at=server.clock().isoformat())
    if delivered:
        server.deliver()
    before = server.api.get("/broadcasts/1").json()

    for answer in (put(server, 1, subject="Too late"), server.api.delete("/broadcasts/1")):
        assert (answer.status_code, answer.json()) == (422, {"errors": [text]})
    assert server.api.get("/broadcasts/1").json() == before


@pytest.mark.parametrize("send_at", [None, LATER])
def test_a_draft_or_scheduled_one_is_deleted_for_good(server: Any, send_at: str | None) -> None:
    server.draft(send_at=send_at)

    answer = server.api.delete("/broadcasts/1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert server.api.get("/broadcasts/1").status_code == 404
    assert server.draft()["id"] == 2, "a client's memory holds ids, so none is given twice"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"subject": ""}, "Subject can't be blank"),
        ({"subject": None}, "Subject can't be blank"),
        ({"send_at": "next Tuesday"}, "Send at is not a valid ISO 8601 time"),
        ({"send_at": "0001-01-01T00:00:00+14:00"}, "Send at is not a valid ISO 8601 time"),
        ({"send_at": LATER, "content": None}, "Content can't be blank"),
        ({"send_at": LATER, "content": "  "}, "Content can't be blank"),
        ({"send_at": LATER, "content": "<p>{{ subscriber.first_name</p>"}, "Content:"),
        ({"send_at": LATER, "subject": "{% if %}"}, "Subject:"),
        ({"email_template_id": 999}, "Email template not found"),
        ({"email_template_id": "x"}, "Email template not found"),
        ({"email_address": "other@example.org"}, "Email address is not one of"),
        ({"public": "perhaps"}, "Public must be true or false"),
        ({"content": 5.5, "subject": ["a"]}, "Subject must be text"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_reason(
    server: Any, body: dict[str, Any], text: str
) -> None:
    answer = server.api.post(
        "/broadcasts", json={"subject": "A letter", "content": "<p>Words</p>", **body}
    )

    assert answer.status_code == 422
    assert text in answer.json()["errors"][0]
    assert server.api.get("/broadcasts").json()["broadcasts"] == []


def test_a_draft_that_lost_its_content_cannot_stay_scheduled(server: Any) -> None:
    server.draft(send_at=LATER)

    answer = put(server, 1, content="")

    assert answer.status_code == 422
    assert server.api.get("/broadcasts/1").json()["broadcast"]["content"] == "<p>Words</p>"


def test_a_starting_point_takes_a_complete_email_when_told_so(server: Any) -> None:
    values = {"email_template_id": "2", "content": COMPLETE}

    untold = server.api.post("/broadcasts", json={"subject": "A letter", **values})
    told = server.draft(**values, allow_starting_point=1, send_at=LATER)

    assert untold.status_code == 422
    assert "allow_starting_point" in untold.json()["errors"][0]
    assert told["content"] == COMPLETE
    assert told["email_template"] == {"id": 2, "name": "Starting point"}


def test_a_starting_point_without_content_begins_with_its_own_design(server: Any) -> None:
    answer = server.api.post("/broadcasts", json={"subject": "A", "email_template_id": 2})

    assert "{{ unsubscribe_url }}" in answer.json()["broadcast"]["content"]


def test_a_complete_email_without_a_way_out_is_not_armed(server: Any) -> None:
    """An HTML template brings the link itself; a Starting point leaves it to the content."""
    draft = server.draft(
        email_template_id=2, content="<p>No way out</p>", allow_starting_point=True
    )

    answer = put(server, draft["id"], send_at=LATER)

    assert answer.status_code == 422
    assert "unsubscribe link" in answer.json()["errors"][0]
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "draft"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, EVERYBODY),
        ([], EVERYBODY),
        ("", EVERYBODY),
        (EVERYBODY, EVERYBODY),
        (
            [{"all": [{"type": "tag", "ids": ["1", 2]}], "any": None, "none": []}],
            [{"all": [{"type": "tag", "ids": [1, 2]}]}],
        ),
        ([{"any": [{"type": "tag", "ids": [1]}]}], [{"any": [{"type": "tag", "ids": [1]}]}]),
        ([{"none": [{"type": "tag", "ids": [2]}]}], [{"none": [{"type": "tag", "ids": [2]}]}]),
    ],
)
def test_an_audience_is_kept_with_its_used_group_only(server: Any, given: Any, kept: Any) -> None:
    for name in ("a", "b"):
        server.api.post("/tags", json={"name": name})

    assert server.draft(subscriber_filter=given)["subscriber_filter"] == kept


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            [{"all": [{"type": "tag", "ids": [1]}], "any": [{"type": "tag", "ids": [1]}]}],
            "Only a single filter group is supported.",
        ),
        (
            [{"all": [{"type": "tag", "ids": [1]}]}, {"any": [{"type": "tag", "ids": [1]}]}],
            "Only a single filter group is supported.",
        ),
        ([{"some": [{"type": "tag", "ids": [1]}]}], "Only a single filter group is supported."),
        ([{"all": []}], "names nobody"),
        ([{}], "names nobody"),
        ({"all": []}, "must be a list"),
        (["tag"], "must be a list"),
        ([{"all": {"type": "tag"}}], "must be lists of objects"),
        ([{"all": [{"type": "mood", "ids": [1]}]}], "types must be one of"),
        ([{"all": [{"type": "tag", "ids": []}]}], "ids can't be blank"),
        ([{"all": [{"type": "tag", "ids": ["x"]}]}], "must be a whole number"),
        ([{"any": [{"type": "tag", "ids": [1, 77]}]}], "Tag not found: 77"),
        ([{"any": [{"type": "segment", "ids": [5]}]}], "Segment not found: 5"),
        ([{"none": [{"type": "all_subscribers"}]}], "cannot be combined"),
    ],
)
def test_an_audience_that_would_mean_something_else_is_refused(
    server: Any, given: Any, text: str
) -> None:
    server.api.post("/tags", json={"name": "a"})

    answer = server.api.post(
        "/broadcasts", json={"subject": "A", "content": "<p>x</p>", "subscriber_filter": given}
    )

    assert answer.status_code == 422
    assert text in answer.json()["errors"][0]


def test_a_public_broadcast_has_a_time_of_publication(server: Any) -> None:
    given = server.draft(public="1", published_at="2026-11-20 08:00:00", send_at=LATER)
    own = server.draft(public=True, send_at=LATER)
    hidden = put(server, given["id"], public=0).json()["broadcast"]

    assert given["published_at"] == "2026-11-20T08:00:00Z"
    assert own["published_at"] == LATER
    assert hidden["published_at"] is None


def test_lists_are_filtered_by_status_and_time_of_sending(server: Any) -> None:
    server.send(subject="sent")
    server.clock.pass_by(days=1)
    server.send(subject="sent later")
    server.draft(subject="due", send_at=server.clock().isoformat())
    server.draft(subject="scheduled", send_at=LATER)
    server.draft(subject="draft")

    def found(**query: str) -> list[str]:
        body = server.api.get("/broadcasts", params={"slim": "1", **query}).json()
        assert all("content" not in each for each in body["broadcasts"])
        return [each["subject"] for each in body["broadcasts"]]

    assert found() == ["draft", "scheduled", "due", "sent later", "sent"]
    assert found(status="completed") == ["sent later", "sent"]
    assert found(status="scheduled") == ["scheduled"]
    assert found(status="sending") == ["due"]
    assert found(status="aborted") == []
    assert found(sent_after="2026-11-25") == ["sent later"]
    assert found(sent_before="2026-11-24") == ["sent"]
    assert server.api.get("/broadcasts?status=lost").status_code == 422


def test_statistics_count_recipients_and_those_who_left(server: Any) -> None:
    server.send()
    server.web.post(server.way_out("ben@example.org"))

    stats = server.api.get("/broadcasts/1/stats").json()["broadcast"]["stats"]
    listed = server.api.get("/broadcasts/stats").json()["broadcasts"][0]

    assert stats == listed["stats"]
    assert (stats["recipients"], stats["unsubscribes"]) == (3, 1)
    assert stats["unsubscribe_rate"] == 33.33, "a percentage"
    assert (stats["status"], stats["progress"]) == ("completed", 100.0)
    assert listed["send_at"] == "2026-11-24T09:00:00Z"


def test_links_are_listed_once_it_was_sent_and_paged(server: Any) -> None:
    links = [f"https://example.org/{number}" for number in range(3)]
    content = "".join(f'<a href="{link}">x</a>' for link in [*links, links[0]])
    content += '<a href="mailto:a@example.org">y</a>'
    draft = server.draft(content=content)
    assert server.api.get("/broadcasts/1/clicks").json()["broadcast"]["clicks"] == []
    put(server, draft["id"], send_at=server.clock().isoformat())
    server.deliver()

    def page(**query: Any) -> tuple[list[str], dict[str, Any]]:
        body = server.api.get("/broadcasts/1/clicks", params=query).json()
        return [each["url"] for each in body["broadcast"]["clicks"]], body["pagination"]

    urls, whole = page(include_total_count=1)
    first, one = page(per_page=2)
    rest, two = page(per_page=2, after=one["end_cursor"])
    back, three = page(per_page=2, before=two["start_cursor"])
    assert (urls, whole["total_count"]) == (links, 3)
    assert (first, one["has_next_page"], rest) == (links[:2], True, links[2:])
    assert (two["has_previous_page"], two["has_next_page"]) == (True, False)
    assert (back, three["has_previous_page"], three["has_next_page"]) == (links[:2], False, True)


def test_a_broadcast_counts_as_sending_from_the_second_it_is_due(server: Any) -> None:
    """Whoever delivers may be a minute late; nobody may change the letter in that minute."""
    server.draft(send_at=(server.clock() + timedelta(seconds=1)).isoformat())
    before = server.api.get("/broadcasts/1").json()["broadcast"]["status"]

    server.clock.pass_by(seconds=1)

    assert before == "scheduled"
    assert server.api.get("/broadcasts/1").json()["broadcast"]["status"] == "sending"
    assert put(server, 1, send_at=None).status_code == 422
