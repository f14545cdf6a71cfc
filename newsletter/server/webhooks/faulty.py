"""A way to receivers that posts some webhooks twice and holds others back, as a plan says."""

from __future__ import annotations

import httpx

from newsletter.server.faults import Plan

_HELD_BACK = 3  # seconds; what happens meanwhile comes first


class FaultyTransport(httpx.BaseTransport):
    """httpx's own way, and what a bad net does on it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._way = httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Post once, twice, or say that it is to be tried again in some seconds."""
        kind = self._plan.for_webhook()
        if kind == "reorder":
            later = {"Retry-After": str(_HELD_BACK)}
            return httpx.Response(503, headers=later, stream=httpx.ByteStream(b""), request=request)
        if kind == "duplicate":
            self._way.handle_request(request).close()
        return self._way.handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        self._way.close()
