"""flag > environment > .env > newsletter.toml > default, for keys of every kind."""

from datetime import timedelta

import pytest

from newsletter.errors import NotConfigured
from newsletter.settings import Settings, load

WAYS = ["default", "toml", "dotenv", "environment"]


def by_dotted(settings: Settings, name: str) -> object:
    value: object = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    import os

    for name in [n for n in os.environ if n.startswith(("NEWSLETTER_", "KIT_"))]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "toml", "variable", "values"),
    [
        ("name", 'name = "{}"', "NEWSLETTER_NAME", ["Untitled newsletter", "A", "B", "C"]),
        ("language", 'language = "{}"', "NEWSLETTER_LANGUAGE", ["en", "de", "fr", "nl"]),
        ("timezone", 'timezone = "{}"', "NEWSLETTER_TIMEZONE",
         ["UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York"]),
        ("sender", 'from = "{}"', "NEWSLETTER_FROM",
         ["Newsletter <newsletter@example.org>", "a@example.org", "b@example.org", "c@example.org"]),
        ("schedule.lead", '[schedule]\nlead = "{}"', "NEWSLETTER_SCHEDULE__LEAD",
         ["24h", "1h", "2h", "3h"]),
        ("send.undo", '[send]\nundo = "{}"', "NEWSLETTER_SEND__UNDO", ["5m", "1m", "0s", "3m"]),
        ("check.strict", "[check]\nstrict = {}", "NEWSLETTER_CHECK__STRICT",
         ["false", "true", "false", "true"]),
        ("server.public_url", '[server]\npublic_url = "{}"', "NEWSLETTER_SERVER__PUBLIC_URL",
         ["http://127.0.0.1:8710", "https://a.example.org", "https://b.example.org",
          "https://c.example.org"]),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else None,
)  # fmt: skip
@pytest.mark.parametrize("strongest", range(4), ids=WAYS)
def test_the_stronger_place_wins(tmp_path, monkeypatch, name, toml, variable, values, strongest):
    """Everything weaker than the strongest place is set, too, to something else."""
    if strongest >= 1:
        (tmp_path / "newsletter.toml").write_text(toml.format(values[1]))
    if strongest >= 2:
        (tmp_path / ".env").write_text(f"{variable}={values[2]}\n")
    if strongest >= 3:
        monkeypatch.setenv(variable, values[3])
    assert by_dotted(load(tmp_path), name) == expected(values[strongest])


def expected(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    units = {"h": "hours", "m": "minutes", "s": "seconds"}
    if text[:-1].isdigit():
        return timedelta(**{units[text[-1]]: int(text[:-1])})
    return text


def test_a_flag_wins_over_everything(tmp_path, monkeypatch):
    (tmp_path / "newsletter.toml").write_text('target = "kit"\n')
    monkeypatch.setenv("NEWSLETTER_TARGET", "kit")
    assert load(tmp_path, flags={"target": "local"}).target == "local"
    assert load(tmp_path, flags={"target": None}).target == "kit"


def test_the_flag_of_the_program_wins_over_everything(folder):
    folder.env["NEWSLETTER_TARGET"] = "kit"
    assert folder.call("list", "--json").json["target"] == "kit"
    assert folder.call("list", "--json", "--target", "local").json["target"] == "local"


def test_one_key_of_a_section_from_the_environment_leaves_the_others_as_they_are(
    tmp_path, monkeypatch
):
    (tmp_path / "newsletter.toml").write_text('[schedule]\nslot = "Tue 09:00"\nlead = "1h"\n')
    (tmp_path / ".env").write_text("NEWSLETTER_SCHEDULE__GRACE=2h\n")
    monkeypatch.setenv("NEWSLETTER_SCHEDULE__LEAD", "3h")
    schedule = load(tmp_path).schedule
    assert (schedule.slot, schedule.lead, schedule.grace) == (
        "Tue 09:00",
        timedelta(hours=3),
        timedelta(hours=2),
    )


def test_a_variable_that_is_set_to_nothing_counts_as_not_set(tmp_path, monkeypatch):
    """`.env.example` copied as it is must not blank out what stands in newsletter.toml."""
    (tmp_path / "newsletter.toml").write_text('timezone = "Europe/Berlin"\n')
    (tmp_path / ".env").write_text("NEWSLETTER_TIMEZONE=\nKIT_API_KEY=\n")
    settings = load(tmp_path)
    assert settings.timezone == "Europe/Berlin"
    assert settings.kit_api_key is None


def test_dotenv_is_read_as_people_write_it(tmp_path):
    (tmp_path / ".env").write_text(
        "# a note\nexport NEWSLETTER_NAME='Körbe & Co'\nnewsletter_language=de\n\n"
        'NEWSLETTER_FROM="Ann Lee <ann@example.org>"   # who\n',
        encoding="utf-8",
    )
    settings = load(tmp_path)
    assert (settings.name, settings.language) == ("Körbe & Co", "de")
    assert (settings.sender_name, settings.sender_address) == ("Ann Lee", "ann@example.org")


def test_the_settings_cannot_be_changed_by_a_command(tmp_path):
    settings = load(tmp_path)
    with pytest.raises(Exception, match="frozen"):
        setattr(settings, "name", "Another")  # noqa: B010
    with pytest.raises(Exception, match="frozen"):
        setattr(settings.schedule, "slot", "Wed 09:00")  # noqa: B010


def test_theme_and_forms_take_any_key(tmp_path, monkeypatch):
    (tmp_path / "newsletter.toml").write_text(
        '[theme]\naccent = "#0a7"\n[forms]\n396627 = "https://example.org/join"\n'
    )
    settings = load(tmp_path)
    assert settings.theme == {"accent": "#0a7"}
    assert settings.forms == {"396627": "https://example.org/join"}


@pytest.mark.parametrize(
    "value",
    [
        "Ann <ann@@example.org>",
        "Ann <ann@>",
        "Ann <@example.org>",
        "Ann <ann@example.org>, Ben <ben@example.org>",
        "Ann, of the harbour <ann@example.org>",
        "Ann <jö@example.org>",
        "Ann\a <ann@example.org>",
        "Ann",
    ],
)
def test_a_sender_that_is_no_address_is_refused_with_the_cure(tmp_path, monkeypatch, value):
    monkeypatch.setenv("NEWSLETTER_FROM", value)
    with pytest.raises(NotConfigured, match="NEWSLETTER_FROM in the environment: ") as caught:
        load(tmp_path)
    assert "Ann <ann@example.org>" in caught.value.message


def test_a_name_with_a_comma_stands_in_quotes(tmp_path, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_FROM", '"Ann, of the harbour" <ann@Example.org>')
    settings = load(tmp_path)
    assert (settings.sender_name, settings.sender_address) == (
        "Ann, of the harbour",
        "ann@example.org",
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('base_url = "example.org/letters"', "an address of a folder"),
        ('base_url = "ftp://example.org/"', "an address of a folder"),
        ('base_url = "https://example.org/a?b"', "an address of a folder"),
        ('base_url = "https://ann:secret@example.org/"', "no user or password"),
        ('upload = "rclone copy site:letters"', "{dir} is missing"),
        ('upload = "{dir}"', "{dir} is missing"),
        ('upload = "cp {dir} \'here"', "not closed"),
    ],
)
def test_where_pictures_go_is_understood_or_told_with_its_line(tmp_path, line, told):
    (tmp_path / "newsletter.toml").write_text(f"[images]\n{line}\n")
    with pytest.raises(NotConfigured) as caught:
        load(tmp_path)
    assert "newsletter.toml:2" in caught.value.message
    assert told in caught.value.message
    assert "secret" not in caught.value.message + caught.value.hint


def test_a_picture_address_ends_in_one_slash_and_nothing_is_none(tmp_path):
    (tmp_path / "newsletter.toml").write_text(
        '[images]\nbase_url = "https://example.org/a"\nupload = ""\n'
    )
    images = load(tmp_path).images
    assert (images.base_url, images.upload) == ("https://example.org/a/", None)
