"""The keys an issue may set, and the names that other tools have for them.

The other names are those of Kit's API, Buttondown, Ghost, Hugo and Jekyll, so that
a file from one of them is understood.
"""

from __future__ import annotations

import difflib

# Our key, then what is read as it when our own is not there, best first. `title`
# stands for the subject only where there is no subject: `parse` sees to that.
ALIASES: dict[str, tuple[str, ...]] = {
    "subject": (),
    "preview_text": ("preheader", "description", "excerpt", "summary"),
    "send_at": ("publish_date",),
    "date": (),
    "timezone": (),
    "status": (),
    "draft": (),
    "title": (),
    "slug": ("permalink",),
    "audience": ("filter", "email_segment"),
    "from": ("from_email", "email_address"),
    "template": ("layout",),
    "public": ("email_type", "visibility"),
    "thumbnail": ("image", "cover", "feature_image"),
    "thumbnail_alt": ("feature_image_alt",),
    "number": ("secondary_id",),
    "language": ("lang",),
    "topics": ("tags", "categories"),
    "typography": (),
    "theme": (),
    "vars": ("params", "metadata"),
    "ignore": (),
    "note": (),
}
_OURS = {name: key for key, others in ALIASES.items() for name in (key, *others)}


def our_key(name: str) -> str | None:
    """The key that `name` is or stands for, or None."""
    return _OURS.get(name)


def nearest(name: str) -> str | None:
    """The known key that `name` was probably meant to be; our own name for it, or None."""
    tidy = name.strip().lower().replace("-", "_").replace(" ", "_")
    if tidy in _OURS:
        return tidy
    close = difflib.get_close_matches(tidy, _OURS, n=1, cutoff=0.6)
    return close[0] if close else None
