"""Loading what is mailed: email templates, and broadcasts with what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select

from newsletter.server.addresses import key_of, usable
from newsletter.server.api import audiences
from newsletter.server.delivery.tracking import followed_in
from newsletter.server.loading.items import BadDocument, Item
from newsletter.server.loading.people import ids_by_address
from newsletter.server.loading.rows import Loading
from newsletter.server.store import templates
from newsletter.server.store.beginnings import HTML, STARTING_POINT, TEXT_ONLY
from newsletter.server.store.engagement import link_ids
from newsletter.server.store.engagement_tables import clicks, opens
from newsletter.server.store.letter_tables import posts
from newsletter.server.store.snippets import numbered, slug_of
from newsletter.server.store.tables import broadcasts, deliveries, email_templates, subscribers

_SENT = ("completed", "aborted")
_STATUSES = ("draft", "scheduled", *_SENT)


def load_email_templates(loading: Loading, items: Sequence[Item]) -> None:
    """`id`, `name`, `category`, `is_default`, `html` (a plain page if not given).

    A default among them takes the place of the default there was; where nothing is, the first.
    """
    if not items:
        return
    kept = [(item, _template(item)) for item in items]
    defaults = [item for item, row in kept if row["is_default"]]
    if len(defaults) > 1:
        raise defaults[1].wrong("is_default", f"{defaults[0].place} is the default already")
    if defaults:
        loading.db.execute(email_templates.update().values(is_default=False))
    loading.put(email_templates, kept)
    is_default = email_templates.c.is_default
    if loading.db.execute(select(email_templates.c.id).where(is_default)).first() is None:
        first = select(func.min(email_templates.c.id)).scalar_subquery()
        here = email_templates.update().where(email_templates.c.id == first)
        loading.db.execute(here.values(is_default=True))


def _template(item: Item) -> dict[str, Any]:
    item.insist(("id", "name", "category", "is_default", "html"))
    return {
        "id": item.id(),
        "name": item.words("name"),
        "category": item.choice("category", (HTML, STARTING_POINT), default=HTML),
        "is_default": item.flag("is_default"),
        "html": item.text("html") or TEXT_ONLY,
    }


_BROADCAST = (
    "id",
    "created_at",
    "subject",
    "preview_text",
    "description",
    "content",
    "public",
    "published_at",
    "send_at",
    "thumbnail_alt",
    "thumbnail_url",
    "email_template_id",
    "subscriber_filter",
    "status",
    "recipients",
    "opens",
    "clicks",
    "post",
)
_TEXTS = ("preview_text", "description", "content", "thumbnail_alt", "thumbnail_url")


def load_broadcasts(loading: Loading, items: Sequence[Item]) -> None:
    """The keys of the API's object, and `recipients`: ids, addresses, or "all" for who is active.

    A sent one (`completed`, `aborted`) was delivered to its recipients when it was sent, and
    tracked: `opens` (`subscriber`, `at`) and `clicks` (also `url`) say what they did with it.
    A public one has a `post` (`id`, `slug`).
    """
    kept = [(item, _broadcast(loading, item)) for item in items]
    people = _People(loading)
    recipients = [people.of(item, row) for item, row in kept]
    for (_, row), ids in zip(kept, recipients, strict=True):
        row["recipients"] = len(ids) if row["status"] in _SENT else None
    ids = loading.put_and_name(broadcasts, kept)
    for (item, row), broadcast_id, who in zip(kept, ids, recipients, strict=True):
        _deliver(loading, broadcast_id, row["completed_at"], who)
        _engage(loading, item, broadcast_id, row, people=people, recipients=set(who))
    _load_posts(
        loading, [(item, {**row, "id": n}) for (item, row), n in zip(kept, ids, strict=True)]
    )


def _broadcast(loading: Loading, item: Item) -> dict[str, Any]:
    item.insist(_BROADCAST)
    send_at = item.moment("send_at")
    status = item.choice("status", _STATUSES, default="scheduled" if send_at else "draft")
    if status == "draft" and send_at is not None:
        raise item.wrong("send_at", "a draft has no time to send")
    if status != "draft" and send_at is None:
        raise item.wrong("send_at", f"what is {status} has a time to send")
    is_sent = status in _SENT
    created_at = item.when("created_at", default=send_at if is_sent else None)
    public = item.flag("public")
    return {
        "id": item.id(),
        "created_at": created_at,
        "updated_at": send_at if is_sent and send_at else created_at,
        "subject": item.words("subject", limit=2_000),
        **{name: item.text(name) for name in _TEXTS},
        "public": public,
        "published_at": item.moment("published_at", default=send_at or created_at)
        if public
        else None,
        "send_at": send_at,
        "email_address": None,
        "email_template_id": _template_of(loading, item),
        "subscriber_filter": _filter(loading, item),
        "status": status,
        "started_at": send_at if is_sent else None,
        "completed_at": send_at + timedelta(minutes=1) if is_sent and send_at else None,
        "opens_tracked": True if is_sent else None,
        "clicks_tracked": True if is_sent else None,
    }


def _template_of(loading: Loading, item: Item) -> int:
    if not item.has("email_template_id"):
        return int(templates.default(loading.db).id)
    found = loading.ids(email_templates)
    return loading.known(item, "email_template_id", email_templates, found)


def _filter(loading: Loading, item: Item) -> list[dict[str, Any]]:
    wanted = item.values.get("subscriber_filter")
    return item.read("subscriber_filter", partial(audiences.read, loading.db, wanted))


class _People:
    """Who is meant by ids, addresses and "all"."""

    def __init__(self, loading: Loading) -> None:
        self._by_address: Mapping[str, int] = ids_by_address(loading)
        self._ids = set(self._by_address.values())
        active = select(subscribers.c.id).where(subscribers.c.state == "active")
        self._active = sorted(loading.db.execute(active).scalars())

    def of(self, item: Item, row: Mapping[str, Any]) -> list[int]:
        """The ids of those to whom a broadcast went, each once."""
        wanted = item.values.get("recipients")
        if wanted is not None and row["status"] not in _SENT:
            raise item.wrong("recipients", f"what is {row['status']} has none yet")
        if wanted == "all":
            return self._active
        return list(dict.fromkeys(self._each(item)))

    def _each(self, item: Item) -> Iterator[int]:
        for index, each in enumerate(item.list("recipients")):
            yield self.one(each, f"{item.at('recipients')}[{index}]")

    def one(self, named: object, place: str) -> int:
        """The id of the subscriber that an id or an address names."""
        found: object = named
        if isinstance(named, str) and usable(named):
            found = self._by_address.get(key_of(named))
        if isinstance(found, bool) or not isinstance(found, int) or found not in self._ids:
            raise BadDocument(place, f"there is no subscriber {named}")
        return found


def _deliver(loading: Loading, broadcast_id: int, at: Any, subscriber_ids: Sequence[int]) -> None:
    rows = [
        {
            "broadcast_id": broadcast_id,
            "subscriber_id": each,
            "state": "accepted",
            "attempts": 1,
            "at": at,
        }
        for each in subscriber_ids
    ]
    loading.put_plain(deliveries, rows)


def _engage(
    loading: Loading,
    item: Item,
    broadcast_id: int,
    row: Mapping[str, Any],
    *,
    people: _People,
    recipients: set[int],
) -> None:
    """What recipients did with a letter that was sent."""

    def event(each: Item) -> dict[str, Any]:
        who = people.one(each.values.get("subscriber"), each.at("subscriber"))
        if who not in recipients:
            raise each.wrong("subscriber", "she was not among the recipients")
        at = each.when("at", default=row["completed_at"])
        return {"broadcast_id": broadcast_id, "subscriber_id": who, "at": at}

    opened, followed = [], []
    for each in item.items("opens"):
        each.insist(("subscriber", "at"))
        opened.append(event(each))
    urls = followed_in(row["content"] or "") if row["status"] in _SENT else []
    for each in item.items("clicks"):
        each.insist(("subscriber", "at", "url"))
        followed.append({**event(each), "url": each.words("url", limit=2_000)})
    numbers = link_ids(loading.db, broadcast_id, [*urls, *(each["url"] for each in followed)])
    loading.put_plain(opens, opened)
    rows = [{**each, "link_id": numbers[each.pop("url")]} for each in followed]
    loading.put_plain(clicks, rows)


def _load_posts(loading: Loading, kept: Sequence[tuple[Item, Mapping[str, Any]]]) -> None:
    """The web side of public broadcasts."""
    rows = []
    slugs: set[str] = set(loading.db.execute(select(posts.c.slug)).scalars())
    for item, row in kept:
        if not row["public"]:
            if item.has("post"):
                raise item.wrong("post", "only a public broadcast has one")
            continue
        post = Item(item.values.get("post") or {}, item.at("post"), now=item.now)
        post.insist(("id", "slug"))
        slug = post.text("slug", limit=255) or slug_of(row["subject"]) or "letter"
        slug = numbered(slug, slugs) if not post.has("slug") else slug
        slugs.add(slug)
        is_out = row["published_at"] <= loading.now
        made = {"id": post.id(), "broadcast_id": row["id"], "slug": slug}
        announced = row["published_at"] if is_out else None
        rows.append((post, {**made, "created_at": row["created_at"], "announced_at": announced}))
    loading.put(posts, rows, unique={"slug": "slug"})
