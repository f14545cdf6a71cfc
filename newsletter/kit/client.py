"""The door to Kit's API v4 and to every service that speaks it."""

from __future__ import annotations

import random as randomness
import time
from collections.abc import Callable
from datetime import datetime

import httpx

from newsletter.kit.account import AccountCalls
from newsletter.kit.address import BASE_URL, checked_url
from newsletter.kit.broadcasts import BroadcastCalls
from newsletter.kit.bulk import BulkCalls
from newsletter.kit.connection import USER_AGENT, Closing, http_client
from newsletter.kit.credential import Credential, Fixed, access_token, api_key
from newsletter.kit.custom_fields import CustomFieldCalls
from newsletter.kit.email_templates import EmailTemplateCalls
from newsletter.kit.errors import InvalidCredential
from newsletter.kit.forms import FormCalls
from newsletter.kit.limiter import PER_KEY, PER_TOKEN, Limiter
from newsletter.kit.posts import PostCalls
from newsletter.kit.purchases import PurchaseCalls
from newsletter.kit.segments import SegmentCalls
from newsletter.kit.sequence_emails import SequenceEmailCalls
from newsletter.kit.sequences import SequenceCalls
from newsletter.kit.session import Session
from newsletter.kit.snippets import SnippetCalls
from newsletter.kit.subscribers import SubscriberCalls
from newsletter.kit.tags import TagCalls
from newsletter.kit.token import Grant
from newsletter.kit.webhook_endpoints import WebhookEndpointCalls
from newsletter.kit.webhooks import WebhookCalls


class Kit(Closing):
    """A client for one account, to be used from any number of threads.

    Calls are grouped as Kit groups them: `account`, `subscribers`, `tags`, `forms`,
    `custom_fields`, `segments`, `email_templates`, `broadcasts`, `posts`, `sequences`,
    `sequence_emails`, `snippets`, `webhooks`, `webhook_endpoints`, and with a token also
    `purchases` and `bulk`. Lists are walked lazily. Requests are counted so that the limit is
    kept, and repeated only where that can do no harm (`newsletter.kit.retry`).

    Args:
        api_key: A v4 key of the account; sent as `X-Kit-Api-Key`.
        access_token: An OAuth token instead of it.
        grant: Or a token that is renewed when it expires (`newsletter.kit.oauth`).
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
        InvalidCredential: Not exactly one of key, token and grant, or an unusable one.
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
        grant: Grant | None = None,
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
        credential = _credential(api_key, access_token, grant)
        self._base_url = checked_url(base_url)
        if limiter is True:
            limit = PER_TOKEN if api_key is None else PER_KEY
            limiter = Limiter(limit, monotonic=monotonic, sleep=sleep)
        session = Session(
            client=http_client(
                self._base_url,
                user_agent=user_agent,
                timeout=timeout,
                transport=transport,
                trust_env=trust_env,
            ),
            base_url=self._base_url,
            credential=credential,
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
        self.posts = PostCalls(session)
        self.purchases = PurchaseCalls(session)
        self.sequences = SequenceCalls(session)
        self.sequence_emails = SequenceEmailCalls(session)
        self.snippets = SnippetCalls(session)
        self.bulk = BulkCalls(session)
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

    def __repr__(self) -> str:
        return f"<Kit at {self._base_url}>"


def _credential(key: str | None, token: str | None, grant: Grant | None) -> Credential:
    """The one that was given; with two headers nothing says which counts (Kit reference §1)."""
    if [key, token, grant].count(None) != 2:
        raise InvalidCredential("Give an API key, an OAuth token or a grant, and only one of them.")
    if grant is not None:
        return grant
    if key is not None:
        return Fixed(api_key(key))
    return Fixed(access_token(token or ""))
