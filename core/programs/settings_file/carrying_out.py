"""The steps of a settings file, written down in the one transaction that they were found in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import assert_never

from core.planning.automations import fresh_rules, set_going, switched
from core.programs.settings_file import of_person, reading
from core.programs.settings_file.of_planning import blank, merged_order
from core.programs.settings_file.ports import CHANNEL_DOOR, SettingsTransaction
from core.programs.settings_file.state import Names, State
from core.programs.settings_file.steps import Action, Part, Step
from core.webhooks.envelope import new_secret


@dataclass(frozen=True, slots=True)
class Secret:
    """Of a webhook that was made; nobody is shown it again."""

    url: str
    secret: str


class CarryingOut:
    def __init__(self, tx: SettingsTransaction, state: State, random: Random, *, switch_on: bool) -> None:
        self._tx = tx
        self._state = state
        self._random = random
        self._switch_on = switch_on
        self._user = state.user
        self._placed: list[int] = []
        self._named: Names | None = None
        self.secrets: list[Secret] = []

    async def carry_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.action in (Action.MAKE, Action.CHANGE):
                await self._one(step)
            elif step.part is Part.AUTOMATION and step.before is not None and step.action is Action.KEEP:
                self._placed.append(step.before.id)
        if self._user != self._state.user:
            await self._tx.people.save_user(self._user)

    async def _one(self, step: Step) -> None:
        match step.part:
            case Part.TIME_ZONE | Part.THEME | Part.NEW_POSTS | Part.NOTICES:
                self._user = of_person.changed(self._user, step)
            case Part.TEMPLATE:
                await self._template(step)
            case Part.PRICE_PRESET:
                await self._preset(step)
            case Part.HOLIDAY:
                if step.before is not None:
                    await self._tx.planning.remove_holiday(self._user.id, step.before.id)
                await self._tx.planning.add_holiday(self._user.id, step.wanted.holiday)
            case Part.SERIES:
                parts = [part.post_id for part in step.wanted.parts]
                await self._tx.planning.save_series(self._user.id, step.wanted, parts, at=self._state.at)
            case Part.ACCOUNT:
                await self._tx.accounts.save(step.wanted)
            case Part.SLOTS:
                await self._tx.planning.save_slots(step.wanted.account_id, step.wanted.slots)
            case Part.PACING:
                planning = step.wanted
                await self._tx.planning.save_pacing(planning.account_id, planning.pacing, move_up=planning.move_up)
            case Part.AUTOMATION:
                self._placed.append(await self._automation(step))
            case Part.AUTOMATION_ORDER:
                current = [one.id for one in self._state.automations]
                await self._tx.planning.arrange_automations(self._user.id, merged_order(current, self._placed))
            case Part.WEBHOOK:
                await self._webhook(step)
            case Part.DROP_CHANNEL:
                known = (await self._names()).templates
                ids = [known[name.casefold()][1] for name in step.wanted.templates]
                await self._tx.rooms.templates.save_door(CHANNEL_DOOR, step.wanted.channel_id, ids)
            case Part.KEEP_LIST:
                await self._keep_list(step)
            case Part.UNKNOWN:
                raise AssertionError("what is not known is never carried out")
            case _:
                assert_never(step.part)

    async def _keep_list(self, step: Step) -> None:
        """In their order: the first of the file is the newest."""
        rows, at = self._tx.rooms.keeps, self._state.at
        had = {work.deviation_id for work in step.before.works} if step.before else set()
        list_id = step.wanted.id or (await rows.add(self._user.id, step.wanted.name, at=at)).id
        new = [work for work in step.wanted.works if work.deviation_id not in had]
        for place, work in enumerate(new):
            await rows.keep(list_id, work, at=at - timedelta(seconds=place))

    async def _template(self, step: Step) -> None:
        rows, wanted, at = self._tx.rooms.templates, step.wanted, self._state.at
        if step.before is None:
            await rows.add(self._user.id, reading.template(step.given or {}), at=at)
        else:
            changed = replace(wanted, version=wanted.version + 1, updated_at=at)
            await rows.save(changed, expected_version=wanted.version)

    async def _preset(self, step: Step) -> None:
        rows, at = self._tx.rooms.presets, self._state.at
        is_first = not await rows.of_user(self._user.id)
        becomes_default = step.wanted.is_default and not (step.before and step.before.is_default)
        if becomes_default:
            await rows.clear_default(self._user.id)
        if step.before is None:
            wanted, _ = reading.preset(step.given or {})
            await rows.add(self._user.id, wanted, is_default=becomes_default or is_first, at=at)
        else:
            await rows.save(step.wanted, at=at)

    async def _webhook(self, step: Step) -> None:
        wanted, before = step.wanted, step.before
        if before is None:
            secret = new_secret()
            last = await self._tx.webhooks.last_event_id()
            await self._tx.webhooks.add(replace(wanted, secret=secret, from_event_id=last))
            self.secrets.append(Secret(wanted.url, secret))
            return
        if wanted.is_enabled and not before.is_enabled:
            last = await self._tx.webhooks.last_event_id()
            wanted = replace(wanted, failing_since=None, from_event_id=last)
        elif before.is_enabled and not wanted.is_enabled:
            await self._tx.webhooks.give_up_waiting(wanted.id, error="The webhook was switched off.")
        await self._tx.webhooks.save(wanted)

    async def _automation(self, step: Step) -> int:
        """Read once more: what it names has its number only now."""
        now, names = self._state.at, await self._names()
        base = step.before or replace(
            blank(self._state, len(self._state.automations)), seed=self._random.getrandbits(48)
        )
        wanted = reading.automation(step.given or {}, base, names, switch_on=self._switch_on, now=now)
        if step.before is None:
            made = await self._tx.planning.add_automation(set_going(fresh_rules(wanted), None, now))
            return made.id
        changed = replace(wanted, version=base.version + 1, updated_at=now)
        saved = await self._tx.planning.save_automation(set_going(changed, base, now), expected_version=base.version)
        if saved.enabled != base.enabled:
            await self._tx.planning.add_lines([(saved.id, switched(saved, self._user.name, now))])
        return saved.id

    async def _names(self) -> Names:
        """With what was made before: templates and presets come first."""
        if self._named is None:
            templates = await self._tx.rooms.templates.of_user(self._user.id)
            presets = await self._tx.rooms.presets.of_user(self._user.id)
            self._named = replace(
                self._state.names,
                templates={one.name.casefold(): (one.kind, one.id) for one in templates},
                presets={**self._state.names.presets, **{one.name.casefold(): one.id for one in presets}},
            )
        return self._named
