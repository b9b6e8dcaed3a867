"""Everything of a person comes out as one archive, in bounded memory, and goes in again."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.events import Event
from core.posts.intake import Arrival
from core.posts.post import PostStatus
from core.programs.exporting import Exports
from core.programs.importing import Imports
from core.programs.zip_stream import ZipStream
from core.users import User
from data.database import connect_sync
from data.export_reads import ExportReader
from tests.support.clock import NOON
from tests.support.pictures import a_png
from tests.support.programs import House, a_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


def exports(house: House) -> Exports:
    return Exports(house.reads, ExportReader(house.database), house.settings_files, house.images, house.clock)


async def archive(house: House, user: User | None = None) -> zipfile.ZipFile:
    pieces = [piece async for piece in exports(house).stream(user or house.user)]
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def a_post_with_picture(house: House, title: str) -> None:
    file = await house.intake.take_in("dawn.png", once(a_png(9, 9)))
    await house.intake.receive(Arrival(house.user.id, [file], {"title": title, "tags": ["sea"]}), by=house.actor)


async def test_the_archive_holds_posts_pictures_history_and_settings(house: House) -> None:
    await a_post_with_picture(house, "Dawn")
    await house.post("Gone", PostStatus.DRAFT)

    zipped = await archive(house)

    assert zipped.testzip() is None
    rows = [json.loads(line) for line in zipped.read("posts.jsonl").splitlines()]
    assert [row["title"] for row in rows] == ["Gone", "Dawn"]
    assert zipped.read(rows[1]["files"][0]["path"]) == a_png(9, 9)
    assert json.loads(zipped.read("history.jsonl").splitlines()[0])["kind"] == "post.created"
    assert json.loads(zipped.read("settings.json"))["time_zone"] == "Europe/Paris"


async def test_nothing_of_other_people_is_in_it(house: House) -> None:
    await a_post_with_picture(house, "Mine")
    other, _ = await house.user_named("juno")

    zipped = await archive(house, other)

    assert zipped.read("posts.jsonl") == b""
    assert zipped.read("history.jsonl") == b""
    assert not any(name.startswith("files/") for name in zipped.namelist())


async def test_what_came_out_goes_in_again(house: House, tmp_path: Path) -> None:
    await a_post_with_picture(house, "Dawn")
    zipped = await archive(house)
    (tmp_path / "second").mkdir()

    async with a_house(tmp_path / "second") as second:
        imports = Imports(second.intake, second.review, second.planner, second.reads, second.clock)
        report = await imports.run(
            second.user,
            zipped.read("posts.jsonl").decode(),
            files=zipped.namelist(),
            opener=lambda name: once(zipped.read(name)),
            by=second.actor,
        )
        post = await second.reads.post(report.rows[0].done_post_id or 0, user_id=second.user.id)

    assert report.is_done
    assert (post.details.title, post.details.tags, len(post.files)) == ("Dawn", ("sea",), 1)
    assert post.status is PostStatus.REVIEW


async def test_memory_stays_small_however_many_entries_there_are() -> None:
    count, size = 20_000, 0
    stream = ZipStream(at=NOON)
    tracemalloc.start()
    for number in range(count):
        async for piece in stream.entry(f"files/{number}/1.png", once(b"x" * 100)):
            size += len(piece)
    ended = [len(piece) for piece in stream.end()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    stream.close()

    assert size + sum(ended) > count * 200
    assert peak < 8 * 1024 * 1024


async def test_an_archive_of_more_entries_than_the_old_form_counts_is_readable() -> None:
    stream, packed = ZipStream(at=NOON), io.BytesIO()
    for number in range(66_000):
        async for piece in stream.entry(f"{number}", once(b"")):
            packed.write(piece)
    for piece in stream.end():
        packed.write(piece)
    stream.close()

    assert len(zipfile.ZipFile(packed).namelist()) == 66_000


async def test_each_page_of_a_long_history_reads_no_more_than_it_shows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the statistics of an instance where one person has two million events."""
    asked: list[tuple[str, dict[str, Any]]] = []

    async def noted(sql: str, params: dict[str, Any]) -> tuple[Event, ...]:
        asked.append((sql, params))
        return ()

    monkeypatch.setattr(house.reads, "_events", noted)
    await house.post()
    await house.reads.events_after(0, user_id=house.user.id)
    with closing(connect_sync(house.database.path)) as connection:
        connection.execute("ANALYZE")
        connection.execute("UPDATE sqlite_stat1 SET stat = '2000000 2000000 1' WHERE idx = 'post_event_user_idx'")
    with closing(connect_sync(house.database.path)) as connection:
        plan = str([tuple(row) for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1])])

    assert plan.count("post_event_user_idx (user_id=? AND id>?)") == 2
