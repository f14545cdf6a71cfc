"""Inlining and rendering against stock premailer and css-inline, on one page of 1,000 words.

Stock premailer is `Premailer(page).transform()` with its default options; only its log
is silenced, which spares it the lines it would print. It gets the page as our template
makes it, before any style sheet is cut, and shares the enlarged cache.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import Ratio, Report, Time, by_turns, show, summary
from newsletter.issue.model import Audience, Issue, Kind, Status
from newsletter.render.model import Look, Newsletter

LETTER = Path(__file__).with_name("letter.md")
_ROUNDS = 60
_PROCESSES = 7


def issue() -> Issue:
    """The letter of the bench."""
    body = LETTER.read_text(encoding="utf-8")
    return Issue(
        path="bench/letter.md",
        slug="letter",
        kind=Kind.MARKDOWN,
        subject="What the garden does while we sleep",
        subject_guessed=False,
        preview_text="Beans, compost and a fig that came to reason.",
        body=body,
        body_lines=tuple(range(1, body.count("\n") + 2)),
        title="What the garden does while we sleep",
        status=Status.DRAFT,
        send_at=None,
        timezone="UTC",
        audience=Audience(),
        sender=None,
        template="email",
        public=False,
        language=None,
        date=None,
        thumbnail=None,
        thumbnail_alt=None,
        number=12,
        topics=(),
    )


def look(cache: Path | None = None) -> Look:
    """The built-in look."""
    return Look(
        newsletter=Newsletter(
            name="Slow Garden Letters",
            sender_name="Nora Field",
            sender_address="nora@example.org",
            address="1 Main Street, Springfield",
            website="https://example.org",
            language="en",
        ),
        cache=cache,
    )


def report() -> Report:
    """Warm times by turns in this process, cold ones in processes of their own."""
    page, stock = _page(), _stock()
    import css_inline

    from newsletter.render import render
    from newsletter.render.inline import inline

    letter, built_in = issue(), look()
    foreign = css_inline.CSSInliner(load_remote_stylesheets=False)
    warm = by_turns(
        {
            "stock premailer": lambda: stock(page),
            "our inline step": lambda: inline(page, folder=None),
            "css-inline": lambda: foreign.inline(page),
            "our whole render, HTML and text": lambda: render(letter, built_in),
        },
        _ROUNDS,
    )
    cold = _cold()
    bytes_out = len(inline(page, folder=None).encode()) / len(page.encode())
    return Report(
        title="Rendering",
        times={**warm, **cold},
        ratios=[
            _ratio("inline step ÷ stock, warm", warm, "our inline step", "stock premailer", 0.25),
            _ratio("inline step ÷ css-inline, warm", warm, "our inline step", "css-inline", 8),
            _ratio(
                "whole render ÷ stock, warm",
                warm,
                "our whole render, HTML and text",
                "stock premailer",
                0.40,
            ),
            _ratio(
                "first inlining, rules on disk ÷ stock cold",
                cold,
                "first inlining of a process",
                "stock premailer, first of a process",
                0.15,
            ),
            _ratio(
                "first whole render ÷ stock cold",
                cold,
                "first whole render of a process",
                "stock premailer, first of a process",
                0.15,
            ),
            Ratio(what="bytes out ÷ bytes in", value=bytes_out, budget=1.5),
        ],
        notes=[
            "First times begin after the imports, with parsed rules and compiled templates on disk."
        ],
    )


def _ratio(what: str, times: dict[str, Time], ours: str, theirs: str, budget: float) -> Ratio:
    return Ratio(what=what, value=times[ours].median / times[theirs].median, budget=budget)


def _page() -> str:
    from newsletter.render.email import compose

    return compose(issue(), look()).html


def _stock() -> Callable[[str], str]:
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")
    import cssutils
    from premailer import Premailer

    cssutils.log.setLevel(logging.CRITICAL)
    return lambda page: str(Premailer(page).transform())


def _cold() -> dict[str, Time]:
    """The first of each kind in new processes, by turns."""
    taken: dict[str, list[float]] = {name: [] for name in _FIRST}
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_page(), encoding="utf-8")
        for number in range(_PROCESSES + 1):
            for name, kind in _FIRST.items():
                done = subprocess.run(
                    [sys.executable, "-m", "bench.render", kind, str(page), folder],
                    capture_output=True,
                    check=True,
                    text=True,
                    cwd=Path(__file__).parent.parent,
                )
                if number:  # the first round writes the rules
                    taken[name].append(json.loads(done.stdout))
    return {name: summary(times) for name, times in taken.items()}


_FIRST = {
    "stock premailer, first of a process": "stock",
    "first inlining of a process": "inline",
    "first whole render of a process": "render",
}


def _first(kind: str, page: Path, folder: Path) -> float:
    """Milliseconds of one first run in this very process, imports done before."""
    stock = _stock()
    text = page.read_text(encoding="utf-8")
    from newsletter.render import render
    from newsletter.render.inline import inline

    letter, built_in = issue(), look(folder / "rules")
    start = time.perf_counter()
    if kind == "stock":
        stock(text)
    elif kind == "inline":
        inline(text, folder=folder / "rules")
    else:
        render(letter, built_in)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(_first(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
    else:
        sys.exit(0 if show(report()) else 1)
