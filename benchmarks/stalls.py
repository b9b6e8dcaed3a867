"""What stops the event loop: everybody asks for every page at once while somebody commits; and 200 open live streams.

python -m benchmarks.stalls [--posts 100000] [--streams 200] [--home DIR]

A step of the loop is judged by what its own thread ran, so that other processes do not add to it; see
`benchmarks.watched`. Each page is asked for by four people at once: by two windows of the one with the large library,
the one with too much of everything, and one with a little.
"""

import argparse
import asyncio
import contextlib
import json
import sqlite3
import sys
import time
from collections import defaultdict
from contextlib import AsyncExitStack, closing
from pathlib import Path

from benchmarks.browsing import Browser
from benchmarks.page_addresses import Page, Shown, pages
from benchmarks.pages import Household, Other, Person, ask, household, works_of
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping
from data.database import connect_sync

WANTED_STEP, WANTED_STREAMS = 0.050, 30e6
SHOWN = 12
CHANGES = 20


async def everybody(isekai: Running, people: Household, home: Path) -> None:
    """One round through all pages by each of four, and a commit between each two requests of somebody."""

    async def walk(person: Person) -> None:
        browser = Browser(isekai, person.cookie)
        await browser.me()
        for page in await _pages_of(browser, home, person):
            await ask(browser, page)

    async def commit() -> None:
        other = Other(Browser(isekai, people.other.cookie))
        while True:
            await other.change()
            await asyncio.sleep(0.05)

    committing = asyncio.create_task(commit())
    await asyncio.gather(*(walk(one) for one in (people.large, people.large, people.crowded, people.other)))
    committing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await committing


async def _pages_of(browser: Browser, home: Path, person: Person) -> list[Page]:
    with closing(connect_sync(home / "isekai.db")) as connection:
        connection.row_factory = sqlite3.Row
        found = list(pages(Shown(connection, person.user_id), await works_of(browser)))
    # A list that differs from another by its order and filters runs the same steps.
    return [page for page in found if ": " not in page.name or page.name.endswith((": all", ": q=lantern"))]


async def streams(isekai: Running, people: Household, count: int) -> bool:
    """Memory of open streams, and how long a change takes to reach the last of them."""
    browser = Browser(isekai, people.large.cookie)
    await browser.me()
    post = json.loads((await browser.get("/api/posts?status=draft&limit=1")).body)["items"][0]
    before = isekai.pss_bytes()
    opened = [await browser.stream() for _ in range(count)]
    took, ran = [], []
    for number in range(CHANGES):
        cpu = isekai.cpu_seconds()
        changed = {"version": post["version"], "notes": f"told to all, {number}"}
        post = await browser.send("PATCH", f"/api/posts/{post['id']}", changed)
        began = time.perf_counter()
        await asyncio.gather(*(reader.readuntil(b"event: posts") for reader, _ in opened))
        took.append(time.perf_counter() - began)
        ran.append(isekai.cpu_seconds() - cpu)
    grown = isekai.pss_bytes() - before
    print(
        f"{count} open streams: {grown / 1e6:.1f} MB more; the last is told {percentile(took, 0.5) * 1000:.0f} ms"
        f" after the answer, {percentile(took, 0.95) * 1000:.0f} ms at p95; a change with all of it costs"
        f" {percentile(ran, 0.5) * 1000:.1f} ms"
    )
    for _, writer in opened:
        writer.close()
    return grown <= WANTED_STREAMS


def tell_steps(watched: Path) -> bool:
    """Prints the longest kinds of steps; whether none is too long."""
    by_step: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    for line in watched.read_text().splitlines():
        said = json.loads(line)
        by_step[said["step"]].append(said)
    print(f"{'times':>6}{'cpu ms':>9}{'garbage ms':>12}  step of the loop, the longest of each kind")
    longest = {step: max(each, key=lambda one: one["cpu"]) for step, each in by_step.items()}
    for step, most in sorted(longest.items(), key=lambda pair: -pair[1]["cpu"])[:SHOWN]:
        print(f"{len(by_step[step]):>6}{most['cpu'] * 1000:>9.1f}{most['gc'] * 1000:>12.1f}  {step}")
    return all(most["cpu"] <= WANTED_STEP for most in longest.values())


async def run(home: Path, posts: int, count: int) -> bool:
    async with AsyncExitStack() as stack:
        sandbox = await start_sandbox(home / "sandbox", artists=90)
        await stack.enter_async_context(stopping(sandbox))
        people = await household(home, sandbox, posts)
        watched = home / "steps.jsonl"
        isekai = await start_isekai(home, watched=watched, **against(sandbox.url))
        await stack.enter_async_context(stopping(isekai))
        watched.write_text("")  # the start is not what is measured
        await everybody(isekai, people, home)
        good = tell_steps(watched)
        watched.write_text("")
        good = await streams(isekai, people, count) and good
        return tell_steps(watched) and good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--home", type=Path, help="filled once and kept; the same as of benchmarks.pages")
    chosen = parser.parse_args()
    with scratch() as directory:
        good = asyncio.run(run(chosen.home or directory, chosen.posts, chosen.streams))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
