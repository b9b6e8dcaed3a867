"""Use cases: hold back everything a person would publish, or one account of theirs, and let it go on."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from core.accounts import Accounts
from core.actor import Actor
from core.clock import Clock
from core.errors import NotFound
from core.events import Event
from core.ports import EventRepository
from core.users import PeopleRows, User


class PausingTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def events(self) -> EventRepository: ...


class PausingStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[PausingTransaction]: ...


class Pausing:
    """Posts keep their times; what came due meanwhile goes out after resuming."""

    def __init__(self, store: PausingStore, accounts: Accounts, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock

    async def pause(self, *, by: Actor, account_id: int | None = None) -> str:
        """Everything, or that account; answers with a sentence. Raises `NotFound`."""
        if account_id is not None:
            account = await self._accounts.pause(account_id, by=by)
            return f"{account.username} is paused."
        await self._set(by, is_paused=True)
        return "Publishing is paused."

    async def resume(self, *, by: Actor, account_id: int | None = None) -> str:
        if account_id is not None:
            account = await self._accounts.resume(account_id, by=by)
            return f"{account.username} publishes again."
        await self._set(by, is_paused=False)
        return "Publishing goes on."

    async def _set(self, by: Actor, *, is_paused: bool) -> User:
        async with self._store.transaction() as tx:
            user = await tx.people.user(by.user_id)
            if user is None:
                raise NotFound
            if bool(user.paused_at) is is_paused:
                return user
            now = self._clock.now()
            changed = replace(user, paused_at=now if is_paused else None)
            await tx.people.save_user(changed)
            kind, text = (
                ("user.paused", "Publishing paused.") if is_paused else ("user.resumed", "Publishing resumed.")
            )
            await tx.events.add(Event(kind, text, now, user.id, actor=by.name))
            return changed
