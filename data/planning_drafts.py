"""Every draft of a person, as automations choose from them: the largest thing that planning reads."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson

from core.planning.world import Draft, Part
from core.posts.fields import DETAIL_NAMES, Details, License, MatureClassification, MatureLevel
from core.posts.files import PostFile
from data.posts import FILE_COLUMNS
from data.times import instant

MOST_DRAFTS = 20_000  # an automation looks at this many of the oldest drafts
_DETAIL_COLUMNS = ", ".join(f"p.{name}" for name in DETAIL_NAMES)  # the table calls them what `Details` does
_FLAGS = {None: None, 0: False, 1: True}


def drafts_of(connection: sqlite3.Connection, user_id: int) -> tuple[Draft, ...]:
    """Ready or not, with their place in a series and the templates they were made with."""
    params = {"user_id": user_id, "most": MOST_DRAFTS}
    among = "SELECT id FROM post WHERE user_id = :user_id AND status = 'draft' ORDER BY id LIMIT :most"
    files: dict[int, list[PostFile]] = defaultdict(list)
    for values in _plain(
        connection,
        f"SELECT {FILE_COLUMNS} FROM file f WHERE f.post_id IN ({among}) ORDER BY f.post_id, f.position",
        params,
    ):
        files[values[1]].append(_file(values))
    parts = {
        row["post_id"]: Part(
            row["series_id"], row["number"], None if row["gap"] is None else timedelta(minutes=row["gap"])
        )
        for row in connection.execute(
            """
            SELECT s.post_id, s.series_id, s.number, e.gap
              FROM series e
              JOIN series_part s ON s.series_id = e.id
             WHERE e.user_id = :user_id
               AND e.removed_at IS NULL
            """,
            params,
        )
    }
    templates: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(
        "SELECT m.post_id, t.name FROM template t JOIN post_template m ON m.template_id = t.id"
        " WHERE t.user_id = :user_id",
        params,
    ):
        templates[row["post_id"]].append(row["name"].casefold())
    return tuple(
        Draft.of(
            post_id,
            account_id,
            _details(details),
            tuple(files.get(post_id, ())),
            part=parts.get(post_id),
            templates=frozenset(templates.get(post_id, ())),
            version=version,
        )
        for post_id, account_id, version, *details in _plain(
            connection,
            f"SELECT p.id, p.account_id, p.version, {_DETAIL_COLUMNS} FROM post p WHERE p.id IN ({among})",
            params,
        )
    )


def _plain(connection: sqlite3.Connection, sql: str, params: dict[str, Any]) -> sqlite3.Cursor:
    """Rows as tuples: a tick reads every draft of a person, and names cost more than all the rest."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, params)


def _details(values: Sequence[Any]) -> Details:
    """From `_DETAIL_COLUMNS`."""
    title, description, tags, galleries, mature, level, reasons, ai, no_ai, comments, download, mark, *rest = values
    resolution, license_, feature, stash_only = rest
    return Details(
        title,
        description,
        _words(tags),
        _words(galleries),
        _FLAGS[mature],
        MatureLevel(level) if level else None,
        tuple(map(MatureClassification, _words(reasons))),
        _FLAGS[ai],
        _FLAGS[no_ai],
        _FLAGS[comments],
        _FLAGS[download],
        _FLAGS[mark],
        resolution,
        License(license_) if license_ else None,
        _FLAGS[feature],
        _FLAGS[stash_only],
    )


def _words(packed: str) -> tuple[str, ...]:
    return () if packed == "[]" else tuple(orjson.loads(packed))


def _file(values: Sequence[Any]) -> PostFile:
    """From `FILE_COLUMNS`, which has the order of `PostFile`."""
    file_id, post_id, position, name, mime, size, width, height, sha256, frames, chosen, *rest = values
    thumb_width, thumb_height, phash, says_ai, created_at = rest
    return PostFile(
        file_id,
        post_id,
        position,
        name,
        mime,
        size,
        width,
        height,
        sha256,
        frames,
        bool(chosen),
        thumb_width,
        thumb_height,
        phash,
        bool(says_ai),
        instant(created_at),
    )
