"""Sample pictures to play with, for the first person of an instance that runs against the sandbox."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from core.actor import isekai
from core.posts.intake import Arrival, Intake
from data.sandbox.samples import draw_samples

CHUNK = 1 << 16


class Welcome:
    def __init__(self, intake: Intake, directory: Path) -> None:
        self._intake = intake
        self._directory = directory

    async def greet(self, user_id: int) -> None:
        """Put the sample pictures into review; the same way in as for every other picture."""
        for path in await asyncio.to_thread(self.draw):
            file = await self._intake.take_in(path.name, _chunks(path))
            arrival = Arrival(user_id, [file], fields={"is_ai_generated": True}, source="samples", batch="samples")
            await self._intake.receive(arrival, by=isekai(user_id))

    def draw(self) -> list[Path]:
        """The files, drawn when they are not there yet: the README's first upload takes one of them."""
        there = sorted(self._directory.glob("*.*")) if self._directory.exists() else []
        return there or draw_samples(self._directory)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
