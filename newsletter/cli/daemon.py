"""`run --forever`: APScheduler as an alarm clock, and nothing more.

What is due is always read from the ledger; a missed, late or doubled alarm does no harm.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from newsletter.cli.clock import Clock

# Jobs live in memory only (a stored job that is killed half way would be gone), never
# count as missed (the default forgives one second) and never pile up.
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def keep_running(work: Callable[[], datetime | None], *, every: timedelta, clock: Clock) -> None:
    """Call `work` now, every `every`, and at the instant (UTC) that it returns.

    Ends on SIGTERM or SIGINT, after the pass that is running. Passes never overlap.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stop = threading.Event()
    one_at_a_time = threading.Lock()
    scheduler = BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults=JOB_DEFAULTS,
        timezone=UTC,
    )

    def once() -> None:
        if stop.is_set():
            return
        with one_at_a_time:
            alarm = work()
        if alarm is not None and not stop.is_set():
            wait = max(timedelta(0), alarm - clock())
            scheduler.add_job(
                once, DateTrigger(datetime.now(UTC) + wait), id="alarm", replace_existing=True
            )

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    scheduler.start()
    scheduler.add_job(
        once,
        IntervalTrigger(seconds=every.total_seconds(), timezone=UTC),
        id="look",
        next_run_time=datetime.now(UTC),
    )
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)
        for number, handler in before.items():
            signal.signal(number, handler)
