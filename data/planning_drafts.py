"""Every draft of a person, as automations choose from them: the largest thing that planning reads."""

import json
import sqlite3
import sys
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson

from core.planning.world import Draft, Part
from core.posts.fields import DETAIL_NAMES, Details, License, MatureClassification, MatureLevel
from core.posts.readiness import missing_in_files

MOST_DRAFTS = 20_000  # an automation looks at this many of the oldest drafts
_DETAIL_COLUMNS = ", ".join(f"p.{name}" for name in DETAIL_NAMES)  # the table calls them what `Details` does
_FLAGS = {None: None, 0: False, 1: True}


class Drafts:
    """Those of each person, kept at hand: a post that has the version it had is not read again.

    Whatever makes another draft of a post gives it another version, its pictures included. Its place in a series and
    the names of its templates may change without it, and are read each time. Used by the threads of all readers.
    """

    def __init__(self, *, most: int = MOST_DRAFTS) -> None:
        self._most = most  # of all people together
        self._known: dict[int, dict[int, Draft]] = {}
        self._placed: dict[int, frozenset[int]] = {}  # those that have, or had, a part or templates
        self._lock = threading.Lock()

    def of(self, connection: sqlite3.Connection, user_id: int) -> tuple[Draft, ...]:
        """Ready or not, with their place in a series and the templates they were made with."""
        known = self._known.get(user_id, {})
        there = dict(
            _plain(
                connection,
                "SELECT id, version FROM post INDEXED BY post_draft_idx WHERE user_id = :user_id AND status = 'draft'"
                " ORDER BY id LIMIT :most",
                {"user_id": user_id, "most": MOST_DRAFTS},
            )
        )
        other = [one for one, version in there.items() if one not in known or known[one].version != version]
        read = known | _read(connection, other) if other else known
        # One that is there no longer was changed between the two statements: it is no draft any more.
        current = {one: read[one] for one in there if one in read}
        parts, templates = _parts(connection, user_id), _templates(connection, user_id)
        for one in parts.keys() | templates.keys() | self._placed.get(user_id, frozenset()):
            if one in current:
                current[one] = current[one].placed(parts.get(one), templates.get(one, _NONE))
        self._keep(user_id, current, frozenset(parts.keys() | templates.keys()))
        return tuple(current.values())

    def _keep(self, user_id: int, current: dict[int, Draft], placed: frozenset[int]) -> None:
        """Those that were asked for longest ago give way."""
        with self._lock:
            self._known.pop(user_id, None)
            self._placed[user_id] = self._placed.get(user_id, frozenset()) | placed
            self._known[user_id] = current
            while len(self._known) > 1 and sum(map(len, self._known.values())) > self._most:
                given_way = next(iter(self._known))
                del self._known[given_way], self._placed[given_way]


_NONE: frozenset[str] = frozenset()
_NO_FILES = missing_in_files(0, 0, has_video=False)


def _read(connection: sqlite3.Connection, post_ids: Sequence[int]) -> dict[int, Draft]:
    """Files after fields: a change in between leaves the older version beside the newer files, and is read again."""
    params = {"ids": json.dumps(post_ids)}
    among = "IN (SELECT value FROM json_each(:ids))"
    rows = _plain(
        connection,
        f"SELECT p.id, p.account_id, p.version, {_DETAIL_COLUMNS} FROM post p"
        f" WHERE p.id {among} AND p.status = 'draft'",
        params,
    ).fetchall()
    lacking = {
        post_id: missing_in_files(count, chosen, has_video=bool(has_video))
        for post_id, count, chosen, has_video in _plain(
            connection,
            "SELECT f.post_id, count(*), sum(f.chosen), max(f.chosen AND f.mime LIKE 'video/%') FROM file f"
            f" WHERE f.post_id {among} GROUP BY f.post_id",
            params,
        )
    }
    return {
        post_id: Draft.of(post_id, account_id, _details(details), lacking.get(post_id, _NO_FILES), version=version)
        for post_id, account_id, version, *details in rows
    }


def _parts(connection: sqlite3.Connection, user_id: int) -> dict[int, Part]:
    rows = connection.execute(
        """
        SELECT s.post_id, s.series_id, s.number, e.gap
          FROM series e
          JOIN series_part s ON s.series_id = e.id
         WHERE e.user_id = :user_id
           AND e.removed_at IS NULL
        """,
        {"user_id": user_id},
    )
    return {
        row["post_id"]: Part(
            row["series_id"], row["number"], None if row["gap"] is None else timedelta(minutes=row["gap"])
        )
        for row in rows
    }


def _templates(connection: sqlite3.Connection, user_id: int) -> dict[int, frozenset[str]]:
    """Their folded names by post."""
    found: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(
        "SELECT m.post_id, t.name FROM template t JOIN post_template m ON m.template_id = t.id"
        " WHERE t.user_id = :user_id",
        {"user_id": user_id},
    ):
        found[row["post_id"]].add(row["name"].casefold())
    return {post_id: frozenset(names) for post_id, names in found.items()}


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
    """Each word once in memory, however many drafts have it."""
    return () if packed == "[]" else tuple(map(sys.intern, orjson.loads(packed)))
