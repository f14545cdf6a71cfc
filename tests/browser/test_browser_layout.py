"""Letters and pages fit a phone and a desk, and are dark where the reader wants it dark."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from docs import chromium
from docs.pictures import DESK, PHONE

pytestmark = pytest.mark.browser

LETTERS = ("the-slow-kitchen", "the-garden-gate")
PAGES = (*LETTERS, "outbox", "leave")
SCHEMES = ("light", "dark")


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("page", PAGES)
def test_nothing_scrolls_sideways(
    seen: Mapping[str, Any], page: str, scheme: str, width: int
) -> None:
    found = seen[f"{page} {scheme} {width}"]
    assert found.shows == width
    assert found.scrolls <= width
    assert found.spilling == []


def test_what_is_too_wide_would_be_noticed(
    browser: None, measure: Callable[[list[str]], Mapping[str, Any]]
) -> None:
    page = '<!DOCTYPE html><body><p style="width:500px">wide</p></body>'
    found = measure([chromium.frame(page, width=PHONE, height=300, name="wide")])["wide"]
    assert found.scrolls > PHONE
    assert found.spilling == ["p."]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("page", PAGES)
def test_dark_is_dark_and_light_is_light(seen: Mapping[str, Any], page: str, width: int) -> None:
    light, dark = (seen[f"{page} {scheme} {width}"] for scheme in SCHEMES)
    assert light.brightness("ground") > 200 > 100 > light.brightness("ink")
    assert dark.brightness("ground") < 60 < 180 < dark.brightness("ink")


@pytest.mark.parametrize("page", PAGES)
def test_dark_changes_colours_and_no_sizes(seen: Mapping[str, Any], page: str) -> None:
    light, dark = (seen[f"{page} {scheme} {PHONE}"] for scheme in SCHEMES)
    assert light.height == dark.height


@pytest.mark.parametrize("page", [*LETTERS, "leave"])
def test_buttons_are_large_enough_for_a_finger(seen: Mapping[str, Any], page: str) -> None:
    """44 CSS pixels, as WCAG 2.2 (2.5.5) has it."""
    assert seen[f"{page} light {PHONE}"].button >= 44


@pytest.mark.parametrize("page", PAGES)
def test_the_smallest_words_can_be_read_on_a_phone(seen: Mapping[str, Any], page: str) -> None:
    assert seen[f"{page} light {PHONE}"].smallest >= 12.8
