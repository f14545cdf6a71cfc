"""Where letters are rendered: the last good version is kept, and a mistake is shown with its place."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.commands.letters import LARGEST
from newsletter.errors import NotConfigured
from newsletter.preview.workshop import Shown, Trouble, without_settings
from tests.preview.conftest import DRAFT, Stage


def show(stage: Stage, slug: str = "pot") -> Shown:
    shown = stage.workshop.show(slug, anew=True)
    assert shown is not None
    return shown


def trouble(stage: Stage, slug: str = "pot") -> Trouble:
    found = show(stage, slug).trouble
    assert found is not None
    return found


def test_a_letter_is_shown_as_the_email_that_would_arrive(stage: Stage) -> None:
    shown = show(stage)
    assert shown.good is not None
    assert shown.good.email.subject == "The blue pot"
    assert "on the stove again" in shown.good.email.html
    assert shown.good.at == stage.world.clock.now
    assert (shown.trouble, shown.is_stale, shown.is_bare) == (None, False, False)


def test_nothing_is_rendered_twice_until_something_changes(stage: Stage) -> None:
    first = stage.workshop.show("pot")
    assert stage.workshop.show("pot") is first
    stage.workshop.changed()
    assert stage.workshop.show("pot") is not first
    assert stage.workshop.version == 2


def test_only_what_is_on_disk_loads_the_frame_anew(stage: Stage) -> None:
    first = show(stage)
    stage.workshop.changed(on_disk=False)
    assert show(stage).saves == first.saves
    stage.workshop.changed()
    assert show(stage).saves == first.saves + 1
    assert stage.workshop.version == 3


def test_there_is_no_letter_of_another_name(stage: Stage) -> None:
    assert stage.workshop.show("kettle") is None
    assert stage.workshop.looked_at is None


def test_a_mistake_stands_above_the_last_good_version(stage: Stage) -> None:
    before = show(stage)
    stage.world.clock.goes_on(minutes=3)
    stage.letter(text=DRAFT.replace("status: draft", "status: drift"))
    shown = show(stage)
    assert shown.trouble is not None
    assert shown.good == before.good
    assert shown.is_stale
    assert not shown.is_bare
    assert stage.world.clock.now - shown.good.at == timedelta(minutes=3)  # type: ignore[union-attr]
    stage.letter()
    assert show(stage).trouble is None


def test_the_place_has_two_lines_around_it_and_a_caret(stage: Stage) -> None:
    stage.letter(text=DRAFT.replace("status: draft", "status: drift"))
    found = trouble(stage)
    assert found.place.startswith("issues/pot.md:4")
    assert [line.number for line in found.lines] == [2, 3, 4, 5, 6]
    (wrong,) = [line for line in found.lines if line.is_wrong]
    assert wrong.text == "status: drift"
    assert wrong.caret is not None
    assert [line.caret for line in found.lines if not line.is_wrong] == [None] * 4


def test_a_mistake_on_the_first_line_has_only_lines_below(stage: Stage) -> None:
    stage.letter(text="---\nsubject: [\n---\nBody\n")
    numbers = [line.number for line in trouble(stage).lines]
    assert numbers[0] == 1
    assert numbers == sorted(numbers)


def test_a_letter_that_never_was_right_is_shown_without_its_settings(stage: Stage) -> None:
    stage.letter("kettle", DRAFT.replace("status: draft", "status: drift"))
    shown = show(stage, "kettle")
    assert shown.trouble is not None
    assert shown.is_bare
    assert shown.good is not None
    assert "on the stove again" in shown.good.email.html


def test_the_bare_letter_keeps_the_numbers_of_its_lines(stage: Stage) -> None:
    source = show(stage).read.source
    bare = without_settings(source)
    assert bare.count("\n") == source.text.count("\n")
    assert bare.split("\n")[5:] == source.text.split("\n")[5:]
    assert "subject" not in bare


@pytest.mark.parametrize("text", ["No settings here.\n", "---\nsubject: never closed\n", ""])
def test_where_there_are_no_settings_nothing_is_left_out(stage: Stage, text: str) -> None:
    stage.letter(text=text)
    assert without_settings(show(stage).read.source) == text


def test_an_undefined_name_in_a_template_is_told_with_its_line(stage: Stage) -> None:
    stage.template(
        '{% extends "builtin/email.html.j2" %}\n'
        "{% block footer %}\n"
        "<p>{{ newsletter.adress }}</p>\n"
        "{% endblock %}\n"
    )
    found = trouble(stage)
    assert found.place.startswith("templates/email.html.j2:3")
    assert [line.text for line in found.lines if line.is_wrong] == [
        "<p>{{ newsletter.adress }}</p>"
    ]


def test_broken_jinja_is_told_with_its_line(stage: Stage) -> None:
    stage.template('{% extends "builtin/email.html.j2" %}\n\n{% block footer %}\n{% if %}\n')
    found = trouble(stage)
    assert found.place.startswith("templates/email.html.j2:4")
    assert any(line.is_wrong for line in found.lines)


def test_a_template_mended_is_seen_at_once(stage: Stage) -> None:
    file = stage.template("{{ nothing }}")
    assert show(stage).trouble is not None
    file.write_text('{% extends "builtin/email.html.j2" %}', encoding="utf-8")
    stage.workshop.changed()
    assert show(stage).trouble is None


def test_the_excerpt_of_the_built_in_look_is_read_where_it_lies(stage: Stage) -> None:
    lines = stage.workshop._excerpt("builtin/email.html.j2", 2, 1)
    assert [line.number for line in lines] == [1, 2, 3, 4]


def test_the_excerpt_of_a_file_that_is_gone_is_empty(stage: Stage) -> None:
    assert stage.workshop._excerpt("issues/nowhere.md", 3, None) == ()


def test_the_caret_counts_tabs_as_they_are_shown(stage: Stage) -> None:
    stage.letter("tabs", "a\n\tb c\n")
    (_, line, _) = stage.workshop._excerpt("issues/tabs.md", 2, 2)
    assert line.text == "    b c"
    assert line.caret == 4


def test_a_mistake_in_the_settings_leaves_the_old_ones_and_is_shown(stage: Stage) -> None:
    before = stage.workshop.situation
    stage.settings_mistake = NotConfigured(
        "newsletter.toml:2: 'timezone' is no zone.", hint="Try Europe/Berlin."
    )
    (stage.root / "newsletter.toml").write_text('name = "x"\ntimezone = "Moon"\n')
    stage.workshop.reopen()
    assert stage.workshop.situation is before
    found = trouble(stage)
    assert found.place == "newsletter.toml:2"
    assert found.hint == "Try Europe/Berlin."
    assert [line.text for line in found.lines if line.is_wrong] == ['timezone = "Moon"']
    assert show(stage).good is not None
    stage.settings_mistake = None
    stage.workshop.reopen()
    assert show(stage).trouble is None


def test_a_letter_that_is_too_large_is_one_finding(stage: Stage) -> None:
    stage.letter(text="x" * (LARGEST + 1))
    found = trouble(stage)
    assert found.place == "issues/pot.md"
    assert "2,000 kB" in found.message
    assert show(stage).read.source.text == ""


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", b"\x89PNG\r\n\x1a\n\x00\xd8"])
def test_a_binary_file_is_a_mistake_and_not_a_crash(stage: Stage, content: bytes) -> None:
    (stage.root / "issues/pot.md").write_bytes(content)
    assert "UTF-8" in trouble(stage).message


def test_two_files_of_one_name_are_told_apart(stage: Stage) -> None:
    stage.letter("2026-01-01-pot")
    assert stage.workshop.show("pot") is not None
    entries = stage.workshop.entries()
    assert [entry.slug for entry in entries] == ["pot", "pot"]
    assert sorted(entry.is_broken for entry in entries) == [False, True]


def test_changed_files_name_their_letter(stage: Stage) -> None:
    root = stage.root
    stage.letter("kettle")
    folder = root / "issues/tea"
    folder.mkdir()
    (folder / "index.md").write_text(DRAFT)
    (root / "issues/cup.txt").write_text("Cup\n\nA cup of tea.\n")
    concerned = stage.workshop.concerned
    assert concerned({root / "issues/kettle.md"}) == "kettle"
    assert concerned({folder / "steam.png"}) == "tea"
    assert concerned({root / "issues/cup.yaml"}) == "cup"
    assert concerned({root / "templates/email.html.j2"}) is None
    assert concerned({root / "issues/nobody.md"}) is None
    assert concerned({root / "templates/x.j2", root / "issues/pot.md"}) == "pot"


def test_many_threads_may_look_at_once(stage: Stage) -> None:
    for number in range(5):
        stage.letter(f"letter-{number}")
    seen: list[Shown | None] = []

    def look(number: int) -> None:
        for _ in range(3):
            stage.workshop.changed()
            seen.append(stage.workshop.show(f"letter-{number % 5}"))

    threads = [threading.Thread(target=look, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 30
    assert all(shown is not None and shown.good is not None for shown in seen)


def test_one_file_alone_is_all_there_is(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.txt"
    file.write_text("A walk\n\nIt rained all day, and we went out in it.\n")
    workshop = stage.made(alone=file)
    assert workshop.newest() == "elsewhere"
    shown = workshop.show("elsewhere")
    assert shown is not None
    assert shown.good is not None
    assert shown.good.email.subject == "A walk"
    assert workshop.show("pot") is None
