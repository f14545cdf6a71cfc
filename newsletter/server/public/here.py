"""Whether a request comes from this computer: some pages are for its owner alone."""

from __future__ import annotations

import re

from starlette.requests import Request

from newsletter.server.delivery.relay import is_near


def is_here(request: Request) -> bool:
    """Whether it comes from a loopback address, and asks for one by its `Host`.

    The name is asked too: a site may point its own at 127.0.0.1 (DNS rebinding).
    """
    client = request.client.host if request.client else ""
    return is_near(client) and is_near(_host_name(request))


def _host_name(request: Request) -> str:
    host = request.headers.get("host", "")
    return re.sub(r":\d*$", "", host).strip("[]").lower()
