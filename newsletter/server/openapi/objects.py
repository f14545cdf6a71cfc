"""The objects of the API's answers."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.server.openapi.words import (
    DAY_OR_TIME,
    FREE,
    ID,
    NUMBER,
    TEXT,
    TIME,
    URL,
    VALUES,
    WHOLE,
    YES,
    Schema,
    also,
    many,
    null,
    obj,
    one_of,
    ref,
)

STATE = one_of("active", "inactive", "bounced", "complained", "cancelled")
STATUS = one_of("active", "inactive", "bounced", "complained", "cancelled", "all")
ADDED: Mapping[str, Schema] = {"added_after": DAY_OR_TIME, "added_before": DAY_OR_TIME}
CREATED: Mapping[str, Schema] = {"created_after": DAY_OR_TIME, "created_before": DAY_OR_TIME}
BROADCAST_STATUS = one_of("draft", "scheduled", "sending", "completed", "aborted")
_PERSON = {"id": ID, "first_name": null(TEXT), "email_address": TEXT, "created_at": TIME}
_UTM = {name: null(TEXT) for name in ("source", "medium", "campaign", "term", "content")}
_SOURCES = many(obj({"type": TEXT, "ids": many(ID)}))
_LOCATION = obj(
    {
        "city": null(TEXT),
        "country": null(TEXT),
        "latitude": null(NUMBER),
        "longitude": null(NUMBER),
        "timezone": null(TEXT),
    },
    state=null(TEXT),
)
_ATTRIBUTION = (
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "source_type",
    "source_name",
    "source_mechanism",
    "source_mechanism_id",
)

SCHEMAS: Mapping[str, Schema] = {
    "Errors": obj({"errors": many(TEXT, least=1)}),
    "Pagination": obj(
        {
            "has_previous_page": YES,
            "has_next_page": YES,
            "start_cursor": null(TEXT),
            "end_cursor": null(TEXT),
            "per_page": WHOLE,
        },
        total_count=WHOLE,
    ),
    "Location": _LOCATION,
    "Attribution": obj({name: null({"type": ["string", "integer"]}) for name in _ATTRIBUTION}),
    "Subscriber": obj(
        {
            "id": ID,
            "first_name": null(TEXT),
            "email_address": TEXT,
            "state": STATE,
            "created_at": TIME,
        },
        fields=VALUES,
        tags=many(FREE),
        attribution=ref("Attribution"),
        location=null(ref("Location")),
        canceled_at=null(TIME),
    ),
    "FoundSubscriber": obj(
        {
            "id": TEXT,
            "first_name": null(TEXT),
            "email_address": TEXT,
            "created_at": TIME,
            "tag_names": many(TEXT),
            "tag_ids": many(TEXT),
        },
        tags=many(FREE),
        attribution=ref("Attribution"),
        location=null(ref("Location")),
        canceled_at=null(TIME),
        fields=VALUES,
    ),
    "FormMember": also(
        "Subscriber",
        {"added_at": TIME, "referrer": null(TEXT), "referrer_utm_parameters": obj(_UTM)},
    ),
    "FormAddition": obj(
        {
            **_PERSON,
            "added_at": TIME,
            "referrer": null(TEXT),
            "referrer_utm_parameters": obj(_UTM),
        }
    ),
    "Tagging": obj({**_PERSON, "tagged_at": TIME}),
    "TagMember": also("Subscriber", {"tagged_at": TIME}),
    "SequenceMember": also("Subscriber", {"added_at": TIME}),
    "SubscriberStats": obj(
        {
            **dict.fromkeys(("sent", "opened", "clicked", "bounced"), WHOLE),
            **dict.fromkeys(("open_rate", "click_rate"), NUMBER),
            **dict.fromkeys(("last_sent", "last_opened", "last_clicked"), null(TEXT)),
            **dict.fromkeys(("sends_since_last_open", "sends_since_last_click"), WHOLE),
        }
    ),
    "Tag": obj({"id": ID, "name": TEXT, "created_at": TIME}, subscriber_count=WHOLE),
    "TagOfSubscriber": obj({"id": ID, "name": TEXT, "tagged_at": TIME}),
    "Form": obj(
        {
            "id": ID,
            "name": TEXT,
            "created_at": TIME,
            "type": one_of("embed", "hosted"),
            "format": null(TEXT),
            "embed_js": URL,
            "embed_url": URL,
            "archived": YES,
            "uid": TEXT,
        },
        subscriber_count=WHOLE,
    ),
    "Segment": obj({"id": ID, "name": TEXT, "created_at": TIME}),
    "CustomField": obj({"id": ID, "name": TEXT, "key": TEXT, "label": TEXT}, created_at=TIME),
    "EmailTemplate": obj({"id": ID, "name": TEXT, "is_default": YES, "category": TEXT}),
    "Broadcast": obj(
        {
            "id": ID,
            "publication_id": ID,
            "created_at": TIME,
            "subject": null(TEXT),
            "preview_text": null(TEXT),
            "description": null(TEXT),
            "public": YES,
            "published_at": null(TIME),
            "send_at": null(TIME),
            "status": BROADCAST_STATUS,
            "thumbnail_alt": null(TEXT),
            "thumbnail_url": null(TEXT),
        },
        content=null(TEXT),
        public_url=null(TEXT),
        email_address=null(TEXT),
        email_template=obj({"id": ID, "name": TEXT}),
        subscriber_filter=many(FREE),
    ),
    "BroadcastStats": obj(
        {
            **dict.fromkeys(("open_rate", "click_rate", "unsubscribe_rate", "progress"), NUMBER),
            **dict.fromkeys(("recipients", "emails_opened", "unsubscribes", "total_clicks"), WHOLE),
            **dict.fromkeys(
                ("show_total_clicks", "open_tracking_disabled", "click_tracking_disabled"), YES
            ),
            "status": BROADCAST_STATUS,
        }
    ),
    "Click": obj(
        {
            "url": TEXT,
            "unique_clicks": WHOLE,
            "click_to_delivery_rate": NUMBER,
            "click_to_open_rate": NUMBER,
        }
    ),
    "Webhook": obj({"id": ID, "account_id": WHOLE, "event": FREE, "target_url": TEXT}),
    "WebhookEndpoint": obj(
        {
            "id": ID,
            "name": null(TEXT),
            "url": TEXT,
            "events": many(TEXT),
            "status": one_of("active", "disabled"),
            "source": TEXT,
            "description": null(TEXT),
            "created_by_app": null(TEXT),
            "created_at": TIME,
            "previous_secret_expires_at": null(TIME),
        },
        secret=TEXT,
    ),
    "Delivery": obj(
        {
            "id": ID,
            "event_type": TEXT,
            "event_count": WHOLE,
            "status": one_of("pending", "retrying", "delivered", "failed"),
            "attempt_count": WHOLE,
            "next_attempt_at": null(TIME),
            "created_at": TIME,
            "completed_at": null(TIME),
        },
        attempts=many(FREE),
        payload=FREE,
    ),
    "Account": obj({"id": WHOLE, "name": TEXT, "plan_type": TEXT, "plan": FREE, "timezone": FREE}),
    "Sequence": obj(
        {
            "id": ID,
            "name": TEXT,
            "hold": YES,
            "repeat": YES,
            "created_at": TIME,
            "updated_at": TIME,
            "email_address": null(TEXT),
            "email_template_id": null(ID),
            "send_days": many(TEXT),
            "send_hour": WHOLE,
            "time_zone": TEXT,
            "active": YES,
            "exclude_subscriber_sources": _SOURCES,
            "email_count": WHOLE,
            "subscriber_count": WHOLE,
        },
        stats=FREE,
    ),
    "SequenceEmail": obj(
        {
            "id": ID,
            "sequence_id": ID,
            "subject": null(TEXT),
            "preview_text": null(TEXT),
            "email_address": null(TEXT),
            "email_template_id": null(ID),
            "published": YES,
            "position": WHOLE,
            "delay_value": WHOLE,
            "delay_unit": one_of("days", "hours"),
            "send_days": null(many(TEXT)),
        },
        content=null(TEXT),
        stats=FREE,
    ),
    "Snippet": obj(
        {
            "id": ID,
            "name": TEXT,
            "snippet_type": one_of("inline", "block"),
            "archived": YES,
            "key": TEXT,
            "created_at": TIME,
            "updated_at": TIME,
        },
        content=null(TEXT),
        document=null(FREE),
    ),
    "Post": obj(
        {
            "id": ID,
            "publication_id": ID,
            "created_at": TIME,
            "title": null(TEXT),
            "slug": null(TEXT),
            "description": null(TEXT),
            "meta_description": null(TEXT),
            "status": one_of("draft", "published"),
            "published_at": null(TIME),
            "sent_at": null(TIME),
            "thumbnail_alt": null(TEXT),
            "thumbnail_url": null(TEXT),
            "is_paid": null(YES),
            "public_url": null(TEXT),
        },
        content=null(TEXT),
    ),
    "Purchase": obj(
        {
            "id": ID,
            "transaction_id": TEXT,
            "status": TEXT,
            "email_address": TEXT,
            "subscriber_id": null(ID),
            "currency": TEXT,
            "transaction_time": TIME,
            **dict.fromkeys(("subtotal", "discount", "tax", "total"), NUMBER),
            "products": many(FREE),
        },
        source=null(TEXT),
    ),
    "CreatorProfile": FREE,
    "GrowthStats": obj(
        {
            **dict.fromkeys(("cancellations", "net_new_subscribers", "new_subscribers"), WHOLE),
            "subscribers": WHOLE,
            "starting": TIME,
            "ending": TIME,
        }
    ),
    "EmailStats": obj(
        {
            **dict.fromkeys(("sent", "clicked", "opened"), WHOLE),
            "email_stats_mode": TEXT,
            "open_tracking_enabled": YES,
            "click_tracking_enabled": YES,
            "starting": TIME,
            "ending": TIME,
        }
    ),
}
