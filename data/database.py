"""SQLite: one writer behind a lock, a few readers beside it.

WAL with `synchronous=FULL`: `publish_sent_at` must survive a power cut. Measured: a commit costs about half
a millisecond at the median.
"""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from core.errors import StorageUnavailable

T = TypeVar("T")
Params = Mapping[str, Any]
Row = sqlite3.Row

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA busy_timeout = 5000;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -4000;
"""
_UNAVAILABLE = ("disk is full", "disk i/o error", "is locked", "readonly database", "unable to open")
_DAMAGED = ("not a database", "malformed")


def connect_sync(path: Path) -> sqlite3.Connection:
    """A plain connection with our settings: for migrations, backups and commands."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.executescript(_PRAGMAS)
    return connection


def translate(error: sqlite3.OperationalError) -> Exception:
    """`StorageUnavailable` for what passes by itself once there is room or the lock is gone."""
    text = str(error).lower()
    if any(sign in text for sign in _UNAVAILABLE):
        return StorageUnavailable(text)
    return error


def named(error: sqlite3.DatabaseError, database: Path) -> Exception:
    """As `translate`, for whoever runs the machine: with the file's name, and what is damaged as well."""
    text = str(error)
    if any(sign in text.lower() for sign in _DAMAGED):
        return StorageUnavailable(f"The database {database} is damaged ({text}): restore a backup.")
    if any(sign in text.lower() for sign in _UNAVAILABLE):
        return StorageUnavailable(f"The database {database} cannot be used: {text}.")
    return error


async def finish(work: Awaitable[T]) -> T:
    """Await *work* to its end even if we are cancelled meanwhile; the cancellation follows after."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.cancelled():
            await asyncio.wait([task])
        raise


class Connection:
    """Statements inside the one open transaction; parameters are always named."""

    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    async def all(self, sql: str, params: Params | None = None) -> list[Row]:
        return list(await self._raw.execute_fetchall(sql, params or {}))

    async def one(self, sql: str, params: Params | None = None) -> Row | None:
        rows = await self.all(sql, params)
        return rows[0] if rows else None

    async def run(self, sql: str, params: Params | None = None) -> int:
        """Rows changed."""
        cursor = await self._raw.execute(sql, params or {})
        changed = cursor.rowcount
        await cursor.close()
        return changed

    async def insert(self, sql: str, params: Params | None = None) -> int:
        """The new row's id."""
        cursor = await self._raw.execute(sql, params or {})
        row_id = cursor.lastrowid
        await cursor.close()
        assert row_id is not None  # noqa: S101 - an INSERT always sets it
        return row_id

    async def call(self, statements: Callable[[sqlite3.Connection], T]) -> T:
        """Several statements of the transaction in one hop to its thread (see `Database.read`)."""
        result: T = await self._raw._execute(statements, self._raw._conn)  # type: ignore[no-untyped-call]
        return result

    async def many(self, sql: str, params: Iterable[Params]) -> None:
        await (await self._raw.executemany(sql, list(params))).close()


# Far longer than any change of ours takes: one that is stuck is heard of, instead of holding everybody in silence.
TURN_SECONDS = 30.0


class Database:
    """Opens the connections and hands them out; knows no table."""

    def __init__(self, path: Path, *, readers: int = 3, patience: float = TURN_SECONDS) -> None:
        self.path = path
        self.patience = patience
        self._reader_count = readers
        self._writer: aiosqlite.Connection | None = None
        self._readers: list[aiosqlite.Connection] = []
        self._turn = itertools.count()
        self._lock = asyncio.Lock()
        self.commits = 0  # that changed a row, of this process: whoever remembers rows looks whether it moved

    async def open(self) -> None:
        try:
            self._writer = await self._connect(read_only=False)
            for _ in range(self._reader_count):
                self._readers.append(await self._connect(read_only=True))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """An aiosqlite connection left open keeps the interpreter from ending."""
        async with self._lock:
            writer, self._writer = self._writer, None
            readers, self._readers = self._readers, []
        for connection in [*readers, *([writer] if writer else [])]:
            await connection.close()

    async def _connect(self, *, read_only: bool) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self.path, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            await (await connection.executescript(_PRAGMAS)).close()
            if read_only:
                await (await connection.execute("PRAGMA query_only = ON")).close()
        except BaseException:
            await connection.close()
            raise
        return connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """`BEGIN IMMEDIATE` … commit, or roll back whatever happened inside.

        Raises `StorageUnavailable` when its turn does not come.
        """
        async with self._own_turn():
            writer = self._writer
            if writer is None:
                raise StorageUnavailable("the database is closed")
            try:
                await finish(writer.execute("BEGIN IMMEDIATE"))
            except asyncio.CancelledError:
                await finish(self._roll_back(writer))
                raise
            except sqlite3.OperationalError as error:
                raise translate(error) from error
            changes = writer.total_changes
            try:
                yield Connection(writer)
                await finish(writer.execute("COMMIT"))
                self.commits += writer.total_changes != changes
            except BaseException as error:
                await finish(self._roll_back(writer))
                if isinstance(error, sqlite3.OperationalError):
                    raise translate(error) from error
                raise

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.patience):
                await self._lock.acquire()
        except TimeoutError:
            raise StorageUnavailable(f"another change has been going on for {self.patience:g} seconds") from None
        try:
            yield
        finally:
            self._lock.release()

    @staticmethod
    async def _roll_back(writer: aiosqlite.Connection) -> None:
        if writer.in_transaction:
            await writer.execute("ROLLBACK")

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run *query* on a read-only connection, in its thread: one hop for a whole page's statements.

        aiosqlite offers no public call for that; `_execute` and `_conn` are what its own methods use (0.22).
        """
        if not self._readers:
            raise StorageUnavailable("the database is closed")
        reader = self._readers[next(self._turn) % len(self._readers)]
        try:
            result: T = await reader._execute(query, reader._conn)  # type: ignore[no-untyped-call]
            return result
        except sqlite3.OperationalError as error:
            raise translate(error) from error

    async def check(self) -> None:
        """Raises `StorageUnavailable` when nothing can be written at present."""
        async with self.transaction() as connection:
            await connection.run(
                "INSERT INTO instance_state (name, value) VALUES ('written', '1')"
                " ON CONFLICT DO UPDATE SET value = value"
            )
