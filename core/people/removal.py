"""Somebody leaves for good: first they are shut out, then their rows go in small transactions, their files last.

What has begun is finished, whatever ends the process in between: `user.leaving_at` says who leaves, the rows that are
still there say what is left to do, and pictures are noted in the transaction that removes their rows.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import InFlight, InvalidInput, NotFound, WrongState
from core.events import Event
from core.people.audit import audit
from core.people.invites import need_admin
from core.people.people import keep_an_admin, shut_out
from core.people.sharing import SHARE_CHANGED, ShareTransaction
from core.posts.direct_uploads import UploadObjects
from core.posts.pictures import ImageStore
from core.programs.settings import WATCH_FOLDER
from core.users import User

logger = logging.getLogger(__name__)
ROWS_AT_ONCE = 500
PICTURES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Remains:
    """What a removal that has begun still has to do."""

    posts: int
    pictures: int


class LeavingRows(Protocol):
    """What belongs to somebody, wherever it lies."""

    @property
    def steps(self) -> Sequence[str]:
        """In this order."""
        ...

    async def in_the_air(self, user_id: int) -> int:
        """Publications on the person's accounts that somebody works on at this moment."""
        ...

    async def sharers(self, user_id: int) -> Sequence[tuple[int, int]]:
        """Account and person: who works on the person's accounts."""
        ...

    async def begin(self, user_id: int) -> None: ...

    async def leaving(self) -> Sequence[tuple[int, str, datetime]]:
        """Everybody whose removal began and has not ended: id, name, since when."""
        ...

    async def remove(self, step: str, user_id: int, *, limit: int) -> int:
        """Rows removed; 0 when the step is done."""
        ...

    async def uploads(self, user_id: int) -> Sequence[str]:
        """Objects of the bucket that their tickets let browsers write."""
        ...

    async def pictures(self, user_id: int, *, limit: int) -> Sequence[tuple[str, bool]]:
        """Noted for deletion, and whether somebody else's post needs the same bytes."""
        ...

    async def forget_pictures(self, user_id: int, sha256s: Sequence[str]) -> None: ...

    async def remains(self, user_id: int) -> Remains: ...

    async def end(self, user: User) -> bool: ...


class RemovalTransaction(ShareTransaction, Protocol):
    @property
    def leaving(self) -> LeavingRows: ...


class RemovalStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[RemovalTransaction]: ...


class Removal:
    """*by* None: somebody at the machine itself."""

    def __init__(
        self, store: RemovalStore, images: ImageStore, clock: Clock, *, uploads: UploadObjects | None = None
    ) -> None:
        self._store = store
        self._images = images
        self._uploads = uploads
        self._clock = clock
        self._bell = asyncio.Event()

    async def begin(self, user_id: int, *, name: str, by: Actor | None = None) -> User:
        """Shut them out; the rest is done by `run`. *name*: typed by hand, so that it is not the wrong person.

        Raises `NotAllowed` and `NotFound` for who may not, `InvalidInput` for another name, `WrongState` for the last
        administrator and for whom nobody disabled, `InFlight` while a picture is on its way to DeviantArt.
        """
        now = self._clock.now()
        is_self = by is not None and by.user_id == user_id
        async with self._store.transaction() as tx:
            if by is not None and not is_self:
                await need_admin(tx.people, by)
            user = await tx.people.user(user_id)
            if user is None:
                raise NotFound("There is no such person.")
            if user.leaving_at is not None:
                return user
            await self._may_leave(tx, user, name, is_self=is_self)
            user = replace(user, disabled_at=user.disabled_at or now, leaving_at=now)
            await tx.people.save_user(user)
            await tx.people.remove_sessions(user.id)
            await tx.events.add(shut_out(user, now))
            await self._close_doors(tx, user)
            about = "Asked to be removed, with everything." if is_self else f"Began to remove {user.name}."
            await audit(tx, by, "person.leaving", about, at=now)
        self.wake()
        return user

    async def remains(self, user_id: int) -> Remains:
        async with self._store.transaction() as tx:
            return await tx.leaving.remains(user_id)

    def wake(self) -> None:
        self._bell.set()

    async def run(self) -> None:
        """For as long as the process lives; goes on where an earlier one stopped."""
        while True:
            self._bell.clear()
            await self.finish()
            await self._bell.wait()

    async def finish(self) -> None:
        """Everybody whose removal has begun."""
        async with self._store.transaction() as tx:
            leaving = await tx.leaving.leaving()
        for user_id, name, since in leaving:
            await self._finish(user_id, name, since)

    async def _may_leave(self, tx: RemovalTransaction, user: User, name: str, *, is_self: bool) -> None:
        if name.strip().casefold() != user.name.casefold():
            raise InvalidInput({"name": f"Type {user.name} to remove {'yourself' if is_self else 'them'} for good."})
        await keep_an_admin(tx.people, user)
        if not user.is_disabled and not is_self:
            raise WrongState(f"Disable {user.name} first, and let them export what is theirs.")
        if await tx.leaving.in_the_air(user.id):
            raise InFlight("A picture is on its way to DeviantArt at this moment. Try again in a minute.")

    async def _close_doors(self, tx: RemovalTransaction, user: User) -> None:
        watched = await tx.instance.get(WATCH_FOLDER)
        if watched and watched.get("user_id") == user.id:
            await tx.instance.put(WATCH_FOLDER, None)
        for account_id, sharer in await tx.leaving.sharers(user.id):
            text = f"{user.name} is leaving, and the account with them."
            await tx.events.add(Event(SHARE_CHANGED, text, self._clock.now(), sharer, account_id=account_id))
        await tx.leaving.begin(user.id)

    async def _finish(self, user_id: int, name: str, since: datetime) -> None:
        """Whoever was in the middle of an upload when it began may still have added a post: look until none came."""
        while True:
            await self._remove_uploads(user_id)
            await self._remove_rows(user_id)
            await self._remove_pictures(user_id, since)
            async with self._store.transaction() as tx:
                if await tx.leaving.remains(user_id) != Remains(0, 0):
                    continue
                user = await tx.people.user(user_id)
                if user is not None and await tx.leaving.end(user):
                    await tx.audit.add("Isekai", "person.removed", f"Removed {name}.", at=self._clock.now())
                    logger.info("person removed", extra={"user_id": user_id})
            return

    async def _remove_uploads(self, user_id: int) -> None:
        """While their tickets still say which these are."""
        if self._uploads is None:
            return
        async with self._store.transaction() as tx:
            names = await tx.leaving.uploads(user_id)
        for name in names:
            await self._uploads.remove_upload(name)

    async def _remove_rows(self, user_id: int) -> None:
        """One short transaction after the other: the publisher of everybody else goes on in between."""
        async with self._store.transaction() as tx:
            steps = tx.leaving.steps
        for step in steps:
            removed = 1
            while removed:
                async with self._store.transaction() as tx:
                    removed = await tx.leaving.remove(step, user_id, limit=ROWS_AT_ONCE)

    async def _remove_pictures(self, user_id: int, since: datetime) -> None:
        """Not what somebody else brought again meanwhile: its row may be a moment behind the file."""
        async with self._store.transaction() as tx:
            if not await tx.leaving.pictures(user_id, limit=1):
                return
        renewed_after = since + timedelta(seconds=1)
        renewed = {one.sha256 async for one in self._images.iterate() if one.modified_at >= renewed_after}
        while True:
            async with self._store.transaction() as tx:
                noted = await tx.leaving.pictures(user_id, limit=PICTURES_AT_ONCE)
            if not noted:
                return
            for sha256, is_needed in noted:
                if not is_needed and sha256 not in renewed:
                    await self._images.delete(sha256)
            async with self._store.transaction() as tx:
                await tx.leaving.forget_pictures(user_id, [sha256 for sha256, _ in noted])
