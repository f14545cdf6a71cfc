"""Whatever is sent: an answer with words, never a fault of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from newsletter.server.api.door import OPERATIONS
from newsletter.server.loading.sample import document as sample
from newsletter.server.openapi.document import DESCRIBED
from tests.server.sampled import Sampled, sampled

BOUNDED = settings(
    max_examples=150,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
NAMES = sorted(
    {name for each in DESCRIBED.values() for name in each.query}
    | {name for each in DESCRIBED.values() for name in (each.body or {}).get("properties", {})}
)
ODD = st.sampled_from(
    [
        *("", " ", "0", "1", "true", "-1", "9" * 30, "1e400", "null", "[]", "{}", "active", "all"),
        *("2026-11-24", "0001-01-01", "9999-12-31", "2026-13-45", "WzNd", "WyJ4Il0=", "a@b"),
        *("\x00", "é", "%00", "' OR 1=1 --", "{{ x }}", "{% if %}", "../..", "application/json"),
    ]
)
VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        ODD,
        st.text(max_size=20),
        st.sampled_from([10**400, -(10**20), 2**63, 1.5]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=12,
)
BODY = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=6).map(lambda body: json.dumps(body)),
    VALUE.map(lambda value: json.dumps(value)),
    st.binary(max_size=60),
    st.just("[" * 30_000),
    st.just('{"a":' * 5_000),
).map(lambda body: body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
QUERY = st.lists(
    st.tuples(st.sampled_from(NAMES), st.one_of(ODD, st.text(max_size=12))), max_size=5
).map(lambda pairs: [(name, value.encode("utf-8", "replace").decode()) for name, value in pairs])
HEADER = st.dictionaries(
    st.sampled_from(["Content-Type", "Accept", "Content-Encoding", "X-Extra", "Accept-Charset"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    max_size=3,
)
SEGMENT = st.one_of(
    st.sampled_from(["1", "2", "12345", "0", "-1", "x", "9" * 25, "%00", "%2F", ""])
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    with sampled(tmp_path_factory.mktemp("fuzz"), sample(8)) as server:
        yield server


def expect_words(answer: httpx.Response) -> None:
    """No fault, no traceback, and what is refused says why."""
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/json"
        errors = answer.json()["errors"]
        assert errors
        assert all(isinstance(each, str) and each for each in errors)


@BOUNDED
@given(data=st.data())
def test_any_body_query_and_header_get_an_answer_with_words(
    server: Sampled, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS), label="operation")
    path = re.sub(r"\{\w+\}", lambda _: data.draw(SEGMENT, label="id"), operation.path)
    for _ in range(3):
        query: Any = data.draw(QUERY, label="query")
        answer = server.client(oauth_only=operation.oauth_only).request(
            operation.method,
            f"/v4{path}",
            params=query,
            content=data.draw(BODY, label="body"),
            headers=data.draw(HEADER, label="headers"),
        )
        expect_words(answer)


@BOUNDED
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path=st.lists(st.text(st.characters(codec="ascii"), max_size=8), max_size=4),
)
def test_any_path_gets_an_answer_with_words(server: Sampled, method: str, path: list[str]) -> None:
    target = "/v4/" + "/".join(quote(each, safe="") for each in path)
    expect_words(server.by_key.request(method, target))


@BOUNDED
@given(key=st.binary(max_size=40), bearer=st.binary(max_size=40))
def test_any_credential_is_refused_with_words(server: Sampled, key: bytes, bearer: bytes) -> None:
    clean = [
        bytes(each for each in value if 32 < each < 127 or each > 160) for value in (key, bearer)
    ]
    headers = [(b"X-Kit-Api-Key", clean[0]), (b"Authorization", b"Bearer x" + clean[1])]
    answer = server.stranger.get("/v4/account", headers=headers)

    assert answer.status_code == 401
    expect_words(answer)
