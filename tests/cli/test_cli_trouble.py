"""Trouble that nobody foresaw tells its kind, and keeps the rest where only its owner looks."""

from __future__ import annotations

import stat

import pytest

from newsletter.cli.call import Call
from newsletter.cli.postbox import smtp_post
from newsletter.cli.trouble import unforeseen
from newsletter.errors import NotConfigured

SECRET = "hunter2"


def an_error():
    try:
        raise ValueError(f"of {SECRET}")
    except ValueError as error:
        return error


@pytest.mark.parametrize("has_state", [True, False])
def test_the_terminal_hears_the_kind_and_a_private_file_the_rest(tmp_path, monkeypatch, has_state):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if has_state:
        (tmp_path / ".newsletter").mkdir()
        (tmp_path / ".newsletter" / "newsletter-error.log").write_text("of before")
    told = unforeseen(Call(folder=tmp_path), an_error())

    assert told.message == "Something went wrong that should not: ValueError."
    assert SECRET not in told.message + told.hint
    (log,) = tmp_path.rglob("newsletter-error*.log")
    assert str(log) in told.hint
    assert f"ValueError: of {SECRET}" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "smtp://me:hunt/er2@mail.example.org:587",
        "smtp://hunt/er2@mail.example.org:587",
        "smtp://me:hunter2@mail.example.org:hunter2",
        "smtp://me:hunter2@mail.example.org:99999",
        "smtp://[hunter2",
        "hunter2",
    ],
)
def test_an_smtp_url_that_cannot_be_used_is_never_repeated(url):
    with pytest.raises(NotConfigured) as caught:
        smtp_post(url, "ann@example.org")
    assert caught.value.error_code == "bad-smtp-url"
    assert "hunt" not in caught.value.message + caught.value.hint
    assert "%2F" in caught.value.hint
