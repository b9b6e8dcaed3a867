"""Use cases: gallery folders.

Every change is shown at once, and taken back with a sentence when DeviantArt refuses it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from core.actor import Actor
from core.clock import Clock
from core.deviantart import DeviationPage, GalleryFolder
from core.errors import AppError, ExternalError, InvalidInput, OutcomeUnknown, Refused, WrongState
from core.library import folder_order as order
from core.library.ports import FolderCopy, GalleryApi, LibraryStore
from core.line import Line, account_for, in_words
from core.people.access import Right

logger = logging.getLogger(__name__)

FRESH_FOR = timedelta(hours=1)
WORKS_AT_ONCE = 24  # the most that a call may name is not known (fact sheet, section 4)
CONTENTS_AT_ONCE = 24
WORKS_MOST = 240
ARRANGE_MOST = 40  # calls for one change of order


@dataclass(frozen=True, slots=True)
class FolderList:
    """`trouble` says why the list may be old; `fetched_at` None when DeviantArt has never answered."""

    branches: tuple[order.Branch, ...]
    fetched_at: datetime | None
    trouble: str = ""

    @property
    def folders(self) -> tuple[GalleryFolder, ...]:
        return order.flat(self.branches)


class Folders:
    def __init__(self, store: LibraryStore, line: Line, gallery: GalleryApi, clock: Clock) -> None:
        self._store = store
        self._line = line
        self._gallery = gallery
        self._clock = clock

    async def list(self, account_id: int, *, by: Actor, refresh: bool = False) -> FolderList:
        """The account's folders; asked for anew when the copy is older than an hour or *refresh* says so.

        When DeviantArt does not answer the copy is shown with its age and the reason.
        """
        await account_for(self._store, account_id, by, Right.EDIT)
        copy = await self._copy(account_id)
        is_fresh = copy.fetched_at is not None and self._clock.now() - copy.fetched_at < FRESH_FOR
        if is_fresh and not refresh:
            return FolderList(order.tree(copy.folders), copy.fetched_at)
        try:
            copy = await self._fetch(account_id)
        except ExternalError as error:
            return FolderList(order.tree(copy.folders), copy.fetched_at, str(in_words(error, "read the folders")))
        return FolderList(order.tree(copy.folders), copy.fetched_at)

    async def known(self, account_id: int, *, by: Actor) -> FolderList:
        """What is kept, without asking DeviantArt."""
        await account_for(self._store, account_id, by, Right.SEE)
        copy = await self._copy(account_id)
        return FolderList(order.tree(copy.folders), copy.fetched_at)

    async def contents(self, account_id: int, folder_id: str, *, by: Actor, offset: int = 0) -> DeviationPage:
        """A page of the folder's works."""
        await account_for(self._store, account_id, by, Right.EDIT)
        try:
            return await self._line.ask(
                account_id,
                lambda token: self._gallery.contents(token, folder_id.upper(), offset=offset, limit=CONTENTS_AT_ONCE),
            )
        except ExternalError as error:
            if isinstance(error, Refused):  # one that is not known here either is simply not there
                order.find((await self._copy(account_id)).folders, folder_id)
            raise in_words(error, "open the folder") from error

    async def create(
        self, account_id: int, name: str, *, by: Actor, description: str = "", parent_id: str | None = None
    ) -> GalleryFolder:
        """Listed first, because DeviantArt would make a second one of the same name."""
        found = await self.list(account_id, by=by)
        folders = found.folders
        parent_id = parent_id.upper() if parent_id else None
        if parent_id is not None and order.find(folders, parent_id).parent_id is not None:
            raise WrongState("DeviantArt shows two levels of folders only.")
        name = order.read_name(folders, name, parent_id)
        text = order.read_description(description)
        try:
            made = await self._line.ask(
                account_id,
                lambda token: self._gallery.create(token, name, description=text, parent_id=parent_id),
            )
        except OutcomeUnknown as error:
            return await self._find_made(account_id, folders, name, parent_id, error)
        except ExternalError as error:
            raise in_words(error, "make the folder") from error
        await self._keep(account_id, [*folders, replace(made, size=0)])
        return made

    async def change(
        self,
        account_id: int,
        folder_id: str,
        *,
        by: Actor,
        name: str | None = None,
        description: str | None = None,
    ) -> GalleryFolder:
        """Rename, describe."""
        folders = (await self.list(account_id, by=by)).folders
        folder = order.find(folders, folder_id)
        changed = folder
        if name is not None and " ".join(name.split()) != folder.name:
            if order.is_featured(folder):
                raise WrongState("DeviantArt keeps the name of Featured.")
            new_name = order.read_name(folders, name, folder.parent_id, but=folder.folder_id)
            changed = replace(changed, name=new_name)
        if description is not None and description.strip() != folder.description:
            changed = replace(changed, description=order.read_description(description))
        if changed != folder:
            after = [changed if other is folder else other for other in folders]
            await self._shown_at_once(
                account_id,
                folders,
                after,
                lambda token: self._gallery.update(token, folder, changed),
                "change the folder",
            )
        return changed

    async def nest(self, account_id: int, folder_id: str, parent_id: str | None, *, by: Actor) -> None:
        """Put it into another folder, or back to the top with None."""
        folders = (await self.list(account_id, by=by)).folders
        parent_id = parent_id.upper() if parent_id else None
        after = order.nested(folders, folder_id, parent_id)
        await self._shown_at_once(
            account_id,
            folders,
            after,
            lambda token: self._gallery.nest(token, folder_id.upper(), parent_id),
            "move the folder",
        )

    async def remove(self, account_id: int, folder_id: str, *, by: Actor) -> GalleryFolder:
        """The works in it stay published. Featured cannot go."""
        folders = (await self.list(account_id, by=by)).folders
        folder = order.find(folders, folder_id)
        if order.is_featured(folder):
            raise WrongState("Featured cannot be removed.")
        after = order.without(folders, folder.folder_id)
        await self._shown_at_once(
            account_id,
            folders,
            after,
            lambda token: self._gallery.remove(token, folder.folder_id),
            "remove the folder",
        )
        return folder

    async def arrange(self, account_id: int, parent_id: str | None, wanted: Sequence[str], *, by: Actor) -> int:
        """Bring siblings into the order of *wanted*; how many calls it took. Only what moved is asked for."""
        folders = (await self.list(account_id, by=by)).folders
        parent_id = parent_id.upper() if parent_id else None
        wanted = [folder_id.upper() for folder_id in wanted]
        needed = order.moves(order.siblings(folders, parent_id), wanted)
        if len(needed) > ARRANGE_MOST:
            raise InvalidInput({"order": f"At most {ARRANGE_MOST} folders can move at once."})
        if not needed:
            return 0

        left = list(needed)

        async def call(token: str) -> None:
            while left:  # a token that is refused half way is renewed, and this goes on where it was
                await self._gallery.place(token, left[0].id, left[0].position)
                del left[0]

        after = order.arranged(folders, parent_id, wanted)
        # Some may have moved before one was refused: what is true is then asked for.
        await self._shown_at_once(account_id, folders, after, call, "change the order", is_partial=len(needed) > 1)
        return len(needed)

    async def set_cover(self, account_id: int, folder_id: str, deviation_id: str, *, by: Actor) -> None:
        folders = (await self.list(account_id, by=by)).folders
        folder = order.find(folders, folder_id)
        work = _ids([deviation_id])[0]
        try:
            await self._line.ask(account_id, lambda token: self._gallery.set_cover(token, folder.folder_id, work))
        except ExternalError as error:
            raise in_words(error, "set the cover") from error
        finally:
            await self._doubt(account_id)

    async def copy_works(self, account_id: int, to_id: str, works: Sequence[str], *, by: Actor) -> int:
        target = (await self._folder(account_id, to_id, by)).folder_id
        return await self._with_works(
            account_id, works, "copy the works", lambda token, some: self._gallery.copy_works(token, target, some)
        )

    async def move_works(self, account_id: int, from_id: str, to_id: str, works: Sequence[str], *, by: Actor) -> int:
        source = (await self._folder(account_id, from_id, by)).folder_id
        target = (await self._folder(account_id, to_id, by)).folder_id
        if source == target:
            raise InvalidInput({"to": "They are in this folder already."})
        return await self._with_works(
            account_id,
            works,
            "move the works",
            lambda token, some: self._gallery.move_works(token, source, target, some),
        )

    async def remove_works(self, account_id: int, folder_id: str, works: Sequence[str], *, by: Actor) -> int:
        """Out of the folder; they stay published."""
        folder = (await self._folder(account_id, folder_id, by)).folder_id
        return await self._with_works(
            account_id,
            works,
            "take the works out",
            lambda token, some: self._gallery.remove_works(token, folder, some),
        )

    async def arrange_works(
        self, account_id: int, folder_id: str, wanted: Sequence[str], *, by: Actor, offset: int = 0
    ) -> int:
        """Bring the page of works that begins at *offset* into the order of *wanted*; how many calls it took.

        The page is read first: one that has changed meanwhile is refused, and only what moved is asked for.
        """
        folder = (await self._folder(account_id, folder_id, by)).folder_id
        shown = (await self.contents(account_id, folder, offset=offset, by=by)).deviations
        present = [work.deviation_id for work in shown if not work.is_deleted]
        wanted = _ids(wanted)
        if sorted(present) != sorted(wanted):
            raise InvalidInput({"works": "The works have changed meanwhile. Open the folder again and arrange them."})
        following = iter(wanted)
        row = [work.deviation_id if work.is_deleted else next(following) for work in shown]
        steps = order.moves([work.deviation_id for work in shown], row)
        return await self._place_works(account_id, folder, [(step.id, offset + step.position) for step in steps])

    async def lead_with(self, account_id: int, folder_id: str, works: Sequence[str], *, by: Actor) -> int:
        """Put *works* first in the folder, in the order given."""
        folder = (await self._folder(account_id, folder_id, by)).folder_id
        ids = _ids(works)
        if len(ids) > WORKS_AT_ONCE:
            raise InvalidInput({"works": f"At most {WORKS_AT_ONCE} works can be put first at once."})
        return await self._place_works(account_id, folder, [(work, 0) for work in reversed(ids)])

    async def _place_works(self, account_id: int, folder_id: str, places: Sequence[tuple[str, int]]) -> int:
        """One call each, in this order. A refusal half way says how far it came."""
        done = 0
        try:
            for work, position in places:
                await self._line.ask(account_id, partial(self._place_work, folder_id, work, position))
                done += 1
        except ExternalError as error:
            refused = in_words(error, "change the order")
            if not done:
                raise refused from error
            raise WrongState(f"{done} of {len(places)} moved. {refused.sentence}") from error
        return done

    async def _place_work(self, folder_id: str, work: str, position: int, token: str) -> None:
        await self._gallery.place_work(token, folder_id, work, position)

    async def _with_works(
        self,
        account_id: int,
        works: Sequence[str],
        doing: str,
        call: Callable[[str, Sequence[str]], Awaitable[None]],
    ) -> int:
        """In calls of 24; how many works are done. A refusal half way says how far it came."""
        ids = _ids(works)
        done = 0
        try:
            for start in range(0, len(ids), WORKS_AT_ONCE):
                some = ids[start : start + WORKS_AT_ONCE]
                await self._line.ask(account_id, partial(_apply, call, some))
                done += len(some)
        except ExternalError as error:
            refused = in_words(error, doing)
            if not done:
                raise refused from error
            raise WrongState(f"{done} of {len(ids)} are done. {refused.sentence}") from error
        finally:
            await self._doubt(account_id)
        return done

    async def _folder(self, account_id: int, folder_id: str, by: Actor) -> GalleryFolder:
        return order.find((await self.list(account_id, by=by)).folders, folder_id)

    async def _shown_at_once(
        self,
        account_id: int,
        before: Sequence[GalleryFolder],
        after: Sequence[GalleryFolder],
        call: Callable[[str], Awaitable[Any]],
        doing: str,
        *,
        is_partial: bool = False,
    ) -> None:
        """Keep *after*, make the call, and put *before* back when it was refused.

        Where nobody knows what happened, or some of it may have, the copy is marked and asked for anew.
        """
        await self._keep(account_id, after)
        try:
            await self._line.ask(account_id, call)
        except ExternalError as error:
            await self._keep(account_id, before)
            if is_partial or isinstance(error, OutcomeUnknown):
                await self._fetch_if_possible(account_id)
            raise in_words(error, doing) from error
        except AppError:
            await self._keep(account_id, before)
            raise

    async def _find_made(
        self,
        account_id: int,
        before: Sequence[GalleryFolder],
        name: str,
        parent_id: str | None,
        error: OutcomeUnknown,
    ) -> GalleryFolder:
        """The answer is missing: the list tells whether the folder is there."""
        await self._fetch_if_possible(account_id)
        known = {folder.folder_id for folder in before}
        for folder in (await self._copy(account_id)).folders:
            if folder.folder_id not in known and folder.name == name and folder.parent_id == parent_id:
                return folder
        raise in_words(error, "make the folder") from error

    async def _fetch(self, account_id: int) -> FolderCopy:
        folders = await self._line.ask(account_id, self._gallery.folders)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.rooms.folders.replace(account_id, folders, at=now)
        return FolderCopy(folders, now)

    async def _fetch_if_possible(self, account_id: int) -> None:
        await self._doubt(account_id)
        try:
            await self._fetch(account_id)
        except ExternalError as error:
            logger.warning("folders not read again", extra={"account_id": account_id, "reason": error.reason})

    async def _copy(self, account_id: int) -> FolderCopy:
        async with self._store.transaction() as tx:
            return await tx.rooms.folders.copy(account_id)

    async def _keep(self, account_id: int, folders: Sequence[GalleryFolder]) -> None:
        async with self._store.transaction() as tx:
            copy = await tx.rooms.folders.copy(account_id)
            await tx.rooms.folders.replace(account_id, folders, at=copy.fetched_at)

    async def _doubt(self, account_id: int) -> None:
        """What is kept may be wrong (sizes, covers): the next look asks DeviantArt."""
        async with self._store.transaction() as tx:
            await tx.rooms.folders.outdate(account_id)


async def _apply(call: Callable[[str, Sequence[str]], Awaitable[None]], some: Sequence[str], token: str) -> None:
    await call(token, some)


def _ids(works: Sequence[str]) -> list[str]:
    ids = list(dict.fromkeys(work.strip().upper() for work in works if work.strip()))
    if not ids:
        raise InvalidInput({"works": "Select works first."})
    if len(ids) > WORKS_MOST:
        raise InvalidInput({"works": f"At most {WORKS_MOST} works at once."})
    if any(len(work) > 64 or not all(c in "0123456789ABCDEF-" for c in work) for work in ids):
        raise InvalidInput({"works": "These are not ids of works."})
    return ids
