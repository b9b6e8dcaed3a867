"""The bot as the process starts it, and what its documentation promises."""

from pathlib import Path

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.setup import NEEDED
from tests.support.app import running_app
from tests.support.discord import LoopbackDiscord
from tests.support.waiting import eventually

GUIDE = Path(__file__).parents[2] / "docs" / "discord.md"


async def test_a_process_with_a_token_connects_and_says_so(tmp_path: Path) -> None:
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with LoopbackDiscord() as loopback:
        guild = loopback.add_guild()
        try:
            async with running_app(
                tmp_path,
                DISCORD_TOKEN=loopback.token,
                DISCORD_API_BASE=loopback.base,
                DISCORD_GUILD_ID=str(guild.id),
            ) as app:
                ready = app.stranger()
                await loopback.until(lambda: app.app.bot.is_connected, 15, "the bot's connection")
                checks = (await ready.get("/ready")).body["checks"]
                metrics = (await ready.get("/metrics")).text
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway

    assert checks["discord"] == "connected" and "isekai_discord_connected 1.0" in metrics
    assert list(loopback.command_sets) == [guild.id] and not loopback.gateway.connected


async def test_a_process_whose_discord_is_away_is_ready_all_the_same(tmp_path: Path) -> None:
    base = Route.BASE
    try:
        async with running_app(tmp_path, DISCORD_TOKEN="any", DISCORD_API_BASE="http://127.0.0.1:9/api/v10") as app:
            await eventually(lambda: app.app.bot.state == "away" and app.app.publisher.state.last_sweep is not None)
            ready = await app.stranger().get("/ready")
    finally:
        Route.BASE = base

    assert ready.status == 200 and ready.body["checks"]["discord"] == "away"


def test_the_invitation_asks_for_exactly_what_is_needed() -> None:
    wanted = discord.Permissions(send_messages_in_threads=True, **dict.fromkeys(NEEDED, True))

    assert f"permissions={wanted.value}\n" in GUIDE.read_text(encoding="utf-8")


async def test_commands_move_from_everywhere_to_one_server(tmp_path: Path) -> None:
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with LoopbackDiscord() as loopback:
        guild = loopback.add_guild()
        settings = {"DISCORD_TOKEN": loopback.token, "DISCORD_API_BASE": loopback.base}
        try:
            for more in ({}, {"DISCORD_GUILD_ID": str(guild.id)}):
                async with running_app(tmp_path, None, **settings, **more) as app:
                    await loopback.until(lambda app=app: app.app.bot.is_connected, 15, "the connection")  # type: ignore[misc]
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway

    assert loopback.command_sets[None] == [] and len(loopback.command_sets[guild.id]) > 20
