"""Sends one call and says exactly what became of it; repeats it where that is safe.

httpx tells apart what this module must: an error while connecting (name,
socket, TLS, pool, proxy) means not a byte of the request was written. Every
other one may come after the service has read it all, also a connection that was
kept open and closed by the other side just as we wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from newsletter.kit.credential import Credential, Presented
from newsletter.kit.errors import (
    KitError,
    NeverLeft,
    NoAnswer,
    Refused,
    ServerFault,
    Unauthorized,
    Unreadable,
    refusal,
)
from newsletter.kit.limiter import Limiter
from newsletter.kit.retry import Patience
from newsletter.kit.wire import WrongShape, present, texts

T = TypeVar("T")

_NOT_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy would not open the tunnel
    httpx.UnsupportedProtocol,
)
_LONGEST_WORDS = 500


class Session:
    """One credential at one service; safe to use from several threads.

    `service_time` is what the service's clock showed at its newest answer.
    """

    def __init__(
        self,
        *,
        client: httpx.Client,
        base_url: str,
        credential: Credential,
        limiter: Limiter | None,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        random: Callable[[], float],
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._credential = credential
        self._limiter = limiter
        self._monotonic = monotonic
        self._sleep = sleep
        self._random = random
        self.service_time: datetime | None = None

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[Any], T],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
        changes_nothing: bool = False,
    ) -> T:
        """Send a request and read the JSON of its answer with `read`.

        Args:
            method: GET, POST, PUT, PATCH or DELETE; decides what may be repeated.
            path: Below the base address, with its leading slash.
            read: Makes the result; raises `WrongShape` for an answer that is not Kit's.
            query: Values for the query string; `None` leaves a key out.
            body: Sent as JSON; `None` sends no body at all.
            changes_nothing: A POST that only reads, and may be repeated like a GET.

        Raises:
            NeverLeft: No connection; nothing happened.
            NoAnswer: Written; the outcome is not known.
            Refused: Read by the service and not applied.
        """

        def read_any(answer: Any, _status: int) -> T:
            return read(answer)

        return self._send("GET" if changes_nothing else method, method, path, read_any, query, body)

    def write(
        self,
        method: str,
        path: str,
        read: Callable[[Any, int], T],
        *,
        body: Mapping[str, Any],
    ) -> T:
        """Send a change whose status says more than its JSON: `read` gets both.

        Raises:
            KitError: As `call`.
        """
        return self._send(method, method, path, read, None, body)

    def close(self) -> None:
        self._client.close()

    def _send(
        self,
        repeated_as: str,
        method: str,
        path: str,
        read: Callable[[Any, int], T],
        query: Mapping[str, str | int | None] | None,
        body: Mapping[str, Any] | None,
    ) -> T:
        patience = Patience(repeated_as, random=self._random)
        first: float | None = None
        renewed = False
        while True:
            if self._limiter is not None:
                self._limiter.wait()
            if first is None:
                first = self._monotonic()
            shown = self._credential.present()
            try:
                return self._try(method, path, read, present(query or {}), body, shown)
            except Unauthorized as error:
                # Outside of the waits below: a renewal that failed must not be repeated by them.
                if renewed or not self._credential.renew(shown, error):
                    raise
                renewed = True
                continue
            except (NeverLeft, NoAnswer, Refused) as error:
                wait = patience.wait_after(error, self._monotonic() - first)
                if wait is None:
                    raise
            self._sleep(wait)

    def _try(
        self,
        method: str,
        path: str,
        read: Callable[[Any, int], T],
        query: Mapping[str, str | int],
        body: Mapping[str, Any] | None,
        shown: Presented,
    ) -> T:
        name = f"{method} {path}"
        json_type = {} if body is None else {"Content-Type": "application/json"}
        try:
            response = self._client.request(
                method,
                self._base_url + path,
                params=query or None,
                content=None if body is None else json.dumps(body).encode(),
                headers={**shown.headers, **json_type},
            )
        except _NOT_WRITTEN as error:
            raise NeverLeft(_clean(_what_happened(error), shown), request=name) from error
        except httpx.RequestError as error:
            raise NoAnswer(_clean(_what_happened(error), shown), request=name) from error
        self.service_time = _date(response)
        if not response.is_success:
            raise _trouble(response, name, shown)
        try:
            return read(_decoded(response), response.status_code)
        except WrongShape as error:
            raise Unreadable(
                f"the answer ({response.status_code}) cannot be read: {error}", request=name
            ) from error


def _trouble(response: httpx.Response, name: str, shown: Presented) -> KitError:
    status = response.status_code
    if status >= 500:
        return ServerFault(status, request=name, retry_after=_retry_after(response))
    if status < 400:
        return Unreadable(
            f"a redirect ({status}) came back, and redirects are not followed; "
            "is the address of the service right?",
            request=name,
        )
    code, said = _said(response)
    errors = tuple(_clean(words, shown) for words in said)
    return refusal(status, errors, code=code, request=name, retry_after=_retry_after(response))


def _clean(words: str, shown: Presented) -> str:
    """Words from outside, fit for a terminal or a log: one line, no credential."""
    for secret in shown.secrets:
        words = words.replace(secret, "[hidden]")
    line = " ".join(words.split())
    return "".join(char for char in line if char.isprintable())[:_LONGEST_WORDS]


def nothing(_answer: object) -> None:
    """Reads the answer of a call that has no result."""


def _what_happened(error: httpx.RequestError) -> str:
    kind = "no connection" if isinstance(error, _NOT_WRITTEN) else "the connection broke"
    if isinstance(error, httpx.TimeoutException):
        kind = "no free connection in time" if isinstance(error, httpx.PoolTimeout) else "timed out"
    if isinstance(error, httpx.DecodingError):
        kind = "the answer's compression is broken"
    return f"{kind} ({error})" if str(error) else kind


def _decoded(response: httpx.Response) -> object:
    """The JSON of a successful answer; `None` for an empty one, as after a deletion."""
    if not response.content:
        return None
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise WrongShape("it is not JSON") from None


def _said(response: httpx.Response) -> tuple[str, tuple[str, ...]]:
    """The code of an OAuth refusal, and the service's own words; a 429 is plain text (Kit reference §4)."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        plain = response.headers.get("Content-Type", "").startswith("text/plain")
        return "", texts(response.text.strip()) if plain else ()
    if not isinstance(answer, Mapping):
        return "", ()
    # The OAuth pages and v3 speak otherwise.
    code = answer.get("error")
    keys = ("errors", "error_description", "message", "error")
    words = next((answer[key] for key in keys if answer.get(key)), None)
    return code if isinstance(code, str) else "", texts(words)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of a `Retry-After` header, counted from the answer's own `Date` (RFC 9110 §10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until, answered = _time(value), _date(response)
    if until is None or answered is None:
        return None
    return max(0.0, (until - answered).total_seconds())


def _date(response: httpx.Response) -> datetime | None:
    """When the service says that it answered, in whole seconds (RFC 9110 §6.6.1)."""
    return _time(response.headers.get("Date", ""))


def _time(value: str) -> datetime | None:
    """An HTTP date, aware and UTC; None for anything else."""
    try:
        read = parsedate_to_datetime(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
