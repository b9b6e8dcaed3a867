"""Does anything leak? Weeks of simulated days, or an hour of the real process; exit status 1 when something grows.

    python -m benchmarks.soak [--days 30] [--step 5]
    python -m benchmarks.soak --process [--bot] [--minutes 60] [--pace 1]

Simulated: the product's own parts in this process with a clock that is moved, a day at a time. Real: `isekai serve`
as a process of its own under steady mixed traffic. Both against the sandbox over HTTP; both end with the growth of
every figure after the warm-up, fitted over the whole run, and with whether every work went public exactly once.
"""

import argparse
import asyncio
import os
import sys
from datetime import timedelta

from benchmarks.processes import scratch
from benchmarks.soak_days import soak_days
from benchmarks.soak_process import soak_process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--step", type=float, default=5, help="minutes that pass at once")
    parser.add_argument("--brief", action="store_true", help="3 days in steps of an hour: for every change")
    parser.add_argument("--process", action="store_true", help="the real process instead of simulated days")
    parser.add_argument("--bot", action="store_true", help="with the real process: an artist in Discord as well")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--pace", type=float, default=1.0, help="2: half the traffic")
    chosen = parser.parse_args()
    if chosen.brief:
        chosen.days, chosen.step = 3, 60
    with scratch() as directory:
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        if chosen.process:
            good = asyncio.run(soak_process(directory, chosen.minutes, chosen.pace, with_bot=chosen.bot))
        else:
            step = timedelta(minutes=chosen.step)
            good = asyncio.run(soak_days(directory, chosen.days, step, traced=not chosen.brief))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
