"""What the operations on the account, on letters and on webhooks take and give."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.server.events import LEGACY, TYPES
from newsletter.server.openapi.objects import ADDED, BROADCAST_STATUS, CREATED, STATUS
from newsletter.server.openapi.words import (
    ADDRESS,
    DAY,
    DAY_OR_TIME,
    FREE,
    ID,
    NUMBER,
    PAGE,
    TEXT,
    URL,
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
_ENDPOINT: Mapping[str, Schema] = {
    "name": null(TEXT),
    "description": null(TEXT),
    "url": URL,
    "events": many(one_of(*TYPES), least=1),
}
_ONE_ENDPOINT = obj({"webhook_endpoint": ref("WebhookEndpoint")})
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
_COLORS = obj(
    {"colors": {**many({"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}), "maxItems": 10}}
)
_PURCHASE = obj(
    {
        "email_address": ADDRESS,
        "transaction_id": {"type": ["string", "integer"]},
        "products": many(FREE, least=1),
    },
    first_name=null(TEXT),
    status=null(TEXT),
    currency=null(TEXT),
    transaction_time=null(TEXT),
    **{name: null(NUMBER) for name in ("subtotal", "tax", "shipping", "discount", "total")},
)

DESCRIBED: Mapping[str, Described] = {
    "GET /account": Described(
        summary="Whose account this is",
        answers={200: obj({"user": FREE, "account": ref("Account")})},
    ),
    "GET /account/colors": Described(summary="The brand's colours", answers={200: _COLORS}),
    "PUT /account/colors": Described(
        summary="Replace the brand's colours", body=_COLORS, answers={200: _COLORS}
    ),
    "GET /account/creator_profile": Described(
        summary="The public profile", answers={200: obj({"profile": ref("CreatorProfile")})}
    ),
    "GET /account/email_stats": Described(
        summary="Mail of the last 90 days", answers={200: obj({"stats": ref("EmailStats")})}
    ),
    "GET /account/growth_stats": Described(
        summary="Who came and went",
        query={"starting": DAY, "ending": DAY},
        answers={200: obj({"stats": ref("GrowthStats")})},
    ),
    "GET /email_templates": Described(
        summary="List email templates",
        query=PAGE,
        answers={200: listed("email_templates", ref("EmailTemplate"))},
    ),
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
    "GET /purchases": Described(
        summary="List purchases",
        query=PAGE,
        answers={200: listed("purchases", ref("Purchase"))},
    ),
    "POST /purchases": Described(
        summary="Record a purchase; the same keys may stand flat or under `purchase`",
        body={"anyOf": [_PURCHASE, obj({"purchase": _PURCHASE})]},
        answers={201: obj({"purchase": ref("Purchase")})},
    ),
    "GET /purchases/{id}": Described(
        summary="Read a purchase",
        answers={200: obj({"purchase": ref("Purchase")})},
    ),
    "GET /webhooks": Described(
        summary="List webhooks of the first kind",
        query=PAGE,
        answers={200: listed("webhooks", ref("Webhook"))},
    ),
    "POST /webhooks": Described(
        summary="Have one kind of event posted, unsigned",
        body=obj(
            {
                "target_url": URL,
                "event": obj(
                    {"name": one_of(*LEGACY)},
                    form_id=ID,
                    tag_id=ID,
                    sequence_id=ID,
                    product_id=ID,
                    custom_field_id=ID,
                    initiator_value=TEXT,
                ),
            }
        ),
        answers={201: obj({"webhook": ref("Webhook")})},
    ),
    "DELETE /webhooks/{id}": Described(summary="Delete a webhook", answers={204: None}),
    "GET /webhook_endpoints": Described(
        summary="List webhook endpoints",
        query={"status": one_of("active", "disabled"), **PAGE},
        answers={200: listed("webhook_endpoints", ref("WebhookEndpoint"))},
    ),
    "POST /webhook_endpoints": Described(
        summary="Have events posted, signed; this answer alone shows the secret",
        body=obj(
            {"url": URL, "events": _ENDPOINT["events"]}, name=null(TEXT), description=null(TEXT)
        ),
        answers={201: _ONE_ENDPOINT},
    ),
    "GET /webhook_endpoints/{id}": Described(
        summary="Read a webhook endpoint", answers={200: _ONE_ENDPOINT}
    ),
    "PATCH /webhook_endpoints/{id}": Described(
        summary="Change a webhook endpoint",
        body=obj({}, status=one_of("active", "disabled"), **_ENDPOINT),
        answers={200: _ONE_ENDPOINT},
    ),
    "DELETE /webhook_endpoints/{id}": Described(
        summary="Delete a webhook endpoint with its history", answers={204: None}
    ),
    "POST /webhook_endpoints/{id}/rotate_secret": Described(
        summary="Make a new secret; the old one is good for a day more",
        body=obj({}, force=YES),
        answers={200: _ONE_ENDPOINT},
    ),
    "POST /webhook_endpoints/{id}/revoke_previous_secret": Described(
        summary="End the time in which the old secret is good", answers={200: _ONE_ENDPOINT}
    ),
    "GET /webhook_endpoints/{id}/deliveries": Described(
        summary="What an endpoint was told in the last 30 days",
        query={
            "status": one_of("pending", "retrying", "delivered", "failed"),
            "event_type": one_of(*TYPES),
            **PAGE,
        },
        answers={200: listed("deliveries", ref("Delivery"))},
    ),
    "GET /webhook_endpoints/{id}/deliveries/{delivery_id}": Described(
        summary="One delivery with its attempts",
        query={"include_payload": YES},
        answers={200: obj({"delivery": ref("Delivery")})},
    ),
}
