"""Readers' links: for one purpose, unforgeable, and silent about whom they belong to."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as some

from newsletter.server.public.tokens import Claim, Purpose, read, sign

SECRET = b"s" * 32
CLAIM = Claim(broadcast_id=7, subscriber_id=12)
IDS = some.integers(min_value=0, max_value=2**63 - 1)


@given(broadcast=IDS, subscriber=IDS)
def test_a_token_gives_back_what_was_signed(broadcast: int, subscriber: int) -> None:
    claim = Claim(broadcast_id=broadcast, subscriber_id=subscriber)

    token = sign(SECRET, Purpose.UNSUBSCRIBE, claim)

    assert read(SECRET, Purpose.UNSUBSCRIBE, token) == claim
    assert len(token) == 47
    assert token.replace("-", "").replace("_", "").isalnum()


@given(at=some.integers(min_value=0, max_value=46), letter=some.sampled_from("AZaz09-_"))
def test_a_changed_letter_never_makes_another_claim(at: int, letter: str) -> None:
    token = sign(SECRET, Purpose.UNSUBSCRIBE, CLAIM)
    changed = token[:at] + letter + token[at + 1 :]

    assert read(SECRET, Purpose.UNSUBSCRIBE, changed) in (None, CLAIM)
    whole = base64.urlsafe_b64decode(token + "=")
    if base64.urlsafe_b64decode(changed + "=") != whole:
        assert read(SECRET, Purpose.UNSUBSCRIBE, changed) is None


def test_a_token_is_for_one_purpose_and_one_secret() -> None:
    token = sign(SECRET, Purpose.UNSUBSCRIBE, CLAIM)

    assert read(SECRET, Purpose.RETURN, token) is None
    assert read(b"t" * 32, Purpose.UNSUBSCRIBE, token) is None


@given(some.text(max_size=80))
def test_nonsense_is_no_token(nonsense: str) -> None:
    assert read(SECRET, Purpose.UNSUBSCRIBE, nonsense) is None


@pytest.mark.parametrize("cut", [0, 1, 20, 46])
def test_part_of_a_token_is_none(cut: int) -> None:
    assert read(SECRET, Purpose.UNSUBSCRIBE, sign(SECRET, Purpose.UNSUBSCRIBE, CLAIM)[:cut]) is None
