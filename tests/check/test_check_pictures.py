"""What is noticed of a letter's pictures, at its place, and what is fine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.check import Finding
from newsletter.render.pictures import Measured, Placed, Unusable, place

Check = Any

STREET = Measured(
    file=Path("street.jpg"),
    path="issues/street.jpg",
    width=3000,
    height=2000,
    size=400_000,
    digest="ab" * 32,
    suffix="jpg",
    copy_suffix="jpg",
    needs_copy=False,
)
MOVING = replace(STREET, file=Path("dance.gif"), suffix="gif", copy_suffix=None)


def placed(picture: Measured, src: str = "street.jpg", *, in_letter: bool = True) -> Placed:
    return place(picture, src=src, shown=504, address="https://a.example.org/", in_letter=in_letter)


GONE = Unusable(why="street.jpg is not there (near: Street.jpg)", cure="correct its name")
MISSING = Placed(src="street.jpg", found=GONE, in_letter=True)
PHOTO = "x\n![A quiet street](street.jpg)"

# rule, severity, place, what is changed in a sound letter
NOTICED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("image-missing", "error", "9:19", {"body": PHOTO, "pictures": (MISSING,)}),
    (
        "image-missing",
        "error",
        "8:7",
        {"body": "![a](<my pic.jpg>)", "pictures": (replace(MISSING, src="my%20pic.jpg"),)},
    ),
    ("image-missing", "error", "-", {"pictures": (replace(MISSING, in_letter=False),)}),
    (
        "image-not-public",
        "error",
        "9:19",
        {"body": PHOTO, "pictures": (placed(STREET),), "context": {"target": "kit"}},
    ),
    (
        "image-large",
        "warning",
        "9:19",
        {"body": PHOTO, "pictures": (placed(replace(STREET, width=500, size=1_200_000)),)},
    ),
    ("image-large", "warning", "9:19", {"body": PHOTO, "pictures": (placed(MOVING),)}),
    ("image-alt", "warning", "8:3", {"body": "x ![](street.jpg)"}),
    (
        "image-alt",
        "warning",
        "8:11",
        {
            "body": '<img src="street.jpg">',
            "html": f'<img src="{placed(STREET).address}"> {{{{ address }}}} {{{{ unsubscribe_url }}}}',
            "pictures": (placed(STREET),),
        },
    ),
    ("image-alt-generic", "warning", "8:1", {"body": "![image](https://e.example.org/a.png)"}),
    ("data-uri", "warning", "8:6", {"body": "![q](data:image/png;base64,AAAA)"}),
]


def html_of(body: str) -> str:
    """The picture of a body as Markdown prints it, on a page that is sound otherwise."""
    alt, _, rest = body.partition("![")[2].partition("](")
    picture = f'<img src="{rest.rstrip(")").strip("<>")}" alt="{alt}">' if rest else ""
    return f'<html><body>{picture}{{{{ address }}}} <a href="{{{{ unsubscribe_url }}}}">x</a></body></html>'


@pytest.mark.parametrize(("rule", "severity", "where", "changed"), NOTICED)
def test_it_is_noticed_at_its_place(
    check: Check, rule: str, severity: str, where: str, changed: dict[str, Any]
) -> None:
    changed = {"html": html_of(changed.get("body", "")), **changed}

    found: list[Finding] = [one for one in check(**changed) if one.rule == rule]

    assert [(str(one.severity), one.place) for one in found] == [(severity, where)]
    assert found[0].cure


@pytest.mark.parametrize(
    "changed",
    [
        {"body": PHOTO, "pictures": (placed(STREET),)},
        {
            "body": PHOTO,
            "pictures": (placed(STREET),),
            "context": {"target": "kit", "has_public_pictures": True},
        },
        {
            "body": PHOTO,
            "pictures": (placed(replace(STREET, size=8_000_000)),),
            "context": {"picture_sizes": {placed(STREET).name: 90_000}},
        },
        {"body": "![Image quality, before and after](https://e.example.org/a.png)"},
        {"body": "![Harbour](https://e.example.org/harbour.png)"},
    ],
)
def test_what_is_fine_is_not_noticed(check: Check, changed: dict[str, Any]) -> None:
    found = check(**{"html": html_of(changed["body"]), **changed})
    assert [one for one in found if one.rule.startswith(("image", "data"))] == []


@pytest.mark.parametrize(
    "alt",
    ["IMG_1234.jpg", "DSC 0042", "picture", "a photo of", "screenshot 3", "my-holiday-2", "LOGO"],
)
def test_words_that_describe_nothing_are_told(check: Check, alt: str) -> None:
    body = f"![{alt}](https://e.example.org/my-holiday-2.png)"
    found = check(body=body, html=html_of(body))
    assert [one.rule for one in found if one.rule.startswith("image")] == ["image-alt-generic"]


def test_neither_a_hole_nor_an_unreachable_picture_can_be_silenced(check: Check) -> None:
    found = check(
        body=PHOTO,
        pictures=(MISSING, placed(STREET)),
        context={"target": "kit"},
        ignore=frozenset({"image-missing", "image-not-public"}),
    )
    # What was asked to no effect is told, too.
    told = {"image-missing", "image-not-public", "ignore-without-effect"}
    assert {one.rule for one in found} == told
