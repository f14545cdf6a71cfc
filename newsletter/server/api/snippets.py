"""/snippets: list, create, read, change and archive pieces that letters share. None is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from newsletter import liquid
from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.values import choice, flag, given, text, written
from newsletter.server.snippets import INLINE, names_itself
from newsletter.server.store import snippets
from newsletter.server.store.letter_tables import snippets as snippets_table
from newsletter.server.store.paging import page_of

LONGEST_NAME = 255
LONGEST_BODY = 200_000  # characters


def listing(call: Call) -> Answer:
    """One page of the snippets, newest first: those in use, or those that are archived."""
    archived = flag(call.query, "archived") or False
    kind = choice(call.query, "snippet_type", snippets.TYPES)
    with_content = flag(call.query, "include_content") or False
    keys = [snippets_table.c.id]
    wish = pages.wish(call.query, keys)
    rows = snippets.all_snippets(archived=archived, snippet_type=kind)
    with call.store.reading() as db:
        page = page_of(db, rows, keys=keys, wish=wish)
    body = [_shown(row, with_content=with_content) for row in page.rows]
    return Answer(status=200, body={"snippets": body, "pagination": pages.pagination(page, wish)})


def create(call: Call) -> Answer:
    """Make a snippet; its name makes its key."""
    body = call.body
    if not given(body, "name"):
        raise invalid("name can't be blank")
    kind = choice(body, "snippet_type", snippets.TYPES)
    if kind is None:
        raise invalid(f"snippet_type must be one of: {', '.join(snippets.TYPES)}")
    with call.store.writing() as db:
        values = {
            "snippet_type": kind,
            "archived": False,
            "content": None,
            "value_html": None,
            **_values(body, kind),
        }
        if values["content"] is None and values["value_html"] is None:
            raise invalid(f"{_BODY_OF[kind]} can't be blank")
        values["key"] = snippets.free_key(db, values["name"])
        _refuse_unusable(db, values)
        row = snippets.create(db, values, now=call.now)
    return Answer(status=201, body={"snippet": _shown(row)})


def read(call: Call) -> Answer:
    """One snippet, with what is in it."""
    with call.store.reading() as db:
        row = _snippet(db, call)
    return Answer(status=200, body={"snippet": _shown(row)})


def change(call: Call) -> Answer:
    """Change name and body, archive it or bring it back; key and type stay."""
    with call.store.writing() as db:
        row = _snippet(db, call)
        kind = call.body.get("snippet_type")
        if kind is not None and kind != row.snippet_type:
            raise invalid("snippet_type cannot be changed")
        values = _values(call.body, row.snippet_type)
        if given(call.body, "archived"):
            values["archived"] = flag(call.body, "archived")
        _refuse_unusable(db, {**row._asdict(), **values})
        row = snippets.change(db, row, values, now=call.now)
    return Answer(status=200, body={"snippet": _shown(row)})


def _snippet(db: Connection, call: Call) -> Row[Any]:
    row = snippets.by_id(db, call.id())
    if row is None:
        raise not_found()
    return row


def _shown(row: Row[Any], *, with_content: bool = True) -> dict[str, Any]:
    body = {
        "id": row.id,
        "name": row.name,
        "snippet_type": row.snippet_type,
        "archived": row.archived,
        "key": row.key,
        "created_at": written(row.created_at),
        "updated_at": written(row.updated_at),
    }
    if not with_content:
        return body
    document = {
        "id": row.id,
        "value": None,
        "value_html": row.value_html,
        "value_plain": None,
        "version": row.version,
    }
    return {**body, "content": row.content, "document": document}


# What a snippet's type calls its body.
_BODY_OF = {"inline": "content", "block": "document_attributes.value_html"}


def _values(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The columns that a body names."""
    values: dict[str, Any] = {}
    if "name" in body:
        values["name"] = (text(body, "name", limit=LONGEST_NAME) or "").strip()
        if not values["name"]:
            raise invalid("name can't be blank")
    document = body.get("document_attributes")
    if document is not None and not isinstance(document, dict):
        raise invalid("document_attributes must be an object")
    html = text(document or {}, "value_html", limit=LONGEST_BODY)
    words = text(body, "content", limit=LONGEST_BODY)
    mine, other = (words, html) if kind == INLINE else (html, words)
    if other is not None and other.strip():
        raise invalid("snippet_type cannot be changed")
    if mine is not None:
        if not mine.strip():
            raise invalid(f"{_BODY_OF[kind]} can't be blank")
        values["content" if kind == INLINE else "value_html"] = mine
    return values


def _refuse_unusable(db: Connection, values: Mapping[str, Any]) -> None:
    """Refuse what would break every letter that names the snippet."""
    key = values["key"]
    stored = {**snippets.stored(db), key: snippets.stored_as(values)}
    try:
        circular = names_itself(key, stored)
    except liquid.LiquidError as error:
        raise invalid(f"{_BODY_OF[values['snippet_type']]}: {error}") from None
    if circular:
        raise invalid("A snippet cannot contain itself, directly or through other snippets")


OPERATIONS = (
    Operation(method="GET", path="/snippets", answer=listing),
    Operation(method="POST", path="/snippets", answer=create),
    Operation(method="GET", path="/snippets/{id}", answer=read),
    Operation(method="PUT", path="/snippets/{id}", answer=change),
)
