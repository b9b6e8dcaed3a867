"""A post as calendars draw it: one row, without its files and publications."""

from dataclasses import dataclass
from datetime import datetime

from core.posts.post import MOVES, PostStatus, Verb


@dataclass(frozen=True, slots=True)
class Tile:
    """`at`: when it is due; for what went out by hand, when it did. `due_at`: None for the latter.

    `thumb`: the file whose thumbnail stands for it; None for a post without files and for a video.
    """

    id: int
    account_id: int
    version: int
    name: str
    status: PostStatus
    held: bool
    in_doubt: bool
    is_mature: bool
    at: datetime
    due_at: datetime | None
    thumb: int | None

    @property
    def needs_person(self) -> bool:
        return self.in_doubt and self.status is PostStatus.FAILED

    @property
    def can_move(self) -> bool:
        return (self.status, Verb.SCHEDULE) in MOVES and not self.in_doubt


@dataclass(frozen=True, slots=True)
class FullDay:
    """The first tiles of a day, and how many more it has."""

    tiles: tuple[Tile, ...]
    more: int
