"""Posts of many accounts due at one instant, then a single one: how late do the publish requests leave?

python -m benchmarks.punctuality [--accounts 50] [--each 20]

Arrival is what the sandbox, a process of its own, notes: so the figures include the way there.
"""

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from pathlib import Path

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
    text,
)

FIRST_LIMIT, LAG_LIMIT, SINGLE_LIMIT = 0.250, 0.020, 0.050
PER_POST_SET_UP = 0.025


async def fill(home: Path, sandbox: Running, accounts: int, each: int) -> float:
    """Everything scheduled for one instant; which, in seconds since the epoch."""
    due_at = seconds_from_now(75 + accounts * each * PER_POST_SET_UP)
    async with library(home, sandbox.url) as app:
        file = await keep_picture(app, a_picture(1))
        for number in range(1, accounts + 1):
            account = await add_person(app, sandbox.url, f"artist{number:02d}")
            for which in range(each):
                post = await add_post(app, account, file, f"Work {which + 1} of {account.username}")
                await schedule(app, post, due_at)
    return due_at.timestamp()


async def add_single(home: Path, sandbox: Running) -> float:
    async with library(home, sandbox.url) as app:
        async with app.store.transaction() as tx:
            account = (await tx.accounts.all())[0]
        file = await keep_picture(app, a_picture(2))
        post = await add_post(app, account, file, "The single one")
        due_at = seconds_from_now(12)
        await schedule(app, post, due_at)
    return due_at.timestamp()


async def wait_for(sandbox: Running, wanted: int, deadline: float) -> list[dict[str, object]]:
    while True:
        ledger = await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger")
        if len(ledger["deviations"]) >= wanted or time.time() > deadline:
            if ledger["duplicates"]:
                raise SystemExit(f"published twice: {ledger['duplicates']}")
            return [note for note in ledger["requests"] if note["endpoint"] == "stash/publish"]
        await asyncio.sleep(1)


def lag_p99(metrics: str) -> float:
    """The upper bound of the bucket that holds the 99th percentile of event-loop lag."""
    buckets = []
    for line in metrics.splitlines():
        if line.startswith("isekai_event_loop_lag_seconds_bucket"):
            bound = line.split('le="')[1].split('"')[0]
            buckets.append((float("inf") if bound == "+Inf" else float(bound), float(line.rsplit(" ", 1)[1])))
    total = buckets[-1][1] if buckets else 0
    return next((bound for bound, count in buckets if count >= total * 0.99), 0.0)


async def many(directory: Path, accounts: int, each: int) -> bool:
    sandbox = await start_sandbox(directory / "sandbox", artists=accounts)
    async with stopping(sandbox):
        due = await fill(directory / "home", sandbox, accounts, each)
        settings = against(sandbox.url) | {"PUBLISHER_CONCURRENCY": str(accounts), "RATE_LIMITER_BASE_DELAY_MS": "0"}
        isekai = await start_isekai(directory / "home", **settings)
        async with stopping(isekai):
            early = due - time.time()
            notes = await wait_for(sandbox, accounts * each, due + 120)
            lag = lag_p99(await asyncio.to_thread(text, f"{isekai.url}/metrics"))
        single_due = await add_single(directory / "home", sandbox)
        isekai = await start_isekai(directory / "home", **settings)
        async with stopping(isekai):
            after = await wait_for(sandbox, accounts * each + 1, single_due + 60)
    late = defaultdict(list)
    for note in notes:
        late[str(note["username"])].append(float(str(note["at"])) - due)
    firsts = [min(times) for times in late.values()]
    single = max(float(str(note["at"])) for note in after) - single_due
    everything = [moment for times in late.values() for moment in times]
    print(f"{accounts} accounts × {each} posts due at one instant, serving {early:.0f} s before it")
    print(f"  published: {len(everything)} of {accounts * each}; accounts served: {len(late)} of {accounts}")
    print(f"  first of each account: p50 {percentile(firsts, 0.5) * 1000:.0f} ms, p99 {max(firsts) * 1000:.0f} ms")
    print(f"  earliest request {min(everything) * 1000:+.0f} ms; all out after {max(everything):.2f} s")
    print(f"  event-loop lag p99: at most {lag * 1000:.0f} ms")
    print(f"a single due post: {single * 1000:.0f} ms")
    return (
        len(everything) == accounts * each
        and len(late) == accounts
        and max(firsts) < FIRST_LIMIT
        and min(everything) >= 0
        and lag <= LAG_LIMIT
        and 0 <= single < SINGLE_LIMIT
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--each", type=int, default=20)
    chosen = parser.parse_args()
    with scratch() as directory:
        good = asyncio.run(many(directory, chosen.accounts, chosen.each))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
