"""Planning as JSON, and the same shapes for OpenAPI."""

from typing import Any

from core.planning.as_given import automation_as_given, pacing_as_given, rule_as_given, slot_as_given
from core.planning.automation import TEMPLATE_FIELDS, Automation, describe
from core.planning.natural_times import label
from core.planning.ports import AccountPlanning, Line, NamedHoliday, Series, Use
from core.planning.preview import Preview
from core.planning.queue import Reading, SlotView
from core.planning.replanning import Replanned
from core.planning.rules import FixedInterval, Rule
from core.planning.series_progress import progress
from core.planning.spread import Placed
from web.api.answers_schema import ID, NUMBER, TEXT, TIME, YES, listed, maybe, ref, thing
from web.api.post_json import post_json
from web.api.times import instant_json, local_json

QUERY: dict[str, dict[str, Any]] = {
    "days": {"type": "integer", "minimum": 1, "maximum": 366, "default": 30},
    "start": {"type": "string", "format": "date-time"},
    "end": {"type": "string", "format": "date-time"},
    "when": {"type": "string", "maxLength": 100, "description": "A time in words"},
    "time_zone": {"type": "string", "maxLength": 64, "description": "An IANA name; your own when absent"},
    "post_id": {"type": "string", "description": "Whose slots and pacing count"},
}


def rule_json(rule: Rule) -> dict[str, Any]:
    given = rule_as_given(rule)
    if isinstance(rule, FixedInterval):
        given["anchor"] = instant_json(rule.anchor)
    return {"id": str(rule.id), "text": describe(rule)} | given


def automation_json(automation: Automation) -> dict[str, Any]:
    given = automation_as_given(automation)
    return given | {
        "id": str(automation.id),
        "account_id": None if automation.account_id is None else str(automation.account_id),
        "position": automation.position,
        "version": automation.version,
        "rules": [rule_json(rule) for rule in automation.rules],
        "defaults": [
            one | {"value": str(one["value"])} if one["field"] in TEMPLATE_FIELDS else one
            for one in given["defaults"]
        ],
        "price_preset_id": None if automation.price_preset_id is None else str(automation.price_preset_id),
        "situation": automation.situation,
        "next_at": instant_json(automation.next_at),
        "created_at": instant_json(automation.created_at),
        "updated_at": instant_json(automation.updated_at),
    }


def preview_json(preview: Preview) -> dict[str, Any]:
    return {
        "items": [
            {
                "automation_id": str(item.automation_id),
                "automation": item.automation,
                "slot_at": instant_json(item.slot_at),
                "at": instant_json(item.at),
                "result": item.result,
                "post_id": None if item.draft_id is None else str(item.draft_id),
                "title": item.title,
                "choices": item.choices,
                "text": item.sentence,
                "changes": item.changes,
            }
            for item in preview.items
        ],
        "forecasts": [
            {"automation_id": str(key), "takes": one.takes, "runs_out_at": instant_json(one.runs_out_at)}
            for key, one in preview.forecasts.items()
        ],
        "not_ready": [
            {"post_id": str(draft.draft_id), "title": draft.title, "missing": draft.missing}
            for draft in preview.not_ready
        ],
        "truncated": preview.truncated,
    }


def history_json(lines: tuple[Line, ...], uses: tuple[Use, ...]) -> dict[str, Any]:
    return {
        "lines": [{"at": instant_json(line.at), "kind": line.kind, "text": line.text} for line in lines],
        "uses": [
            {
                "slot_at": instant_json(use.slot_at),
                "post_id": str(use.post_id),
                "title": use.title,
                "due_at": instant_json(use.due_at),
            }
            for use in uses
        ],
    }


def account_planning_json(account: AccountPlanning) -> dict[str, Any]:
    return {
        "account_id": str(account.account_id),
        "username": account.username,
        "time_zone": account.pacing.time_zone,
        "slots": [slot_as_given(slot) for slot in account.slots],
        "pacing": pacing_as_given(account.pacing) | {"move_up": account.move_up},
    }


def slot_json(slot: SlotView) -> dict[str, Any]:
    return {
        "account_id": str(slot.account_id),
        "at": instant_json(slot.planned.due_at),
        "local": local_json(slot.planned.local),
        "time_zone": slot.planned.time_zone,
        "post_id": None if slot.post_id is None else str(slot.post_id),
        "title": slot.title,
        "text": slot.sentence,
    }


def replanned_json(done: Replanned, public_url: str) -> dict[str, Any]:
    return {
        "posts": [post_json(post, public_url) for post in done.posts],
        "refused": [{"id": str(one.post_id), "error": one.sentence} for one in done.refused],
        "undo_id": None if done.undo_id is None else str(done.undo_id),
    }


def reading_json(reading: Reading, time_zone: str) -> dict[str, Any]:
    planned = reading.planned
    return {
        "at": instant_json(planned.due_at) if planned else None,
        "local": local_json(planned.local) if planned else None,
        "time_zone": planned.time_zone if planned else time_zone,
        "text": label(planned) if planned else "The next free slot",
        "is_next_slot": reading.is_next_slot,
        "is_adjusted": planned.adjusted if planned else False,
        "objections": list(reading.objections),
    }


def placed_json(placed: Placed) -> dict[str, Any]:
    return {
        "post_id": str(placed.post_id),
        "at": instant_json(placed.planned.due_at),
        "local": local_json(placed.planned.local),
        "time_zone": placed.planned.time_zone,
        "text": placed.sentence,
    }


def holiday_json(named: NamedHoliday) -> dict[str, Any]:
    holiday = named.holiday
    return {
        "id": str(named.id),
        "first": holiday.first.isoformat(),
        "last": holiday.last.isoformat(),
        "mode": holiday.mode,
        "name": holiday.name,
    }


def series_json(series: Series) -> dict[str, Any]:
    far = progress(series)
    return {
        "id": str(series.id),
        "name": series.name,
        "gap_hours": None if series.gap_minutes is None else series.gap_minutes / 60,
        "next_post_id": str(far.next.post_id) if far.next else None,
        "not_before": instant_json(far.not_before),
        "waits_for_post_id": str(far.waits_for.post_id) if far.waits_for else None,
        "parts": [
            {
                "number": part.number,
                "post_id": str(part.post_id),
                "title": part.title,
                "status": part.status,
                "at": instant_json(part.at),
            }
            for part in series.parts
        ],
    }


def schemas() -> dict[str, Any]:
    """What the functions above answer, as JSON Schema."""
    items = {"Automations": "Automation", "Holidays": "Holiday", "AllSeries": "Series", "Slots": "Slot"}
    placed = thing(post_id=ID, at=TIME, local=TEXT, time_zone=TEXT, text=TEXT)
    return {
        **{name: thing(items=listed(ref(one))) for name, one in items.items()},
        "Tile": thing(
            post_id=ID,
            account_id=ID,
            title=TEXT,
            status=TEXT,
            held=YES,
            at={**TIME, "description": "when it is due; for what went out by hand, when it did"},
            due_at=maybe(TIME),
            is_mature=YES,
            needs_person={**YES, "description": "only a person can say what became of it"},
            version=NUMBER,
            objections={**listed(TEXT), "description": "sentences: what pacing has against its time"},
        ),
        "Calendar": thing(items=listed(ref("Tile"))),
        "AccountSlots": thing(items=listed(ref("AccountPlanning"))),
        "Automation": _automation(),
        "Preview": _preview(),
        "AutomationHistory": thing(
            lines=listed(thing(at=TIME, kind=TEXT, text=TEXT)),
            uses=listed(thing(slot_at=TIME, post_id=ID, title=TEXT, due_at=TIME)),
        ),
        "AccountPlanning": thing(
            account_id=ID,
            username=TEXT,
            time_zone=TEXT,
            slots=listed(thing(weekday=NUMBER, time=TEXT)),
            pacing=thing(
                min_gap_minutes=NUMBER,
                max_per_day=maybe(NUMBER),
                quiet_start=maybe(TEXT),
                quiet_end=maybe(TEXT),
                move_up=YES,
            ),
        ),
        "Slot": thing(account_id=ID, at=TIME, local=TEXT, time_zone=TEXT, post_id=maybe(ID), title=TEXT, text=TEXT),
        "Replanned": thing(posts=listed(ref("Post")), refused=listed(thing(id=ID, error=TEXT)), undo_id=maybe(ID)),
        "Placed": thing(items=listed(placed), seed=NUMBER),
        "GoodTimes": _good_times(),
        "Holiday": thing(id=ID, first=TEXT, last=TEXT, mode=TEXT, name=TEXT),
        "Series": thing(
            id=ID,
            name=TEXT,
            gap_hours=maybe({"type": "number"}),
            next_post_id=maybe(ID),
            not_before=maybe(TIME),
            waits_for_post_id=maybe(ID),
            parts=listed(thing(number=NUMBER, post_id=ID, title=TEXT, status=TEXT, at=maybe(TIME))),
        ),
        "ReadTime": thing(
            at=maybe(TIME),
            local=maybe(TEXT),
            time_zone=TEXT,
            text=TEXT,
            is_next_slot=YES,
            is_adjusted=YES,
            objections=listed(TEXT),
        ),
        "Times": thing(items=listed(thing(text=TEXT, at=TIME))),
    }


def _good_times() -> dict[str, Any]:
    number = {"type": "number"}
    block = {"weekday": NUMBER, "from": TEXT, "to": TEXT, "works": NUMBER, "favourites": number, "ratio": number}
    one = {"type": "object", "properties": block, "required": list(block)}
    return thing(items=listed(one), works=NUMBER, text=TEXT)


def _automation() -> dict[str, Any]:
    rule = thing(
        ("time", "every_minutes", "count", "anchor", "per_day", "start", "end"),
        id=ID,
        kind=TEXT,
        days=listed(NUMBER),
        text=TEXT,
        time=TEXT,
        every_minutes=NUMBER,
        count=NUMBER,
        anchor=TIME,
        per_day=NUMBER,
        start=TEXT,
        end=TEXT,
    )
    return thing(
        id=ID,
        name=TEXT,
        color=TEXT,
        account_id=maybe(ID),
        time_zone=TEXT,
        enabled=YES,
        position=NUMBER,
        version=NUMBER,
        rules=listed(rule),
        order=TEXT,
        pool=thing(tags=listed(TEXT), galleries=listed(TEXT), not_flagged=listed(TEXT), template=TEXT),
        jitter=thing(min_seconds=NUMBER, max_seconds=NUMBER),
        missed=TEXT,
        defaults=listed(thing(field=TEXT, value={}, mode=TEXT)),
        stash_only=YES,
        price_preset_id=maybe(ID),
        series_gap_hours={"type": "number"},
        notice_days=NUMBER,
        situation=TEXT,
        next_at=maybe(TIME),
        created_at=TIME,
        updated_at=TIME,
    )


def _preview() -> dict[str, Any]:
    return thing(
        items=listed(
            thing(
                automation_id=ID,
                automation=TEXT,
                slot_at=TIME,
                at=maybe(TIME),
                result=TEXT,
                post_id=maybe(ID),
                title=TEXT,
                choices=NUMBER,
                text=TEXT,
                changes=listed(TEXT),
            )
        ),
        forecasts=listed(thing(automation_id=ID, takes=NUMBER, runs_out_at=maybe(TIME))),
        not_ready=listed(thing(post_id=ID, title=TEXT, missing=listed(TEXT))),
        truncated=YES,
    )
