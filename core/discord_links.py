"""Tying a Discord user to a person here: a one-time link, opened by whoever is signed in."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from core.clock import Clock
from core.discord_ports import DiscordMemory, DiscordPerson, DropChannel, LinkCode
from core.errors import Expired, NotFound
from core.users import digest

LINK_LASTS = timedelta(minutes=10)
NO_LONGER = "This link was used already or is older than ten minutes. Ask for a new one with /link."


class DiscordLinks:
    def __init__(self, memory: DiscordMemory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock

    async def begin(self, discord_id: int, name: str) -> str:
        """A code for that Discord user; what was given before opens nothing any more."""
        code = secrets.token_urlsafe(24)
        expires_at = self._clock.now() + LINK_LASTS
        await self._memory.add_code(LinkCode(digest(code), discord_id, name[:100], expires_at))
        return code

    async def look(self, code: str) -> LinkCode:
        """Whom the code would tie. Raises `Expired`, also for a code that never was."""
        found = await self._memory.code(digest(code))
        if found is None or found.used_at is not None or found.expires_at <= self._clock.now():
            raise Expired(NO_LONGER)
        return found

    async def tie(self, code: str, user_id: int) -> DiscordPerson:
        """Use the code up. Raises `Expired` when somebody else did, or it is too old."""
        found = await self.look(code)
        now = self._clock.now()
        if not await self._memory.use_code(found.code_hash, at=now):
            raise Expired(NO_LONGER)
        person = DiscordPerson(found.discord_id, user_id, found.name, now)
        await self._memory.tie(person)
        return person

    async def people_of(self, user_id: int) -> Sequence[DiscordPerson]:
        return await self._memory.people_of(user_id)

    async def drop_channels_of(self, user_id: int) -> tuple[DropChannel, ...]:
        """The channels whose pictures become this person's posts."""
        people = {person.discord_id for person in await self._memory.people_of(user_id)}
        if not people:
            return ()
        return tuple(
            channel
            for setup in await self._memory.guilds()
            if setup.owner_id in people
            for channel in setup.drop_channels
        )

    async def untie(self, discord_id: int) -> None:
        """Raises `NotFound` when nobody is tied to that Discord user."""
        if not await self._memory.untie(discord_id):
            raise NotFound("Your Discord account is not linked.")
