"""Folders by mouse and keyboard, the sale helper's keys, walls that grow, in a real browser."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import House, eventually
from tests.support.app import Caller

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def with_folders(house: House, *names: str, **how: Any) -> tuple[Page, Caller, str]:
    page, mira = await house.artist(**how)
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    for name in names:
        assert (await mira.post(f"/api/accounts/{account}/folders", json={"name": name})).status == 201
    await page.goto("/folders")
    return page, mira, account


async def names(page: Page) -> list[str]:
    return await page.locator("#folder-tree > .folder > .folder-row .name").all_inner_texts()


def true_names(house: House) -> list[str]:
    world = house.app.app.sandbox.world  # type: ignore[union-attr]
    return [folder.name for folder in world.folders_of("mira")]


async def until(house: House, wanted: list[str]) -> None:
    async def is_so() -> bool:
        return true_names(house) == wanted

    await eventually(is_so)


async def test_a_folder_dragged_by_mouse_stands_there_on_deviantart(house: House) -> None:
    page, _, _ = await with_folders(house, "Alpha", "Beta", "Gamma")
    before = await names(page)
    grip = page.get_by_role("button", name="Move Gamma")
    target = page.locator(".folder", has_text=before[0]).first

    assert not await page.evaluate("() => 'Sortable' in window")  # fetched when a hand comes near
    await grip.hover()
    await page.wait_for_function("() => window.Sortable")
    await page.mouse.down()
    box = await target.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=15)
    await page.mouse.move(box["x"] + 20, box["y"] + 4, steps=10)
    await page.mouse.up()

    await expect(page.locator("#folder-tree .name").first).to_have_text("Gamma")
    await until(house, await names(page))


async def with_works(house: House, *titles: str, **how: Any) -> tuple[Page, Caller, Any]:
    """A page at a folder “Row” of works, and the folder as DeviantArt has it."""
    page, mira, account = await with_folders(house, "Row", **how)
    world = house.app.app.sandbox.world  # type: ignore[union-attr]
    folder = next(one for one in world.folders_of("mira") if one.name == "Row")
    for title in titles:
        item = world.add_item(
            username="mira",
            title=title,
            sha256="0" * 64,
            mime="image/png",
            width=9,
            height=9,
            bytes=9,
            filename="a.png",
        )
        folder.works.append(world.publish_by_hand(item.itemid, feature=False).deviationid)
    await page.goto(f"/folders/{account}/{folder.folderid}")
    return page, mira, folder


async def test_works_are_put_in_order_by_mouse_and_keys(house: House) -> None:
    page, _, folder = await with_works(house, "One", "Two", "Three")
    one, two, three = folder.works

    async def stands(*wanted: str) -> None:
        await eventually(lambda: folder.works == list(wanted))

    grip = page.get_by_role("button", name="Move Three")
    await grip.hover()
    start, goal = await grip.bounding_box(), await page.locator(".tile", has_text="One").bounding_box()
    assert start is not None
    assert goal is not None
    await page.mouse.down()
    await page.mouse.move(start["x"] - 20, start["y"] + 12, steps=6)
    await page.mouse.move(goal["x"] + 6, goal["y"] + 20, steps=15)
    await page.mouse.up()
    await stands(three, one, two)

    await page.get_by_role("button", name="Move Three").focus()
    await page.keyboard.press("ArrowRight")
    await stands(one, three, two)
    await expect(page.get_by_role("button", name="Move Three")).to_be_focused()


async def test_a_folder_is_moved_by_arrow_keys_in_one_call(house: House) -> None:
    page, _, _ = await with_folders(house, "Alpha", "Beta", "Gamma")
    before = await names(page)

    await page.get_by_role("button", name="Move Gamma").focus()
    for _ in range(2):
        await page.keyboard.press("ArrowUp")

    wanted = [name for name in before if name != "Gamma"]
    wanted.insert(len(before) - 3, "Gamma")
    assert await names(page) == wanted
    await expect(page.get_by_role("button", name="Move Gamma")).to_be_focused()
    await until(house, wanted)
    world = house.app.app.sandbox.world  # type: ignore[union-attr]
    # A call is noted once it is answered, a moment after it took effect.
    await eventually(lambda: sum(note.endpoint == "gallery/folders/update_order" for note in world.requests) == 1)


async def test_an_order_that_deviantart_refuses_goes_back_with_a_sentence(house: House) -> None:
    page, _, _ = await with_folders(house, "Alpha", "Beta")
    before = await names(page)
    refusal = {"error": "invalid_request", "error_description": "No.", "status": "error"}
    house.app.app.sandbox.faults.on("gallery/folders/update_order").replaces(400, refusal)  # type: ignore[union-attr]
    house.expected.add(409)

    await page.get_by_role("button", name="Move Beta").focus()
    await page.keyboard.press("ArrowUp")

    await expect(page.get_by_role("alert")).to_contain_text("DeviantArt would not")
    assert await names(page) == before


async def test_the_sale_helper_goes_on_with_one_key(house: House) -> None:
    page, mira = await house.artist()
    await mira.post("/api/price-presets", json={"name": "P", "lowest": "49"})
    for _ in range(2):
        draft = await house.draft(mira)
        await mira.post(f"/api/posts/{draft['id']}/offer", json={"price_preset_id": "1"})
        await mira.patch(f"/api/posts/{draft['id']}", json={"title": f"Work {draft['id']}", "is_mature": False})
        await mira.post(f"/api/posts/{draft['id']}/publish", json={})
        await house.until_status(mira, draft["id"], "published")
    await page.goto("/exclusives/helper")

    await page.keyboard.press("d")
    await expect(page.get_by_text("1 more waits")).to_be_visible()
    await page.keyboard.press("d")
    await expect(page.get_by_text("0 more wait")).to_be_visible()
    await page.keyboard.press("d")

    await expect(page.get_by_text("Nothing waits")).to_be_visible()
    queue = (await mira.get("/api/sale-queue")).body["items"]
    assert [sale["status"] for sale in queue] == ["completed", "completed"]


async def test_the_wall_grows_by_scrolling(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/inspiration")
    first = await page.locator(".work").count()

    await page.locator(".wall-more").scroll_into_view_if_needed()

    await expect(page.locator(".wall")).to_have_count(2)
    assert await page.locator(".work").count() > first
