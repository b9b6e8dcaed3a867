"""Real processes on loopback for the benchmarks: the product, and the sandbox beside it."""

import asyncio
import contextlib
import gzip
import json
import os
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 60.0

_SANDBOX = """
import asyncio, sys
from pathlib import Path
from core.clock import SystemClock
from data.sandbox.app import Sandbox
from data.sandbox.options import SandboxOptions

async def main(home, artists, ready):
    options = SandboxOptions.with_artists(int(artists)) if int(artists) else SandboxOptions()
    sandbox = Sandbox(Path(home), SystemClock(), options=options)
    Path(ready).write_text(await sandbox.start() + "\\n")
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass(slots=True)
class Running:
    """A process that answers at `url`."""

    process: asyncio.subprocess.Process
    url: str

    @property
    def pid(self) -> int:
        return self.process.pid

    def rss_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def pss_bytes(self) -> int:
        """What it holds, with its share of what others hold as well."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024

    def cpu_seconds(self) -> float:
        """Of all its threads. Linux: the clock of another process, in nanoseconds (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.pid << 3) | 2)

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 20)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def started(arguments: list[str], ready: Path, env: Mapping[str, str], log: Path) -> Running:
    ready.unlink(missing_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(*arguments, env=dict(env), stdout=output, stderr=output)
    deadline = time.monotonic() + START_SECONDS
    while not (ready.exists() and ready.read_text().endswith("\n")):
        if process.returncode is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{arguments[2:4]} did not start:\n{log.read_text()[-4000:]}")
        await asyncio.sleep(0.01)
    return Running(process, ready.read_text().strip())


async def start_sandbox(home: Path, *, artists: int = 0) -> Running:
    """The imitation of DeviantArt in a process of its own, with `artist01`… when *artists* says how many."""
    home.mkdir(parents=True, exist_ok=True)
    ready = home / "ready"
    arguments = [sys.executable, "-c", _SANDBOX, str(home), str(artists), str(ready)]
    return await started(arguments, ready, os.environ, home / "sandbox.log")


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ISEKAI_", "DEVIANTART_"))}
    return {
        **kept,
        "ISEKAI_NO_DOTENV": "1",
        "ISEKAI_HOME": str(home),
        "ISEKAI_PORT": "0",
        "LOG_FORMAT": "json",
        **settings,
    }


async def start_isekai(home: Path, *, watched: Path | None = None, **settings: str) -> Running:
    """`python -m core serve` on *home*; *settings* are environment variables. *watched*: see `benchmarks.watched`."""
    home.mkdir(parents=True, exist_ok=True)
    ready = home / "ready"
    module = ["core"] if watched is None else ["benchmarks.watched", str(watched)]
    arguments = [sys.executable, "-m", *module, "serve", "--ready-file", str(ready)]
    return await started(arguments, ready, environment(home, **settings), home / "serve.log")


def against(sandbox_url: str) -> dict[str, str]:
    """Settings that send the product to a sandbox as if it were DeviantArt."""
    return {
        "DEVIANTART_BASE_URL": sandbox_url,
        "DEVIANTART_CLIENT_ID": "1",
        "DEVIANTART_CLIENT_SECRET": "benchmark",
    }


@asynccontextmanager
async def stopping(*running: Running) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for each in running:
            await each.stop()


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="isekai-benchmark-") as directory:
        yield Path(directory)


def call(url: str, payload: Any = None, **headers: str) -> Any:
    """JSON over HTTP, for setting up: not for what is measured."""
    body = None if payload is None else json.dumps(payload).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=60) as answer:
        packed = answer.read()
    if answer.headers.get("Content-Encoding") == "gzip":
        packed = gzip.decompress(packed)
    return json.loads(packed or b"null")


def text(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read(), "utf-8")


def percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]
