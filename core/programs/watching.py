"""Use case: pictures that are put into a folder come in, once they have stopped growing.

A picture that was taken goes to `done/`, one that was refused to `failed/` with the reason beside it. Taking it in is
recognised when repeated, so a crash between the two makes no second post.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotAllowed, NotFound, StorageUnavailable, UserError
from core.people.audit import audit
from core.posts.beside import Beside
from core.posts.intake import Arrival, Intake, Retry
from core.programs.settings import WATCH_FOLDER
from core.programs.sidecar import SIDECAR_MOST, read_beside
from core.programs.watch_ports import Dealt, Folder, Seen, Watched, WatchStore, WatchTransaction
from core.users import User

logger = logging.getLogger(__name__)
LOOKS_EVERY_SECONDS = 2.0
ASKS_EVERY_SECONDS = 60.0  # whether a folder was chosen meanwhile
DEALT_KEPT = 20


class Watcher:
    def __init__(self, store: WatchStore, folder: Folder, intake: Intake, clock: Clock) -> None:
        self._store = store
        self._folder = folder
        self._intake = intake
        self._clock = clock
        self._before: dict[str, Seen] = {}
        self._stuck: dict[str, Seen] = {}
        self._chosen = asyncio.Event()
        self.problem: str | None = None

    async def watched(self) -> Watched | None:
        async with self._store.transaction() as tx:
            kept = await tx.instance.get(WATCH_FOLDER)
        return Watched(**kept) if kept else None

    @property
    def suggestion(self) -> str:
        """A path that may always be watched."""
        return self._folder.suggestion

    async def lately(self) -> Sequence[Dealt]:
        """What was taken and what was refused, newest first."""
        async with self._store.transaction() as tx:
            return await tx.watched.latest(limit=DEALT_KEPT)

    async def choose(self, user: User, wanted: Watched | None) -> Watched | None:
        """None forgets the folder. For administrators: it is one of this machine's. Raises `InvalidInput`."""
        if not user.is_admin:
            raise NotAllowed("Only an administrator can choose the watched folder.")
        if wanted is not None:
            wanted = replace(wanted, path=await self._folder.check(wanted.path))
        async with self._store.transaction() as tx:
            if wanted is not None:
                await _check_owner(tx, wanted)
            before = await tx.instance.get(WATCH_FOLDER)
            kept = asdict(wanted) if wanted else None
            if kept != before:
                await tx.instance.put(WATCH_FOLDER, kept)
                by, said = Actor(user.id, user.name), _said_of(wanted)
                await audit(tx, by, "programs.folder", said, at=self._clock.now())
        self._before.clear()
        self._stuck.clear()
        self.problem = None
        self._chosen.set()
        return wanted

    async def run(self) -> None:
        while True:
            self._chosen.clear()
            watched = await self.watched()
            is_on = watched is not None and watched.enabled
            if watched is not None and is_on:
                await self._try(watched)
            await self._wait(LOOKS_EVERY_SECONDS if is_on else ASKS_EVERY_SECONDS)

    async def _try(self, watched: Watched) -> None:
        try:
            await self.look(watched)
            self.problem = None
        except StorageUnavailable as error:
            if self.problem != str(error):
                logger.warning("watched folder cannot be used", extra={"reason": str(error)})
            self.problem = str(error)

    async def look(self, watched: Watched) -> int:
        """Take in what has not changed since the last look; the number of pictures dealt with."""
        seen = {one.name: one for one in await self._folder.look(watched.path)}
        before, self._before = self._before, seen
        steady = [one for one in seen.values() if before.get(one.name) == one and self._stuck.get(one.name) != one]
        for one in steady:
            await self._deal_with(watched, one)
        return len(steady)

    async def _deal_with(self, watched: Watched, seen: Seen) -> None:
        post_id = reason = None
        try:
            post_id = await self._take_in(watched, seen)
        except UserError as error:
            reason = error.sentence
            logger.info("picture in the watched folder refused", extra={"reason": reason})
        try:
            await self._folder.put_away(watched.path, seen, "failed" if reason else "done", reason=reason)
        except StorageUnavailable:
            # It stays where it is; as long as it does not change it is not taken again.
            self._stuck[seen.name] = seen
            raise
        async with self._store.transaction() as tx:
            dealt = Dealt(watched.user_id, self._clock.now(), seen.said, post_id, reason)
            await tx.watched.add(dealt, keep=DEALT_KEPT)

    async def _take_in(self, watched: Watched, seen: Seen) -> int:
        """The post it became."""
        beside = await self._said(watched, seen)
        async with self._intake.tray() as tray:
            file = await tray.add(seen.name, self._folder.read(watched.path, seen.name))
            await tray.keep()
            arrival = Arrival(
                user_id=watched.user_id,
                files=(file,),
                beside=(beside,),
                source="the watched folder",
                account_id=watched.account_id,
                to_draft=watched.to_draft,
            )
            # No key has a number below zero: these receipts are the folder's.
            retry = Retry(-watched.user_id, f"folder:{seen.said}:{seen.changed}:{file.sha256}")
            by = Actor(watched.user_id, "Watched folder", "folder")
            return (await self._intake.receive_once(arrival, by=by, retry=retry)).posts[0].id

    async def _said(self, watched: Watched, seen: Seen) -> Beside:
        if seen.sidecar is None:
            return Beside()
        text = await self._folder.read_text(watched.path, seen.sidecar, most=SIDECAR_MOST)
        return read_beside(seen.sidecar, text)

    async def _wait(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        chosen = asyncio.ensure_future(self._chosen.wait())
        try:
            await asyncio.wait([sleeping, chosen], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            chosen.cancel()


async def _check_owner(tx: WatchTransaction, wanted: Watched) -> None:
    owner = await tx.people.user(wanted.user_id)
    if owner is None or owner.is_disabled:
        raise InvalidInput({"owner_id": "There is no such person."})
    if wanted.account_id is None:
        return
    try:
        account = await tx.accounts.get(wanted.account_id)
    except NotFound:
        account = None
    if account is None or account.user_id != owner.id:
        raise InvalidInput({"account_id": f"{owner.name} has no such account."})


def _said_of(watched: Watched | None) -> str:
    if watched is None:
        return "No folder is watched any more."
    return f"{'Watches' if watched.enabled else 'Stopped watching'} the folder {watched.path}."
