"""The real process on loopback, for tests of what only a process can do: signals, locks, ends."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

START_SECONDS = 40.0


@dataclass
class Process:
    process: asyncio.subprocess.Process
    home: Path
    log: Path
    url: str = ""

    async def ready(self) -> "Process":
        """Once `/ready` answers 200 (the ready file says where)."""
        deadline = time.monotonic() + START_SECONDS
        file = self.home / "ready"
        while not (file.exists() and file.read_text().endswith("\n")):
            assert self.process.returncode is None, self.log.read_text()
            assert time.monotonic() < deadline, f"not ready within {START_SECONDS:g} s\n{self.log.read_text()}"
            await asyncio.sleep(0.02)
        self.url = file.read_text().strip()
        return self

    async def ended(self, *, seconds: float = 20.0) -> int:
        return await asyncio.wait_for(self.process.wait(), seconds)

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return answer.status, await answer.text()


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ISEKAI_", "DEVIANTART_", "DISCORD_", "SMTP_", "S3_"))
    }
    return {
        **kept,
        "ISEKAI_NO_DOTENV": "1",
        "ISEKAI_HOME": str(home),
        "ISEKAI_PORT": "0",
        "LOG_FORMAT": "json",
        **settings,
    }


async def run(home: Path, *arguments: str, **settings: str) -> Process:
    """`isekai …` on *home*, not waited for."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "ready").unlink(missing_ok=True)
    log = home.parent / f"{home.name}-{arguments[0]}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "core", *arguments, env=environment(home, **settings), stdout=output, stderr=output
        )
    return Process(process, home, log)


@asynccontextmanager
async def serving(home: Path, **settings: str) -> AsyncIterator[Process]:
    """Ready; killed at the end of the block if it still runs."""
    started = await run(home, "serve", "--ready-file", str(home / "ready"), **settings)
    try:
        yield await started.ready()
    finally:
        if started.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                started.process.kill()
            await started.process.wait()
