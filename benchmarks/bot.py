"""Artists in Discord while much else goes on: how soon does the bot answer, and is any publication late?

python -m benchmarks.bot [--seconds 60] [--drops 100] [--pages 20]

For a minute: drops in the drop channel, a command and a button press each second, pages of the dashboard, a copy of
the database being made again and again, and posts due every three seconds. The Discord on loopback runs in this
process, beside the measured one.
"""

import argparse
import asyncio
import contextlib
import math
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp

from benchmarks.library import a_picture, add_person, add_post, keep_picture, library, schedule, seconds_from_now
from benchmarks.processes import (
    Running,
    against,
    call,
    percentile,
    scratch,
    start_isekai,
    start_sandbox,
    stopping,
)
from core.discord_ports import DiscordPerson, DropChannel, GuildSetup
from tests.support.discord import Channel, Interaction, LoopbackDiscord, User

ANSWER_LIMIT, LATE_LIMIT = 1.0, 0.250
HEAD_START, EVERY = 12, 3


@dataclass
class Stage:
    """Discord, with mira, her channels, and what was measured."""

    discord: LoopbackDiscord
    mira: User
    drops: Channel
    review: Channel
    handles: list[Interaction] = field(default_factory=list)
    dropped_at: dict[str, float] = field(default_factory=dict)
    card_after: dict[str, float] = field(default_factory=dict)
    pages: list[float] = field(default_factory=list)


async def prepare(home: Path, sandbox: Running, stage: Stage, seconds: int) -> tuple[dict[str, float], str]:
    """People, set-up and due posts; when each title is due, and a session's cookie."""
    due: dict[str, float] = {}
    async with library(home, sandbox.url) as app:
        account = await add_person(app, sandbox.url, "artist01")
        memory, now = app.discord_memory, app.clock.now()
        await memory.tie(DiscordPerson(stage.mira.id, account.user_id, "mira", now))
        guild = stage.drops.guild
        assert guild is not None
        channel = DropChannel(stage.drops.id, guild.id, handled=stage.drops.id)
        await memory.save_guild(
            GuildSetup(guild.id, stage.mira.id, True, stage.review.id, drop_channels=(channel,)), at=now
        )
        file = await keep_picture(app, a_picture(1))
        start = seconds_from_now(HEAD_START)
        for number in range(seconds // EVERY):
            at = start + timedelta(seconds=number * EVERY)
            post = await add_post(app, account, file, f"Due {number}")
            await schedule(app, post, at)
            due[f"Due {number}"] = at.timestamp()
        user = await app.people_reads.user(account.user_id)
        assert user is not None
        token = await app.sign_ins.start_session(user, "benchmark")
    return due, token


async def every(seconds: float, until: float, act: Callable[[int], Awaitable[None]]) -> None:
    """*act* at a steady beat, whether or not the last one has ended."""
    running: set[asyncio.Task[None]] = set()
    number, begin = 0, time.monotonic()
    while time.monotonic() < until:
        task = asyncio.ensure_future(act(number))
        running.add(task)
        task.add_done_callback(running.discard)
        number += 1
        await asyncio.sleep(max(0.0, begin + number * seconds - time.monotonic()))
    if running:
        await asyncio.wait(running, timeout=10)


async def load(stage: Stage, isekai: Running, home: Path, token: str, chosen: argparse.Namespace) -> None:
    until = time.monotonic() + chosen.seconds
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookies={"isekai_session": token}, cookie_jar=jar) as session:

        async def drop(number: int) -> None:
            title = f"Drop {number}"
            stage.dropped_at[title] = time.monotonic()
            picture = a_picture(1000 + number, width=800, height=600)
            await stage.discord.send_message(
                stage.drops, stage.mira, content=title, attachments=[(f"{number}.png", picture)]
            )

        async def command(_: int) -> None:
            stage.handles.append(await stage.discord.slash(stage.mira, stage.drops, "queue"))

        async def press(_: int) -> None:
            waiting = [m for m in stage.review.messages if "Approve" in m.labels()]
            if waiting:
                stage.handles.append(await stage.discord.click(waiting[0], "Approve", stage.mira))

        async def page(number: int) -> None:
            path = ("/", "/review", "/calendar", "/drafts")[number % 4]
            began = time.monotonic()
            async with session.get(isekai.url + path) as answer:
                await answer.read()
                assert answer.status == 200, (path, answer.status)
            stage.pages.append(time.monotonic() - began)

        async def copy(_: int) -> None:
            await asyncio.to_thread(_copy, home / "isekai.db", home / "copy.db")

        async def watch(_: int) -> None:
            for message in stage.review.messages:
                for title in [title for title in stage.dropped_at if title not in stage.card_after]:
                    if message.embeds and message.embeds[0].get("title") == title:
                        stage.card_after[title] = time.monotonic() - stage.dropped_at[title]

        await asyncio.gather(
            every(chosen.seconds / chosen.drops, until, drop),
            every(1.0, until, command),
            every(1.0, until, press),
            every(1 / chosen.pages, until, page),
            every(1.0, until, copy),
            every(0.05, until + 5, watch),
        )


def _copy(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as here, contextlib.closing(sqlite3.connect(target)) as there:
        here.backup(there)


async def lateness(sandbox: Running, due: dict[str, float]) -> list[float]:
    """How long after its instant each publish request left; infinite for what never did."""
    deadline = max(due.values()) + 30
    while True:
        ledger = await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger")
        sent = sorted(float(note["at"]) for note in ledger["requests"] if note["endpoint"] == "stash/publish")
        if len(sent) >= len(due) or time.time() > deadline:
            missing = [math.inf] * max(0, len(due) - len(sent))
            return [at - wanted for at, wanted in zip(sent, sorted(due.values()), strict=False)] + missing
        await asyncio.sleep(1)


async def run(directory: Path, chosen: argparse.Namespace) -> bool:
    discord = LoopbackDiscord()
    base = await discord.start()
    mira = discord.add_user("mira")
    guild = discord.add_guild(owner=mira)
    stage = Stage(discord, mira, guild.add_text_channel("drops"), guild.add_text_channel("review"))
    sandbox = await start_sandbox(directory / "sandbox", artists=1)
    async with stopping(sandbox):
        due, token = await prepare(directory / "home", sandbox, stage, chosen.seconds)
        settings = against(sandbox.url) | {"RATE_LIMITER_BASE_DELAY_MS": "0", "DISCORD_TOKEN": discord.token}
        isekai = await start_isekai(directory / "home", **settings, DISCORD_API_BASE=base)
        async with stopping(isekai):
            await discord.until(lambda: bool(discord.gateway.connected and discord.commands), 20, "the bot")
            await load(stage, isekai, directory / "home", token, chosen)
            late = await lateness(sandbox, due)
    await discord.close()
    return report(stage, late, chosen)


def report(stage: Stage, late: list[float], chosen: argparse.Namespace) -> bool:
    answers = [math.inf if h.answered_after is None else h.answered_after for h in stage.handles]
    cards = [stage.card_after.get(title, math.inf) for title in stage.dropped_at]
    drops, pages = len(stage.dropped_at), len(stage.pages)
    print(f"{chosen.seconds} s with {drops} drops, {len(answers)} interactions, {pages} pages")
    for name, values in (
        ("first answer to an interaction", answers),
        ("card after the drop", cards),
        ("page", stage.pages),
        ("publication after its instant", late),
    ):
        p50, p99, most = percentile(values, 0.5), percentile(values, 0.99), max(values)
        print(f"  {name}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, most {most * 1000:.0f} ms")
    return percentile(answers, 0.99) <= ANSWER_LIMIT and max(late) <= LATE_LIMIT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--drops", type=int, default=100)
    parser.add_argument("--pages", type=float, default=20)
    chosen = parser.parse_args()
    with scratch() as directory:
        good = asyncio.run(run(directory, chosen))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
