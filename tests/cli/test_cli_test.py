"""`newsletter test`: one copy to yourself, and to nobody else."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest


def letters(folder):
    rows = folder.rows("outbox", "server.db")
    return [message_from_bytes(row["raw"], policy=default) for row in rows]


def test_a_copy_lies_in_the_outbox_and_counts_as_no_delivery(folder):
    done = folder.call("test", "gate")

    (letter,) = letters(folder)
    assert done.code == 0
    assert (letter["Subject"], letter["To"]) == (
        "[test] The gate that would not close",
        "ann@example.org",
    )
    assert "Hello Dana" in letter.get_body(("plain",)).get_content()
    assert folder.rows("deliveries", "server.db") == []
    assert folder.state() is None


def test_named_addresses_and_those_of_the_settings_are_used(folder):
    folder.change(
        "newsletter.toml", "[schedule]", '[send]\ntest_to = ["me@example.org"]\n\n[schedule]'
    )
    folder.call("test", "gate")
    folder.call("test", "gate", "--to", "you@example.org", "--to", "they@example.org")

    assert [letter["To"] for letter in letters(folder)] == [
        "me@example.org",
        "you@example.org",
        "they@example.org",
    ]


@pytest.mark.parametrize(
    ("reader", "greeting"), [("ben@example.org", "Hello Ben"), ("none", "Hello friend")]
)
def test_it_speaks_to_the_reader_that_is_named(folder, reader, greeting):
    folder.call("test", "gate", "--as", reader)

    assert greeting in letters(folder)[0].get_body(("plain",)).get_content()


def test_its_way_out_leads_to_a_page_that_explains_and_takes_nobody_off(folder, service):
    folder.call("test", "gate")

    import httpx

    url = service.env["KIT_API_URL"].removesuffix("/v4")
    pages = [httpx.get(f"{url}/u/test"), httpx.post(f"{url}/u/test")]

    assert "/u/test" in letters(folder)[0].get_body(("html",)).get_content()
    assert [page.status_code for page in pages] == [200, 200]
    assert "only a test" in pages[0].text


@pytest.mark.parametrize("words", [["--to", "nobody"], ["--as", "stranger@example.org"]])
def test_what_cannot_be_is_wrong_usage(folder, words):
    done = folder.call("test", "gate", *words)

    assert done.code == 2
    assert "→" in done.err


NO_ADDRESSES = [
    "a@@b.example",
    "a@",
    "@b",
    "a@b.example,c@d.example",
    "jö@b.example",
    "a b@c.example",
]


@pytest.mark.parametrize("typed", NO_ADDRESSES)
def test_what_is_no_address_is_refused_before_anything_is_sent(folder, typed):
    done = folder.call("test", "gate", "--to", "me@example.org", "--to", typed)

    assert done.code == 2
    assert "is no address" in done.err
    assert "→ --to me@example.org" in done.err


@pytest.mark.parametrize("typed", NO_ADDRESSES)
def test_what_is_no_address_in_the_settings_is_refused_where_it_stands(folder, typed):
    folder.change("newsletter.toml", "[schedule]", f'[send]\ntest_to = ["{typed}"]\n\n[schedule]')
    done = folder.call("test", "gate")

    assert done.code == 4
    assert "newsletter.toml:" in done.err
    assert "is no address" in done.err


def test_an_address_with_other_letters_in_its_domain_is_written_to_in_ascii(folder):
    """From, too: mail servers know domains as ASCII only (RFC 5891)."""
    folder.env["NEWSLETTER_FROM"] = "Ann <ann@exämple.org>"
    folder.call("test", "gate")
    folder.call("test", "gate", "--to", "me@bücher.example")

    first, second = letters(folder)
    assert (first["From"], first["To"]) == (
        "Ann <ann@xn--exmple-cua.org>",
        "ann@xn--exmple-cua.org",
    )
    assert second["To"] == "me@xn--bcher-kva.example"


def test_kit_has_no_test_send_and_says_what_to_do(folder, service):
    folder.env |= service.env

    done = folder.call("test", "gate")

    assert done.code == 4
    assert "SMTP_URL" in done.err


def test_a_mail_server_that_is_not_there_is_tried_later_without_its_password(folder, service):
    folder.env |= service.env | {"SMTP_URL": "smtp://ann:secret@127.0.0.1:1"}

    done = folder.call("test", "gate")

    assert done.code == 75
    assert "secret" not in done.out + done.err
