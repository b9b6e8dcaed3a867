"""Automations and their rules: rows to values and back."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core.errors import NotFound
from core.planning.automation import Automation, Default, Missed, Mode, Order, Pool
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Jitter, Rule
from data.database import Row
from data.times import clock_of, instant, minute_of, seconds

KEPT_MOST = 2_000
_AUTOMATION = """
SELECT a.id, a.user_id, a.account_id, a.name, a.color, a.position, a.enabled, a.time_zone, a.selection, a.pool,
       a.jitter_least, a.jitter_most, a.missed, a.defaults, a.stash_only, a.price_preset_id, a.series_gap,
       a.notice_days, a.seed, a.cursor_at, a.next_at, a.situation, a.runs_dry, a.version, a.created_at, a.updated_at
  FROM automation a
"""
_RULES = """
SELECT r.id, r.automation_id, r.kind, r.days, r.at_minute, r.every_minutes, r.count, r.anchor_at, r.per_day,
       r.start_minute, r.end_minute
  FROM automation_rule r
 WHERE r.automation_id IN (SELECT value FROM json_each(:ids))
 ORDER BY r.automation_id, r.position
"""


def _days(bits: int) -> frozenset[int]:
    return frozenset(day for day in range(7) if bits >> day & 1)


def _bits(days: frozenset[int]) -> int:
    return sum(1 << day for day in days)


def _rule(row: Row) -> Rule:
    days = _days(row["days"])
    match row["kind"]:
        case "fixed_time":
            return FixedTime(row["id"], clock_of(row["at_minute"]), days)
        case "fixed_interval":
            return FixedInterval(row["id"], row["every_minutes"], instant(row["anchor_at"]), row["count"], days)
        case _:
            return DailyQuota(
                row["id"], row["per_day"], clock_of(row["start_minute"]), clock_of(row["end_minute"]), days
            )


def rule_params(rule: Rule) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("at_minute", "every_minutes", "count", "anchor_at", "per_day", "start_minute", "end_minute")
    )
    match rule:
        case FixedTime():
            own: dict[str, Any] = {"kind": "fixed_time", "at_minute": minute_of(rule.at)}
        case FixedInterval():
            own = {
                "kind": "fixed_interval",
                "every_minutes": rule.every_minutes,
                "count": rule.count,
                "anchor_at": seconds(rule.anchor),
            }
        case DailyQuota():
            own = {
                "kind": "daily_quota",
                "per_day": rule.per_day,
                "start_minute": minute_of(rule.start),
                "end_minute": minute_of(rule.end),
            }
    return empty | own | {"days": _bits(rule.days)}


def _automation(row: Row, rules: Sequence[Rule]) -> Automation:
    pool = json.loads(row["pool"])
    return Automation(
        id=row["id"],
        user_id=row["user_id"],
        account_id=row["account_id"],
        name=row["name"],
        time_zone=row["time_zone"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        rules=tuple(rules),
        color=row["color"],
        position=row["position"],
        enabled=bool(row["enabled"]),
        order=Order(row["selection"]),
        pool=Pool(
            tuple(pool.get("tags", ())),
            tuple(pool.get("galleries", ())),
            tuple(pool.get("not_flagged", ())),
            pool.get("template", ""),
        ),
        jitter=Jitter(row["jitter_least"], row["jitter_most"]),
        missed=Missed(row["missed"]),
        defaults=tuple(
            Default(default["field"], default["value"], Mode(default["mode"]))
            for default in json.loads(row["defaults"])
        ),
        stash_only=bool(row["stash_only"]),
        price_preset_id=row["price_preset_id"],
        series_gap=timedelta(minutes=row["series_gap"]),
        notice_days=row["notice_days"],
        seed=row["seed"],
        cursor_at=instant(row["cursor_at"]),
        next_at=instant(row["next_at"]),
        situation=row["situation"],
        runs_dry=bool(row["runs_dry"]),
        version=row["version"],
    )


def automation_params(automation: Automation) -> dict[str, Any]:
    pool = automation.pool
    return {
        "user_id": automation.user_id,
        "account_id": automation.account_id,
        "name": automation.name,
        "color": automation.color,
        "position": automation.position,
        "enabled": automation.enabled,
        "time_zone": automation.time_zone,
        "selection": automation.order,
        "pool": json.dumps(
            {
                "tags": pool.tags,
                "galleries": pool.galleries,
                "not_flagged": pool.not_flagged,
                "template": pool.template,
            }
        ),
        "jitter_least": automation.jitter.least,
        "jitter_most": automation.jitter.most,
        "missed": automation.missed,
        "defaults": json.dumps([{"field": d.field, "value": d.value, "mode": d.mode} for d in automation.defaults]),
        "stash_only": automation.stash_only,
        "price_preset_id": automation.price_preset_id,
        "series_gap": int(automation.series_gap.total_seconds() // 60),
        "notice_days": automation.notice_days,
        "seed": automation.seed,
        "cursor_at": seconds(automation.cursor_at),
        "next_at": seconds(automation.next_at),
        "situation": automation.situation,
        "version": automation.version,
        "created_at": seconds(automation.created_at),
        "updated_at": seconds(automation.updated_at),
    }


_NAMES = (
    "user_id", "account_id", "name", "color", "position", "enabled", "time_zone", "selection", "pool", "jitter_least",
    "jitter_most", "missed", "defaults", "stash_only", "price_preset_id", "series_gap", "notice_days", "seed",
    "cursor_at", "next_at", "situation", "version", "created_at", "updated_at",
)  # fmt: skip
INSERT_AUTOMATION = (
    f"INSERT INTO automation ({', '.join(_NAMES)}) VALUES ({', '.join(':' + name for name in _NAMES)})"
)
UPDATE_AUTOMATION = (
    "UPDATE automation SET "
    + ", ".join(f"{name} = :{name}" for name in _NAMES if name not in {"user_id", "created_at"})
    + " WHERE id = :id AND version = :expected AND removed_at IS NULL"
)


class KnownAutomations:
    """Those that were read lately, by their rows: what still stands there as it did is not put together again.

    Used by the threads of all readers.
    """

    def __init__(self, *, most: int = KEPT_MOST) -> None:
        self._most = most
        self._known: dict[int, tuple[Row, list[Row], Automation]] = {}

    def of(self, row: Row, rules: list[Row]) -> Automation:
        known = self._known.get(row["id"])
        if known is not None and known[0] == row and known[1] == rules:
            return known[2]
        automation = _automation(row, tuple(map(_rule, rules)))
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[automation.id] = row, rules, automation
        return automation


def automations(
    connection: sqlite3.Connection, where: str, params: dict[str, Any], known: KnownAutomations | None = None
) -> tuple[Automation, ...]:
    rows = connection.execute(f"{_AUTOMATION} WHERE {where} ORDER BY a.position, a.id", params).fetchall()
    rules: dict[int, list[Row]] = defaultdict(list)
    for rule in connection.execute(_RULES, {"ids": json.dumps([row["id"] for row in rows])}):
        rules[rule["automation_id"]].append(rule)
    known = known or KnownAutomations()
    return tuple(known.of(row, rules[row["id"]]) for row in rows)


def automation_of(connection: sqlite3.Connection, automation_id: int, user_id: int | None = None) -> Automation:
    found = automations(
        connection,
        f"a.id = :id AND a.removed_at IS NULL AND (:user_id IS NULL OR {VISIBLE})",
        {"id": automation_id, "user_id": user_id},
    )
    if not found:
        raise NotFound
    return found[0]


# Their own, and those of accounts that they edit for somebody else.
EDITED = "SELECT account_id FROM account_share WHERE user_id = :user_id AND role = 'editor'"
VISIBLE = f"(a.user_id = :user_id OR a.account_id IN ({EDITED}))"
