"""Planning as pages, previews and ticks read it, outside of transactions."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.errors import NotFound
from core.planning.automation import Automation
from core.planning.good_times import Work
from core.planning.pacing import Taken
from core.planning.ports import (
    AccountPlanning,
    Line,
    NamedHoliday,
    Scheduled,
    Series,
    UndoStep,
    Use,
    WorldRows,
)
from core.planning.world import Draft
from data.database import Database
from data.planning_accounts import SCHEDULED, account_of, accounts_where, holidays_of, instants_of, scheduled_of
from data.planning_automations import (
    EDITED,
    VISIBLE,
    KnownAutomations,
    automation_of,
    automations,
)
from data.planning_drafts import Drafts
from data.planning_series import series_of, series_states
from data.times import instant, seconds

TAKEN_BEFORE = timedelta(days=1)


class PlanningReader:
    """`PlanningReads`: one hop each."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._drafts = Drafts()
        self._automations = KnownAutomations()

    def version(self) -> int:
        return self._db.commits

    async def automations(self, user_id: int) -> tuple[Automation, ...]:
        return await self._db.read(
            lambda connection: automations(
                connection, f"{VISIBLE} AND a.removed_at IS NULL", {"user_id": user_id}, self._automations
            )
        )

    async def undo_steps(self, user_id: int, *, since: datetime, limit: int) -> tuple[UndoStep, ...]:
        def read(connection: sqlite3.Connection) -> tuple[UndoStep, ...]:
            rows = connection.execute(
                """
                SELECT id, text, json_array_length(plans) AS posts, created_at, used_at FROM plan_undo
                 WHERE user_id = :user_id AND created_at >= :since AND json_array_length(plans) > 1
                 ORDER BY id DESC LIMIT :limit
                """,
                {"user_id": user_id, "since": seconds(since), "limit": limit},
            )
            return tuple(
                UndoStep(row["id"], row["text"], row["posts"], instant(row["created_at"]), row["used_at"] is not None)
                for row in rows
            )

        return await self._db.read(read)

    async def automation(self, automation_id: int, *, user_id: int) -> Automation:
        return await self._db.read(lambda connection: automation_of(connection, automation_id, user_id))

    async def due_users(self, *, before: datetime) -> tuple[int, ...]:
        def read(connection: sqlite3.Connection) -> tuple[int, ...]:
            rows = connection.execute(
                "SELECT DISTINCT a.user_id FROM automation a JOIN user u ON u.id = a.user_id"
                " WHERE a.enabled = 1 AND a.removed_at IS NULL AND a.next_at IS NOT NULL AND a.next_at <= :before"
                " AND u.paused_at IS NULL AND u.disabled_at IS NULL ORDER BY a.user_id",
                {"before": seconds(before)},
            )
            return tuple(row["user_id"] for row in rows)

        return await self._db.read(read)

    async def world(self, user_id: int, *, now: datetime) -> WorldRows:
        return await self._db.read(
            lambda connection: _world(connection, self._drafts, self._automations, user_id, now)
        )

    async def drafts(self, automation: Automation) -> tuple[tuple[Draft, ...], Mapping[int, int]]:
        def read(connection: sqlite3.Connection) -> tuple[tuple[Draft, ...], Mapping[int, int]]:
            rows = connection.execute(
                "SELECT post_id, position FROM automation_order WHERE automation_id = :id", {"id": automation.id}
            )
            positions = {row["post_id"]: row["position"] for row in rows}
            return self._drafts.of(connection, automation.user_id), positions

        return await self._db.read(read)

    async def uses(self, automation_id: int, *, limit: int = 50) -> tuple[Use, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Use, ...]:
            rows = connection.execute(
                """
                SELECT x.slot_at, x.post_id, coalesce(p.title, '') AS title, x.due_at, x.created_at
                  FROM automation_use x
                  LEFT JOIN post p ON p.id = x.post_id
                 WHERE x.automation_id = :id
                 ORDER BY x.id DESC
                 LIMIT :limit
                """,
                {"id": automation_id, "limit": limit},
            )
            return tuple(
                Use(
                    instant(row["slot_at"]),
                    row["post_id"],
                    row["title"],
                    instant(row["due_at"]),
                    instant(row["created_at"]),
                )
                for row in rows
            )

        return await self._db.read(read)

    async def lines(self, automation_id: int, *, limit: int = 50) -> tuple[Line, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Line, ...]:
            rows = connection.execute(
                "SELECT at, kind, text FROM automation_line WHERE automation_id = :id ORDER BY id DESC LIMIT :limit",
                {"id": automation_id, "limit": limit},
            )
            return tuple(Line(instant(row["at"]), row["kind"], row["text"]) for row in rows)

        return await self._db.read(read)

    async def accounts(self, user_id: int) -> tuple[AccountPlanning, ...]:
        """Their own first, then those that they edit for somebody else."""

        def read(connection: sqlite3.Connection) -> tuple[AccountPlanning, ...]:
            shared = connection.execute(f"{EDITED} ORDER BY account_id", {"user_id": user_id}).fetchall()
            found = [accounts_where(connection, "c.id", row["account_id"]) for row in shared]
            return sum(found, accounts_where(connection, "c.user_id", user_id))

        return await self._db.read(read)

    async def scheduled_at(self, account_id: int, instants: Sequence[datetime]) -> tuple[Scheduled, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Scheduled, ...]:
            rows = connection.execute(
                f"{SCHEDULED} AND p.account_id = :id AND p.due_at IN (SELECT value FROM json_each(:instants))"
                " ORDER BY p.due_at, p.id",
                {"id": account_id, "instants": json.dumps([seconds(one) for one in instants])},
            )
            return tuple(map(scheduled_of, rows))

        return await self._db.read(read)

    async def taken(self, account_id: int, *, since: datetime, except_posts: Sequence[int] = ()) -> Taken:
        return Taken(await self._db.read(lambda connection: instants_of(connection, account_id, since, except_posts)))

    async def holidays(self, user_id: int) -> tuple[NamedHoliday, ...]:
        return await self._db.read(lambda connection: holidays_of(connection, user_id))

    async def series(self, user_id: int, *, series_id: int | None = None) -> tuple[Series, ...]:
        return await self._db.read(lambda connection: series_of(connection, user_id, series_id))

    async def series_around(self, user_id: int, post_id: int) -> tuple[tuple[tuple[int, str], ...], int | None]:
        def read(connection: sqlite3.Connection) -> tuple[tuple[tuple[int, str], ...], int | None]:
            rows = connection.execute(
                """
                SELECT e.id, e.name, EXISTS (SELECT 1 FROM series_part s
                                              WHERE s.post_id = :post_id AND s.series_id = e.id) AS has_it
                  FROM series e
                 WHERE e.user_id = :user_id
                   AND e.removed_at IS NULL
                 ORDER BY e.name COLLATE NOCASE
                """,
                {"user_id": user_id, "post_id": post_id},
            ).fetchall()
            around = next((row["id"] for row in rows if row["has_it"]), None)
            return tuple((row["id"], row["name"]) for row in rows), around

        return await self._db.read(read)

    async def works(self, user_id: int, *, account_id: int | None = None) -> tuple[Work, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Work, ...]:
            rows = connection.execute(
                """
                SELECT w.published_at, w.favourites
                  FROM work_figures w
                 WHERE w.user_id = :user_id
                   AND w.sampled_at IS NOT NULL
                   AND (:account_id IS NULL OR w.account_id = :account_id)
                 ORDER BY w.published_at DESC
                 LIMIT 2000
                """,
                {"user_id": user_id, "account_id": account_id},
            )
            return tuple(Work(instant(row["published_at"]), row["favourites"]) for row in rows)

        return await self._db.read(read)

    async def account_of(self, post_id: int, *, user_id: int) -> AccountPlanning:
        def read(connection: sqlite3.Connection) -> AccountPlanning:
            row = connection.execute(
                "SELECT p.account_id FROM post p WHERE p.id = :id AND (p.user_id = :user_id OR EXISTS ("
                "SELECT 1 FROM account_share s WHERE s.account_id = p.account_id AND s.user_id = :user_id))",
                {"id": post_id, "user_id": user_id},
            ).fetchone()
            if row is None:
                raise NotFound
            return account_of(connection, row["account_id"])

        return await self._db.read(read)

    async def overdue(self, *, before: datetime) -> tuple[Scheduled, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Scheduled, ...]:
            rows = connection.execute(
                f"{SCHEDULED} AND p.held = 0 AND p.due_at < :before ORDER BY p.due_at, p.id",
                {"before": seconds(before)},
            )
            return tuple(map(scheduled_of, rows))

        return await self._db.read(read)


def _world(
    connection: sqlite3.Connection, drafts: Drafts, known: KnownAutomations, user_id: int, now: datetime
) -> WorldRows:
    accounts = accounts_where(connection, "c.user_id", user_id)
    positions: dict[int, dict[int, int]] = defaultdict(dict)
    for row in connection.execute(
        "SELECT o.automation_id, o.post_id, o.position FROM automation a"
        " JOIN automation_order o ON o.automation_id = a.id WHERE a.user_id = :user_id",
        {"user_id": user_id},
    ):
        positions[row["automation_id"]][row["post_id"]] = row["position"]
    paused = connection.execute("SELECT paused_at FROM user WHERE id = :id", {"id": user_id}).fetchone()
    return WorldRows(
        automations=automations(
            connection, "a.user_id = :user_id AND a.removed_at IS NULL", {"user_id": user_id}, known
        ),
        drafts=drafts.of(connection, user_id),
        accounts={account.account_id: account for account in accounts},
        taken={a.account_id: instants_of(connection, a.account_id, now - TAKEN_BEFORE) for a in accounts},
        series=series_states(connection, user_id),
        positions=positions,
        templates={
            row["id"]: row["name"]
            for row in connection.execute(
                "SELECT id, name FROM template WHERE user_id = :user_id AND removed_at IS NULL", {"user_id": user_id}
            )
        },
        is_paused=paused is None or paused["paused_at"] is not None,
    )
