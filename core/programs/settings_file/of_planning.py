"""The steps for accounts with their slots and pacing, for automations and their order; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from core.account import COLORS, Account
from core.errors import InvalidInput
from core.planning.automation import COLORS as AUTOMATION_COLORS
from core.planning.automation import Automation
from core.planning.automations import MOST_AUTOMATIONS
from core.planning.guard import read_pacing
from core.planning.ports import AccountPlanning
from core.planning.queue import read_slots
from core.planning.slots import validate_slots
from core.programs.settings_file import reading
from core.programs.settings_file.state import Names, State
from core.programs.settings_file.steps import Action, Kind, Part, Step, compared, difference, shown
from core.programs.settings_file.writing import automation_written, planning_written

K = TypeVar("K")
SWITCHED_OFF = "Made switched off: look at what it would do, then switch it on."


def account_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    seen: set[str] = set()
    for number, item in enumerate(reading.things(given.get("accounts"), "accounts"), 1):
        name = shown(item, number) if isinstance(item, Mapping) else f"number {number}"
        if not isinstance(item, Mapping) or name.casefold() in seen:
            sentence = "It stands in the file twice." if isinstance(item, Mapping) else "It cannot be read."
            yield Step(Part.ACCOUNT, name, Action.CANNOT, sentence)
            continue
        seen.add(name.casefold())
        account = next((one for one in state.accounts if one.username.casefold() == name.casefold()), None)
        if account is None:
            sentence = "No account of that name is linked here. Connect it, then bring the file in again."
            yield Step(Part.ACCOUNT, name, Action.CANNOT, sentence)
            continue
        for part, field in ((Part.ACCOUNT, "color"), (Part.SLOTS, "slots"), (Part.PACING, "pacing")):
            if field in item:
                yield _account_step(part, account, state.planning[account.id], item)


def _account_step(part: Part, account: Account, planning: AccountPlanning, item: Mapping[str, Any]) -> Step:
    try:
        match part:
            case Part.ACCOUNT:
                wanted: Account | AccountPlanning = _coloured(account, item["color"])
                said = [{"colour": account.color}, {"colour": item["color"]}]
                return _differing(part, account, wanted, account, said[0], said[1])
            case Part.SLOTS:
                wanted = _with_slots(planning, reading.things(item["slots"], "slots"))
                before, after = planning_written(planning), planning_written(wanted)
                said = [{"slots": before["slots"]}, {"slots": after["slots"]}]
                return _differing(part, account, wanted, planning, said[0], said[1])
            case _:
                wanted = _with_pacing(planning, item["pacing"])
                before, after = planning_written(planning), planning_written(wanted)
                return _differing(part, account, wanted, planning, before["pacing"], after["pacing"])
    except InvalidInput as error:
        return Step(part, account.username, Action.CANNOT, error.sentence)


def _differing(
    part: Part, account: Account, wanted: object, there: object, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Step:
    action, text = difference(before, after)
    return Step(part, account.username, action, text, wanted, there)


def _coloured(account: Account, color: Any) -> Account:
    if color not in COLORS:
        raise InvalidInput({"color": f"The colour is one of: {', '.join(COLORS)}."})
    return replace(account, color=color)


def _with_slots(planning: AccountPlanning, given: Sequence[Any]) -> AccountPlanning:
    slots = read_slots(given)
    validate_slots(slots)
    return replace(planning, slots=slots)


def _with_pacing(planning: AccountPlanning, given: Any) -> AccountPlanning:
    if not isinstance(given, Mapping):
        raise InvalidInput({"pacing": "It cannot be read."})
    move_up = reading.flag(given, "move_up", absent=planning.move_up)
    return replace(planning, pacing=read_pacing(planning.pacing, given), move_up=move_up)


def automation_steps(state: State, given: Mapping[str, Any], names: Names, *, switch_on: bool) -> Iterator[Step]:
    """*names* know what the steps before these will make."""
    items = reading.things(given.get("automations"), "automations")

    def read(item: Mapping[str, Any], before: Automation | None) -> Automation:
        base = before or blank(state, len(state.automations))
        return reading.automation(item, base, names, switch_on=switch_on, now=state.at)

    def write(automation: Automation) -> Mapping[str, Any]:
        return automation_written(automation, state)

    kind = Kind(Part.AUTOMATION, MOST_AUTOMATIONS, _folded, _name, read, write, repeats=True)
    for step in compared(kind, items, state.automations):
        is_off = step.action is Action.MAKE and not step.wanted.enabled
        was_on = is_off and step.given is not None and step.given.get("enabled") is True
        yield replace(step, text=SWITCHED_OFF) if was_on else step


def blank(state: State, position: int) -> Automation:
    """What an automation of the file is laid over that is not there yet; its seed is drawn when it is made."""
    return Automation(
        id=0,
        user_id=state.user.id,
        account_id=None,
        name="",
        time_zone=state.user.time_zone,
        created_at=state.at,
        updated_at=state.at,
        color=AUTOMATION_COLORS[position % len(AUTOMATION_COLORS)],
        position=position,
    )


def order_step(state: State, steps: Sequence[Step]) -> Step | None:
    """Which automation chooses first; None where the file leaves nothing to arrange."""
    current: list[str] = [str(one.id) for one in state.automations]
    placed = [str(step.before.id) if step.before else f"new {n}" for n, step in enumerate(steps) if step.wanted]
    if merged_order(current, placed)[: len(current)] == current or len(placed) < 2:
        return None
    return Step(Part.AUTOMATION_ORDER, "", Action.CHANGE, "Changes which of them chooses first.")


def merged_order(current: Sequence[K], wanted: Sequence[K]) -> list[K]:
    """*wanted* in its order, at the places that its members have or get; the others keep theirs."""
    members = set(wanted)
    places = [*current, *(one for one in wanted if one not in set(current))]
    following = iter(wanted)
    return [next(following) if one in members else one for one in places]


def _folded(item: Mapping[str, Any]) -> str:
    return " ".join(reading.text(item, "name").split()).casefold()


def _name(automation: Automation) -> str:
    return automation.name.casefold()
