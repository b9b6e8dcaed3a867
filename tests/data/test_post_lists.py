"""Every list that can be asked for is one that SQLite can plan on the indexes that it names."""

import itertools
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.ports import PostQuery
from core.posts.post import PostStatus
from data import cursors, post_lists
from data.migrate import bring_up_to_date

S = PostStatus
STATUSES = [
    (),
    *((one,) for one in S),
    (S.SCHEDULED, S.UPLOADING, S.PUBLISHING),
    (S.PUBLISHING, S.SCHEDULED),
    tuple(S),
]
NARROWED = (
    {},
    {"text": "fox"},
    {"tag": "fox"},
    {"batch": "b"},
    {"account_id": 1},
    {"is_mature": True},
    {"text": "fox", "tag": "fox", "account_id": 1, "is_mature": False, "is_ai": True, "held": False, "ready": True},
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "isekai.db"
    bring_up_to_date(path, backups=tmp_path, now=datetime(2026, 11, 23, tzinfo=UTC))
    opened = sqlite3.connect(path)
    yield opened
    opened.close()


@pytest.mark.parametrize("sort", post_lists.ORDERS)
def test_every_list_has_a_plan(connection: sqlite3.Connection, sort: str) -> None:
    after = cursors.packed(["x" if sort == "title" else 1, 1])

    for statuses, narrowed, cursor in itertools.product(STATUSES, NARROWED, (None, after)):
        query = PostQuery(1, statuses=statuses, sort=sort, cursor=cursor, limit=20, **narrowed)  # type: ignore[arg-type]
        for made in (post_lists.page_statement, post_lists.ids_statement, post_lists.count_statement):
            sql, params = made(query)
            assert connection.execute(f"EXPLAIN {sql}", params).fetchone(), sql
        if glance := post_lists.glance_statement(query):
            assert connection.execute(f"EXPLAIN {glance[0]}", glance[1]).fetchone(), glance[0]
