"""Links of the manual lead somewhere, and nothing in it belongs to one machine."""

import re

import pytest

from docs.reading import ROOT, Page, page, pages

PAGES = pages()


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_every_link_leads_to_a_file_and_a_heading(one: Page) -> None:
    for link in one.links():
        path, _, anchor = link.partition("#")
        target = (one.path.parent / path).resolve() if path else one.path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            found = next(other for other in PAGES if other.path == target)
            assert anchor in found.anchors(), link


def test_the_map_leads_to_every_page() -> None:
    linked = {link.partition("#")[0] for link in page("docs/index.md").links()}
    manual = {one.path.name for one in PAGES if one.path.parent.name == "docs"}
    assert manual - {"index.md"} <= linked


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_no_page_names_a_folder_of_a_machine(one: Page) -> None:
    assert not re.search(r"(?<![\w.])/(?:work|tmp|root|home|usr|opt|Users)\b", one.text)


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_addresses_in_examples_belong_to_nobody(one: Page) -> None:
    for domain in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", one.text):
        assert domain == "example.org"


@pytest.mark.parametrize(
    "one", [p for p in PAGES if p.is_written_by_hand], ids=lambda one: one.name
)
def test_pages_are_read_in_one_sitting(one: Page) -> None:
    assert len(one.text.splitlines()) <= 200


def test_the_first_page_leads_to_every_page() -> None:
    linked = {link.partition("#")[0] for link in page("README.md").links()}
    manual = {f"docs/{one.path.name}" for one in PAGES if one.path.parent.name == "docs"}
    assert manual <= linked
