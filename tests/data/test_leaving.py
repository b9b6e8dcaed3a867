"""Removing a person names every table of the schema."""

import sqlite3
from pathlib import Path

import pytest

from data.leaving import AT_THE_END, EVENTS, KEPT, STEPS, WITH_A_POST
from data.migrate import bring_up_to_date
from tests.support.clock import FakeClock

HOW_TO = "say in data/leaving.py how rows of {} go when their owner is removed, or why they stay"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    home = tmp_path_factory.mktemp("schema")
    bring_up_to_date(home / "isekai.db", backups=home, now=FakeClock().now())
    return sqlite3.connect(Path(home / "isekai.db"))


def test_every_table_says_how_it_is_emptied_or_why_it_stays(schema: sqlite3.Connection) -> None:
    tables = {
        row[0]
        for row in schema.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
            " AND name NOT LIKE 'post!_search!_%' ESCAPE '!' AND name <> 'schema_migration'"
        )
    }
    named = {step.table for step in STEPS} | {EVENTS.table, *WITH_A_POST, *AT_THE_END, *KEPT}

    assert not tables - named, HOW_TO.format(sorted(tables - named))
    assert not named - tables


def test_what_stays_points_at_nobody(schema: sqlite3.Connection) -> None:
    pointing = [
        (table, row[1])
        for table in KEPT
        for row in schema.execute(f"PRAGMA table_info({table})")
        if row[1].endswith(("user_id", "account_id", "post_id", "key_id"))
    ]
    assert pointing == []


def test_rows_are_told_apart_by_their_primary_key(schema: sqlite3.Connection) -> None:
    for step in (*STEPS, EVENTS):
        key = [
            row[1] for row in sorted(schema.execute(f"PRAGMA table_info({step.table})"), key=lambda r: r[5]) if row[5]
        ]
        assert step.key == "rowid" or set(step.key.split(", ")) == set(key), step.table


def test_each_step_is_a_statement_that_the_schema_understands(schema: sqlite3.Connection) -> None:
    for step in (*STEPS, EVENTS):
        schema.execute(
            f"EXPLAIN DELETE FROM {step.table} WHERE ({step.key}) IN"
            f" (SELECT {step.key} FROM {step.table} WHERE {step.where} LIMIT 1)",
            {"user": 1},
        )
