"""Each exit status of the table, from a real command: cron jobs and scripts go by them."""

import socket
from typing import Any

import pytest

from newsletter.cli.app import EXIT_CODES
from newsletter.kit import Kit

# A ledger that is new to an account waits that long before it arms a draft.
ELEVEN_MINUTES_LATER = "2026-11-23T10:11:00-05:00"


def nothing_to_do(folder: Any, service: Any) -> Any:
    return folder.call("run")


def held(folder: Any, service: Any) -> Any:
    folder.letter(status="scheduled", send_at="2026-11-20 09:00")
    return folder.call("run")


def wrong_usage(folder: Any, service: Any) -> Any:
    return folder.call("run", "--fast")


def an_issue_with_an_error(folder: Any, service: Any) -> Any:
    folder.letter(send_at="someday")
    return folder.call("check")


def a_wrong_setting(folder: Any, service: Any) -> Any:
    folder.change("newsletter.toml", "timezone", "timezon")
    return folder.call("list")


def no_answer(folder: Any, service: Any) -> Any:
    folder.env |= service.env
    service.net.lose_answer("POST /v4/broadcasts")
    return folder.call("schedule", "gate", "--at", "tue 9am", "--yes")


def nobody_there(folder: Any, service: Any) -> Any:
    folder.env |= service.env | {"KIT_API_URL": f"http://127.0.0.1:{free_port()}/v4"}
    return folder.call("run")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """The client tries again after a pause; here the pause is none."""
    monkeypatch.setitem(Kit.__init__.__kwdefaults__, "sleep", lambda _seconds: None)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (nothing_to_do, 0),
        (held, 1),
        (wrong_usage, 2),
        (an_issue_with_an_error, 3),
        (a_wrong_setting, 4),
        (no_answer, 5),
        (nobody_there, 75),
    ],
)
def test_an_outcome_has_its_exit_status(folder, service, what, code):
    assert what(folder, service).code == code


def test_no_documented_exit_status_is_without_a_test():
    """130 is shown with a real terminal, in the tests of the streams."""
    assert [code for code, _ in EXIT_CODES] == [0, 1, 2, 3, 4, 5, 75, 130]


def test_a_net_that_is_out_is_silent_from_cron_as_long_as_nothing_is_late(folder, service):
    done = nobody_there(folder, service)
    assert (done.out, done.err) == ("", "")


def test_a_net_that_is_out_is_news_as_soon_as_a_letter_is_late(folder, service):
    folder.letter(status="scheduled", send_at="2026-11-23 09:00")
    done = nobody_there(folder, service)
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("error: Could not")


def test_a_net_that_is_out_is_told_to_who_asks_for_more(folder, service):
    folder.env |= service.env | {"KIT_API_URL": f"http://127.0.0.1:{free_port()}/v4"}
    done = folder.call("run", "-v")
    assert done.code == 75
    assert "error: Could not" in done.err


def test_no_answer_is_found_out_by_the_next_run_and_nothing_is_made_twice(folder, service):
    assert no_answer(folder, service).code == 5
    assert [each["status"] for each in service.broadcasts()] == ["draft"]
    assert folder.call("run").code == 0
    done = folder.call("run", now=ELEVEN_MINUTES_LATER)
    assert done.code == 0
    assert "handed over" in done.out
    assert [each["status"] for each in service.broadcasts()] == ["scheduled"]
    assert folder.state() == "handed_over"
