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
    *,
    user_agent: str,
    timeout: float,
    transport: httpx.BaseTransport | None,
    trust_env: bool,
    has_tls: bool = True,
) -> httpx.Client:
    """A client without credentials, which follows no redirect: they are for one address only.

    Without `has_tls` nobody's certificates are read: that takes longer than a few calls on
    loopback.
    """
    return httpx.Client(
        headers={"Accept": "application/json", "User-Agent": user_agent},
        timeout=timeout,
        transport=transport,
        verify=True if has_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=trust_env,
        follow_redirects=False,
        limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
    )


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
