"""Tasks that must not die quietly, and jobs that a timer rings for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import StorageUnavailable
from core.log_trail import about
from core.metrics import Metrics

logger = logging.getLogger(__name__)
Work = Callable[[], Awaitable[object]]
FIRST_RESTART = 1.0
SLOWEST_RESTART = 60.0
STEADY_AFTER = 300.0


async def supervise(name: str, work: Work, clock: Clock, metrics: Metrics) -> None:
    """Run *work* until it returns; when it raises, log, count, wait (1 s doubling to 60 s) and start it again."""
    wait = FIRST_RESTART
    while True:
        started = clock.monotonic()
        try:
            await work()
            return
        except Exception as error:
            if (waits := _storage_alone(error)) is not None:
                logger.error("task waits for the storage", extra={"task": name, "reason": str(waits)})
            else:
                logger.exception("task died, starting it again", extra={"task": name})
            metrics.job_restarted(name)
        if clock.monotonic() - started > STEADY_AFTER:
            wait = FIRST_RESTART
        await clock.sleep(wait)
        wait = min(wait * 2, SLOWEST_RESTART)


def _storage_alone(error: BaseException) -> StorageUnavailable | None:
    """What a task waits for, if that is all; a task with tasks of its own raises a group."""
    if isinstance(error, BaseExceptionGroup):
        inner = [_storage_alone(one) for one in error.exceptions]
        return inner[0] if None not in inner else None
    return error if isinstance(error, StorageUnavailable) else None


@dataclass(slots=True)
class JobStatus:
    """What `/ready` and the health page show of a job."""

    name: str
    last_success: datetime | None = None
    last_error: str | None = None
    next_run: datetime | None = None
    every: timedelta | None = None


class Jobs:
    """Each job waits for its bell. A bell rung while the job runs makes it run once more."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self._work: dict[str, Work] = {}
        self._bells: dict[str, asyncio.Event] = {}
        self.statuses: dict[str, JobStatus] = {}

    def add(self, name: str, work: Work, *, every: timedelta | None = None) -> None:
        """*every*: how often its bell is rung; it is for whoever rings to keep to that."""
        self._work[name] = work
        self._bells[name] = asyncio.Event()
        self.statuses[name] = JobStatus(name, every=every, next_run=self._clock.now() + every if every else None)

    def ring(self, name: str) -> None:
        self._bells[name].set()

    def ring_in_turn(self, name: str) -> None:
        """As the timer rings: the next time is known."""
        status = self.statuses[name]
        status.next_run = self._clock.now() + status.every if status.every else None
        self.ring(name)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for name in self._work:
                group.create_task(self._serve(name), name=f"job-{name}")

    async def run_now(self, name: str) -> None:
        """Once, here: for the start of the process, commands and tests."""
        status = self.statuses[name]
        with about(job=name):
            await self._do(status)

    async def _do(self, status: JobStatus) -> None:
        name = status.name
        try:
            await self._work[name]()
        except StorageUnavailable as error:
            logger.error("job put off, storage unavailable", extra={"job": name, "reason": str(error)})
            status.last_error = str(error)
        except Exception as error:
            logger.exception("job failed", extra={"job": name})
            status.last_error = type(error).__name__
        else:
            status.last_success = self._clock.now()
            status.last_error = None
            self._metrics.job_done(name, status.last_success.timestamp())

    async def _serve(self, name: str) -> None:
        bell = self._bells[name]
        while True:
            await bell.wait()
            bell.clear()
            await self.run_now(name)
