"""What can be told to other programs: the event types of both kinds of webhooks, in Kit's spelling.

All that Kit knows may be subscribed to (Kit reference §10).
"""

from __future__ import annotations

TYPES = (
    "subscriber.created",
    "subscriber.activated",
    "subscriber.unsubscribed",
    "subscriber.bounced",
    "subscriber.complained",
    "subscriber.subscribed_to_form",
    "subscriber.added_to_sequence",
    "subscriber.sequence_completed",
    "subscriber.tag_added",
    "subscriber.tag_removed",
    "subscriber.custom_field_value_updated",
    "sequence.created",
    "sequence.deleted",
    "sequence.published",
    "sequence.disabled",
    "tag.created",
    "tag.deleted",
    "broadcast.created",
    "broadcast.sent",
    "broadcast.deleted",
    "post.published",
    "custom_field.created",
    "custom_field.deleted",
)
"""Of webhook endpoints."""

LEGACY: dict[str, str | None] = {
    "subscriber.subscriber_activate": None,
    "subscriber.subscriber_unsubscribe": None,
    "subscriber.subscriber_bounce": None,
    "subscriber.subscriber_complain": None,
    "subscriber.form_subscribe": "form_id",
    "subscriber.course_subscribe": "sequence_id",
    "subscriber.course_complete": "sequence_id",
    "subscriber.link_click": "initiator_value",
    "subscriber.product_purchase": "product_id",
    "subscriber.tag_add": "tag_id",
    "subscriber.tag_remove": "tag_id",
    "purchase.purchase_create": None,
    "custom_field.field_created": None,
    "custom_field.field_deleted": None,
    "custom_field.field_value_updated": "custom_field_id",
}
"""Of webhooks of the first kind, each with the parameter it cannot do without."""

LEGACY_NAMES = {
    "subscriber.activated": "subscriber.subscriber_activate",
    "subscriber.unsubscribed": "subscriber.subscriber_unsubscribe",
    "subscriber.bounced": "subscriber.subscriber_bounce",
    "subscriber.complained": "subscriber.subscriber_complain",
    "subscriber.subscribed_to_form": "subscriber.form_subscribe",
    "subscriber.added_to_sequence": "subscriber.course_subscribe",
    "subscriber.sequence_completed": "subscriber.course_complete",
    "subscriber.tag_added": "subscriber.tag_add",
    "subscriber.tag_removed": "subscriber.tag_remove",
    "subscriber.custom_field_value_updated": "custom_field.field_value_updated",
    "custom_field.created": "custom_field.field_created",
    "custom_field.deleted": "custom_field.field_deleted",
}
"""What the first kind calls the events that happen here; it has no word for a creation."""
