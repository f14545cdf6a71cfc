"""Many clients at once: the same addresses, no lock in anybody's way."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.server.conftest import KEY, Server

CLIENTS = 16
ADDRESSES = [f"reader{number}@example.org" for number in range(100)]


def test_sixteen_clients_upserting_the_same_addresses_make_each_once(server: Server) -> None:
    begin = threading.Barrier(CLIENTS)

    def upsert(number: int) -> list[tuple[int, int]]:
        """Every address, in an order of this client's own; status and id of each answer."""
        answers = []
        shift = number * len(ADDRESSES) // CLIENTS
        url = f"{server.url}/v4"
        with httpx.Client(base_url=url, headers={"X-Kit-Api-Key": KEY}, timeout=60) as api:
            begin.wait()
            for address in ADDRESSES[shift:] + ADDRESSES[:shift]:
                answer = api.post(
                    "/subscribers", json={"email_address": address, "first_name": f"C{number}"}
                )
                assert answer.status_code in (200, 201), answer.text
                answers.append((answer.status_code, answer.json()["subscriber"]["id"]))
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [each for client in pool.map(upsert, range(CLIENTS)) for each in client]

    statuses = Counter(status for status, _ in answers)
    assert statuses == {201: len(ADDRESSES), 200: (CLIENTS - 1) * len(ADDRESSES)}
    assert len({number for _, number in answers}) == len(ADDRESSES)
    listed = server.api.get(
        "/subscribers", params={"email_address": ",".join(ADDRESSES), "include_total_count": "1"}
    ).json()
    assert listed["pagination"]["total_count"] == len(ADDRESSES)
