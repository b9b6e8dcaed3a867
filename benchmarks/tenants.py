"""What one more tenant costs a machine: memory, processor and start of idle instances, each a process of its own.

    python -m benchmarks.tenants [--tenants 8] [--seconds 120]

All talk to one sandbox process, as tenants talk to one DeviantArt; the bot is off and nobody visits. RSS counts
shared pages once for each process, PSS splits them: the sum of PSS is what the machine gives. The floor is a bare
aiohttp server with an open SQLite file, measured in the same run.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.processes import Running, against, start_isekai, start_sandbox, stopping

MEBIBYTE = 1024 * 1024
SETTLED_SECONDS = 15.0
WANTED_RSS_MB, WANTED_CPU_PERCENT = 100.0, 0.5

_FLOOR = """
import sqlite3, sys
from aiohttp import web

sqlite3.connect(sys.argv[1]).execute("CREATE TABLE IF NOT EXISTS t (x)")
app = web.Application()
app.router.add_get("/", lambda request: web.Response(text="ok"))
web.run_app(app, host="127.0.0.1", port=0, print=None)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process. MB, percent of one core, seconds, counts."""

    rss: float
    pss: float
    cpu: float
    threads: int
    files: int
    start: float


async def main() -> None:
    parser = argparse.ArgumentParser(description="The cost of idle tenants.")
    parser.add_argument("--tenants", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="isekai-tenants-") as directory:
        costs, floor, answered = await measured(Path(directory), options.tenants, options.seconds)
    report(costs, floor, answered, options.seconds)


async def measured(home: Path, tenants: int, seconds: float) -> tuple[list[Cost], Cost, float]:
    """Each tenant's cost, the floor's, and how long the last tenant took to answer after the idle time."""
    sandbox = await start_sandbox(home / "sandbox")
    async with stopping(sandbox):
        running: list[Running] = []
        starts: list[float] = []
        bare = await _floor(home / "floor.db")
        try:
            for number in range(tenants):
                began = time.monotonic()
                running.append(await start_isekai(home / f"tenant-{number}", **against(sandbox.url)))
                starts.append(time.monotonic() - began)
            # What a start leaves to do is not what idling costs.
            await asyncio.sleep(SETTLED_SECONDS)
            before = [one.cpu_seconds() for one in (*running, bare)]
            began = time.monotonic()
            await asyncio.sleep(seconds)
            spent = time.monotonic() - began
            *costs, floor = [
                _cost(one, (one.cpu_seconds() - earlier) / spent * 100, start)
                for one, earlier, start in zip((*running, bare), before, (*starts, 0.0), strict=True)
            ]
            return costs, floor, await _answered(running[-1])
        finally:
            await asyncio.gather(*(one.stop() for one in (*running, bare)))


async def _floor(database: Path) -> Running:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _FLOOR, str(database))
    return Running(process, "")


async def _answered(one: Running) -> float:
    began = time.monotonic()
    host, port = one.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    status = await reader.readline()
    writer.close()
    if b" 200 " not in status:
        raise RuntimeError(f"a tenant is not ready: {status!r}")
    return time.monotonic() - began


def _cost(one: Running, cpu: float, start: float) -> Cost:
    proc = Path("/proc") / str(one.pid)
    pss = next(
        int(line.split()[1]) * 1024
        for line in (proc / "smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )
    threads, files = len(list((proc / "task").iterdir())), len(list((proc / "fd").iterdir()))
    return Cost(one.rss_bytes() / MEBIBYTE, pss / MEBIBYTE, cpu, threads, files, start)


def report(costs: Sequence[Cost], floor: Cost, answered: float, seconds: float) -> None:
    print(f"{len(costs)} idle tenants, {seconds:g} s, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| | RSS | PSS | CPU of one core | threads | open files | start |")
    print("|---|---|---|---|---|---|---|")
    worst = Cost(*(max(getattr(cost, name) for cost in costs) for name in Cost.__slots__))
    usual = Cost(*(mean(getattr(cost, name) for cost in costs) for name in Cost.__slots__))
    for name, cost in (("a tenant, mean", usual), ("a tenant, worst", worst), ("bare aiohttp + sqlite3", floor)):
        print(
            f"| {name} | {cost.rss:.0f} MB | {cost.pss:.0f} MB | {cost.cpu:.2f} % | {cost.threads:.0f} |"
            f" {cost.files:.0f} | {f'{cost.start:.1f} s' if cost.start else '–'} |"
        )
    print(
        f"all of them: {sum(cost.pss for cost in costs):.0f} MB, {sum(cost.cpu for cost in costs):.1f} % of one core"
    )
    print(f"/ready of the last one afterwards: {answered * 1000:.0f} ms")
    well = worst.rss < WANTED_RSS_MB and usual.cpu < WANTED_CPU_PERCENT
    print(f"wanted: RSS < {WANTED_RSS_MB:.0f} MB, CPU < {WANTED_CPU_PERCENT} %: {'well' if well else 'NOT MET'}")


if __name__ == "__main__":
    asyncio.run(main())
