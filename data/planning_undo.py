"""What leads several posts back to their former times, as it lies in `plan_undo`."""

import json
from collections.abc import Sequence
from typing import Any

from core.planning.ports import Undo, UndoPlan
from core.posts.post import Plan
from data.database import Row
from data.posts import LOCAL_FORMAT, read_local
from data.times import instant, seconds


def packed_plans(plans: Sequence[UndoPlan]) -> str:
    return json.dumps(
        [
            {
                "post_id": one.post_id,
                "before": _plan_json(one.before),
                "version": one.version,
                "made": _plan_json(one.made),
                "reviewed": one.reviewed,
                "wish": one.wish,
            }
            for one in plans
        ]
    )


def undo_of(row: Row) -> Undo:
    plans = tuple(
        UndoPlan(
            one["post_id"],
            _plan(one["before"]),
            one["version"],
            _plan(one.get("made")),
            one.get("reviewed", True),
            one.get("wish"),
        )
        for one in json.loads(row["plans"])
    )
    return Undo(row["id"], row["text"], plans, instant(row["created_at"]), instant(row["used_at"]))


def _plan_json(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    local = plan.due_local.strftime(LOCAL_FORMAT)
    return {
        "due_at": seconds(plan.due_at),
        "local": local,
        "time_zone": plan.time_zone,
        "jitter": plan.jitter_seconds,
    }


def _plan(kept: dict[str, Any] | None) -> Plan | None:
    if not kept:
        return None
    return Plan(instant(kept["due_at"]), read_local(kept["local"]), kept["time_zone"], kept["jitter"])
