"""Whether the parts that publishing needs are well, in words."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from core.clock import Clock
from core.errors import StorageUnavailable
from core.health import Check
from core.ports import Reads, Store
from core.posts.pictures import ImageStore
from core.publishing.publisher import Publisher
from core.supervision import Jobs

SWEEP_OVERDUE = timedelta(minutes=3)
ANSWER_SECONDS = 2.0


class Vitals:
    """Satisfies `core.health.Readiness`. `discord` says how the gateway is; it never makes us not ready."""

    def __init__(
        self,
        store: Store,
        reads: Reads,
        images: ImageStore,
        publisher: Publisher,
        jobs: Jobs,
        clock: Clock,
        discord: Callable[[], str],
    ) -> None:
        self._store = store
        self._reads = reads
        self._images = images
        self._publisher = publisher
        self._jobs = jobs
        self._clock = clock
        self._discord = discord

    async def checks(self) -> Mapping[str, Check]:
        return {
            "database": await _answered(self._write_something(), "the database did not answer in time"),
            "storage": await _answered(self._images.check(), "the image store did not answer in time"),
            "publisher": self._publisher_check(),
            "scheduler": self._scheduler_check(),
            "discord": Check(True, self._discord(), matters=False),
        }

    async def counts(self) -> Mapping[str, int]:
        return await self._reads.count_posts()

    async def _write_something(self) -> None:
        async with self._store.transaction() as tx:
            await tx.instance.put("checked_at", int(self._clock.now().timestamp()))

    def _publisher_check(self) -> Check:
        state = self._publisher.state
        if state.trouble is not None:
            return Check(False, f"not claiming: {state.trouble}")
        if not state.is_running:
            return Check(False, "not running")
        if state.last_sweep is None or self._clock.now() - state.last_sweep > SWEEP_OVERDUE:
            return Check(False, "has not looked for work lately")
        return Check(True, "ok")

    def _scheduler_check(self) -> Check:
        failing = sorted(status.name for status in self._jobs.statuses.values() if status.last_error)
        return Check(True, "ok" if not failing else f"failing: {', '.join(failing)}")


async def _answered(work: Awaitable[None], overdue: str) -> Check:
    try:
        await asyncio.wait_for(work, ANSWER_SECONDS)
    except StorageUnavailable as error:
        return Check(False, str(error))
    except TimeoutError:
        return Check(False, overdue)
    return Check(True, "ok")
