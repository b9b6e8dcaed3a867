"""An automation as JSON and forms give it: reading changes; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.errors import InvalidInput
from core.planning.automation import (
    MAX_SERIES_GAP,
    TEMPLATE_FIELDS,
    Automation,
    Default,
    Missed,
    Mode,
    Order,
    Pool,
    read_rules,
)
from core.planning.numbers import whole
from core.planning.rules import FixedInterval, Jitter, Rule
from core.posts.fields import clean_tags, split_tags


def with_changes(automation: Automation, given: Mapping[str, Any], *, now: datetime) -> Automation:
    """*automation* with what *given* says; fields that are absent stay. Raises `InvalidInput` naming each bad one.

    Limits are checked by `automation.check`, which everything has to pass before it is kept.
    """
    problems: dict[str, str] = {}
    changes: dict[str, Any] = {}
    for name, value in given.items():
        try:
            changes |= _read(name, value, automation, now)
        except InvalidInput as error:
            problems |= error.fields
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            problems[name] = str(error) if type(error) is ValueError else "This value cannot be read."
    if problems:
        raise InvalidInput(problems)
    return replace(automation, **changes)


def _read(name: str, value: Any, automation: Automation, now: datetime) -> dict[str, Any]:
    match name:
        case "name" | "color" | "time_zone":
            if not isinstance(value, str):
                raise ValueError("This is text.")
            return {name: value}
        case "account_id" | "price_preset_id":
            return {name: None if value in (None, "") else int(value)}
        case "enabled" | "stash_only":
            if not isinstance(value, bool):
                raise ValueError("This is true or false.")
            return {name: value}
        case "rules":
            if not isinstance(value, (list, tuple)):
                raise ValueError("Rules are a list.")
            return {"rules": _anchored(read_rules(value, now=now), automation.rules)}
        case "order":
            return {"order": _one_of(Order, value)}
        case "missed":
            return {"missed": _one_of(Missed, value)}
        case "pool":
            return {"pool": _pool(value)}
        case "jitter":
            return {"jitter": Jitter(_number(value.get("min_seconds", 0)), _number(value.get("max_seconds", 0)))}
        case "defaults":
            return {"defaults": tuple(_default(one) for one in value)}
        case "series_gap_hours":
            return {"series_gap": _hours(value)}
        case "notice_days":
            return {"notice_days": _number(value)}
        case _:
            raise ValueError(f"There is no setting called “{name[:40]}”.")


def _anchored(rules: tuple[Rule, ...], known: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """An interval that stays the same keeps its anchor, so that saving a form moves nothing."""
    anchors = {rule.id: rule for rule in known if isinstance(rule, FixedInterval)}
    return tuple(
        replace(rule, anchor=before.anchor)
        if isinstance(rule, FixedInterval)
        and (before := anchors.get(rule.id))
        and before.every_minutes == rule.every_minutes
        else rule
        for rule in rules
    )


def _pool(value: Mapping[str, Any]) -> Pool:
    tags = value.get("tags") or ()
    return Pool(
        tags=split_tags(tags) if isinstance(tags, str) else clean_tags(tags),
        galleries=tuple(str(one).strip().upper() for one in value.get("galleries") or ()),
        not_flagged=tuple(str(one) for one in value.get("not_flagged") or ()),
        template=str(value.get("template") or "").strip(),
    )


def _default(value: Mapping[str, Any]) -> Default:
    name, given = str(value["field"]), value.get("value")
    if name in TEMPLATE_FIELDS:
        if isinstance(given, bool) or not str(given).isdecimal() or len(str(given)) > 18:
            raise ValueError("Choose one of your templates.")
        given = int(str(given))
    return Default(name, given, _one_of(Mode, value.get("mode", Mode.IF_UNSET)))


def _hours(value: Any) -> timedelta:
    try:
        hours = float(value)
    except ValueError:
        raise ValueError("This is a number of hours.") from None
    if not 0 <= hours <= MAX_SERIES_GAP / timedelta(hours=1):  # also what is no number at all, and infinity
        raise ValueError("The gap between parts of a series is from 0 hours to 90 days.")
    return timedelta(minutes=round(hours * 60))


def _number(value: Any) -> int:
    number = whole(value)
    if number is None:
        raise ValueError("This is a whole number.")
    return number


def _one_of(kind: Any, value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"This is one of: {', '.join(kind)}.") from None
