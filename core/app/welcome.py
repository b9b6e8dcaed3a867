"""Sample pictures to play with, for the first person of an instance that runs against the sandbox."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from core.actor import isekai
from core.errors import AppError
from core.posts.intake import Arrival, Intake

logger = logging.getLogger(__name__)
CHUNK = 1 << 16
DRAWING_SECONDS = 60


class Welcome:
    def __init__(self, intake: Intake, directory: Path) -> None:
        self._intake = intake
        self._directory = directory
        self._drawing = asyncio.Lock()

    async def greet(self, user_id: int) -> None:
        """Put the sample pictures into review; the same way in as for every other picture.

        Without them the visit goes on: a store that is down is no reason to keep anybody out.
        """
        try:
            await self._put_into_review(user_id)
        except (AppError, OSError) as error:
            logger.warning("no sample pictures", extra={"reason": str(error)})

    async def _put_into_review(self, user_id: int) -> None:
        await self.draw()
        for path in sorted(self._directory.glob("*.*")):
            file = await self._intake.take_in(path.name, _chunks(path))
            arrival = Arrival(user_id, [file], fields={"is_ai_generated": True}, source="samples")
            await self._intake.receive(arrival, by=isekai(user_id))

    async def draw(self) -> None:
        """The files, once. In a process of its own: what drawing needs of memory ends with it."""
        async with self._drawing:
            if self._directory.exists():
                return
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "data.sandbox.samples", str(self._directory)
            )
            try:
                await asyncio.wait_for(process.wait(), DRAWING_SECONDS)
            except (TimeoutError, asyncio.CancelledError):
                process.kill()
                await process.wait()
                raise
            if process.returncode:
                logger.warning("sample pictures could not be drawn", extra={"status": process.returncode})


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
