"""Numbered SQL files, applied in order, each in one transaction with its row in `schema_migration`."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import AppError, StorageUnavailable
from data.database import connect_sync, named
from data.images.disk import move_durably, sync_file

DIRECTORY = Path(__file__).parent / "migrations"
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


class MigrationError(AppError):
    """The database is newer than this program, or a released migration file was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str


def known_migrations(directory: Path = DIRECTORY) -> list[Migration]:
    found = []
    for path in sorted(directory.glob("*.sql")):
        if match := _NAME.match(path.name):
            found.append(Migration(int(match[1]), path.name, path.read_text(encoding="utf-8")))
    return found


def applied_migrations(connection: sqlite3.Connection) -> set[int]:
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'").fetchone()
    if not exists:
        return set()
    return {number for (number,) in connection.execute("SELECT number FROM schema_migration")}


def migrate(
    connection: sqlite3.Connection,
    *,
    applied_at: int,
    migrations: list[Migration] | None = None,
    before: Callable[[], None] | None = None,
) -> list[str]:
    """Bring the schema up to date; returns the names applied.

    *before* runs once, ahead of the first change to a database that already holds something: the place for
    a backup. Raises `MigrationError` when the database knows migrations that this program does not.
    """
    migrations = known_migrations() if migrations is None else migrations
    done = applied_migrations(connection)
    refuse_newer(done, migrations)
    waiting = [migration for migration in migrations if migration.number not in done]
    if waiting and done and before is not None:
        before()
    for migration in waiting:
        _apply(connection, migration, applied_at)
    return [migration.name for migration in waiting]


def waiting_migrations(database: Path) -> list[str]:
    """What the next start would apply to *database*, which is only read.

    Raises `MigrationError` for a newer one, `StorageUnavailable` for one that cannot be read.
    """
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        try:
            known, done = known_migrations(), applied_migrations(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageUnavailable(f"the database cannot be read: {error}") from error
    refuse_newer(done, known)
    return [migration.name for migration in known if migration.number not in done]


def refuse_newer(done: set[int], migrations: list[Migration]) -> None:
    """Raises `MigrationError` when *done* holds what this program does not know."""
    if unknown := done - {migration.number for migration in migrations}:
        raise MigrationError(
            f"The database was made by a newer version of Isekai (migration {max(unknown)}). Nothing was changed."
            " Start that version, or restore a backup from before the upgrade."
        )


def bring_up_to_date(database: Path, *, backups: Path, now: datetime) -> list[str]:
    """Migrate the database at *database*; a copy of what was there is laid into *backups* before any change.

    Raises `MigrationError`, and `StorageUnavailable` when it cannot be read or written.
    """

    def keep_a_copy() -> None:
        backups.mkdir(parents=True, exist_ok=True)
        _copy_to(backups / f"before-migration-{now:%Y%m%d-%H%M%S}.db", connection)

    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        with closing(connect_sync(database)) as connection:
            return migrate(connection, applied_at=int(now.timestamp()), before=keep_a_copy)
    except sqlite3.DatabaseError as error:
        raise named(error, database) from error


def _copy_to(kept: Path, connection: sqlite3.Connection) -> None:
    """Under its name once it is whole: half a copy would pass for a backup."""
    for left_over in kept.parent.glob("before-migration-*.part"):
        left_over.unlink()
    unfinished = kept.with_suffix(".part")
    unfinished.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            connection.backup(copy)
        sync_file(unfinished)
        move_durably(unfinished, kept)
    finally:
        unfinished.unlink(missing_ok=True)


def _apply(connection: sqlite3.Connection, migration: Migration, applied_at: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration"
            " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"
        )
        for statement in _statements(migration.sql):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schema_migration (number, name, applied_at) VALUES (:number, :name, :at)",
            {"number": migration.number, "name": migration.name, "at": applied_at},
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # on a full disk SQLite has rolled back by itself
            connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> list[str]:
    """Split a script where SQLite itself says a statement is complete (`executescript` would commit)."""
    statements, pending = [], ""
    for piece in re.split(r"(?<=;)", sql):
        pending += piece
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    rest = re.sub(r"--[^\n]*", "", pending)
    return [*statements, pending.strip()] if rest.strip() else statements
