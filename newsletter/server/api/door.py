"""The door of the API: who may come in, what the body says, and errors in Kit's envelope."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
    account_stats,
    broadcasts,
    bulk,
    custom_fields,
    email_templates,
    forms,
    locations,
    posts,
    purchases,
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
from newsletter.server.api.callers import Caller, caller_of
from newsletter.server.api.calls import Answer, Call, Operation, Refusal
from newsletter.server.budget import Budget
from newsletter.server.store.store import Store

PREFIX = "/v4"
NOT_FOUND = "Not Found"
BROKEN = "Something went wrong on the server, and nothing was changed."

# `/broadcasts/stats` has to be asked before `/broadcasts/{id}`, and so on.
OPERATIONS: tuple[Operation, ...] = (
    *account.OPERATIONS,
    *account_stats.OPERATIONS,
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
    *bulk.OPERATIONS,
    *purchases.OPERATIONS,
    *locations.OPERATIONS,
)


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """How often each API key and each OAuth token may call."""

    key: Budget
    token: Budget

    def spend(self, caller: Caller) -> bool:
        """Count one call; False when it is one too many."""
        return (self.token if caller.has_token else self.key).spend(caller.credential)


class Door:
    """Makes an endpoint of each operation."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        public_url: str,
        budgets: Budgets | None,
        private_webhooks: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._public_url = public_url
        self._budgets = budgets
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
                body = await bodies.read(request, limit=operation.longest)
            except bodies.TooLong:
                return refused(413, f"The request is longer than {operation.longest} bytes")
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
            now = self._clock()
            with self._store.reading() as db:
                caller = caller_of(db, request, operation, now=now)
            if self._budgets is not None and not self._budgets.spend(caller):
                return PlainTextResponse("Retry later", status_code=429)
            call = Call(
                store=self._store,
                now=now,
                public_url=self._public_url,
                private_webhooks=self._private_webhooks,
                path=request.path_params,
                query=dict(request.query_params),
                body=_object(body),
                size=len(body),
                app_id=caller.app_id,
                app_name=caller.app_name,
            )
            try:
                return operation.answer(call)
            except DBAPIError as error:
                if not is_lost_race(error):
                    raise
                return operation.answer(call)  # what it had written was undone: once more
        except Refusal as refusal:
            return refused(refusal.status, *refusal.errors)


def refused(status: int, *errors: str) -> JSONResponse:
    """Kit's error envelope."""
    return JSONResponse({"errors": list(errors)}, status_code=status)


def _object(body: bytes) -> dict[str, Any]:
    """The body as an object. PHP clients write an empty one as a list."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise Refusal(400, "The request's body is not JSON") from None
    if value in ([], None):
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, "The request's body must be a JSON object")
    return value


def _finite(text: str) -> float:
    """A number that JSON can hold: what Python reads as infinite or none at all is refused."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value
