"""A year of 20 automations over 5,000 drafts: must simulate in under 10 s. The minute tick of 1,000 automations.
The first preview over 15,000 drafts, against a floor: the same rows read as plain tuples.

python -m benchmarks.planning
"""

import asyncio
import sqlite3
import tempfile
import time as clock
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from core.planning.automation import Automation, Order, Pool
from core.planning.pacing import Pacing
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Jitter
from core.planning.world import Draft, Result, World, simulate
from core.posts.fields import Details
from data.posts import COLUMNS
from tests.support.planning import Studio, a_studio

START = datetime(2027, 1, 1, tzinfo=UTC)
LIMIT_SECONDS = 10.0
PREVIEW_SECONDS = 2.0
ZONES = ("Europe/Paris", "Australia/Lord_Howe", "America/New_York", "Asia/Tehran", "Pacific/Kiritimati")


def automations(count: int) -> list[Automation]:
    made = []
    for number in range(count):
        rules = (
            FixedTime(number * 10 + 1, time(18), frozenset({0, 2, 4})),
            DailyQuota(number * 10 + 2, 2),
            FixedInterval(number * 10 + 3, 600, START),
        )
        made.append(
            Automation(
                number, 1, None, f"Set {number}", ZONES[number % len(ZONES)], START, START,
                rules=rules[: 1 + number % 3], enabled=True, order=list(Order)[number % 4], jitter=Jitter(0, 600),
                pool=Pool(tags=(f"tag{number % 7}",) if number % 2 else ()), seed=number,
            )
        )  # fmt: skip
    return made


def drafts(count: int) -> list[Draft]:
    return [
        Draft.of(n, 1 + n % 3, Details(title=f"Work {n}", tags=(f"tag{n % 7}", "art"))) for n in range(1, count + 1)
    ]


def year() -> bool:
    rules, pool = automations(20), drafts(5000)
    pacing = {account: Pacing("Europe/Paris", timedelta(minutes=10), 24) for account in (1, 2, 3)}
    began = clock.perf_counter()
    outcomes = list(simulate(World(rules, pool, pacing=pacing), rules, START, START + timedelta(days=365)))
    seconds = clock.perf_counter() - began
    taken = sum(outcome.result is Result.SCHEDULED for outcome in outcomes)
    print(f"a year of {len(rules)} automations over {len(pool)} drafts: {seconds:.2f} s")
    print(f"  {len(outcomes)} slots used, {taken} drafts placed (at most {LIMIT_SECONDS:.0f} s allowed)")
    return seconds < LIMIT_SECONDS


async def tick(people: int, each: int, due: int, drafts: int) -> tuple[float, float, float, int]:
    """Seconds of one tick: on the wall, of the loop's own work, its longest piece; and how many drafts it took."""
    with tempfile.TemporaryDirectory() as home:
        async with a_studio(Path(home)) as studio:
            await _fill(studio, people, each, due, drafts)
            await studio.clock.advance(3600 * 5 - 60)
            loop = _Loop()
            began = clock.perf_counter()
            with loop:
                await studio.planning.ticking.tick()
            wall = clock.perf_counter() - began
            taken = (await studio.rows("SELECT count(*) AS n FROM automation_use"))[0]["n"]
            return wall, loop.total, loop.longest, taken


class _Loop:
    """Adds up what the event loop spends in callbacks and steps of tasks, on its own thread's CPU clock."""

    def __enter__(self) -> "_Loop":
        self.total, self.longest = 0.0, 0.0
        self._run = asyncio.events.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = clock.thread_time()
            self._run(handle)
            spent = clock.thread_time() - began
            self.total += spent
            self.longest = max(self.longest, spent)

        asyncio.events.Handle._run = timed  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.events.Handle._run = self._run  # type: ignore[method-assign]


async def _fill(studio: Studio, people: int, each: int, due: int, drafts: int) -> None:
    """*each* automations for every one of *people*; of each one's, *due* have a slot at 18:00, the others at 3:00."""
    now = int(studio.clock.now().timestamp())
    async with studio.database.transaction() as tx:
        for person in range(2, people + 2):
            await tx.run(
                "INSERT INTO user (id, name, role, time_zone, created_at)"
                " VALUES (:id, :name, 'member', 'Europe/Paris', 0)",
                {"id": person, "name": f"artist{person}"},
            )
            await tx.run(
                "INSERT INTO account (id, user_id, artist_id, username, color, status, created_at)"
                " VALUES (:id, :id, :name, :name, '#3b82c4', 'connected', 0)",
                {"id": person, "name": f"artist{person}"},
            )
            for number in range(drafts):
                post = await tx.insert(
                    "INSERT INTO post (user_id, account_id, status, title, created_at, updated_at)"
                    " VALUES (:id, :id, 'draft', :title, 0, 0)",
                    {"id": person, "title": f"Work {number}"},
                )
                await tx.run(
                    "INSERT INTO file (post_id, position, name, mime, bytes, width, height, sha256, created_at)"
                    " VALUES (:post, 0, 'a.png', 'image/png', 1, 1, 1, :sha, 0)",
                    {"post": post, "sha": f"{post:064x}"},
                )
            for number in range(each):
                is_due = number < due
                automation = await tx.insert(
                    "INSERT INTO automation (user_id, account_id, name, color, enabled, time_zone, selection, seed,"
                    " cursor_at, next_at, created_at, updated_at)"
                    " VALUES (:id, :id, 'Daily', '#3b82c4', 1, 'Europe/Paris', 'fifo', 1, :now, :next, 0, 0)",
                    {"id": person, "now": now, "next": now + 3600 * (5 if is_due else 14)},
                )
                await tx.run(
                    "INSERT INTO automation_rule (automation_id, position, kind, days, at_minute)"
                    " VALUES (:automation, 0, 'fixed_time', 127, :minute)",
                    {"automation": automation, "minute": 18 * 60 if is_due else 3 * 60},
                )


async def ticks() -> bool:
    fine = True
    for words, people, each, due, drafts in (
        ("1,000 automations, none due", 50, 20, 0, 20),
        ("1,000 automations of 20 people, 20 due", 20, 50, 1, 20),
        ("1,000 automations of one person, 1 due", 1, 1000, 1, 20),
        ("1,000 automations of one person, all due, 20 drafts", 1, 1000, 1000, 20),
    ):
        wall, total, longest, taken = await tick(people, each, due, drafts)
        print(f"{words}: loop {total * 1000:.0f} ms in pieces up to {longest * 1000:.1f} ms")
        print(f"  {taken} drafts taken, {wall * 1000:.0f} ms on the wall (100 ms and 20 ms allowed)")
        fine = fine and total < 0.1 and longest < 0.02
    return fine


async def large(drafts: int) -> bool:
    """What a page pays that nobody has asked for since the last change; the next one is remembered."""
    with tempfile.TemporaryDirectory() as home:
        async with a_studio(Path(home)) as studio:
            await _fill(studio, 1, 20, 20, drafts)
            columns = f"SELECT {COLUMNS} FROM post p WHERE p.user_id = 2 AND p.status = 'draft' ORDER BY p.id"
            files = "SELECT f.post_id, count(*), sum(f.chosen) FROM file f GROUP BY f.post_id"

            def plain(connection: sqlite3.Connection) -> int:
                cursor = connection.cursor()
                cursor.row_factory = None
                return len(cursor.execute(columns).fetchall()) + len(cursor.execute(files).fetchall())

            floor = min([await _timed(lambda: studio.database.read(plain)) for _ in range(3)])
            now = studio.clock.now()
            read = min([await _timed(lambda: studio.planning.reads.world(2, now=now)) for _ in range(3)])
            first = await _timed(lambda: studio.planning.automations.preview(2))
            again = await _timed(lambda: studio.planning.automations.preview(2))
    print(f"a preview over {drafts:,} drafts: {first * 1000:.0f} ms the first time, {again * 1000:.1f} ms again")
    print(f"  reading them {read * 1000:.0f} ms, {read / floor:.1f} × the floor of {floor * 1000:.0f} ms")
    return first < PREVIEW_SECONDS


async def _timed(ask: Callable[[], Awaitable[object]]) -> float:
    began = clock.perf_counter()
    await ask()
    return clock.perf_counter() - began


def main() -> int:
    fine = year()
    fine = asyncio.run(ticks()) and fine
    return 0 if asyncio.run(large(15_000)) and fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
