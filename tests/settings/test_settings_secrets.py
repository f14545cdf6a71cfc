"""A key is read from the environment or a file, and is shown nowhere."""

import stat

import pytest

from newsletter.errors import NotConfigured
from newsletter.settings import load

KEY = "kit_very_secret_0123456789"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    import os

    for name in [n for n in os.environ if n.startswith(("NEWSLETTER_", "KIT_"))]:
        monkeypatch.delenv(name)


def test_the_key_comes_from_a_variable_or_from_dotenv(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(f"KIT_API_KEY={KEY}\n")
    assert load(tmp_path).kit_key() == KEY
    monkeypatch.setenv("KIT_API_KEY", "kit_another")
    assert load(tmp_path).kit_key() == "kit_another"


def test_the_key_comes_from_a_file_without_its_line_end(tmp_path, monkeypatch):
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("KIT_API_KEY_FILE", str(tmp_path / "key"))
    assert load(tmp_path).kit_key() == KEY


@pytest.mark.parametrize("make", ["missing", "folder", "binary", "empty"])
def test_a_key_file_that_cannot_be_used_is_named_with_a_cure(tmp_path, monkeypatch, make):
    file = tmp_path / "key"
    if make == "folder":
        file.mkdir()
    if make == "binary":
        file.write_bytes(b"\xff\xfe\x00")
    if make == "empty":
        file.write_text("\n")
    monkeypatch.setenv("KIT_API_KEY_FILE", str(file))
    with pytest.raises(NotConfigured) as caught:
        load(tmp_path).kit_key()
    assert "KIT_API_KEY_FILE" in caught.value.message
    assert caught.value.hint


def test_without_a_key_the_error_says_where_to_get_one(tmp_path):
    with pytest.raises(NotConfigured) as caught:
        load(tmp_path).kit_key()
    assert caught.value.error_code == "no-api-key"
    assert "KIT_API_KEY" in caught.value.hint


def test_the_key_stands_in_no_representation(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_API_KEY", KEY)
    settings = load(tmp_path)
    shown = [repr(settings), str(settings), settings.model_dump_json(), f"{settings.model_dump()}"]
    assert [text for text in shown if KEY in text] == []


def test_the_key_stands_in_no_output_log_or_database(folder, service):
    folder.env |= service.env | {"KIT_API_KEY": KEY}
    calls = [
        folder.call(*words)
        for words in (
            ["run"],
            ["run", "-vv"],
            ["doctor"],
            ["doctor", "--json"],
            ["schedule", "gate", "--at", "tue 9am", "--yes", "-vv"],
            ["status", "--json"],
            ["cron", "--format", "systemd"],
            ["cron", "--format", "github"],
        )
    ]
    assert [done for done in calls if KEY in done.out + done.err] == []
    assert {done.code for done in calls} == {0, 4}
    stored = [f for f in (folder.root / ".newsletter").rglob("*") if f.is_file()]
    assert [f.name for f in stored if KEY.encode() in f.read_bytes()] == []


def test_a_key_in_newsletter_toml_is_refused_and_not_repeated(folder):
    folder.write("newsletter.toml", f'kit_api_key = "{KEY}"\n')
    done = folder.call("list")
    assert done.code == 4
    assert "newsletter.toml:1" in done.err
    assert ".env" in done.err
    assert KEY not in done.err


def test_a_key_with_a_line_break_is_refused_without_showing_it(folder, service, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\nand more\n")
    folder.env |= service.env | {"KIT_API_KEY_FILE": str(tmp_path / "key")}
    folder.env.pop("KIT_API_KEY")
    done = folder.call("run", "-v")
    assert done.code == 4
    assert KEY not in done.err


def test_what_the_program_keeps_for_itself_is_readable_by_the_user_only(folder):
    state = folder.root / ".newsletter"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "local.env").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@127.0.0.1:9/v4",
        "https://hunter2@kit.example.org/v4",
        "https://me:hunt/er2@kit.example.org",
        "https://kit.example.org:hunter2/v4",
        "https://kit.example.org:0/v4",
        "https://kit.example.org:65536/v4",
        "https://[hunter2/v4",
        "ftp://hunter2/v4",
        "https:///hunter2",
        "hunter2",
        "https://hunter2 .example.org",
    ],
)
def test_an_address_of_kit_that_cannot_be_used_is_one_error_that_repeats_nothing(
    tmp_path, monkeypatch, url
):
    monkeypatch.setenv("KIT_API_URL", url)
    with pytest.raises(NotConfigured) as caught:
        load(tmp_path)
    said = caught.value.message + caught.value.hint
    assert "KIT_API_URL in the environment: " in said
    assert "hunt" not in said


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.kit.com/v4", "api.kit.com"),
        ("http://127.0.0.1:8710/v4", "127.0.0.1:8710"),
        ("http://[::1]:8710/v4", "[::1]:8710"),
        ("https://[2001:db8::1]/v4", "[2001:db8::1]"),
    ],
)
def test_a_service_is_called_by_its_host(tmp_path, monkeypatch, url, host):
    from newsletter.cli.opening import target_name

    monkeypatch.setenv("KIT_API_URL", url)
    settings = load(tmp_path, flags={"target": "kit"})
    assert settings.kit_host == host
    assert target_name(settings) == ("kit" if host == "api.kit.com" else f"kit:{host}")
