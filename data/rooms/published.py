"""Errands after publishing, and the figures of published works."""

import sqlite3
from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from core.published.ports import (
    Errand,
    ErrandKind,
    Figures,
    Month,
    Sample,
    Watched,
    WorkPage,
    WorkRow,
)
from core.publishing.publication import Publication
from data import cursors
from data.database import Connection, Database, Row
from data.times import instant, seconds

DAY = 86_400
MONTHS_SHOWN = 24
_ERRAND = """
    e.id, e.publication_id, e.post_id, e.account_id, e.kind, e.due_at, e.attempts, e.sent_at, e.asked, e.created_at
"""
_SORTS = {
    "published": "w.published_at",
    "favourites": "w.favourites",
    "comments": "w.comments",
    "views": "w.views",
}

_BEFORE = """
  FROM work_figures w
 WHERE w.user_id = :user_id
   AND (:account_id IS NULL OR w.account_id = :account_id)
   AND w.published_at < :until
"""
_NEWEST_WORK = f"SELECT w.published_at {_BEFORE} ORDER BY w.published_at DESC LIMIT 1"
_MONTH = f"""
SELECT count(*) AS works, sum(w.favourites) AS favourites, sum(w.comments) AS comments, sum(w.views) AS views
{_BEFORE} AND w.published_at >= :first
"""


def _errand(row: Row) -> Errand:
    return Errand(
        id=row["id"],
        publication_id=row["publication_id"],
        post_id=row["post_id"],
        account_id=row["account_id"],
        kind=ErrandKind(row["kind"]),
        due_at=instant(row["due_at"]),
        created_at=instant(row["created_at"]),
        attempts=row["attempts"],
        sent_at=instant(row["sent_at"]),
        asked=row["asked"],
    )


class ErrandRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def ask(self, kind: ErrandKind, publication: Publication, *, due_at: datetime, at: datetime) -> None:
        await self._db.run(
            """
            INSERT INTO errand (publication_id, post_id, account_id, kind, due_at, created_at)
            VALUES (:publication_id, :post_id, :account_id, :kind, :due_at, :at)
            ON CONFLICT (publication_id, kind) DO UPDATE
               SET due_at = min(due_at, excluded.due_at), asked = asked + 1, attempts = 0,
                   created_at = excluded.created_at
            """,
            {
                "publication_id": publication.id,
                "post_id": publication.post_id,
                "account_id": publication.account_id,
                "kind": kind,
                "due_at": seconds(due_at),
                "at": seconds(at),
            },
        )

    async def due(self, *, now: datetime, limit: int) -> tuple[Errand, ...]:
        rows = await self._db.all(
            f"SELECT {_ERRAND} FROM errand e WHERE e.due_at <= :now ORDER BY e.due_at, e.id LIMIT :limit",
            {"now": seconds(now), "limit": limit},
        )
        return tuple(map(_errand, rows))

    async def next_at(self) -> datetime | None:
        row = await self._db.one("SELECT min(due_at) AS due_at FROM errand")
        return instant(row["due_at"]) if row else None

    async def later(self, errand: Errand, *, due_at: datetime, attempts: int) -> None:
        await self._db.run(
            "UPDATE errand SET due_at = :due_at, attempts = :attempts, sent_at = NULL WHERE id = :id",
            {"id": errand.id, "due_at": seconds(due_at), "attempts": attempts},
        )

    async def mark_sent(self, errand: Errand, *, at: datetime) -> None:
        await self._db.run("UPDATE errand SET sent_at = :at WHERE id = :id", {"id": errand.id, "at": seconds(at)})

    async def done(self, errand: Errand) -> None:
        await self._db.run(
            "DELETE FROM errand WHERE id = :id AND asked = :asked", {"id": errand.id, "asked": errand.asked}
        )


class FigureRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def watch(self, publication: Publication, *, user_id: int, at: datetime) -> None:
        await self._db.run(
            """
            INSERT OR IGNORE INTO work_figures (publication_id, user_id, account_id, post_id, deviation_id,
                                                published_at, next_at)
            VALUES (:publication_id, :user_id, :account_id, :post_id, :deviation_id, :published_at, :next_at)
            """,
            {
                "publication_id": publication.id,
                "user_id": user_id,
                "account_id": publication.account_id,
                "post_id": publication.post_id,
                "deviation_id": publication.deviation_id,
                "published_at": seconds(publication.published_at) or seconds(at),
                "next_at": seconds(at),
            },
        )

    async def accounts_due(self, *, now: datetime) -> tuple[int, ...]:
        rows = await self._db.all(
            """
            SELECT a.id
              FROM account a
             WHERE a.status = 'connected'
               AND EXISTS (SELECT 1 FROM work_figures w WHERE w.account_id = a.id AND w.next_at <= :now)
            """,
            {"now": seconds(now)},
        )
        return tuple(row["id"] for row in rows)

    async def due(self, account_id: int, *, now: datetime, limit: int) -> tuple[Watched, ...]:
        rows = await self._db.all(
            """
            SELECT w.publication_id, w.deviation_id, w.published_at
              FROM work_figures w
             WHERE w.account_id = :account_id
               AND w.next_at <= :now
             ORDER BY w.next_at
             LIMIT :limit
            """,
            {"account_id": account_id, "now": seconds(now), "limit": limit},
        )
        return tuple(Watched(r["publication_id"], r["deviation_id"], instant(r["published_at"])) for r in rows)

    async def of_post(self, user_id: int, post_id: int) -> tuple[tuple[int, Watched], ...]:
        rows = await self._db.all(
            """
            SELECT w.account_id, w.publication_id, w.deviation_id, w.published_at
              FROM work_figures w
             WHERE w.post_id = :post_id
               AND w.user_id = :user_id
             ORDER BY w.publication_id
            """,
            {"user_id": user_id, "post_id": post_id},
        )
        return tuple(
            (r["account_id"], Watched(r["publication_id"], r["deviation_id"], instant(r["published_at"])))
            for r in rows
        )

    async def record(self, work: Watched, figures: Figures | None, *, at: datetime, next_at: datetime) -> None:
        where = {"id": work.publication_id, "next_at": seconds(next_at), "at": seconds(at)}
        if figures is None:
            await self._db.run("UPDATE work_figures SET next_at = :next_at WHERE publication_id = :id", where)
            return
        counted = {"favourites": figures.favourites, "comments": figures.comments, "views": figures.views}
        await self._db.run(
            """
            UPDATE work_figures
               SET favourites = :favourites, comments = :comments, views = :views, downloads = :downloads,
                   sampled_at = :at, next_at = :next_at
             WHERE publication_id = :id
            """,
            where | counted | {"downloads": figures.downloads},
        )
        await self._db.run(
            """
            INSERT INTO work_sample (publication_id, day, favourites, comments, views)
            VALUES (:id, :day, :favourites, :comments, :views)
            ON CONFLICT DO UPDATE SET favourites = excluded.favourites, comments = excluded.comments,
                                      views = excluded.views
            """,
            {"id": work.publication_id, "day": seconds(at) // DAY} | counted,
        )

    async def thin_out(self, *, before: datetime, limit: int) -> int:
        return await self._db.run(
            """
            DELETE FROM work_sample
             WHERE (publication_id, day) IN (
                   SELECT s.publication_id, s.day
                     FROM work_sample s
                    WHERE s.day BETWEEN :day - 60 AND :day - 1 -- what is older was thinned when it was that old
                      AND EXISTS (SELECT 1
                                    FROM work_sample e
                                   WHERE e.publication_id = s.publication_id
                                     AND e.day < s.day
                                     AND e.day / 30 = s.day / 30)
                    LIMIT :limit)
            """,
            {"day": seconds(before) // DAY, "limit": limit},
        )


class FigureReads:
    """For pages and the API: one hop each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def works(
        self, user_id: int, *, sort: str, account_id: int | None, cursor: str | None, limit: int
    ) -> WorkPage:
        column = _SORTS.get(sort, _SORTS["published"])
        key, last = cursors.unpacked(cursor, int, int) if cursor else (2**62, 2**62)
        params = {"user_id": user_id, "account_id": account_id, "key": key, "last": last, "limit": limit + 1}

        def read(connection: sqlite3.Connection) -> WorkPage:
            rows = connection.execute(
                f"""
                SELECT w.publication_id, w.post_id, w.account_id, w.published_at, w.favourites, w.comments, w.views,
                       w.sampled_at, q.file_id, q.stored_title, q.deviation_url, p.is_mature, {column} AS key
                  FROM work_figures w
                  JOIN publication q ON q.id = w.publication_id
                  JOIN post p ON p.id = w.post_id
                 WHERE w.user_id = :user_id
                   AND (:account_id IS NULL OR w.account_id = :account_id)
                   AND ({column}, w.publication_id) < (:key, :last)
                 ORDER BY {column} DESC, w.publication_id DESC
                 LIMIT :limit
                """,
                params,
            ).fetchall()
            more = (
                cursors.packed([rows[limit - 1]["key"], rows[limit - 1]["publication_id"]])
                if len(rows) > limit
                else None
            )
            return WorkPage(tuple(map(_work, rows[:limit])), more)

        return await self._db.read(read)

    async def months(self, user_id: int, *, account_id: int | None, place: ZoneInfo) -> tuple[Month, ...]:
        """The newest that have works, one after the other on `work_figures_month_idx`: what is older is not read."""

        def read(connection: sqlite3.Connection) -> tuple[Month, ...]:
            found: list[Month] = []
            params = {"user_id": user_id, "account_id": account_id, "until": 2**62}
            while len(found) < MONTHS_SHOWN:
                newest = connection.execute(_NEWEST_WORK, params).fetchone()
                if newest is None:
                    break
                local = datetime.fromtimestamp(newest["published_at"], place)
                first = local.replace(day=1, hour=0, minute=0, second=0, fold=0)
                params["first"] = int(first.timestamp())
                found.append(_month(first, connection.execute(_MONTH, params).fetchone()))
                params["until"] = params["first"]
            return tuple(reversed(found))

        return await self._db.read(read)

    async def samples(self, user_id: int, post_id: int) -> dict[int, tuple[Sample, ...]]:
        def read(connection: sqlite3.Connection) -> dict[int, tuple[Sample, ...]]:
            found: dict[int, list[Sample]] = defaultdict(list)
            for row in connection.execute(
                """
                SELECT s.publication_id, s.day, s.favourites, s.comments, s.views
                  FROM work_figures w
                  JOIN work_sample s ON s.publication_id = w.publication_id
                 WHERE w.post_id = :post_id
                   AND w.user_id = :user_id
                 ORDER BY s.publication_id, s.day
                """,
                {"user_id": user_id, "post_id": post_id},
            ):
                found[row["publication_id"]].append(
                    Sample(row["day"], row["favourites"], row["comments"], row["views"])
                )
            return {publication_id: tuple(samples) for publication_id, samples in found.items()}

        return await self._db.read(read)


def _work(row: Row) -> WorkRow:
    return WorkRow(
        publication_id=row["publication_id"],
        post_id=row["post_id"],
        account_id=row["account_id"],
        file_id=row["file_id"],
        title=row["stored_title"],
        url=row["deviation_url"] or "",
        published_at=instant(row["published_at"]),
        favourites=row["favourites"],
        comments=row["comments"],
        views=row["views"],
        sampled_at=instant(row["sampled_at"]),
        is_mature=bool(row["is_mature"]),
    )


def _month(first: datetime, row: Row) -> Month:
    return Month(first.year, first.month, row["works"], row["favourites"], row["comments"], row["views"])
