"""The server's own description: complete, valid, and true over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from newsletter.server.api.door import OPERATIONS
from newsletter.server.loading.sample import document as sample
from newsletter.server.openapi import document
from newsletter.server.openapi.document import DESCRIBED
from tests.server.conftest import Server
from tests.server.sampled import Sampled, sampled

# What deletes comes last, so that the others find something.
NAMES = sorted(
    (f"{each.method} {each.path}" for each in OPERATIONS),
    key=lambda name: (name.startswith("DELETE"), name),
)
OAUTH_ONLY = {f"{each.method} {each.path}" for each in OPERATIONS if each.oauth_only}
HOOK = {"url": "https://example.org/hook", "events": ["subscriber.tag_added"]}
OLD_HOOK = {
    "target_url": "https://example.org/",
    "event": {"name": "subscriber.subscriber_activate"},
}


def test_every_route_is_described_and_nothing_else() -> None:
    assert sorted(DESCRIBED) == sorted(NAMES)


def test_operations_have_names_of_their_own_and_parameters_for_their_paths() -> None:
    names = []
    for path, methods in document()["paths"].items():
        for entry in methods.values():
            names.append(entry["operationId"])
            places = {each["name"] for each in entry["parameters"] if each["in"] == "path"}
            assert all(f"{{{name}}}" in path for name in places)
            assert len(places) == path.count("{")
            assert entry["summary"]
    assert len(set(names)) == len(names) == len(NAMES)


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere() -> None:
    components = document()["components"]

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                if key == "$ref":
                    yield each
                else:
                    yield from walk(each)
        elif isinstance(value, list):
            for each in value:
                yield from walk(each)

    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for target in walk(document()):
        _, _, kind, name = target.split("/")
        assert name in components[kind]


def test_it_is_served_to_everybody(server: Server) -> None:
    answer = server.web.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == document()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A server with sample data, for whoever asks it strange things."""
    with sampled(tmp_path_factory.mktemp("openapi"), sample(12)) as server:
        for _ in range(2):
            server.by_key.post("/v4/webhook_endpoints", json=HOOK).raise_for_status()
            server.by_key.post("/v4/webhooks", json=OLD_HOOK).raise_for_status()
        server.by_key.delete("/v4/tags/1/subscribers/2").raise_for_status()
        server.by_key.post("/v4/tags/1/subscribers/2").raise_for_status()
        yield server


CHECKS = [
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
    content_type_conformance,
]
BOUNDED = settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def modes(name: str) -> list[tuple[str, GenerationMode, dict[str, int]]]:
    """Ids at random, ids that are there, and values that the description does not allow."""
    there = dict.fromkeys(re.findall(r"\{(\w+)\}", name), 2)
    found: list[tuple[str, GenerationMode, dict[str, int]]] = [(name, GenerationMode.POSITIVE, {})]
    if there:
        found.append((name, GenerationMode.POSITIVE, there))
    if there or DESCRIBED[name].query or DESCRIBED[name].body:
        found.append((name, GenerationMode.NEGATIVE, {}))
    return found


@pytest.mark.parametrize(
    ("name", "mode", "there"),
    [each for name in NAMES for each in modes(name)],
    ids=lambda value: value if isinstance(value, str) else "there" if value else "",
)
def test_generated_requests_get_described_answers(
    live: Sampled, name: str, mode: GenerationMode, there: dict[str, int]
) -> None:
    """By schemathesis, from the document alone: no 5xx, no status or shape that is not there."""
    method, path = name.split()
    client = live.client(oauth_only=name in OAUTH_ONLY)
    operation = schemathesis.openapi.from_dict(document())[f"/v4{path}"][method]
    cases = operation.as_strategy(generation_mode=mode, path_parameters=there or None)

    @BOUNDED
    @given(case=cases)
    def ask(case: Any) -> None:
        answer = case.call(base_url=live.url, headers=dict(client.headers))
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    statuses: set[int] = set()
    ask()
    if there and method == "GET":
        assert 200 in statuses
