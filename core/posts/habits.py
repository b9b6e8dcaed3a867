"""What a person wants of every new post and of what is sent, chosen once in Settings."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import InvalidInput
from core.posts.fields import DISPLAY_RESOLUTIONS, Details
from core.users import PeopleRows

SETTING = "habits"  # in a person's settings; what is absent is as by default


class HabitsTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...


class HabitsStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[HabitsTransaction]: ...


@dataclass(frozen=True, slots=True)
class Habits:
    """The first two go into new posts that do not say; `keep_metadata` holds for what DeviantArt is sent."""

    add_watermark: bool = False
    display_resolution: int | None = None
    keep_metadata: bool = False

    def laid_under(self, details: Details) -> Details:
        """What a picture, its program and its templates said stays."""
        width = self.display_resolution if details.display_resolution is None else details.display_resolution
        mark = True if details.add_watermark is None and self.add_watermark and width else details.add_watermark
        return details.but(display_resolution=width, add_watermark=mark)

    def as_setting(self) -> dict[str, Any] | None:
        """How it is kept; None when all is as by default."""
        if self == Habits():
            return None
        return {
            "add_watermark": self.add_watermark,
            "display_resolution": self.display_resolution,
            "keep_metadata": self.keep_metadata,
        }


def habits_of(settings: Mapping[str, Any]) -> Habits:
    """From a person's settings, which another instance may have exported: what is not understood is by default."""
    kept = settings.get(SETTING)
    if not isinstance(kept, Mapping):
        return Habits()
    width = kept.get("display_resolution")
    is_width = isinstance(width, int) and not isinstance(width, bool) and width in DISPLAY_RESOLUTIONS
    return Habits(
        add_watermark=kept.get("add_watermark") is True,
        display_resolution=width if is_width else None,
        keep_metadata=kept.get("keep_metadata") is True,
    )


def read_habits(*, add_watermark: bool, display_resolution: str, keep_metadata: bool) -> Habits:
    """As typed. Raises `InvalidInput`: a size there is not, or a watermark on a picture shown in its own size."""
    widths = {str(width): width for width in DISPLAY_RESOLUTIONS}
    if display_resolution and display_resolution not in widths:
        raise InvalidInput({"display_resolution": "Choose one of the sizes."})
    width = widths.get(display_resolution)
    if add_watermark and not width:
        sentence = "DeviantArt marks only what is shown smaller than it is: choose how large it is shown."
        raise InvalidInput({"add_watermark": sentence})
    return Habits(add_watermark, width, keep_metadata)


class HabitsOf:
    """Asks for them by person."""

    def __init__(self, store: HabitsStore) -> None:
        self._store = store

    async def __call__(self, user_id: int) -> Habits:
        async with self._store.transaction() as tx:
            user = await tx.people.user(user_id)
        return habits_of(user.settings) if user is not None else Habits()
