"""The post's own page in a real browser: its schedule box, folders, files, and what can be copied."""

import pytest
from playwright.async_api import expect

from tests.browser.house import DESK, PHONE, House
from tests.web.test_rooms import a_folder

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_time_in_words_is_said_exactly_while_it_is_typed(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    post = await house.draft(mira)
    await page.goto(f"/posts/{post['id']}")
    said = page.locator("#when-said")

    await page.get_by_label("or in words").press_sequentially("24 dec 2026 6pm")
    await expect(said).to_contain_text("Thu 24 Dec 2026 18:00")
    await page.get_by_label("Time zone").fill("Asia/Tokyo")
    await page.keyboard.press("Tab")
    await expect(said).to_contain_text("in Asia/Tokyo; for you Thu 24 Dec 2026 09:00")
    await page.get_by_label("or in words").fill("tomorow")
    await expect(said).to_contain_text("is not a time I understand")
    await page.get_by_label("or in words").fill("24 dec 2026 6pm")
    await page.keyboard.press("Enter")

    await house.until_status(mira, post["id"], "scheduled")
    assert (await house.post(mira, post["id"]))["due_at"] == "2026-12-24T09:00:00Z"


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_folders_are_found_and_chosen_with_keys_alone(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    post = await house.draft(mira)
    made = [await a_folder(mira, name) for name in ("Skies", "Cats", "Cats at night")]
    await page.goto(f"/posts/{post['id']}")
    find = page.get_by_label("Find a folder")

    await find.focus()
    await page.keyboard.type("cats")
    await expect(page.locator("[data-picker] .check:visible")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await expect(page.locator("[data-picked] li")).to_have_text(["Cats", "Cats at night"])
    await find.fill("nothing like this")
    await expect(page.get_by_text("No folder has that in its name.")).to_be_visible()
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_contain_text("Saved")

    assert set((await house.post(mira, post["id"]))["galleries"]) == set(made[1:])
    await page.goto(f"/posts/{post['id']}")
    await expect(page.locator(".picker-heading").first).to_have_text("Used lately")
    assert await house.axe(page) == []
