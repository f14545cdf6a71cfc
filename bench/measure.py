"""Timing by turns, and the table that is printed."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Time:
    """How long one thing took in one run of the bench, in milliseconds."""

    median: float
    least: float


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One figure that is held against a budget; smaller is better."""

    what: str
    value: float
    budget: float

    @property
    def holds(self) -> bool:
        """Whether the figure is within its budget."""
        return self.value <= self.budget


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one part of the bench found."""

    title: str
    times: Mapping[str, Time]
    ratios: Sequence[Ratio]
    notes: Sequence[str] = ()


def by_turns(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Time]:
    """Runs all candidates once per round, after two rounds that are not counted.

    Turns, because a machine that is busy for a second should be so for all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    gc.collect()
    for number in range(rounds + 2):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            if number >= 2:
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: summary(times) for name, times in taken.items()}


def summary(times: Sequence[float]) -> Time:
    """Median and minimum of times in milliseconds."""
    return Time(median=statistics.median(times), least=min(times))


def show(report: Report) -> bool:
    """Prints a report; gives whether all budgets hold."""
    print(f"\n{report.title}")
    print("-" * len(report.title))
    width = max(len(name) for name in [*report.times, *(one.what for one in report.ratios)])
    print(f"{'':{width}}  {'median':>9}  {'least':>9}")
    for name, one in report.times.items():
        print(f"{name:{width}}  {one.median:6.2f} ms  {one.least:6.2f} ms")
    print(f"\n{'':{width}}  {'ratio':>9}  {'budget':>9}")
    for ratio in report.ratios:
        verdict = "holds" if ratio.holds else "DOES NOT HOLD"
        print(f"{ratio.what:{width}}  {ratio.value:9.3f}  {ratio.budget:9.2f}  {verdict}")
    for note in report.notes:
        print(note)
    return all(ratio.holds for ratio in report.ratios)
