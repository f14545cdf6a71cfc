"""GET and POST /oauth/authorize: the page on which the owner allows an app, or does not.

It is shown to this computer's own browser only, and only its own buttons decide.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from newsletter.server import bodies
from newsletter.server.oauth import asking
from newsletter.server.public import pages
from newsletter.server.public.here import is_here
from newsletter.server.store import oauth
from newsletter.server.store.store import Store, account_of

# Both are in use: the first by Kit's own guides, the second in its description of the API.
PATHS = ("/oauth/authorize", "/v4/oauth/authorize")
_BODY_LIMIT = 16_000
_MOST_FIELDS = 30
_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
)


def routes(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """The page, under both of its addresses."""

    def show(request: Request) -> Response:
        if not is_here(request):
            return pages.missing()
        return _show(store, dict(request.query_params))

    async def decide(request: Request) -> Response:
        if not is_here(request):
            return pages.missing()
        try:
            body = await bodies.read(request, limit=_BODY_LIMIT)
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except (bodies.TooLong, ValueError):
            return pages.page("cannot-allow", {"reason": "The form is not whole."}, status=400)
        answer, note = await run_in_threadpool(_decide, store, dict(pairs), now=clock())
        request.state.note = note
        return answer

    return [
        route
        for path in PATHS
        for route in (
            Route(path, show, methods=["GET"]),
            Route(path, decide, methods=["POST"]),
        )
    ]


def _show(store: Store, values: Mapping[str, str]) -> Response:
    with store.reading() as db:
        account = account_of(db)
        try:
            wish = asking.read(db, values)
        except asking.BadAsking as error:
            return pages.page("cannot-allow", {"reason": str(error)}, status=400)
        except asking.Refused as refusal:
            return _redirect(refusal.location)
    asked = {name: values[name] for name in _ASKED if name in values}
    shown = {
        **pages.about(account),
        "app": wish.app.name,
        "goes_to": urlsplit(wish.redirect_uri).hostname or wish.redirect_uri,
        "may_change": set(wish.scope.split()) != {"read"},
        "asked": {**asked, "consent": _consent(account.token_secret, asked)},
    }
    # Browsers ask the policy also about where the form's answer leads (CSP 3 §6.4.1).
    headers = pages.sending_to(wish.redirect_uri)
    return pages.page("allow", shown, headers=headers)


def _decide(store: Store, values: Mapping[str, str], *, now: datetime) -> tuple[Response, str]:
    asked = {name: values[name] for name in _ASKED if name in values}
    with store.reading() as db:
        secret = account_of(db).token_secret
        try:
            wish = asking.read(db, asked)
        except asking.BadAsking as error:
            return pages.page("cannot-allow", {"reason": str(error)}, status=400), ""
        except asking.Refused as refusal:
            return _redirect(refusal.location), ""
    # What only our page knows: another site's form cannot press the button for the owner.
    if not hmac.compare_digest(
        values.get("consent", "").encode(), _consent(secret, asked).encode()
    ):
        reason = "Open the app's own link again, and decide on this page."
        return pages.page("cannot-allow", {"reason": reason}, status=403), ""
    if values.get("decision") != "allow":
        refused = wish.answer(error="access_denied", error_description="the owner said no")
        return _redirect(refused), f"{wish.app.name} was refused"
    with store.writing() as db:
        code = oauth.add_code(
            db,
            wish.app.id,
            redirect_uri=wish.redirect_uri,
            scope=wish.scope,
            challenge=wish.challenge,
            now=now,
        )
    return _redirect(wish.answer(code=code)), f"{wish.app.name} was allowed"


def _consent(secret: bytes, asked: Mapping[str, Any]) -> str:
    signed = "\x00".join(f"{name}={asked[name]}" for name in _ASKED if name in asked)
    key = b"newsletter consent\x00" + signed.encode("utf-8", "surrogatepass")
    return hmac.digest(secret, key, hashlib.sha256).hex()


def _redirect(location: str) -> Response:
    return RedirectResponse(location, status_code=303, headers=pages.PRIVATE)
