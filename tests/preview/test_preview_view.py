"""How a letter is looked at: what an address says, and what it leaves out."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from newsletter.preview.view import SIDES, WIDTHS, View, view_of

VIEWS = [
    View(),
    View(side="source", width="phone", scheme="dark"),
    View(scheme="forced", pictures=False, elsewhere=True),
    View(person="ann+letters@example.org"),
    View(person="ä&b=c#d%20@example.org", width="free"),
]


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_gives_back_its_view(view: View) -> None:
    assert view_of(dict(parse_qsl(view.query()))) == view


def test_the_usual_view_needs_no_words() -> None:
    assert View().query() == ""


@pytest.mark.parametrize(
    "query",
    [
        {"view": "nonsense", "width": "<script>", "scheme": "blue"},
        {"images": "maybe", "web": "yes", "as": ""},
        {"unknown": "1"},
    ],
)
def test_unknown_words_mean_the_usual(query: dict[str, str]) -> None:
    assert view_of(query) == View()


def test_one_thing_can_be_changed_in_an_address() -> None:
    view = View(scheme="dark", side="source")
    assert view_of(dict(parse_qsl(view.query(view="text")))) == replace(view, side="text")


def test_the_frame_is_loaded_anew_only_for_what_it_shows() -> None:
    views = [View(side=side, width=width) for side in SIDES for width in WIDTHS]
    frames = {view.frame_query(3) for view in views}
    assert frames == {"v=3"}
    assert View(scheme="dark").frame_query(3) != View().frame_query(3) != View().frame_query(4)
