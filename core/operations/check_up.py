"""Gathers the facts of an instance's health, each from who knows it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import StorageUnavailable
from core.health import LoopLag
from core.letters import OutboxState
from core.operations.facts import (
    BackupFact,
    BackupTimes,
    ClockReading,
    Facts,
    HealthReads,
    JobFact,
    Kept,
    Machine,
)
from core.operations.findings import Finding, findings
from core.operations.problems import ProblemLog, errors_since
from core.publishing.publisher import Publisher
from core.supervision import Jobs
from core.vitals import Vitals

HOUR = timedelta(hours=1)


class CheckUp:
    """`facts` of the process that serves; `facts_at_rest` where a command looks and nothing runs."""

    def __init__(
        self,
        reads: HealthReads,
        vitals: Vitals,
        publisher: Publisher,
        jobs: Jobs,
        loop_lag: LoopLag,
        machine: Machine,
        backups: BackupTimes,
        problems: ProblemLog,
        clock: Clock,
        *,
        clock_reading: Callable[[], ClockReading],
        outbox: Callable[[], Awaitable[OutboxState | None]],
        discord: Callable[[], str],
    ) -> None:
        self._reads = reads
        self._vitals = vitals
        self._publisher = publisher
        self._jobs = jobs
        self._loop_lag = loop_lag
        self._machine = machine
        self._backups = backups
        self._problems = problems
        self._clock = clock
        self._clock_reading = clock_reading
        self._outbox = outbox
        self._discord = discord
        self._started_at = clock.now()

    async def findings(self) -> tuple[Finding, ...]:
        return findings(await self.facts())

    async def facts(self) -> Facts:
        checks = await self._vitals.checks()
        now = self._clock.now()
        kept, mail, mail_is_known = await self.kept(), None, True
        try:
            mail = await self._outbox()
        except StorageUnavailable:
            mail_is_known = False
        return Facts(
            now=now,
            started_at=self._started_at,
            kept=kept,
            database_problem=None if checks["database"].ok else checks["database"].text,
            storage_problem=None if checks["storage"].ok else checks["storage"].text,
            publisher=self._publisher.state,
            disk=await asyncio.to_thread(self._machine.disk),
            jobs=self._job_facts(),
            lag_ms=self._loop_lag.milliseconds,
            clock=self._clock_reading(),
            backup=await self._backup(),
            mail=mail,
            mail_is_known=mail_is_known,
            discord=self._discord(),
            errors_last_hour=errors_since(self._problems.lines(), now - HOUR),
            usage=await asyncio.to_thread(self._machine.usage),
        )

    async def facts_at_rest(self) -> Facts:
        """What is true whether or not a process serves: disk, backups, accounts, waiting mail, written errors."""
        return Facts(
            now=self._clock.now(),
            started_at=self._started_at,
            kept=await self.kept(),
            disk=await asyncio.to_thread(self._machine.disk),
            backup=await self._backup(),
            mail=await self._outbox(),
            discord="off",
            errors_last_hour=errors_since(self._problems.lines(), self._clock.now() - HOUR),
        )

    def now(self) -> datetime:
        return self._clock.now()

    async def kept(self) -> Kept | None:
        """None while the database cannot be read."""
        try:
            return await self._reads.kept()
        except StorageUnavailable:
            return None

    async def _backup(self) -> BackupFact:
        return BackupFact(await asyncio.to_thread(self._backups.newest))

    def _job_facts(self) -> tuple[JobFact, ...]:
        return tuple(
            JobFact(status.name, status.every, status.last_success, status.last_error, status.next_run)
            for status in self._jobs.statuses.values()
        )
