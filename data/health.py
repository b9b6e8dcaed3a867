"""What the database and the machine know of the instance's health."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

from core.account import AccountStatus
from core.operations.clearing import REPORT, Cleared
from core.operations.facts import AccountFact, DiskRoom, Kept, Usage
from data import accounts
from data.database import Database, Row
from data.times import instant


class HealthReader:
    """Satisfies `core.operations.facts.HealthReads`: one hop."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def kept(self) -> Kept:
        return await self._db.read(_kept)


def _kept(connection: sqlite3.Connection) -> Kept:
    rows = connection.execute(
        f"""
        SELECT {accounts.COLUMNS}, a.breaker_until, a.next_ready_at, u.paused_at AS user_paused_at, u.disabled_at
          FROM account a JOIN user u ON u.id = a.user_id
         ORDER BY a.id
        """
    ).fetchall()
    one = connection.execute(
        """
        SELECT (SELECT value FROM instance_state WHERE name = 'service_circuit_open_until') AS circuit_until,
               EXISTS (SELECT 1 FROM instance_state
                        WHERE name = 'publishing_paused' AND value NOT IN ('null', 'false')) AS restored,
               (SELECT value FROM instance_state WHERE name = :cleared) AS cleared,
               (SELECT min(created_at) FROM user) AS first_user_at,
               (SELECT count(*) FROM user u
                 WHERE u.role = 'admin' AND u.disabled_at IS NULL AND u.email IS NOT NULL) AS with_mail,
               (SELECT count(DISTINCT u.id) FROM user u JOIN discord_person d ON d.user_id = u.id
                 WHERE u.role = 'admin' AND u.disabled_at IS NULL) AS on_discord
        """,
        {"cleared": REPORT},
    ).fetchone()
    until = one["circuit_until"]
    return Kept(
        accounts=tuple(_account(row) for row in rows),
        restored=bool(one["restored"]),
        circuit_until=instant(int(float(until))) if until not in (None, "null") else None,
        first_user_at=instant(one["first_user_at"]),
        admins_with_mail=one["with_mail"],
        admins_on_discord=one["on_discord"],
        cleared=Cleared(**json.loads(one["cleared"])) if one["cleared"] else None,
    )


def _account(row: Row) -> AccountFact:
    account = accounts.account_from(row)
    return AccountFact(
        username=account.username,
        account_id=account.id,
        user_id=account.user_id,
        needs_reconnect=account.status is AccountStatus.RECONNECT,
        is_paused=account.paused_at is not None or row["user_paused_at"] is not None,
        is_disabled=row["disabled_at"] is not None,
        ends_at=account.refresh_expires_at,
        is_renewed=account.warned_days is None,
        circuit_until=instant(row["breaker_until"]),
        waiting_since=instant(row["next_ready_at"]),
    )


class ThisMachine:
    """Satisfies `core.operations.facts.Machine` for the disk that *home* is on."""

    def __init__(self, home: Path, database: Path) -> None:
        self._home = home
        self._database = database

    def disk(self) -> DiskRoom | None:
        try:
            room = shutil.disk_usage(self._home)
        except OSError:
            return None
        return DiskRoom(room.free, room.total)

    def usage(self) -> Usage:
        return Usage(_memory(), _size(self._database))


def _memory() -> int | None:
    """What the process occupies, where the machine has /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _size(database: Path) -> int | None:
    files = [database, database.with_name(database.name + "-wal")]
    try:
        return sum(file.stat().st_size for file in files if file.exists())
    except OSError:
        return None
