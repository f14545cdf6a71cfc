"""Which addresses can be written to, by their form, and why not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience import Address, Unusable, key_of, read_address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann.Lee+news@Example.ORG ", "Ann.Lee+news@example.org"),
        ("o'brien@mail.example.org", "o'brien@mail.example.org"),
        ("a!#$%&'*+-/=?^_`{|}~z@example.org", "a!#$%&'*+-/=?^_`{|}~z@example.org"),
        ("1@2.example", "1@2.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@example。org", "ann@example.org"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
        (f"ann@{'b' * 63}.example", f"ann@{'b' * 63}.example"),
    ],
)
def test_a_usable_address_is_kept_with_its_domain_in_lower_case_ascii(typed, kept):
    found = read_address(typed)
    assert isinstance(found, Address)
    assert found.email_address == kept
    assert found.key == kept.casefold()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("n/a", "no @"),
        ("ann", "no @"),
        ("ann@@example.org", "more than one @"),
        ("ann@bo@example.org", "more than one @"),
        ("@example.org", "nothing before the @"),
        ("ann@", "nothing after the @"),
        ("ann lee@example.org", "a space or a control character in it"),
        ("ann@example.org\x00", "a space or a control character in it"),
        ("ann@exam\u200bple.org", "a space or a control character in it"),
        (".ann@example.org", "a dot too many before the @"),
        ("ann.@example.org", "a dot too many before the @"),
        ("a..n@example.org", "a dot too many before the @"),
        ("jürgen@example.org", "“ü” before the @"),
        ('"ann"@example.org', '“"” before the @'),
        ("Ann<ann@example.org>", "“<” before the @"),
        (f"{'a' * 65}@example.org", "more than 64 characters before the @"),
        ("ann@localhost", "no dot in the domain"),
        ("ann@example.org.", "a dot too many after the @"),
        ("ann@.example.org", "no such domain is possible"),
        ("ann@example..org", "no such domain is possible"),
        ("ann@-example.org", "no such domain is possible"),
        ("ann@example-.org", "no such domain is possible"),
        ("ann@exa_mple.org", "no such domain is possible"),
        (f"ann@{'b' * 64}.example", "no such domain is possible"),
        ("ann@192.0.2.1", "a number where the domain should end"),
        ("ann@[192.0.2.1]", "no such domain is possible"),
        (f"ann@{'b.' * 130}example", "longer than 254 characters"),
        ("x" * 10_000, "too long"),
    ],
)
def test_an_unusable_address_says_why(typed, why):
    assert read_address(typed) == Unusable(why=why)


@given(st.text(max_size=80) | st.from_regex(r"[a-zü.\"' ]{0,9}@[a-zü.\-]{0,12}", fullmatch=True))
def test_every_text_has_an_answer_and_what_is_kept_is_kept_again(typed):
    found = read_address(typed)
    if isinstance(found, Address):
        assert read_address(found.email_address) == found
        assert found.email_address.isascii()
        assert not set(found.email_address) & set(' \t\r\n,;<>"()[]:\\')
        assert key_of(typed.strip().upper()) in (found.key, key_of(typed))
    else:
        assert found.why


@pytest.mark.parametrize("piece", ["a.", "a@", "ü.", "-", "\u0301", "xn--a."])
def test_the_longest_input_is_answered_at_once(piece):
    began = time.process_time()
    for size in (250, 500, 100_000):
        read_address("a@" + piece * size)
        read_address(piece * size + "@example.org")
    assert time.process_time() - began < 1


def test_letter_case_makes_no_other_person_and_a_dot_or_a_plus_does():
    assert key_of(" ANN@Example.org") == key_of("ann@example.ORG")
    assert len({key_of(a) for a in ("a.b@x.org", "ab@x.org", "ab+c@x.org")}) == 3
