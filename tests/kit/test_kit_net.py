"""What a call reports when the way to the service fails, and how often it tries.

Where loopback can show a fault it does; the others come from a transport that raises.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from newsletter.kit import (
    Kit,
    KitError,
    NeverLeft,
    NoAnswer,
)

if TYPE_CHECKING:
    from tests.kit.conftest import Clock, ScriptedServer

    Net = Callable[[httpx.Request], httpx.Response]

KEY = "kit_0123456789abcdef"
ACCOUNT = {"user": {"email": "ada@example.org", "id": 1}, "account": {"id": 1, "name": "Tides"}}
BROADCAST = {"broadcast": {"id": 7, "subject": "Tides", "status": "draft"}}


def test_a_closed_port_means_the_request_never_left(
    clock: Clock, write: Callable[[Kit], object]
) -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
        with (
            Kit(
                api_key=KEY,
                base_url=f"http://127.0.0.1:{port}/v4",
                monotonic=clock.monotonic,
                sleep=clock.sleep,
                random=lambda: 0.5,
            ) as kit,
            pytest.raises(NeverLeft, match="never left"),
        ):
            write(kit)

    assert clock.slept == [0.5], "one repeat, no more"


def test_a_tls_handshake_that_fails_means_the_request_never_left(
    server: ScriptedServer, clock: Clock
) -> None:
    """Not a byte of a request goes out before the handshake is done."""
    with (
        Kit(
            api_key=KEY,
            base_url=server.url.replace("http://", "https://"),
            monotonic=clock.monotonic,
            sleep=clock.sleep,
        ) as kit,
        pytest.raises(NeverLeft),
    ):
        kit.subscribers.unsubscribe(3)

    assert server.seen == []


def test_a_full_pool_means_the_request_never_left(server: ScriptedServer, clock: Clock) -> None:
    server.hangs()
    transport = httpx.HTTPTransport(limits=httpx.Limits(max_connections=1))
    with Kit(
        api_key=KEY,
        base_url=server.url,
        transport=transport,
        timeout=0.4,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    ) as kit:
        first = threading.Thread(target=_swallow, args=(lambda: kit.subscribers.unsubscribe(3),))
        first.start()
        while not server.seen:
            time.sleep(0.005)
        quick = Kit(
            api_key=KEY,
            base_url=server.url,
            transport=transport,
            timeout=0.05,
            monotonic=clock.monotonic,
            sleep=clock.sleep,
        )
        with pytest.raises(NeverLeft, match="no free connection"):
            quick.subscribers.unsubscribe(4)
        first.join()

    assert [seen.target for seen in server.seen] == ["/v4/subscribers/3/unsubscribe"]


RAISED = [
    (httpx.ConnectError("[Errno -2] Name or service not known"), NeverLeft),
    (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), NeverLeft),
    (httpx.ConnectTimeout("timed out"), NeverLeft),
    (httpx.PoolTimeout("timed out"), NeverLeft),
    (httpx.ProxyError("407 Proxy Authentication Required"), NeverLeft),
    (httpx.UnsupportedProtocol("no scheme"), NeverLeft),
    (httpx.ReadTimeout("timed out"), NoAnswer),
    (httpx.WriteTimeout("timed out"), NoAnswer),
    (httpx.ReadError("[Errno 104] Connection reset by peer"), NoAnswer),
    (httpx.WriteError("[Errno 32] Broken pipe"), NoAnswer),
    (httpx.CloseError("closed"), NoAnswer),
    (httpx.RemoteProtocolError("Server disconnected without sending a response."), NoAnswer),
    (httpx.LocalProtocolError("unexpected"), NoAnswer),
]


@pytest.mark.parametrize(
    ("error", "kind"), RAISED, ids=lambda value: getattr(value, "__name__", repr(value))
)
def test_every_fault_of_the_net_is_sorted_and_repeated_only_where_that_is_safe(
    kit_over: Callable[[Net], Kit],
    method: str,
    call: Callable[[Kit], object],
    error: httpx.RequestError,
    kind: type[KitError],
) -> None:
    tries = []

    def net(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise error

    with kit_over(net) as kit, pytest.raises(KitError) as caught:
        call(kit)

    assert type(caught.value) is kind
    assert len(tries) == (4 if method == "GET" else 2 if kind is NeverLeft else 1)


def test_every_error_httpx_can_raise_is_in_the_table() -> None:
    """A new kind in httpx must be looked at before it is sorted."""
    known = {type(error) for error, _ in RAISED} | {httpx.DecodingError, httpx.TooManyRedirects}
    groups = {httpx.TransportError, httpx.TimeoutException, httpx.NetworkError, httpx.ProtocolError}

    assert _family(httpx.RequestError) - {httpx.RequestError} - groups == known


def test_a_write_that_never_left_and_then_gets_no_answer_ends_there(
    kit_over: Callable[[Net], Kit], clock: Clock
) -> None:
    faults: list[httpx.RequestError] = [httpx.ConnectTimeout("late"), httpx.ReadTimeout("late")]

    def net(_request: httpx.Request) -> httpx.Response:
        raise faults.pop(0)

    with kit_over(net) as kit, pytest.raises(NoAnswer):
        kit.subscribers.unsubscribe(3)

    assert faults == []


def test_a_connection_the_service_closed_while_idle_costs_no_write(
    kit: Kit, server: ScriptedServer
) -> None:
    server.answers(200, ACCOUNT, then_hangs_up=True)
    server.answers(201, BROADCAST)

    kit.account.get()
    assert server.hung_up.wait(5)
    assert kit.broadcasts.create(subject="Tides", content="<p>High at nine</p>").id == 7
    assert [seen.method for seen in server.seen] == ["GET", "POST"]


def test_no_try_begins_after_a_minute(kit_over: Callable[[Net], Kit], clock: Clock) -> None:
    """Four timeouts of 30 s would keep a cron job for two minutes."""
    tries = []

    def net(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        clock.now += 30
        raise httpx.ReadTimeout("timed out")

    with kit_over(net) as kit, pytest.raises(NoAnswer):
        kit.account.get()

    assert len(tries) == 2


def _swallow(call: Callable[[], object]) -> None:
    with pytest.raises(NoAnswer):
        call()


def _family(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind}.union(*(_family(child) for child in kind.__subclasses__()))
