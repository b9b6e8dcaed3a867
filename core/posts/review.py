"""Use cases: approve, reject, edit, throw away and bring back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound, WrongState
from core.people.access import Right
from core.planning.planner import plan_from_wish, put_on_schedule
from core.ports import Store, Transaction
from core.posts.desk import Desk, Happened, write
from core.posts.edits import KEPT, edit_between, way_back
from core.posts.fields import edit_tags, in_words
from core.posts.files import NewFile
from core.posts.post import Plan, Post, PostStatus, Verb
from core.publishing.queueing import dequeued, retitled, with_status

REASON_KEPT = 500


class WishPacing(Protocol):
    turn: asyncio.Lock

    async def place(self, post_id: int, plan: Plan, *, by: Actor) -> Plan:
        """*plan*, or the next that the account's pacing allows: a program's wish has nobody to ask."""
        ...


class Review:
    """`lead`: how early an upload may start, for posts that approval schedules; `pacing` keeps those apart."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        *,
        lead: timedelta,
        max_files: int,
        pacing: WishPacing | None = None,
    ) -> None:
        self._pacing = pacing
        self.on_left: Callable[[Post, Actor], Awaitable[None]] | None = None  # what is behind it may move up
        self._store = store
        self._desk = desk
        self._clock = clock
        self._lead = lead
        self.limit(max_files=max_files)

    def limit(self, *, max_files: int) -> None:
        """From the next change on."""
        self._max_files = max_files

    async def approve(
        self,
        post_id: int,
        *,
        by: Actor,
        time_zone: str = "UTC",
        expected_version: int | None = None,
        prepare: Callable[[Post, datetime], Post] | None = None,
    ) -> Post:
        """From review to draft, and on to the schedule when a program said when it should go out.

        *prepare* edits it first, which takes more than the right to review.
        """
        if self._pacing is None:
            return await self._approve(post_id, None, by, time_zone, expected_version, prepare)
        async with self._pacing.turn:
            paced = await self._paced_wish(self._pacing, post_id, by, time_zone)
            return await self._approve(post_id, paced, by, time_zone, expected_version, prepare)

    async def _approve(
        self,
        post_id: int,
        paced: Plan | None,
        by: Actor,
        time_zone: str,
        expected_version: int | None,
        prepare: Callable[[Post, datetime], Post] | None,
    ) -> Post:
        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            post = prepare(post, now) if prepare else post
            approved = post.approved(at=now)
            plan = plan_from_wish(post.wish, time_zone, now=now) if post.wish else None
            plan = paced if plan is not None and paced is not None else plan
            if plan is None or post.missing:
                return approved, Happened("post.approved", f"Approved by {by.name}.")
            scheduled, happened = put_on_schedule(post, plan, now=now, lead=self._lead)
            text = f"Approved by {by.name}. {happened.text}"
            return scheduled, Happened("post.approved", text, happened.data)

        right = Right.EDIT if prepare else Right.REVIEW
        return await self._desk.change(post_id, decide, by=by, expected_version=expected_version, right=right)

    async def _paced_wish(self, pacing: WishPacing, post_id: int, by: Actor, time_zone: str) -> Plan | None:
        async with self._store.transaction() as tx:
            wish = (await self._desk.own(tx, post_id, by, Right.REVIEW)).wish
        plan = plan_from_wish(wish, time_zone, now=self._clock.now()) if wish else None
        return await pacing.place(post_id, plan, by=by) if plan else None

    async def send_back(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        """From draft, or from the schedule, back to review: an approval taken back. Whoever may approve may take that
        back; a time is not theirs to take away."""
        async with self._store.transaction() as tx:
            before = await self._desk.own(tx, post_id, by, Right.REVIEW)
        right = Right.REVIEW if before.status is PostStatus.DRAFT else Right.EDIT
        left: list[Post] = []

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            left.append(post)
            back = dequeued(post.sent_back(at=now))
            return back, Happened("post.sent_back", f"Approval taken back by {by.name}.")

        after = await self._desk.change(post_id, decide, by=by, expected_version=expected_version, right=right)
        await self._tell_left(left[-1], by)
        return after

    async def reject(self, post_id: int, *, by: Actor, reason: str = "", expected_version: int | None = None) -> Post:
        if len(reason) > REASON_KEPT:
            raise InvalidInput({"reason": f"A reason has at most {REASON_KEPT} characters."})

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            because = f": {reason.strip()}" if reason.strip() else "."
            rejected = post.discarded(Verb.REJECT, at=now)
            return rejected, Happened("post.rejected", f"Rejected by {by.name}{because}", {"reason": reason})

        return await self._desk.change(post_id, decide, by=by, expected_version=expected_version, right=Right.REVIEW)

    async def discard(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        left: list[Post] = []

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            left.append(post)
            return dequeued(post.discarded(Verb.DISCARD, at=now)), Happened("post.discarded", "Moved to the trash.")

        after = await self._desk.change(post_id, decide, by=by, expected_version=expected_version)
        await self._tell_left(left[-1], by)
        return after

    async def _tell_left(self, before: Post, by: Actor) -> None:
        if self.on_left is not None:
            await self.on_left(before, by)

    async def restore(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        """Whoever may reject may take that back."""
        async with self._store.transaction() as tx:
            before = await self._desk.own(tx, post_id, by, Right.REVIEW)
        right = Right.REVIEW if before.discarded_from is PostStatus.REVIEW else Right.EDIT

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            return post.restored(at=now), Happened("post.restored", "Taken out of the trash.")

        return await self._desk.change(post_id, decide, by=by, expected_version=expected_version, right=right)

    async def edit(
        self,
        post_id: int,
        changes: Mapping[str, Any],
        *,
        by: Actor,
        tags_mode: str = "replace",
        expected_version: int | None = None,
    ) -> Post:
        """*changes* by field name, as JSON gives them; `notes` too. Raises `InvalidInput` naming each bad field."""
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by, _right_over(changes))
            post.expect_version(expected_version)
            now = self._clock.now()
            edited = _with_tags(post.edited(dict(changes), at=now), post, changes, tags_mode)
            names = sorted(changes)
            happened = Happened("post.edited", f"Edited: {in_words(names) or 'nothing'}.", {"fields": names})
            return await self._edited(tx, post, edited, happened, by=by, at=now)

    async def take_back(self, post_id: int, edit_version: int, *, by: Actor) -> Post:
        """The fields that the edit which led to *edit_version* changed are again what they were before it.

        What was changed again since stays. Raises `NotFound` where there was no such edit within 30 days,
        `WrongState` where all of it was changed again.
        """
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by, Right.REVIEW)
            edit = await tx.edits.find(post_id, edit_version)
            now = self._clock.now()
            if edit is None or edit.at < now - KEPT:
                raise NotFound("This edit cannot be taken back, or not any more.")
            back = way_back(edit, post)
            if not back:
                raise WrongState("All that this edit changed was changed again since.")
            await self._desk.own(tx, post_id, by, _right_over(back))
            edited = post.edited(back, at=now)
            names = sorted(back)
            happened = Happened("post.edited", f"Edit taken back: {in_words(names)}.", {"fields": names})
            return await self._edited(tx, post, edited, happened, by=by, at=now)

    async def _edited(
        self, tx: Transaction, before: Post, edited: Post, happened: Happened, *, by: Actor, at: datetime
    ) -> Post:
        after = await write(tx, before, retitled(edited, lead=self._lead), happened, by=by, at=at)
        edit = edit_between(before, after, at=at)
        if edit.fields:
            await tx.edits.keep(edit)
        return after

    async def add_files(self, post_id: int, files: Sequence[NewFile], *, by: Actor) -> Post:
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            now = self._clock.now()
            edited = post.moved(Verb.EDIT, at=now)
            if len(post.files) + len(files) > self._max_files:
                raise InvalidInput({"files": f"A post holds at most {self._max_files} files."})
            for file in files:
                await tx.posts.add_file(post_id, file, at=now)
            changed = replace(edited, files=(await tx.posts.get(post_id)).files)
            text = f"{len(files)} file added." if len(files) == 1 else f"{len(files)} files added."
            happened = Happened("post.files_changed", text)
            return await write(tx, post, self._requeued(changed), happened, by=by, at=now)

    async def remove_file(self, post_id: int, file_id: int, *, by: Actor) -> Post:
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            now = self._clock.now()
            edited = post.moved(Verb.EDIT, at=now)
            gone = next((file for file in post.files if file.id == file_id), None)
            if gone is None:
                raise NotFound
            _must_not_be_out(post, {file_id})
            kept = replace(
                edited,
                files=tuple(file for file in post.files if file.id != file_id),
                publications=tuple(q for q in dequeued(edited).publications if q.file_id == file_id)
                + tuple(q for q in edited.publications if q.file_id != file_id),
            )
            for publication in post.publications:
                if publication.file_id == file_id:
                    idle = next(q for q in kept.publications if q.id == publication.id)
                    await tx.publications.save(idle, lease_token=publication.lease_token, expected=publication.state)
            await tx.posts.remove_file(file_id, at=now)
            before = replace(post, publications=tuple(q for q in post.publications if q.file_id != file_id))
            after = replace(kept, publications=before.publications)
            happened = Happened("post.files_changed", f"Removed “{gone.name}”.")
            return await write(tx, before, self._requeued(after), happened, by=by, at=now)

    async def put_back_file(self, post_id: int, file_id: int, *, by: Actor) -> Post:
        """A file that was removed, at the place it had. Raises `NotFound` when it cannot come back any more."""
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            now = self._clock.now()
            edited = post.moved(Verb.EDIT, at=now)
            if len(post.files) >= self._max_files:
                raise InvalidInput({"files": f"A post holds at most {self._max_files} files."})
            place = await tx.posts.put_back_file(post_id, file_id)
            if place is None:
                raise NotFound
            order = [file.id for file in post.files]
            order.insert(place, file_id)
            chosen = [file.id for file in (await tx.posts.get(post_id)).files if file.chosen]
            await tx.posts.arrange_files(post_id, order, chosen)
            changed = replace(edited, files=(await tx.posts.get(post_id)).files)
            back = next(file for file in changed.files if file.id == file_id)
            happened = Happened("post.files_changed", f"Put “{back.name}” back.")
            return await write(tx, post, self._requeued(changed), happened, by=by, at=now)

    async def keep_both(self, post_id: int, other_id: int, *, by: Actor) -> None:
        """They are no longer shown as each other's near twins. Nothing else changes."""
        async with self._store.transaction() as tx:
            for one in (post_id, other_id):
                await self._desk.own(tx, one, by)
            await tx.posts.keep_both(post_id, other_id, at=self._clock.now())

    async def forget_kept_both(self, post_id: int, other_id: int, *, by: Actor) -> None:
        async with self._store.transaction() as tx:
            for one in (post_id, other_id):
                await self._desk.own(tx, one, by)
            await tx.posts.forget_kept_both(post_id, other_id)

    async def arrange_files(
        self,
        post_id: int,
        *,
        order: Sequence[int],
        chosen: Sequence[int],
        by: Actor,
        expected_version: int | None = None,
    ) -> Post:
        """*order* names every file of the post once; *chosen* those that go out with it."""
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            post.expect_version(expected_version)
            now = self._clock.now()
            edited = post.moved(Verb.EDIT, at=now)
            have = {file.id for file in post.files}
            if set(order) != have or len(order) != len(have) or not set(chosen) <= have:
                raise InvalidInput({"order": "Name each file of the post exactly once."})
            _must_not_be_out(post, have - set(chosen))
            await tx.posts.arrange_files(post_id, order, chosen)
            changed = replace(edited, files=(await tx.posts.get(post_id)).files)
            happened = Happened("post.files_changed", _arranged(post, changed))
            return await write(tx, post, self._requeued(changed), happened, by=by, at=now)

    def _requeued(self, post: Post) -> Post:
        queued = retitled(post, lead=self._lead)
        return with_status(queued) if queued.plan and queued.publications != post.publications else queued


def _right_over(changes: Mapping[str, Any]) -> Right:
    return Right.REVIEW if set(changes) == {"notes"} else Right.EDIT


def _with_tags(edited: Post, before: Post, changes: Mapping[str, Any], mode: str) -> Post:
    if mode == "replace" or "tags" not in changes:
        return edited
    tags = edit_tags(before.details.tags, edited.details.tags, mode)
    return replace(edited, details=edited.details.but(tags=tags))


def _arranged(before: Post, after: Post) -> str:
    """What an arrangement changed, for the history."""
    chosen = sum(file.chosen for file in after.files)
    if {file.id for file in before.files if file.chosen} != {file.id for file in after.files if file.chosen}:
        return f"{chosen} of {len(after.files)} pictures are to go out."
    return "The pictures are in another order."


def _must_not_be_out(post: Post, file_ids: set[int]) -> None:
    if any(q.file_id in file_ids and q.deviation_id for q in post.publications):
        raise InvalidInput({"files": "A picture that is already on DeviantArt stays with its post."})
