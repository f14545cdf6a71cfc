"""The server in a thread: there when the block begins, gone when it ends."""

import socket
import threading
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.server.budget import Budget
from newsletter.server.embedded import CannotListen, serving

BEGUN = threading.Event()


def slow(_request: Request) -> Response:
    BEGUN.set()
    time.sleep(0.3)
    return PlainTextResponse("done")


APP = Starlette(routes=[Route("/slow", slow)])


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_it_answers_from_the_first_moment_and_is_gone_afterwards() -> None:
    threads = threading.active_count()
    with serving(APP) as url:
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/nothing").status_code == 404

    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert threading.active_count() <= threads


def test_a_request_that_is_being_answered_is_finished_first() -> None:
    answers: list[Any] = []

    with serving(APP) as url:
        thread = threading.Thread(target=lambda: answers.append(httpx.get(f"{url}/slow").text))
        thread.start()
        assert BEGUN.wait(30)
    thread.join()

    assert answers == ["done"]


def test_a_taken_port_is_one_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=str(port)) as caught, serving(APP, port=port):
            pass

    assert "--port" in caught.value.hint


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("192.0.2.1", 0)])
def test_an_address_that_is_not_ours_is_one_clear_error(host: str, port: int) -> None:
    with pytest.raises(CannotListen), serving(APP, host=host, port=port):
        pass


def test_a_port_is_free_again_at_once() -> None:
    with serving(APP) as url:
        httpx.get(url)
    with serving(APP, port=port_of(url)) as again:
        assert again == url


def test_an_exception_in_the_block_stops_the_server_too() -> None:
    with pytest.raises(ZeroDivisionError), serving(APP) as url:
        raise ZeroDivisionError

    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_kept_connections_are_not_slowed_down_by_delayed_acknowledgements() -> None:
    """Without TCP_NODELAY every second packet waits 40 ms: 50 requests would take 2 s."""
    with serving(APP) as url, httpx.Client(base_url=url) as client:
        client.get("/nothing")
        begun = time.perf_counter()
        for _ in range(50):
            client.get("/nothing")

        assert time.perf_counter() - begun < 1.5


def test_a_budget_is_spent_per_key_and_comes_back() -> None:
    now = 0.0
    budget = Budget(most=2, seconds=10, timer=lambda: now)

    spent = [budget.spend("a") for _ in range(3)]
    other = budget.spend("b")
    now = 9.9
    early = budget.spend("a")
    now = 10.0
    late = [budget.spend("a") for _ in range(3)]

    assert (spent, other, early, late) == ([True, True, False], True, False, [True, True, False])
