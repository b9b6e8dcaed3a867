"""Use case: pictures that are put into a folder come in, once they have stopped growing.

A picture that was taken goes to `done/`, one that was refused to `failed/` with the reason beside it. Taking it in is
recognised when repeated, so a crash between the two makes no second post.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import NotAllowed, StorageUnavailable, UserError
from core.ports import InstanceRepository
from core.posts.beside import Beside
from core.posts.intake import Arrival, Intake, Retry
from core.programs.settings import WATCH_FOLDER
from core.programs.sidecar import SIDECAR_MOST, read_beside
from core.users import User

logger = logging.getLogger(__name__)
LOOKS_EVERY_SECONDS = 2.0
ASKS_EVERY_SECONDS = 60.0  # whether a folder was chosen meanwhile


@dataclass(frozen=True, slots=True)
class Watched:
    """Which folder, and whose posts its pictures become. `to_draft`: past the review."""

    path: str
    user_id: int
    to_draft: bool = False
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture in the folder: `size` and `changed` (nanoseconds) tell whether it is still being written."""

    name: str
    size: int
    changed: int
    sidecar: str | None = None


class Folder(Protocol):
    """The folder on disk; every call names it. Errors are `StorageUnavailable` with a sentence."""

    async def check(self, path: str) -> str:
        """The path as it will be used. Raises `InvalidInput` when it may not be watched."""
        ...

    async def look(self, path: str) -> Sequence[Seen]:
        """Pictures directly in it, oldest first, each with the file beside it that describes it."""
        ...

    def read(self, path: str, name: str) -> AsyncIterator[bytes]: ...

    async def read_text(self, path: str, name: str, *, most: int) -> str:
        """Raises `InvalidInput` when it is longer than *most* bytes."""
        ...

    async def put_away(self, path: str, seen: Seen, into: str, *, reason: str | None = None) -> None:
        """Move the picture and its side-car into the sub-folder *into*, under names that are free there."""
        ...


class WatchTransaction(Protocol):
    @property
    def instance(self) -> InstanceRepository: ...


class WatchStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[WatchTransaction]: ...


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

    async def choose(self, user: User, wanted: Watched | None) -> Watched | None:
        """None stops the watching. For administrators: the folder is one of this machine's."""
        if not user.is_admin:
            raise NotAllowed("Only an administrator can choose the watched folder.")
        if wanted is not None:
            wanted = Watched(
                await self._folder.check(wanted.path), wanted.user_id, wanted.to_draft, wanted.account_id
            )
        async with self._store.transaction() as tx:
            await tx.instance.put(WATCH_FOLDER, asdict(wanted) if wanted else None)
        self._before.clear()
        self._stuck.clear()
        self.problem = None
        self._chosen.set()
        return wanted

    async def run(self) -> None:
        while True:
            self._chosen.clear()
            watched = await self.watched()
            if watched is not None:
                await self._try(watched)
            await self._wait(LOOKS_EVERY_SECONDS if watched else ASKS_EVERY_SECONDS)

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
        try:
            await self._take_in(watched, seen)
            reason = None
        except UserError as error:
            reason = error.sentence
            logger.info("picture in the watched folder refused", extra={"reason": reason})
        try:
            await self._folder.put_away(watched.path, seen, "failed" if reason else "done", reason=reason)
        except StorageUnavailable:
            # It stays where it is; as long as it does not change it is not taken again.
            self._stuck[seen.name] = seen
            raise

    async def _take_in(self, watched: Watched, seen: Seen) -> None:
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
            # No key has a number below zero: these receipts are the folder's. A name may hold bytes that are no text.
            name = seen.name.encode("utf-8", "backslashreplace").decode()
            retry = Retry(-watched.user_id, f"folder:{name}:{seen.changed}:{file.sha256}")
            await self._intake.receive_once(
                arrival, by=Actor(watched.user_id, "Watched folder", "folder"), retry=retry
            )

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
