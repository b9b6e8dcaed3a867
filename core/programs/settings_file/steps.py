"""What becomes of each thing of a settings file: made, changed, left alone, or why it cannot be; pure.

The same steps are shown beforehand and carried out afterwards. No file ever removes anything.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from core.errors import InvalidInput

T = TypeVar("T")
NAME_SHOWN = 80


class Part(StrEnum):
    TIME_ZONE = "time_zone"
    THEME = "theme"
    NEW_POSTS = "new_posts"
    NOTICES = "notices"
    TEMPLATE = "template"
    PRICE_PRESET = "price_preset"
    HOLIDAY = "holiday"
    SERIES = "series"
    ACCOUNT = "account"
    SLOTS = "slots"
    PACING = "pacing"
    AUTOMATION = "automation"
    AUTOMATION_ORDER = "automation_order"
    WEBHOOK = "webhook"
    DROP_CHANNEL = "drop_channel"
    KEEP_LIST = "keep_list"
    UNKNOWN = "unknown"


class Action(StrEnum):
    MAKE = "make"
    CHANGE = "change"
    KEEP = "keep"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Step:
    """`text` says what changes, or why it cannot be. `before` is what is there, `wanted` what shall be,
    `given` what the file says."""

    part: Part
    name: str
    action: Action
    text: str = ""
    wanted: Any = None
    before: Any = None
    given: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How things of one kind are told apart, read and compared. `read` gets what is there under the same key.

    `repeats`: several may share a key; then the first of the file is the first that is there, and so on.
    """

    part: Part
    most: int
    key_given: Callable[[Mapping[str, Any]], str]
    key_of: Callable[[T], str]
    read: Callable[[Mapping[str, Any], T | None], T]
    write: Callable[[T], Mapping[str, Any]]
    repeats: bool = False


def compared(kind: Kind[T], items: Sequence[Any], known: Sequence[T]) -> Iterator[Step]:
    there = _numbered(kind, known)
    room = kind.most - len(known)
    seen: Counter[str] = Counter()
    for number, item in enumerate(items, 1):
        step = _step(kind, number, item, there, seen)
        if step.action is Action.MAKE:
            room -= 1
            if room < 0:
                step = Step(step.part, step.name, Action.CANNOT, f"There is room for {kind.most} at most.")
        yield step


def _numbered(kind: Kind[T], known: Sequence[T]) -> dict[tuple[str, int], T]:
    seen: Counter[str] = Counter()
    there = {}
    for one in known:
        key = kind.key_of(one)
        there[key, seen[key]] = one
        seen[key] += 1
    return there


def _step(kind: Kind[T], number: int, item: Any, there: Mapping[tuple[str, int], T], seen: Counter[str]) -> Step:
    if not isinstance(item, Mapping):
        return Step(kind.part, f"number {number}", Action.CANNOT, "It cannot be read.")
    name = shown(item, number)
    try:
        key = kind.key_given(item)
        before = there.get((key, seen[key]))
        if seen[key] and not kind.repeats:
            raise InvalidInput({"name": "It stands in the file twice."})
        seen[key] += 1
        wanted = kind.read(item, before)
    except InvalidInput as error:
        return Step(kind.part, name, Action.CANNOT, error.sentence)
    if before is None:
        return Step(kind.part, name, Action.MAKE, "", wanted, None, item)
    action, text = difference(kind.write(before), kind.write(wanted))
    return Step(kind.part, name, action, text, wanted, before, item)


def difference(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[Action, str]:
    """Whether anything changes, and what it is called."""
    names = [name.replace("_", " ") for name in wanted if wanted[name] != before.get(name)]
    if not names:
        return Action.KEEP, ""
    return Action.CHANGE, f"Changes: {', '.join(names)}."


def shown(item: Mapping[str, Any], number: int) -> str:
    """What people know it by."""
    words = [item.get(name) for name in ("name", "url", "channel")]
    days = [str(item[name]) for name in ("first", "last") if item.get(name)]
    found = next((one for one in words if isinstance(one, str) and one.strip()), " – ".join(days))
    return found[:NAME_SHOWN] or f"number {number}"
