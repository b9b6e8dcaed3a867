"""Use cases: what a person has set goes out as one file, and comes in again here or on another instance."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from core.clock import Clock
from core.errors import InvalidInput, NotFound
from core.inspiration.keeping import WORKS_EACH
from core.inspiration.ports import KeepList, KeepReads
from core.library.template import Template, in_order
from core.planning.ports import PlanningReads
from core.programs.settings import ALLOW_PRIVATE
from core.programs.settings_file import of_library, of_person, of_planning
from core.programs.settings_file.carrying_out import CarryingOut, Secret
from core.programs.settings_file.ports import CHANNEL_DOOR, DropChannelsOf, SettingsStore, SettingsTransaction
from core.programs.settings_file.reading import current_form
from core.programs.settings_file.state import DropChannel, Kept, Names, State
from core.programs.settings_file.steps import Action, Part, Step
from core.programs.settings_file.writing import FORMAT, written

# Beyond what any row has: numbers of what will be made, as long as nothing is made yet.
_NOT_YET = 10**15
_KNOWN = frozenset({
    "format", "user", "exported_at", "time_zone", "theme", "new_posts", "notices", "templates", "price_presets",
    "holidays", "series", "accounts", "automations", "webhooks", "drop_channels", "keep_lists",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """`is_done`: it was carried out; else `steps` say what would become of each thing."""

    steps: tuple[Step, ...]
    is_done: bool = False
    secrets: tuple[Secret, ...] = ()

    @property
    def problems(self) -> int:
        return sum(step.action is Action.CANNOT for step in self.steps)

    @property
    def changes(self) -> int:
        return sum(step.action in (Action.MAKE, Action.CHANGE) for step in self.steps)

    @property
    def changes_notices(self) -> bool:
        return any(step.part is Part.NOTICES and step.action is Action.CHANGE for step in self.steps)


class SettingsFiles:
    """All that can be done is done in one transaction or not at all; what cannot be is left out and says why."""

    def __init__(
        self,
        store: SettingsStore,
        planning: PlanningReads,
        keeps: KeepReads,
        clock: Clock,
        *,
        random: Random,
        channels_of: DropChannelsOf | None = None,
    ) -> None:
        self._store = store
        self._channels_of = channels_of
        self._planning = planning
        self._keeps = keeps
        self._clock = clock
        self._random = random

    async def write(self, user_id: int) -> dict[str, Any]:
        channels = await self._channels(user_id)
        async with self._store.transaction() as tx:
            return written(await self._state(tx, user_id, channels))

    async def look(self, user_id: int, given: Mapping[str, Any], *, switch_on: bool = False) -> Outcome:
        """What `bring_in` would do. Nothing is changed."""
        channels = await self._channels(user_id)
        async with self._store.transaction() as tx:
            state = await self._state(tx, user_id, channels)
        return Outcome(await asyncio.to_thread(steps, state, given, switch_on=switch_on))

    async def bring_in(self, user_id: int, given: Mapping[str, Any], *, switch_on: bool = False) -> Outcome:
        """*switch_on*: automations that were on are switched on here, too. Once more changes nothing."""
        channels = await self._channels(user_id)
        async with self._store.transaction() as tx:
            state = await self._state(tx, user_id, channels)
            found = await asyncio.to_thread(steps, state, given, switch_on=switch_on)
            work = CarryingOut(tx, state, self._random, switch_on=switch_on)
            await work.carry_out(found)
        return Outcome(found, is_done=True, secrets=tuple(work.secrets))

    async def _kept(self, one: KeepList) -> Kept:
        return Kept(one.id, one.name, await self._keeps.works(one.user_id, one.id, offset=0, limit=WORKS_EACH))

    async def _channels(self, user_id: int) -> Sequence[int]:
        """Asked before the transaction: Discord's memory has transactions of its own."""
        return await self._channels_of(user_id) if self._channels_of is not None else ()

    async def _state(self, tx: SettingsTransaction, user_id: int, channels: Sequence[int]) -> State:
        """Nobody else writes while the transaction is open: what is read beside it belongs to the same moment."""
        user = await tx.people.user(user_id)
        if user is None:
            raise NotFound
        accounts = await tx.accounts.of_user(user_id)
        templates = await tx.rooms.templates.of_user(user_id)
        planning = {one.account_id: one for one in await self._planning.accounts(user_id)}
        return State(
            user=user,
            at=self._clock.now(),
            accounts=accounts,
            planning=planning,
            folders={one.id: (await tx.rooms.folders.copy(one.id)).folders for one in accounts},
            templates=templates,
            presets=await tx.rooms.presets.of_user(user_id, archived=True),
            holidays=await self._planning.holidays(user_id),
            series=await self._planning.series(user_id),
            automations=tuple(one for one in await self._planning.automations(user_id) if one.user_id == user_id),
            webhooks=await tx.webhooks.of_user(user_id),
            drop_channels=tuple([DropChannel(one, await _templates_at(tx, one, templates)) for one in channels]),
            keep_lists=tuple([await self._kept(one) for one in await self._keeps.lists(user_id)]),
            private_hooks=bool(await tx.instance.get(ALLOW_PRIVATE)),
        )


def steps(state: State, given: Mapping[str, Any], *, switch_on: bool) -> tuple[Step, ...]:
    """In the order they are carried out. Raises `InvalidInput` for what is no settings file; pure."""
    number = given.get("format")
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise InvalidInput({"format": "This is not a settings file of Isekai."})
    if number > FORMAT:
        raise InvalidInput({"format": "This file was written by a newer Isekai. Update this one first."})
    wanted = current_form(given)
    found = [
        *of_person.steps(state.user, wanted),
        *of_library.template_steps(state, wanted),
        *of_library.preset_steps(state, wanted),
        *of_library.holiday_steps(state, wanted),
        *of_library.series_steps(state, wanted),
        *of_planning.account_steps(state, wanted),
    ]
    names = _names(state, found)
    automations = list(of_planning.automation_steps(state, wanted, names, switch_on=switch_on))
    order = of_planning.order_step(state, automations)
    hooks = of_library.webhook_steps(state, wanted)
    channels = of_library.drop_channel_steps(state, wanted, names)
    kept = of_library.keep_steps(state, wanted)
    return (*found, *automations, *([order] if order else ()), *hooks, *channels, *kept, *_unknown(wanted))


async def _templates_at(tx: SettingsTransaction, channel_id: int, templates: Sequence[Template]) -> tuple[str, ...]:
    ids = await tx.rooms.templates.of_door(CHANNEL_DOOR, channel_id)
    return tuple(one.name for one in in_order(templates, ids))


def _names(state: State, found: Iterable[Step]) -> Names:
    """What there is, and what *found* will make."""
    templates, presets = dict(state.names.templates), dict(state.names.presets)
    for number, step in enumerate(found, _NOT_YET):
        if step.action is Action.MAKE and step.part is Part.TEMPLATE:
            templates[step.wanted.name.casefold()] = (step.wanted.kind, number)
        elif step.action is Action.MAKE and step.part is Part.PRICE_PRESET:
            presets[step.wanted.name.casefold()] = number
    return replace(state.names, templates=templates, presets=presets)


def _unknown(given: Mapping[str, Any]) -> Iterator[Step]:
    for name in sorted(set(given) - _KNOWN):
        yield Step(Part.UNKNOWN, name[:80], Action.CANNOT, "Isekai knows nothing of that name.")
