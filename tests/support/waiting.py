"""Waiting for something to become true, with a deadline instead of a fixed sleep."""

import asyncio
import time
from collections.abc import Callable

DEADLINE_SECONDS = 10.0


async def eventually(condition: Callable[[], object], *, seconds: float = DEADLINE_SECONDS) -> None:
    """Return once *condition* holds; fail when it still does not after *seconds* of real time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never happened within {seconds:g} s"
        await asyncio.sleep(0.002)
