"""What one instance takes: memory, processor, start; and how fast it answers, each beside a floor of the same run.

    python -m benchmarks.resources [--idle 60] [--seconds 5] [--posts 1000] [--work 60]

The floor is bare aiohttp over bare sqlite3 on the same file with the same bytes (`floor.py`). Idle means that nobody
visits and nothing is due; a day's work is what some people and programs do in one, in a minute.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.floor import start_floor
from benchmarks.growth import made
from benchmarks.intake import noise_png, upload
from benchmarks.lists import measure
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping
from benchmarks.traffic import visiting
from tests.support.discord import LoopbackDiscord

SETTLED_SECONDS = 10.0
UPLOADS, AT_ONCE, PICTURE = 120, 4, (256, 192)
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
    base = await discord.start()
    isekai = await start_isekai(directory / "bot", **settings, DISCORD_TOKEN=discord.token, DISCORD_API_BASE=base)
    async with stopping(isekai):
        await discord.until(lambda: bool(discord.gateway.connected and discord.commands), 20, "the bot")
        found.append(await idle(isekai, seconds))
        print(f"idle with the bot connected: {found[-1]}", flush=True)
    await discord.close()
    return all(one.is_barely_there for one in found)


async def answering(directory: Path, sandbox: Running, posts: int, seconds: float) -> None:
    """Prints requests a second at a concurrency of eight, of the product and of the floor."""
    home = directory / f"{posts}" / "home"
    who = await made(home, sandbox, posts)
    isekai = await start_isekai(home, **against(sandbox.url), LOG_LEVEL="error")
    rates: dict[str, tuple[float, list[float]]] = {}
    bodies: dict[str, bytes] = {}
    pictures = [noise_png(PICTURE) for _ in range(UPLOADS)]
    async with stopping(isekai):
        _, _, first = await measure(isekai.url, "/api/posts?status=published&limit=1", who["token"], 0.2)
        post = int(json.loads(first)["items"][0]["id"])
        for name, path in {"list": "/published", "post": f"/posts/{post}", "calendar": "/calendar"}.items():
            await measure(isekai.url, path, who["token"], 1)
            rate, times, bodies[name] = await measure(isekai.url, path, who["token"], seconds)
            rates[name] = rate, times
        rates["upload"] = await asyncio.to_thread(_uploads, isekai, who["key"], pictures)
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start, end = int(month.timestamp()), int((month + timedelta(days=42)).timestamp())
    bare = await start_floor(directory / "floor", home / "isekai.db", bodies, post=post, start=start, end=end)
    floors: dict[str, float] = {}
    async with stopping(bare):
        for name in bodies:
            floors[name], _, _ = await measure(bare.url, f"/{name}", "none", seconds)
        floors["upload"], _ = await asyncio.to_thread(_uploads, bare, "none", pictures)
    print(
        f"| {posts:,} posts, eight at once | a second | p50 | p99 | floor | share of it |\n|---|---|---|---|---|---|"
    )
    for name, (rate, times) in rates.items():
        p50, p99 = percentile(times, 0.5) * 1000, percentile(times, 0.99) * 1000
        kilobytes = (
            f", {len(bodies[name]) / 1000:.0f} kB" if name in bodies else f", {len(pictures[0]) / 1000:.0f} kB"
        )
        floor = floors[name]
        print(
            f"| {name}{kilobytes} | {rate:,.0f} | {p50:.1f} ms | {p99:.1f} ms | {floor:,.0f} | {rate / floor:.2f} |"
        )


def _uploads(running: Running, key: str, pictures: list[bytes]) -> tuple[float, list[float]]:
    def one(picture: bytes) -> float:
        began = time.perf_counter()
        upload(running, key, picture)
        return time.perf_counter() - began

    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = time.perf_counter()
        times = list(pool.map(one, pictures))
        return len(pictures) / (time.perf_counter() - began), times


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
