"""How many pictures are decoded at once: one big one, and beside it two small ones.

Each size has threads of its own, so that a queue of pictures never keeps other work waiting for a thread, and a
caller that goes away leaves its place taken until its picture is done.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from data.c_memory import give_memory_back

BIG_PIXELS = 8_000_000
SMALL_AT_ONCE = 2

T = TypeVar("T")


class DecodeGate:
    """Runs CPU work in threads."""

    def __init__(self) -> None:
        self._big = ThreadPoolExecutor(1, "big-picture", initializer=give_memory_back)
        self._small = ThreadPoolExecutor(SMALL_AT_ONCE, "picture", initializer=give_memory_back)

    async def run(self, work: Callable[[], T], *, pixels: int) -> T:
        """*work* in a thread, when there is room for a picture of this size."""
        threads = self._big if pixels > BIG_PIXELS else self._small
        return await asyncio.get_running_loop().run_in_executor(threads, work)
