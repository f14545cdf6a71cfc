"""What the operations on letters take and give: broadcasts, posts, sequences, snippets."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.server.openapi.objects import ADDED, BROADCAST_STATUS, CREATED, STATUS
from newsletter.server.openapi.words import (
    ADDRESS,
    DAY_OR_TIME,
    FREE,
    ID,
    PAGE,
    TEXT,
    WHOLE,
    YES,
    Described,
    Schema,
    listed,
    many,
    null,
    obj,
    one_of,
    ref,
)

_SENT = {"sent_after": DAY_OR_TIME, "sent_before": DAY_OR_TIME, "status": BROADCAST_STATUS}
_STATS = {"include": one_of("stats")}
_BROADCAST: Mapping[str, Schema] = {
    "subject": TEXT,
    "preview_text": null(TEXT),
    "description": null(TEXT),
    "content": null(TEXT),
    "public": YES,
    "published_at": null(TEXT),
    "send_at": null(TEXT),
    "thumbnail_alt": null(TEXT),
    "thumbnail_url": null(TEXT),
    "email_address": null(TEXT),
    "email_template_id": null(ID),
    "allow_starting_point": YES,
    "subscriber_filter": null(many(FREE)),
}
_ONE_BROADCAST = obj({"broadcast": ref("Broadcast")})
_DAYS = many(one_of("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
_SEQUENCE: Mapping[str, Schema] = {
    "email_address": null(TEXT),
    "email_template_id": null(ID),
    "send_days": _DAYS,
    "send_hour": {"type": "integer", "minimum": 0, "maximum": 23},
    "time_zone": TEXT,
    "active": YES,
    "repeat": YES,
    "hold": YES,
    "exclude_subscriber_sources": many(FREE),
}
_EMAIL: Mapping[str, Schema] = {
    "subject": TEXT,
    "delay_value": WHOLE,
    "delay_unit": one_of("days", "hours"),
}
_EMAIL_MORE: Mapping[str, Schema] = {
    "preview_text": null(TEXT),
    "content": null(TEXT),
    "email_template_id": null(ID),
    "email_address": null(TEXT),
    "published": YES,
    "position": null(WHOLE),
    "send_days": null(_DAYS),
}
_MEMBER = obj({"subscriber": ref("SequenceMember")})
_ONE_SEQUENCE = obj({"sequence": ref("Sequence")})
_ONE_EMAIL = obj({"email": ref("SequenceEmail")})
_ONE_SNIPPET = obj({"snippet": ref("Snippet")})
_SNIPPET: Mapping[str, Schema] = {
    "content": null(TEXT),
    "document_attributes": null(obj({}, value_html=TEXT)),
}

DESCRIBED: Mapping[str, Described] = {
    "GET /broadcasts": Described(
        summary="List broadcasts",
        query={**_SENT, "slim": YES, **PAGE},
        answers={200: listed("broadcasts", ref("Broadcast"))},
    ),
    "POST /broadcasts": Described(
        summary="Draft a broadcast, or schedule it by a time to send",
        body=obj({"subject": TEXT}, **{k: v for k, v in _BROADCAST.items() if k != "subject"}),
        answers={201: _ONE_BROADCAST},
    ),
    "GET /broadcasts/stats": Described(
        summary="List broadcasts with their statistics",
        query={**_SENT, **PAGE},
        answers={
            200: listed(
                "broadcasts",
                obj(
                    {
                        "id": ID,
                        "subject": null(TEXT),
                        "send_at": null(TEXT),
                        "stats": ref("BroadcastStats"),
                    }
                ),
            )
        },
    ),
    "GET /broadcasts/{broadcast_id}/stats": Described(
        summary="The statistics of a broadcast",
        answers={200: obj({"broadcast": obj({"id": ID, "stats": ref("BroadcastStats")})})},
    ),
    "GET /broadcasts/{broadcast_id}/clicks": Described(
        summary="The links of a broadcast and who clicked",
        query=PAGE,
        answers={
            200: obj(
                {
                    "broadcast": obj({"id": ID, "clicks": many(ref("Click"))}),
                    "pagination": ref("Pagination"),
                }
            )
        },
    ),
    "GET /broadcasts/{id}": Described(summary="Read a broadcast", answers={200: _ONE_BROADCAST}),
    "PUT /broadcasts/{id}": Described(
        summary="Change, schedule or unschedule a broadcast",
        body=obj({}, **_BROADCAST),
        answers={200: _ONE_BROADCAST},
    ),
    "DELETE /broadcasts/{id}": Described(
        summary="Delete a broadcast that is not being sent", answers={204: None}
    ),
    "GET /posts": Described(
        summary="List posts",
        query={"include_content": YES, **PAGE},
        answers={200: listed("posts", ref("Post"))},
    ),
    "GET /posts/{id}": Described(summary="Read a post", answers={200: obj({"post": ref("Post")})}),
    "GET /sequences": Described(
        summary="List sequences",
        query={**_STATS, **PAGE},
        answers={200: listed("sequences", ref("Sequence"))},
    ),
    "POST /sequences": Described(
        summary="Create a sequence",
        body=obj({"name": TEXT}, **_SEQUENCE),
        answers={201: _ONE_SEQUENCE},
    ),
    "GET /sequences/{id}": Described(
        summary="Read a sequence", query=_STATS, answers={200: _ONE_SEQUENCE}
    ),
    "PUT /sequences/{id}": Described(
        summary="Change a sequence",
        body=obj({}, name=TEXT, **_SEQUENCE),
        answers={200: _ONE_SEQUENCE},
    ),
    "DELETE /sequences/{id}": Described(summary="Delete a sequence", answers={204: None}),
    "GET /sequences/{sequence_id}/emails": Described(
        summary="List the emails of a sequence",
        query={"include_content": YES, **_STATS, **PAGE},
        answers={200: listed("emails", ref("SequenceEmail"))},
    ),
    "POST /sequences/{sequence_id}/emails": Described(
        summary="Add an email to a sequence",
        body=obj(_EMAIL, **_EMAIL_MORE),
        answers={201: _ONE_EMAIL},
    ),
    "GET /sequences/{sequence_id}/emails/{id}": Described(
        summary="Read an email of a sequence", query=_STATS, answers={200: _ONE_EMAIL}
    ),
    "PUT /sequences/{sequence_id}/emails/{id}": Described(
        summary="Change an email of a sequence",
        body=obj({}, **_EMAIL, **_EMAIL_MORE),
        answers={200: _ONE_EMAIL},
    ),
    "DELETE /sequences/{sequence_id}/emails/{id}": Described(
        summary="Delete an email of a sequence", answers={204: None}
    ),
    "GET /sequences/{sequence_id}/subscribers": Described(
        summary="List the subscribers of a sequence",
        query={
            "status": STATUS,
            **ADDED,
            **CREATED,
            **PAGE,
        },
        answers={200: listed("subscribers", ref("SequenceMember"))},
    ),
    "POST /sequences/{sequence_id}/subscribers": Described(
        summary="Add a subscriber to a sequence by address",
        body=obj({"email_address": ADDRESS}),
        answers={200: _MEMBER, 201: _MEMBER},
    ),
    "POST /sequences/{sequence_id}/subscribers/{id}": Described(
        summary="Add a subscriber to a sequence", answers={200: _MEMBER, 201: _MEMBER}
    ),
    "GET /snippets": Described(
        summary="List snippets",
        query={
            "archived": YES,
            "snippet_type": one_of("inline", "block"),
            "include_content": YES,
            **PAGE,
        },
        answers={200: listed("snippets", ref("Snippet"))},
    ),
    "POST /snippets": Described(
        summary="Create a snippet",
        body=obj({"name": TEXT, "snippet_type": one_of("inline", "block")}, **_SNIPPET),
        answers={201: _ONE_SNIPPET},
    ),
    "GET /snippets/{id}": Described(summary="Read a snippet", answers={200: _ONE_SNIPPET}),
    "PUT /snippets/{id}": Described(
        summary="Rename, rewrite or archive a snippet",
        body=obj({}, name=TEXT, archived=YES, snippet_type=TEXT, **_SNIPPET),
        answers={200: _ONE_SNIPPET},
    ),
}
