"""Simulated days on the whole application in this process; every evening it is looked at from inside."""

import asyncio
import contextlib
import gc
import os
import sqlite3
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.processes import Running, call, start_sandbox, stopping
from benchmarks.routine import Routine
from benchmarks.simulated import Instance, an_instance
from benchmarks.traffic import visiting
from benchmarks.trend import WARM_UP, Bound, Sample, judged, told
from web.live import LIVE

ROOT = Path(__file__).parent.parent
PACKAGES = ("core", "data", "web", "bot")
SETTINGS = {"OPEN_SIGNUP": "true", "LOG_LEVEL": "error", "PUBLISH_SETTLE_SECONDS": "120"}
# Why a table may grow for as long as this runs. Every other must stay as it is.
GROWING: Mapping[str, str] = {
    "post": "works are kept",
    "post_tag": "works are kept",
    "post_search": "works are kept",
    "file": "works are kept",
    "publication": "works are kept",
    "post_wish": "works are kept",
    "folder_copy": "works are kept",
    "sale": "works are kept",
    "work_figures": "works are kept",
    "work_sample": "figures of works, one a day while they are young",
    "post_event": "the history, kept for as long as an administrator says",
    "audit": "kept for good",
    "plan_undo": "kept 30 days",
    "automation_use": "kept 400 days",
    "automation_line": "kept 180 days",
    "api_key": "revoked ones are shown",
    "invite": "those taken back are shown",
    "session": "kept 30 days",
    "webhook_delivery": "kept 30 days",
    "incident": "what was wrong, kept for a while; leaps of the clock look like a process that stood still",
    "bulk": "undo is kept 30 days",
    "bulk_choice": "undo is kept 30 days",
    "bulk_item": "undo is kept 30 days",
    "post_edit": "undo is kept 30 days",
}
ROWS = "rows of "
ROWS_MOST = 8
GROWING_ROWS = {ROWS + name for name in GROWING}
# MB for memory, else counts. The objects and bytes are those of Python; what grows with the works is in the database.
BOUNDS = (
    Bound("rss_mb", 12.0),
    Bound("traced_mb", 2.0),
    Bound("ours_mb", 0.5),
    Bound("objects", 6000),
    # A person's browser keeps a few connections open, now more and now fewer.
    Bound("tasks", 8),
    Bound("threads", 2),
    Bound("files", 8),
    Bound("connections", 8),
    Bound("streams", 2),
    Bound("listeners", 0),
    Bound("temporary_files", 1),
    Bound("backup_files", 1),
)


async def soak_days(directory: Path, days: int, step: timedelta, *, traced: bool = True) -> bool:
    """*traced*: with the bytes that each line of ours holds, at twice the cost."""
    if traced:
        tracemalloc.start()
    began, home = time.monotonic(), directory / "home"
    sandbox = await start_sandbox(directory / "sandbox", artists=2)
    async with stopping(sandbox):
        samples, odd = await _lived(home, sandbox, days, step)
        ledger = await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger?requests=0")
    print(f"{days} days in {time.monotonic() - began:.0f} s; not as due: {odd or 'nothing'}")
    tables = sorted(name for name in samples[-1].figures if name.startswith(ROWS))
    growing = [
        f"{name.removeprefix(ROWS)} {samples[-1].figures[name]:.0f}" for name in tables if name in GROWING_ROWS
    ]
    print(f"  grow as they should: {', '.join(growing)}")
    bounds = [*BOUNDS, *(Bound(name, ROWS_MOST) for name in tables if name not in GROWING_ROWS)]
    verdicts = [judged(samples, bound) for bound in bounds]
    good = told([verdict for verdict in verdicts if verdict.last or not verdict.is_flat], "day")
    wrong = _not_exactly_once(home, ledger)
    for sentence in wrong:
        print(f"  WRONG: {sentence}")
    return good and not wrong


async def _lived(home: Path, sandbox: Running, days: int, step: timedelta) -> tuple[list[Sample], dict[str, int]]:
    samples: list[Sample] = []
    async with (
        an_instance(home, sandbox, **SETTINGS) as instance,
        visiting(instance.harness.url) as (traffic, receiver),
    ):
        traffic.patience = 0.05
        runner = instance.harness.server._runner
        routine = Routine(instance, traffic, lambda: runner.app[LIVE].open_streams)
        await routine.settle_in()
        settled: tracemalloc.Snapshot | None = None
        for day in range(1, days + 1):
            await routine.day(step)
            receiver.calls = receiver.calls[-1:]
            await routine.stir()
            samples.append(Sample(day, await _looked_at(instance, home)))
            told_now = "  ".join(
                f"{name} {value:,.4g}" for name, value in samples[-1].figures.items() if " " not in name
            )
            print(f"day {day:>3}  {told_now}", flush=True)
            settled = _ours() if day == int(days * WARM_UP) + 1 else settled
        latest = _ours()
        if settled is not None and latest is not None:
            _tell_who_grew(settled, latest)
        return samples, dict(traffic.odd)


async def _looked_at(instance: Instance, home: Path) -> dict[str, float]:
    """After whatever is on its way has ended."""
    app, runner = instance.harness.app, instance.harness.server._runner
    await asyncio.sleep(0.2)
    ours = _ours()
    return {
        "rss_mb": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20,
        "traced_mb": tracemalloc.get_traced_memory()[0] / 2**20,
        "ours_mb": sum(trace.size for trace in ours.traces) / 2**20 if ours else 0.0,
        "objects": len(gc.get_objects()),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "connections": len(runner.server.connections),
        "streams": runner.app[LIVE].open_streams,
        "listeners": len(app.bus._listeners) + len(app.bus._closing),
        "temporary_files": len([*home.glob("images/incoming/*"), *home.glob("images/work/*")]),
        "backup_files": len(list((home / "backups").glob("*.backup"))),
        "database_mb": sum(path.stat().st_size for path in home.glob("isekai.db*")) / 1e6,
        **await asyncio.to_thread(_rows, home),
    }


def _ours() -> tracemalloc.Snapshot | None:
    """What lines of our own code hold."""
    gc.collect()
    if not tracemalloc.is_tracing():
        return None
    filters = [tracemalloc.Filter(True, f"{ROOT / package}/*") for package in PACKAGES]
    return tracemalloc.take_snapshot().filter_traces(filters)


def _tell_who_grew(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> None:
    print("  what our lines hold more of than after the warm-up:")
    for grown in after.compare_to(before, "lineno")[:10]:
        where = grown.traceback[0]
        name = Path(where.filename).relative_to(ROOT)
        print(f"    {grown.size_diff / 1024:+9.1f} kB {grown.count_diff:+7d}  {name}:{where.lineno}")


def _rows(home: Path) -> dict[str, int]:
    """Of every table; what a full-text table keeps inside is its own business."""
    with contextlib.closing(sqlite3.connect(home / "isekai.db", timeout=30)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counted = [name for name in names if not name.startswith(("sqlite_", "post_search_"))]
        return {ROWS + name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in counted}


def _not_exactly_once(home: Path, ledger: dict[str, Any]) -> list[str]:
    """The sandbox's ledger against the database; empty when the promise was kept."""
    with contextlib.closing(sqlite3.connect(home / "isekai.db")) as connection:
        rows = connection.execute("SELECT state, item_id, deviation_id FROM publication").fetchall()
    online = Counter(work["sha256"] for work in ledger["deviations"])
    items = {work["itemid"] for work in ledger["deviations"]}
    published = [row for row in rows if row[0] == "published"]
    wrong = [f"published twice: {sha256}" for sha256, count in online.items() if count > 1]
    wrong += [f"said to be published, but not online: {item}" for _, item, _ in published if item not in items]
    waiting = [row for row in rows if row[0] != "published" and row[1] in items]
    wrong += [f"online, but not known to be: {row[1]}" for row in waiting if row[0] != "failed"]
    if not published:
        wrong.append("nothing was published at all")
    print(f"  published {len(published)}, online {len(items)}, orphans in Sta.sh {len(ledger['orphans'])}")
    return wrong
