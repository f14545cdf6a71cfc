"""`.env.example` and the table in the manual say what the code knows."""

import re
from pathlib import Path

from newsletter.cli.dotenv import dotenv_example
from newsletter.settings import Settings, documented, load, unknown_variables

ROOT = Path(__file__).resolve().parents[2]


def lines_of(example: str) -> dict[str, str]:
    """Variable → its whole line."""
    found = re.findall(r"^((?:# )?)([A-Z][A-Z_]+)=(.*)$", example, re.MULTILINE)
    return {name: f"{mark}{name}={value}" for mark, name, value in found}


def test_every_setting_is_documented_with_a_meaning():
    assert [row.variable for row in documented() if not row.meaning] == []
    tops = {row.key.split("]")[0].lstrip("[") for row in documented() if row.key}
    fields = set(Settings.model_fields) - {"kit_api_key", "kit_api_key_file", "kit_api_url"}
    hidden = {
        row.variable.removeprefix("NEWSLETTER_").lower() for row in documented() if not row.key
    }
    assert fields - hidden - tops == {"sender"}  # written `from`


def test_the_example_lists_every_variable_once():
    listed = lines_of(dotenv_example())
    assert sorted(listed) == sorted(row.variable for row in documented())


def test_only_secrets_stand_open_in_the_example_and_they_are_empty():
    open_lines = [line for line in dotenv_example().splitlines() if line and line[0] != "#"]
    assert open_lines == [f"{row.variable}=" for row in documented() if row.secret]
    assert "KIT_API_KEY=" in open_lines


def test_the_example_copied_as_it_is_changes_nothing(tmp_path, monkeypatch):
    import os

    for name in [n for n in os.environ if n.startswith(("NEWSLETTER_", "KIT_"))]:
        monkeypatch.delenv(name)
    before = load(tmp_path)
    (tmp_path / ".env").write_text(dotenv_example())
    assert load(tmp_path).model_dump() == before.model_dump()
    assert unknown_variables(tmp_path) == ()


def test_every_commented_value_of_the_example_is_one_that_works(tmp_path, monkeypatch):
    """Uncommented all at once; file and clock are left out, for they need what is not there."""
    import os

    for name in [n for n in os.environ if n.startswith(("NEWSLETTER_", "KIT_"))]:
        monkeypatch.delenv(name)
    commented = [line[2:] for line in lines_of(dotenv_example()).values() if line[0] == "#"]
    (tmp_path / ".env").write_text("\n".join(commented) + "\n")
    load(tmp_path)
    assert unknown_variables(tmp_path) == ()


def test_the_example_in_the_repository_is_the_one_that_the_code_makes():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == dotenv_example()


def test_init_writes_the_same_example(folder, tmp_path):
    assert folder.call("init", str(tmp_path / "new")).code == 0
    assert (tmp_path / "new/.env.example").read_text(encoding="utf-8") == dotenv_example()


def test_the_manual_names_every_key_and_variable():
    manual = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert [row.variable for row in documented() if f"`{row.variable}`" not in manual] == []


def test_an_unknown_variable_is_named_with_the_nearest_known_one(folder):
    done = folder.call("list", env={"NEWSLETTER_TIMEZON": "UTC", "KIT_APIKEY": "x"})
    assert done.code == 0
    assert "NEWSLETTER_TIMEZON is no setting (did you mean 'NEWSLETTER_TIMEZONE'?)" in done.err
    assert "KIT_APIKEY is no setting (did you mean 'KIT_API_KEY'?)" in done.err


def test_an_unknown_variable_in_dotenv_is_named_too(folder):
    folder.write(".env", "NEWSLETTER_SCHEDUL__LEAD=1h\n")
    assert "NEWSLETTER_SCHEDUL__LEAD is no setting" in folder.call("list").err


def test_theme_and_forms_may_be_given_by_variables_without_a_warning(folder):
    done = folder.call("list", env={"NEWSLETTER_THEME__ACCENT": "#0a7766"})
    assert (done.code, done.err) == (0, "")
