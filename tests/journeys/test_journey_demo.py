"""`make demo` in a copy of the repository: it succeeds and leaves every file as it was."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "build", "__pycache__", "dist", "docs", "tests", "bench")


def digests(folder: Path) -> dict[str, str]:
    files = (f for f in folder.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return {
        str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest()
        for f in files
        if f.relative_to(folder).parts[0] != "build"
    }


def test_the_demo_plays_the_whole_circle_and_changes_no_file(tmp_path):
    copy = tmp_path / "repository"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    before = digests(copy)
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "NEWSLETTER_NAME": "Not mine"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stderr == ""
    assert "→ 3 readers" in done.stdout
    assert "1 unsubscribed" in done.stdout
    assert digests(copy) == before
    assert (copy / "build/demo/build/the-slow-kitchen/email.html").is_file()
