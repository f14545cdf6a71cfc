"""Shortly before its time an issue is compared with what the target holds, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.broadcast.decide import VERIFY_BEFORE, decide
from newsletter.broadcast.model import State, Update, Verify, Wait
from tests.broadcast.test_decide import NINE, POLICY, record, wish

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("before", "verified_before", "action"),
    [
        (VERIFY_BEFORE + MINUTE, None, Wait(until=NINE)),
        (VERIFY_BEFORE, None, Verify(broadcast_id=7)),
        (MINUTE, None, Verify(broadcast_id=7)),
        (MINUTE, VERIFY_BEFORE, Wait(until=NINE)),
        (MINUTE, 3 * VERIFY_BEFORE, Verify(broadcast_id=7)),
    ],
)
def test_it_is_verified_once_inside_the_window(before, verified_before, action):
    verified_at = None if verified_before is None else NINE - verified_before

    assert (
        decide(wish(), record(State.HANDED_OVER, verified_at=verified_at), NINE - before, POLICY)
        == action
    )


def test_an_edit_inside_the_window_is_passed_on_instead():
    found = decide(wish(source="b"), record(State.HANDED_OVER), NINE - MINUTE, POLICY)

    assert found == Update(send_at=NINE)
