"""A server on a file with objects in it, an API key and an OAuth token, for tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from newsletter.server.loading import load
from newsletter.server.store import oauth
from newsletter.server.store.store import open_store
from tests.server.conftest import KEY, PUBLIC_URL, configure

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Where it is, and clients that come with a token, with a key, and with nothing."""

    url: str
    by_token: httpx.Client
    by_key: httpx.Client
    stranger: httpx.Client

    def client(self, *, oauth_only: bool) -> httpx.Client:
        """The client that an operation lets in."""
        return self.by_token if oauth_only else self.by_key


@contextmanager
def sampled(folder: Path, document: Any) -> Iterator[Sampled]:
    """Such a server, filled with `document`."""
    store = open_store(sqlite_url(folder / "server.db"), clock=lambda: NOW)
    configure(store)
    store.add_key(KEY, "tests")
    with store.writing() as db:
        token = oauth.issue(db, label="tests", scope="public", expires_at=None, now=NOW)
    load(store, document)
    bearer = {"Authorization": f"Bearer {token.access_token}"}
    with (
        serving(create_app(store, clock=lambda: NOW, public_url=PUBLIC_URL)) as url,
        httpx.Client(base_url=url, headers=bearer) as by_token,
        httpx.Client(base_url=url, headers={"X-Kit-Api-Key": KEY}) as by_key,
        httpx.Client(base_url=url) as stranger,
    ):
        yield Sampled(url=url, by_token=by_token, by_key=by_key, stranger=stranger)
    store.close()
