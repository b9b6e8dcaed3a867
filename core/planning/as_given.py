"""Rules, automations, slots and pacing in the words that `read_rules`, `with_changes` and their like read; pure.

Ids are numbers and instants are datetimes: whoever writes JSON puts its own form of them.
"""

from typing import Any

from core.planning.automation import Automation
from core.planning.pacing import Pacing
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Rule
from core.planning.slots import WeeklySlot


def rule_as_given(rule: Rule) -> dict[str, Any]:
    base: dict[str, Any] = {"days": sorted(rule.days)}
    match rule:
        case FixedTime():
            return base | {"kind": "fixed_time", "time": f"{rule.at:%H:%M}"}
        case FixedInterval():
            return base | {
                "kind": "fixed_interval",
                "every_minutes": rule.every_minutes,
                "count": rule.count,
                "anchor": rule.anchor,
            }
        case DailyQuota():
            return base | {
                "kind": "daily_quota",
                "per_day": rule.per_day,
                "start": f"{rule.start:%H:%M}",
                "end": f"{rule.end:%H:%M}",
            }


def automation_as_given(automation: Automation) -> dict[str, Any]:
    pool, jitter = automation.pool, automation.jitter
    return {
        "name": automation.name,
        "color": automation.color,
        "account_id": automation.account_id,
        "time_zone": automation.time_zone,
        "enabled": automation.enabled,
        "rules": [rule_as_given(rule) for rule in automation.rules],
        "order": automation.order,
        "pool": {
            "tags": pool.tags,
            "galleries": pool.galleries,
            "not_flagged": pool.not_flagged,
            "template": pool.template,
        },
        "jitter": {"min_seconds": jitter.least, "max_seconds": jitter.most},
        "missed": automation.missed,
        "defaults": [{"field": one.field, "value": one.value, "mode": one.mode} for one in automation.defaults],
        "stash_only": automation.stash_only,
        "price_preset_id": automation.price_preset_id,
        "series_gap_hours": automation.series_gap.total_seconds() / 3600,
        "notice_days": automation.notice_days,
    }


def slot_as_given(slot: WeeklySlot) -> dict[str, Any]:
    return {"weekday": slot.weekday, "time": f"{slot.at:%H:%M}"}


def pacing_as_given(pacing: Pacing) -> dict[str, Any]:
    quiet = pacing.quiet
    return {
        "min_gap_minutes": int(pacing.min_gap.total_seconds() // 60),
        "max_per_day": pacing.max_per_day,
        "quiet_start": f"{quiet[0]:%H:%M}" if quiet else None,
        "quiet_end": f"{quiet[1]:%H:%M}" if quiet else None,
    }
