import asyncio
import itertools

import pytest

from core.errors import StorageUnavailable
from core.metrics import NoMetrics
from core.supervision import Jobs, supervise
from tests.support.clock import FakeClock, settle


class Counted(NoMetrics):
    def __init__(self) -> None:
        self.restarts: list[str] = []
        self.done: list[str] = []

    def job_restarted(self, task: str) -> None:
        self.restarts.append(task)

    def job_done(self, job: str, at_timestamp: float) -> None:
        self.done.append(job)


async def test_a_task_that_dies_is_started_again_after_longer_and_longer_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, metrics, starts = FakeClock(), Counted(), []

    async def work() -> None:
        starts.append(clock.monotonic())
        full = StorageUnavailable("the disk is full")
        bug = RuntimeError("a bug")
        trouble = [bug, ExceptionGroup("several", [bug, full]), full, ExceptionGroup("several", [full, full])]
        if len(starts) <= len(trouble):
            raise trouble[len(starts) - 1]

    task = asyncio.create_task(supervise("publisher", work, clock, metrics))
    for _ in range(20):
        await clock.advance(1)
    await task

    waits = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert waits == [1, 2, 4, 8]
    assert metrics.restarts == ["publisher"] * 4
    assert [bool(record.exc_info) for record in caplog.records] == [True, True, False, False], (
        "a full disk is no bug of ours"
    )


async def test_one_that_dies_does_not_take_another_with_it() -> None:
    clock, alive = FakeClock(), []

    async def bot() -> None:
        raise RuntimeError("Discord said something odd")

    async def publisher() -> None:
        while True:
            alive.append(clock.monotonic())
            await clock.sleep(1)

    tasks = [asyncio.create_task(supervise(work.__name__, work, clock, NoMetrics())) for work in (bot, publisher)]
    await clock.advance(30)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert len(alive) == 31


async def test_a_job_that_fails_says_so_and_runs_again_at_the_next_bell() -> None:
    metrics, jobs, outcomes = Counted(), None, [StorageUnavailable("disk is full"), RuntimeError("a bug"), None]
    jobs = Jobs(FakeClock(), metrics)

    async def work() -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    jobs.add("cleanup", work)
    running = asyncio.create_task(jobs.run())
    said = []
    for _ in range(3):
        jobs.ring("cleanup")
        await settle()
        said.append(jobs.statuses["cleanup"].last_error)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert said == ["disk is full", "RuntimeError", None]
    assert metrics.done == ["cleanup"]


async def test_a_bell_rung_while_a_job_runs_makes_it_run_once_more() -> None:
    jobs, began, go = Jobs(FakeClock(), NoMetrics()), [], asyncio.Event()

    async def work() -> None:
        began.append(1)
        await go.wait()

    jobs.add("recovery", work)
    running = asyncio.create_task(jobs.run())
    jobs.ring("recovery")
    await settle()
    jobs.ring("recovery")
    jobs.ring("recovery")
    go.set()
    await settle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert len(began) == 2
