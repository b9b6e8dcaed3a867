"""What the bot asks of rooms of the application that have their own words for it. The composition root joins them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.actor import Actor
from core.planning.wall_clock import Planned
from core.posts.post import Post


class Pauses(Protocol):
    async def pause(self, *, by: Actor) -> None:
        """Everything of the actor's person."""
        ...

    async def resume(self, *, by: Actor) -> None: ...


class Slots(Protocol):
    async def next_free(self, post: Post, *, count: int) -> Sequence[Planned]:
        """The next free slots of the queue of the post's account; empty without slots."""
        ...


@dataclass(frozen=True, slots=True)
class AutomationLine:
    """One automation as lists show it."""

    id: int
    name: str
    is_enabled: bool
    summary: str
    next_at: datetime | None


class Automations(Protocol):
    async def all(self, user_id: int) -> Sequence[AutomationLine]: ...

    async def run(self, automation_id: int, *, by: Actor) -> str:
        """A sentence about what it scheduled."""
        ...

    async def set_enabled(self, automation_id: int, enabled: bool, *, by: Actor) -> None: ...

    async def preview(self, automation_id: int, *, by: Actor) -> Sequence[tuple[datetime, str]]:
        """Instants and titles of the next 30 days."""
        ...
