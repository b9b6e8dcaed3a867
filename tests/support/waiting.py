"""Waiting for something to become true, with a deadline instead of a fixed sleep."""

import asyncio
import inspect
import time
from collections.abc import Callable

DEADLINE_SECONDS = 10.0


async def eventually(condition: Callable[[], object], *, seconds: float = DEADLINE_SECONDS) -> None:
    """Return once *condition* (which may be async) holds; fail when it does not within *seconds* of real time."""
    deadline = time.monotonic() + seconds
    while not await _holds(condition):
        assert time.monotonic() < deadline, f"never happened within {seconds:g} s"
        await asyncio.sleep(0.002)


async def _holds(condition: Callable[[], object]) -> object:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else answer
