"""The session that the README shows: from a pasted text to a letter that went out."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from pathlib import Path

from docs.session import LATER, MONDAY, ROOT, SATURDAY, TUESDAY, Session

BEGIN = "<!-- The session below is played by `make docs`; edits in it are lost. -->"
END = "<!-- End of the session. -->"

# What is typed, and when. A line that begins with # is for the reader.
STEPS = (
    (SATURDAY, "newsletter init long-table --timezone America/New_York"),
    (SATURDAY, "cd long-table"),
    (SATURDAY, "cp ~/Documents/slow-kitchen.txt issues/"),
    (SATURDAY, "newsletter check slow"),
    (SATURDAY, 'newsletter schedule slow --at "tue 9am" --subject "Slow cooking, by way of a bus"'),
    (MONDAY, "# Monday, nine o'clock: cron runs this, and the letter is handed over."),
    (MONDAY, "newsletter run"),
    (TUESDAY, "# Tuesday, nine o'clock: the same again, and it goes out."),
    (TUESDAY, "newsletter run"),
    (LATER, "# Five minutes later there is nothing to do, so nothing is said."),
    (LATER, "newsletter run"),
    (LATER, "newsletter list"),
)


def readme() -> str:
    """The README with a fresh session between the two marks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n```console\n{transcript()}```\n\n{END}{after}"


def transcript() -> str:
    """Play the session in a temporary folder; gives what stands on the screen."""
    with tempfile.TemporaryDirectory(prefix="newsletter-docs-") as folder:
        session = Session(Path(folder))
        return "".join(_step(session, when, typed) for when, typed in STEPS)


def _step(session: Session, when: str, typed: str) -> str:
    session.now = when
    words = shlex.split(typed, comments=True)
    if not words:
        return f"{typed}\n"
    said = ""
    if words[0] == "cd":
        session.folder /= words[1]
    elif words[0] == "cp":
        # The pasted letter of the sample project plays the part of ~/Documents.
        shutil.copy(
            ROOT / "issues" / "the-slow-kitchen.txt", session.folder / "issues" / "slow-kitchen.txt"
        )
    else:
        said = session.newsletter(*words[1:])
    return f"$ {typed}\n{said}"
