"""The people of an instance: who may come in, who is administrator, whose access ended."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from core.events import Event
from core.people.audit import AuditRows, audit
from core.people.invites import need_admin
from core.planning.wall_clock import zone
from core.ports import EventRepository
from core.users import ApiKey, PeopleReads, PeopleRows, Role, User

SHUT_OUT = "person.shut_out"  # open pages of theirs end at once


class NotInvited(NotAllowed):
    """A newcomer without an invitation, where one is needed."""

    def __init__(self) -> None:
        super().__init__(
            "This instance takes new people by invitation only. Ask its administrator for a link; nothing about you"
            " was kept."
        )


class NoRoom(NotAllowed):
    def __init__(self) -> None:
        super().__init__("This instance has no room for another person. Ask its administrator.")


def admit(*, is_first: bool, people: int, open_signup: bool, max_users: int, invited: Role | None = None) -> Role:
    """The role of somebody who signs in for the first time; raises `NotAllowed` when they may not.

    *max_users* 0 is no limit. The first person ever is the administrator and always comes in. *invited*: as what.
    """
    if is_first:
        return Role.ADMIN
    if invited is None and not open_signup:
        raise NotInvited
    if max_users and people >= max_users:
        raise NoRoom
    return invited or Role.MEMBER


class PeopleTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def audit(self) -> AuditRows: ...
    @property
    def events(self) -> EventRepository: ...


class PeopleStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[PeopleTransaction]: ...


class People:
    """What people and administrators change about people. *by* None: somebody at the machine itself.

    `max_users` 0 is no limit.
    """

    def __init__(self, store: PeopleStore, reads: PeopleReads, clock: Clock, *, max_users: int = 0) -> None:
        self.max_users = max_users
        self._store = store
        self._reads = reads
        self._clock = clock

    async def users(self) -> Sequence[User]:
        return await self._reads.users()

    async def named(self, name: str) -> User:
        """Whatever the case. Raises `NotFound`."""
        async with self._store.transaction() as tx:
            return _known(await tx.people.user_named(name))

    async def choose_time_zone(self, user_id: int, name: str) -> User:
        """Raises `InvalidInput` for a name that is not a zone."""
        place = zone(name)
        return await self._change(user_id, time_zone=place.key, zone_chosen=True)

    async def suggest_time_zone(self, user_id: int, name: str) -> User:
        """What the browser says, used until the person chooses."""
        place = zone(name)
        async with self._store.transaction() as tx:
            user = _known(await tx.people.user(user_id))
            if user.zone_chosen or user.time_zone == place.key:
                return user
            user = replace(user, time_zone=place.key)
            await tx.people.save_user(user)
        return user

    async def choose_theme(self, user_id: int, theme: str) -> User:
        return await self._change(user_id, theme=theme if theme in {"light", "dark"} else "auto")

    async def change_settings(self, user_id: int, /, **changes: object) -> User:
        """Merge *changes* into the person's settings; None removes one."""
        async with self._store.transaction() as tx:
            user = _known(await tx.people.user(user_id))
            merged = {**user.settings, **changes}
            user = replace(user, settings={name: value for name, value in merged.items() if value is not None})
            await tx.people.save_user(user)
        return user

    async def promote(self, user_id: int, *, by: Actor | None = None) -> User:
        return await self.set_role(user_id, Role.ADMIN, by=by)

    async def set_role(self, user_id: int, role: str, *, by: Actor | None = None) -> User:
        """Raises `WrongState` for the last administrator, `InvalidInput` for a role there is not."""
        if role not in set(Role):
            raise InvalidInput({"role": "The role is admin or member."})
        async with self._store.transaction() as tx:
            user = await _for_admin(tx, user_id, by)
            if user.role == role:
                return user
            if role != Role.ADMIN:
                await keep_an_admin(tx.people, user)
            user = replace(user, role=Role(role))
            await tx.people.save_user(user)
            word = "an administrator" if user.is_admin else "a member"
            await audit(tx, by, "person.role", f"Made {user.name} {word}.", at=self._clock.now())
        return user

    async def disable(self, user_id: int, *, by: Actor | None = None) -> User:
        """Their sessions end and their keys open nothing, from this moment on; what they scheduled waits."""
        async with self._store.transaction() as tx:
            user = await _for_admin(tx, user_id, by)
            if user.is_disabled:
                return user
            await keep_an_admin(tx.people, user)
            user = replace(user, disabled_at=self._clock.now())
            await tx.people.save_user(user)
            await tx.people.remove_sessions(user.id)
            await tx.events.add(shut_out(user, self._clock.now()))
            await audit(tx, by, "person.disabled", f"Disabled {user.name}.", at=self._clock.now())
        return user

    async def enable(self, user_id: int, *, by: Actor | None = None) -> User:
        """Raises `WrongState` where there is no room, or when they are being removed."""
        async with self._store.transaction() as tx:
            user = await _for_admin(tx, user_id, by)
            if user.leaving_at is not None:
                raise WrongState("This person is being removed; that cannot be taken back.")
            if not user.is_disabled:
                return user
            if self.max_users and await tx.people.count_users() >= self.max_users:
                raise WrongState(f"This instance has room for {self.max_users} people, and as many use it already.")
            user = replace(user, disabled_at=None)
            await tx.people.save_user(user)
            await audit(tx, by, "person.enabled", f"Enabled {user.name} again.", at=self._clock.now())
        return user

    async def may_export(self, user_id: int, *, by: Actor) -> User:
        """Whose data an administrator may take out for them: of somebody who is disabled and cannot do it."""
        async with self._store.transaction() as tx:
            user = await _for_admin(tx, user_id, by)
            if not user.is_disabled or user.leaving_at is not None:
                raise WrongState(f"{user.name} exports what is theirs in Settings, Your data.")
            await audit(tx, by, "person.exported", f"Exported everything of {user.name}.", at=self._clock.now())
        return user

    async def revoke_key(self, user_id: int, key_id: int, *, by: Actor) -> ApiKey:
        """Somebody else's key, by an administrator."""
        async with self._store.transaction() as tx:
            user = await _for_admin(tx, user_id, by)
            key = await tx.people.key(user.id, key_id)
            if key is None:
                raise NotFound("There is no such key.")
            if key.revoked_at is None:
                await tx.people.revoke_key(key.id, at=self._clock.now())
                text = f"Revoked the key “{key.name}” of {user.name}."
                await audit(tx, by, "key.revoked", text, at=self._clock.now())
        return key

    async def _change(self, user_id: int, **values: object) -> User:
        async with self._store.transaction() as tx:
            user = replace(_known(await tx.people.user(user_id)), **values)  # type: ignore[arg-type]
            await tx.people.save_user(user)
        return user


def shut_out(user: User, now: datetime) -> Event:
    return Event(SHUT_OUT, f"The access of {user.name} ended.", now, user.id)


async def keep_an_admin(people: PeopleRows, leaving: User) -> None:
    """Raises `WrongState` when nobody who may sign in would be administrator without *leaving*."""
    if not leaving.is_admin or leaving.is_disabled:
        return
    if not any(u.is_admin and not u.is_disabled and u.id != leaving.id for u in await people.users()):
        raise WrongState("Somebody has to stay administrator: promote another person first.")


async def _for_admin(tx: PeopleTransaction, user_id: int, by: Actor | None) -> User:
    """The person whom an administrator changes; whether they are one is asked here and now."""
    if by is not None:
        await need_admin(tx.people, by)
    return _known(await tx.people.user(user_id))


def _known(user: User | None) -> User:
    if user is None:
        raise NotFound("There is no such person.")
    return user
