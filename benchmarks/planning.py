"""A year of 20 automations over 5,000 drafts: must simulate in under 10 s.

python -m benchmarks.planning
"""

import time as clock
from datetime import UTC, datetime, time, timedelta

from core.planning.automation import Automation, Order, Pool
from core.planning.pacing import Pacing
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Jitter
from core.planning.world import Draft, Result, World, simulate
from core.posts.fields import Details
from core.posts.files import PostFile

START = datetime(2027, 1, 1, tzinfo=UTC)
LIMIT_SECONDS = 10.0
ZONES = ("Europe/Paris", "Australia/Lord_Howe", "America/New_York", "Asia/Tehran", "Pacific/Kiritimati")
PICTURE = PostFile(1, 1, 0, "a.png", "image/png", 1, 1, 1, "0" * 64)


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
        Draft.of(n, 1 + n % 3, Details(title=f"Work {n}", tags=(f"tag{n % 7}", "art")), (PICTURE,))
        for n in range(1, count + 1)
    ]


def main() -> int:
    rules, pool = automations(20), drafts(5000)
    pacing = {account: Pacing("Europe/Paris", timedelta(minutes=10), 24) for account in (1, 2, 3)}
    began = clock.perf_counter()
    outcomes = list(simulate(World(rules, pool, pacing=pacing), rules, START, START + timedelta(days=365)))
    seconds = clock.perf_counter() - began
    taken = sum(outcome.result is Result.SCHEDULED for outcome in outcomes)
    print(f"a year of {len(rules)} automations over {len(pool)} drafts: {seconds:.2f} s")
    print(f"  {len(outcomes)} slots used, {taken} drafts placed (at most {LIMIT_SECONDS:.0f} s allowed)")
    return 0 if seconds < LIMIT_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
