"""Folders for whoever chooses some: one hop."""

import json
import sqlite3
from collections.abc import Sequence

from core.library.folder_search import OFFERED, RECENT, FolderOffer, FolderPath, FolderSearch
from data.database import Database, Params, Row

# One whose parent is not known stands at the top.
_FROM = """
      FROM json_each(:accounts) a
      JOIN folder f ON f.account_id = a.value
      LEFT JOIN folder p ON p.account_id = f.account_id AND p.folder_id = f.parent_id
"""
_COLUMNS = "f.account_id, f.folder_id, f.name, p.name AS parent"


class FolderReads:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def offer(self, search: FolderSearch) -> FolderOffer:
        return await self._db.read(lambda connection: _offer(connection, search))

    async def named(self, account_ids: Sequence[int], folder_ids: Sequence[str]) -> tuple[FolderPath, ...]:
        accounts = {"accounts": json.dumps(list(account_ids))}
        return await self._db.read(lambda connection: _named(connection, folder_ids, accounts))


def _offer(connection: sqlite3.Connection, search: FolderSearch) -> FolderOffer:
    accounts = {"accounts": json.dumps(search.account_ids)}
    words = " ".join(search.words.casefold().split())
    recent = [] if words else _recent(connection, accounts)
    found, total = _found(connection, search, words, recent)
    return FolderOffer(found, total, _named(connection, search.chosen, accounts), _read(connection, accounts))


def _found(
    connection: sqlite3.Connection, search: FolderSearch, words: str, recent: list[str]
) -> tuple[tuple[FolderPath, ...], int]:
    # SQLite's own lower() knows ASCII alone.
    connection.create_function("folded", 1, str.casefold, deterministic=True)
    every = words.split()
    holds = [f"instr(folded(coalesce(p.name || ' / ', '') || f.name), :word{n}) > 0" for n in range(len(every))]
    clauses = [*holds, "f.folder_id <> :but", *(["p.folder_id IS NULL"] if search.tops_only else [])]
    first = (
        "(folded(f.name) = :words OR folded(coalesce(p.name || ' / ', '') || f.name) = :words) DESC,"
        if words
        else "instr(:recent, f.folder_id) = 0, instr(:recent, f.folder_id),"
    )
    params = {f"word{n}": word for n, word in enumerate(every)}
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS}, count(*) OVER () AS total {_FROM}
         WHERE {" AND ".join(clauses)}
         ORDER BY {first} a.key, coalesce(p.position, f.position), p.folder_id IS NOT NULL, f.position
         LIMIT :limit
        """,
        params
        | {
            "accounts": json.dumps(search.account_ids),
            "but": search.but,
            "words": words,
            "recent": ",".join(recent),
            "limit": OFFERED,
        },
    ).fetchall()
    lately = set(recent)
    return tuple(_path(row, is_recent=row["folder_id"] in lately) for row in rows), rows[0]["total"] if rows else 0


def _named(connection: sqlite3.Connection, folder_ids: Sequence[str], accounts: Params) -> tuple[FolderPath, ...]:
    if not folder_ids:
        return ()
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} JOIN json_each(:chosen) c ON c.value = f.folder_id ORDER BY c.key",
        {**accounts, "chosen": json.dumps([one.upper() for one in folder_ids])},
    )
    return tuple(map(_path, rows))


def _read(connection: sqlite3.Connection, accounts: Params) -> frozenset[int]:
    rows = connection.execute(
        "SELECT a.value FROM json_each(:accounts) a WHERE EXISTS (SELECT 1 FROM folder WHERE account_id = a.value)",
        accounts,
    )
    return frozenset(row[0] for row in rows)


def _recent(connection: sqlite3.Connection, accounts: Params) -> list[str]:
    """Those that the latest posts of their owners went into, the latest first."""
    rows = connection.execute(
        """
        SELECT g.value AS folder_id, max(p.id) AS latest
          FROM (SELECT DISTINCT user_id FROM account WHERE id IN (SELECT value FROM json_each(:accounts))) u
          JOIN post p ON p.id IN (SELECT id FROM post
                                   WHERE user_id = u.user_id AND status <> 'discarded'
                                   ORDER BY id DESC
                                   LIMIT 300)
          JOIN json_each(p.galleries) g
         WHERE p.account_id IN (SELECT value FROM json_each(:accounts))
         GROUP BY g.value
         ORDER BY latest DESC
         LIMIT :limit
        """,
        {**accounts, "limit": RECENT},
    )
    return [row["folder_id"] for row in rows]


def _path(row: Row, *, is_recent: bool = False) -> FolderPath:
    return FolderPath(row["account_id"], row["folder_id"], row["name"], row["parent"], is_recent)
