"""A large library as one zip, and a plan of many lines coming in: memory, speed, and the loop meanwhile.

python -m benchmarks.export [--posts 1000000] [--lines 50000]

The floor of the export reads the same rows with bare sqlite3 and packs the same bytes with zlib, one after the other.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import time
import zipfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks.filling import fill_rows
from benchmarks.library import add_person, library
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping
from core.posts.files import NewFile

WANTED_GROWTH, WANTED_SHARE, PLAN_GROWTH = 60.0, 0.05, 100.0
CHUNK = 256 * 1024
TABLES = ("post", "file", "publication", "post_event")
FILE = NewFile("picture.png", "image/png", 1_482_113, 1216, 832, "0" * 64)


@dataclass(slots=True)
class Watch:
    """What the process needed at most while something ran, and how long it took to say that it is well."""

    before: int
    most: int = 0
    health: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        return (self.most - self.before) / 1e6

    @property
    def slowest(self) -> float:
        return max(self.health, default=0.0)


@asynccontextmanager
async def watching(isekai: Running) -> AsyncIterator[Watch]:
    watch = Watch(isekai.rss_bytes())

    async def look() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                began = time.perf_counter()
                async with session.get(f"{isekai.url}/health") as answer:
                    await answer.read()
                watch.health.append(time.perf_counter() - began)
                watch.most = max(watch.most, isekai.rss_bytes())
                await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def fill(home: Path, sandbox: Running, posts: int) -> str:
    """The cookie of somebody who has that many."""
    async with library(home, sandbox.url) as app:
        account = await add_person(app, sandbox.url, "mira")
        token = await app.sign_ins.start_session(await app.people.named("mira"), "benchmark")
        path = app.database.path
    began = time.perf_counter()
    await asyncio.to_thread(fill_rows, path, account, FILE, posts)
    print(f"{posts:,} posts in {path.stat().st_size / 1e6:,.0f} MB, filled in {time.perf_counter() - began:.0f} s")
    return token


async def take_out(session: aiohttp.ClientSession, isekai: Running, into: Path) -> float:
    """Seconds until the last byte."""
    began = time.perf_counter()
    async with session.get(f"{isekai.url}/api/export") as answer:
        answer.raise_for_status()
        with into.open("wb") as file:
            async for chunk in answer.content.iter_chunked(CHUNK):
                file.write(chunk)
    return time.perf_counter() - began


def lines_of(archive: Path, name: str) -> Iterator[bytes]:
    with zipfile.ZipFile(archive) as opened, opened.open(name) as member:
        yield from member


def floor(database: Path, archive: Path) -> float:
    """Seconds of processor."""
    connection = sqlite3.connect(database)
    began = time.thread_time()
    for table in TABLES:
        for _ in connection.execute(f"SELECT * FROM {table}"):
            pass
    spent = time.thread_time() - began
    connection.close()
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    with zipfile.ZipFile(archive) as opened:
        for name in ("posts.jsonl", "history.jsonl"):
            with opened.open(name) as member:
                while chunk := member.read(CHUNK):
                    began = time.thread_time()
                    packer.compress(chunk)
                    spent += time.thread_time() - began
    return spent


async def export(directory: Path, isekai: Running, session: aiohttp.ClientSession, posts: int) -> bool:
    archive = directory / "export.zip"
    cpu = isekai.cpu_seconds()
    async with watching(isekai) as watch:
        spent = await take_out(session, isekai, archive)
    cpu = isekai.cpu_seconds() - cpu
    rows = await asyncio.to_thread(lambda: sum(1 for _ in lines_of(archive, "posts.jsonl")))
    events = await asyncio.to_thread(lambda: sum(1 for _ in lines_of(archive, "history.jsonl")))
    bare = await asyncio.to_thread(floor, directory / "home" / "isekai.db", archive)
    print(f"export: {rows:,} posts and {events:,} lines of history, {archive.stat().st_size / 1e6:,.0f} MB packed")
    print(f"        {rows / cpu:,.0f} posts a second of processor, {rows / spent:,.0f} of real time; floor"
          f" {rows / bare:,.0f} a second of processor: {bare / cpu:.2f} of it")  # fmt: skip
    _say_memory("export", watch)
    return rows == posts and watch.growth < WANTED_GROWTH and bare / cpu >= WANTED_SHARE


async def plan(isekai: Running, session: aiohttp.ClientSession, lines: int) -> bool:
    """First without doing it, then for good."""
    text = "title,tags,description,local,time_zone\n" + "".join(
        f'Imported {n},"amber, sky, n{n}",A line of some length for number {n},,\n' for n in range(lines)
    )
    good = True
    for dry_run in (True, False):
        began = time.perf_counter()
        wanted = {"plan": text, "dry_run": dry_run}
        async with watching(isekai) as watch, session.post(f"{isekai.url}/api/import", json=wanted) as answer:
            body = await answer.read()
            answer.raise_for_status()
        spent = time.perf_counter() - began
        report = json.loads(body)
        what = "dry run" if dry_run else "import"
        print(f"{what}: {len(report['rows']):,} lines in {spent:.1f} s, {lines / spent:,.0f}/s")
        _say_memory(what, watch)
        good = good and report["errors"] == 0 and report["done"] is not dry_run and watch.growth < PLAN_GROWTH
    return good


def _say_memory(what: str, watch: Watch) -> None:
    print(f"{what}: resident {watch.before / 1e6:.0f} MB before, {watch.most / 1e6:.0f} MB at most:"
          f" {watch.growth:+.0f} MB; /health p99 {percentile(watch.health, 0.99) * 1000:.0f} ms,"
          f" slowest {watch.slowest * 1000:.0f} ms")  # fmt: skip


async def run(posts: int, lines: int) -> bool:
    with scratch() as directory:
        sandbox = await start_sandbox(directory / "sandbox")
        async with stopping(sandbox):
            token = await fill(directory / "home", sandbox, posts)
            isekai = await start_isekai(directory / "home", **against(sandbox.url))
            limits = aiohttp.ClientTimeout(total=None)
            async with (
                stopping(isekai),
                aiohttp.ClientSession(cookies={"isekai_session": token}, timeout=limits) as session,
            ):
                async with session.get(f"{isekai.url}/api/me") as answer:
                    session.headers["X-CSRF-Token"] = (await answer.json())["csrf_token"]
                async with watching(isekai) as watch:
                    await asyncio.sleep(3)
                _say_memory("idle", watch)
                parts: list[Callable[[], Awaitable[bool]]] = [lambda: export(directory, isekai, session, posts)]
                parts += [lambda: plan(isekai, session, lines)] if lines else []
                return all([await part() for part in parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=50_000)
    chosen = parser.parse_args()
    good = asyncio.run(run(chosen.posts, chosen.lines))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
