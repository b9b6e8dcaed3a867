"""What pages show of a library with more than one page holds."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks.filling import Shelf, fill_posts
from core.ports import PostQuery
from core.posts.pictures import perceptual_distance
from data import post_lists
from data.database import connect_sync
from tests.support.app import AppHarness, Caller

POSTS = 1000


@pytest.fixture
async def filled(app: AppHarness, mira: Caller) -> AsyncIterator[int]:
    """The id of mira, who has many posts."""
    post = (await mira.get("/api/posts?limit=1")).body["items"][0]
    me = (await app.app.people.named("mira")).id
    picture = (await app.app.reads.post(int(post["id"]), user_id=me)).files[0]
    shelf = Shelf(me, (int(post["account_id"]),), (picture,))  # type: ignore[arg-type]
    now = int(app.app.clock.now().timestamp())
    await asyncio.to_thread(fill_posts, app.app.database.path, shelf, POSTS, now=now)
    yield me


def month_with_most(app: AppHarness, user_id: int) -> tuple[str, set[int]]:
    with closing(connect_sync(app.app.database.path)) as connection:
        rows = connection.execute(
            "SELECT strftime('%Y-%m', due_at, 'unixepoch') AS month, group_concat(id) AS ids FROM post"
            " WHERE user_id = ? AND due_at IS NOT NULL AND status <> 'discarded'"
            " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            (user_id,),
        )
        month, ids = rows.fetchone()
    return month, set(map(int, ids.split(",")))


async def test_a_busy_month_is_listed_in_pages_of_whole_days(
    app: AppHarness, mira: Caller, filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.calendar.LIST_ROWS", 12)
    await mira.patch("/api/me", json={"time_zone": "UTC"})
    month, expected = month_with_most(app, filled)
    shown: list[int] = []
    pages, url = 0, f"/calendar/list?month={month}"
    while url:
        page = (await mira.get(url)).text.replace("&amp;", "&")
        shown += map(int, re.findall(r'<li class="row" id="post-(\d+)"', page))
        following = re.search(r'href="([^"]+)" rel="next"', page)
        url, pages = (following[1] if following else ""), pages + 1

    assert set(shown) == expected
    assert len(shown) == len(set(shown))
    assert 1 < pages <= len(expected) // 12 + 1


async def test_tiles_and_whole_posts_tell_the_same(app: AppHarness, filled: int) -> None:
    start, end = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    tiles = await app.app.reads.tiles(filled, start, end)
    posts = await app.app.reads.between(filled, start, end)

    assert [tile.id for tile in tiles] == [post.id for post in posts]
    assert {(t.name, t.status, t.in_doubt, t.due_at, t.thumb) for t in tiles} == {
        (p.details.title, p.status, p.in_doubt, p.plan.due_at if p.plan else None, p.files[0].id) for p in posts
    }


async def test_a_search_in_everything_gives_the_newest_first(mira: Caller, filled: int) -> None:
    found: list[int] = []
    cursor = ""
    while cursor is not None:
        page = (await mira.get(f"/api/posts?q=fox&limit=40&cursor={cursor}")).body
        found += [int(post["id"]) for post in page["items"]]
        cursor = page["next_cursor"]

    assert found == sorted(found, reverse=True)
    assert len(found) == len(set(found)) > 40


@pytest.mark.parametrize("glanced", [500, 45])
@pytest.mark.parametrize("sort", ["title", "changed", "published"])
async def test_a_search_in_any_order_gives_each_once_whether_a_glance_was_enough_or_not(
    app: AppHarness, filled: int, sort: str, glanced: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.post_lists.GLANCED", glanced)
    query = PostQuery(filled, text="fox", sort=sort, limit=20)
    sql, params = post_lists.ids_statement(query)
    expected = await app.app.database.read(lambda db: [row["id"] for row in db.execute(sql, params)])

    found: list[int] = []
    page = await app.app.reads.posts(query)
    while page.next_cursor is not None:
        found += [post.id for post in page.posts]
        page = await app.app.reads.posts(replace(query, cursor=page.next_cursor))
    found += [post.id for post in page.posts]

    assert found == expected
    assert len(found) > 40


async def test_near_twins_are_those_that_differ_in_six_bits_at_most(app: AppHarness, filled: int) -> None:
    look = 0x0123456789ABCDEF
    spread = sum(1 << bit for bit in (0, 11, 22, 33, 44, 55))  # six bits, in six different pieces
    async with app.app.database.transaction() as tx:
        ids = [row["id"] for row in await tx.all("SELECT id FROM post WHERE status = 'published' LIMIT 4")]
        for post_id, bits in zip(ids, (0, spread, spread | 1 << 63, 0b111), strict=True):
            changed = {"phash": f"{look ^ bits:016x}", "post_id": post_id}
            await tx.run("UPDATE file SET phash = :phash WHERE post_id = :post_id", changed)
    same, six_away, seven_away, three_away = ids

    found = await app.app.reads.near_twins(filled, f"{look:016x}", except_post=0)

    assert perceptual_distance(f"{look:016x}", f"{look ^ spread:016x}") == 6
    assert found == (same, three_away, six_away)
    assert seven_away not in found
    assert await app.app.reads.near_twins(filled, f"{look:016x}", except_post=same) == (three_away, six_away)
    assert await app.app.reads.near_twins(filled + 1, f"{look:016x}", except_post=0) == ()
