"""Use cases: hold back everything a person would publish, or one account; let it go on; let an account go."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from core.account import Account, AccountStatus
from core.accounts import Accounts
from core.actor import Actor
from core.clock import Clock
from core.deviantart import TokenPair
from core.errors import NotFound, WrongState
from core.events import Event
from core.ports import AccountRepository, EventRepository
from core.users import PeopleRows, User


class PausingTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def events(self) -> EventRepository: ...
    @property
    def accounts(self) -> AccountRepository: ...


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

    async def disconnect(self, account_id: int, *, by: Actor) -> Account:
        """Forget the account's tokens; its posts stay and wait until it is connected again.

        Raises `NotFound`, also for other people's accounts, and `WrongState` while it is not connected.
        """
        async with self._store.transaction() as tx:
            account = await tx.accounts.get(account_id)
            if account.user_id != by.user_id:
                raise NotFound
            if account.status is AccountStatus.RECONNECT:
                raise WrongState(f"{account.username} is not connected.")
            now = self._clock.now()
            nothing = TokenPair(access_token="", refresh_token="", expires_in=timedelta(0), scopes=frozenset())
            gone = replace(await tx.accounts.save_tokens(account, nothing, at=now), status=AccountStatus.RECONNECT)
            await tx.accounts.save(gone)
            text = f"Disconnected {account.username}. Its posts wait until it is connected again."
            await tx.events.add(
                Event("account.unlinked", text, now, account.user_id, account_id=account_id, actor=by.name)
            )
            return gone

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
