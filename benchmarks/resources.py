"""What one instance takes: memory, processor, start; and how fast it answers, each beside a floor of the same run.

    python -m benchmarks.resources [--idle 60] [--seconds 5] [--posts 1000] [--work 60]

The floor is bare aiohttp over bare sqlite3 on the same file with the same bytes (`floor.py`). Idle means that nobody
visits and nothing is due; a day's work is what some people and programs do in one, in a minute.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.floor import start_floor
from benchmarks.processes import Running, against, scratch, start_isekai, start_sandbox, stopping
from benchmarks.rates import answering
from benchmarks.traffic import visiting
from tests.support.discord import LoopbackDiscord

SETTLED_SECONDS = 10.0
WANTED_IDLE_MB, WANTED_IDLE_PERCENT = 90.0, 1.0


@dataclass(frozen=True, slots=True)
class Idle:
    """MB, and percent of one core."""

    rss: float
    pss: float
    cpu: float

    def __str__(self) -> str:
        return f"RSS {self.rss:.0f} MB, PSS {self.pss:.0f} MB, {self.cpu:.2f} % of a core"

    @property
    def is_barely_there(self) -> bool:
        return self.rss < WANTED_IDLE_MB and self.cpu < WANTED_IDLE_PERCENT


async def idle(running: Running, seconds: float) -> Idle:
    """After what a start or a visit leaves to do."""
    await asyncio.sleep(SETTLED_SECONDS)
    began, before = time.monotonic(), running.cpu_seconds()
    await asyncio.sleep(seconds)
    cpu = (running.cpu_seconds() - before) / (time.monotonic() - began) * 100
    rollup = Path(f"/proc/{running.pid}/smaps_rollup").read_text().splitlines()
    pss = next(int(line.split()[1]) / 1024 for line in rollup if line.startswith("Pss:"))
    return Idle(running.rss_bytes() / 2**20, pss, cpu)


async def started_twice(home: Path, settings: Mapping[str, str]) -> tuple[Running, str]:
    """Into an empty home, then once more into what that left: seconds until `/ready`, and of processor."""
    told = []
    for which in ("first start", "next start"):
        began = time.perf_counter()
        isekai = await start_isekai(home, **settings)
        told.append(f"{which} {time.perf_counter() - began:.2f} s ({isekai.cpu_seconds():.2f} s of processor)")
        if which == "first start":
            await isekai.stop()
    return isekai, ", ".join(told)


async def at_rest(directory: Path, sandbox: Running, seconds: float, work: float) -> bool:
    """Prints what idling costs: fresh, after a day's work, with the bot; whether the promise holds."""
    bare = await start_floor(directory / "bare", directory / "bare.db", {})
    async with stopping(bare):
        print(f"floor, idle: {await idle(bare, min(seconds, 20.0))}", flush=True)
    # Unpaced, so that what was sent out in the day's work is out when it ends.
    settings = against(sandbox.url) | {"RATE_LIMITER_BASE_DELAY_MS": "0"}
    isekai, starts = await started_twice(directory / "quiet", settings)
    print(starts)
    found: list[Idle] = []
    async with stopping(isekai):
        found.append(await idle(isekai, seconds))
        print(f"idle after the start: {found[-1]}", flush=True)
        async with visiting(isekai.url) as (traffic, _):
            await traffic.run(work, 0.15)
        done = traffic.done
        after = await idle(isekai, seconds)
        print(f"idle after {done['look']} pages, {done['upload_and_publish']} uploads and more: {after}", flush=True)
    discord = LoopbackDiscord()
    bot = {"DISCORD_TOKEN": discord.token, "DISCORD_API_BASE": await discord.start()}
    for name, chosen in (("the bot connected", settings), ("the bot connected and the sandbox inside", {})):
        isekai = await start_isekai(directory / name.replace(" ", "-"), **chosen, **bot)
        async with stopping(isekai):
            await discord.until(lambda: bool(discord.gateway.connected and discord.commands), 20, "the bot")
            found.append(await idle(isekai, seconds))
            print(f"idle with {name}, first start: {found[-1]}", flush=True)
    await discord.close()
    return all(one.is_barely_there for one in found)


def machine() -> str:
    """What the figures were measured on."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{os.cpu_count()} cores, {gigabytes:.0f} GB, {system}, {versions}, load {os.getloadavg()[0]:.1f}"


async def run(idle_seconds: float, work: float, posts: int, seconds: float) -> bool:
    with scratch() as directory:
        sandbox = await start_sandbox(directory / "sandbox", artists=2)
        async with stopping(sandbox):
            print(machine())
            holds = await at_rest(directory, sandbox, idle_seconds, work)
            await answering(directory, sandbox, posts, seconds)
    return holds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=float, default=60)
    parser.add_argument("--work", type=float, default=60)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5)
    chosen = parser.parse_args()
    holds = asyncio.run(run(chosen.idle, chosen.work, chosen.posts, chosen.seconds))
    wanted = f"wanted idle: below {WANTED_IDLE_MB:.0f} MB and {WANTED_IDLE_PERCENT:g} % of a core"
    print(f"{wanted}: {'holds' if holds else 'does NOT hold'}")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
