"""What each example finds in the store: the account of `examples-account.json`, and more."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, update

from newsletter.server.loading import load
from newsletter.server.store.oauth_tables import oauth_apps, oauth_codes, oauth_tokens
from newsletter.server.store.store import Store, digest_of
from newsletter.server.store.tables import broadcasts
from newsletter.server.store.webhook_tables import (
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
    webhooks,
)
from tests.contract.kit.examples import OAUTH

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
KEY = "kit_example"
SETTINGS: dict[str, Any] = {
    "name": "Harbour Notes",
    "sender_name": "Ann Lee",
    "sender_address": "notes@example.org",
    "address": "1 Pier Street",
    "timezone": "Europe/Lisbon",
}
WORLD: dict[str, Any] = json.loads(
    Path(__file__).with_name("examples-account.json").read_text(encoding="utf-8")
)
_APP = {
    "id": 1,
    "client_id": OAUTH["client_id"],
    "secret_digest": digest_of(OAUTH["client_secret"]),
    "name": "Tides",
    "redirect_uris": [OAUTH["redirect_uri"]],
    "created_at": NOW,
}


def fill(store: Store, name: str) -> None:
    """Put into a store what an example finds there."""
    if name == "sequences: a new sequence with everything":
        store.configure(**{**SETTINGS, "sender_address": "ann@example.org"})
    load(store, _changed(WORLD["document"], WORLD["otherwise"].get(name, {})))
    with store.writing() as db:
        _add_webhooks(db)
        if name == "broadcasts: too late to change":
            db.execute(update(broadcasts).values(status="sending"))
        if name != "oauth: an app that is not known":
            _add_app(db)
        if name == "webhook_endpoints: another app's":
            db.execute(insert(oauth_apps).values({**_APP, "id": 2, "client_id": "knots"}))
            db.execute(update(webhook_endpoints).values(app_id=2))


def _changed(document: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
    """The document with other values; its objects are named by their ids."""
    made = deepcopy(document)
    for kind, changes in otherwise.items():
        if kind == "account":
            account = {**made["account"], **changes}
            made["account"] = {name: each for name, each in account.items() if each is not None}
            continue
        objects = {each["id"]: each for each in made[kind]}
        for number, values in changes.items():
            objects[int(number)] = {"id": int(number), **objects.get(int(number), {}), **values}
        made[kind] = list(objects.values())
    return made


def _add_webhooks(db: Connection) -> None:
    """Two of the first kind, and an endpoint with a delivery that failed once."""
    at = {"created_at": NOW}
    tag = {"event": "subscriber.tag_add", "parameter": "44", "target_url": "https://example.org/t"}
    other = {"event": "subscriber.subscriber_activate", "target_url": "https://example.org/"}
    db.execute(insert(webhooks).values(id=9, **tag, **at))
    db.execute(insert(webhooks).values(id=8, parameter=None, **other, **at))
    url = "https://example.org/hook"
    endpoint = {"id": 21, "name": "Mirror", "url": url, "events": ["subscriber.created"]}
    db.execute(
        insert(webhook_endpoints).values(**endpoint, status="active", secret="whsec_eA==", **at)
    )
    delivery = {"id": 31, "endpoint_id": 21, "event_type": "subscriber.created", "payload": []}
    state = {"status": "retrying", "attempts": 1, "next_at": NOW + timedelta(hours=1)}
    db.execute(insert(webhook_deliveries).values(**delivery, **state, **at))
    attempt = {"delivery_id": 31, "at": NOW, "response_status": 500, "duration_ms": 3}
    db.execute(insert(webhook_attempts).values(attempt))


def _add_app(db: Connection) -> None:
    """The app of the examples, with a code and two refresh tokens."""
    life = {"created_at": NOW, "expires_at": NOW + timedelta(minutes=5)}
    db.execute(insert(oauth_apps).values(_APP))
    code = {"app_id": 1, "digest": digest_of("c0de"), "redirect_uri": OAUTH["redirect_uri"]}
    challenge = "2ZNFZ4uP3Oj1-XcdHGp2ijn5Jrdw1-5-u5MSN_fV6YA"  # BASE64URL(SHA256("v3rifier"))
    db.execute(insert(oauth_codes).values(**code, scope="public", challenge=challenge, **life))
    for number in (1, 2):
        digests = {
            "digest": digest_of(f"access-{number}"),
            "refresh_digest": digest_of(f"refresh-{number}"),
        }
        token = {"app_id": 1, "label": "", "scope": "public", **digests}
        db.execute(insert(oauth_tokens).values(**token, **life))
