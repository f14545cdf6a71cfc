"""OAuth 2: an app asks the owner of an account for a token (RFC 6749 §4.1, with PKCE, RFC 7636).

    1  authorization()      an address for the owner's browser, and what to remember of it
    2  code(url, …)         the code out of the address that Kit sends the browser back to
    3  exchange(code, …)    the first token
    4  refresh(…)           the next ones, by way of `Grant`
    5  revoke(…)            the end

The codes and the refresh tokens are good for one use. Nothing here reads a clock or keeps a file.
"""

from __future__ import annotations

import hmac
import random as randomness
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

import httpx

from newsletter.kit.address import BASE_URL, checked_url
from newsletter.kit.connection import USER_AGENT, Closing, http_client
from newsletter.kit.credential import Fixed, Presented
from newsletter.kit.errors import NotAuthorized
from newsletter.kit.session import Session, nothing
from newsletter.kit.token import Grant, Token, read_token
from newsletter.kit.wire import present

T = TypeVar("T")

AUTHORIZE = "/oauth/authorize"
TOKEN = "/oauth/token"  # noqa: S105
REVOKE = "/oauth/revoke"


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """One request to an account's owner: send the browser to `url`, and remember the others.

    `state` binds the answer to the browser that was sent, `code_verifier` to this program.
    Keep both in that browser's session, and nowhere it can be read from outside.
    """

    url: str
    state: str = field(repr=False)
    code_verifier: str = field(repr=False)


class OAuth(Closing):
    """An app that is registered at Kit; safe to use from several threads.

    Args:
        client_id: The app's.
        redirect_uri: Where Kit sends the browser back to; one of those the app has named.
        client_secret: For an app on a server. One that people install has none: PKCE is enough.
        base_url: The service, with the version in its path.
        transport: How to reach it, in place of httpx's own way.
        timeout: Seconds to wait for a connection, and for each piece of an answer.
        monotonic: A clock in seconds that never goes back.
        sleep: Waits the given seconds.
        user_agent: What the service sees of us.
        random: Gives numbers from 0 to 1, for the jitter of repeats.
        trust_env: Let httpx follow the machine's proxy and certificate variables.

    Raises:
        InvalidUrl: `base_url` is no address of a service.
        InsecureUrl: It would carry tokens unencrypted to another computer.

    Example:
        >>> app = OAuth(client_id="tides", redirect_uri="https://example.org/back")
        >>> asked = app.authorization()
        >>> asked.url.partition("?")[0]
        'https://api.kit.com/v4/oauth/authorize'

        The owner says yes, and Kit sends the browser back:

        >>> back = f"https://example.org/back?code=c0de&state={asked.state}"
        >>> app.code(back, asked)
        'c0de'
    """

    def __init__(
        self,
        *,
        client_id: str,
        redirect_uri: str,
        client_secret: str | None = None,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        user_agent: str = USER_AGENT,
        random: Callable[[], float] = randomness.random,
        trust_env: bool = False,
    ) -> None:
        self._base_url = checked_url(base_url)
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._client = http_client(
            self._base_url,
            user_agent=user_agent,
            timeout=timeout,
            transport=transport,
            trust_env=trust_env,
        )
        self._monotonic = monotonic
        self._sleep = sleep
        self._random = random

    def authorization(self, *, scope: str | None = None) -> Authorization:
        """Begin: a new address to send the owner's browser to, with fresh secrets.

        Args:
            scope: Words with blanks between them, `read write`; the app's own if not given.
        """
        # 32 random bytes are the 43 letters that RFC 7636 §4.1 asks for.
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        query = {
            "client_id": self._client_id,
            "response_type": "code",
            "redirect_uri": self._redirect_uri,
            "scope": scope,
            "state": state,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = httpx.URL(self._base_url + AUTHORIZE, params=present(query))
        return Authorization(url=str(url), state=state, code_verifier=verifier)

    def code(self, url: str, authorization: Authorization) -> str:
        """The code in the address that the browser came back with.

        Args:
            url: Path and query are enough.
            authorization: What that browser was sent away with.

        Raises:
            NotAuthorized: The owner declined, or the `state` is not the one of this request,
                so that somebody else may have made the address.
        """
        try:
            query = httpx.URL(url).params
        except httpx.InvalidURL:
            raise NotAuthorized(
                "The browser came back with something that is no address."
            ) from None
        state = query.get("state", "")
        if not state or not hmac.compare_digest(state.encode(), authorization.state.encode()):
            raise NotAuthorized("The browser came back with another state than it was sent with.")
        if "error" in query:
            code = "".join(filter(str.isprintable, query["error"]))[:100]
            raise NotAuthorized(f"Kit gave no code: {code}.", code=code)
        if not query.get("code"):
            raise NotAuthorized("The address holds no code.")
        return query["code"]

    def exchange(self, code: str, *, code_verifier: str) -> Token:
        """The first token, for a code; save it before anything else.

        Raises:
            InvalidGrant: The code is used up or too old, or the verifier is not its own.
            Unauthorized: The app's id or secret is wrong.
            NoAnswer: The code may be used up; begin anew.
        """
        values = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": code_verifier,
        }
        return self._call(TOKEN, read_token, values, code, code_verifier)

    def refresh(self, refresh_token: str) -> Token:
        """The next token, with its own refresh token; the one that was given is dead.

        `Grant` does this when it is time, once for all threads.

        Raises:
            InvalidGrant: It was used before, revoked, or never good.
            Unauthorized: The app's id or secret is wrong.
            NoAnswer: It may be used up; one more try will tell.
        """
        values = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._call(TOKEN, read_token, values, refresh_token)

    def revoke(self, token: str) -> None:
        """End a token, access or refresh (RFC 7009); one that is unknown is no error.

        Raises:
            Unauthorized: The app's id or secret is wrong.
        """
        self._call(REVOKE, nothing, {"token": token}, token)

    def grant(self, token: Token, *, save: Callable[[Token], object]) -> Grant:
        """Keep `token` good, for `Kit(grant=…)`; see `Grant` for `save`."""
        return Grant(token, refresh=self.refresh, save=save)

    def close(self) -> None:
        """Close the connections; further calls fail."""
        self._client.close()

    def __repr__(self) -> str:
        return f"<OAuth app {self._client_id} at {self._base_url}>"

    def _call(self, path: str, read: Callable[[Any], T], values: dict[str, Any], *hidden: str) -> T:
        known = () if self._client_secret is None else (self._client_secret,)
        session = Session(
            client=self._client,
            base_url=self._base_url,
            credential=Fixed(Presented(headers={}, secrets=(*known, *filter(None, hidden)))),
            limiter=None,
            monotonic=self._monotonic,
            sleep=self._sleep,
            random=self._random,
        )
        app = {"client_id": self._client_id, "client_secret": self._client_secret}
        return session.call("POST", path, read, body=present({**app, **values}))


def challenge(code_verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2).

    Example:
        >>> challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    digest = sha256(code_verifier.encode("ascii")).digest()
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")
