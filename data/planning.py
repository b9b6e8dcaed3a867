"""Automations with their rules and history, weekly slots, pacing, holidays, series."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.errors import NotFound, Stale
from core.planning.automation import Automation
from core.planning.pacing import Holiday, Pacing, Taken
from core.planning.ports import (
    AccountPlanning,
    Line,
    Outdated,
    Scheduled,
    Series,
    Undo,
    UndoPlan,
)
from core.planning.rules import Rule
from core.planning.slots import WeeklySlot
from data.database import Connection
from data.planning_accounts import SCHEDULED, account_of, instants_of, scheduled_of
from data.planning_automations import (
    INSERT_AUTOMATION,
    UPDATE_AUTOMATION,
    automation_of,
    automation_params,
    rule_params,
)
from data.planning_undo import packed_plans, undo_of
from data.times import minute_of, seconds

# Each finds its rows on an index of their age.
_FORGET = (
    "DELETE FROM automation_line WHERE id IN (SELECT id FROM automation_line WHERE at < :lines LIMIT :limit)",
    "DELETE FROM automation_use WHERE id IN (SELECT id FROM automation_use WHERE slot_at < :uses LIMIT :limit)",
    "DELETE FROM plan_undo WHERE id IN (SELECT id FROM plan_undo WHERE created_at < :undos LIMIT :limit)",
    "DELETE FROM automation WHERE id IN (SELECT id FROM automation WHERE removed_at < :removed LIMIT :limit)",
    "DELETE FROM holiday WHERE id IN (SELECT id FROM holiday WHERE last_day < :holidays LIMIT :limit)",
    "DELETE FROM series WHERE id IN (SELECT id FROM series WHERE removed_at < :removed LIMIT :limit)",
)


class Planning:
    """`PlanningRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def automation(self, automation_id: int) -> Automation:
        return await self._db.call(lambda connection: automation_of(connection, automation_id))

    async def add_automation(self, automation: Automation) -> Automation:
        automation_id = await self._db.insert(INSERT_AUTOMATION, automation_params(automation))
        return replace(automation, id=automation_id, rules=await self._save_rules(automation_id, automation.rules))

    async def save_automation(self, automation: Automation, *, expected_version: int) -> Automation:
        params = automation_params(automation) | {"id": automation.id, "expected": expected_version}
        if not await self._db.run(UPDATE_AUTOMATION, params):
            raise Stale((await self.automation(automation.id)).version)
        return replace(automation, rules=await self._save_rules(automation.id, automation.rules))

    async def _save_rules(self, automation_id: int, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        rows = await self._db.all("SELECT id FROM automation_rule WHERE automation_id = :id", {"id": automation_id})
        known = {row["id"] for row in rows}
        kept = {rule.id for rule in rules}
        for gone in known - kept:
            await self._db.run("DELETE FROM automation_rule WHERE id = :id", {"id": gone})
        saved = []
        for position, rule in enumerate(rules):
            params = rule_params(rule) | {"automation_id": automation_id, "position": position, "id": rule.id}
            if rule.id in known:
                known.discard(rule.id)  # named twice: the second is a rule of its own
                sets = ", ".join(f"{name} = :{name}" for name in params if name not in {"id", "automation_id"})
                await self._db.run(f"UPDATE automation_rule SET {sets} WHERE id = :id", params)
                saved.append(rule)
            else:
                names = [name for name in params if name != "id"]
                new_id = await self._db.insert(
                    f"INSERT INTO automation_rule ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})",
                    params,
                )
                saved.append(replace(rule, id=new_id))
        return tuple(saved)

    async def remove_automation(self, automation_id: int, *, at: datetime | None) -> None:
        await self._db.run(
            "UPDATE automation SET removed_at = :at, enabled = 0 WHERE id = :id",
            {"id": automation_id, "at": seconds(at)},
        )

    async def owner_of_removed(self, automation_id: int) -> int | None:
        row = await self._db.one(
            "SELECT user_id FROM automation WHERE id = :id AND removed_at IS NOT NULL", {"id": automation_id}
        )
        return row["user_id"] if row else None

    async def arrange_automations(self, user_id: int, order: Sequence[int]) -> None:
        await self._db.many(
            "UPDATE automation SET position = :position WHERE id = :id AND user_id = :user_id",
            [{"position": position, "id": one, "user_id": user_id} for position, one in enumerate(order)],
        )

    async def arrange_drafts(self, automation_id: int, order: Sequence[int]) -> None:
        await self._db.run("DELETE FROM automation_order WHERE automation_id = :id", {"id": automation_id})
        await self._db.many(
            "INSERT INTO automation_order (automation_id, post_id, position)"
            " SELECT a.id, p.id, :position FROM automation a JOIN post p ON p.user_id = a.user_id"
            " WHERE a.id = :id AND p.id = :post_id",
            [{"id": automation_id, "post_id": post, "position": n} for n, post in enumerate(dict.fromkeys(order))],
        )

    async def has_price_preset(self, user_id: int, price_preset_id: int) -> bool:
        return bool(
            await self._db.one(
                "SELECT 1 FROM price_preset WHERE id = :id AND user_id = :user_id",
                {"id": price_preset_id, "user_id": user_id},
            )
        )

    async def save_progress(self, automations: Sequence[Automation]) -> frozenset[int]:
        params = [
            {
                "id": one.id,
                "version": one.version,
                "cursor_at": seconds(one.cursor_at),
                "next_at": seconds(one.next_at),
                "situation": one.situation,
                "runs_dry": one.runs_dry,
            }
            for one in automations
        ]

        def save(connection: sqlite3.Connection) -> frozenset[int]:
            saved = set()
            for values in params:
                cursor = connection.execute(
                    "UPDATE automation SET cursor_at = :cursor_at, next_at = :next_at, situation = :situation,"
                    " runs_dry = :runs_dry WHERE id = :id AND version = :version AND removed_at IS NULL",
                    values,
                )
                if cursor.rowcount:
                    saved.add(values["id"])
            return frozenset(saved)  # type: ignore[arg-type]

        return await self._db.call(save)

    async def use_slot(
        self,
        automation: Automation,
        slot_key: str,
        *,
        slot_at: datetime,
        post_id: int,
        account_id: int,
        due_at: datetime,
        at: datetime,
    ) -> bool:
        changed = await self._db.run(
            """
            INSERT INTO automation_use (automation_id, slot_key, slot_at, post_id, account_id, due_at, created_at)
            VALUES (:automation_id, :slot_key, :slot_at, :post_id, :account_id, :due_at, :created_at)
            ON CONFLICT (automation_id, slot_key) DO NOTHING
            """,
            {
                "automation_id": automation.id,
                "slot_key": slot_key,
                "slot_at": seconds(slot_at),
                "post_id": post_id,
                "account_id": account_id,
                "due_at": seconds(due_at),
                "created_at": seconds(at),
            },
        )
        return bool(changed)

    async def add_lines(self, lines: Sequence[tuple[int, Line]]) -> None:
        await self._db.many(
            "INSERT INTO automation_line (automation_id, at, kind, text) VALUES (:id, :at, :kind, :text)",
            [{"id": one, "at": seconds(line.at), "kind": line.kind, "text": line.text} for one, line in lines],
        )

    async def wish_for_sale(self, post_id: int, price_preset_id: int) -> None:
        await self._db.run(
            """
            INSERT INTO post_wish (post_id, price_preset_id)
            SELECT p.id, r.id FROM post p JOIN price_preset r ON r.user_id = p.user_id
             WHERE p.id = :post_id AND r.id = :preset
            ON CONFLICT (post_id) DO UPDATE SET price_preset_id = excluded.price_preset_id
            """,
            {"post_id": post_id, "preset": price_preset_id},
        )

    async def account(self, account_id: int) -> AccountPlanning:
        return await self._db.call(lambda connection: account_of(connection, account_id))

    async def save_slots(self, account_id: int, slots: Sequence[WeeklySlot]) -> None:
        await self._db.run("DELETE FROM weekly_slot WHERE account_id = :id", {"id": account_id})
        await self._db.many(
            "INSERT INTO weekly_slot (account_id, weekday, minute) VALUES (:id, :weekday, :minute)",
            [{"id": account_id, "weekday": slot.weekday, "minute": minute_of(slot.at)} for slot in slots],
        )

    async def save_pacing(self, account_id: int, pacing: Pacing, *, move_up: bool) -> None:
        await self._db.run(
            """
            INSERT INTO pacing (account_id, min_gap_minutes, max_per_day, quiet_start, quiet_end, move_up)
            VALUES (:id, :gap, :most, :start, :end, :move_up)
            ON CONFLICT (account_id) DO UPDATE SET min_gap_minutes = excluded.min_gap_minutes,
                   max_per_day = excluded.max_per_day, quiet_start = excluded.quiet_start,
                   quiet_end = excluded.quiet_end, move_up = excluded.move_up
            """,
            {
                "id": account_id,
                "gap": int(pacing.min_gap.total_seconds() // 60),
                "most": pacing.max_per_day,
                "start": minute_of(pacing.quiet[0]) if pacing.quiet else None,
                "end": minute_of(pacing.quiet[1]) if pacing.quiet else None,
                "move_up": move_up,
            },
        )

    async def add_holiday(self, user_id: int, holiday: Holiday) -> int:
        return await self._db.insert(
            "INSERT INTO holiday (user_id, first_day, last_day, mode, name)"
            " VALUES (:user_id, :first, :last, :mode, :name)",
            {
                "user_id": user_id,
                "first": holiday.first.isoformat(),
                "last": holiday.last.isoformat(),
                "mode": holiday.mode,
                "name": holiday.name,
            },
        )

    async def remove_holiday(self, user_id: int, holiday_id: int) -> bool:
        params = {"id": holiday_id, "user_id": user_id}
        return bool(await self._db.run("DELETE FROM holiday WHERE id = :id AND user_id = :user_id", params))

    async def taken(self, account_id: int, *, since: datetime, except_posts: Sequence[int] = ()) -> Taken:
        return Taken(await self._db.call(lambda connection: instants_of(connection, account_id, since, except_posts)))

    async def scheduled(self, account_id: int) -> tuple[Scheduled, ...]:
        rows = await self._db.all(f"{SCHEDULED} AND p.account_id = :id ORDER BY p.due_at, p.id", {"id": account_id})
        return tuple(map(scheduled_of, rows))

    async def add_undo(self, user_id: int, text: str, plans: Sequence[UndoPlan], *, at: datetime) -> int:
        return await self._db.insert(
            "INSERT INTO plan_undo (user_id, text, plans, created_at) VALUES (:user_id, :text, :plans, :at)",
            {"user_id": user_id, "text": text, "plans": packed_plans(plans), "at": seconds(at)},
        )

    async def use_undo(self, user_id: int, undo_id: int, *, at: datetime) -> Undo | None:
        row = await self._db.one(
            "UPDATE plan_undo SET used_at = :at WHERE id = :id AND user_id = :user_id AND used_at IS NULL"
            " RETURNING id, text, plans, created_at, used_at",
            {"id": undo_id, "user_id": user_id, "at": seconds(at)},
        )
        return undo_of(row) if row else None

    async def save_series(self, user_id: int, series: Series, posts: Sequence[int], *, at: datetime) -> int:
        params = {"user_id": user_id, "name": series.name, "gap": series.gap_minutes, "at": seconds(at)}
        if series.id:
            changed = await self._db.run(
                "UPDATE series SET name = :name, gap = :gap"
                " WHERE id = :id AND user_id = :user_id AND removed_at IS NULL",
                params | {"id": series.id},
            )
            if not changed:
                raise NotFound
            series_id = series.id
        else:
            series_id = await self._db.insert(
                "INSERT INTO series (user_id, name, gap, created_at) VALUES (:user_id, :name, :gap, :at)", params
            )
        await self.arrange_series(series_id, posts)
        return series_id

    async def series_parts(self, user_id: int, series_id: int) -> tuple[int, ...]:
        params = {"id": series_id, "user_id": user_id}
        mine = "SELECT id FROM series WHERE id = :id AND user_id = :user_id AND removed_at IS NULL"
        if await self._db.one(mine, params) is None:
            raise NotFound
        rows = await self._db.all("SELECT post_id FROM series_part WHERE series_id = :id ORDER BY number", params)
        return tuple(row["post_id"] for row in rows)

    async def arrange_series(self, series_id: int, posts: Sequence[int]) -> None:
        await self._db.run("DELETE FROM series_part WHERE series_id = :id", {"id": series_id})
        await self._db.many(
            """
            INSERT INTO series_part (post_id, series_id, number) VALUES (:post_id, :series_id, :number)
            ON CONFLICT (post_id) DO UPDATE SET series_id = excluded.series_id, number = excluded.number
            """,
            [
                {"post_id": post, "series_id": series_id, "number": number}
                for number, post in enumerate(dict.fromkeys(posts), 1)
            ],
        )

    async def remove_series(self, user_id: int, series_id: int, *, at: datetime | None) -> bool:
        return bool(
            await self._db.run(
                "UPDATE series SET removed_at = :at WHERE id = :id AND user_id = :user_id"
                " AND (removed_at IS NULL) = (:at IS NOT NULL)",
                {"id": series_id, "user_id": user_id, "at": seconds(at)},
            )
        )

    async def series_names(self, user_id: int) -> dict[str, int]:
        rows = await self._db.all(
            "SELECT id, name FROM series WHERE user_id = :user_id AND removed_at IS NULL", {"user_id": user_id}
        )
        return {row["name"]: row["id"] for row in rows}

    async def name_of_removed_series(self, user_id: int, series_id: int) -> str | None:
        row = await self._db.one(
            "SELECT name FROM series WHERE id = :id AND user_id = :user_id AND removed_at IS NOT NULL",
            {"id": series_id, "user_id": user_id},
        )
        return row["name"] if row else None

    async def forget(self, outdated: Outdated, *, limit: int) -> int:
        before = {
            "lines": seconds(outdated.lines),
            "uses": seconds(outdated.uses),
            "undos": seconds(outdated.undos),
            "removed": seconds(outdated.removed),
            "holidays": outdated.holidays.isoformat(),
            "limit": limit,
        }
        return sum([await self._db.run(statement, before) for statement in _FORGET])
