"""Whether a request comes from this computer: some pages are for its owner alone."""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import Request


def is_here(request: Request) -> bool:
    """Whether it comes from a loopback address, and asks for one by its `Host`.

    The name is asked too: a site may point its own at 127.0.0.1 (DNS rebinding).
    """
    client = request.client.host if request.client else ""
    return _is_loopback(client) and _is_loopback(_host_name(request))


def _host_name(request: Request) -> str:
    host = request.headers.get("host", "")
    return re.sub(r":\d*$", "", host).strip("[]").lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
