"""`KIT_API_URL` pointed at another process: scheduled here, sent there, a reader leaves there."""

import json
import shutil
import urllib.request
from contextlib import contextmanager

import pytest

TUESDAY_NINE = "2026-11-24T09:00:00-05:00"


@contextmanager
def serving(project, *, now: str, port: int = 0):
    """The embedded server of another project as a process; gives its address and its log."""
    words = ["serve", "--port", str(port), "--json"]
    with project.start(*words, now=now) as process:
        try:
            assert process.stdout is not None
            started = json.loads(process.stdout.readline())
            yield started["api"].removesuffix("/v4"), process.stdout
        finally:
            process.terminate()
            process.communicate(timeout=20)
    assert process.returncode == 0


def fetch(url: str):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def one_click(url: str, reader: str) -> int:
    message = next(m for m in fetch(f"{url}/outbox.json")["messages"] if m["recipient"] == reader)
    link = fetch(f"{url}/outbox/{message['id']}.json")["list_unsubscribe"].strip("<>")
    request = urllib.request.Request(
        f"{url}/{link.split('/', 3)[3]}", data=b"List-Unsubscribe=One-Click", method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        status: int = answer.status
        return status


def test_the_whole_circle_with_a_server_in_another_process(folder, tmp_path):
    elsewhere = folder.copied(tmp_path / "elsewhere")
    key = (elsewhere.root / ".newsletter/local.env").read_text().split("KIT_API_KEY=")[1].strip()
    with serving(elsewhere, now=folder.now) as (url, _):
        port = int(url.rpartition(":")[2])
        folder.env |= {"NEWSLETTER_TARGET": "kit", "KIT_API_URL": f"{url}/v4", "KIT_API_KEY": key}
        done = folder.process("schedule", "gate", "--at", "tue 9am", "--yes")
        assert done.code == 0, done.err
        assert f"target kit at 127.0.0.1:{port} · Garden Notes · REAL EMAIL" in done.err
        done = folder.process("run", now="2026-11-23T10:15:00-05:00")
        assert (done.code, done.err) == (0, "")
        assert "handed over: The gate that would not close → 3 readers" in done.out
    with serving(elsewhere, now=TUESDAY_NINE, port=port) as (url, log):
        delivered = next(line for line in map(json.loads, log) if line["event"] == "delivered")
        assert (delivered["accepted"], delivered["total"]) == (3, 3)
        done = folder.call("run", now="2026-11-24T09:01:00-05:00")
        assert "sent: The gate that would not close → 3 readers" in done.out
        assert one_click(url, "dana@example.org") == 200
        done = folder.call("run", now="2026-11-24T09:06:00-05:00")
        assert "1 unsubscribed" in done.out
        shown = folder.call("subscribers", "show", "dana@example.org").out
        assert shown.startswith("dana@example.org (Dana): unsubscribed")
        again = folder.call("run", now="2026-11-24T09:11:00-05:00")
        assert (again.code, again.out, again.err) == (0, "", "")
    targets = {row["name"]: row for row in folder.rows("targets")}
    assert sorted(targets) == [f"kit:127.0.0.1:{port}", "local"]
    assert [row["target"] for row in folder.rows("issues")] == [f"kit:127.0.0.1:{port}"]
    assert folder.outbox() == []


def test_a_port_that_is_taken_is_one_clear_error(folder, service):
    port = service.env["KIT_API_URL"].split(":")[2].split("/")[0]
    done = folder.call("serve", "--port", port)
    assert done.code == 4
    assert port in done.err
    assert "--port" in done.err.split("→")[1]


def test_the_server_listens_on_this_computer_only(folder):
    done = folder.call("serve", "--host", "0.0.0.0")
    assert done.code == 4
    assert "→" in done.err


@pytest.fixture
def sent_at(folder, service):
    """The letter went out through the service."""
    folder.env |= service.env
    assert folder.call("schedule", "gate", "--at", "tue 9am", "--yes").code == 0
    assert folder.call("run", now="2026-11-23T10:15:00-05:00").code == 0
    service.deliver(TUESDAY_NINE)
    assert "sent:" in folder.call("run", now="2026-11-24T09:05:00-05:00").out
    return folder


def test_a_copy_without_its_ledger_finds_what_was_sent_and_sends_nothing(
    sent_at, service, tmp_path
):
    laptop = sent_at.copied(tmp_path / "laptop")
    shutil.rmtree(laptop.root / ".newsletter")
    for minutes in ("06", "17", "28"):
        done = laptop.call("run", now=f"2026-11-24T09:{minutes}:00-05:00")
        assert done.code == 0, done.err
    assert len(service.broadcasts()) == 1
    assert service.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]
    assert laptop.state() == "sent"
    refused = laptop.call("send", "gate", "--yes", now="2026-11-24T09:40:00-05:00")
    assert (refused.code, "already-sent" in refused.err) == (3, True)
    assert len(service.broadcasts()) == 1


def test_a_copy_without_its_ledger_finds_what_was_handed_over(folder, service, tmp_path):
    folder.env |= service.env
    assert folder.call("schedule", "gate", "--at", "tue 9am", "--yes").code == 0
    assert folder.call("run", now="2026-11-23T10:15:00-05:00").code == 0
    laptop = folder.copied(tmp_path / "laptop")
    shutil.rmtree(laptop.root / ".newsletter")
    for now in ("2026-11-23T10:20:00-05:00", "2026-11-23T10:40:00-05:00"):
        assert laptop.call("run", now=now).code == 0
        assert folder.call("run", now=now).code == 0
    assert [row["status"] for row in service.broadcasts()] == ["scheduled"]
    service.deliver(TUESDAY_NINE)
    for one in (laptop, folder):
        assert one.call("run", now="2026-11-24T09:05:00-05:00").code == 0
        assert one.state() == "sent"
    assert service.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]


def test_two_new_ledgers_on_one_account_send_once(folder, service, tmp_path):
    """A laptop and a CI runner, both from the same repository, each with a ledger of its own."""
    folder.env |= service.env
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    runner = folder.copied(tmp_path / "runner")
    for one in (folder, runner):
        shutil.rmtree(one.root / ".newsletter")
    for minutes in ("00", "05", "12", "17", "30"):
        for one in (folder, runner):
            assert one.call("run", now=f"2026-11-23T10:{minutes}:00-05:00").code == 0
    assert [r["status"] for r in service.broadcasts() if r["status"] != "draft"] == ["scheduled"]
    service.deliver(TUESDAY_NINE)
    assert service.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]


def test_a_ledger_that_is_lost_beside_the_embedded_server_is_rebuilt(folder):
    assert folder.call("send", "gate", "--undo", "0s").code == 0
    for file in (folder.root / ".newsletter").glob("state.db*"):
        file.unlink()
    done = folder.call("run", now="2026-11-23T10:05:00-05:00")
    assert done.code == 0
    assert folder.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]
    assert len(folder.rows("broadcasts", "server.db")) == 1
    assert folder.call("send", "gate", "--yes").code == 3
