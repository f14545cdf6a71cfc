"""A whole document into a store, in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, Table, delete, literal, select

from newsletter.server.loading import content, mail, people
from newsletter.server.loading.items import Item
from newsletter.server.loading.rows import Loading
from newsletter.server.store.beginnings import SAMPLE_READERS
from newsletter.server.store.sequence_tables import sequences
from newsletter.server.store.store import Store
from newsletter.server.store.tables import (
    broadcasts,
    email_templates,
    form_members,
    forms,
    subscribers,
    tags,
)

KINDS: Mapping[str, Callable[[Loading, Sequence[Item]], None]] = {
    "custom_fields": people.load_custom_fields,
    "tags": people.load_tags,
    "forms": people.load_forms,
    "segments": people.load_segments,
    "email_templates": mail.load_email_templates,
    "sequences": content.load_sequences,
    "subscribers": people.load_subscribers,
    "snippets": content.load_snippets,
    "broadcasts": mail.load_broadcasts,
    "purchases": content.load_purchases,
}
"""What a document may hold, each a list of objects, in the order in which it is loaded.

Beside them an object `account`."""

# What a new store begins with, and which the document's own take the place of.
_BEGINNINGS: Mapping[str, Table] = {
    "subscribers": subscribers,
    "forms": forms,
    "email_templates": email_templates,
}


def load(store: Store, document: object) -> Mapping[str, int]:
    """Put the objects of `document` into `store`; gives how many rows of each table that made.

    Where the document holds readers, forms or templates, the samples that a new store begins
    with go, as long as nothing but those is in it. Raises BadDocument, and then nothing was
    changed; StoreError where the store has no account yet.
    """
    store.account()
    now = store.clock()
    top = Item(document, "$", now=now)
    top.insist(("account", *KINDS))
    with store.writing() as db:
        if is_new(db):
            for kind, table in _BEGINNINGS.items():
                if top.has(kind) and top.list(kind):
                    db.execute(delete(table))
        loading = Loading(db=db, now=now)
        if top.has("account"):
            content.load_account(loading, Item(top.values["account"], top.at("account"), now=now))
        for kind, loader in KINDS.items():
            loader(loading, list(top.items(kind)))
    return loading.loaded


def is_new(db: Connection) -> bool:
    """Whether a store holds nothing but what it began with."""
    readers = set(db.execute(select(subscribers.c.email_address).limit(10)).scalars())
    samples = {address for address, _ in SAMPLE_READERS}
    used = (broadcasts, tags, form_members, sequences)
    return readers <= samples and not any(
        db.execute(select(literal(1)).select_from(table).limit(1)).first() for table in used
    )
