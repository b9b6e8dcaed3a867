"""Mail on its way: each letter with attempts of its own, so that one nobody takes holds up no other."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock, wait_for_event
from core.errors import ExternalError, Refused
from core.users import PeopleRows, User

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
# News that is older than this is no longer worth a letter.
GIVEN_UP_AFTER = timedelta(hours=24)
KEPT = timedelta(days=7)
AT_ONCE = 4
IDLE = timedelta(minutes=5)
NOBODY = "there is no address to send it to any more"


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain words; how they look is the mailer's business. `key` names it, so that a repeated one is recognised."""

    to: str
    subject: str
    lines: tuple[str, ...]
    link_text: str
    link: str
    key: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter in the outbox. `next_at` None: it is over, sent or given up."""

    id: int
    user_id: int
    letter: Letter
    created_at: datetime
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxState:
    """For the health page. `failing_since`: since when the oldest letter that failed at least once has waited."""

    waiting: int = 0
    failing: int = 0
    failing_since: datetime | None = None
    given_up: int = 0  # in the last day
    problem: str | None = None


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Raises `Refused` when it will never be taken, and `NotSent` for what may pass."""
        ...


class LetterRows(Protocol):
    async def add(self, user_id: int, letter: Letter, *, at: datetime) -> None:
        """To be sent at once. One of the same key to the same person is there already: nothing happens."""
        ...

    async def due(self, *, now: datetime, limit: int) -> Sequence[Waiting]: ...

    async def next_at(self) -> datetime | None: ...

    async def save(self, waiting: Waiting) -> None:
        """Attempts, times and the problem."""
        ...

    async def state(self, *, since: datetime) -> OutboxState:
        """*since*: what was given up before is no news."""
        ...

    async def remove_over(self, *, before: datetime) -> None: ...


class LetterTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def letters(self) -> LetterRows: ...


class LetterStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[LetterTransaction]: ...


def wait_before(attempts: int) -> timedelta:
    """Before the next try, after so many: a minute, doubling to an hour."""
    return min(FIRST_RETRY * (1 << min(attempts - 1, 10)), LONGEST_RETRY)


def after_attempt(waiting: Waiting, error: ExternalError | None, *, now: datetime) -> Waiting:
    """As it stands after one more try. Refused for good, or a day old: it is given up."""
    tried = replace(waiting, attempts=waiting.attempts + 1, next_at=None)
    if error is None:
        return replace(tried, sent_at=now, problem=None)
    tried = replace(tried, problem=error.reason)
    again = now + wait_before(tried.attempts)
    if isinstance(error, Refused) or again - waiting.created_at >= GIVEN_UP_AFTER:
        return replace(tried, given_up_at=now)
    return replace(tried, next_at=again)


def address_of(user: User | None) -> str | None:
    """Where their mail goes now, whatever it was when the letter was written."""
    return None if user is None or user.is_disabled else user.email


class Outbox:
    """Sends what lies in the outbox, a few side by side. What is sent is noted at once, letter by letter.

    A crash between the server's "taken" and the note repeats that one letter, recognisable by its Message-ID.
    """

    def __init__(self, store: LetterStore, mailer: Mailer, clock: Clock) -> None:
        self._store = store
        self._mailer = mailer
        self._clock = clock
        self._bell = asyncio.Event()

    def ring(self) -> None:
        self._bell.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._bell.clear()
            while await self.send_due():
                pass
            await wait_for_event(self._clock, self._bell, (await self._until_next()).total_seconds())

    async def send_due(self) -> int:
        """Try what is due now; the number of letters tried."""
        async with self._store.transaction() as tx:
            due = await tx.letters.due(now=self._clock.now(), limit=AT_ONCE)
            people = {one.user_id: await tx.people.user(one.user_id) for one in due}
        async with asyncio.TaskGroup() as group:
            for waiting in due:
                group.create_task(self._attempt(waiting, address_of(people[waiting.user_id])))
        return len(due)

    async def clean(self) -> None:
        """Letters that are over are kept for a week."""
        async with self._store.transaction() as tx:
            await tx.letters.remove_over(before=self._clock.now() - KEPT)

    async def state(self) -> OutboxState:
        async with self._store.transaction() as tx:
            return await tx.letters.state(since=self._clock.now() - GIVEN_UP_AFTER)

    async def _attempt(self, waiting: Waiting, address: str | None) -> None:
        if address is None:
            await self._save(replace(waiting, next_at=None, given_up_at=self._clock.now(), problem=NOBODY))
            return
        error: ExternalError | None = None
        try:
            await self._mailer.send(replace(waiting.letter, to=address))
        except ExternalError as refused:
            error = refused
        tried = after_attempt(waiting, error, now=self._clock.now())
        await self._save(tried)
        if error is not None:
            facts = {"letter_id": waiting.id, "attempt": tried.attempts, "reason": error.reason}
            if tried.given_up_at is not None:
                logger.error("mail given up", extra=facts)
            else:
                logger.warning("mail not sent", extra=facts)

    async def _save(self, waiting: Waiting) -> None:
        async with self._store.transaction() as tx:
            await tx.letters.save(waiting)

    async def _until_next(self) -> timedelta:
        async with self._store.transaction() as tx:
            due = await tx.letters.next_at()
        return IDLE if due is None else min(max(due - self._clock.now(), timedelta(0)), IDLE)
