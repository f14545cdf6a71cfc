"""`newsletter init`: a project at once, and never a word of the author's lost."""

from __future__ import annotations

import tomllib

import pytest

FILES = {
    "newsletter.toml",
    ".env.example",
    ".gitignore",
    "templates/email.html.j2",
    "issues/2026-01-06-a-first-letter.md",
}


@pytest.fixture
def new(folder, tmp_path):
    """A new project, and how `init` is called for it."""
    place = tmp_path / "my-letter"

    def init(*words):
        return folder.call("init", str(place), *words)

    assert init().code == 0
    return place, init


def texts(place):
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_force_keeps_every_file_that_the_author_changed(new):
    place, init = new
    for path in FILES:
        (place / path).write_text((place / path).read_text() + "# mine\n")
    before = texts(place)

    done = init("--force", "--name", "Another")

    assert done.code == 0
    assert texts(place) == before
    assert done.out.count("kept, you changed it") == len(FILES)


def test_force_keeps_a_changed_project_id(new):
    """Marks at the target hold it: with another id, letters would go out twice."""
    place, init = new
    file = place / "newsletter.toml"
    file.write_text(file.read_text().replace('"my-letter"', '"harbour"'))
    assert init("--force").code == 0
    assert tomllib.loads(file.read_text())["project"] == "harbour"


def test_force_writes_what_is_missing(new):
    place, init = new
    before = texts(place)
    (place / ".gitignore").unlink()
    (place / "templates/email.html.j2").unlink()

    made = init("--force", "--json").json["data"]

    assert texts(place) == before
    assert set(made["created"]) == {".gitignore", "templates/email.html.j2"}
    assert (set(made["skipped"]), made["kept"]) == (FILES - set(made["created"]), [])


def test_without_force_a_project_that_is_there_is_left_alone(new):
    place, init = new
    before = texts(place)
    done = init("--name", "Another")
    assert (done.code, texts(place)) == (2, before)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--from-email", "nonsense"], "--from-email"),
        (["--from-email", "ann@@example.org"], "--from-email"),
        (["--from-email", "Ann <ann@>"], "--from-email"),
        (["--from-email", "ann@example.org, ben@example.org"], "--from-email"),
        (["--from-email", "Ann\nBen <ann@example.org>"], "--from-email"),
        (["--name", "A\x07b"], "--name"),
        (["--name", "A\nb"], "--name"),
        (["--name", " "], "--name"),
    ],
)
def test_a_name_or_sender_that_cannot_be_is_refused_and_nothing_is_written(
    folder, tmp_path, words, option
):
    done = folder.call("init", str(tmp_path / "new"), *words)

    assert done.code == 2
    assert f"error: {option}: " in done.err
    assert f"→ {option}" in done.err or f": {option} " in done.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "name", ["Ann, Ben & Co.", 'The "Gate"', "a\\b", "Prüfung: eins", "A (b) <c>"]
)
def test_any_name_that_can_be_shown_makes_settings_that_can_be_read(folder, tmp_path, name):
    place = tmp_path / "new"
    assert folder.call("init", str(place), "--name", name).code == 0

    from newsletter.settings import load

    settings = load(place)
    assert (settings.name, settings.sender_name) == (name, name)
    assert settings.sender_address == "newsletter@example.org"
