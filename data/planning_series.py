"""Series with their parts, and how far each has come."""

import sqlite3
from collections import defaultdict

from core.planning.ports import Series, SeriesPart
from core.planning.world import SeriesState
from core.posts.post import PostStatus
from data.posts import FILE_COLUMNS, file_from
from data.times import instant


def series_states(connection: sqlite3.Connection, user_id: int) -> dict[int, SeriesState]:
    rows = connection.execute(
        """
        SELECT s.series_id,
               max(CASE WHEN p.status IN ('scheduled', 'uploading', 'publishing', 'published')
                        THEN coalesce(p.published_at, p.due_at) END) AS last_at,
               min(CASE WHEN p.status IN ('review', 'failed') THEN s.number END) AS blocked_from
          FROM series e
          JOIN series_part s ON s.series_id = e.id
          JOIN post p ON p.id = s.post_id
         WHERE e.user_id = :user_id
           AND e.removed_at IS NULL
         GROUP BY s.series_id
        """,
        {"user_id": user_id},
    )
    return {row["series_id"]: SeriesState(instant(row["last_at"]), row["blocked_from"]) for row in rows}


def series_of(connection: sqlite3.Connection, user_id: int, series_id: int | None) -> tuple[Series, ...]:
    params = {"user_id": user_id, "series_id": series_id}
    wanted = "e.user_id = :user_id AND e.removed_at IS NULL AND (:series_id IS NULL OR e.id = :series_id)"
    files = {
        row["post_id"]: file_from(row)
        for row in connection.execute(
            f"""
            SELECT {FILE_COLUMNS}
              FROM series e
              JOIN series_part s ON s.series_id = e.id
              JOIN file f ON f.id = (
                   SELECT i.id FROM file i WHERE i.post_id = s.post_id ORDER BY i.chosen DESC, i.position LIMIT 1)
             WHERE {wanted}
            """,
            params,
        )
    }
    parts: dict[int, list[SeriesPart]] = defaultdict(list)
    for row in connection.execute(
        f"""
        SELECT s.series_id, s.number, p.id, p.title, p.status, p.is_mature, coalesce(p.published_at, p.due_at) AS at
          FROM series e
          JOIN series_part s ON s.series_id = e.id
          JOIN post p ON p.id = s.post_id
         WHERE {wanted}
         ORDER BY s.series_id, s.number
        """,
        params,
    ):
        parts[row["series_id"]].append(
            SeriesPart(
                row["number"],
                row["id"],
                row["title"],
                PostStatus(row["status"]),
                instant(row["at"]),
                bool(row["is_mature"]),
                files.get(row["id"]),
            )
        )
    rows = connection.execute(
        f"SELECT e.id, e.name, e.gap FROM series e WHERE {wanted} ORDER BY e.name COLLATE NOCASE", params
    )
    return tuple(Series(row["id"], row["name"], row["gap"], tuple(parts[row["id"]])) for row in rows)
