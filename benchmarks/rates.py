"""Requests a second of the product and of its floor, in turns: the list, a post, the calendar, uploads."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.floor import start_floor
from benchmarks.growth import made
from benchmarks.intake import noise_png, upload
from benchmarks.lists import measure
from benchmarks.processes import Running, against, percentile, start_isekai, stopping

UPLOADS, AT_ONCE, PICTURE = 120, 4, (256, 192)


@dataclass(frozen=True, slots=True)
class Answered:
    """`cpu`: milliseconds of processor for one request, of the process that answered."""

    rate: float
    times: list[float]
    cpu: float


async def answering(directory: Path, sandbox: Running, posts: int, seconds: float) -> None:
    """Prints a line for each, eight requests at once (four uploads)."""
    home = directory / f"{posts}" / "home"
    who = await made(home, sandbox, posts)
    isekai = await start_isekai(home, **against(sandbox.url), LOG_LEVEL="error")
    async with stopping(isekai):
        _, _, first = await measure(isekai.url, "/api/posts?status=published&limit=1", who["token"], 0.2)
        post = int(json.loads(first)["items"][0]["id"])
        paths = {"list": "/published", "post": f"/posts/{post}", "calendar": "/calendar"}
        bodies = {name: (await measure(isekai.url, path, who["token"], 1.0))[2] for name, path in paths.items()}
        month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start, end = int(month.timestamp()), int((month + timedelta(days=42)).timestamp())
        bare = await start_floor(directory / "floor", home / "isekai.db", bodies, post=post, start=start, end=end)
        async with stopping(bare):
            print(f"| {posts:,} posts | a second | p50 | p99 | CPU | floor: a second | CPU | CPU × the floor |")
            print("|---|---|---|---|---|---|---|---|")
            for name, path in paths.items():
                ours = await _answered(isekai, lambda path=path: _pages(isekai, path, who["token"], seconds))
                least = await _answered(bare, lambda name=name: _pages(bare, f"/{name}", "none", seconds))
                _tell(f"{name}, {len(bodies[name]) / 1000:.0f} kB", ours, least)
            pictures = [noise_png(PICTURE) for _ in range(UPLOADS)]
            ours = await _answered(isekai, lambda: asyncio.to_thread(_uploads, isekai, who["key"], pictures))
            least = await _answered(bare, lambda: asyncio.to_thread(_uploads, bare, "none", pictures))
            _tell(f"upload, {len(pictures[0]) / 1000:.0f} kB", ours, least)


async def _answered(running: Running, work: Callable[[], Awaitable[tuple[float, list[float]]]]) -> Answered:
    before = running.cpu_seconds()
    rate, times = await work()
    return Answered(rate, times, (running.cpu_seconds() - before) / len(times) * 1000)


async def _pages(running: Running, path: str, token: str, seconds: float) -> tuple[float, list[float]]:
    rate, times, _ = await measure(running.url, path, token, seconds)
    return rate, times


def _uploads(running: Running, key: str, pictures: list[bytes]) -> tuple[float, list[float]]:
    def one(picture: bytes) -> float:
        began = time.perf_counter()
        upload(running, key, picture)
        return time.perf_counter() - began

    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = time.perf_counter()
        times = list(pool.map(one, pictures))
        return len(pictures) / (time.perf_counter() - began), times


def _tell(name: str, ours: Answered, least: Answered) -> None:
    p50, p99 = percentile(ours.times, 0.5) * 1000, percentile(ours.times, 0.99) * 1000
    print(
        f"| {name} | {ours.rate:,.0f} | {p50:.1f} ms | {p99:.1f} ms | {ours.cpu:.2f} ms"
        f" | {least.rate:,.0f} | {least.cpu:.2f} ms | {ours.cpu / least.cpu:.1f} |"
    )
