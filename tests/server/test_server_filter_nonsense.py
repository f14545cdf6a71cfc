"""POST /subscribers/filter: whatever it is asked, it answers or refuses, and never breaks."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.server.store.filters import COMPARISONS, COUNTS, KINDS

FIELD = {"type": "custom_field", "subscriber_custom_field_id": 1}
NONSENSE: list[Any] = [
    {"all": "x"},
    {"all": {"type": "tags"}},
    {"all": ["tags"]},
    {"all": [{}]},
    {"all": [{"type": "horoscope"}]},
    {"all": [{"type": ["tags"]}]},
    {"all": [{"type": "subscriber_state"}]},
    {"all": [{"type": "subscriber_state", "states": ["asleep"]}]},
    {"all": [{"type": "subscriber_state", "states": [{}]}]},
    {"all": [{"type": "tags"}]},
    {"all": [{"type": "tags", "any": []}]},
    {"all": [{"type": "tags", "any": [{"type": "ids", "matching": []}]}]},
    {"all": [{"type": "tags", "any": [{"type": "ids", "matching": ["x"]}]}]},
    {"all": [{"type": "tags", "any": [{"type": "broadcasts", "ids": [1]}]}]},
    {"all": [{"type": "opens", "count_greater_than": -1}]},
    {"all": [{"type": "opens", "count_greater_than": 1.5}]},
    {"all": [{"type": "opens", "count_greater": 1}]},
    {"all": [{"type": "opens", "after": "yesterday"}]},
    {"all": [{"type": "opens", "any": [{"type": "urls", "urls": ["x"]}]}]},
    {"all": [{"type": "subscribed", "before": "0001-01-01"}]},
    {"all": [{"type": "attribution", "any": [{"type": "kit_source"}]}]},
    {"all": [{**FIELD, "comparison": "is"}]},
    {"all": [{**FIELD, "comparison": "matches", "value": "x"}]},
    {"all": [{**FIELD, "comparison": "greater_than", "value": "much"}]},
    {"all": [{**FIELD, "comparison": "less_than", "value": "1e999"}]},
    {"all": [{"type": "location", "latitude": "north"}]},
    {"all": [{"type": "opens"}] * 51},
    {"all": [{"type": "clicks", "any": [{"type": "urls", "urls": ["x"] * 51}]}]},
    {"all": [{"type": "clicks", "any": [{"type": "urls", "urls": [None]}]}]},
    {"all": [{"type": "clicks", "any": [{"type": "urls", "urls": ["x" * 2001]}]}]},
    {"all": [{"type": "clicks", "any": [{"type": "urls", "urls": ["x"], "matching": "like"}]}]},
    {"all": [{"type": "sent", "any": [{"type": "broadcasts", "ids": [1] * 1000}] * 11}]},
    {"all": [{"type": "tags", "any": [{"type": "ids", "matching": [1] * 1000}] * 11}]},
    {"all": [{**FIELD, "comparison": "contains", "value": "x" * 2001}]},
    {"counting_mode": "twice"},
    {"include": "tags"},
    {"include": [{"type": "horoscope"}]},
    {"after": "x"},
    {"per_page": 0},
]


def test_nonsense_is_refused_where_kit_breaks(server: Any) -> None:
    """A condition that is ignored would let more people through than the filter says."""
    statuses = [
        (body, server.api.post("/subscribers/filter", json=body).status_code) for body in NONSENSE
    ]

    assert statuses == [(body, 422) for body in NONSENSE]


words = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["2026-11-24", "9999-12-31", "active", "1", "WzNd", "-0", "1e5", "\x00"]),
)
anything = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["type", "ids", "matching", "urls"]), inner, max_size=3),
    ),
    max_leaves=6,
)
parts = st.fixed_dictionaries(
    {"type": st.sampled_from(["ids", "forms", "broadcasts", "urls", "kit_source"])},
    optional={
        "ids": st.lists(words, max_size=3),
        "matching": st.one_of(st.lists(words, max_size=3), words),
        "urls": st.lists(words, max_size=2),
    },
)
conditions = st.fixed_dictionaries(
    {"type": st.one_of(st.sampled_from(KINDS), anything)},
    optional={
        **dict.fromkeys(COUNTS, words),
        **dict.fromkeys(("after", "before", "value", "latitude", "longitude", "radius"), words),
        "states": st.one_of(st.lists(words, max_size=2), anything),
        "any": st.one_of(st.lists(parts, max_size=2), anything),
        "subscriber_custom_field_id": st.one_of(st.just(1), words),
        "comparison": st.sampled_from([*COMPARISONS, "is", "contains", "has_value"]),
    },
)
bodies = st.fixed_dictionaries(
    {"all": st.one_of(st.lists(conditions, max_size=3), anything)},
    optional={
        **dict.fromkeys(("after", "before", "per_page", "include_total_count"), anything),
        "counting_mode": words,
        "include": anything,
    },
)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=bodies)
def test_no_condition_however_odd_breaks_the_server(server: Any, body: dict[str, Any]) -> None:
    answer = server.api.post(
        "/subscribers/filter",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code in (200, 422), (body, answer.text)
