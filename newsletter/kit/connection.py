"""The connections to a service, set up once and alike for calls and for tokens."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import httpx

USER_AGENT = f"newsletter-kit (httpx/{httpx.__version__})"
# Shorter than the 5 s after which uvicorn, for one, hangs up on an idle connection:
# a write that meets the hang-up half way would end as NoAnswer.
KEEP_ALIVE = 2.0


def http_client(
    base_url: str,
    *,
    user_agent: str,
    timeout: float,
    transport: httpx.BaseTransport | None,
    trust_env: bool,
) -> httpx.Client:
    """A client without credentials, which follows no redirect: they are for one address only."""
    return httpx.Client(
        headers={"Accept": "application/json", "User-Agent": user_agent},
        timeout=timeout,
        transport=transport,
        verify=_authorities(base_url),
        trust_env=trust_env,
        follow_redirects=False,
        limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
    )


def _authorities(base_url: str) -> ssl.SSLContext | bool:
    """Whose certificates count: httpx's own choice, or none where there is no TLS.

    Reading all of them takes longer than a few calls on loopback.
    """
    return True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Closing(ABC):
    """Closes its connections at the end of a `with` block."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections; further calls fail."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
