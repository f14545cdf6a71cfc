"""What the operations on the account, purchases, templates and webhooks take and give."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.server.events import LEGACY, TYPES
from newsletter.server.openapi.words import (
    ADDRESS,
    DAY,
    FREE,
    ID,
    NUMBER,
    PAGE,
    TEXT,
    URL,
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

_ENDPOINT: Mapping[str, Schema] = {
    "name": null(TEXT),
    "description": null(TEXT),
    "url": URL,
    "events": many(one_of(*TYPES), least=1),
}
_ONE_ENDPOINT = obj({"webhook_endpoint": ref("WebhookEndpoint")})
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
