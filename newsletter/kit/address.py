"""The address of a service: checked before a credential goes anywhere."""

from __future__ import annotations

import ipaddress
import re

import httpx

from newsletter.kit.errors import InsecureUrl, InvalidUrl

BASE_URL = "https://api.kit.com/v4"


def checked_url(base_url: str) -> str:
    """The address without a slash at its end.

    Raises:
        InvalidUrl: It is no address of a service.
        InsecureUrl: It would carry a credential unencrypted to another computer.
    """
    try:
        url = httpx.URL(base_url.strip())
        url.host.encode("idna")  # the resolver would do it, and raise what httpx does not catch
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidUrl("The address of the service is not a URL.") from None
    host_is_plain = re.fullmatch(rb"[a-z0-9._:-]+", url.raw_host) is not None
    if url.scheme not in ("http", "https") or not host_is_plain:
        raise InvalidUrl(f"The address of the service must begin with https://, like {BASE_URL}.")
    if url.userinfo or url.query or url.fragment:
        raise InvalidUrl("The address of the service takes no user, no query and no fragment.")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise InsecureUrl(
            f"http://{url.host} would show the API key to everyone on the way; use https://."
        )
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
