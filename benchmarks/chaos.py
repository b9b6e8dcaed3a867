"""kill -9 at random moments while posts publish against a DeviantArt that loses answers, errs and limits.

python -m benchmarks.chaos [--kills 50] [--posts 200] [--accounts 10] [--seed 1]

The sandbox is a process of its own and outlives every kill: its ledger is the truth. Fails when a work appears
twice, a post is neither online nor asking a person, or an account is disconnected without a lost refresh answer.
"""

import argparse
import asyncio
import json
import signal
import sqlite3
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.library import a_picture, add_person, add_post, keep_picture, library, schedule, seconds_from_now
from benchmarks.processes import Running, against, call, scratch, start_isekai, start_sandbox, stopping

SETTINGS = {
    "PUBLISHER_CONCURRENCY": "10",
    "PUBLISH_TIMEOUT_SECONDS": "2",
    "PUBLISH_SETTLE_SECONDS": "3",
    "PUBLISH_LEAD_SECONDS": "5",
    "RATE_LIMITER_BASE_DELAY_MS": "0",
    "RATE_LIMITER_MAX_DELAY_MS": "2000",
    "CIRCUIT_BREAKER_THRESHOLD": "1000",
    "PUBLISHER_MAX_ATTEMPTS": "50",
}
# (endpoint, what happens, how often)
FAULTS = (
    ("stash/publish", "lose_answer", 0.12),
    ("stash/publish", "drop", 0.05),
    ("stash/publish", "half_published", 0.06),
    ("stash/publish", "blank", 0.04),
    ("stash/submit", "lose_answer", 0.06),
    ("stash/submit", "status", 0.06),
    ("gallery/all", "status", 0.05),
    ("stash/*", "rate_limit", 0.05),
)
DRAIN_SECONDS = 600.0


@dataclass(slots=True)
class Outcome:
    published: int = 0
    asking: int = 0
    unfinished: int = 0
    duplicates: int = 0
    disconnected: int = 0
    orphans: int = 0
    kills: int = 0
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not (self.duplicates or self.unfinished or self.disconnected)


async def fill(home: Path, sandbox: Running, accounts: int, posts: int, over: float) -> None:
    """Posts spread over *over* seconds from soon on, so that kills meet every step."""
    async with library(home, sandbox.url, **SETTINGS) as app:
        made = [await add_person(app, sandbox.url, f"artist{number:02d}") for number in range(1, accounts + 1)]
        for number in range(posts):
            file = await keep_picture(app, a_picture(number))
            post = await add_post(app, made[number % accounts], file, f"Work {number // accounts}")
            await schedule(app, post, seconds_from_now(5 + over * number / posts))


def arm(sandbox: Running, seed: int) -> None:
    faults = [
        {"on": on, "do": what, "probability": share, "seed": seed + number}
        for number, (on, what, share) in enumerate(FAULTS)
    ]
    call(f"{sandbox.url}/_sandbox/faults", faults)


def statuses(home: Path) -> Counter[str]:
    connection = sqlite3.connect(home / "isekai.db")
    try:
        return Counter(dict(connection.execute("SELECT status, count(*) FROM post GROUP BY status")))
    finally:
        connection.close()


def asking(home: Path) -> int:
    connection = sqlite3.connect(home / "isekai.db")
    try:
        query = "SELECT count(*) FROM publication WHERE state = 'failed' AND ready_at IS NULL"
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


async def kill_and_kill_again(home: Path, sandbox: Running, kills: int, random: Random) -> None:
    for number in range(kills):
        isekai = await start_isekai(home, **against(sandbox.url), **SETTINGS)
        await asyncio.sleep(random.uniform(0.05, 2.0))
        isekai.process.send_signal(signal.SIGKILL)
        await isekai.process.wait()
        print(f"\rkill {number + 1} of {kills}: {dict(statuses(home))}    ", end="", flush=True)
    print()


async def settle(home: Path, sandbox: Running, posts: int) -> None:
    """DeviantArt behaves again: everything comes to its end by itself."""
    isekai = await start_isekai(home, **against(sandbox.url), **SETTINGS)
    async with stopping(isekai):
        deadline = time.monotonic() + DRAIN_SECONDS
        while statuses(home)["published"] + asking(home) < posts and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.5)


def judge(home: Path, ledger: dict[str, Any], posts: int) -> Outcome:
    found = statuses(home)
    lost_refresh = any(use.get("outcome", use.get("ended")) == "lost" for use in ledger["refreshes"])
    connection = sqlite3.connect(home / "isekai.db")
    waiting = connection.execute("SELECT count(*) FROM account WHERE status = 'reconnect'").fetchone()[0]
    connection.close()
    pictures = Counter((work.get("user") or work.get("username"), work["title"], work["sha256"])
                       for work in ledger["deviations"])  # fmt: skip
    twice = sum(count - 1 for count in pictures.values()) + len(ledger["duplicates"])
    return Outcome(
        published=found["published"],
        asking=asking(home),
        unfinished=posts - found["published"] - asking(home),
        duplicates=twice,
        disconnected=0 if lost_refresh else waiting,
        orphans=len(ledger["orphans"]),
    )


async def run(kills: int, posts: int, accounts: int, seed: int) -> Outcome:
    began = time.monotonic()
    random = Random(seed)
    with scratch() as directory:
        home = directory / "home"
        sandbox = await start_sandbox(directory / "sandbox", artists=accounts)
        async with stopping(sandbox):
            await fill(home, sandbox, accounts, posts, over=kills * 2.2)
            await asyncio.to_thread(arm, sandbox, seed)
            await kill_and_kill_again(home, sandbox, kills, random)
            await asyncio.to_thread(disarm, sandbox)
            await settle(home, sandbox, posts)
            outcome = judge(home, await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger"), posts)
    outcome.kills, outcome.seconds = kills, time.monotonic() - began
    return outcome


def disarm(sandbox: Running) -> None:
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/faults", method="DELETE")
    urllib.request.urlopen(request, timeout=10).close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    outcome = asyncio.run(run(chosen.kills, chosen.posts, chosen.accounts, chosen.seed))
    print(json.dumps({name: getattr(outcome, name) for name in outcome.__slots__}, indent=1))
    print("nothing twice, nothing lost" if outcome.is_good else "NOT as promised")
    sys.exit(0 if outcome.is_good else 1)


if __name__ == "__main__":
    main()
