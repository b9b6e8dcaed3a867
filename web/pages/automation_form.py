"""An automation as a form: what its fields show, and what they give back. Works without scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.planning.automation import (
    COLORS,
    COMMENT_TEMPLATE,
    DESCRIPTION_TEMPLATE,
    TEMPLATE_FIELDS,
    WEEKDAYS,
    Automation,
    Mode,
)
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Rule
from core.posts.fields import split_tags
from web.pages.forms import Form
from web.pages.post_form import LICENSES, RESOLUTIONS

BLANK_RULES = 2  # empty rows to fill in; saving brings new ones
MOST_ROWS = 22
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ORDERS = (
    ("fifo", "Oldest first"),
    ("lifo", "Newest first"),
    ("random", "At random"),
    ("manual", "In my own order"),
)
MISSED = (("skip", "Leave it out"), ("catch_up", "Catch up, a little apart"))
KINDS = (
    ("", "No rule"),
    ("fixed_time", "At a time of day"),
    ("fixed_interval", "Every so many minutes"),
    ("daily_quota", "So many a day"),
)
FLAG_WORDS = {
    "is_mature": "Mature",
    "is_ai_generated": "Made with AI",
    "no_ai": "No AI training",
    "allow_comments": "Allow comments",
    "allow_free_download": "Free download",
    "add_watermark": "Watermark",
    "feature": "Feature in the gallery",
    "stash_only": "Sta.sh only",
}
YES_NO = (("", "Leave as it is"), ("true", "Yes"), ("false", "No"))
FOLDER_FIELDS = ("pool_galleries", "default-galleries")
MODES = (("if_unset", "only if unset"), ("always", "always"))
LEVELS = (("", "Leave as it is"), ("moderate", "Moderate"), ("strict", "Strict"))
REASONS = ("nudity", "sexual", "gore", "language", "ideology")
# In the order of a post's own page. The title and a description of fixed words have no row: what a program set stays.
DEFAULT_ROWS = (
    "tags", DESCRIPTION_TEMPLATE, COMMENT_TEMPLATE, "galleries", "is_ai_generated", "is_mature", "mature_level",
    "mature_classification", "no_ai", "allow_comments", "allow_free_download", "feature", "add_watermark",
    "display_resolution", "license",
)  # fmt: skip
DEFAULT_WORDS = FLAG_WORDS | {
    "tags": "Tags",
    DESCRIPTION_TEMPLATE: "Description, from a template",
    COMMENT_TEMPLATE: "First comment, from a template",
    "galleries": "Folders",
    "mature_level": "How mature",
    "mature_classification": "Mature because of",
    "display_resolution": "Largest size shown",
    "license": "Licence",
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule's fields; `number` counts rows of the form, `id` is the rule's own."""

    number: int
    id: str = ""
    kind: str = ""
    time: str = ""
    every_minutes: str = ""
    count: str = ""
    per_day: str = ""
    start: str = "09:00"
    end: str = "21:00"
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class DefaultRow:
    """A default value: `value` as the control shows it, `chosen` for those with several boxes."""

    name: str
    words: str
    kind: str  # text, choice, boxes or folders
    value: str = ""
    chosen: tuple[str, ...] = ()
    mode: str = "if_unset"
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AutomationForm:
    values: Mapping[str, str]
    rules: tuple[RuleRow, ...]
    defaults: tuple[DefaultRow, ...]
    not_flagged: frozenset[str]
    day_names: tuple[str, ...] = DAY_NAMES
    kinds: tuple[tuple[str, str], ...] = KINDS
    orders: tuple[tuple[str, str], ...] = ORDERS
    missed: tuple[tuple[str, str], ...] = MISSED
    modes: tuple[tuple[str, str], ...] = MODES
    colors: tuple[str, ...] = COLORS
    flag_words: tuple[tuple[str, str], ...] = tuple(FLAG_WORDS.items())

    def folders(self, field: str) -> tuple[str, ...]:
        if field == "pool_galleries":
            return tuple(one for one in self.values.get(field, "").split(", ") if one)
        return next(row.chosen for row in self.defaults if row.name == "galleries")

    @property
    def defaults_set(self) -> int:
        return sum(1 for row in self.defaults if row.value or row.chosen)


def form_of(automation: Automation | None, *, time_zone: str) -> AutomationForm:
    if automation is None:
        empty = {"time_zone": time_zone, "color": COLORS[0], "order": "fifo", "missed": "skip", "notice_days": "7"}
        empty |= {"series_gap_hours": "24", "jitter_min": "0", "jitter_max": "0"}
        rows = (RuleRow(0, kind="fixed_time", time="18:00"), RuleRow(1))
        return AutomationForm(empty, rows, _default_rows({}), frozenset())
    pool = automation.pool
    values = {
        "name": automation.name,
        "color": automation.color,
        "time_zone": automation.time_zone,
        "account_id": str(automation.account_id or ""),
        "order": str(automation.order),
        "missed": str(automation.missed),
        "pool_tags": ", ".join(pool.tags),
        "pool_galleries": ", ".join(pool.galleries),
        "pool_template": pool.template,
        "jitter_min": str(automation.jitter.least),
        "jitter_max": str(automation.jitter.most),
        "series_gap_hours": f"{automation.series_gap.total_seconds() / 3600:g}",
        "notice_days": str(automation.notice_days),
        "price_preset_id": str(automation.price_preset_id or ""),
        "stash_only": "yes" if automation.stash_only else "",
        "version": str(automation.version),
    }
    rules = [_row(number, rule) for number, rule in enumerate(automation.rules)]
    rules += [RuleRow(len(rules) + extra) for extra in range(BLANK_RULES)]
    defaults = {default.field: (default.value, default.mode) for default in automation.defaults}
    return AutomationForm(values, tuple(rules), _default_rows(defaults), frozenset(pool.not_flagged))


def _row(number: int, rule: Rule) -> RuleRow:
    match rule:
        case FixedTime():
            return RuleRow(number, str(rule.id), "fixed_time", time=f"{rule.at:%H:%M}", days=rule.days)
        case FixedInterval():
            every, count = str(rule.every_minutes), str(rule.count)
            return RuleRow(number, str(rule.id), "fixed_interval", every_minutes=every, count=count, days=rule.days)
        case DailyQuota():
            start, end = f"{rule.start:%H:%M}", f"{rule.end:%H:%M}"
            return RuleRow(
                number,
                str(rule.id),
                "daily_quota",
                per_day=str(rule.per_day),
                start=start,
                end=end,
                days=rule.days,
            )


def _default_rows(known: Mapping[str, tuple[Any, Mode]]) -> tuple[DefaultRow, ...]:
    return tuple(_default_row(name, *known.get(name, (None, Mode.IF_UNSET))) for name in DEFAULT_ROWS)


def _default_row(name: str, value: Any, mode: Mode) -> DefaultRow:
    row = DefaultRow(name, DEFAULT_WORDS[name], "choice", mode=str(mode))
    several = tuple(str(one) for one in value) if isinstance(value, (list, tuple)) else ()
    text = "" if value is None else str(value)
    match name:
        case "tags":
            return replace(row, kind="text", value=", ".join(several))
        case "galleries":
            return replace(row, kind="folders", chosen=several)
        case "mature_classification":
            options = tuple((one, one.capitalize()) for one in REASONS)
            return replace(row, kind="boxes", chosen=several, options=options)
        case "mature_level":
            return replace(row, value=text, options=LEVELS)
        case "display_resolution":
            return replace(row, value=text, options=(YES_NO[0], *RESOLUTIONS[1:]))
        case "license":
            return replace(row, value=text, options=(YES_NO[0], *LICENSES[1:]))
        case _ if name in TEMPLATE_FIELDS:
            return replace(row, value=text)  # the page knows the templates
        case _:
            return replace(row, value=text.lower(), options=YES_NO)


def given_by(form: Form, automation: Automation | None) -> dict[str, Any]:
    """What `core.planning.automation_input` reads. Defaults that the form does not show are kept."""
    kept = [
        {"field": d.field, "value": d.value, "mode": d.mode}
        for d in (automation.defaults if automation else ())
        if d.field not in DEFAULT_ROWS
    ]
    return {
        "name": form.text("name"),
        "color": form.text("color"),
        "time_zone": form.text("time_zone").strip(),
        "account_id": form.number("account_id"),
        "rules": _rules(form),
        "order": form.text("order"),
        "missed": form.text("missed"),
        "pool": {
            "tags": split_tags(form.text("pool_tags")) if form.text("pool_tags").strip() else (),
            "galleries": folders_in(form, "pool_galleries"),
            "not_flagged": form.every("not_flagged"),
            "template": form.text("pool_template"),
        },
        "jitter": {"min_seconds": form.text("jitter_min") or "0", "max_seconds": form.text("jitter_max") or "0"},
        "defaults": kept + _defaults(form),
        "stash_only": form.has("stash_only"),
        "series_gap_hours": form.text("series_gap_hours") or "0",
        "notice_days": form.text("notice_days") or "0",
        "price_preset_id": form.number("price_preset_id"),
    }


def _rules(form: Form) -> list[dict[str, Any]]:
    found = []
    for number in range(MOST_ROWS):
        kind = form.text(f"rule-{number}-kind")
        if not kind:
            continue
        wanted = {"fixed_time": ("time",), "fixed_interval": ("every_minutes", "count"),
                  "daily_quota": ("per_day", "start", "end")}.get(kind, ())  # fmt: skip
        rule: dict[str, Any] = {"kind": kind, "id": form.number(f"rule-{number}-id") or 0}
        rule |= {name: form.text(f"rule-{number}-{name}") for name in wanted if form.text(f"rule-{number}-{name}")}
        rule["days"] = sorted(_days(form, number))
        found.append(rule)
    return found


def _days(form: Form, number: int) -> frozenset[int]:
    return frozenset(int(day) for day in form.every(f"rule-{number}-days") if day in WEEKDAYS)


def folders_in(form: Form, name: str) -> list[str]:
    """A box for each folder, or one field with commas."""
    return [part.strip() for text in form.every(name) for part in text.split(",") if part.strip()]


def _defaults(form: Form) -> list[dict[str, Any]]:
    found = []
    for name in DEFAULT_ROWS:
        value = _default_value(form, name)
        if value not in ("", []):
            mode = Mode.ALWAYS if form.text(f"mode-{name}") == Mode.ALWAYS else Mode.IF_UNSET
            found.append({"field": name, "value": value, "mode": mode})
    return found


def _default_value(form: Form, name: str) -> Any:
    text = form.text(f"default-{name}").strip()
    match name:
        case "tags":
            return list(split_tags(text)) if text else []
        case "galleries":
            return folders_in(form, "default-galleries")
        case "mature_classification":
            return list(form.every("default-mature_classification"))
        case _ if name in FLAG_WORDS:
            return text == "true" if text in {"true", "false"} else ""
        case _:
            return text


def as_typed(form: Form, *, time_zone: str) -> AutomationForm:
    """The form as it was sent, to be shown again beside what is wrong with it."""
    names = (
        "name", "color", "time_zone", "account_id", "order", "missed", "pool_tags", "pool_template",
        "jitter_min", "jitter_max", "series_gap_hours", "notice_days", "price_preset_id", "version",
    )  # fmt: skip
    values = {name: form.text(name) for name in names} | {"stash_only": "yes" if form.has("stash_only") else ""}
    values["pool_galleries"] = ", ".join(folders_in(form, "pool_galleries"))
    rows = []
    for number in range(MOST_ROWS):
        if form.has(f"rule-{number}-kind"):
            fields = {name: form.text(f"rule-{number}-{name}") for name in RuleRow.__slots__ if name != "days"}
            fields.pop("number")
            rows.append(RuleRow(number, days=_days(form, number), **fields))
    defaults: dict[str, tuple[Any, Mode]] = {one["field"]: (one["value"], one["mode"]) for one in _defaults(form)}
    return AutomationForm(values, tuple(rows), _default_rows(defaults), frozenset(form.every("not_flagged")))
