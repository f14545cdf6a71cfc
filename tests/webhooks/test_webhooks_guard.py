"""Where events may go: nowhere on this computer, whatever an endpoint or a redirect says."""

from typing import Any

import httpx
import pytest


def test_a_sender_that_may_not_does_not_post_to_this_computer(hooks: Any) -> None:
    hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org")

    told = hooks.tell(allow_private=False)

    assert [(each.status, each.response_status) for each in told] == [("retrying", None)]
    assert hooks.receiver.posts == []
    found = hooks.server.api.get("/webhook_endpoints/1/deliveries/1").json()["delivery"]
    assert found["attempts"][0]["error"] == "not allowed: it is not a public address"


def test_a_redirect_into_the_house_is_not_followed(hooks: Any) -> None:
    hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org")
    asked: list[str] = []

    def net(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        headers = {"Location": "http://169.254.169.254/latest/"}
        return httpx.Response(307, headers=headers, stream=httpx.ByteStream(b""))

    told = hooks.tell(transport=httpx.MockTransport(net))

    assert (len(asked), told[0].status) == (1, "retrying")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost:9/", "https://[::1]/x", "x"]
)
def test_a_server_on_the_net_refuses_private_receivers_from_the_start(start: Any, url: str) -> None:
    server = start()

    endpoint = {"url": url, "events": ["subscriber.created"]}
    webhook = {"target_url": url, "event": {"name": "subscriber.subscriber_activate"}}

    assert server.api.post("/webhook_endpoints", json=endpoint).status_code == 422
    assert server.api.post("/webhooks", json=webhook).status_code == 422
