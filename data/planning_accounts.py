"""What each account brings to planning: slots, pacing, holidays, what is scheduled, and instants already taken."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from core.errors import NotFound
from core.planning.pacing import Holiday, HolidayMode, Pacing
from core.planning.ports import AccountPlanning, NamedHoliday, Scheduled
from core.planning.slots import WeeklySlot
from core.planning.wall_clock import Planned
from data.database import Row
from data.posts import read_local
from data.times import clock_of, instant, seconds

SCHEDULED = """
SELECT p.id, p.account_id, p.due_at, p.due_local, p.time_zone, p.version, p.title, p.jitter_seconds
  FROM post p
 WHERE p.status = 'scheduled'
"""


def holidays_of(connection: sqlite3.Connection, user_id: int) -> tuple[NamedHoliday, ...]:
    rows = connection.execute(
        "SELECT id, first_day, last_day, mode, name FROM holiday WHERE user_id = :id ORDER BY first_day, id",
        {"id": user_id},
    )
    return tuple(
        NamedHoliday(
            row["id"],
            Holiday(
                date.fromisoformat(row["first_day"]),
                date.fromisoformat(row["last_day"]),
                HolidayMode(row["mode"]),
                row["name"],
            ),
        )
        for row in rows
    )


def accounts_where(connection: sqlite3.Connection, where: str, value: int) -> tuple[AccountPlanning, ...]:
    rows = connection.execute(
        f"""
        SELECT c.id, c.user_id, c.username, c.paused_at, u.time_zone, g.min_gap_minutes, g.max_per_day, g.quiet_start,
               g.quiet_end, g.move_up
          FROM account c
          JOIN user u ON u.id = c.user_id
          LEFT JOIN pacing g ON g.account_id = c.id
         WHERE {where} = :value
         ORDER BY c.id
        """,
        {"value": value},
    ).fetchall()
    # Read once for all accounts of a person: each has the same ones, and there may be hundreds.
    holidays = {
        user_id: tuple(named.holiday for named in holidays_of(connection, user_id))
        for user_id in {row["user_id"] for row in rows}
    }
    return tuple(_account(connection, row, holidays[row["user_id"]]) for row in rows)


def _account(connection: sqlite3.Connection, row: Row, holidays: tuple[Holiday, ...]) -> AccountPlanning:
    slots = connection.execute(
        "SELECT id, weekday, minute FROM weekly_slot WHERE account_id = :id ORDER BY weekday, minute",
        {"id": row["id"]},
    )
    quiet = None if row["quiet_start"] is None else (clock_of(row["quiet_start"]), clock_of(row["quiet_end"]))
    pacing = Pacing(
        row["time_zone"],
        timedelta(minutes=row["min_gap_minutes"] or 0),
        row["max_per_day"],
        quiet,
        holidays,
    )
    return AccountPlanning(
        account_id=row["id"],
        user_id=row["user_id"],
        username=row["username"],
        pacing=pacing,
        slots=tuple(WeeklySlot(slot["weekday"], clock_of(slot["minute"]), slot["id"]) for slot in slots),
        move_up=bool(row["move_up"]),
        is_paused=row["paused_at"] is not None,
    )


def account_of(connection: sqlite3.Connection, account_id: int) -> AccountPlanning:
    found = accounts_where(connection, "c.id", account_id)
    if not found:
        raise NotFound
    return found[0]


def instants_of(
    connection: sqlite3.Connection, account_id: int, since: datetime, except_posts: Sequence[int] = ()
) -> tuple[datetime, ...]:
    """When posts of that account go or went out since *since*."""
    rows = connection.execute(
        """
        SELECT p.published_at AS at
          FROM post p
         WHERE p.account_id = :account_id
           AND p.published_at >= :since
           AND p.id NOT IN (SELECT value FROM json_each(:except_posts))
         UNION ALL
        SELECT p.due_at AS at
          FROM post p
         WHERE p.account_id = :account_id
           AND p.due_at >= :since
           AND p.published_at IS NULL
           AND p.status IN ('scheduled', 'uploading', 'publishing', 'failed')
           AND p.id NOT IN (SELECT value FROM json_each(:except_posts))
        """,
        {"account_id": account_id, "since": seconds(since), "except_posts": json.dumps(list(except_posts))},
    )
    return tuple(instant(row["at"]) for row in rows)


def scheduled_of(row: Row) -> Scheduled:
    planned = Planned(instant(row["due_at"]), read_local(row["due_local"]), row["time_zone"], adjusted=False)
    return Scheduled(row["id"], row["account_id"], planned, row["version"], row["title"], row["jitter_seconds"])
