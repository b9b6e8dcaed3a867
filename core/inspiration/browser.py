"""Use case: look around on DeviantArt. Asked once for what many look at, and never again while a copy is good."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import AccessTokenRefused, AuthorizationLost, ExternalError, Refused, WrongState
from core.inspiration.looks import STALE_FOR, Look, Sight, checked
from core.inspiration.ports import BrowseApi, Copy, CopyReads, InspirationStore
from core.inspiration.works import About, Page, Shown
from core.line import AppLine, Line, in_words, own_account

IN_MEMORY = 200  # pages
KEPT_BYTES = 32 * 1024 * 1024
KEPT_FOR = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Seen:
    """`trouble` says why the copy is an old one; empty when it is good."""

    page: Page
    fetched_at: datetime
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks; `account_id` None: nobody's account, so public things only."""

    user_id: int
    account_id: int | None


class Browser:
    def __init__(
        self,
        store: InspirationStore,
        copies: CopyReads,
        api: BrowseApi,
        line: Line,
        app_line: AppLine,
        clock: Clock,
    ) -> None:
        self._store = store
        self._copies = copies
        self._api = api
        self._line = line
        self._app_line = app_line
        self._clock = clock
        self._memory: OrderedDict[bytes, Copy] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Copy]] = {}

    async def look(self, look: Look, viewer: Viewer) -> Seen:
        """Raises `InvalidInput`, and a `UserError` when DeviantArt does not answer and no copy is young enough."""
        look = checked(look, today=self._clock.now().date())
        account_id = await self._account_for(look, viewer)
        key = look.key(account_id)
        copy = await self._known(key)
        now = self._clock.now()
        if copy is not None and now - copy.fetched_at < look.good_for:
            return Seen(copy.page, copy.fetched_at)
        try:
            fresh = await self._ask_once(key, look, account_id)
        except ExternalError as error:
            refused = in_words(error, "look there")
            # An answer that says no is an answer; only silence makes an old copy worth showing.
            if copy is None or isinstance(error, Refused) or now - copy.fetched_at > STALE_FOR:
                raise refused from error
            return Seen(copy.page, copy.fetched_at, refused.sentence)
        return Seen(fresh.page, fresh.fetched_at)

    async def work(self, deviation_id: str, viewer: Viewer, *, mature: bool = False) -> tuple[Shown, About, Seen]:
        """A work with what DeviantArt says about it. Raises `WrongState` for one that is gone."""
        seen = await self.look(Look(Sight.WORK, deviation_id, mature=mature), viewer)
        if not seen.page.works:
            raise WrongState("This work is no longer on DeviantArt.")
        about = (await self.look(Look(Sight.METADATA, deviation_id, mature=mature), viewer)).page.about
        return seen.page.works[0], about or About(), seen

    async def download(self, deviation_id: str, viewer: Viewer) -> str:
        """A fresh link to the full file, never kept. Raises a `UserError` where the artist does not offer it."""
        look = checked(Look(Sight.WORK, deviation_id, mature=True), today=self._clock.now().date())
        account_id = await self._account_for(look, viewer)
        if account_id is None:
            raise WrongState("Connect a DeviantArt account first.")
        try:
            return await self._line.ask(account_id, lambda token: self._api.download(token, look.name))
        except ExternalError as error:
            raise in_words(error, "offer the file") from error

    async def sweep(self) -> int:
        async with self._store.transaction() as tx:
            before = self._clock.now() - KEPT_FOR
            return await tx.rooms.copies.sweep(before=before, most_bytes=KEPT_BYTES)

    async def _account_for(self, look: Look, viewer: Viewer) -> int | None:
        """Whose token is used: None for the application's own."""
        if not look.is_personal:
            return None
        if viewer.account_id is None:
            raise WrongState("Connect a DeviantArt account to see this.")
        return (await own_account(self._store, viewer.account_id, viewer.user_id)).id

    async def _known(self, key: bytes) -> Copy | None:
        copy = self._memory.get(key)
        if copy is None and (copy := await self._copies.find(key)) is not None:
            self._remember(key, copy)
        return copy

    def _remember(self, key: bytes, copy: Copy) -> None:
        self._memory[key] = copy
        self._memory.move_to_end(key)
        while len(self._memory) > IN_MEMORY:
            self._memory.popitem(last=False)

    async def _ask_once(self, key: bytes, look: Look, account_id: int | None) -> Copy:
        """Everybody who asks for the same at the same time waits for one call, which nobody's leaving cancels."""
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key, look, account_id), name="inspiration")
            self._asking[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    def _forget(self, key: bytes, done: asyncio.Task[Copy]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, so that nobody is told about it when all who asked have left

    async def _ask(self, key: bytes, look: Look, account_id: int | None) -> Copy:
        page = await self._answer(look, account_id)
        copy = Copy(page, self._clock.now())
        self._remember(key, copy)
        async with self._store.transaction() as tx:
            await tx.rooms.copies.put(key, look, account_id, copy)
        return copy

    async def _answer(self, look: Look, account_id: int | None) -> Page:
        if account_id is not None:
            return await self._line.ask(account_id, lambda token: self._api.look(token, look))
        try:
            return await self._app_line.ask(lambda token: self._api.look(token, look))
        except (AccessTokenRefused, AuthorizationLost) as error:
            raise Refused("deviantart", "DeviantArt does not let this application look there.") from error
