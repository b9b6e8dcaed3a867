"""Folders chosen by name in a real browser: found while one types, by keys alone, in every form that has them."""

import pytest
from playwright.async_api import Locator, Page, expect

from core.deviantart import GalleryFolder
from tests.browser.house import DESK, PHONE, House, eventually
from tests.browser.test_rooms import with_works
from tests.support.app import Caller
from tests.web.test_rooms import account_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TOPS = [GalleryFolder(f"{n:08X}-A", None, f"Top {n}") for n in range(60)]
CATS = [GalleryFolder("00000CA7-B", "00000001-A", "Cats"), GalleryFolder("00000CA8-B", "00000002-A", "Cats at night")]


async def a_gallery(house: House, mira: Caller) -> str:
    """Of many folders; its account."""
    account = await account_of(mira)
    async with house.app.app.store.transaction() as tx:
        await tx.rooms.folders.replace(int(account), [*TOPS, *CATS], at=house.app.app.clock.now())
    return account


def names(picker: Locator) -> Locator:
    return picker.locator(".picker-list .check")


def chosen(picker: Locator) -> Locator:
    return picker.locator("[data-picked] li")


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_folders_are_found_and_chosen_with_keys_alone(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    post = await house.draft(mira)
    await a_gallery(house, mira)
    await page.goto(f"/posts/{post['id']}")
    picker = page.get_by_role("group", name="Folders")
    find = picker.get_by_label("Find a folder")
    await expect(names(picker)).to_have_count(20)
    await expect(picker).to_contain_text("and 42 more")

    await find.focus()
    await page.keyboard.type("cats")
    await expect(names(picker)).to_have_text(["Top 1 / Cats", "Top 2 / Cats at night"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(find).to_be_focused()
    await find.fill("top 33")
    await page.keyboard.press("Enter")  # before the answer came: what is meant is what is typed
    await expect(names(picker)).to_have_text(["Top 33"])
    await expect(chosen(picker)).to_have_text(["Top 1 / Cats", "Top 2 / Cats at night", "Top 33"])
    await chosen(picker).nth(1).get_by_role("checkbox").focus()
    await page.keyboard.press("Space")
    await expect(chosen(picker)).to_have_text(["Top 1 / Cats", "Top 33"])
    await expect(chosen(picker).nth(1).get_by_role("checkbox")).to_be_focused()
    await find.fill("nothing like this")
    await expect(picker).to_contain_text("No folder has that in its name.")
    await page.keyboard.press("Control+s")  # what is looked for is no name that the form asks for
    await expect(page.locator("#toasts")).to_contain_text("Saved")

    assert set((await house.post(mira, post["id"]))["galleries"]) == {"00000CA7-B", "00000021-A"}
    await page.goto(f"/posts/{post['id']}")
    await expect(page.locator(".picker-heading").first).to_have_text("Used lately")
    await expect(names(picker).get_by_role("checkbox", checked=True)).to_have_count(2)
    assert await house.axe(page) == []


async def test_a_search_asks_for_words_alone_and_leaves_nothing_to_save(house: House) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    account = await a_gallery(house, mira)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/folders/choices" in request.url else None)
    await page.goto(f"/posts/{post['id']}")
    picker = page.get_by_role("group", name="Folders")

    await picker.get_by_label("Find a folder").fill("cats")
    await expect(names(picker)).to_have_count(2)

    assert asked == [f"{house.app.url}/folders/choices?field=galleries&account_id={account}&find-galleries=cats"]
    await expect(page.locator("[data-dirty]")).to_be_hidden()
    await names(picker).first.click()
    await expect(page.locator("[data-dirty]")).to_be_visible()
    await names(picker).first.click()
    await expect(chosen(picker)).to_have_count(0)
    await page.locator("#edit .save-bar .button").click()
    await expect(page.locator("#toasts")).to_contain_text("Nothing to save.")


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_an_automation_finds_folders_of_the_account_it_takes_drafts_of(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    account = await a_gallery(house, mira)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/folders/choices" in request.url else None)
    await page.goto("/automations/new")
    await page.get_by_label("Name", exact=True).fill("Evenings")
    await page.get_by_label("Takes drafts of").select_option(account)
    await page.get_by_text("In any of these folders").click()
    picker = page.get_by_role("group", name="Folders").first

    await picker.get_by_label("Find a folder").fill("at night")
    await expect(names(picker)).to_have_text(["Top 2 / Cats at night"])
    await names(picker).first.click()
    assert await house.axe(page) == []
    await page.get_by_role("button", name="Make it").click()

    await expect(page.get_by_role("heading", name="Evenings")).to_be_visible()
    assert asked[-1].endswith(f"find-pool_galleries=at+night&account_id={account}")
    made = (await mira.get("/api/automations")).body["items"][-1]
    assert made["pool"]["galleries"] == ["00000CA8-B"]


async def one_is_chosen(page: Page, picker: Locator, words: str, name: str) -> None:
    """With keys alone, in the list that floats while one chooses."""
    await expect(picker.locator(".picker-list")).to_be_hidden()
    await picker.get_by_label("Find a folder").focus()
    await expect(picker.locator(".picker-list")).to_be_visible()
    await page.keyboard.type(words)
    await expect(names(picker)).to_have_text([name])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await expect(chosen(picker)).to_have_text([name])
    await expect(chosen(picker).get_by_role("radio")).to_be_focused()
    await expect(picker.locator(".picker-list")).to_be_hidden()


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_new_folder_is_put_into_one_that_is_found(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    account = await account_of(mira)
    for name in ("Woods", "Words"):
        assert (await mira.post(f"/api/accounts/{account}/folders", json={"name": name})).status == 201
    await page.goto("/folders")
    picker = page.get_by_role("group", name="Where")
    await expect(chosen(picker)).to_have_text(["At the top"])

    await page.get_by_label("Name", exact=True).fill("Elm")
    await one_is_chosen(page, picker, "wood", "Woods")
    assert await house.axe(page) == []
    await picker.get_by_label("Find a folder").fill("")
    await expect(names(picker).first).to_have_text("At the top")
    await names(picker).first.click()  # a press inside the list does not close it before it counts
    await expect(chosen(picker)).to_have_text(["At the top"])
    await picker.get_by_label("Find a folder").fill("wood")
    await expect(names(picker)).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Make folder").click()

    await expect(page.locator(".folder.nested .name")).to_have_text(["Elm"])


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_works_are_copied_into_a_folder_that_is_found(house: House, width: int) -> None:
    page, mira, row = await with_works(house, "One", "Two", width=width)
    account = await account_of(mira)
    made = await mira.post(f"/api/accounts/{account}/folders", json={"name": "Night sky"})
    picker = page.get_by_role("group", name="Into the folder")
    await expect(picker).to_be_hidden()

    await page.locator(".tile", has_text="Two").get_by_role("checkbox").check()
    await one_is_chosen(page, picker, "night", "Night sky")
    assert await house.axe(page) == []
    await page.get_by_role("button", name="Copy there").click()

    await expect(page.get_by_text("Copied 1 work there.")).to_be_visible()
    world = house.app.app.sandbox.world  # type: ignore[union-attr]
    sky = next(one for one in world.folders_of("mira") if one.folderid == made.body["id"])
    assert sky.works == [row.works[1]]


async def test_without_scripts_boxes_and_a_name_do_the_same(house: House) -> None:
    page, mira = await house.artist(scripts=False)
    post = await house.draft(mira)
    await a_gallery(house, mira)
    house.expected.add(422)
    await page.goto(f"/posts/{post['id']}")

    await page.get_by_label("Title").fill("Kept")
    await page.get_by_label("Top 3", exact=True).check()
    await page.get_by_label("Find a folder").fill("cat")
    await page.locator("#edit .save-bar .button").click()
    await expect(page.locator("#edit")).to_contain_text("2 folders have “cat” in their name.")
    await expect(page.get_by_label("Title")).to_have_value("Kept")
    await expect(page.get_by_label("Top 3", exact=True)).to_be_checked()
    await page.get_by_label("Top 2 / Cats at night").check()
    await page.get_by_label("Top 3", exact=True).uncheck()
    await page.get_by_label("Find a folder").fill("")
    await page.locator("#edit .save-bar .button").click()

    await eventually(lambda: page.url.endswith(f"/posts/{post['id']}"))
    assert (await house.post(mira, post["id"]))["galleries"] == ["00000CA8-B"]
