"""What planning asks of the database."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from core.exclusives.ports import WishRows
from core.library.ports import TemplateRows
from core.planning.automation import Automation
from core.planning.good_times import Work
from core.planning.pacing import Holiday, Pacing, Taken
from core.planning.slots import WeeklySlot
from core.planning.wall_clock import Planned
from core.planning.world import Draft, SeriesState, World
from core.ports import Transaction
from core.posts.files import PostFile
from core.posts.post import Plan, PostStatus


@dataclass(frozen=True, slots=True)
class AccountPlanning:
    """An account's weekly slots and pacing. `move_up`: what is behind a removed post closes the gap."""

    account_id: int
    user_id: int
    username: str
    pacing: Pacing
    slots: tuple[WeeklySlot, ...] = ()
    move_up: bool = False
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A post that waits for its time."""

    post_id: int
    account_id: int
    planned: Planned
    version: int
    title: str = ""
    jitter_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Use:
    """A slot an automation used."""

    slot_at: datetime
    post_id: int
    title: str
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class NamedHoliday:
    id: int
    holiday: Holiday


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """`at`: when it went or goes out. `file` is the picture to show it by."""

    number: int
    post_id: int
    title: str
    status: PostStatus
    at: datetime | None = None
    is_mature: bool = False
    file: PostFile | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Its parts in order. `gap_minutes` None: as the automation says that takes them."""

    id: int
    name: str
    gap_minutes: int | None
    parts: tuple[SeriesPart, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """`before` is None for what had no time; it waited for review where `reviewed` is no, and wished for `wish`.

    `version`: the post's after the change.

    While `made` stands, the plan that it was given, other changes do not matter; None where an older version kept it.
    """

    post_id: int
    before: Plan | None
    version: int
    made: Plan | None = None
    reviewed: bool = True
    wish: str | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    id: int
    text: str
    plans: tuple[UndoPlan, ...]
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoStep:
    """For a list: what was done to how many posts, and whether it was taken back."""

    id: int
    text: str
    posts: int
    created_at: datetime
    is_used: bool


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is older may go: lines of histories, used slots, undo steps, removed automations, holidays."""

    lines: datetime
    uses: datetime
    undos: datetime
    removed: datetime
    holidays: date


@dataclass(frozen=True, slots=True)
class WorldRows:
    """Everything a user's automations decide from, read at one moment."""

    automations: tuple[Automation, ...]
    drafts: tuple[Draft, ...]
    accounts: Mapping[int, AccountPlanning]
    taken: Mapping[int, tuple[datetime, ...]]
    series: Mapping[int, SeriesState] = field(default_factory=dict)
    positions: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    templates: Mapping[int, str] = field(default_factory=dict)  # their names
    is_paused: bool = False

    def world(self, automations: Sequence[Automation] | None = None) -> World:
        paused = {account.account_id for account in self.accounts.values() if account.is_paused}
        return World(
            self.automations if automations is None else automations,
            [draft for draft in self.drafts if draft.account_id not in paused],
            pacing={account.account_id: account.pacing for account in self.accounts.values()},
            taken={account_id: Taken(instants) for account_id, instants in self.taken.items()},
            series=self.series,
            positions=self.positions,
        )


class PlanningRows(Protocol):
    """Repository inside a transaction."""

    async def automation(self, automation_id: int) -> Automation:
        """Raises `NotFound`, also for one that was removed."""
        ...

    async def add_automation(self, automation: Automation) -> Automation: ...

    async def save_automation(self, automation: Automation, *, expected_version: int) -> Automation:
        """With its rules: those with a known id keep it. Raises `Stale`."""
        ...

    async def remove_automation(self, automation_id: int, *, at: datetime | None) -> None:
        """*at* None takes the removal back."""
        ...

    async def owner_of_removed(self, automation_id: int) -> int | None: ...

    async def arrange_automations(self, user_id: int, order: Sequence[int]) -> None: ...

    async def arrange_drafts(self, automation_id: int, order: Sequence[int]) -> None: ...

    async def has_price_preset(self, user_id: int, price_preset_id: int) -> bool: ...

    async def save_progress(self, automations: Sequence[Automation]) -> frozenset[int]:
        """Cursor, next slot, situation: no change of the automation itself. Answers who is still in this version."""
        ...

    async def use_slot(
        self, automation: Automation, slot_key: str, *, slot_at: datetime, post_id: int, account_id: int,
        due_at: datetime, at: datetime,
    ) -> bool:  # fmt: skip
        """False when the slot was used before."""
        ...

    async def add_lines(self, lines: Sequence[tuple[int, Line]]) -> None:
        """Of their histories: (automation id, line)."""
        ...

    async def wish_for_sale(self, post_id: int, price_preset_id: int) -> None: ...

    async def account(self, account_id: int) -> AccountPlanning: ...

    async def save_slots(self, account_id: int, slots: Sequence[WeeklySlot]) -> None: ...

    async def save_pacing(self, account_id: int, pacing: Pacing, *, move_up: bool) -> None: ...

    async def add_holiday(self, user_id: int, holiday: Holiday) -> int: ...

    async def remove_holiday(self, user_id: int, holiday_id: int) -> bool: ...

    async def taken(self, account_id: int, *, since: datetime, except_posts: Sequence[int] = ()) -> Taken: ...

    async def scheduled(self, account_id: int) -> tuple[Scheduled, ...]:
        """What waits on that account, in order of time; what is being sent is not among it."""
        ...

    async def add_undo(self, user_id: int, text: str, plans: Sequence[UndoPlan], *, at: datetime) -> int: ...

    async def use_undo(self, user_id: int, undo_id: int, *, at: datetime) -> Undo | None:
        """None when there is none, or it was used."""
        ...

    async def save_series(self, user_id: int, series: Series, posts: Sequence[int], *, at: datetime) -> int:
        """Insert or replace; *posts* are its parts in order. Raises `NotFound`."""
        ...

    async def series_parts(self, user_id: int, series_id: int) -> tuple[int, ...]:
        """The posts of its parts in order. Raises `NotFound`, also for one that was removed."""
        ...

    async def arrange_series(self, series_id: int, posts: Sequence[int]) -> None:
        """*posts* are its parts from now on; one that was part of another series leaves that."""
        ...

    async def remove_series(self, user_id: int, series_id: int, *, at: datetime | None) -> bool:
        """*at* None takes the removal back."""
        ...

    async def series_names(self, user_id: int) -> Mapping[str, int]:
        """Of all that are not removed, with their ids."""
        ...

    async def name_of_removed_series(self, user_id: int, series_id: int) -> str | None: ...

    async def forget(self, outdated: Outdated, *, limit: int) -> int:
        """Delete at most *limit* rows of each kind; how many went."""
        ...


class PlanningRooms(Protocol):
    @property
    def templates(self) -> TemplateRows: ...
    @property
    def wishes(self) -> WishRows: ...


class PlanningTransaction(Transaction, Protocol):
    @property
    def rooms(self) -> PlanningRooms: ...
    @property
    def planning(self) -> PlanningRows: ...


class PlanningStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[PlanningTransaction]: ...


class PlanningReads(Protocol):
    def version(self) -> int:
        """Moves with every commit: what was read at the same version is still true."""
        ...

    async def automations(self, user_id: int) -> tuple[Automation, ...]: ...

    async def automation(self, automation_id: int, *, user_id: int) -> Automation: ...

    async def due_users(self, *, before: datetime) -> tuple[int, ...]:
        """Whose automations have a slot before that instant, or none computed yet."""
        ...

    async def world(self, user_id: int, *, now: datetime) -> WorldRows: ...

    async def drafts(self, automation: Automation) -> tuple[tuple[Draft, ...], Mapping[int, int]]:
        """Those of its owner, ready or not, and the places that some have in the artist's own order."""
        ...

    async def uses(self, automation_id: int, *, limit: int = 50) -> tuple[Use, ...]: ...

    async def lines(self, automation_id: int, *, limit: int = 50) -> tuple[Line, ...]: ...

    async def accounts(self, user_id: int) -> tuple[AccountPlanning, ...]: ...

    async def account_of(self, post_id: int, *, user_id: int) -> AccountPlanning:
        """The account of a post. Raises `NotFound`, also for other people's posts."""
        ...

    async def scheduled_at(self, account_id: int, instants: Sequence[datetime]) -> tuple[Scheduled, ...]:
        """What waits on that account for exactly one of these instants."""
        ...

    async def taken(self, account_id: int, *, since: datetime, except_posts: Sequence[int] = ()) -> Taken: ...

    async def holidays(self, user_id: int) -> tuple[NamedHoliday, ...]: ...

    async def series(self, user_id: int, *, series_id: int | None = None) -> tuple[Series, ...]:
        """By name, with all their parts; or only that one, if it is theirs."""
        ...

    async def series_around(self, user_id: int, post_id: int) -> tuple[tuple[tuple[int, str], ...], int | None]:
        """(id, name) of each, by name; and the one that the post is a part of."""
        ...

    async def undo_steps(self, user_id: int, *, since: datetime, limit: int) -> tuple[UndoStep, ...]:
        """Those of several posts, the latest first."""
        ...

    async def works(self, user_id: int, *, account_id: int | None = None) -> tuple[Work, ...]:
        """Published works with their latest favourites: the newest 2,000 that were looked at."""
        ...

    async def overdue(self, *, before: datetime) -> tuple[Scheduled, ...]:
        """Scheduled posts of all accounts whose time passed before that instant and that nobody is sending."""
        ...
