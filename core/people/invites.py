"""Invites: a link that lets one person in, once, for a while, as what the administrator chose."""

import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import Expired, InvalidInput, NotAllowed, NotFound, WrongState
from core.people.audit import AuditRows, audit
from core.users import PeopleRows, Role, User, digest

LASTS = timedelta(days=7)
LONGEST = timedelta(days=365)
NOTE_KEPT = 200
OPEN_MOST = 200
NO_LONGER = "This invitation was used, was taken back, or has expired. Ask for a new one."


class InviteState(StrEnum):
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Invite:
    """`made_by` and `used_by` are names; None for somebody who is not here any more."""

    id: int
    role: Role
    note: str
    made_by: str | None
    made_at: datetime
    expires_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> InviteState:
        if self.used_at is not None:
            return InviteState.USED
        if self.revoked_at is not None:
            return InviteState.REVOKED
        return InviteState.EXPIRED if self.expires_at <= now else InviteState.OPEN


class InviteRows(Protocol):
    async def add(
        self, token_hash: bytes, *, role: Role, note: str, made_by: int, at: datetime, expires_at: datetime
    ) -> Invite: ...

    async def find(self, token_hash: bytes) -> Invite | None: ...

    async def get(self, invite_id: int) -> Invite | None: ...

    async def count_open(self, *, now: datetime) -> int: ...

    async def use(self, token_hash: bytes, *, user_id: int, at: datetime) -> bool:
        """False when it is not open any more."""
        ...

    async def revoke(self, invite_id: int, *, at: datetime) -> None: ...


class InviteReads(Protocol):
    async def invites(self, *, limit: int = 200) -> Sequence[Invite]:
        """Newest first."""
        ...

    async def invite(self, token_hash: bytes) -> Invite | None: ...


class InviteTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def invites(self) -> InviteRows: ...
    @property
    def audit(self) -> AuditRows: ...


class InviteStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[InviteTransaction]: ...


class Invites:
    def __init__(self, store: InviteStore, reads: InviteReads, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock

    async def all(self, *, by: Actor) -> Sequence[Invite]:
        """Raises `NotFound` for whoever is no administrator: the room is not there for them."""
        async with self._store.transaction() as tx:
            await need_admin(tx.people, by)
        return await self._reads.invites()

    async def make(
        self, *, by: Actor, role: str = "member", note: str = "", lasts: timedelta = LASTS
    ) -> tuple[Invite, str]:
        """The invite and what its link ends with, which nobody can ask for again."""
        wanted, words = _read(role, note, lasts)
        token, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._store.transaction() as tx:
            admin = await need_admin(tx.people, by)
            if await tx.invites.count_open(now=now) >= OPEN_MOST:
                raise InvalidInput({"note": f"There are {OPEN_MOST} open invitations already; take some back first."})
            invite = await tx.invites.add(
                digest(token), role=wanted, note=words, made_by=admin.id, at=now, expires_at=now + lasts
            )
            article = "an administrator" if wanted is Role.ADMIN else "a member"
            await audit(tx, by, "invite.made", f"Invited {article}{f' ({words})' if words else ''}.", at=now)
        return invite, token

    async def revoke(self, invite_id: int, *, by: Actor) -> Invite:
        """Taking back what is not open any more changes nothing, except for one that was used: `WrongState`."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await need_admin(tx.people, by)
            invite = await tx.invites.get(invite_id)
            if invite is None:
                raise NotFound("There is no such invitation.")
            if invite.used_at is not None:
                raise WrongState("This invitation was used already. Disable the person instead.")
            if invite.revoked_at is None:
                await tx.invites.revoke(invite_id, at=now)
                await audit(
                    tx, by, "invite.revoked", f"Took back the invitation “{invite.note or invite.id}”.", at=now
                )
        return invite

    async def look(self, token: str) -> Invite:
        """For whoever holds the link. Raises `Expired`, also for a link that never was."""
        invite = await self._reads.invite(digest(token))
        if invite is None or invite.state(self._clock.now()) is not InviteState.OPEN:
            raise Expired(NO_LONGER)
        return invite


async def need_admin(people: PeopleRows, by: Actor) -> User:
    """Asked anew in the transaction that acts: a role may have been taken a moment ago."""
    user = await people.user(by.user_id)
    if user is None or user.is_disabled or not user.is_admin:
        raise NotFound
    return user


async def invited_as(invites: InviteRows, token_hash: bytes, *, now: datetime) -> Role:
    """The role that an invite gives. Raises `NotAllowed` when it opens nothing any more."""
    invite = await invites.find(token_hash)
    if invite is None or invite.state(now) is not InviteState.OPEN:
        raise NotAllowed(NO_LONGER)
    return invite.role


def _read(role: str, note: str, lasts: timedelta) -> tuple[Role, str]:
    wrong: dict[str, str] = {}
    if role not in set(Role):
        wrong["role"] = "The role is admin or member."
    words = " ".join(note.split())
    if len(words) > NOTE_KEPT or not words.isprintable():
        wrong["note"] = f"A note has at most {NOTE_KEPT} plain characters."
    if not timedelta(minutes=5) <= lasts <= LONGEST:
        wrong["expires_at"] = "An invitation lasts from five minutes to a year."
    if wrong:
        raise InvalidInput(wrong)
    return Role(role), words
