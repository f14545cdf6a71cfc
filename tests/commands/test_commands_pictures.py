"""Pictures beside a letter: found, measured, copied small; hostile ones give one clear finding."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from newsletter.check import Finding
from newsletter.commands.compose import Composed, compose
from newsletter.commands.letters import read_all, read_issue
from newsletter.commands.naming import find
from newsletter.commands.pictures import bytes_of, keep, sizes
from newsletter.render.pictures import Measured
from tests.pictures import bomb, moving, photo, size_of, taken_sideways
from tests.world import MONDAY, World

HEAD = "---\nsubject: The blue pot, again\npreview_text: It simmers while we read, and nobody has to stir.\n---\n"
WORDS = " ".join(["the blue pot is on the stove again and the house smells of bread"] * 5)


def composed(world: World, body: str, *, target: str = "local", name: str = "pot.md") -> Composed:
    file = world.folder / "issues" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{HEAD}{body}\n\n{WORDS}\n", encoding="utf-8")
    return compose(world.project, read_issue(world.project, file), now=MONDAY, target=target)


def errors(one: Composed) -> list[Finding]:
    return [f for f in one.findings if f.rule.startswith("image") and f.severity == "error"]


def test_a_picture_gets_an_address_a_width_and_a_height(world: World) -> None:
    photo(world.folder / "issues" / "My Street.jpg")

    one = composed(world, '![A street](<My Street.jpg> "Behind me")')

    assert one.email is not None
    (picture,) = one.pictures
    assert picture.name.startswith("my-street.")
    assert f'src="{world.project.gallery.address}{picture.name}"' in one.email.html
    assert 'width="504" height="284"' in one.email.html
    assert (picture.shown, picture.copy_width) == (504, 1008)
    assert errors(one) == []
    assert "[image: A street]" in one.email.text
    assert "Behind me" in one.email.text


@pytest.mark.parametrize(
    ("body", "attributes", "copy_width"),
    [
        ("![a](street.jpg){width=200}", 'width="200" height="112"', 400),
        ("![a](street.jpg){width=4000}", 'width="504" height="284"', 1008),
        ("![a](small.jpg)", 'width="80" height="40"', None),
        ('<img src="street.jpg" alt="a" width="50%">', 'width="50%"', 504),
        ('<img src=street.jpg alt="a > b">', 'width="504" height="284"', 1008),
        ("Text ![a](small.jpg) text", 'width="80" height="40"', None),
        ('<img src="street.jpg" alt="a" height="90">', 'width="160"', 320),
        ("[![a](street.jpg){width=100}](https://example.org)", 'width="100" height="56"', 200),
    ],
)
def test_it_is_never_wider_than_the_column_nor_larger_than_twice_what_is_seen(
    world: World, body: str, attributes: str, copy_width: int | None
) -> None:
    photo(world.folder / "issues" / "street.jpg")
    photo(world.folder / "issues" / "small.jpg", (80, 40))

    one = composed(world, body)

    assert one.email is not None
    assert attributes in one.email.html
    assert [p.copy_width for p in one.pictures] == [copy_width]


def test_the_same_letter_has_the_same_bytes_and_a_corrected_picture_another_name(
    world: World,
) -> None:
    file = photo(world.folder / "issues" / "street.jpg")
    first, again = composed(world, "![a](street.jpg)"), composed(world, "![a](street.jpg)")
    before = first.read.source.digest(world.project)
    photo(file, (1600, 901))
    os.utime(file, ns=(1, 1))
    corrected = composed(world, "![a](street.jpg)")

    assert first.email == again.email
    assert corrected.pictures[0].name != first.pictures[0].name
    assert corrected.read.source.digest(world.project) != before


def test_a_name_never_stands_for_other_bytes(world: World) -> None:
    """The file is saved anew between the look at it and the copy."""
    file = photo(world.folder / "issues" / "street.jpg")
    (picture,) = composed(world, "![a](street.jpg)").pictures
    photo(file, (1500, 900))

    with pytest.raises(OSError, match="was changed"):
        keep([picture], world.folder / "media")


def test_copies_are_small_upright_and_tell_nothing_of_where_they_were_taken(world: World) -> None:
    taken_sideways(world.folder / "issues" / "garden.jpg")

    (picture,) = composed(world, "![a](garden.jpg)").pictures
    data = bytes_of(picture)

    assert isinstance(picture.found, Measured)
    assert (picture.found.width, picture.found.height) == (300, 400)
    assert size_of(data) == (300, 400)
    with Image.open(BytesIO(data)) as image:
        assert not image.getexif()
    assert b"secret" not in data


@pytest.mark.parametrize(
    ("name", "sent_as"), [("a.webp", "jpg"), ("a.bmp", "jpg"), ("a.png", "png"), ("a.tiff", "jpg")]
)
def test_what_mail_programs_do_not_show_is_sent_as_what_they_do(
    world: World, name: str, sent_as: str
) -> None:
    photo(world.folder / "issues" / name, (64, 64))
    (picture,) = composed(world, f"![a]({name})").pictures
    assert picture.name.endswith(f".{sent_as}")
    assert size_of(bytes_of(picture)) == (64, 64)


def test_a_moving_picture_is_left_as_it_is_and_said_to_be_wide(world: World) -> None:
    file = moving(world.folder / "issues" / "dance.gif")
    one = composed(world, "![a dance](dance.gif)")
    assert bytes_of(one.pictures[0]) == file.read_bytes()
    assert [f.rule for f in one.findings if f.rule.startswith("image")] == ["image-large"]


def test_pictures_are_kept_once_and_what_was_saved_is_known(world: World) -> None:
    photo(world.folder / "issues" / "street.png", (2400, 1600), compress_level=0)
    pictures = composed(world, "![a](street.png)\n\n![a](street.png){width=100}").pictures
    folder = world.folder / "media"

    kept = keep(pictures, folder)
    times = [one.file.stat().st_mtime_ns for one in kept]
    again = keep(pictures, folder)

    assert [size_of(one.file.read_bytes())[0] for one in kept] == [1008, 200]
    assert all(one.after < one.before / 5 for one in kept)
    assert [one.file.stat().st_mtime_ns for one in again] == times
    assert sorted(folder.iterdir()) == sorted(one.file for one in kept)
    assert sizes(pictures, world.project.gallery)[pictures[0].name] == kept[0].after


HOSTILE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "none": (lambda f: None, "path.jpg", "path.jpg is not there"),
    "other capitals": (lambda f: photo(f / "Path.jpg"), "path.jpg", "(near: Path.jpg)"),
    "below": (lambda f: photo(f / "images/Path.jpg"), "images/path.jpg", "(near: images/Path.jpg)"),
    "elsewhere": (lambda f: photo(f / "images/path.jpg"), "path.jpg", "(near: images/path.jpg)"),
    "slip": (lambda f: photo(f / "steet.jpg"), "street.jpg", "(near: steet.jpg)"),
    "outside": (lambda f: photo(f.parents[2] / "out.jpg"), "../../../out.jpg", "outside of the"),
    "root": (lambda f: None, "/etc/passwd", "this computer's root"),
    "file": (lambda f: None, "file:///etc/passwd", "this computer's root"),
    "drive": (lambda f: None, "C:\\pictures\\a.jpg", "this computer's root"),
    "link out": (lambda f: (f / "a.jpg").symlink_to("/etc/hostname"), "a.jpg", "outside of the"),
    "circle": (lambda f: (f / "a.jpg").symlink_to(f / "a.jpg"), "a.jpg", "circle"),
    "folder": (lambda f: (f / "a.jpg").mkdir(), "a.jpg", "is no file"),
    "pipe": (lambda f: os.mkfifo(f / "a.jpg"), "a.jpg", "is no file"),
    "empty": (lambda f: (f / "a.jpg").write_bytes(b""), "a.jpg", "no picture"),
    "words": (lambda f: (f / "a.jpg").write_bytes(b"hello" * 99), "a.jpg", "no picture"),
    "bomb": (lambda f: (f / "a.png").write_bytes(bomb(60_000)), "a.png", "pixels"),
    "large": (lambda f: (f / "a.png").write_bytes(bomb(9_000)), "a.png", "pixels"),
    "hollow": (lambda f: (f / "a.png").write_bytes(bomb(2_000)), "a.png", "damaged or cut off"),
    "cut off": (
        lambda f: (f / "a.jpg").write_bytes(photo(f / "b.jpg").read_bytes()[:2000]),
        "a.jpg",
        "damaged or cut off",
    ),
    "drawing": (lambda f: (f / "a.svg").write_text("<svg><script/></svg>"), "a.svg", "is SVG"),
    "hidden drawing": (lambda f: (f / "a.jpg").write_text("<?xml?><svg/>"), "a.jpg", "is SVG"),
    "telephone": (lambda f: (f / "a.heic").write_bytes(b"\0\0\0\x18ftypheic"), "a.heic", "is HEIC"),
    "long name": (lambda f: None, "a" * 300 + ".jpg", "is not there"),
    "NUL": (lambda f: None, "a%00b.jpg", "is not there"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_picture_that_cannot_be_sent_is_one_clear_error_with_its_place(
    world: World, case: str
) -> None:
    make, src, told = HOSTILE[case]
    folder = world.folder / "issues" / "trip"
    folder.mkdir()
    make(folder)

    # Markdown itself makes no picture of a `file:`.
    body = f'<img alt="a street" src="{src}">' if case == "file" else f"![a street](<{src}>)"
    one = composed(world, body, name="trip/index.md")

    (error,) = errors(one)
    assert (error.rule, error.path, error.line) == ("image-missing", "issues/trip/index.md", 5)
    assert told in error.message
    assert error.cure
    assert one.email is not None


def test_a_picture_elsewhere_in_the_project_is_fine_and_one_beside_a_lone_letter(
    world: World, tmp_path: Path
) -> None:
    photo(world.folder / "pictures" / "a.jpg")
    lone = tmp_path / "elsewhere" / "letter.md"
    photo(lone.parent / "b.jpg")
    lone.write_text("![b](b.jpg)\n\n![a](../pictures/a.jpg)\n")

    assert errors(composed(world, "![a](../pictures/a.jpg)")) == []
    (error,) = errors(
        compose(world.project, read_issue(world.project, lone), now=MONDAY, target="local")
    )
    assert "outside of this folder" in error.message


def test_the_logo_is_found_from_the_project_on_and_named_when_it_is_not(world: World) -> None:
    photo(world.folder / "templates" / "static" / "logo.png", (800, 200))

    def with_logo(path: str) -> Composed:
        look = replace(world.project.look, theme={"logo": path})
        world.project = replace(world.project, look=look)
        return composed(world, "Hello")

    good, bad = with_logo("static/logo.png"), with_logo("static/lgo.png")

    assert good.email is not None
    assert errors(good) == []
    assert 'height="40" width="160"' in good.email.html
    assert [(e.line, "in the look" in e.message) for e in errors(bad)] == [(None, True)]


def test_a_shortcode_and_a_template_name_pictures_of_the_look(world: World) -> None:
    templates = world.folder / "templates"
    photo(templates / "static" / "leaf.png", (2000, 1000))
    (templates / "shortcodes").mkdir()
    picture = '<img src="static/leaf.png" alt="A leaf">'
    (templates / "shortcodes" / "leaf.html.j2").write_text(picture)
    (templates / "email.html.j2").write_text(
        '{% extends "builtin/email.html.j2" %}{% block after %}'
        + picture.replace(">", ' width="560">')
        + "{% endblock %}"
    )
    world.project = replace(world.project, look=replace(world.project.look, templates=(templates,)))

    one = composed(world, "[leaf]")
    typed = composed(world, "![a leaf](static/leaf.png)")

    assert errors(one) == []
    assert [(p.in_letter, p.shown) for p in one.pictures] == [(True, 504), (False, 560)]
    assert [e.message for e in errors(typed)] == ["static/leaf.png is not there"]


def test_a_real_target_without_a_public_place_is_an_error_before_anything_is_scheduled(
    world: World,
) -> None:
    photo(world.folder / "issues" / "street.jpg")
    (error,) = errors(composed(world, "![a street](street.jpg)", target="kit"))
    assert (error.rule, error.line, error.column) == ("image-not-public", 5, 13)


@pytest.mark.parametrize("suffix", [".md", ".txt", ".html"])
def test_a_folder_is_an_issue_by_its_index(world: World, suffix: str) -> None:
    folder = world.folder / "issues" / "2026-12-01-rest-is-a-verb"
    folder.mkdir()
    (folder / f"index{suffix}").write_text("<p>Hello there</p>", encoding="utf-8")

    read = find(world.project, "2026-12-01-rest-is-a-verb")

    assert read.slug == "rest-is-a-verb"
    assert [r.slug for r in read_all(world.project)] == ["rest-is-a-verb", "pot"]
    assert find(world.project, str(folder)).slug == read.slug


def test_two_index_files_in_a_folder_are_told(world: World) -> None:
    for suffix in ("md", "txt"):
        file = world.folder / "issues" / "trip" / f"index.{suffix}"
        file.parent.mkdir(exist_ok=True)
        file.write_text("Hello there")
    assert [r.error.rule for r in read_all(world.project) if r.error] == ["slug-taken"]


def test_a_letter_that_cannot_be_read_is_a_finding_too(world: World) -> None:
    file = world.folder / "issues" / "bad.md"
    file.write_bytes(b"\xff\xfe\x00")
    one = compose(world.project, read_issue(world.project, file), now=MONDAY, target="local")
    assert (one.email, len(one.findings)) == (None, 1)
    assert read_issue(world.project, file).error is not None
