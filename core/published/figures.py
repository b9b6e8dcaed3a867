"""How published works fare: a modest sample, most often while they are new, always behind everything else."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.actor import Actor
from core.clock import Clock
from core.errors import ExternalError, NotFound
from core.line import Line
from core.published.ports import AfterStore, Watched, WorksApi

logger = logging.getLogger(__name__)

AT_ONCE = 10  # what DeviantArt answers with figures in one call
CALLS_A_RUN = 2
GONE_FOR = timedelta(days=30)
DAILY_KEPT = timedelta(days=400)  # from then on, one sample of thirty days is enough
THINNED_A_RUN = 5000


def next_look(published_at: datetime, *, now: datetime) -> datetime:
    """Daily in the first month, then ever more seldom: old works change slowly."""
    age = now - published_at
    if age < timedelta(days=30):
        return now + timedelta(days=1)
    if age < timedelta(days=180):
        return now + timedelta(days=3)
    return now + timedelta(days=7 if age < timedelta(days=730) else 30)


class FigureKeeper:
    def __init__(self, store: AfterStore, line: Line, works: WorksApi, clock: Clock) -> None:
        self._store = store
        self._line = line
        self._works = works
        self._clock = clock

    async def sample(self) -> int:
        """Ask for what is due, at most 20 works an account; how many were recorded."""
        async with self._store.transaction() as tx:
            accounts = await tx.rooms.figures.accounts_due(now=self._clock.now())
        recorded = 0
        for account_id in accounts:
            for _ in range(CALLS_A_RUN):
                found = await self._sample_some(account_id)
                recorded += found
                if found < AT_ONCE:
                    break
        return recorded

    async def ask_now(self, post_id: int, *, by: Actor) -> None:
        """For one post, as soon as its accounts may ask. Raises `NotFound`, and the `ExternalError`s."""
        async with self._store.transaction() as tx:
            found = await tx.rooms.figures.of_post(by.user_id, post_id)
        if not found:
            raise NotFound("This is not published, so there are no figures yet.")
        for account_id in dict.fromkeys(account_id for account_id, _ in found):
            works = [work for its_account, work in found if its_account == account_id]
            for first in range(0, len(works), AT_ONCE):
                await self._ask(account_id, works[first : first + AT_ONCE], patient=True)

    async def clean(self) -> None:
        async with self._store.transaction() as tx:
            await tx.rooms.figures.thin_out(before=self._clock.now() - DAILY_KEPT, limit=THINNED_A_RUN)

    async def _sample_some(self, account_id: int) -> int:
        async with self._store.transaction() as tx:
            works = await tx.rooms.figures.due(account_id, now=self._clock.now(), limit=AT_ONCE)
        if not works:
            return 0
        try:
            await self._ask(account_id, works, patient=False)
        except ExternalError as error:
            logger.info("figures put off", extra={"account_id": account_id, "reason": error.reason})
            return 0
        return len(works)

    async def _ask(self, account_id: int, works: Sequence[Watched], *, patient: bool) -> None:
        ids = [work.deviation_id for work in works]
        answer = await self._line.ask(account_id, lambda token: self._works.figures(token, ids), patient=patient)
        found = {figures.deviation_id: figures for figures in answer}
        async with self._store.transaction() as tx:
            now = self._clock.now()
            for work in works:
                figures = found.get(work.deviation_id)
                next_at = next_look(work.published_at, now=now) if figures else now + GONE_FOR
                await tx.rooms.figures.record(work, figures, at=now, next_at=next_at)
