"""An artist in Discord, all day: pictures dropped, cards pressed, commands given."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.library import a_picture, add_person, library
from benchmarks.processes import Running
from benchmarks.traffic import Deed
from core.discord_ports import DiscordPerson, DropChannel, GuildSetup
from tests.support.discord import Channel, LoopbackDiscord, User

COMMANDS = ("queue", "drafts", "status", "review", "help")
LATEST = 20  # of the cards in the review channel that somebody still scrolls to


@dataclass
class Household:
    """One server with a drop channel and a review channel, owned by the artist."""

    discord: LoopbackDiscord
    artist: User
    drops: Channel
    review: Channel
    random: Random
    number: int = 0

    @property
    def deeds(self) -> tuple[Deed, ...]:
        return ((5.0, self.drop), (4.0, self.press), (6.0, self.command))

    async def drop(self) -> None:
        self.number += 1
        picture = a_picture(100_000 + self.number, width=320, height=240)
        name = f"{self.number}.png"
        await self.discord.send_message(
            self.drops, self.artist, content=f"Drop {name}", attachments=[(name, picture)]
        )

    async def press(self) -> None:
        waiting = [card for card in self.review.messages[-LATEST:] if "Approve" in card.labels()]
        if waiting:
            await self.discord.click(waiting[0], self.random.choice(("Approve", "Skip", "Reject")), self.artist)

    async def command(self) -> None:
        await self.discord.slash(self.artist, self.drops, self.random.choice(COMMANDS))


async def a_household(home: Path, sandbox: Running, username: str) -> tuple[Household, dict[str, str]]:
    """*username* as an artist of the sandbox who is tied to Discord; and the settings that start the bot there."""
    discord = LoopbackDiscord()
    base = await discord.start()
    artist = discord.add_user(username)
    guild = discord.add_guild(owner=artist)
    household = Household(
        discord, artist, guild.add_text_channel("drops"), guild.add_text_channel("review"), Random(2)
    )
    async with library(home, sandbox.url) as app:
        account = await add_person(app, sandbox.url, username)
        now = app.clock.now()
        await app.discord_memory.tie(DiscordPerson(artist.id, account.user_id, username, now))
        channel = DropChannel(household.drops.id, guild.id, handled=household.drops.id)
        setup = GuildSetup(guild.id, artist.id, True, household.review.id, drop_channels=(channel,))
        await app.discord_memory.save_guild(setup, at=now)
    return household, {"DISCORD_TOKEN": discord.token, "DISCORD_API_BASE": base}
