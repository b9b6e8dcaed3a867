"""What grows is cleared away by age, on an index, and nothing that could still matter goes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.planning.pruning import PER_RUN
from data.planning import _FORGET
from tests.support.planning import Studio, a_studio

RULE = {"kind": "fixed_time", "time": "18:00"}


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_studio(tmp_path) as studio:
        yield studio


async def kept(studio: Studio) -> dict[str, int]:
    tables = ("automation", "automation_rule", "automation_line", "automation_use", "plan_undo", "holiday")
    return {name: (await studio.rows(f"SELECT count(*) AS n FROM {name}"))[0]["n"] for name in tables}


async def test_histories_undo_steps_and_removed_automations_go_by_age(studio: Studio) -> None:
    planning, by = studio.planning, studio.actor
    draft = await studio.draft()
    going = await planning.automations.create({"name": "A", "rules": [RULE], "enabled": True}, by=by, time_zone="UTC")
    gone = await planning.automations.create({"name": "B", "rules": [RULE]}, by=by, time_zone="UTC")
    await planning.ticking.run_now(going.id, by=by)
    await planning.guard.add_holiday({"first": "2026-12-24"}, by=by)
    async with studio.store.transaction() as tx:
        await tx.planning.add_undo(studio.user_id, "Added.", [], at=studio.clock.now())
    await planning.automations.enable(going.id, False, by=by)
    await planning.automations.remove(gone.id, by=by)

    assert await planning.pruning.clean() == 0
    await studio.clock.advance(timedelta(days=31).total_seconds())
    assert await planning.pruning.clean() == 2
    after_a_month = await kept(studio)
    await studio.clock.advance(timedelta(days=500).total_seconds())
    await planning.pruning.clean()

    here = {"automation": 1, "automation_rule": 1, "automation_line": 1, "automation_use": 1, "holiday": 1}
    assert after_a_month == here | {"plan_undo": 0}
    nothing = {"automation_line": 0, "automation_use": 0, "plan_undo": 0, "holiday": 0}
    assert await kept(studio) == here | nothing
    assert (await studio.post(draft.id)).id == draft.id


@pytest.mark.parametrize("statement", _FORGET)
async def test_what_is_old_is_found_on_an_index(studio: Studio, statement: str) -> None:
    values = {"lines": 0, "uses": 0, "undos": 0, "removed": 0, "holidays": "2020-01-01", "limit": PER_RUN}

    plan = await studio.rows(f"EXPLAIN QUERY PLAN {statement}", **values)

    assert any("INDEX" in row["detail"] and "_idx" in row["detail"] for row in plan), plan
    assert not any(row["detail"].startswith("SCAN") and "INDEX" not in row["detail"] for row in plan), plan
