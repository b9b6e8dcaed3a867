"""What SQLite's machine does, counted: a measure of cost that no load of the computer changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from data.database import Database

EVERY = 20


class Steps:
    """`count` grows by instructions of the machine, over every connection of one database."""

    def __init__(self) -> None:
        self.count = 0

    def tick(self) -> int:
        self.count += EVERY
        return 0


@asynccontextmanager
async def counted(database: Database) -> AsyncIterator[Steps]:
    """While the context lasts; *database* is open."""
    steps = Steps()
    connections = [one for one in (database._writer, *database._readers) if one is not None]
    for connection in connections:
        await connection.set_progress_handler(steps.tick, EVERY)
    yield steps
    for connection in connections:
        await connection.set_progress_handler(None, 0)
