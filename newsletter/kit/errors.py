"""What can go wrong with a call to Kit, sorted by what is known about its effect.

    KitError
    ├── InvalidCredential      no key and no token, both, or one that cannot stand in a header
    ├── InvalidUrl             the base address cannot be used
    │   └── InsecureUrl        it would carry the key over the open net unencrypted
    ├── NeverLeft              not a byte of the request was written: nothing happened
    ├── NoAnswer               written, and what came of it is not known
    │   ├── ServerFault        the answer was 5xx: it may have been applied before the fault
    │   └── Unreadable         an answer came and is not one of Kit's (a page, half a JSON text)
    ├── Refused                Kit read the request and said no: nothing was changed
    │   ├── Unauthorized 401   ├── Forbidden 403   ├── NotFound 404   ├── Conflict 409
    │   ├── QueueFull 413      ├── Invalid 422     ├── RateLimited 429
    │   └── InvalidGrant       the OAuth code or refresh token is used up, revoked or unknown
    ├── NotAuthorized          nobody came back from Kit's page with a code for us
    └── TokenNotSaved          a new token was issued, and the caller's `save` failed with it

The three outcomes call for three reactions: after `NeverLeft` try again later,
after `NoAnswer` look before repeating anything, after `Refused` change the
request. No message holds a credential or the content of a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.kit.token import Token


class KitError(Exception):
    """A call to Kit did not give its result; `request` is its method and path."""

    def __init__(self, message: str, *, request: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.request = request


class InvalidCredential(KitError):
    """The API key or token is missing, doubled, or holds a character no header can carry."""


class InvalidUrl(KitError):
    """The base address is not an http or https address without user, query and fragment."""


class InsecureUrl(InvalidUrl):
    """Plain http to another computer would show the key to everyone on the way."""


class NeverLeft(KitError):
    """No connection was made, so the request was certainly not written."""

    def __init__(self, reason: str, *, request: str = "") -> None:
        super().__init__(f"{_subject(request)} never left: {reason}", request=request)
        self.reason = reason


class NoAnswer(KitError):
    """The request was (or may have been) written; whether it took effect is not known."""

    def __init__(self, reason: str, *, request: str = "") -> None:
        super().__init__(f"{_subject(request)} got no answer: {reason}", request=request)
        self.reason = reason


class ServerFault(NoAnswer):
    """A 5xx answer; a write may have been applied before the fault."""

    def __init__(self, status: int, *, request: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"the service failed ({status})", request=request)
        self.status = status
        self.retry_after = retry_after


class Unreadable(NoAnswer):
    """An answer came that is not one of Kit's, so nothing follows from it."""


class Refused(KitError):
    """A 4xx answer: the request was not applied; `errors` are the service's own words."""

    def __init__(
        self,
        status: int,
        errors: tuple[str, ...] = (),
        *,
        request: str = "",
        retry_after: float | None = None,
    ) -> None:
        words = "; ".join(errors) or "no reason was given"
        super().__init__(f"{_subject(request)} was refused ({status}): {words}", request=request)
        self.status = status
        self.errors = errors
        self.retry_after = retry_after


class Unauthorized(Refused):
    """401: the key or token is wrong, expired or revoked, or the call needs OAuth."""


class Forbidden(Refused):
    """403: a valid credential that may not do this, often a matter of the plan."""


class NotFound(Refused):
    """404: no such thing in this account."""


class Conflict(Refused):
    """409: not now, as when a signing secret was rotated a moment ago."""


class QueueFull(Refused):
    """413: more bulk data is waiting than Kit takes; send the rest when it was worked off."""


class Invalid(Refused):
    """422: Kit read the values and will not have them."""


class RateLimited(Refused):
    """429: too many requests in the last minute; this one was not applied."""


class InvalidGrant(Refused):
    """An OAuth code or refresh token that is used up, revoked, expired or somebody else's.

    Both are good for one use (Kit reference §1), and the way on is to ask the account's owner again.
    """


class NotAuthorized(KitError):
    """The owner of the account declined, or the page that called back did not come from our request."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class TokenNotSaved(KitError):
    """A token was renewed and `save` raised; the old one is dead, so the new one is in `token`.

    The cause is what `save` raised. The next call tries to save it again before anything else.
    """

    def __init__(self, token: Token) -> None:
        super().__init__("The renewed token could not be saved; the old one is no longer good.")
        self.token = token


_BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: QueueFull,
    422: Invalid,
    429: RateLimited,
}


def refusal(
    status: int,
    errors: tuple[str, ...],
    *,
    code: str = "",
    request: str,
    retry_after: float | None,
) -> Refused:
    """The exception for a 4xx answer; `code` is OAuth's, which comes with 400 or 401 (RFC 6749 §5.2)."""
    used_up = code == "invalid_grant" and status in (400, 401)
    kind = InvalidGrant if used_up else _BY_STATUS.get(status, Refused)
    return kind(status, errors, request=request, retry_after=retry_after)


def _subject(request: str) -> str:
    return request or "The request"
