"""The door of the API: who may come in, what the body says, and errors in Kit's envelope."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from newsletter.database import is_lost_race
from newsletter.server import bodies
from newsletter.server.api import (
    account,
    broadcasts,
    custom_fields,
    email_templates,
    forms,
    posts,
    segments,
    sequence_emails,
    sequences,
    snippets,
    statistics,
    subscribers,
    tags,
    webhook_endpoints,
    webhooks,
)
from newsletter.server.api import filter as filtering
from newsletter.server.api.calls import Answer, Call, Operation, Refusal
from newsletter.server.budget import Budget
from newsletter.server.store.store import Store, digest_of, knows_key

PREFIX = "/v4"
BODY_LIMIT = 10_000_000  # octets

NOT_FOUND = "Not Found"
BROKEN = "Something went wrong on the server, and nothing was changed."
_NO_CREDENTIAL = "Authentication Failed"
_UNKNOWN_CREDENTIAL = "The access token is invalid"

# `/broadcasts/stats` has to be asked before `/broadcasts/{id}`, and so on.
OPERATIONS: tuple[Operation, ...] = (
    *account.OPERATIONS,
    *filtering.OPERATIONS,
    *subscribers.OPERATIONS,
    *tags.OPERATIONS,
    *sequences.OPERATIONS,
    *sequence_emails.OPERATIONS,
    *forms.OPERATIONS,
    *custom_fields.OPERATIONS,
    *email_templates.OPERATIONS,
    *segments.OPERATIONS,
    *statistics.OPERATIONS,
    *broadcasts.OPERATIONS,
    *posts.OPERATIONS,
    *snippets.OPERATIONS,
    *webhooks.OPERATIONS,
    *webhook_endpoints.OPERATIONS,
)


class Door:
    """Makes an endpoint of each operation."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        public_url: str,
        budget: Budget | None,
        private_webhooks: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._public_url = public_url
        self._budget = budget
        self._private_webhooks = private_webhooks

    def routes(self) -> list[Route]:
        """A route for every operation of the API."""
        return [
            Route(f"{PREFIX}{each.path}", self._endpoint(each), methods=[each.method])
            for each in OPERATIONS
        ]

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                body = await bodies.read(request, limit=BODY_LIMIT)
            except bodies.TooLong:
                return refused(413, f"The request is longer than {BODY_LIMIT} bytes")
            answer = await run_in_threadpool(self._answer, operation, request, body)
            if isinstance(answer, Response):
                return answer
            request.state.note = answer.note
            if answer.body is None:
                return Response(status_code=answer.status)
            return JSONResponse(answer.body, status_code=answer.status)

        return endpoint

    def _answer(self, operation: Operation, request: Request, body: bytes) -> Answer | Response:
        try:
            credential = self._credential(request)
            if self._budget is not None and not self._budget.spend(credential):
                return PlainTextResponse("Retry later", status_code=429)
            call = Call(
                store=self._store,
                now=self._clock(),
                public_url=self._public_url,
                private_webhooks=self._private_webhooks,
                path=request.path_params,
                query=dict(request.query_params),
                body=_object(body),
            )
            try:
                return operation.answer(call)
            except DBAPIError as error:
                if not is_lost_race(error):
                    raise
                return operation.answer(call)  # what it had written was undone: once more
        except Refusal as refusal:
            return refused(refusal.status, *refusal.errors)

    def _credential(self, request: Request) -> str:
        """The digest of the caller's API key. A bearer token is never known: nobody issues them."""
        key = request.headers.get("X-Kit-Api-Key", "").strip()
        if not key:
            bearer = request.headers.get("Authorization", "").strip()
            raise Refusal(401, _UNKNOWN_CREDENTIAL if bearer else _NO_CREDENTIAL)
        digest = digest_of(key)
        with self._store.reading() as db:
            if not knows_key(db, digest):
                raise Refusal(401, _UNKNOWN_CREDENTIAL)
        return digest


def refused(status: int, *errors: str) -> JSONResponse:
    """Kit's error envelope."""
    return JSONResponse({"errors": list(errors)}, status_code=status)


def _object(body: bytes) -> dict[str, Any]:
    """The body as an object. PHP clients write an empty one as a list."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The request's body is not JSON") from None
    if value in ([], None):
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, "The request's body must be a JSON object")
    return value
