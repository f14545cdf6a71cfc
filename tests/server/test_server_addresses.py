"""Which addresses mail can go to, and which are the same."""

import pytest

from newsletter.server.addresses import key_of, usable


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann@Example.org\n", "Ann@Example.org"),
        ("ann+letters@mail.example.org", "ann+letters@mail.example.org"),
        ("o'neil_{x}@example.org", "o'neil_{x}@example.org"),
        ("ann@müller.example", "ann@xn--mller-kva.example"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
        ("a" * 65 + "@example.org", None),
        ("ann@" + "a" * 64 + ".org", None),
        ("ann@" + "a." * 125 + "org", None),
        ("", None),
        ("ann", None),
        ("@example.org", None),
        ("ann@", None),
        ("ann@@example.org", None),
        ("ann@localhost", None),
        ("ann@192.0.2.1", None),
        ("ann@[192.0.2.1]", None),
        ("ann..lee@example.org", None),
        (".ann@example.org", None),
        ("ann @example.org", None),
        ("ann@exa mple.org", None),
        ("ann@-example.org", None),
        ("ann@example..org", None),
        ("ann@example.org.", None),
        ("jürgen@example.org", None),
        ('"ann lee"@example.org', None),
        ("Ann <ann@example.org>", None),
        ("ann@example.org,ben@example.org", None),
        ("ann@example.org\r\nBcc: ben@example.org", None),
        ("ann\x00@example.org", None),
    ],
)
def test_an_address_is_kept_when_mail_can_go_there(address: str, kept: str | None) -> None:
    assert usable(address) == kept


def test_letter_case_does_not_make_another_person_but_dots_and_tags_do() -> None:
    assert key_of(" Ann@Example.ORG ") == key_of("ann@example.org")
    assert len({key_of(f"{each}@example.org") for each in ("annlee", "ann.lee", "annlee+x")}) == 3
