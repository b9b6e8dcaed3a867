"""One of several, a step along their order: what dragging does, with buttons."""

from collections.abc import Sequence
from typing import TypeVar

from web.pages.forms import Form

T = TypeVar("T")


def stepped(order: Sequence[T], moved: T, by: int) -> list[T]:
    """*order* with *moved* that many places further, as far as there are some. It has to be among them."""
    at = order.index(moved)
    rest = [*order[:at], *order[at + 1 :]]
    to = min(len(rest), max(0, at + by))
    return [*rest[:to], moved, *rest[to:]]


def step_of(form: Form, order: Sequence[int]) -> list[int]:
    """*order* as the buttons `up` and `down` ask for it; nothing where they ask for nothing."""
    up, down = form.number("up"), form.number("down")
    moved = up or down
    return stepped(order, moved, -1 if up else 1) if moved is not None and moved in order else []
