import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import InvalidInput, NotFound, UserError, WrongState
from core.line import NoAnswer
from tests.core.rooms.conftest import Lodge


async def names(lodge: Lodge, *, refresh: bool = False) -> list[str]:
    found = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me, refresh=refresh)
    return [folder.name for folder in found.folders]


async def id_of(lodge: Lodge, name: str) -> str:
    found = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me)
    return next(folder.folder_id for folder in found.folders if folder.name == name)


def a_work(lodge: Lodge, title: str = "Work") -> str:
    sha256 = hashlib.sha256(title.encode()).hexdigest()
    item = lodge.sandbox.world.add_item(
        username="mira", title=title, sha256=sha256, mime="image/png", width=9, height=9, bytes=9, filename="a.png"
    )
    return lodge.sandbox.world.publish_by_hand(item.itemid, feature=False).deviationid


async def test_all_pages_are_followed_nested_ones_too_and_asked_for_once_an_hour(lodge: Lodge) -> None:
    top = lodge.sandbox.world.create_folder("mira", "Top")
    for number in range(120):
        lodge.sandbox.world.create_folder("mira", f"Folder {number}")
    for number in range(4):
        lodge.sandbox.world.create_folder("mira", f"Inside {number}", parent=top.folderid)

    first = await names(lodge)
    asked = lodge.calls("gallery/folders")
    await names(lodge)

    assert len(first) >= 125
    assert {f"Inside {number}" for number in range(4)} <= set(first)
    assert lodge.calls("gallery/folders") == asked == 3
    lodge.clock.jump(timedelta(hours=2))
    await names(lodge)
    assert lodge.calls("gallery/folders") == 6


async def test_the_life_of_a_folder(lodge: Lodge) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    made = await use.create(account, " Skies ", description="Blue", by=me)
    inside = await use.create(account, "Dawn", parent_id=made.folder_id.lower(), by=me)
    await use.change(account, made.folder_id, name="Clouds", description="Grey", by=me)
    await use.nest(account, inside.folder_id, None, by=me)
    await use.nest(account, inside.folder_id, made.folder_id, by=me)

    kept, true = await names(lodge), await names(lodge, refresh=True)

    assert kept == true
    assert lodge.sandbox.world.folders[made.folder_id].description == "Grey"
    assert lodge.sandbox.world.folders[inside.folder_id].parent == made.folder_id
    await use.remove(account, made.folder_id, by=me)
    assert not {"Clouds", "Dawn"} & set(await names(lodge, refresh=True))


async def test_a_dragged_folder_is_one_call_and_stands_there_on_deviantart(lodge: Lodge) -> None:
    for name in "ABCDE":
        await lodge.rooms.folders.create(lodge.account_id, name, by=lodge.me)
    found = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me)
    wanted = [folder.folder_id for folder in found.folders]
    wanted.insert(1, wanted.pop())

    moved = await lodge.rooms.folders.arrange(lodge.account_id, None, wanted, by=lodge.me)

    assert moved == lodge.calls("gallery/folders/update_order") == 1
    true = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me, refresh=True)
    assert [folder.folder_id for folder in true.folders] == wanted
    assert await lodge.rooms.folders.arrange(lodge.account_id, None, wanted, by=lodge.me) == 0


REFUSAL = {"error": "invalid_request", "error_description": "The gallery folder is invalid.", "status": "error"}


@pytest.mark.parametrize("endpoint", ["update", "move", "remove/*", "update_order"])
async def test_what_deviantart_refuses_is_taken_back_with_a_sentence(lodge: Lodge, endpoint: str) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    a = await use.create(account, "A", by=me)
    b = await use.create(account, "B", by=me)
    before = await use.list(account, by=me)
    lodge.sandbox.faults.on(f"gallery/folders/{endpoint}").replaces(400, REFUSAL).times(1)

    with pytest.raises(WrongState, match="DeviantArt would not"):
        match endpoint:
            case "update":
                await use.change(account, a.folder_id, name="New", by=me)
            case "move":
                await use.nest(account, a.folder_id, b.folder_id, by=me)
            case "update_order":
                wanted = [folder.folder_id for folder in before.folders]
                wanted.append(wanted.pop(1))
                await use.arrange(account, None, wanted, by=me)
            case _:
                await use.remove(account, a.folder_id, by=me)

    assert (await use.list(account, by=me)).folders == before.folders


@pytest.mark.parametrize("fault", ["limits", "drops_the_request", "loses_the_answer"])
async def test_silence_is_said_and_leaves_what_is_true(lodge: Lodge, fault: str) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    made = await use.create(account, "A", by=me)
    getattr(lodge.sandbox.faults.on("gallery/folders/update"), fault)().times(1)

    with pytest.raises(NoAnswer):
        await use.change(account, made.folder_id, name="B", by=me)

    lodge.clock.jump(timedelta(minutes=5))
    kept = await names(lodge)
    assert kept == await names(lodge, refresh=True)
    assert ("B" in kept) == (fault == "loses_the_answer")


async def test_a_lost_answer_to_a_new_folder_does_not_make_a_second_one(lodge: Lodge) -> None:
    await names(lodge)
    lodge.sandbox.faults.on("gallery/folders/create").loses_the_answer()

    made = await lodge.rooms.folders.create(lodge.account_id, "Once", by=lodge.me)

    assert made.name == "Once"
    assert [f.name for f in lodge.sandbox.world.folders_of("mira")].count("Once") == 1
    with pytest.raises(InvalidInput):
        await lodge.rooms.folders.create(lodge.account_id, "once", by=lodge.me)


async def test_the_copy_is_shown_with_its_age_while_deviantart_asks_to_wait(lodge: Lodge) -> None:
    first = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me)
    lodge.clock.jump(timedelta(hours=3))
    lodge.sandbox.faults.on("gallery/folders").limits(retry_after=600).always()

    stale = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me)

    assert (stale.folders, stale.fetched_at) == (first.folders, first.fetched_at)
    assert "wait" in stale.trouble


async def test_works_are_copied_moved_and_taken_out(lodge: Lodge) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    a, b = (await use.create(account, "A", by=me)).folder_id, (await use.create(account, "B", by=me)).folder_id
    works = [a_work(lodge, f"W{number}") for number in range(30)]

    assert await use.copy_works(account, a, works, by=me) == 30
    assert lodge.calls("gallery/folders/copy_deviations") == 2
    assert await use.move_works(account, a, b, works[:3], by=me) == 3
    assert await use.remove_works(account, b, works[:1], by=me) == 1
    await use.set_cover(account, b, works[1], by=me)

    folders = lodge.sandbox.world.folders
    assert (len(folders[a].works), set(folders[b].works)) == (27, set(works[1:3]))
    assert folders[b].cover == works[1]
    page = await use.contents(account, a, by=me)
    assert len(page.deviations) == 24
    assert page.next_offset == 24
    assert len((await use.contents(account, a, offset=24, by=me)).deviations) == 3


async def test_half_done_is_said(lodge: Lodge) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    a = (await use.create(account, "A", by=me)).folder_id
    works = [a_work(lodge, f"W{number}") for number in range(24)]
    stranger = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(WrongState, match="24 of 25 are done"):
        await use.copy_works(account, a, [*works, stranger], by=me)


async def test_bad_input_reaches_nobody(lodge: Lodge) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    a = (await use.create(account, "A", by=me)).folder_id
    featured = await id_of(lodge, "Featured")
    bad = [
        use.create(account, "", by=me),
        use.create(account, "x" * 51, by=me),
        use.create(account, "B", description="x" * 4001, by=me),
        use.create(account, "B", parent_id="NOPE", by=me),
        use.change(account, a, name=" ", by=me),
        use.change(account, featured, name="Mine", by=me),
        use.remove(account, featured, by=me),
        use.remove(account, "NOPE", by=me),
        use.arrange(account, None, [a], by=me),
        use.copy_works(account, a, [], by=me),
        use.copy_works(account, a, ["<script>"], by=me),
        use.copy_works(account, a, [f"{n:08X}" for n in range(241)], by=me),
        use.move_works(account, a, a, ["AB"], by=me),
    ]
    for attempt in bad:
        with pytest.raises(UserError):
            await attempt
    writes = [n for n in lodge.sandbox.world.requests if n.method == "POST" and n.endpoint.startswith("gallery")]
    assert len(writes) == 1


async def test_folders_of_somebody_else_do_not_exist(lodge: Lodge) -> None:
    _, theirs = await lodge.another_person()

    with pytest.raises(NotFound):
        await lodge.rooms.folders.list(theirs, by=lodge.me)
    with pytest.raises(NotFound):
        await lodge.rooms.folders.contents(theirs, "F", by=lodge.me)


async def test_a_folder_that_nobody_knows_is_not_there(lodge: Lodge) -> None:
    with pytest.raises(NotFound):
        await lodge.rooms.folders.contents(lodge.account_id, "NOPE", by=lodge.me)


async def test_publishing_goes_first(lodge: Lodge) -> None:
    async with lodge.app.store.transaction() as tx:
        pace = await tx.accounts.pace(lodge.account_id)
        await tx.accounts.save_pace(lodge.account_id, replace(pace, until=lodge.clock.now() + timedelta(minutes=1)))

    found = await lodge.rooms.folders.list(lodge.account_id, by=lodge.me)

    assert found.trouble
    assert lodge.calls("gallery/folders") == 0


async def true_order(lodge: Lodge, folder_id: str) -> list[str]:
    shown = await lodge.rooms.folders.contents(lodge.account_id, folder_id, by=lodge.me)
    return [work.deviation_id for work in shown.deviations]


async def test_works_are_put_in_order_with_a_call_for_each_that_moved(lodge: Lodge) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    folder = (await use.create(account, "Row", by=me)).folder_id
    works = [a_work(lodge, f"Work {number}") for number in range(30)]
    await use.copy_works(account, folder, works, by=me)
    row = await true_order(lodge, folder)
    wanted = [row[5], *row[:5], *row[6:]]

    moved = await use.arrange_works(account, folder.lower(), wanted, by=me)
    assert (moved, await true_order(lodge, folder)) == (1, wanted)
    assert lodge.calls("gallery/folders/update_deviation_order") == 1

    later = [work for work in lodge.sandbox.world.folders[folder].works if work not in wanted]
    assert await use.arrange_works(account, folder, [later[1], later[0], *later[2:]], offset=24, by=me) == 1
    assert lodge.sandbox.world.folders[folder].works == [*wanted, later[1], later[0], *later[2:]]

    await use.lead_with(account, folder, [later[3], later[2]], by=me)
    assert lodge.sandbox.world.folders[folder].works[:3] == [later[3], later[2], wanted[0]]


async def test_an_order_of_works_that_have_changed_is_refused_and_says_how_far_it_came(lodge: Lodge) -> None:
    use, me, account = lodge.rooms.folders, lodge.me, lodge.account_id
    folder = (await use.create(account, "Row", by=me)).folder_id
    await use.copy_works(account, folder, [a_work(lodge, f"Work {number}") for number in range(3)], by=me)
    row = await true_order(lodge, folder)

    with pytest.raises(InvalidInput, match="changed meanwhile"):
        await use.arrange_works(account, folder, row[:2], by=me)
    with pytest.raises(InvalidInput, match="Select works first"):
        await use.arrange_works(account, folder, [], by=me)
    faults = lodge.sandbox.faults.on("gallery/folders/update_deviation_order")
    faults.replaces(400, REFUSAL).times(1)
    with pytest.raises(UserError, match="change the order"):
        await use.arrange_works(account, folder, row[::-1], by=me)
    assert await true_order(lodge, folder) == row
