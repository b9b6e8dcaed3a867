"""What pages of planning read: the rows of today, and no row more often than it takes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.deviantart import Artist
from core.planning.automation import Automation
from core.planning.pacing import Holiday, HolidayMode
from core.planning.rules import FixedTime
from data.planning_reads import PlanningReader
from tests.support.clock import NOON
from tests.support.programs import House, a_house
from tests.support.steps import counted

ACCOUNTS, HOLIDAYS = 12, 150


async def more_accounts(house: House) -> None:
    async with house.store.transaction() as tx:
        for number in range(ACCOUNTS - 1):
            artist = Artist(f"id-{number}", f"artist{number}", "")
            await tx.accounts.add(user_id=house.user.id, artist=artist, color="#4f6bed", at=NOON)


async def cost(house: House, reads: PlanningReader) -> int:
    async with counted(house.database) as steps:
        await reads.accounts(house.user.id)  # what is prepared once is there the second time
        before = steps.count
        await reads.accounts(house.user.id)
        return steps.count - before


async def test_holidays_are_read_once_however_many_accounts_keep_them(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await more_accounts(house)
        reads = PlanningReader(house.database)
        without = await cost(house, reads)
        async with house.store.transaction() as tx:
            for number in range(HOLIDAYS):
                day = date(2027, 1, 1) + timedelta(days=number)
                await tx.planning.add_holiday(house.user.id, Holiday(day, day, HolidayMode.SKIP))

        more = await cost(house, reads) - without

        found = await reads.accounts(house.user.id)
        assert [len(one.pacing.holidays) for one in found] == [HOLIDAYS] * ACCOUNTS
        assert more < 30 * HOLIDAYS  # some ten steps a row, not for each account


async def test_when_posts_of_an_account_go_out_is_told_by_its_index_alone(tmp_path: Path) -> None:
    asked: list[str] = []
    async with a_house(tmp_path) as house:

        def heard(statement: str) -> None:
            if "p.due_at AS at" in statement:
                asked.append(statement)

        for reader in house.database._readers:
            await reader.set_trace_callback(heard)
        await PlanningReader(house.database).taken(house.account_id, since=NOON)
        plan = await house.database.read(lambda db: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[0]}")])

    looks = [line for line in plan if " p USING" in line]
    assert [line.split(" (")[0] for line in looks] == [
        "SEARCH p USING COVERING INDEX post_account_published_idx",
        "SEARCH p USING COVERING INDEX post_account_due_idx",
    ]


async def test_an_automation_that_was_read_before_is_told_as_it_is_now(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        reads = PlanningReader(house.database)
        rule = FixedTime(0, NOON.time())
        blank: dict[str, Any] = {"account_id": None, "time_zone": "UTC", "created_at": NOON, "updated_at": NOON}
        async with house.store.transaction() as tx:
            kept, other = [
                await tx.planning.add_automation(Automation(0, house.user.id, name=name, rules=(rule,), **blank))
                for name in ("Kept", "Other")
            ]
        first = await reads.automations(house.user.id)
        async with house.database.transaction() as db:
            await db.run("UPDATE automation_rule SET at_minute = 61 WHERE automation_id = :id", {"id": other.id})

        second = await reads.automations(house.user.id)
        async with house.database.transaction() as db:
            await db.run("UPDATE automation SET name = 'Renamed' WHERE id = :id", {"id": kept.id})
        third = await reads.automations(house.user.id)

    assert second[0] is first[0]
    assert [f"{one.at:%H:%M}" for one in second[1].rules if isinstance(one, FixedTime)] == ["01:01"]
    assert [one.name for one in third] == ["Renamed", "Other"]
