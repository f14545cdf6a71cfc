"""The pages that people meet: built from `pages/`, with no script, no cookie and no third party."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "pages"
_STYLE = (_FOLDER / "style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_POLICY = "Content-Security-Policy"


def _policy(form_action: str = "'self'") -> str:
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-src 'self'; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    )


# Addresses of these pages are secrets of their readers: kept nowhere, told nobody.
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


@cache
def _environment() -> Environment:
    # A pass of `newsletter run` starts this server and shows no page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = _Safe(_STYLE)
    return environment


class _Safe(str):
    """Our own stylesheet, which is not to be escaped: its hash stands in the policy."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def page(
    template: str,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page, with the headers that all of them bear."""
    shown = {"name": "", "postal_address": "", **values}
    html = _environment().get_template(f"{template}.html.j2").render(shown)
    return HTMLResponse(
        html,
        status_code=status,
        headers={**PRIVATE, _POLICY: _policy(), **(headers or {})},
    )


def sending_to(address: str) -> dict[str, str]:
    """The headers of a page whose form's answer may lead to `address`."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    if re.fullmatch(r"[A-Za-z0-9.+:/\[\]_-]+", origin) is None:  # nothing that ends a directive
        origin = ""
    return {_POLICY: _policy(f"'self' {origin}".strip())}


def about(account: Row[Any]) -> dict[str, Any]:
    """What pages tell about the account."""
    return {
        "name": account.name,
        "sender": account.sender_name,
        "contact": account.sender_address,
        "postal_address": account.address,
    }


def local(at: datetime, zone: str) -> str:
    """A time in the account's zone, for people."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M:%S}"


def missing() -> HTMLResponse:
    """404."""
    return page("missing", {}, status=404)


def broken(contact: str, *, status: int = 500) -> HTMLResponse:
    """500 or another status of that kind, with another way to leave."""
    return page("broken", {"contact": contact}, status=status)
