"""Large galleries stay quick: bounds are ten times what a slow machine was seen to need."""

from collections.abc import Awaitable, Callable
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

from core.deviantart import GalleryFolder
from core.library.folder_search import OFFERED, FolderSearch
from tests.core.rooms.conftest import Lodge

FOLDERS, WORKS = 500, 10_000


async def _fill(lodge: Lodge) -> None:
    tops = [GalleryFolder(f"{n:08X}-A", None, f"Top {n}", size=20) for n in range(FOLDERS // 2)]
    inside = [GalleryFolder(f"{n:08X}-B", f"{n:08X}-A", f"Inside {n}", size=20) for n in range(FOLDERS // 2)]
    async with lodge.app.store.transaction() as tx:
        await tx.rooms.folders.replace(lodge.account_id, [*tops, *inside], at=lodge.clock.now())
    now = int(lodge.clock.now().timestamp())
    me = {"user": lodge.user_id, "account": lodge.account_id, "now": now}
    rows = [me | {"n": n, "figure": n * 7919 % 5000, "at": now - n * 3600} for n in range(1, WORKS + 1)]
    async with lodge.app.database.transaction() as db:
        await db.many(
            "INSERT INTO post"
            " (id, user_id, account_id, status, title, galleries, created_at, updated_at, published_at)"
            " VALUES (:n, :user, :account, 'published', 'Work', '[\"0000000A-A\"]', :now, :now, :at)",
            rows,
        )
        await db.many(
            "INSERT INTO file (id, post_id, position, name, mime, bytes, width, height, sha256, created_at)"
            " VALUES (:n, :n, 0, 'a.png', 'image/png', 1, 9, 9, printf('%064d', :n), :now)",
            rows,
        )
        await db.many(
            "INSERT INTO publication"
            " (id, post_id, file_id, account_id, state, published_at, deviation_id, deviation_url)"
            " VALUES (:n, :n, :n, :account, 'published', :at, printf('D%d', :n), 'http://d/art/' || :n)",
            rows,
        )
        await db.many(
            "INSERT INTO work_figures"
            " (publication_id, user_id, account_id, post_id, deviation_id, published_at, favourites, next_at)"
            " VALUES (:n, :user, :account, :n, printf('D%d', :n), :at, :figure, :now)",
            rows,
        )


async def _seconds(call: Callable[[], Awaitable[Any]]) -> float:
    """Of this process's time: others on the machine do not count."""
    began = process_time()
    await call()
    return process_time() - began


async def test_five_hundred_folders_and_ten_thousand_works_stay_quick(lodge: Lodge) -> None:
    await _fill(lodge)
    me, account, rooms = lodge.me, lodge.account_id, lodge.rooms
    found = await rooms.folders.list(account, by=me)
    assert len(found.folders) == FOLDERS

    page = await rooms.figures.works(me.user_id, sort="favourites", account_id=None, cursor=None, limit=40)

    assert await _seconds(lambda: rooms.folders.list(account, by=me)) < 0.1
    assert await _seconds(lambda: rooms.folders.known(account, by=me)) < 0.1
    for cursor in (None, page.next_cursor):
        assert (
            await _seconds(
                lambda cursor=cursor: rooms.figures.works(
                    me.user_id, sort="favourites", account_id=account, cursor=cursor, limit=40
                )
            )
            < 0.1
        )
    assert await _seconds(lambda: rooms.figures.months(me.user_id, account_id=None, place=ZoneInfo("UTC"))) < 0.3
    for words in ("", "top 1"):
        search = FolderSearch((account,), words)
        assert await _seconds(lambda search=search: rooms.folder_reads.offer(search)) < 0.1
    found = await rooms.folder_reads.offer(FolderSearch((account,)))
    assert (found.total, len(found.found)) == (FOLDERS, OFFERED)
    assert [one.folder_id for one in found.found if one.is_recent] == ["0000000A-A"]
