"""Sharing an account: its owner makes a link, whoever opens it works on the account's posts from then on."""

import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.account import Account
from core.actor import Actor
from core.clock import Clock
from core.errors import Expired, InvalidInput, NotFound, WrongState
from core.events import Event
from core.people.access import SHARED_ROLES, AccountRole, Right, Shared, need
from core.people.audit import AuditRows, audit
from core.ports import Transaction
from core.users import PeopleRows, digest

SHARE_CHANGED = "account.shared"
LASTS = timedelta(days=7)
PEOPLE_MOST = 50
LINKS_MOST = 20
NO_LONGER = "This link was used, was taken back, or has expired. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody who works on an account that is not theirs."""

    account_id: int
    user_id: int
    name: str
    role: AccountRole
    shared_at: datetime


@dataclass(frozen=True, slots=True)
class ShareLink:
    """An open link; what it ends with is known to nobody here."""

    id: int
    account_id: int
    role: AccountRole
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link offers to whoever holds it."""

    link: ShareLink
    account: str
    owner: str


class ShareRows(Protocol):
    async def of_account(self, account_id: int) -> Sequence[Share]: ...

    async def keep(self, account_id: int, user_id: int, role: AccountRole, *, at: datetime) -> None:
        """New, or with another role."""
        ...

    async def remove(self, account_id: int, user_id: int) -> bool: ...

    async def links(self, account_id: int, *, now: datetime) -> Sequence[ShareLink]:
        """Open ones only."""
        ...

    async def add_link(
        self, account_id: int, token_hash: bytes, role: AccountRole, *, at: datetime, expires_at: datetime
    ) -> ShareLink: ...

    async def remove_link(self, account_id: int, link_id: int) -> bool: ...

    async def find_link(self, token_hash: bytes, *, now: datetime) -> ShareLink | None: ...

    async def use_link(self, link_id: int, *, at: datetime) -> bool:
        """False when somebody else was quicker."""
        ...


class ShareTransaction(Transaction, Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def shares(self) -> ShareRows: ...
    @property
    def audit(self) -> AuditRows: ...


class ShareStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[ShareTransaction]: ...


class Sharing:
    def __init__(self, store: ShareStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def people(self, account_id: int, *, by: Actor) -> tuple[Account, Sequence[Share], Sequence[ShareLink]]:
        """Who works on it beside its owner, and the open links. For its owner."""
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.OWN)
            account = await tx.accounts.get(account_id)
            shares = await tx.shares.of_account(account_id)
            return account, shares, await tx.shares.links(account_id, now=self._clock.now())

    async def offer(self, account_id: int, role: str, *, by: Actor) -> tuple[ShareLink, str]:
        """A link and what it ends with, which nobody can ask for again. It works once, for a week."""
        wanted, token, now = _role(role), secrets.token_urlsafe(32), self._clock.now()
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.OWN)
            if len(await tx.shares.links(account_id, now=now)) >= LINKS_MOST:
                raise InvalidInput({"role": f"There are {LINKS_MOST} open links already; take some back first."})
            link = await tx.shares.add_link(account_id, digest(token), wanted, at=now, expires_at=now + LASTS)
            account = await tx.accounts.get(account_id)
            await audit(tx, by, "share.offered", f"Made a link for {_a(wanted)} of {account.username}.", at=now)
        return link, token

    async def take_back(self, account_id: int, link_id: int, *, by: Actor) -> None:
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.OWN)
            if not await tx.shares.remove_link(account_id, link_id):
                raise NotFound("There is no such open link.")
            account = await tx.accounts.get(account_id)
            await audit(tx, by, "share.taken_back", f"Took a link to {account.username} back.", at=self._clock.now())

    async def look(self, token: str) -> Offer:
        """For whoever holds the link. Raises `Expired`, also for a link that never was."""
        async with self._store.transaction() as tx:
            link = await self._link(tx, token)
            account = await tx.accounts.get(link.account_id)
            owner = await tx.people.user(account.user_id)
        return Offer(link, account.username, owner.name if owner else "")

    async def accept(self, token: str, *, by: Actor) -> Shared:
        """Who holds the link works on the account from now on. A link never makes less of somebody."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            link = await self._link(tx, token)
            account = await tx.accounts.get(link.account_id)
            had = await tx.accounts.role_of(account.id, by.user_id)
            if had is AccountRole.OWNER:
                raise WrongState(f"{account.username} is your own account: the link is for somebody else.")
            if had is AccountRole.EDITOR or had is link.role:
                raise WrongState(f"You are {_a(had)} of {account.username} already.")
            if had is None and len(await tx.shares.of_account(account.id)) >= PEOPLE_MOST:
                raise WrongState(f"{PEOPLE_MOST} people work on {account.username} already; no more fit.")
            if not await tx.shares.use_link(link.id, at=now):
                raise Expired(NO_LONGER)
            await tx.shares.keep(account.id, by.user_id, link.role, at=now)
            await self._changed(tx, account, by.user_id, f"{by.name} works on it now, as {link.role}.", by)
            await audit(tx, by, "share.accepted", f"Became {_a(link.role)} of {account.username}.", at=now)
            owner = await tx.people.user(account.user_id)
        return Shared(account, link.role, owner.name if owner else "")

    async def change(self, account_id: int, user_id: int, role: str, *, by: Actor) -> None:
        wanted, now = _role(role), self._clock.now()
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.OWN)
            share = await self._share(tx, account_id, user_id)
            if share.role is wanted:
                return
            account = await tx.accounts.get(account_id)
            await tx.shares.keep(account_id, user_id, wanted, at=share.shared_at)
            await self._changed(tx, account, user_id, f"{share.name} works on it as {wanted} now.", by)
            about = f"Made {share.name} {_a(wanted)} of {account.username}."
            await audit(tx, by, "share.changed", about, at=now)

    async def end(self, account_id: int, user_id: int, *, by: Actor) -> Account:
        """By its owner; or by the one it is shared with, who leaves."""
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.SEE if user_id == by.user_id else Right.OWN)
            share = await self._share(tx, account_id, user_id)
            account = await tx.accounts.get(account_id)
            await tx.shares.remove(account_id, user_id)
            await self._changed(tx, account, user_id, f"{share.name} does not work on it any more.", by)
            about = "Left" if user_id == by.user_id else f"Ended the share of {share.name} in"
            await audit(tx, by, "share.ended", f"{about} {account.username}.", at=self._clock.now())
        return account

    async def _link(self, tx: ShareTransaction, token: str) -> ShareLink:
        link = await tx.shares.find_link(digest(token), now=self._clock.now())
        if link is None:
            raise Expired(NO_LONGER)
        return link

    async def _share(self, tx: ShareTransaction, account_id: int, user_id: int) -> Share:
        for share in await tx.shares.of_account(account_id):
            if share.user_id == user_id:
                return share
        raise NotFound("They do not work on this account.")

    async def _changed(self, tx: ShareTransaction, account: Account, user_id: int, text: str, by: Actor) -> None:
        """Told to both sides: open pages of either are out of date."""
        for whose in (account.user_id, user_id):
            told = Event(SHARE_CHANGED, text, self._clock.now(), whose, account_id=account.id, actor=by.name)
            await tx.events.add(told)


def _role(given: str) -> AccountRole:
    if given not in SHARED_ROLES:
        raise InvalidInput({"role": "Choose editor or reviewer."})
    return AccountRole(given)


def _a(role: AccountRole) -> str:
    return f"an {role}" if role is AccountRole.EDITOR else f"a {role}"
