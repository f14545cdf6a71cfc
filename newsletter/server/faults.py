"""Misbehaving on purpose, for whoever tests a client: so often of each kind, the same way each time."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS: Mapping[str, str] = {
    "429": "refused as too many, in plain text",
    "500": "refused with an error; nothing is done",
    "lost": "done, and answered with an error all the same",
    "hang": "done, and never answered",
    "cut": "done, and the connection is cut in the middle of the answer",
    "duplicate": "a webhook is posted twice",
    "reorder": "a webhook is held back until later ones have come",
}
"""What `--fail` can do, and to whom."""

HOOKS = ("duplicate", "reorder")
_LONGEST_SILENCE = 120.0  # seconds
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")


class BadFault(ValueError):
    """It is not written as KIND:RATE; the text says what is wrong."""


class Plan:
    """How often each kind of fault happens. Equal seeds and requests meet equal faults.

    Raises BadFault where the rates of requests, or those of webhooks, are more than all of them.
    """

    def __init__(self, rates: Mapping[str, float], *, seed: int = 0) -> None:
        self._rates = dict(rates)
        self._requests = [kind for kind in rates if kind not in HOOKS]
        self._webhooks = [kind for kind in rates if kind in HOOKS]
        for kinds in (self._requests, self._webhooks):
            if sum(rates[kind] for kind in kinds) > 1 + 1e-9:
                raise BadFault(f"{', '.join(kinds)} are more than 100% together")
        # Two of them: when webhooks are posted must not change what requests meet.
        self._of_requests = random.Random(seed)  # noqa: S311  (trials, no secret)
        self._of_webhooks = random.Random(seed)  # noqa: S311
        self._lock = Lock()
        self.is_over = False

    def end(self) -> None:
        """Let go of those who wait for an answer that never comes: the server is to stop."""
        self.is_over = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of faults that may happen."""
        return tuple(self._rates)

    def for_request(self) -> str | None:
        """What happens to the next request; None when it is served."""
        return self._draw(self._requests, self._of_requests)

    def for_webhook(self) -> str | None:
        """What happens to the next webhook."""
        return self._draw(self._webhooks, self._of_webhooks)

    def _draw(self, kinds: list[str], chance: random.Random) -> str | None:
        with self._lock:
            at = chance.random()
        for kind in kinds:
            at -= self._rates[kind]
            if at < 0:
                return kind
        return None


def plan_of(faults: Sequence[str], *, seed: int = 0) -> Plan:
    """The plan that several of `KIND:RATE` make, each kind once. Raises BadFault."""
    rates: dict[str, float] = {}
    for words in faults:
        kind, rate = read(words)
        if kind in rates:
            raise BadFault(f"{kind} stands there twice")
        rates[kind] = rate
    return Plan(rates, seed=seed)


def read(words: str) -> tuple[str, float]:
    """The kind and the rate in `429:10%` or `hang:0.05`. Raises BadFault."""
    kind, colon, rate = words.partition(":")
    if not colon or kind not in KINDS:
        raise BadFault(f"{words!r} is not KIND:RATE with one of {', '.join(KINDS)}")
    percent = _PERCENT.fullmatch(rate)
    try:
        found = float(percent[1]) / 100 if percent else float(rate)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        raise BadFault(f"{rate!r} is no rate: write 10% or 0.1, above nothing and up to 100%")
    return kind, found


class Faulty:
    """Serves the API as planned, and everything else as ever."""

    def __init__(self, app: ASGIApp, *, plan: Plan, below: str) -> None:
        self._app = app
        self._plan = plan
        self._below = below
        logging.getLogger("uvicorn.error").addFilter(_is_no_cut)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and scope["path"].startswith(f"{self._below}/")
        kind = self._plan.for_request() if is_api else None
        if kind is None:
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if kind in ("429", "500"):
            state["note"] = f"--fail {kind}"
            refusal: Response = PlainTextResponse("Retry later", status_code=429)
            if kind == "500":
                refusal = _broken()
            await refusal(scope, receive, send)
            return
        answer = await self._done(scope, receive)
        note = f"--fail {kind}"
        state["note"] = f"{note}; {state['note']}" if state.get("note") else note
        if kind == "lost":
            await _broken()(scope, receive, send)
        elif kind == "hang":
            if not await self._silence(receive):
                await _cut(answer, send)
        else:
            await _cut(answer, send)

    async def _silence(self, receive: Receive) -> bool:
        """Say nothing until the client has hung up; False when it is still there at the end."""
        gone = asyncio.ensure_future(_gone(receive))
        give_up = time.monotonic() + _LONGEST_SILENCE
        while not gone.done() and not self._plan.is_over and time.monotonic() < give_up:
            await asyncio.wait({gone}, timeout=0.1)
        if gone.done():
            return True
        gone.cancel()
        return False

    async def _done(self, scope: Scope, receive: Receive) -> list[Message]:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        return answer


def _broken() -> Response:
    return JSONResponse({"errors": ["Something went wrong."]}, status_code=500)


async def _gone(receive: Receive) -> None:
    """Wait until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(answer: list[Message], send: Send) -> None:
    """Begin the answer, promise more of it than comes, and hang up."""
    body = b"".join(message.get("body", b"") for message in answer) or b"{}"
    start: Any = next(message for message in answer if message["type"] == "http.response.start")
    status = 200 if start["status"] == 204 else start["status"]
    length = str(2 * len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


def _is_no_cut(record: logging.LogRecord) -> bool:
    """Uvicorn complains of an answer without an end, which is what is wanted here."""
    return "without completing response" not in record.getMessage()
