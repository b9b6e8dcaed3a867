"""The real process is killed (-9) again and again while it publishes against a DeviantArt that misbehaves.

python -m benchmarks.chaos [--kills 50] [--seed 1] [--accounts 10] [--posts 200] [--brief]

The sandbox, a process of its own that is never killed, loses answers, errs and limits at random. Then its
ledger and the database are held against each other. Exit status 1: a work twice, a post lost, a wrong link, or an
account disconnected although no answer to a refresh was lost.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.library import a_picture, add_person, add_post, keep_picture, library, schedule, seconds_from_now
from benchmarks.processes import Running, against, call, scratch, start_isekai, start_sandbox, stopping

SETTINGS = {
    "PUBLISH_TIMEOUT_SECONDS": "1.5",
    "PUBLISH_SETTLE_SECONDS": "2",
    "PUBLISH_LEAD_SECONDS": "4",
    "RATE_LIMITER_BASE_DELAY_MS": "20",
    "RATE_LIMITER_MAX_DELAY_MS": "2000",
    "CIRCUIT_BREAKER_THRESHOLD": "5",
    "CIRCUIT_BREAKER_OPEN_SECONDS": "1",
    "PUBLISHER_CONCURRENCY": "10",
    "PUBLISHER_MAX_ATTEMPTS": "100",
    "LOG_LEVEL": "warning",
}
# (endpoint, what happens, how likely, more)
FAULTS: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    ("stash/publish", "lose_answer", 0.06, {}),
    ("stash/publish", "drop", 0.04, {}),
    ("stash/publish", "half_published", 0.04, {}),
    ("stash/publish", "status", 0.03, {"status": 503}),
    ("stash/publish", "blank", 0.02, {}),
    ("stash/publish", "hang", 0.02, {"seconds": 2, "after_acting": True}),
    ("stash/publish", "rate_limit", 0.04, {"retry_after": 1}),
    ("stash/publish", "invalid_token", 0.02, {}),
    ("stash/submit", "lose_answer", 0.02, {}),
    ("stash/submit", "rate_limit", 0.04, {}),
    ("gallery/all", "status", 0.05, {"status": 503}),
    ("gallery/all", "drop", 0.05, {}),
    ("oauth2/token/refresh_token", "status", 0.10, {"status": 503}),
    ("oauth2/token/refresh_token", "lose_answer", 0.02, {}),
)


@dataclass
class Story:
    """What happened, for the figures at the end."""

    kills: int = 0
    starts: int = 0
    reconnected: list[str] = field(default_factory=list)
    wrongly_lost: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)


async def fill(home: Path, sandbox: Running, accounts: int, posts: int, spread: float, random: Random) -> None:
    """A fifth of the posts of an account share one title."""
    async with library(home, sandbox.url, **SETTINGS) as app:
        known = [await add_person(app, sandbox.url, f"artist{number:02d}") for number in range(1, accounts + 1)]
        for number in range(posts):
            account = known[number % accounts]
            title = "Untitled" if random.random() < 0.2 else f"Work {number}"
            file = await keep_picture(app, a_picture(number))
            post = await add_post(app, account, file, title, tags=("sea", f"n{number}"))
            await schedule(app, post, seconds_from_now(8 + random.random() * spread))
    connection = sqlite3.connect(home / "isekai.db")
    with connection:
        connection.execute("UPDATE account SET access_expires_at = access_expires_at - 3500")
    connection.close()


def misbehave(sandbox: Running, seed: int) -> None:
    orders = [
        {"on": on, "do": do, "probability": probability, "seed": seed + index, **more}
        for index, (on, do, probability, more) in enumerate(FAULTS)
    ]
    call(f"{sandbox.url}/_sandbox/faults", orders)
    # So short a life that tokens are renewed all the time: they are not begun with shortly before their end.
    call(f"{sandbox.url}/_sandbox/state", {"access_token_seconds": 140.0, "gallery_lag_seconds": 1.0})


async def live(home: Path, sandbox: Running, story: Story, random: Random) -> None:
    """One life: started, left alone for a moment, killed; sometimes before it is ready."""
    story.starts += 1
    starting = asyncio.create_task(start_isekai(home, **against(sandbox.url), **SETTINGS))
    if random.random() < 0.15:
        await asyncio.sleep(random.uniform(0.3, 1.2))
        if not starting.done():
            await _kill_by_home(starting, home)
            story.kills += 1
            return
    running = await starting
    await asyncio.sleep(random.uniform(0.05, 3.0))
    running.process.kill()
    await running.process.wait()
    story.kills += 1


async def _kill_by_home(starting: "asyncio.Task[Running]", home: Path) -> None:
    """The process that holds the lock of *home*, as its lock file says: ours, started a moment ago."""
    lock = home / "isekai.lock"
    with contextlib.suppress(OSError, ValueError):
        pid = int(lock.read_text().strip() or 0)
        if pid and f"{home}/ready" in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(RuntimeError):
        running = await starting
        running.process.kill()
        await running.process.wait()


async def reconnect(home: Path, sandbox: Running, story: Story) -> None:
    """What the artist would do; after looking whether the connection was truly lost."""
    lost = _rows(home, "SELECT user_id, username FROM account WHERE status = 'reconnect'")
    if not lost:
        return
    ledger = await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger?requests=0")
    used = {note["username"] for note in ledger["refreshes"] if note["outcome"] == "used"}
    async with library(home, sandbox.url, **SETTINGS) as app:
        for user_id, username in lost:
            story.reconnected.append(username)
            if username not in used:
                story.wrongly_lost.append(username)
            await add_person(app, sandbox.url, username, user_id=user_id)


def _rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(home / "isekai.db", timeout=30)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def undecided(home: Path) -> int:
    """Publications that are neither out nor asking a person."""
    ((count,),) = _rows(
        home,
        "SELECT count(*) FROM publication WHERE state <> 'published'"
        " AND NOT (state = 'failed' AND ready_at IS NULL AND publish_sent_at IS NOT NULL)",
    )
    return int(count)


async def settle(home: Path, sandbox: Running, story: Story, seconds: float) -> None:
    """Let the last life finish in peace, reconnecting what is lost."""
    deadline = time.monotonic() + seconds
    while undecided(home) and time.monotonic() < deadline:
        await reconnect(home, sandbox, story)
        story.starts += 1
        running = await start_isekai(home, **against(sandbox.url), **SETTINGS)
        async with stopping(running):
            while undecided(home) and time.monotonic() < deadline:
                await asyncio.sleep(0.5)
                if _rows(home, "SELECT 1 FROM account WHERE status = 'reconnect'"):
                    break
    await link_up(home, sandbox, 15)


async def link_up(home: Path, sandbox: Running, seconds: float) -> None:
    """What code 9 proved has no link yet: a while for finding it (it is looked for every minute and longer)."""
    pending = (
        "SELECT count(*) FROM publication WHERE state = 'published' AND deviation_id IS NULL AND ready_at IS NOT NULL"
    )
    if not _rows(home, pending)[0][0]:
        return
    running = await start_isekai(home, **against(sandbox.url), **SETTINGS)
    async with stopping(running):
        deadline = time.monotonic() + seconds
        while _rows(home, pending)[0][0] and time.monotonic() < deadline:  # noqa: ASYNC110 - another process's file
            await asyncio.sleep(0.5)


def judge(home: Path, ledger: dict[str, Any], posts: int, story: Story) -> list[str]:
    """What is wrong; empty when the promise was kept."""
    wrong: list[str] = []
    rows = _rows(
        home,
        "SELECT q.id, q.state, q.item_id, q.deviation_id, p.status, q.ready_at, q.publish_sent_at, q.orphans"
        " FROM publication q JOIN post p ON p.id = q.post_id",
    )
    works = {work["deviationid"]: work for work in ledger["deviations"]}
    by_picture = Counter((work["username"], work["sha256"]) for work in works.values())
    if ledger["duplicates"]:
        wrong.append(f"items published twice: {ledger['duplicates']}")
    if twice := [picture for picture, count in by_picture.items() if count > 1]:
        wrong.append(f"pictures published twice: {twice}")
    if len(rows) != posts:
        wrong.append(f"{len(rows)} publications of {posts} are left")
    asking = [row for row in rows if row[1] == "failed" and row[6] is not None and row[5] is None]
    lost = [row[:5] for row in rows if row[1] != "published" and row not in asking]
    if lost:
        wrong.append(f"neither published nor asking: {lost}")
    public_items = {work["itemid"] for work in works.values()}
    if absent := [row[0] for row in rows if row[1] == "published" and row[2] not in public_items]:
        wrong.append(f"said to be published, but not online: {absent}")
    if mixed := [row[0] for row in rows if row[3] and works[row[3]]["itemid"] != row[2]]:
        wrong.append(f"linked to somebody else's work: {mixed}")
    if story.wrongly_lost:
        wrong.append(f"disconnected without a lost answer: {story.wrongly_lost}")
    unlinked = sum(1 for row in rows if row[1] == "published" and not row[3])
    faults = Counter(note["fault"] for note in ledger["requests"] if note["fault"])
    print(f"  published {sum(row[1] == 'published' for row in rows)} of {posts}, asking a person {len(asking)}")
    print(f"  works online {len(works)}, links still looked for {unlinked}")
    print(f"  orphans in Sta.sh {len(ledger['orphans'])}, counted {sum(row[7] for row in rows)}")
    print(f"  refreshes {dict(Counter(note['outcome'] for note in ledger['refreshes']))}")
    print(f"  accounts reconnected after a truly lost answer: {len(story.reconnected)}")
    print(f"  faults among the last requests: {dict(faults.most_common())}")
    return wrong


async def chaos(directory: Path, kills: int, seed: int, accounts: int, posts: int) -> bool:
    random = Random(seed)
    home, story = directory / "home", Story()
    sandbox = await start_sandbox(directory / "sandbox", artists=accounts)
    async with stopping(sandbox):
        await fill(home, sandbox, accounts, posts, kills * 1.5, random)
        misbehave(sandbox, seed)
        while story.kills < kills:
            await live(home, sandbox, story, random)
            await reconnect(home, sandbox, story)
        left = undecided(home)
        await settle(home, sandbox, story, 60 + posts)
        ledger = await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger")
        print(f"{story.kills} kills (seed {seed}), {posts} posts on {accounts} accounts, {story.starts} starts")
        print(f"  {posts - left} decided when the last kill came; {time.monotonic() - story.began:.0f} s in all")
        wrong = judge(home, ledger, posts, story)
    for sentence in wrong:
        print(f"  WRONG: {sentence}")
    return not wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--brief", action="store_true", help="5 kills, 30 posts, 4 accounts: for every change")
    chosen = parser.parse_args()
    if chosen.brief:
        chosen.kills, chosen.posts, chosen.accounts = 5, 30, 4
    with scratch() as directory:
        good = asyncio.run(chaos(directory, chosen.kills, chosen.seed, chosen.accounts, chosen.posts))
    print("exactly once" if good else "NOT exactly once")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
