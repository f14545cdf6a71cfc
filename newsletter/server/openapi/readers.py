"""What the operations on readers and their groups take and give."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.server.openapi.objects import ADDED, CREATED, STATE, STATUS
from newsletter.server.openapi.words import (
    ADDRESS,
    DAY_OR_TIME,
    FREE,
    ID,
    NUMBER,
    PAGE,
    TEXT,
    TIME,
    VALUES,
    YES,
    Described,
    Schema,
    comma,
    listed,
    many,
    null,
    obj,
    one_of,
    ref,
)

_TAGGED = {"tagged_after": DAY_OR_TIME, "tagged_before": DAY_OR_TIME}
_COUNT = {"include": comma("subscriber_count")}
_MEMBERS: Mapping[str, Schema] = {"status": STATUS, **CREATED, "slim": YES, **PAGE}
_BY_ADDRESS = obj({"email_address": ADDRESS})
_NAMED = obj({"name": {"type": "string", "minLength": 1, "maxLength": 255}})
_LABEL = obj({"label": {"type": "string", "minLength": 1, "maxLength": 255}})
_FIRST_NAME = {"type": ["string", "null"], "maxLength": 255}
_WRITTEN = obj({"subscriber": ref("Subscriber")}, warnings=many(TEXT))
_LOCATED = obj({"subscriber": obj({"id": ID, "location": null(ref("Location"))})})
_PLACE = obj(
    {
        "location": obj(
            {
                "city": null(TEXT),
                "state_province": null(TEXT),
                "country_code": TEXT,
                "latitude": null(NUMBER),
                "longitude": null(NUMBER),
                "timezone": null(TEXT),
            }
        )
    }
)


def _member(name: str) -> Mapping[int, Schema]:
    shown = obj({"subscriber": ref(name)})
    return {200: shown, 201: shown}


DESCRIBED: Mapping[str, Described] = {
    "GET /subscribers": Described(
        summary="List subscribers",
        query={
            "email_address": TEXT,
            "status": STATUS,
            **CREATED,
            "updated_after": DAY_OR_TIME,
            "updated_before": DAY_OR_TIME,
            "sort_field": one_of("id", "created_at", "updated_at", "cancelled_at"),
            "sort_order": one_of("asc", "desc"),
            "include": comma("attribution", "tags", "location", "canceled_at"),
            "slim": YES,
            **PAGE,
        },
        answers={200: listed("subscribers", ref("Subscriber"))},
    ),
    "POST /subscribers": Described(
        summary="Create a subscriber, or bring name and fields of the one with this address up to date",
        body=obj({"email_address": ADDRESS}, first_name=_FIRST_NAME, state=STATE, fields=VALUES),
        answers={200: _WRITTEN, 201: _WRITTEN, 202: _WRITTEN},
    ),
    "POST /subscribers/filter": Described(
        summary="List subscribers by what they were sent, have and are",
        body=obj(
            {"all": many(obj({"type": TEXT}))},
            counting_mode=one_of("raw", "unique_email"),
            include=many(obj({"type": TEXT})),
            **PAGE,
        ),
        answers={200: listed("subscribers", ref("FoundSubscriber"))},
    ),
    "GET /subscribers/{id}": Described(
        summary="Read a subscriber", answers={200: obj({"subscriber": ref("Subscriber")})}
    ),
    "PUT /subscribers/{id}": Described(
        summary="Change name, address and fields of a subscriber",
        body=obj({}, email_address=ADDRESS, first_name=_FIRST_NAME, fields=VALUES),
        answers={200: _WRITTEN, 202: _WRITTEN},
    ),
    "POST /subscribers/{id}/unsubscribe": Described(
        summary="Unsubscribe somebody from everything", answers={204: None}
    ),
    "GET /subscribers/{subscriber_id}/stats": Described(
        summary="What a subscriber was sent, opened and clicked",
        query={"email_sent_after": DAY_OR_TIME, "email_sent_before": DAY_OR_TIME},
        answers={200: obj({"subscriber": obj({"id": ID, "stats": ref("SubscriberStats")})})},
    ),
    "GET /subscribers/{subscriber_id}/tags": Described(
        summary="List the tags of a subscriber",
        query=PAGE,
        answers={200: listed("tags", ref("TagOfSubscriber"))},
    ),
    "POST /subscribers/{subscriber_id}/location": Described(
        summary="Say where a subscriber is", body=_PLACE, answers={200: _LOCATED}
    ),
    "PATCH /subscribers/{subscriber_id}/location": Described(
        summary="Say where a subscriber is now", body=_PLACE, answers={200: _LOCATED}
    ),
    "DELETE /subscribers/{subscriber_id}/location": Described(
        summary="Forget what was said of where a subscriber is", answers={204: None}
    ),
    "GET /tags": Described(
        summary="List tags", query={**_COUNT, **PAGE}, answers={200: listed("tags", ref("Tag"))}
    ),
    "POST /tags": Described(
        summary="Create a tag; the one of this name where there is one",
        body=_NAMED,
        answers={200: obj({"tag": ref("Tag")}), 201: obj({"tag": ref("Tag")})},
    ),
    "PUT /tags/{id}": Described(
        summary="Rename a tag", body=_NAMED, answers={200: obj({"tag": ref("Tag")})}
    ),
    "GET /tags/{tag_id}/subscribers": Described(
        summary="List the subscribers of a tag",
        query={**_TAGGED, **_MEMBERS},
        answers={200: listed("subscribers", ref("TagMember"))},
    ),
    "POST /tags/{tag_id}/subscribers": Described(
        summary="Tag a subscriber by address", body=_BY_ADDRESS, answers=_member("TagMember")
    ),
    "POST /tags/{tag_id}/subscribers/{id}": Described(
        summary="Tag a subscriber", answers=_member("TagMember")
    ),
    "DELETE /tags/{tag_id}/subscribers": Described(
        summary="Untag a subscriber by address, in the body or in the query",
        query={"email_address": ADDRESS},
        body=obj({}, email_address=ADDRESS),
        answers={204: None},
    ),
    "DELETE /tags/{tag_id}/subscribers/{id}": Described(
        summary="Untag a subscriber", answers={204: None}
    ),
    "GET /forms": Described(
        summary="List forms and landing pages",
        query={
            "status": one_of("active", "archived", "trashed", "all"),
            "type": one_of("embed", "hosted"),
            **_COUNT,
            **PAGE,
        },
        answers={200: listed("forms", ref("Form"))},
    ),
    "GET /forms/{form_id}/subscribers": Described(
        summary="List the subscribers of a form",
        query={**ADDED, **_MEMBERS},
        answers={200: listed("subscribers", ref("FormMember"))},
    ),
    "POST /forms/{form_id}/subscribers": Described(
        summary="Add a subscriber to a form by address",
        body=obj({"email_address": ADDRESS}, referrer=null(TEXT)),
        answers=_member("FormMember"),
    ),
    "POST /forms/{form_id}/subscribers/{id}": Described(
        summary="Add a subscriber to a form",
        body=obj({}, referrer=null(TEXT)),
        answers=_member("FormMember"),
    ),
    "POST /landing_pages/{form_id}/subscribers/{id}": Described(
        summary="Add a subscriber to a landing page",
        body=obj({}, referrer=null(TEXT)),
        answers=_member("FormMember"),
    ),
    "GET /segments": Described(
        summary="List segments", query=PAGE, answers={200: listed("segments", ref("Segment"))}
    ),
    "GET /custom_fields": Described(
        summary="List custom fields",
        query=PAGE,
        answers={200: listed("custom_fields", ref("CustomField"))},
    ),
    "POST /custom_fields": Described(
        summary="Create a custom field; the one of this label where there is one",
        body=_LABEL,
        answers=dict.fromkeys((200, 201), obj({"custom_field": ref("CustomField")})),
    ),
    "PUT /custom_fields/{id}": Described(
        summary="Rename a custom field",
        body=_LABEL,
        answers={200: obj({"custom_field": ref("CustomField")})},
    ),
    "DELETE /custom_fields/{id}": Described(
        summary="Delete a custom field with its values", answers={204: None}
    ),
}


def _bulk(
    summary: str, taken: str, item: Schema, given: Mapping[str, Schema], *, failures: Schema = FREE
) -> Described:
    # An async answer is empty: the results go to the callback.
    done = obj({**given, "failures": many(failures)})
    return Described(
        summary=summary,
        body=obj({taken: many(item, least=1)}, callback_url=null(TEXT)),
        answers={200: done, 202: FREE},
    )


_TAGGING = obj({"tag_id": ID, "subscriber_id": ID})
_ADDITION = obj({"form_id": ID, "subscriber_id": ID}, referrer=null(TEXT))
_VALUE = obj({"subscriber_id": ID, "subscriber_custom_field_id": ID, "value": null(TEXT)})
_NEW = obj({"email_address": TEXT}, first_name=null(TEXT), state=STATE, created_at=TIME)

BULK: Mapping[str, Described] = {
    "POST /bulk/subscribers": _bulk(
        "Create or update many subscribers",
        "subscribers",
        _NEW,
        {"subscribers": many(ref("Subscriber"))},
    ),
    "POST /bulk/tags": _bulk(
        "Create many tags", "tags", obj({"name": TEXT}), {"tags": many(ref("Tag"))}
    ),
    "DELETE /bulk/tags": _bulk("Delete many tags", "tags", obj({"id": ID}), {}),
    "POST /bulk/tags/subscribers": _bulk(
        "Tag many subscribers",
        "taggings",
        _TAGGING,
        {"subscribers": many(ref("Tagging"))},
    ),
    "DELETE /bulk/tags/subscribers": _bulk("Untag many subscribers", "taggings", _TAGGING, {}),
    "POST /bulk/forms/subscribers": _bulk(
        "Add many subscribers to forms",
        "additions",
        _ADDITION,
        {"subscribers": many(ref("FormAddition"))},
    ),
    "POST /bulk/custom_fields": _bulk(
        "Create many custom fields",
        "custom_fields",
        obj({"label": TEXT}),
        {"custom_fields": many(ref("CustomField"))},
    ),
    "POST /bulk/custom_fields/subscribers": _bulk(
        "Set many values of custom fields",
        "custom_field_values",
        _VALUE,
        {"custom_field_values": many(FREE)},
    ),
}
