"""How many pictures are decoded at once: one big one, and beside it two small ones."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

BIG_PIXELS = 8_000_000
SMALL_AT_ONCE = 2

T = TypeVar("T")


class DecodeGate:
    """Runs CPU work in threads. A caller that goes away leaves its place taken until its thread is done.

    Without that, pictures whose senders gave up would be decoded side by side with those of others.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor
        self._big = asyncio.Semaphore(1)
        self._small = asyncio.Semaphore(SMALL_AT_ONCE)

    async def run(self, work: Callable[[], T], *, pixels: int) -> T:
        """*work* in a thread, when there is room for a picture of this size."""
        places = self._big if pixels > BIG_PIXELS else self._small
        await places.acquire()
        running = asyncio.get_running_loop().run_in_executor(self._executor, work)
        running.add_done_callback(lambda done: _release(places, done))
        return await asyncio.shield(running)


def _release(places: asyncio.Semaphore, done: asyncio.Future[T]) -> None:
    places.release()
    if not done.cancelled():
        done.exception()  # seen here, for nobody may be waiting any more
