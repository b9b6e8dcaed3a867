"""What the bot remembers about Discord, and the port of whoever keeps it.

Ids called `…_id` that are not ours are Discord's snowflakes: 64-bit integers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DiscordPerson:
    """A Discord user tied to one of our people. One person may have several Discord users."""

    discord_id: int
    user_id: int
    name: str
    linked_at: datetime
    dm_refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A one-time link under way: whoever opens it signed in is tied to this Discord user."""

    code_hash: bytes = field(repr=False)
    discord_id: int
    name: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DropChannel:
    """A channel whose pictures become posts. `handled` is the last message that was dealt with."""

    channel_id: int
    guild_id: int
    one_post: bool = False
    to_draft: bool = False
    account_id: int | None = None
    handled: int = 0


@dataclass(frozen=True, slots=True)
class GuildSetup:
    """What `/setup` chose for a server. `owner_id` is the Discord user whose posts its drops become.

    Anybody may have a server and name an owner: until that person has agreed, its reviewers decide nothing.
    """

    guild_id: int
    owner_id: int | None = None
    owner_agreed: bool = False
    review_channel_id: int | None = None
    notices_channel_id: int | None = None
    reviewer_role_id: int | None = None
    drop_channels: tuple[DropChannel, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A message that shows a post. `message_id` is None until Discord said it has it."""

    id: int
    post_id: int
    guild_id: int
    channel_id: int
    message_id: int | None = None
    rendered_event_id: int = 0
    rendered_hash: str = ""
    made_at: datetime | None = None

    @property
    def nonce(self) -> str:
        """Discord keeps a nonce for some minutes: a repeated send in that time makes no second message."""
        return f"isekai-card-{self.id}"


class DiscordMemory(Protocol):
    """Each call is one transaction; what belongs together is one call."""

    # people

    async def person(self, discord_id: int) -> DiscordPerson | None: ...

    async def people_of(self, user_id: int) -> Sequence[DiscordPerson]: ...

    async def tie(self, person: DiscordPerson) -> None:
        """Replaces an earlier tie of the same Discord user."""
        ...

    async def untie(self, discord_id: int) -> bool:
        """Whether there was a tie."""
        ...

    async def note_dm_refused(self, discord_id: int, at: datetime | None) -> bool:
        """Remember (or, with None, forget) that direct messages are refused; whether that is news."""
        ...

    async def add_code(self, code: LinkCode) -> None:
        """Ends earlier codes of the same Discord user and sweeps expired ones."""
        ...

    async def code(self, code_hash: bytes) -> LinkCode | None: ...

    async def use_code(self, code_hash: bytes, *, at: datetime) -> bool:
        """False when it was used before or has expired."""
        ...

    # servers

    async def guild(self, guild_id: int) -> GuildSetup | None: ...

    async def guilds(self) -> Sequence[GuildSetup]: ...

    async def save_guild(self, setup: GuildSetup, *, at: datetime) -> None:
        """Everything, its drop channels too; positions of known channels stay."""
        ...

    async def forget_guild(self, guild_id: int) -> None:
        """With its drop channels and cards."""
        ...

    async def drop_channel(self, channel_id: int) -> tuple[DropChannel, GuildSetup] | None: ...

    async def set_handled(self, channel_id: int, message_id: int) -> None:
        """Moves forward only."""
        ...

    # drops

    async def dropped(self, message_id: int) -> dict[int, int | None]:
        """Attachments of the message that were dealt with, with the post each became."""
        ...

    async def note_drop(
        self, channel_id: int, message_id: int, posts: dict[int, int | None], *, at: datetime
    ) -> None: ...

    async def drop_of_post(self, post_id: int) -> tuple[int, int] | None:
        """Channel and message a post came from."""
        ...

    async def hint_once(self, channel_id: int, discord_id: int) -> bool:
        """Whether this person was not yet given the hint in this channel; now they were."""
        ...

    # cards

    async def review_place(self, user_id: int, post_id: int) -> tuple[int, int] | None:
        """Guild and review channel for a person's post: where it was dropped, else their newest set-up."""
        ...

    async def notice_places(self, user_id: int) -> Sequence[tuple[int, int]]:
        """Guilds and notices channels of a person, newest set-up first."""
        ...

    async def add_card(self, post_id: int, guild_id: int, channel_id: int, *, at: datetime) -> Card | None:
        """None when this channel shows the post already."""
        ...

    async def cards_of(self, post_ids: Iterable[int]) -> Sequence[Card]: ...

    async def card_at(self, message_id: int) -> Card | None: ...

    async def unsent_cards(self) -> Sequence[Card]:
        """Those whose send was never confirmed."""
        ...

    async def card_sent(self, card_id: int, message_id: int) -> None: ...

    async def card_rendered(self, card_id: int, *, event_id: int, rendered_hash: str) -> None: ...

    async def forget_card(self, card_id: int) -> None: ...

    async def prune(self, *, before: datetime) -> None:
        """Drop what nobody can ask about any more: refused drops and link codes from before then."""
        ...
