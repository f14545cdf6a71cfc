"""The lines and files that `newsletter cron` prints do what they say, in any folder."""

import os
import plistlib
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

NEW_YORK = ZoneInfo("America/New_York")


def as_cron_runs_it(text: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What cron makes of the printed line: crontab(5), with its short environment."""
    (line,) = [line for line in text.splitlines() if line and not line.startswith("#")]
    fields = line.split(None, 5)
    assert len(fields) == 6
    assert re.search(r"(?<!\\)%", fields[5]) is None, "cron ends a command at a per cent sign"
    command = fields[5].replace("\\%", "%")
    return subprocess.run(
        [
            "env",
            "-i",
            f"HOME={home}",
            "LOGNAME=ann",
            "PATH=/usr/bin:/bin",
            "/bin/sh",
            "-c",
            command,
        ],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("where", "home"),
    [
        ("plain", "."),
        ("my letters (100% \"mine\")", "."),
        ("it's 5 % of $HOME `date` \\ and more; exit 1", "."),
        ("it's 5 % of $HOME", "somewhere else"),
    ],
)  # fmt: skip
def test_the_printed_crontab_line_sends_what_is_due(folder, tmp_path, where, home):
    moved = folder.copied(tmp_path / where)
    moved.now = None
    a_minute_ago = datetime.now(NEW_YORK) - timedelta(minutes=1)
    moved.letter(status="scheduled", send_at=f"{a_minute_ago:%Y-%m-%d %H:%M}")
    (tmp_path / home).mkdir(exist_ok=True)
    printed = moved.process("cron", env={"HOME": str(tmp_path / home)})
    assert printed.code == 0, printed.err
    first = as_cron_runs_it(printed.out, tmp_path / home)
    assert first.returncode == 0, first.stderr
    assert "sent: The gate that would not close → 3 readers" in first.stdout
    assert first.stderr == ""
    assert moved.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]


def test_a_second_time_the_line_is_silent(folder, tmp_path):
    folder.now = None
    printed = folder.process("cron")
    again = as_cron_runs_it(printed.out, Path(os.environ.get("HOME", "/")))
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


HOSTILE = 'name = "Ann: \\"tea\\" & <scones> #1 % \'n more"\nproject = "tea"\ntimezone = "UTC"\n'


@pytest.fixture
def hostile(folder, tmp_path):
    """A name and a folder with everything in them that a format could trip over."""
    moved = folder.copied(tmp_path / 'a & b <c> "d" 5% $e')
    moved.write("newsletter.toml", HOSTILE)
    shutil.rmtree(moved.root / ".newsletter")
    return moved


def test_the_launchd_file_is_a_property_list_that_names_folder_and_program(hostile):
    listed = plistlib.loads(hostile.call("cron", "--format", "launchd").out.encode())
    assert listed["WorkingDirectory"] == str(hostile.root)
    assert listed["ProgramArguments"][1:] == ["run"]
    assert Path(listed["ProgramArguments"][0]).is_file()
    assert listed["StartInterval"] == 300


def test_the_github_file_is_yaml_with_the_newsletters_name(hostile):
    workflow = YAML(typ="safe").load(hostile.call("cron", "--format", "github").out)
    assert workflow["name"] == 'Ann: "tea" & <scones> #1 % \'n more'
    assert workflow["concurrency"]


def test_the_systemd_files_keep_per_cent_signs_and_dollars_as_they_are(hostile):
    """systemd.unit(5): %% is a per cent sign; systemd.service(5): $$ a dollar, in ExecStart."""
    text = hostile.call("cron", "--format", "systemd").out
    (folder,) = re.findall(r"^WorkingDirectory=(.*)$", text, re.MULTILINE)
    assert folder.replace("%%", "%").endswith('/a & b <c> "d" 5% $e')
    assert re.search(r"%(?!h/)", text.replace("%%", "").replace("=%d/kit", "")) is None
    (description, _) = re.findall(r"^Description=(.*)$", text, re.MULTILINE)
    assert description.replace("%%", "%").startswith('Ann: "tea" & <scones> #1 % \'n more')


@pytest.mark.parametrize(
    ("every", "crontab", "systemd"),
    [
        ("1m", "* * * * *", "*:0/1"),
        ("5m", "*/5 * * * *", "*:0/5"),
        ("30m", "*/30 * * * *", "*:0/30"),
        ("1h", "0 * * * *", "0/1:00"),
        ("6h", "0 */6 * * *", "0/6:00"),
        ("24h", "0 0 * * *", "00:00"),
    ],
)
def test_the_pause_stands_in_the_words_of_each_timer(folder, every, crontab, systemd):
    assert f"\n{crontab}  cd " in folder.call("cron", "--every", every).out
    text = folder.call("cron", "--every", every, "--format", "systemd").out
    assert f"OnCalendar={systemd}\n" in text
