"""What is asked of a library again and again costs the same however large the library is."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.filling import Shelf, fill_posts
from benchmarks.multiplied import fill_many
from core.posts.files import NewFile
from tests.support.clock import NOON
from tests.support.programs import House, a_house
from tests.support.steps import counted

POSTS = 600
FILE = NewFile("a.png", "image/png", 100, 64, 48, "a" * 64)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        shelf = Shelf(house.user.id, (house.account_id,), (FILE,))
        fill_posts(house.database.path, shelf, POSTS, now=int(NOON.timestamp()))
        yield house


async def expired_leases(house: House) -> None:
    async with house.store.transaction() as tx:
        await tx.publications.expired(now=NOON)


async def leases_at_the_start(house: House) -> None:
    async with house.store.transaction() as tx:
        await tx.publications.leased()


async def expired_sales(house: House) -> None:
    async with house.store.transaction() as tx:
        await tx.rooms.sales.expired(now=NOON)


async def a_claim(house: House) -> None:
    async with house.store.transaction() as tx:
        await tx.publications.claim(now=NOON, owner="nobody", expires_at=NOON + timedelta(minutes=1))
        await tx.publications.next_action_at(now=NOON)


async def a_pasted_link(house: House) -> None:
    async with house.store.transaction() as tx:
        assert not await tx.publications.holds_link(house.account_id, "https://www.deviantart.com/nobody")


async def the_oldest_works(house: House) -> None:
    async with house.store.transaction() as tx:
        await tx.retention.old_works(after=(0, 0), before=NOON - timedelta(days=3650), limit=50)


ASKED = (expired_leases, leases_at_the_start, expired_sales, a_claim, a_pasted_link, the_oldest_works)


async def test_nobody_reads_the_whole_library_for_what_happens_all_the_time(house: House) -> None:
    async with counted(house.database) as steps:
        cost: dict[str, int] = {}
        for ask in ASKED:
            await ask(house)  # what is prepared once is there the second time
            before = steps.count
            await ask(house)
            cost[ask.__name__] = steps.count - before

    # Reading it takes some three steps for each post.
    assert {name: count for name, count in cost.items() if count > POSTS} == {}


async def test_a_multiplied_library_is_as_whole_as_the_one_that_it_repeats(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        shelf = Shelf(house.user.id, (house.account_id,), (FILE,))
        fill_many(house.database.path, shelf, 120, now=int(NOON.timestamp()), seed=40)

        broken = await house.database.read(lambda db: db.execute("PRAGMA foreign_key_check").fetchall())
        counted_posts = sum((await house.reads.count_posts()).values())
        found = await house.database.read(
            lambda db: db.execute("SELECT count(*) FROM post_search WHERE post_search MATCH 'base'").fetchone()[0]
        )

    assert (broken, counted_posts, found) == ([], 120, 120)
