"""Signing up: noted, not confirmed; the same answer for everybody; nobody revived."""

from typing import Any

import pytest


def sign_up(server: Any, address: str, path: str = "/forms/1", **fields: str) -> Any:
    return server.web.post(path, data={"email_address": address, **fields})


def state_of(server: Any, address: str) -> str | None:
    query = {"email_address": address, "status": "all"}
    found = server.api.get("/subscribers", params=query).json()["subscribers"]
    return found[0]["state"] if found else None


@pytest.mark.parametrize("path", ["/forms/1", "/forms/5551234", "/forms/old-name"])
def test_a_form_answers_also_under_a_number_it_does_not_have(server: Any, path: str) -> None:
    """Letters written for another service carry that service's form numbers."""
    page = server.web.get(path)

    assert page.status_code == 200
    assert "Get Garden Notes by email" in page.text
    assert 'autocomplete="email"' in page.text
    assert sign_up(server, "eve@example.org", path).status_code == 200
    assert state_of(server, "eve@example.org") == "inactive"


def test_who_signs_up_is_noted_and_gets_no_letter_yet(server: Any) -> None:
    page = sign_up(server, " Eve@example.org ", first_name="Eve")
    server.send()

    assert "Thank you, noted." in page.text
    assert "nothing is sent" in page.text
    assert "cannot ask you to confirm yet" in page.text
    assert "by hand" not in page.text
    assert state_of(server, "eve@example.org") == "inactive"
    assert "eve@example.org" not in [each["recipient"].lower() for each in server.outbox()]
    members = server.api.get("/forms/1/subscribers?status=inactive").json()["subscribers"]
    assert [each["first_name"] for each in members] == ["Eve"]


def test_the_answer_does_not_tell_who_is_known(server: Any) -> None:
    server.api.post("/subscribers/2/unsubscribe")

    pages = {
        sign_up(server, address).text.replace(address, "X")
        for address in ("new@example.org", "ann@example.org", "ben@example.org")
    }

    assert len(pages) == 1


@pytest.mark.parametrize("state", ["active", "cancelled", "bounced", "complained"])
def test_a_known_reader_stays_as_she_is(server: Any, state: str) -> None:
    server.add("eve@example.org", state=state, first_name="Eve")

    sign_up(server, "eve@example.org", first_name="Mallory")

    assert state_of(server, "eve@example.org") == state
    subscriber = server.api.get("/subscribers/4").json()["subscriber"]
    assert subscriber["first_name"] == "Eve"


@pytest.mark.parametrize("address", ["", "nonsense", "a@b", "a b@example.org", "a@example.org\x00"])
def test_a_wrong_address_is_explained_beside_its_field(server: Any, address: str) -> None:
    if address.endswith("\x00"):
        page = sign_up(server, address.replace("@", " "), first_name='"><script>')
    else:
        page = sign_up(server, address, first_name='"><script>')

    assert page.status_code == 422
    assert "Enter an email address, like name@example.com." in page.text
    assert 'aria-invalid="true"' in page.text
    assert "<script>" not in page.text


def test_a_program_that_fills_in_the_trap_is_thanked_and_forgotten(server: Any) -> None:
    page = sign_up(server, "bot@example.org", website="https://example.com")

    assert "Thank you, noted." in page.text
    assert state_of(server, "bot@example.org") is None


def test_one_address_cannot_be_signed_up_without_end(server: Any) -> None:
    statuses = [sign_up(server, "eve@example.org").status_code for _ in range(4)]
    page = sign_up(server, "EVE@example.org")

    assert statuses == [200, 200, 200, 429]
    assert page.status_code == 429
    assert page.headers["retry-after"] == "60"
    assert "A little too quick." in page.text


def test_one_network_cannot_sign_up_without_end(server: Any) -> None:
    statuses = [sign_up(server, f"r{number}@example.org").status_code for number in range(12)]

    assert statuses == [200] * 10 + [429] * 2


def test_an_endless_form_is_cut_off(server: Any) -> None:
    page = sign_up(server, "eve@example.org", first_name="x" * 100_000)

    assert page.status_code == 422
    assert state_of(server, "eve@example.org") is None
