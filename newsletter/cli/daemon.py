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


def keep_running(
    work: Callable[[], datetime | None],
    *,
    every: timedelta,
    clock: Clock,
    on_error: Callable[[Exception], None],
    stop: threading.Event,
) -> None:
    """Call `work` now, every `every`, and at the instant (UTC) that it returns.

    Ends on SIGTERM or SIGINT, which set `stop`, after the pass that is running. Passes never
    overlap. What `work` raises is told to `on_error`; the next pass tries again.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    one_at_a_time = threading.Lock()
    scheduler = BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults=JOB_DEFAULTS,
        timezone=UTC,
    )

    def once() -> None:
        with one_at_a_time:
            if stop.is_set():
                return
            try:
                alarm = work()
            except Exception as error:  # noqa: BLE001  (APScheduler would print a traceback)
                on_error(error)
                return
            if alarm is not None and not stop.is_set():
                at = datetime.now(UTC) + max(timedelta(0), alarm - clock())
                scheduler.add_job(once, DateTrigger(at), id="alarm", replace_existing=True)

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
        # Handlers run in this thread; a signal that another one caught is seen on waking up.
        while not stop.wait(1.0):
            pass
    finally:
        # A pass that is running ends first. APScheduler must not be the one to wait for it:
        # it would do so with the lock in its hands that setting the next alarm needs.
        with one_at_a_time:
            scheduler.shutdown(wait=False)
        for number, handler in before.items():
            signal.signal(number, handler)
