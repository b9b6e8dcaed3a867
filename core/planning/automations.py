"""Use cases: make, change, try out and switch automations. What they do by themselves is in `ticking.py`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotAllowed, NotFound
from core.people.access import Right, allows, need
from core.planning.automation import COLORS, Automation, check
from core.planning.automation_input import with_changes
from core.planning.laying import check_templates
from core.planning.ports import Line, PlanningReads, PlanningStore, PlanningTransaction, Use, WorldRows
from core.planning.preview import DAYS, Preview, dry_run
from core.planning.rules import next_slot
from core.planning.wall_clock import zone
from core.planning.world import Draft, in_own_order
from core.remembered import Remembered

MOST_AUTOMATIONS = 1000
MOST_DAYS = 366
PREVIEWS_KEPT = 16
TRIED_KEPT = 4  # with the drafts that they were made of


class Automations:
    def __init__(self, store: PlanningStore, reads: PlanningReads, clock: Clock, *, random: Random) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self._random = random
        self._previews: Remembered[Preview] = Remembered(reads.version, most=PREVIEWS_KEPT)
        self._tried: dict[tuple[int, int | None, int, int], tuple[WorldRows, Preview]] = {}

    # --- looking

    async def all(self, user_id: int) -> tuple[Automation, ...]:
        return await self._reads.automations(user_id)

    async def get(self, automation_id: int, *, user_id: int) -> Automation:
        return await self._reads.automation(automation_id, user_id=user_id)

    async def history(self, automation_id: int, *, user_id: int) -> tuple[tuple[Line, ...], tuple[Use, ...]]:
        """One line a change of situation, and the slots it used; newest first."""
        await self._reads.automation(automation_id, user_id=user_id)
        return await self._reads.lines(automation_id), await self._reads.uses(automation_id)

    async def pool(self, automation_id: int, *, user_id: int) -> tuple[Draft, ...]:
        """Its drafts, ready or not, in the artist's own order; those never put in order come last, oldest first."""
        automation = await self._reads.automation(automation_id, user_id=user_id)
        drafts, positions = await self._reads.drafts(automation)
        return await asyncio.to_thread(in_own_order, automation, drafts, positions)

    async def preview(
        self,
        user_id: int,
        *,
        automation_id: int | None = None,
        changes: Mapping[str, Any] | None = None,
        days: int = DAYS,
    ) -> Preview:
        """The next days as they will be if nothing changes; of one automation (with *changes* applied), or of all."""
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput({"days": f"A preview covers 1 to {MOST_DAYS} days."})
        now = self._clock.now()
        owner_id = user_id
        if automation_id is not None:
            owner_id = (await self._reads.automation(automation_id, user_id=user_id)).user_id
        if changes:
            rows = await self._reads.world(owner_id, now=now)
            return await self._previewed(rows, automation_id, changes, now=now, days=days)
        # Every draft is tried: a page that is opened again at once does not wait for that again, nor does one that is
        # opened after somebody else has changed something.
        asked = owner_id, automation_id, days, int(now.timestamp()) // 60
        if (known := self._previews.get(asked)) is None:
            version = self._previews.version()
            rows = await self._reads.world(owner_id, now=now)
            tried = self._tried.pop(asked, None)
            if tried is not None and tried[0] == rows:
                known = tried[1]
            else:
                known = await self._previewed(rows, automation_id, {}, now=now, days=days)
            while len(self._tried) >= TRIED_KEPT:
                self._tried.pop(next(iter(self._tried)))
            self._tried[asked] = rows, known
            self._previews.put(asked, known, version=version)
        return known

    async def _previewed(
        self, rows: WorldRows, automation_id: int | None, changes: Mapping[str, Any], *, now: datetime, days: int
    ) -> Preview:
        shown = None
        if automation_id is not None:
            shown = next((one for one in rows.automations if one.id == automation_id), None)
            if shown is None:
                raise NotFound
            if changes:
                shown = check(with_changes(shown, changes, now=now), now=now)
            if not shown.rules:
                raise InvalidInput({"rules": "It has no rule yet: add at least one."})
        return await asyncio.to_thread(dry_run, rows, shown, now=now, days=days)

    # --- changing

    async def _with_room(self, by: Actor) -> tuple[Automation, ...]:
        """Theirs, as long as there is room for one more."""
        known = await self._reads.automations(by.user_id)
        if len(known) >= MOST_AUTOMATIONS:
            raise InvalidInput({"name": f"There are {MOST_AUTOMATIONS} automations already."})
        return known

    async def create(self, given: Mapping[str, Any], *, by: Actor, time_zone: str) -> Automation:
        now = self._clock.now()
        known = await self._with_room(by)
        blank = Automation(
            id=0,
            user_id=by.user_id,
            account_id=None,
            name="",
            time_zone=time_zone,
            created_at=now,
            updated_at=now,
            color=COLORS[len(known) % len(COLORS)],
            position=len(known),
            seed=self._random.getrandbits(48),
        )
        made = check(fresh_rules(with_changes(blank, given, now=now)), now=now)
        async with self._store.transaction() as tx:
            if made.account_id is not None and await tx.accounts.role_of(made.account_id, by.user_id) is not None:
                # Of a shared account: it is its owner's, like the posts it schedules.
                await need(tx, made.account_id, by, Right.EDIT)
                made = replace(made, user_id=(await tx.accounts.get(made.account_id)).user_id)
            await self._check_account(tx, made)
            await self._check_preset(tx, made)
            await check_templates(tx, made)
            return await tx.planning.add_automation(set_going(made, None, now))

    async def change(
        self, automation_id: int, given: Mapping[str, Any], *, by: Actor, expected_version: int | None = None
    ) -> Automation:
        """Raises `Stale`, `NotFound`, and `InvalidInput` naming each bad field."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await self._own(tx, automation_id, by)
            expected = before.version if expected_version is None else expected_version
            changed = check(with_changes(before, given, now=now), now=now)
            await self._check_account(tx, changed)
            if changed.price_preset_id != before.price_preset_id:
                await self._check_preset(tx, changed)
            if changed.defaults != before.defaults:
                await check_templates(tx, changed)
            if before.user_id != by.user_id and changed.account_id != before.account_id:
                raise NotAllowed("Only the owner may give this automation another account.")
            changed = replace(changed, version=expected + 1, updated_at=now)
            changed = set_going(changed, before, now)
            saved = await tx.planning.save_automation(changed, expected_version=expected)
            if saved.enabled != before.enabled:
                await tx.planning.add_lines([(saved.id, switched(saved, by.name, now))])
            return saved

    async def enable(self, automation_id: int, enabled: bool, *, by: Actor) -> Automation:
        """On needs at least one rule; switching on looks only ahead."""
        return await self.change(automation_id, {"enabled": enabled}, by=by)

    async def duplicate(self, automation_id: int, *, by: Actor) -> Automation:
        """Everything but its history; off, so that two of them never start by accident."""
        now = self._clock.now()
        await self._with_room(by)
        async with self._store.transaction() as tx:
            original = await self._own(tx, automation_id, by)
            copy = replace(
                original,
                id=0,
                name=f"{original.name[:70]} (copy)",
                enabled=False,
                position=original.position + 1,
                seed=self._random.getrandbits(48),
                cursor_at=None,
                next_at=None,
                situation="",
                version=1,
                created_at=now,
                updated_at=now,
            )
            return await tx.planning.add_automation(fresh_rules(copy))

    async def remove(self, automation_id: int, *, by: Actor) -> None:
        """Posts it scheduled stay as they are. `restore` takes it back, switched off."""
        async with self._store.transaction() as tx:
            await self._own(tx, automation_id, by)
            await tx.planning.remove_automation(automation_id, at=self._clock.now())

    async def restore(self, automation_id: int, *, by: Actor) -> Automation:
        async with self._store.transaction() as tx:
            if await tx.planning.owner_of_removed(automation_id) is None:
                raise NotFound
            await tx.planning.remove_automation(automation_id, at=None)
            return await self._own(tx, automation_id, by)

    async def arrange(self, order: Sequence[int], *, by: Actor) -> None:
        """Which of them chooses first."""
        async with self._store.transaction() as tx:
            await tx.planning.arrange_automations(by.user_id, order)

    async def arrange_drafts(self, automation_id: int, order: Sequence[int], *, by: Actor) -> None:
        """The artist's own order of drafts, for an automation that goes by it."""
        async with self._store.transaction() as tx:
            await self._own(tx, automation_id, by)
            await tx.planning.arrange_drafts(automation_id, order)

    @staticmethod
    async def _own(tx: PlanningTransaction, automation_id: int, by: Actor) -> Automation:
        """Its owner's, and that of editors of its account; for reviewers it is not there."""
        automation = await tx.planning.automation(automation_id)
        if automation.user_id != by.user_id:
            role = automation.account_id and await tx.accounts.role_of(automation.account_id, by.user_id)
            if not role or not allows(role, Right.EDIT):
                raise NotFound
        return automation

    @staticmethod
    async def _check_account(tx: PlanningTransaction, automation: Automation) -> None:
        if automation.account_id is None:
            return
        try:
            account = await tx.accounts.get(automation.account_id)
        except NotFound:
            account = None
        if account is None or account.user_id != automation.user_id:
            raise InvalidInput({"account_id": "There is no such account."})

    @staticmethod
    async def _check_preset(tx: PlanningTransaction, automation: Automation) -> None:
        wanted = automation.price_preset_id
        if wanted is not None and not await tx.planning.has_price_preset(automation.user_id, wanted):
            raise InvalidInput({"price_preset_id": "There is no such price preset."})


def fresh_rules(automation: Automation) -> Automation:
    """Rule ids are given by the database; those of another automation mean nothing here."""
    return replace(automation, rules=tuple(replace(rule, id=0) for rule in automation.rules))


def set_going(automation: Automation, before: Automation | None, now: datetime) -> Automation:
    """Where it goes on from. Switching on, and changed rules, look only ahead: never at slots that are past."""
    if not automation.enabled:
        return replace(automation, cursor_at=None, next_at=None)
    was_on = before is not None and before.enabled and before.cursor_at is not None
    cursor = automation.cursor_at if was_on else now
    if was_on and before is not None and before.rules != automation.rules:
        cursor = max(cursor or now, now)
    following = next_slot(automation.rules, zone(automation.time_zone), cursor or now)
    return replace(automation, cursor_at=cursor, next_at=following.at if following else None)


def switched(automation: Automation, by: str, now: datetime) -> Line:
    word = "on" if automation.enabled else "off"
    return Line(now, f"switched_{word}", f"Switched {word} by {by}.")
