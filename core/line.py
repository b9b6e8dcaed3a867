"""The line to DeviantArt for everything that is not publishing: publishing always goes first.

An account has one pace, kept with it and shared with the publisher: what tells one of them to wait makes the other
wait too. Calls of a person wait a few seconds for their turn, the application's own give way at once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Protocol, TypeVar

from core.account import Account, Pace
from core.accounts import Accounts
from core.actor import Actor
from core.clock import Clock
from core.deviantart import DeviantArtOAuth
from core.errors import (
    AccessTokenRefused,
    AuthorizationLost,
    Busy,
    ExternalError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Refused,
    UserError,
    WrongState,
)
from core.people.access import Right, need
from core.ports import Store
from core.publishing.breaker import PaceRules

logger = logging.getLogger(__name__)
T = TypeVar("T")
Call = Callable[[str], Awaitable[T]]

PATIENCE = timedelta(seconds=10)
# What the application does by itself stays out of the way of a publication this near.
ELBOW_ROOM = timedelta(seconds=90)
TOKEN_MARGIN = timedelta(minutes=2)
_STEP = 0.25


class NoAnswer(UserError):
    """DeviantArt could not be asked, or did not say; `error` is what happened."""

    code = "UPSTREAM"

    def __init__(self, sentence: str, error: ExternalError) -> None:
        super().__init__(sentence)
        self.error = error


class Traffic(Protocol):
    """Whether the publisher needs the account."""

    async def is_publishing(self, account_id: int, *, before: datetime | None) -> bool:
        """A publication is under way, or due before *before* (when given)."""
        ...


class Line:
    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        traffic: Traffic,
        clock: Clock,
        random: Random,
        rules: PaceRules,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._traffic = traffic
        self._clock = clock
        self._random = random
        self._rules = rules
        self._patience = patience
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(self, account_id: int, call: Call[T], *, patient: bool = True) -> T:
        """Make *call* with a good token of the account, one at a time. Raises the `ExternalError`s.

        `Busy` also when the account's pace, its circuit or the publisher leave no room.
        """
        async with self._turns[account_id]:
            await self._wait_for_room(account_id, self._patience if patient else timedelta(0))
            token = await self._accounts.access_token(account_id, margin=TOKEN_MARGIN)
            try:
                return await self._with_token(account_id, token, call)
            except (Busy, NotSent, OutcomeUnknown) as error:
                await self._note_trouble(account_id, error)
                raise

    async def _wait_for_room(self, account_id: int, patience: timedelta) -> None:
        until = self._clock.monotonic() + patience.total_seconds()
        while True:
            wait = await self._obstacle(account_id, is_person=bool(patience))
            if wait is None:
                return
            left = until - self._clock.monotonic()
            if wait.total_seconds() > left:
                raise Busy("deviantart", "publishing comes first, or DeviantArt asked to wait", retry_after=wait)
            await self._clock.sleep(max(wait.total_seconds(), _STEP))

    async def _obstacle(self, account_id: int, *, is_person: bool) -> timedelta | None:
        """How long something is in the way at least; None when the line is free."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            pace = await tx.accounts.pace(account_id)
        waits = [at - now for at in (pace.until, pace.open_until) if at is not None and at > now]
        if waits:
            return max(waits)
        near = None if is_person else now + ELBOW_ROOM
        if await self._traffic.is_publishing(account_id, before=near):
            return timedelta(seconds=_STEP) if is_person else ELBOW_ROOM
        return None

    async def _with_token(self, account_id: int, token: str, call: Call[T]) -> T:
        """One refresh and one more try for a refused token; then `/placebo` decides whether it is lost."""
        try:
            return await call(token)
        except AccessTokenRefused:
            fresh = await self._accounts.refresh(account_id)
        try:
            return await call(fresh)
        except AccessTokenRefused as error:
            if await self._accounts.confirm_lost(account_id, fresh):
                raise AuthorizationLost("deviantart", "the token is refused everywhere") from error
            raise Refused("deviantart", "DeviantArt does not allow this with the account’s connection.") from error

    async def _note_trouble(self, account_id: int, error: ExternalError) -> None:
        async with self._store.transaction() as tx:
            pace, now = await tx.accounts.pace(account_id), self._clock.now()
            await tx.accounts.save_pace(account_id, slower(self._rules, pace, error, now, self._random))


def slower(rules: PaceRules, pace: Pace, error: ExternalError, now: datetime, random: Random) -> Pace:
    if isinstance(error, Busy):
        return rules.after_busy(pace, told=error.retry_after, now=now, random=random)
    return rules.after_failure(pace, now=now)


class AppLine:
    """Public reads with the application's own token, which has a pace of its own and a larger budget."""

    def __init__(self, oauth: DeviantArtOAuth, clock: Clock, random: Random, rules: PaceRules) -> None:
        self._oauth = oauth
        self._clock = clock
        self._random = random
        self._rules = rules
        self._token = ""
        self._good_until: datetime | None = None
        self._pace = Pace()
        self._lock = asyncio.Lock()

    async def ask(self, call: Call[T]) -> T:
        """Raises `Busy` while told to wait, and what *call* raises."""
        now = self._clock.now()
        waits = [at - now for at in (self._pace.until, self._pace.open_until) if at is not None and at > now]
        if waits:
            raise Busy("deviantart", "it asked us to wait", retry_after=max(waits))
        try:
            try:
                answer = await call(await self._good_token())
            except AccessTokenRefused:
                self._good_until = None
                answer = await call(await self._good_token())
        except (Busy, NotSent, OutcomeUnknown) as error:
            self._pace = slower(self._rules, self._pace, error, self._clock.now(), self._random)
            raise
        self._pace = Pace(delay=self._pace.delay / 2)
        return answer

    async def _good_token(self) -> str:
        async with self._lock:
            now = self._clock.now()
            if self._good_until is None or self._good_until - now < TOKEN_MARGIN:
                pair = await self._oauth.app_token()
                self._token, self._good_until = pair.access_token, now + pair.expires_in
            return self._token


async def own_account(store: Store, account_id: int, user_id: int) -> Account:
    """Raises `NotFound`, also for other people's, shared or not."""
    async with store.transaction() as tx:
        account = await tx.accounts.get(account_id)
    if account.user_id != user_id:
        raise NotFound("There is no such account.")
    return account


async def account_for(store: Store, account_id: int, by: Actor, right: Right) -> Account:
    """The account, for whoever has that right over it. Raises `NotFound`, `NotAllowed`."""
    async with store.transaction() as tx:
        await need(tx, account_id, by, right)
        return await tx.accounts.get(account_id)


def in_words(error: ExternalError, doing: str) -> UserError:
    """What to say to the person who asked for it. *doing*: such as “rename the folder”."""
    match error:
        case Refused():
            return WrongState(f"DeviantArt would not {doing}: {error.reason}")
        case AuthorizationLost():
            return WrongState("The DeviantArt account has to be connected again first.")
        case Busy():
            return NoAnswer(f"Could not {doing} now: DeviantArt asks to wait. Try again in a little while.", error)
        case OutcomeUnknown():
            return NoAnswer(
                f"DeviantArt did not say whether it could {doing}. Refresh to see how things stand.", error
            )
        case _:
            return NoAnswer(f"Could not {doing}: DeviantArt did not answer. Nothing has changed.", error)
