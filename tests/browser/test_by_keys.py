"""The rooms by keys alone: what is reached is seen, and what is pressed leaves the focus where one goes on."""

import pytest
from playwright.async_api import expect

from tests.browser.house import House, eventually
from tests.browser.keyboard import here, opened, pressed, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_automations_and_series_by_keys(house: House) -> None:
    page, mira = await house.artist()
    keys = page.keyboard
    for _ in range(3):
        await house.draft(mira)

    await opened(page, "/automations/new")
    await tab_to(page, "Name")
    await keys.type("Evenings")
    await tab_to(page, "Order")
    await page.keyboard.press("End")  # in my own order
    await tab_to(page, "Make it")
    await pressed(page)
    await tab_to(page, "Switch on")
    await pressed(page)
    assert await here(page) == "Switch off"
    await tab_to(page, "Put its drafts in order")
    await pressed(page)
    names = await page.locator("#main .folder .name").all_inner_texts()
    await tab_to(page, f"Move {names[1]}")
    await keys.press("ArrowUp")
    await expect(page.locator("#say")).to_contain_text("order is saved")
    assert (await here(page)).startswith(f"Move {names[1]}")

    await opened(page, "/automations")
    await tab_to(page, "Duplicate Evenings")
    await pressed(page)
    await opened(page, "/automations")
    await tab_to(page, "Move Evenings")
    await keys.press("ArrowDown")
    await expect(page.locator("#say")).to_contain_text("order is saved")
    await tab_to(page, "Remove Evenings")
    await pressed(page)
    await expect(page.locator(".automation")).to_have_count(1)
    await here(page)  # at what is left, not at the beginning of the page

    await opened(page, "/series")
    await tab_to(page, "Name")
    await keys.type("Three")
    await pressed(page)
    await page.locator("#main").focus()
    for name in names[:2]:
        await tab_to(page, name)
        await keys.press("Space")
    await tab_to(page, "Add to the end")
    await pressed(page)
    await tab_to(page, f"Move {names[1]}", key="Shift+Tab")
    await keys.press("ArrowUp")
    await expect(page.locator("#say")).to_contain_text("order is saved")
    await tab_to(page, f"Take {names[1]}")
    await pressed(page)
    assert (await here(page)).startswith(f"Take {names[0]}")


async def test_folders_and_inspiration_by_keys(house: House) -> None:
    page, _ = await house.artist()
    keys = page.keyboard

    await opened(page, "/folders")
    await tab_to(page, "Name")
    await keys.type("Moss")
    await pressed(page)
    assert await here(page) == "Make folder"
    await tab_to(page, "Move Moss", key="Shift+Tab")
    await keys.press("ArrowUp")
    await expect(page.locator("#say")).to_contain_text("order is saved")
    assert (await here(page)).startswith("Move Moss")
    await tab_to(page, "Edit Moss")
    await pressed(page)
    await page.locator("#main").focus()
    await tab_to(page, "Remove folder…")
    await keys.press("Enter")
    assert await here(page) == "Remove folder…"
    await tab_to(page, "Yes, remove")
    await keys.press("Escape")
    assert await here(page) == "Remove folder…"
    await keys.press("Enter")
    await tab_to(page, "Yes, remove")
    await pressed(page)
    await expect(page.locator("#folder-tree")).not_to_contain_text("Moss")

    await opened(page, "/inspiration")
    for key in ("j", "j", "k", "Enter"):
        await keys.press(key)
    await page.wait_for_url("**/inspiration/works/*")
    await tab_to(page, "Keep for later")
    await pressed(page)
    assert await here(page) == "Keep for later"
    await page.go_back()
    # More works come while the way to them has the focus: it goes on to the first of them.
    await opened(page, "/inspiration")
    first = await page.locator(".work").count()
    await page.locator(".wall-more a").focus()
    await expect(page.locator(".wall")).to_have_count(2)
    await eventually(lambda: page.evaluate("() => document.activeElement.matches('.work a')"))
    assert (
        await page.evaluate("() => [...document.querySelectorAll('.work a')].indexOf(document.activeElement)")
        == first
    )
