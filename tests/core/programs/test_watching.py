"""A folder on disk: what is put there comes in once it has stopped growing."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotAllowed
from core.ports import PostQuery
from core.posts.post import Post, PostStatus
from core.programs.watch_ports import Watched
from core.programs.watching import Watcher
from core.users import Role
from data.watched_folder import WatchedFolder
from tests.support.pictures import a_png
from tests.support.programs import House, a_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "home").mkdir()
    async with a_house(tmp_path / "home") as house:
        yield house


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "art" / "drop"
    folder.mkdir(parents=True)
    return folder


def a_watcher(house: House) -> Watcher:
    return Watcher(house.store, WatchedFolder(house.database.path.parent), house.intake, house.clock)


async def look_twice(house: House, folder: Path, watcher: Watcher | None = None) -> None:
    watcher, watched = watcher or a_watcher(house), Watched(str(folder), house.user.id)
    await watcher.look(watched)
    await watcher.look(watched)


async def posts(house: House) -> list[Post]:
    return list((await house.reads.posts(PostQuery(house.user.id))).posts)


async def test_a_picture_comes_in_and_moves_to_done(house: House, folder: Path) -> None:
    (folder / "my_dawn.png").write_bytes(a_png(9, 9))

    await look_twice(house, folder)

    [post] = await posts(house)
    assert (post.details.title, post.status, post.source) == ("my dawn", PostStatus.REVIEW, "the watched folder")
    assert [path.name for path in (folder / "done").iterdir()] == ["my_dawn.png"]


async def test_a_picture_that_still_grows_is_left_alone(house: House, folder: Path) -> None:
    watcher, watched, picture = a_watcher(house), Watched(str(folder), house.user.id), folder / "dawn.png"
    content = a_png(64, 64)
    for end in (10, 100, len(content)):
        picture.write_bytes(content[:end])
        assert await watcher.look(watched) == 0

    assert await watcher.look(watched) == 1
    assert len(await posts(house)) == 1


async def test_a_json_file_beside_it_says_everything(house: House, folder: Path) -> None:
    (folder / "a.png").write_bytes(a_png(9, 9))
    (folder / "a.json").write_text(
        '{"title": "Dawn", "tags": ["sea"], "isMature": true, "scheduledAt": "2026-12-24T17:00:00Z", "notes": "n"}'
    )

    await look_twice(house, folder)

    [post] = await posts(house)
    assert (post.details.title, post.details.tags, post.details.is_mature) == ("Dawn", ("sea",), True)
    assert (post.wish, post.notes) == ("2026-12-24T17:00:00Z", "n")
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["a.json", "a.png"]


async def test_a_text_file_beside_it_is_title_description_and_tags(house: House, folder: Path) -> None:
    (folder / "a.png").write_bytes(a_png(9, 9))
    (folder / "a.png.txt").write_text("Dawn #sea\nThe first light.\n#morning")

    await look_twice(house, folder)

    [post] = await posts(house)
    assert (post.details.title, post.details.description, post.details.tags) == (
        "Dawn",
        "The first light.",
        ("sea", "morning"),
    )


@pytest.mark.parametrize(("name", "content"), [("a.png", b"not a picture"), ("a.png", b"<html>")])
async def test_what_is_refused_goes_to_failed_with_the_reason(
    house: House, folder: Path, name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)

    await look_twice(house, folder)

    assert await posts(house) == []
    assert sorted(path.name for path in (folder / "failed").iterdir()) == ["a.png", "a.png.reason.txt"]
    assert (folder / "failed" / "a.png.reason.txt").read_text().strip().endswith(".")


async def test_a_bad_side_car_is_a_reason_and_not_ignored(house: House, folder: Path) -> None:
    (folder / "a.png").write_bytes(a_png(9, 9))
    (folder / "a.json").write_text("{")

    await look_twice(house, folder)

    assert "not JSON" in (folder / "failed" / "a.png.reason.txt").read_text()


async def test_names_and_words_that_are_no_text_stop_nothing(house: House, folder: Path) -> None:
    """As from an archive of another system: bytes that are no UTF-8, half a surrogate pair, brackets without end."""
    Path(os.fsdecode(os.fsencode(folder) + b"/\xe9\xff.png")).write_bytes(a_png(8, 9))
    (folder / "b.png").write_bytes(a_png(9, 9))
    (folder / "b.json").write_text('{"title": "Tide \\ud800", "tags": ["sea\\udfff"], "sampler": "\\ud83d"}')
    (folder / "c.png").write_bytes(a_png(10, 9))
    (folder / "c.json").write_text('{"tags": ' + "[" * 900 + "]" * 900 + "}")

    await look_twice(house, folder)

    titles = {post.details.title: post.details.tags for post in await posts(house)}
    assert titles == {"picture": (), "Tide ?": ("sea?",)} or titles.keys() >= {"Tide ?"}
    assert "not JSON" in (folder / "failed" / "c.png.reason.txt").read_text()
    assert not [path for path in folder.iterdir() if path.is_file()]


async def test_a_crash_before_the_move_makes_no_second_post(house: House, folder: Path) -> None:
    picture = folder / "a.png"
    picture.write_bytes(a_png(9, 9))
    os.utime(picture, (1_000_000, 1_000_000))
    await look_twice(house, folder)
    (folder / "done" / "a.png").rename(picture)

    await look_twice(house, folder)

    assert len(await posts(house)) == 1


async def test_a_name_that_is_taken_in_done_gets_a_number(house: House, folder: Path) -> None:
    for width in (8, 9):
        (folder / "a.png").write_bytes(a_png(width, 9))
        await look_twice(house, folder)

    assert sorted(path.name for path in (folder / "done").iterdir()) == ["a-2.png", "a.png"]
    assert len(await posts(house)) == 2


async def test_links_hidden_and_unfinished_files_are_left_alone(house: House, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(a_png(9, 9))
    (folder / "link.png").symlink_to(secret)
    (folder / ".hidden.png").write_bytes(a_png(9, 9))
    (folder / "b.png.part").write_bytes(a_png(9, 9))

    await look_twice(house, folder)

    assert await posts(house) == []
    assert secret.exists()


async def test_only_an_administrator_chooses_and_only_a_folder_of_its_own(house: House, folder: Path) -> None:
    watcher, home = a_watcher(house), house.database.path.parent
    member = replace(house.user, role=Role.MEMBER)

    with pytest.raises(NotAllowed):
        await watcher.choose(member, Watched(str(folder), house.user.id))
    for path in ("/", str(home), str(home / "images"), str(home.parent), "relative", "", str(folder / "nowhere")):
        with pytest.raises(InvalidInput):
            await watcher.choose(house.user, Watched(path, house.user.id))
    chosen = await watcher.choose(house.user, Watched(str(folder), house.user.id))
    own = await watcher.choose(house.user, Watched(str(home / "watch"), house.user.id))

    assert chosen is not None
    assert own is not None
    assert await watcher.watched() == own
