"""The door of `newsletter receive`: one address that takes POSTs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.audience.webhook import LARGEST
from newsletter.cli.clock import Clock
from newsletter.commands.receive import Received, Receiver, Verdict
from newsletter.errors import TryLater
from newsletter.kit.signature import HEADER
from newsletter.server import bodies

PATH = "/webhooks/kit"
_STATUS = {
    Verdict.TAKEN: 204,
    Verdict.NOT_SIGNED: 401,
    Verdict.REPLAYED: 409,
    Verdict.UNREADABLE: 422,
}
_AGAIN = "30"  # seconds


def receiving_app(
    receiver: Receiver,
    *,
    clock: Clock,
    on_received: Callable[[Received], None],
    on_trouble: Callable[[Exception], None],
) -> Starlette:
    """The application: POST to PATH. Both callbacks are called from the server's threads."""

    async def take(request: Request) -> Response:
        try:
            body = await bodies.read(request, limit=LARGEST)
        except bodies.TooLong:
            return PlainTextResponse("This is too much.\n", status_code=413)
        return await run_in_threadpool(_answer, body, request.headers.get(HEADER))

    def _answer(body: bytes, signature: str | None) -> Response:
        try:
            received = receiver.receive(body, signature=signature, now=clock())
        except (DBAPIError, TryLater) as error:
            on_trouble(error)
            return Response(status_code=503, headers={"Retry-After": _AGAIN})
        on_received(received)
        status = _STATUS[received.verdict]
        if status == 204:
            return Response(status_code=status)
        return PlainTextResponse(f"{received.why}\n", status_code=status)

    return Starlette(routes=[Route(PATH, take, methods=["POST"])])
