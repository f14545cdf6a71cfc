"""The door to Kit's API v4 and to every service that speaks it."""

from __future__ import annotations

import ipaddress
import random as randomness
import re
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from newsletter.kit.account import AccountCalls
from newsletter.kit.broadcasts import BroadcastCalls
from newsletter.kit.custom_fields import CustomFieldCalls
from newsletter.kit.email_templates import EmailTemplateCalls
from newsletter.kit.errors import InsecureUrl, InvalidCredential, InvalidUrl
from newsletter.kit.forms import FormCalls
from newsletter.kit.limiter import PER_KEY, PER_TOKEN, Limiter
from newsletter.kit.segments import SegmentCalls
from newsletter.kit.session import Session
from newsletter.kit.subscribers import SubscriberCalls
from newsletter.kit.tags import TagCalls
from newsletter.kit.webhook_endpoints import WebhookEndpointCalls
from newsletter.kit.webhooks import WebhookCalls

BASE_URL = "https://api.kit.com/v4"
USER_AGENT = f"newsletter-kit (httpx/{httpx.__version__})"
# Shorter than the 5 s after which uvicorn, for one, hangs up on an idle connection:
# a write that meets the hang-up half way would end as NoAnswer.
KEEP_ALIVE = 2.0


class Kit:
    """A client for one account, to be used from any number of threads.

    Calls are grouped as Kit groups them: `account`, `subscribers`, `tags`,
    `forms`, `custom_fields`, `segments`, `email_templates`, `broadcasts`,
    `webhooks`, `webhook_endpoints`. Lists are walked lazily. Requests are counted so that the limit is kept, and repeated only
    where that can do no harm (`newsletter.kit.retry`).

    Args:
        api_key: A v4 key of the account; sent as `X-Kit-Api-Key`.
        access_token: An OAuth token instead of it.
        base_url: The service, with the version in its path.
        transport: How to reach it, in place of httpx's own way.
        timeout: Seconds to wait for a connection, and for each piece of an answer.
        limiter: Whether to keep Kit's limit, or a `Limiter` that is shared.
        monotonic: A clock in seconds that never goes back.
        sleep: Waits the given seconds.
        user_agent: What the service sees of us.
        random: Gives numbers from 0 to 1, for the jitter of repeats.
        trust_env: Let httpx follow the machine's proxy and certificate variables.

    Raises:
        InvalidCredential: Not exactly one of key and token, or an unusable one.
        InvalidUrl: `base_url` is no address of a service.
        InsecureUrl: It would carry the key unencrypted to another computer.

    Example:
        >>> import httpx
        >>> def service(request: httpx.Request) -> httpx.Response:
        ...     return httpx.Response(
        ...         200, json={"user": {}, "account": {"id": 1, "name": "Harbour Notes"}})
        >>> with Kit(api_key="kit_example", transport=httpx.MockTransport(service)) as kit:
        ...     kit.account.get().name
        'Harbour Notes'

        A list asks for its pages while it is walked:

        >>> def listing(request: httpx.Request) -> httpx.Response:
        ...     return httpx.Response(200, json={
        ...         "tags": [{"id": 4, "name": "Tides"}, {"id": 2, "name": "Knots"}],
        ...         "pagination": {"has_previous_page": False, "has_next_page": False,
        ...                        "start_cursor": "WzRd", "end_cursor": "WzJd", "per_page": 1000}})
        >>> with Kit(api_key="kit_example", transport=httpx.MockTransport(listing)) as kit:
        ...     [tag.name for tag in kit.tags.list()]
        ['Tides', 'Knots']
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        access_token: str | None = None,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        limiter: bool | Limiter = True,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        user_agent: str = USER_AGENT,
        random: Callable[[], float] = randomness.random,
        trust_env: bool = False,
    ) -> None:
        secret, header = _credential(api_key, access_token)
        self._base_url = _checked_url(base_url)
        if limiter is True:
            limit = PER_TOKEN if api_key is None else PER_KEY
            limiter = Limiter(limit, monotonic=monotonic, sleep=sleep)
        session = Session(
            client=httpx.Client(
                headers={"Accept": "application/json", "User-Agent": user_agent, **header},
                timeout=timeout,
                transport=transport,
                verify=_authorities(self._base_url),
                trust_env=trust_env,
                follow_redirects=False,
                limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
            ),
            base_url=self._base_url,
            secret=secret,
            limiter=limiter or None,
            monotonic=monotonic,
            sleep=sleep,
            random=random,
        )
        self._session = session
        self.account = AccountCalls(session)
        self.subscribers = SubscriberCalls(session)
        self.tags = TagCalls(session)
        self.forms = FormCalls(session)
        self.custom_fields = CustomFieldCalls(session)
        self.segments = SegmentCalls(session)
        self.email_templates = EmailTemplateCalls(session)
        self.broadcasts = BroadcastCalls(session)
        self.webhooks = WebhookCalls(session)
        self.webhook_endpoints = WebhookEndpointCalls(session)

    @property
    def service_time(self) -> datetime | None:
        """What the service's clock showed at its newest answer, UTC, cut to whole seconds.

        From the answer's `Date` (RFC 9110 §6.6.1), also of a refusal; None before the first
        answer, and where the service sends none.
        """
        return self._session.service_time

    def close(self) -> None:
        """Close the connections; further calls fail."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Kit at {self._base_url}>"


def _credential(api_key: str | None, access_token: str | None) -> tuple[str, dict[str, str]]:
    """The secret and the header that carries it.

    With both headers nothing says which one counts (Kit reference §1).
    """
    if (api_key is None) == (access_token is None):
        raise InvalidCredential("Give an API key or an OAuth token, and only one of them.")
    secret = api_key if api_key is not None else access_token
    # httpx would repeat an unusable header value, the secret, in its own error.
    if not secret or not all("!" <= char <= "~" for char in secret):
        raise InvalidCredential(
            "The API key or token is empty or holds a blank, a line break or a letter "
            "that no key has; copy it again."
        )
    if api_key is not None:
        return secret, {"X-Kit-Api-Key": secret}
    return secret, {"Authorization": f"Bearer {secret}"}


def _authorities(base_url: str) -> ssl.SSLContext | bool:
    """Whose certificates count: httpx's own choice, or none where there is no TLS.

    Reading all of them takes longer than a few calls on loopback, and redirects are not followed.
    """
    return True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _checked_url(base_url: str) -> str:
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
