"""How the process is doing, in parts: what `/ready` and the health page say."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.clock import Clock
from core.metrics import Metrics

LAG_SAMPLED_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One part. `matters`: whether the instance is not ready while it is not well."""

    ok: bool
    text: str
    matters: bool = True


class Readiness(Protocol):
    async def checks(self) -> Mapping[str, Check]:
        """database, storage, publisher, scheduler and discord, each answered within a second or so."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Posts by status over everybody, from counters."""
        ...


class LoopLag:
    """Measures how late the event loop wakes a sleeper: the sign of something that blocks it."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self.milliseconds = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._clock.sleep(LAG_SAMPLED_EVERY_SECONDS)
            lag = max(0.0, loop.time() - began - LAG_SAMPLED_EVERY_SECONDS)
            # The worst of late decays instead of vanishing: a glance a second later still shows it.
            self.milliseconds = max(lag * 1000, self.milliseconds * 0.8)
            self._metrics.loop_lag(lag)
