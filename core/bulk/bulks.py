"""Use cases: one change for many posts, in pieces, with a result for each and one way back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from core.account import Account
from core.actor import Actor
from core.bulk.change import Action, Around, Change, check
from core.bulk.deeds import Before, before_of, deed, prepared, put_back, still_made
from core.bulk.ports import Bulk, BulkReads, BulkState, BulkStore, BulkTransaction, Item, Outcome
from core.bulk.rights import open_post
from core.bulk.single import Single
from core.bulk.surroundings import Surroundings
from core.clock import Clock
from core.errors import Expired, InvalidInput, NotFound, UserError, WrongState
from core.ports import PostQuery
from core.posts.desk import write
from core.posts.fields import in_words
from core.posts.post import Plan, Post, PostStatus

logger = logging.getLogger(__name__)
Left: TypeAlias = Callable[[Mapping[int, Sequence[Plan]], Actor], Awaitable[None]]

PIECE = 50  # posts a transaction
UNDO_KEPT = timedelta(days=30)
SELECTION_KEPT = timedelta(days=2)
CHANGED_SINCE = "Changed since, left alone."
LEAVING = frozenset(
    {Action.UNSCHEDULE, Action.DISCARD, Action.SEND_BACK, Action.PUBLISH}
)  # the queue, if they were in it


@dataclass(frozen=True, slots=True)
class Selection:
    """Posts by id, in that order, or everything that a list's query finds."""

    ids: tuple[int, ...] = ()
    query: PostQuery | None = None


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """`errors` by post: what kept those that were refused."""

    bulk: Bulk
    items: tuple[Item, ...]
    errors: Mapping[int, UserError]


class Bulks:
    """`wake` says that something waits; `run` works until it is cancelled, also on what a restart interrupted.

    `on_left` is told by account of the times of scheduled posts that go out no more, or at another time.
    """

    def __init__(
        self,
        store: BulkStore,
        rows: BulkReads,
        single: Single,
        surroundings: Surroundings,
        clock: Clock,
        *,
        lead: timedelta,
        on_left: Left,
    ) -> None:
        self._store = store
        self._rows = rows
        self._single = single
        self._around = surroundings
        self._clock = clock
        self._lead = lead
        self._on_left = on_left
        self._turn = asyncio.Lock()  # one piece at a time: two would share its posts
        self._wanted = asyncio.Event()
        self._undo_by: dict[int, Actor] = {}
        self._in_hand: set[int] = set()  # somebody waits for these and carries them out

    async def choose(self, selection: Selection, *, by: Actor) -> Bulk:
        """Set the posts down: what is then previewed and changed are exactly these. Raises `InvalidInput`."""
        async with self._store.transaction() as tx:
            bulk_id = await tx.bulks.add(by.user_id, actor=by.name, via=by.via, at=self._clock.now())
            if selection.query is not None:
                if selection.query.user_id != by.user_id:
                    raise NotFound
                chosen = await tx.bulks.choose_matching(bulk_id, selection.query)
            else:
                chosen = await tx.bulks.choose(bulk_id, list(dict.fromkeys(selection.ids)))
            if not chosen:
                raise InvalidInput({"ids": "Select at least one post."})
            return await tx.bulks.get(bulk_id, user_id=by.user_id)

    async def start(self, bulk_id: int, change: Change, *, by: Actor) -> Bulk:
        """Begin; a first piece is done when this returns, the rest follows by itself.

        Raises `InvalidInput` before anything happens, `WrongState` when it was started before.
        """
        await self._begin(bulk_id, change, by)
        await self._piece(bulk_id, by.user_id)
        return await self._going(bulk_id, by)

    async def _begin(self, bulk_id: int, change: Change, by: Actor) -> None:
        check(change)
        async with self._store.transaction() as tx:
            bulk = await tx.bulks.get(bulk_id, user_id=by.user_id)
            if bulk.state is not BulkState.OPEN:
                raise WrongState("This change was started already.")
            await self._around.of(tx, change, by)
            await tx.bulks.save(bulk_id, BulkState.RUNNING, change=change)

    async def carry_out(self, ids: Sequence[int], change: Change, *, by: Actor) -> CarriedOut:
        """All of it before this returns: for a few hundred posts, with what became of each."""
        check(change)
        bulk = await self.choose(Selection(tuple(ids)), by=by)
        errors: dict[int, UserError] = {}
        self._in_hand.add(bulk.id)
        try:
            await self._begin(bulk.id, change, by)
            while (bulk := await self._rows.one(bulk.id, user_id=by.user_id)).is_busy:
                await self._piece(bulk.id, by.user_id, errors)
        finally:
            self._in_hand.discard(bulk.id)
        return CarriedOut(bulk, await self._rows.items(bulk.id, limit=bulk.total), errors)

    async def undo(self, bulk_id: int, *, by: Actor) -> Bulk:
        """Every post back to what it was; what somebody changed since is left alone, and named.

        Raises `Expired` after 30 days, `WrongState` while it is busy or where it was undone already.
        """
        async with self._store.transaction() as tx:
            bulk = await tx.bulks.get(bulk_id, user_id=by.user_id)
            if bulk.created_at < self._clock.now() - UNDO_KEPT:
                raise Expired("This cannot be taken back any more: 30 days have passed.")
            if bulk.state is BulkState.UNDONE:
                raise WrongState("This was taken back already.")
            if bulk.state is not BulkState.DONE:
                raise WrongState("This is not finished yet. Wait until it is done.")
            await tx.bulks.save(bulk_id, BulkState.UNDOING)
        self._undo_by[bulk_id] = by
        await self._piece(bulk_id, by.user_id)
        return await self._going(bulk_id, by)

    async def stop(self, bulk_id: int, *, by: Actor) -> Bulk:
        """What has not been done yet is not done. Raises `WrongState` unless it is running."""
        async with self._turn, self._store.transaction() as tx:
            bulk = await tx.bulks.get(bulk_id, user_id=by.user_id)
            if bulk.state is not BulkState.RUNNING:
                raise WrongState("Nothing is going on any more.")
            await tx.bulks.refuse_waiting(bulk_id, "Stopped before its turn.")
            await tx.bulks.save(bulk_id, BulkState.DONE)
        return await self._close_gaps(await self._rows.one(bulk_id, user_id=by.user_id), by)

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        self._wanted.set()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self.run_once()

    async def run_once(self) -> None:
        """Everything that waits now; between two pieces others get their turn."""
        while unfinished := await self._unfinished():
            for bulk_id, user_id in unfinished:
                await self._piece(bulk_id, user_id)

    async def clean(self) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.bulks.remove_old(open_before=now - SELECTION_KEPT, before=now - UNDO_KEPT)

    async def _unfinished(self) -> tuple[tuple[int, int], ...]:
        async with self._store.transaction() as tx:
            return tuple(one for one in await tx.bulks.unfinished() if one[0] not in self._in_hand)

    async def _going(self, bulk_id: int, by: Actor) -> Bulk:
        bulk = await self._rows.one(bulk_id, user_id=by.user_id)
        if bulk.is_busy:
            self._wanted.set()
        return bulk

    async def _piece(self, bulk_id: int, user_id: int, errors: dict[int, UserError] | None = None) -> None:
        """The next posts of it, in one transaction; the last piece says that it is over."""
        errors = {} if errors is None else errors
        async with self._turn:
            async with self._store.transaction() as tx:
                bulk = await tx.bulks.get(bulk_id, user_id=user_id)
                by = self._undo_by.get(bulk_id) or Actor(user_id, bulk.actor, bulk.via)
                match bulk.state:
                    case BulkState.RUNNING:
                        alone = await self._do_some(tx, bulk, by, errors)
                    case BulkState.UNDOING:
                        alone = ()
                        await self._undo_some(tx, bulk, by)
                    case _:
                        return
            for item in alone:
                await self._do_alone(bulk, item, by, errors)
            if alone:
                await self._end_if_over(bulk)
        if bulk.state is BulkState.RUNNING:
            await self._close_gaps(await self._rows.one(bulk_id, user_id=user_id), by)

    async def _do_some(
        self, tx: BulkTransaction, bulk: Bulk, by: Actor, errors: dict[int, UserError]
    ) -> tuple[Item, ...]:
        """What has to ask the pacing guard is given back: it is done one by one."""
        waiting = await tx.bulks.next(bulk.id, Outcome.WAITING, limit=PIECE)
        if not waiting or bulk.change is None:
            await tx.bulks.save(bulk.id, BulkState.DONE)
            return ()
        around = await self._around.of(tx, bulk.change, by)
        alone = []
        for item in waiting:
            try:
                post = await open_post(tx, item.post_id, bulk.change, by)
                if self._single.takes(bulk.change, post):
                    ready = prepared(post, bulk.change, now=self._clock.now(), lead=self._lead)
                    alone.append(replace(item, before=before_of(post, ready), version=post.version))
                    continue
                done = await self._do(tx, post, bulk.change, around, item, by)
            except UserError as error:
                errors[item.post_id] = error
                done = replace(item, outcome=Outcome.REFUSED, sentence=error.sentence)
            await tx.bulks.settle(bulk.id, done)
        if len(waiting) < PIECE and not alone:
            await tx.bulks.save(bulk.id, BulkState.DONE)
        return tuple(alone)

    async def _do(
        self, tx: BulkTransaction, post: Post, change: Change, around: Around, item: Item, by: Actor
    ) -> Item:
        now = self._clock.now()
        if change.action is Action.EDIT:
            around = await self._around.of_post(tx, around, change, post, item.position, now)
        found = deed(post, change, around, by=by, now=now, lead=self._lead)
        if found is None:
            return replace(item, outcome=Outcome.SAME, sentence="Nothing would differ.", version=post.version)
        changed, happened = found
        after = await write(tx, post, changed, happened, by=by, at=now)
        await self._around.used(tx, around, post)
        return replace(item, outcome=Outcome.DONE, before=before_of(post, after), version=after.version)

    async def _do_alone(self, bulk: Bulk, item: Item, by: Actor, errors: dict[int, UserError]) -> None:
        if bulk.change is None:
            return
        try:
            after = await self._single.do(bulk.change, item, by=by)
            done = replace(item, outcome=Outcome.DONE, version=after.version)
        except UserError as error:
            errors[item.post_id] = error
            done = replace(item, outcome=Outcome.REFUSED, sentence=error.sentence, before=None)
        async with self._store.transaction() as tx:
            await tx.bulks.settle(bulk.id, done)

    async def _end_if_over(self, bulk: Bulk) -> None:
        async with self._store.transaction() as tx:
            if not await tx.bulks.next(bulk.id, Outcome.WAITING, limit=1):
                await tx.bulks.save(bulk.id, BulkState.DONE)

    async def _close_gaps(self, bulk: Bulk, by: Actor) -> Bulk:
        """Once it is over: what moves up meanwhile may have to leave itself, and would come back to another place."""
        if bulk.state is not BulkState.DONE or bulk.change is None or bulk.change.action not in LEAVING:
            return bulk
        left: dict[int, list[Plan]] = {}
        after = -1
        while items := await self._rows.items(bulk.id, outcomes=[Outcome.DONE], after=after, limit=500):
            after = items[-1].position
            for before in (item.before for item in items):
                if before is not None and before.plan is not None and before.status is PostStatus.SCHEDULED:
                    left.setdefault(before.account_id, []).append(before.plan)
        if left:
            await self._on_left(left, by)
        return bulk

    async def _undo_some(self, tx: BulkTransaction, bulk: Bulk, by: Actor) -> None:
        done = await tx.bulks.next(bulk.id, Outcome.DONE, limit=PIECE)
        accounts = {account.id: account for account in await tx.accounts.of_user(by.user_id)}
        for item in done:
            try:
                stays = await self._undo_one(tx, bulk, item, accounts, by, self._clock.now())
                told = replace(item, outcome=Outcome.UNDONE, sentence=stays)
            except UserError as error:
                told = replace(item, outcome=Outcome.LEFT, sentence=error.sentence)
            await tx.bulks.settle(bulk.id, told)
        if len(done) < PIECE:
            await tx.bulks.save(bulk.id, BulkState.UNDONE)
            self._undo_by.pop(bulk.id, None)

    async def _undo_one(
        self,
        tx: BulkTransaction,
        bulk: Bulk,
        item: Item,
        accounts: Mapping[int, Account],
        by: Actor,
        now: datetime,
    ) -> str:
        """A sentence about what stays, where something does."""
        if bulk.change is None or item.before is None:
            raise NotFound
        before = item.before
        post = await open_post(tx, item.post_id, bulk.change, by)
        if post.version != item.version:
            left = await _what_stands(tx, bulk.change.action, post, before, item.version)
            if left is None or post.status is PostStatus.PUBLISHED:
                raise WrongState(_since(post, bulk.change.action, before))
            before = left
        changed, happened = put_back(post, bulk.change.action, before, accounts, now=now, lead=self._lead)
        await write(tx, post, changed, happened, by=by, at=now)
        stays = sorted((item.before.values or {}).keys() - (before.values or {}).keys())
        stays += ["notes"] if item.before.notes is not None and before.notes is None else []
        return f"Changed since, stays: {in_words(stays)}." if stays else ""


async def _what_stands(
    tx: BulkTransaction, action: Action, post: Post, before: Before, version: int | None
) -> Before | None:
    """What can be given back to a post that was changed since; None where that would undo another decision.

    A time, or another field, is no reason to keep what an edit did; nor is an edit a reason to keep a decision.
    """
    if action is Action.EDIT:
        return still_made(post, before)
    if version is None or await tx.events.edits_since(post.id, version) < post.version - version:
        return None
    return still_made(post, before) or replace(before, values=None, notes=None)


def _since(post: Post, action: Action, before: Before) -> str:
    if post.status is PostStatus.PUBLISHED and before.status is not PostStatus.PUBLISHED:
        return "Published since, left alone."
    if post.status is PostStatus.DISCARDED and action not in {Action.REJECT, Action.DISCARD}:
        return "In the trash since, left alone."
    if post.status is PostStatus.SCHEDULED and action is Action.APPROVE:
        return "Scheduled since, left alone."
    return CHANGED_SINCE
