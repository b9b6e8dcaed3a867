"""The publisher: sleeps until something is due, claims it, and sees it through.

The publications table is the queue. One task an account at most, `concurrency` accounts side by side.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.bus import Bus
from core.clock import Clock, wait_for_event
from core.errors import LeaseLost, StorageUnavailable
from core.events import Event
from core.log_trail import about
from core.ports import Store, Transaction
from core.posts.desk import Happened
from core.publishing.clock_watch import ClockWatch
from core.publishing.journey import Job, Journey
from core.publishing.proof import Prover
from core.publishing.publication import Publication
from core.publishing.record import record
from core.publishing.recovery import Next, after_crash, next_step

logger = logging.getLogger(__name__)

# Every time-out of a step is shorter than what is left of the lease after a missed heartbeat.
LEASE = timedelta(minutes=3)
# A clock that was set, or a change that rang no bell, is noticed after this at the latest.
LONGEST_SLEEP = timedelta(seconds=30)
TOKEN_MARGIN = timedelta(minutes=2)
# Many due at one instant: half of fifty accounts in one commit keeps the last of them well under a quarter second.
CLAIMED_TOGETHER = 25
STORAGE_WAIT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class PublisherState:
    """For `/ready` and the status page."""

    is_running: bool
    last_sweep: datetime | None
    in_flight: int
    trouble: str | None


class Publisher:
    def __init__(
        self, store: Store, journey: Journey, prover: Prover, bus: Bus, clock: Clock, *, owner: str, concurrency: int
    ) -> None:
        self._store = store
        self._journey = journey
        self._prover = prover
        self._clock = clock
        self._owner = owner
        self._concurrency = concurrency
        self._watch = ClockWatch(clock)
        self._bell = asyncio.Event()
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.sweeps = 0
        self._last_sweep: datetime | None = None
        self._trouble: str | None = None
        self._is_running = False
        bus.listen(self._on_events)

    @property
    def state(self) -> PublisherState:
        return PublisherState(self._is_running, self._last_sweep, len(self._tasks), self._trouble)

    def wake(self) -> None:
        self._bell.set()

    def _on_events(self, events: Sequence[Event]) -> None:
        self._bell.set()

    async def run(self) -> None:
        """Until `stop`; errors of the loop itself are the supervisor's business."""
        self._is_running = True
        try:
            while not self._stopping:
                self._bell.clear()
                pause = await self._sweep()
                await wait_for_event(self._clock, self._bell, pause.total_seconds())
        finally:
            self._is_running = False

    async def run_once(self) -> None:
        """Claim and finish everything that is due now: for tests and commands."""
        while await self._claim_all():
            await self.idle()

    async def idle(self) -> None:
        """Until nothing is in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self, grace: timedelta) -> None:
        """Claim nothing more and let what is in flight finish its step; the rest is a crash, which is covered."""
        self._stopping = True
        self.wake()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            if late:
                logger.warning("publications interrupted at shutdown", extra={"count": len(late)})
                await asyncio.wait(late, timeout=1)

    async def recover(self, *, at_start: bool = False) -> int:
        """Void leases that ran out (all of them at the start: their owner is dead); how many there were."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            dead = await (tx.publications.leased() if at_start else tx.publications.expired(now=now))
            mine = {task.get_name() for task in self._tasks}
            dead = tuple(q for q in dead if at_start or _task_name(q) not in mine)
            for publication in dead:
                text = "Interrupted. Isekai takes it up where that is safe."
                await record(
                    tx,
                    publication,
                    after_crash(publication, now=now),
                    Happened("publication.recovered", text),
                    at=now,
                )
        if dead:
            logger.warning("leases recovered", extra={"count": len(dead)})
            self.wake()
        return len(dead)

    async def _sweep(self) -> timedelta:
        """Claim what can be claimed; how long to sleep unless the bell rings."""
        try:
            wait = await self._heed_clock()
            if not wait:
                await self._claim_all()
            pause = wait or await self._until_next()
        except StorageUnavailable as error:
            if self._trouble is None:
                logger.error("storage unavailable, not claiming", extra={"reason": str(error)})
            self._trouble = str(error)
            return STORAGE_WAIT
        if self._trouble is not None:
            logger.info("storage is back, claiming again")
            self._trouble = None
        self._last_sweep = self._clock.now()
        self.sweeps += 1
        return pause

    async def _heed_clock(self) -> timedelta:
        """How long to claim nothing because the clock was set ahead; after it was set back, waits end in time."""
        look = self._watch.look()
        if look.back:
            logger.warning("the clock was set back", extra={"seconds": look.back.total_seconds()})
            async with self._store.transaction() as tx:
                await tx.accounts.bring_waits_forward(by=look.back)
                until = await tx.instance.get("service_circuit_open_until")
                if until is not None:
                    await tx.instance.put("service_circuit_open_until", until - look.back.total_seconds())
        if look.wait:
            logger.warning("the clock was set ahead, not believed yet", extra={"seconds": look.wait.total_seconds()})
        return min(look.wait, LONGEST_SLEEP)

    async def _claim_all(self) -> int:
        claimed = 0
        while not self._stopping and len(self._tasks) < self._concurrency:
            jobs = await self._claim(min(CLAIMED_TOGETHER, self._concurrency - len(self._tasks)))
            for job in jobs:
                task = asyncio.create_task(self._work(job), name=_task_name(job.publication))
                self._tasks.add(task)
                task.add_done_callback(self._done)
            claimed += len(jobs)
            if not jobs:
                break
        return claimed

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake()

    async def _claim(self, most: int) -> list[Job]:
        """Up to *most* accounts at once: when many are due at one instant, each commit counts."""
        jobs: list[Job] = []
        async with self._store.transaction() as tx:
            now = self._clock.now()
            while len(jobs) < most:
                publication = await tx.publications.claim(now=now, owner=self._owner, expires_at=now + LEASE)
                if publication is None:
                    break
                jobs.append(await self._take_up(tx, publication, now))
        return jobs

    async def _take_up(self, tx: Transaction, publication: Publication, now: datetime) -> Job:
        post = await tx.posts.get(publication.post_id)
        file = next(file for file in post.files if file.id == publication.file_id)
        fingerprint = post.details.fingerprint(file.sha256)
        step = next_step(publication, fingerprint=fingerprint, stash_only=bool(post.details.stash_only))
        job = Job(publication, post, step)
        if step not in {Next.UPLOAD, Next.PUBLISH} or post.missing:
            return job
        account, tokens = await tx.accounts.with_tokens(publication.account_id)
        if account.access_expires_at is None or account.access_expires_at - now < TOKEN_MARGIN:
            return job
        token = tokens.access_token
        # With a good token at hand the first write of the job joins the claim: one commit, not two.
        return await self._journey.begin(tx, Job(publication, post, step, token)) if token else job

    async def _work(self, job: Job) -> None:
        with about(post_id=job.post.id, publication_id=job.publication.id, account_id=job.publication.account_id):
            await self._work_on(job)

    async def _work_on(self, job: Job) -> None:
        beat = asyncio.create_task(self._heartbeat(job.publication))
        try:
            await self._carry_out(job)
        except LeaseLost:
            logger.info("lease lost", extra={"post_id": job.post.id, "publication_id": job.publication.id})
        except StorageUnavailable as error:
            logger.error("storage unavailable in flight", extra={"post_id": job.post.id, "reason": str(error)})
        except Exception:
            # The row says how far it came; the sweep for expired leases takes it up from there.
            logger.exception("publication stopped by an unexpected error", extra={"post_id": job.post.id})
        finally:
            beat.cancel()

    async def _carry_out(self, job: Job) -> None:
        match job.step:
            case Next.UPLOAD | Next.PUBLISH:
                await self._journey.run(job)
            case Next.KEEP_PRIVATE:
                await self._journey.keep_private(job)
            case Next.SEEK_PROOF:
                await self._prover.seek(job.publication, job.post, may_publish=await self._may_publish(job))
            case Next.FIND_LINK:
                await self._prover.find_link(job.publication, job.post)

    async def _may_publish(self, job: Job) -> bool:
        """A repeat could make the work public, so it waits while things are paused."""
        async with self._store.transaction() as tx:
            account = await tx.accounts.get(job.publication.account_id)
            paused = bool(await tx.instance.get("publishing_paused"))
            user_paused = await tx.accounts.owner_is_paused(account.id)
        return not paused and account.paused_at is None and not user_paused

    async def _heartbeat(self, publication: Publication) -> None:
        while True:
            await self._clock.sleep(LEASE.total_seconds() / 3)
            try:
                async with self._store.transaction() as tx:
                    held = await tx.publications.extend(
                        publication.id, lease_token=publication.lease_token, expires_at=self._clock.now() + LEASE
                    )
            except StorageUnavailable:
                continue
            if not held:
                return

    async def _until_next(self) -> timedelta:
        if len(self._tasks) >= self._concurrency:
            return LONGEST_SLEEP
        async with self._store.transaction() as tx:
            now = self._clock.now()
            at = await tx.publications.next_action_at(now=now)
        if at is None:
            return LONGEST_SLEEP
        return min(max(at - now, timedelta(0)), LONGEST_SLEEP)


def _task_name(publication: Publication) -> str:
    return f"publication-{publication.id}-{publication.lease_token}"
