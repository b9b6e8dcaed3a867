"""The people of an instance: who may come in, who is administrator, whose access ended."""

from collections.abc import Sequence
from dataclasses import replace

from core.clock import Clock
from core.errors import NotAllowed, NotFound, WrongState
from core.planning.wall_clock import zone
from core.users import PeopleReads, PeopleStore, Role, User


def admit(*, is_first: bool, people: int, open_signup: bool, max_users: int) -> Role:
    """The role of somebody who signs in for the first time; raises `NotAllowed` when they may not.

    *max_users* 0 is no limit. The first person ever is the administrator and always comes in.
    """
    if is_first:
        return Role.ADMIN
    if not open_signup:
        raise NotAllowed("This instance takes new people by invitation only. Ask its administrator.")
    if max_users and people >= max_users:
        raise NotAllowed("This instance has no room for another person. Ask its administrator.")
    return Role.MEMBER


class People:
    """What people and administrators change about people."""

    def __init__(self, store: PeopleStore, reads: PeopleReads, clock: Clock) -> None:
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

    async def change_settings(self, user_id: int, **changes: object) -> User:
        """Merge *changes* into the person's settings; None removes one."""
        async with self._store.transaction() as tx:
            user = _known(await tx.people.user(user_id))
            merged = {**user.settings, **changes}
            user = replace(user, settings={name: value for name, value in merged.items() if value is not None})
            await tx.people.save_user(user)
        return user

    async def promote(self, user_id: int) -> User:
        return await self._change(user_id, role=Role.ADMIN)

    async def disable(self, user_id: int) -> User:
        """Their sessions end and their keys open nothing, from this moment on."""
        async with self._store.transaction() as tx:
            user = _known(await tx.people.user(user_id))
            admins = [u for u in await tx.people.users() if u.is_admin and not u.is_disabled]
            if admins == [user]:
                raise WrongState("Somebody has to stay administrator: promote another person first.")
            user = replace(user, disabled_at=user.disabled_at or self._clock.now())
            await tx.people.save_user(user)
            await tx.people.remove_sessions(user.id)
        return user

    async def enable(self, user_id: int) -> User:
        return await self._change(user_id, disabled_at=None)

    async def _change(self, user_id: int, **values: object) -> User:
        async with self._store.transaction() as tx:
            user = replace(_known(await tx.people.user(user_id)), **values)  # type: ignore[arg-type]
            await tx.people.save_user(user)
        return user


def _known(user: User | None) -> User:
    if user is None:
        raise NotFound("There is no such person.")
    return user
