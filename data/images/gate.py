"""How many pictures are decoded at once: one big one, and beside it two small ones.

Each size has threads of its own, so that a queue of pictures never keeps other work waiting for a thread, and a
caller that goes away leaves its place taken until its picture is done.
"""

import asyncio
import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

BIG_PIXELS = 8_000_000
SMALL_AT_ONCE = 2
MMAP_THRESHOLD = -3  # glibc's name for the option
RETURNED_BYTES = 1024 * 1024

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


def give_memory_back() -> None:
    """Let large blocks return to the system as soon as they are freed.

    glibc learns from the first freed block to keep such blocks for later, in each thread: after eight large
    pictures that were 440 MB. Other C libraries know no such option and need none.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(MMAP_THRESHOLD, RETURNED_BYTES)
