"""Who presses: from a Discord user to a person here, and what they may decide."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.services import Services
from core.actor import Actor
from core.discord_ports import GuildSetup
from core.errors import NotAllowed
from core.posts.post import Post
from core.users import User

NOT_LINKED = "Your Discord account is not linked to Isekai yet. Use /link, open the address, and come back."
NOT_YOURS = "Only the artist and people with the reviewer role may decide about this post."

NOT_AGREED = (
    "The artist has not allowed this server's reviewers to decide yet. Isekai asked them in the review channel."
)


ENDED = "Your access to Isekai ended. Ask its administrator."


@dataclass(frozen=True, slots=True)
class Somebody:
    """A linked Discord user."""

    user: User

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, self.user.name, "discord")


async def linked(services: Services, discord_id: int) -> Somebody | None:
    """None for a Discord user that nobody is tied to, or whose access ended."""
    person = await services.memory.person(discord_id)
    user = None if person is None else await services.people_reads.user(person.user_id)
    return None if user is None or user.is_disabled else Somebody(user)


async def need_linked(interaction: discord.Interaction, services: Services) -> Somebody:
    """Raises `NotAllowed` with what to do."""
    somebody = await linked(services, interaction.user.id)
    if somebody is None:
        raise NotAllowed(NOT_LINKED)
    return somebody


async def decider(interaction: discord.Interaction, services: Services, post: Post) -> Actor:
    """As whom this member may decide about *post*: its artist, somebody the account is shared with, or a reviewer of
    the server. Raises `NotAllowed`."""
    somebody = await linked(services, interaction.user.id)
    if somebody is not None and somebody.user.id == post.user_id:
        return somebody.actor
    if somebody is not None and await _is_shared(services, somebody, post):
        return somebody.actor
    if await _is_shut_out(services, interaction.user.id):
        raise NotAllowed(ENDED)
    setup = await _reviewed_by(interaction, services, post)
    if setup is not None and setup.owner_agreed:
        return Actor(post.user_id, interaction.user.display_name[:80], "discord")
    if setup is not None:
        raise NotAllowed(NOT_AGREED)
    raise NotAllowed(NOT_YOURS if somebody is not None else f"{NOT_YOURS} {NOT_LINKED}")


async def _is_shut_out(services: Services, discord_id: int) -> bool:
    """A role on the server gives nobody back what an administrator took."""
    person = await services.memory.person(discord_id)
    user = None if person is None else await services.people_reads.user(person.user_id)
    return user is not None and user.is_disabled


async def _is_shared(services: Services, somebody: Somebody, post: Post) -> bool:
    return any(one.account.id == post.account_id for one in await services.reads.shared(somebody.user.id))


async def _reviewed_by(interaction: discord.Interaction, services: Services, post: Post) -> GuildSetup | None:
    """The set-up of the server where this artist's drops arrive, when this member has its reviewer role."""
    if interaction.guild_id is None or not isinstance(interaction.user, discord.Member):
        return None
    setup = await services.memory.guild(interaction.guild_id)
    if setup is None or setup.reviewer_role_id is None or setup.owner_id is None:
        return None
    owner = await services.memory.person(setup.owner_id)
    if owner is None or owner.user_id != post.user_id:
        return None
    return setup if interaction.user.get_role(setup.reviewer_role_id) is not None else None


async def zone_of(services: Services, user_id: int) -> str:
    user = await services.people_reads.user(user_id)
    return "UTC" if user is None else user.time_zone
