"""The real process under steady mixed traffic for an hour or so, looked at from outside once a minute."""

import asyncio
import sqlite3
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from benchmarks.discord_traffic import a_household
from benchmarks.processes import Running, against, call, start_isekai, start_sandbox, stopping, text
from benchmarks.traffic import Traffic, visiting
from benchmarks.trend import Bound, Sample, judged, told

SETTINGS = {
    "OPEN_SIGNUP": "true",
    "PUBLISH_TIMEOUT_SECONDS": "3",
    "PUBLISH_SETTLE_SECONDS": "5",
    "RATE_LIMITER_BASE_DELAY_MS": "100",
    "CIRCUIT_BREAKER_OPEN_SECONDS": "5",
    "LOG_LEVEL": "warning",
}
# Each now and then, so that every way out of a publication is walked all the time.
FAULTS = [
    {"on": "stash/publish", "do": "lose_answer", "probability": 0.03, "seed": 1},
    {"on": "stash/publish", "do": "status", "status": 503, "probability": 0.03, "seed": 2},
    {"on": "stash/publish", "do": "rate_limit", "retry_after": 1, "probability": 0.03, "seed": 3},
    {"on": "stash/submit", "do": "drop", "probability": 0.03, "seed": 4},
    {"on": "stash/submit", "do": "hang", "seconds": 4, "probability": 0.005, "seed": 5},
    {"on": "oauth2/token/refresh_token", "do": "status", "status": 503, "probability": 0.1, "seed": 6},
]
# MB for memory, else counts. What is open depends on the moment, so a few more at the end prove nothing.
BOUNDS = (
    Bound("rss_mb", 8.0),
    Bound("anonymous_mb", 8.0),
    Bound("threads", 4.0),  # of pools that are filled as work overlaps
    Bound("files", 4.0),
    Bound("sockets", 4.0),
    Bound("tasks", 15.0),
    Bound("temporary_files", 3.0),
)


async def soak_process(directory: Path, minutes: float, pace: float, *, with_bot: bool = False) -> bool:
    sandbox = await start_sandbox(directory / "sandbox", artists=2)
    async with stopping(sandbox):
        # So short a life that tokens are renewed every few minutes.
        call(f"{sandbox.url}/_sandbox/state", {"access_token_seconds": 400.0, "gallery_lag_seconds": 1.0})
        call(f"{sandbox.url}/_sandbox/faults", FAULTS)
        home = directory / "home"
        household, settings = await a_household(home, sandbox, "artist01") if with_bot else (None, {})
        also = household.deeds if household else ()
        isekai = await start_isekai(home, **against(sandbox.url), **SETTINGS, **settings)
        async with stopping(isekai), visiting(isekai.url) as (traffic, receiver):
            samples = await _watched(isekai, home, traffic.run(minutes * 60, pace, also), minutes)
            heard = len(receiver.calls)
        if household is not None:
            print(f"in Discord: {household.number} pictures dropped, {len(household.review.messages)} cards")
            await household.discord.close()
        ledger = await asyncio.to_thread(call, f"{sandbox.url}/_sandbox/ledger?requests=0")
    _tell(traffic, heard, ledger, home)
    good = told([judged(samples, bound) for bound in BOUNDS], "minute")
    twice, works = ledger["duplicates"], len(ledger["deviations"])
    print(f"published twice: {twice}" if twice else f"exactly once: {works} works, none twice")
    return good and not twice and works > 0


async def _watched(isekai: Running, home: Path, traffic: Coroutine[Any, Any, None], minutes: float) -> list[Sample]:
    """A sample each minute (six at least), while the traffic goes on."""
    every = min(60.0, minutes * 10)
    began, samples = time.monotonic(), [_sample(isekai, home, 0.0, ())]
    running = asyncio.create_task(traffic)
    while not running.done():
        await asyncio.wait([running], timeout=every)
        if isekai.process.returncode is not None:
            raise SystemExit(f"the process ended with status {isekai.process.returncode}")
        figures = await asyncio.to_thread(_sample, isekai, home, (time.monotonic() - began) / 60, samples)
        samples.append(figures)
        print(
            f"{figures.at:6.1f} min  " + "  ".join(f"{name} {value:,.4g}" for name, value in figures.figures.items())
        )
    await running
    return samples


def _sample(isekai: Running, home: Path, at: float, earlier: Sequence[Sample]) -> Sample:
    proc = Path("/proc") / str(isekai.pid)
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    targets = [_target(link) for link in (proc / "fd").iterdir()]
    metrics = dict(line.rsplit(" ", 1) for line in text(f"{isekai.url}/metrics").splitlines() if line[0] != "#")
    cpu = isekai.cpu_seconds()
    lag, woken = (float(metrics[f"isekai_event_loop_lag_seconds_{part}"]) for part in ("sum", "count"))
    before = earlier[-1].figures if earlier else {"cpu_s": cpu, "lag_s": lag, "woken": woken}
    return Sample(
        at,
        {
            "rss_mb": int(status["VmRSS"].split()[0]) / 1024,
            "anonymous_mb": int(status["RssAnon"].split()[0]) / 1024,
            "threads": int(status["Threads"]),
            "files": len(targets),
            "sockets": sum(target.startswith("socket:") for target in targets),
            "tasks": float(metrics["isekai_asyncio_tasks"]),
            "temporary_files": sum(1 for path in home.rglob("*") if _is_temporary(path)),
            "database_mb": sum(path.stat().st_size for path in home.glob("isekai.db*")) / 1e6,
            "cpu_s": cpu,
            "lag_s": lag,
            "woken": woken,
            "lag_ms": (lag - before["lag_s"]) / max(1.0, woken - before["woken"]) * 1000,
        },
    )


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile
        return ""


def _is_temporary(path: Path) -> bool:
    return path.is_file() and (path.parent.name in {"incoming", "work"} or path.suffix in {".part", ".tmp"})


def _tell(traffic: Traffic, heard: int, ledger: dict[str, object], home: Path) -> None:
    print(f"done: {dict(traffic.done)}; webhooks heard {heard}")
    print(f"not as due: {dict(traffic.odd) or 'nothing'}")
    connection = sqlite3.connect(home / "isekai.db")
    states = connection.execute("SELECT state, count(*) FROM publication GROUP BY state").fetchall()
    connection.close()
    print(f"publications: {dict(states)}")
    log = (home / "serve.log").read_text().splitlines()
    print(f"lines in the log at warning or above: {len(log)}")
