"""The imitation behaves as the unmodified discord.py expects of Discord."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from tests.support.discord import LoopbackDiscord, NotShown

PNG = b"\x89PNG-not-really" * 1000


class TinyBot(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.resumed = 0
        self.tree.add_command(greet)
        self.tree.add_command(keep)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        return

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_resumed(self) -> None:
        self.resumed += 1

    async def setup_hook(self) -> None:
        _, url, _ = await self.http.get_bot_gateway()
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        await self.tree.sync()


class Question(discord.ui.Modal, title="A question"):
    answer: discord.ui.TextInput[Question] = discord.ui.TextInput(label="Answer", custom_id="answer")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"You said {self.answer.value}", ephemeral=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, _: discord.ui.Button[Buttons]) -> None:
        await interaction.response.send_modal(Question())

    @discord.ui.button(label="Done", custom_id="done")
    async def done(self, interaction: discord.Interaction, _: discord.ui.Button[Buttons]) -> None:
        await interaction.response.edit_message(content="finished", view=None)

    @discord.ui.select(
        custom_id="pick", options=[discord.SelectOption(label="One"), discord.SelectOption(label="Two")]
    )
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Buttons]) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"picked {select.values[0]}", ephemeral=True)


@app_commands.command()
@app_commands.default_permissions(manage_guild=True)
async def greet(
    interaction: discord.Interaction,
    name: str,
    file: discord.Attachment,
    where: discord.TextChannel | None = None,
) -> None:
    """Say hello."""
    await interaction.response.defer(ephemeral=True)
    size = len(await file.read())
    await interaction.followup.send(f"hello {name}, {size} bytes, {where}", view=Buttons())


@greet.autocomplete("name")
async def names(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed}!", value=typed)]


@app_commands.context_menu(name="Keep this")
async def keep(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"kept {message.content} with {len(message.attachments)}")


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as running:
        yield running


@pytest.fixture
async def bot(server: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TinyBot]:
    monkeypatch.setattr(discord.http.Route, "BASE", server.base)
    default = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", default)
    server.add_guild("Studio").add_text_channel("drops")
    client = TinyBot()
    running = asyncio.ensure_future(client.start(server.token))
    await server.wait_until_connected()
    await client.wait_until_ready()
    yield client
    await client.close()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_message_with_a_picture_arrives_and_can_be_answered(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel = server.guilds[0].channels[0]
    mira = server.add_user("mira")

    await server.send_message(channel, mira, content="look", attachments=[("SPOILER_a.png", PNG)])
    await server.until(lambda: bot.heard)
    heard = bot.heard[0]
    await heard.add_reaction("⏳")
    reply = await heard.channel.send("thanks", file=discord.File(__file__, "copy.py"))
    await reply.edit(content="thank you")
    await heard.remove_reaction("⏳", bot.user)  # type: ignore[arg-type]

    assert heard.content == "look" and heard.attachments[0].is_spoiler()
    assert await heard.attachments[0].read() == PNG
    assert channel.messages[0].reactions == {}
    assert channel.messages[1].content == "thank you" and channel.messages[1].edits == 1
    assert channel.messages[1].files[0].filename == "copy.py"


async def test_slash_commands_defer_take_files_and_show_buttons_that_lead_to_modals(
    server: LoopbackDiscord, bot: TinyBot
) -> None:
    channel, owner = server.guilds[0].channels[0], server.guilds[0].owner

    options = {"name": "juno", "file": ("a.png", PNG), "where": channel}
    handle = await server.slash(owner, channel, "greet", options)
    said = await handle.wait_message()
    greeting = said.content
    asked = await server.click(said, "Ask", owner)
    told = await server.submit_modal(asked, {"Answer": "42"})
    await told.wait_message()
    picked = await server.select(said, "pick", owner, ["Two"])
    await picked.wait_message()
    await (await server.click(said, "Done", owner)).wait_response()

    assert handle.is_ephemeral and f"hello juno, {len(PNG)} bytes, drops" in greeting
    assert told.text == "You said 42" and picked.followups[0].content == "picked Two"
    assert said.content == "finished" and said.controls() == []
    assert channel.messages == []


async def test_autocomplete_and_message_menus_answer(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel, mira = server.guilds[0].channels[0], server.add_user("mira")
    message = await server.send_message(channel, mira, content="a fox", attachments=[("a.png", PNG)])

    offered = await server.autocomplete(mira, channel, "greet", "name", "ju")
    kept = await server.message_menu(mira, message, "Keep this")
    await kept.wait_message()

    assert offered == [{"name": "ju!", "value": "ju"}]
    assert kept.text == "kept a fox with 1" and not kept.is_ephemeral


async def test_a_command_is_hidden_from_those_without_its_permission(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel, mira = server.guilds[0].channels[0], server.add_user("mira")

    with pytest.raises(NotShown):
        await server.slash(mira, channel, "greet", {"name": "x", "file": ("a.png", PNG)})


async def test_a_dropped_connection_is_resumed_and_missed_events_arrive(
    server: LoopbackDiscord, bot: TinyBot
) -> None:
    channel, mira = server.guilds[0].channels[0], server.add_user("mira")

    await server.gateway.drop()
    await server.send_message(channel, mira, content="while away")

    await server.until(lambda: bot.heard)
    assert server.gateway.resumes == 1 and len(server.gateway.identifies) == 1
    assert [message.content for message in bot.heard] == ["while away"]


async def test_events_of_a_session_that_cannot_be_resumed_never_arrive(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel, mira = server.guilds[0].channels[0], server.add_user("mira")

    server.gateway.refuses_connections = True
    await server.gateway.drop()
    await server.send_message(channel, mira, content="lost")
    server.gateway.forget_sessions()
    server.gateway.refuses_connections = False
    await server.until(lambda: len(server.gateway.identifies) == 2, 15)
    await server.send_message(channel, mira, content="after")

    await server.until(lambda: bot.heard)
    assert [message.content for message in bot.heard] == ["after"]


async def test_discord_may_ask_for_a_reconnect_and_invalidate_sessions(server: LoopbackDiscord, bot: TinyBot) -> None:
    await server.gateway.ask_to_reconnect()
    await server.until(lambda: server.gateway.resumes == 1)
    await server.gateway.invalidate()

    await server.until(lambda: len(server.gateway.identifies) == 2)


async def test_a_wrong_token_is_refused(server: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", server.base)
    client = TinyBot()

    with pytest.raises(discord.LoginFailure):
        await client.start("wrong")
    await client.close()


async def test_rate_limits_and_server_errors_are_retried_without_a_second_message(
    server: LoopbackDiscord, bot: TinyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = server.guilds[0].channels[0]
    monkeypatch.setattr("discord.http.asyncio.sleep", _no_sleep)
    server.faults.rate_limit("POST", "/messages$", retry_after=0.01)
    server.faults.rate_limit("POST", "/messages$", retry_after=0.01, is_global=True)
    server.faults.server_error_after_effect("POST", "/messages$")

    await bot.get_channel(channel.id).send("once")  # type: ignore[union-attr]

    assert [message.content for message in channel.messages] == ["once"]
    assert server.rate_limited == 2


async def _no_sleep(_: float) -> None:
    return


async def test_an_answer_can_be_lost_and_the_nonce_tells_the_repetition(
    server: LoopbackDiscord, bot: TinyBot
) -> None:
    channel = server.guilds[0].channels[0]
    server.faults.lose_answer("POST", "/messages$")
    known: Any = bot.get_channel(channel.id)

    with pytest.raises(aiohttp.ClientError):
        await known.send("card", nonce="card-1")
    again = await known.send("card", nonce="card-1")

    assert [message.id for message in channel.messages] == [again.id]


async def test_direct_messages_may_be_refused(server: LoopbackDiscord, bot: TinyBot) -> None:
    mira, juno = server.add_user("mira"), server.add_user("juno", refuses_dms=True)

    await (await bot.fetch_user(mira.id)).send("hello")
    with pytest.raises(discord.Forbidden) as refused:
        await (await bot.fetch_user(juno.id)).send("hello")

    assert refused.value.code == 50007
    assert (await server.wait_for_dm(mira)).content == "hello"


async def test_history_is_read_from_where_one_left_off(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel, mira = server.guilds[0].channels[0], server.add_user("mira")
    sent = [await server.send_message(channel, mira, content=str(n)) for n in range(130)]
    known: Any = bot.get_channel(channel.id)

    read = [m.content async for m in known.history(limit=None, after=discord.Object(sent[9].id), oldest_first=True)]

    assert read == [str(n) for n in range(10, 130)]


async def test_a_download_may_die_half_way_and_an_address_may_expire(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel, mira = server.guilds[0].channels[0], server.add_user("mira")
    message = await server.send_message(channel, mira, attachments=[("a.png", PNG)])
    await server.until(lambda: bot.heard)
    heard = bot.heard[0].attachments[0]

    server.cdn.truncate()
    with pytest.raises(aiohttp.ClientPayloadError):
        await heard.read()
    server.cdn.expire(message.files[0])
    with pytest.raises(discord.NotFound):
        await heard.read()


async def test_an_interaction_that_nobody_answers_in_time_is_unknown(server: LoopbackDiscord, bot: TinyBot) -> None:
    channel, owner = server.guilds[0].channels[0], server.guilds[0].owner
    server.answer_seconds = -1.0
    message = await server.send_message(channel, owner, content="x")

    handle = await server.message_menu(owner, message, "Keep this")
    await server.until(lambda: any("/callback" in path for _, path in server.requests))

    assert handle.response_type is None


async def test_an_intent_that_is_not_allowed_ends_the_connection(
    server: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.gateway.disallowed_intents = 1 << 15
    monkeypatch.setattr(discord.http.Route, "BASE", server.base)

    client = TinyBot()

    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.start(server.token)
    await client.close()


async def test_bodies_beyond_the_limits_are_refused_and_remembered(server: LoopbackDiscord, bot: TinyBot) -> None:
    known: Any = bot.get_channel(server.guilds[0].channels[0].id)
    server.allow_violations()

    with pytest.raises(discord.HTTPException) as refused:
        await known.send(embed=discord.Embed(title="x" * 257))

    assert refused.value.code == 50035
    assert server.violations == ["embed title has 257 characters, at most 256"]
