"""An automation: rules, a pool, an order, effects. What it is and what is wrong with one; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput
from core.planning.names import one_line
from core.planning.numbers import whole
from core.planning.rules import (
    DailyQuota,
    FixedInterval,
    FixedTime,
    Jitter,
    Rule,
    next_slot,
)
from core.planning.wall_clock import MAX_JITTER_SECONDS, zone
from core.posts.fields import DETAIL_NAMES, FLAG_NAMES, Details, apply_changes, folded_tag

NAME_KEPT = 80
MAX_RULES = 20
MAX_SERIES_GAP = timedelta(days=90)
MAX_NOTICE_DAYS = 90
# Defaults whose value is the id of a template: what it says depends on the draft that it is laid over.
DESCRIPTION_TEMPLATE, COMMENT_TEMPLATE = "description_template", "comment_template"
TEMPLATE_FIELDS = (DESCRIPTION_TEMPLATE, COMMENT_TEMPLATE)
COLORS = ("#3b82c4", "#c2703d", "#4f9a5b", "#a65fb8", "#c4485f", "#2f9c9c", "#8a7a2c", "#6b74d6")


class Order(StrEnum):
    RANDOM = "random"
    FIFO = "fifo"  # oldest first
    LIFO = "lifo"  # newest first
    MANUAL = "manual"


class Missed(StrEnum):
    """What happens to slots that passed while nothing ran."""

    SKIP = "skip"
    CATCH_UP = "catch_up"


class Mode(StrEnum):
    IF_UNSET = "if_unset"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Default:
    """A value for a field of every post the automation takes. `value` as JSON gives it."""

    field: str
    value: Any
    mode: Mode = Mode.IF_UNSET


@dataclass(frozen=True, slots=True)
class Pool:
    """Which drafts it takes: any of the tags, any of the folders, none of the flags. Empty means all."""

    tags: tuple[str, ...] = ()
    galleries: tuple[str, ...] = ()
    not_flagged: tuple[str, ...] = ()
    template: str = ""

    @property
    def folded_tags(self) -> frozenset[str]:
        return frozenset(map(folded_tag, self.tags)) - {""}


@dataclass(frozen=True, slots=True)
class Automation:
    """`account_id` None takes drafts of every account. `cursor_at`: every slot before it is dealt with."""

    id: int
    user_id: int
    account_id: int | None
    name: str
    time_zone: str
    created_at: datetime
    updated_at: datetime
    rules: tuple[Rule, ...] = ()
    color: str = COLORS[0]
    position: int = 0
    enabled: bool = False
    order: Order = Order.FIFO
    pool: Pool = field(default_factory=Pool)
    jitter: Jitter = field(default_factory=Jitter)
    missed: Missed = Missed.SKIP
    defaults: tuple[Default, ...] = ()
    stash_only: bool = False
    price_preset_id: int | None = None  # exclusive: put on sale with this preset once it is published
    series_gap: timedelta = timedelta(days=1)
    notice_days: int = 7
    seed: int = 0
    cursor_at: datetime | None = None
    next_at: datetime | None = None
    situation: str = ""
    runs_dry: bool = False  # the notice was given
    version: int = 1

    def with_effects(self, details: Details) -> Details:
        """*details* as a post has them once this automation took it."""
        changes = {
            default.field: default.value
            for default in self.defaults
            if default.field not in TEMPLATE_FIELDS
            and (default.mode is Mode.ALWAYS or is_unset(details, default.field))
        }
        changed = apply_changes(details, changes) if changes else details
        if self.stash_only and changed.stash_only is None:
            changed = changed.but(stash_only=True)
        if self.price_preset_id:  # what is for sale is shown large and marked, and never given away
            changed = changed.but(display_resolution=1920, add_watermark=True, allow_free_download=False)
        return changed

    def template_default(self, field_name: str) -> Default | None:
        """The default whose value is a template's id, if it has that one."""
        return next((default for default in self.defaults if default.field == field_name), None)

    @property
    def effects(self) -> tuple[object, ...]:
        """Two automations with equal effects make the same drafts ready."""
        return repr(self.defaults), self.stash_only, bool(self.price_preset_id)


def is_unset(details: Details, name: str) -> bool:
    """Flags are unset when they are neither yes nor no; texts and lists when they are empty."""
    value = getattr(details, name)
    return value is None or value == "" or value == ()


def check(automation: Automation, *, now: datetime) -> Automation:
    """*automation* with trimmed texts. Raises `InvalidInput` naming every field that cannot be used."""
    found: dict[str, str] = {}
    name = one_line(automation.name)
    if not 1 <= len(name) <= NAME_KEPT:
        found["name"] = f"Give it a name of at most {NAME_KEPT} characters."
    if automation.color not in COLORS:
        found["color"] = f"The colour is one of: {', '.join(COLORS)}."
    place = None
    try:
        place = zone(automation.time_zone)
    except InvalidInput as error:
        found |= error.fields
    found |= _rule_problems(automation.rules)
    if place and automation.rules and "rules" not in found and next_slot(automation.rules, place, now) is None:
        found["rules"] = "These rules never come round: the interval misses the weekdays you chose."
    found |= _jitter_problems(automation.jitter)
    found |= _default_problems(automation.defaults)
    if unknown := set(automation.pool.not_flagged) - set(FLAG_NAMES):
        found["pool"] = f"There is no flag called “{min(unknown)[:40]}”."
    if not timedelta(0) <= automation.series_gap <= MAX_SERIES_GAP:
        found["series_gap_hours"] = "The gap between parts of a series is from 0 hours to 90 days."
    if not 0 <= automation.notice_days <= MAX_NOTICE_DAYS:
        found["notice_days"] = f"The notice comes 0 to {MAX_NOTICE_DAYS} days ahead (0: never)."
    if automation.enabled and not automation.rules:
        found["rules"] = "It has no rule yet: add at least one before switching it on."
    if found:
        raise InvalidInput(found)
    return replace(automation, name=name)


def _rule_problems(rules: tuple[Rule, ...]) -> dict[str, str]:
    if len(rules) > MAX_RULES:
        return {"rules": f"An automation has at most {MAX_RULES} rules."}
    sentences = [f"Rule {number}: {said}" for number, rule in enumerate(rules, 1) if (said := rule_problem(rule))]
    return {"rules": " ".join(sentences)} if sentences else {}


def rule_problem(rule: Rule) -> str:
    """A sentence, or nothing when the rule is fine."""
    if not rule.days:
        return "choose at least one weekday."
    if not rule.days <= frozenset(range(7)):
        return "a weekday is a number from 0 (Monday) to 6 (Sunday)."
    match rule:
        case FixedInterval():
            if not 5 <= rule.every_minutes <= 10080:
                return "an interval is between 5 minutes and 10080 minutes (a week)."
            if not 1 <= rule.count <= 100:
                return "an interval takes 1 to 100 drafts at a time."
        case DailyQuota():
            if not 1 <= rule.per_day <= 100:
                return "a daily quota is between 1 and 100."
            if rule.end <= rule.start:
                return "the window ends before it starts."
        case FixedTime():
            pass
    return ""


def _jitter_problems(jitter: Jitter) -> dict[str, str]:
    if not (0 <= jitter.least <= MAX_JITTER_SECONDS and 0 <= jitter.most <= MAX_JITTER_SECONDS):
        return {"jitter": f"Jitter is between 0 and {MAX_JITTER_SECONDS} seconds."}
    if jitter.most < jitter.least:
        return {"jitter": "The largest jitter is smaller than the smallest."}
    return {}


def _default_problems(defaults: tuple[Default, ...]) -> dict[str, str]:
    sentences = []
    seen = set()
    for default in defaults:
        if default.field not in (*DETAIL_NAMES, *TEMPLATE_FIELDS):
            sentences.append(f"There is no field called “{default.field[:40]}”.")
        elif default.field in seen:
            sentences.append(f"The field “{default.field}” has two default values.")
        elif default.field in TEMPLATE_FIELDS:
            seen.add(default.field)
        else:
            seen.add(default.field)
            try:
                apply_changes(Details(), {default.field: default.value})
            except InvalidInput as error:
                sentences.append(f"{default.field}: {error.sentence}")
    return {"defaults": " ".join(sentences)} if sentences else {}


# --- rules as JSON and forms give them


def read_rules(given: Iterable[Mapping[str, Any]], *, now: datetime) -> tuple[Rule, ...]:
    """Rules from JSON: `{"kind", …}`. Raises `InvalidInput` for `rules`; limits are `check`'s business."""
    rules = []
    for number, one in enumerate(given, 1):
        try:
            rules.append(_read_rule(one, now))
        except (ValueError, TypeError, KeyError) as error:
            said = str(error) if isinstance(error, ValueError) else "it cannot be read."
            raise InvalidInput({"rules": f"Rule {number}: {said}"}) from error
    return tuple(rules)


def _read_rule(given: Mapping[str, Any], now: datetime) -> Rule:
    rule_id = whole(given.get("id")) or 0
    days = read_days(given.get("days"))
    match given.get("kind"):
        case "fixed_time":
            return FixedTime(rule_id, read_clock(given.get("time")), days)
        case "fixed_interval":
            anchor = given.get("anchor") or now.replace(second=0, microsecond=0)
            return FixedInterval(
                rule_id, _whole(given.get("every_minutes"), "the interval in minutes"), anchor,
                _whole(given.get("count", 1), "the number of drafts"), days,
            )  # fmt: skip
        case "daily_quota":
            start, end = read_clock(given.get("start") or "09:00"), read_clock(given.get("end") or "21:00")
            return DailyQuota(rule_id, _whole(given.get("per_day"), "the quota"), start, end, days)
        case _:
            raise ValueError("its kind is fixed_time, fixed_interval or daily_quota.")


def _whole(given: Any, called: str) -> int:
    number = whole(given)
    if number is None:
        raise ValueError(f"{called} is a whole number.")
    return number


def read_clock(given: Any) -> time:
    """`HH:MM`; raises ValueError with a sentence."""
    try:
        hours, minutes = str(given).split(":")
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError("a time is written as HH:MM, such as 18:00.") from None


WEEKDAYS = frozenset("0123456")
DAY_WORDS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_days(given: Any) -> frozenset[int]:
    """Weekdays as numbers (0 is Monday) or words; None means every day. Raises ValueError with a sentence."""
    if given is None:
        return frozenset(range(7))
    if not isinstance(given, (list, tuple, set, frozenset)):
        raise ValueError("weekdays are a list such as [0, 4] or [“mon”, “fri”].")
    found = set()
    for one in given:
        word = str(one).strip().casefold()
        if word[:3] in DAY_WORDS:
            found.add(DAY_WORDS.index(word[:3]))
        elif word in WEEKDAYS:
            found.add(int(word))
        else:
            raise ValueError("a weekday is a number from 0 (Monday) to 6 (Sunday).")
    return frozenset(found)


def describe(rule: Rule) -> str:
    """The rule in words, for lists and history."""
    when = "every day" if len(rule.days) == 7 else " ".join(DAY_WORDS[day].capitalize() for day in sorted(rule.days))
    match rule:
        case FixedTime():
            return f"at {rule.at:%H:%M}, {when}"
        case FixedInterval():
            many = "" if rule.count == 1 else f", {rule.count} at a time"
            return f"every {_minutes(rule.every_minutes)}{many}, {when}"
        case DailyQuota():
            return f"{rule.per_day} a day between {rule.start:%H:%M} and {rule.end:%H:%M}, {when}"


def _minutes(minutes: int) -> str:
    if minutes % 1440 == 0:
        return "day" if minutes == 1440 else f"{minutes // 1440} days"
    if minutes % 60 == 0:
        return "hour" if minutes == 60 else f"{minutes // 60} hours"
    return f"{minutes} minutes"
