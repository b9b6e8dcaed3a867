"""The dry run: what each slot of the next days will do, in words; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.planning.automation import Automation, Order
from core.planning.effects import in_words
from core.planning.ports import WorldRows
from core.planning.world import Draft, Forecast, Outcome, Result, forecast, simulate

DAYS = 30
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class PreviewItem:
    """`draft_id` at random: the one that will be taken if nothing changes, one of `choices`."""

    automation_id: int
    automation: str
    color: str
    slot_at: datetime
    at: datetime | None
    result: Result
    draft_id: int | None
    title: str
    choices: int
    is_random: bool
    sentence: str
    changes: tuple[str, ...] = ()  # what taking it does to its fields


@dataclass(frozen=True, slots=True)
class NotReadyDraft:
    draft_id: int
    title: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`truncated`: there are more slots than are shown."""

    items: tuple[PreviewItem, ...]
    forecasts: dict[int, Forecast]
    not_ready: tuple[NotReadyDraft, ...] = ()
    truncated: bool = False


def dry_run(rows: WorldRows, shown: Automation | None, *, now: datetime, days: int = DAYS) -> Preview:
    """Every automation that is on, and *shown* as if it were; answers the slots of *shown*, or of all."""
    taking_part = [automation for automation in rows.automations if automation.enabled]
    if shown is not None:
        others = [automation for automation in taking_part if automation.id != shown.id]
        as_if_on = shown if shown.enabled else replace(shown, cursor_at=None)
        taking_part = [*others, as_if_on]
    world = rows.world(taking_part)
    drafts = {draft.id: draft for draft in rows.drafts}
    titles = {draft.id: draft.details.title for draft in rows.drafts}
    not_ready = world.not_ready(shown.id) if shown else {}
    outcomes = list(simulate(world, taking_part, now, now + timedelta(days=days)))
    wanted = [o for o in outcomes if shown is None or o.automation_id == shown.id]
    by_id = {automation.id: automation for automation in taking_part}
    return Preview(
        tuple(
            _item(outcome, by_id[outcome.automation_id], drafts, rows.templates) for outcome in wanted[:MOST_ITEMS]
        ),
        {automation.id: forecast(outcomes, automation.id) for automation in taking_part},
        tuple(NotReadyDraft(draft, titles.get(draft, ""), missing) for draft, missing in not_ready.items()),
        len(wanted) > MOST_ITEMS,
    )


def _item(
    outcome: Outcome, automation: Automation, drafts: Mapping[int, Draft], templates: Mapping[int, str]
) -> PreviewItem:
    draft = drafts.get(outcome.draft_id) if outcome.draft_id is not None else None
    title = draft.details.title if draft else ""
    is_random = automation.order is Order.RANDOM and outcome.choices > 1
    return PreviewItem(
        automation.id,
        automation.name,
        automation.color,
        outcome.slot.at,
        outcome.at,
        outcome.result,
        outcome.draft_id,
        title,
        outcome.choices,
        is_random,
        say(outcome, title, is_random=is_random),
        in_words(automation, draft.details, templates) if draft else (),
    )


def say(outcome: Outcome, title: str = "", *, is_random: bool = False) -> str:
    """What the slot does, in a sentence."""
    match outcome.result:
        case Result.SCHEDULED:
            return f"One of {outcome.choices} drafts." if is_random else f"“{title or 'Untitled'}”."
        case Result.EMPTY:
            return "No draft is left in its pool."
        case Result.NOT_READY:
            return "None of its drafts is ready: " + _why(outcome.not_ready)
        case Result.WAITING:
            return "The next part of its series is not due yet."
        case Result.PACED:
            return "Pacing leaves no room on that day."
        case Result.HOLIDAY:
            return "Left out: holidays."
        case Result.MISSED:
            return "It passed while Isekai was not running."


def _why(not_ready: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    return " ".join(f"{name}: {' '.join(missing)}" for name, missing in not_ready[:3])
