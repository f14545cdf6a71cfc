"""The calls on sequences, snippets, posts and a reader's statistics, in the order they are made.

Each is (operation, path, query or body, status), as in `test_server_answers`.
"""

from typing import Any

_EMAIL = {"subject": "The first morning", "delay_value": "1", "delay_unit": "days"}
_TAGGED = [{"all": [{"type": "tag", "ids": [1]}]}]
_BEN = {"email_address": "ben@example.org"}

LETTER_CALLS: list[tuple[str, str, Any, int]] = [
    ("POST /sequences", "", {"name": "Seven mornings"}, 201),
    ("POST /sequences", "", {"name": " "}, 422),
    ("GET /sequences", "", {"include_total_count": "1"}, 200),
    ("GET /sequences/{id}", "/sequences/1", None, 200),
    ("GET /sequences/{id}", "/sequences/12345", None, 404),
    ("PUT /sequences/{id}", "/sequences/1", {"send_hour": "9"}, 200),
    ("PUT /sequences/{id}", "/sequences/1", {"send_hour": 24}, 422),
    ("PUT /sequences/{id}", "/sequences/12345", {}, 404),
    ("POST /sequences/{sequence_id}/emails", "/sequences/1/emails", _EMAIL, 201),
    ("POST /sequences/{sequence_id}/emails", "/sequences/1/emails", {}, 422),
    ("POST /sequences/{sequence_id}/emails", "/sequences/12345/emails", _EMAIL, 404),
    ("GET /sequences/{sequence_id}/emails", "/sequences/1/emails", None, 200),
    ("GET /sequences/{sequence_id}/emails", "/sequences/12345/emails", None, 404),
    ("GET /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", None, 200),
    ("GET /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/12345", None, 404),
    (
        "PUT /sequences/{sequence_id}/emails/{id}",
        "/sequences/1/emails/1",
        {"content": "<p>Sit down.</p>", "published": 1},
        200,
    ),
    ("PUT /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", {"subject": ""}, 422),
    ("PUT /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/12345", {}, 404),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", _BEN, 201),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", _BEN, 200),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", {}, 422),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/12345/subscribers", _BEN, 404),
    ("POST /sequences/{sequence_id}/subscribers/{id}", "/sequences/1/subscribers/1", None, 201),
    ("POST /sequences/{sequence_id}/subscribers/{id}", "/sequences/1/subscribers/1", None, 200),
    ("POST /sequences/{sequence_id}/subscribers/{id}", "/sequences/1/subscribers/12345", [], 404),
    ("GET /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", None, 200),
    ("GET /sequences/{sequence_id}/subscribers", "/sequences/12345/subscribers", None, 404),
    ("DELETE /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", None, 204),
    ("DELETE /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", None, 404),
    ("DELETE /sequences/{id}", "/sequences/1", None, 204),
    ("DELETE /sequences/{id}", "/sequences/1", None, 404),
    (
        "POST /snippets",
        "",
        {"name": "Goodbye", "snippet_type": "inline", "content": "Until Sunday"},
        201,
    ),
    (
        "POST /snippets",
        "",
        {
            "name": "Foot",
            "snippet_type": "block",
            "document_attributes": {"value_html": "<p>Foot</p>"},
        },
        201,
    ),
    ("POST /snippets", "", {"name": "", "snippet_type": "inline"}, 422),
    ("GET /snippets", "", {"include_content": "1"}, 200),
    ("GET /snippets/{id}", "/snippets/1", None, 200),
    ("GET /snippets/{id}", "/snippets/2", None, 200),
    ("GET /snippets/{id}", "/snippets/12345", None, 404),
    ("PUT /snippets/{id}", "/snippets/1", {"content": "Until Monday"}, 200),
    ("PUT /snippets/{id}", "/snippets/1", {"snippet_type": "block"}, 422),
    ("PUT /snippets/{id}", "/snippets/12345", {}, 404),
    (
        "POST /broadcasts",
        "",
        {
            "subject": "On the web",
            "content": "<p>Words</p>",
            "public": True,
            "subscriber_filter": _TAGGED,
        },
        201,
    ),
    ("GET /posts", "", {"include_content": "1"}, 200),
    ("GET /posts/{id}", "/posts/1", None, 200),
    ("GET /posts/{id}", "/posts/12345", None, 404),
    ("GET /subscribers/{subscriber_id}/stats", "/subscribers/1/stats", None, 200),
    ("GET /subscribers/{subscriber_id}/stats", "/subscribers/2/stats", None, 200),
]
