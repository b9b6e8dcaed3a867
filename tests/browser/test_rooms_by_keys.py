"""Slots, exclusives and the settings file by keys alone on a phone and on a desk, and with scripts off."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.async_api import Page, expect

from tests.browser.house import DESK, PHONE, House
from tests.browser.keyboard import here, opened, pressed, tab_to
from tests.support.app import Caller

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])


async def named(house: House, mira: Caller, post_id: str, title: str) -> None:
    version = (await house.post(mira, post_id))["version"]
    fields = {"title": title, "is_mature": False, "version": version}
    assert (await mira.patch(f"/api/posts/{post_id}", json=fields)).status == 200


async def queued(house: House, mira: Caller, *titles: str) -> None:
    """Drafts of these names in the queue, which has two slots a day."""
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    slots = [{"days": [0, 1, 2, 3, 4, 5, 6], "time": time} for time in ("08:00", "20:00")]
    await mira("PUT", f"/api/accounts/{account}/slots", json={"slots": slots})
    for title in titles:
        draft = await house.draft(mira)
        await named(house, mira, draft["id"], title)
        assert (await mira.post("/api/queue", json={"ids": [draft["id"]]})).status == 200


async def queue(page: Page) -> list[str]:
    return await page.locator("tr[data-stays] a").all_inner_texts()


@WIDTHS
async def test_slots_by_keys(house: House, width: int) -> None:
    house.expected.add(422)
    page, mira = await house.artist(width=width)
    keys = page.keyboard

    # Times that are wrong, then right: the focus is at the field, and then at the button again.
    await opened(page, "/slots")
    await tab_to(page, "Mon")
    await keys.type("25:00")
    await pressed(page)
    assert await here(page) == "Mon"
    await expect(page.locator(":focus")).to_have_accessible_description("A time is written as HH:MM, such as 18:00.")
    await keys.press("Control+a")
    await keys.type("08:00")
    await tab_to(page, "Save slots")
    await pressed(page)
    assert await here(page) == "Save slots"
    await expect(page.locator("#say")).to_contain_text("Slots saved")

    await queued(house, mira, "First", "Second", "Third")
    await opened(page, "/slots")
    assert await page.evaluate(
        "() => [...document.querySelectorAll('.scrolls')].every((one) => one.scrollWidth <= one.clientWidth)"
    )
    await tab_to(page, "Third: earlier")
    await pressed(page)
    assert await queue(page) == ["First", "Third", "Second"]
    assert await here(page) == "Third: earlier"
    await pressed(page)
    assert await queue(page) == ["Third", "First", "Second"]
    assert await here(page) == "Third: later"  # it is the first: it can only go back
    await tab_to(page, "Take out First")
    await pressed(page)
    assert await queue(page) == ["Third", "Second"]
    await here(page)
    await keys.press("Control+z")
    await expect(page.locator("tr[data-stays]")).to_have_count(3)
    assert (await here(page)) != ""

    # Pacing that cannot be says so beside its field, and the focus is there.
    await tab_to(page, "Posts a day, at most")
    await keys.type("1")
    await tab_to(page, "Quiet from")
    await keys.type("1000PM")
    await tab_to(page, "Save pacing")
    await pressed(page)
    assert (await here(page)).startswith("Quiet from")
    await expect(page.locator(":focus")).to_have_accessible_description("Quiet hours need a start and an end.")


@WIDTHS
async def test_holidays_by_keys(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    for month in range(1, 13):
        day = f"2099-{month:02}-05"
        assert (await mira.post("/api/holidays", json={"first": day, "last": day, "name": "Fair"})).status == 201
    await mira.post("/api/holidays", json={"first": "2020-05-01", "last": "2020-05-02"})
    holidays = page.locator("#holidays li")

    await opened(page, "/slots")
    await expect(holidays).to_have_count(8)
    await tab_to(page, "Show 4 later and 1 that is over")
    await pressed(page)
    await expect(holidays).to_have_count(13)
    assert "over" in await holidays.last.inner_text()
    await tab_to(page, "Remove 05 Dec 2099, Fair")
    await pressed(page)
    await expect(holidays).to_have_count(12)
    assert await here(page) == "Remove 01 May 2020 – 02 May 2020"  # what came into its place
    async with page.expect_navigation():
        await page.keyboard.press("Control+z")
    await expect(holidays).to_have_count(13)
    assert "05 Dec 2099, Fair" in " ".join(await holidays.all_inner_texts())


async def for_sale(house: House, mira: Caller, *titles: str) -> None:
    await mira.post("/api/price-presets", json={"name": "Small", "lowest": "49"})
    for title in titles:
        draft = await house.draft(mira)
        await mira.post(f"/api/posts/{draft['id']}/offer", json={"price_preset_id": "1"})
        await named(house, mira, draft["id"], title)
        await mira.post(f"/api/posts/{draft['id']}/publish", json={})
        await house.until_status(mira, draft["id"], "published")


async def sales(mira: Caller) -> dict[str, str]:
    items: list[dict[str, Any]] = (await mira.get("/api/sale-queue")).body["items"]
    return {sale["title"]: sale["status"] for sale in items}


@WIDTHS
async def test_exclusives_by_keys(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    keys = page.keyboard

    await opened(page, "/exclusives/presets")
    await tab_to(page, "Name")
    await keys.type("Small")
    await tab_to(page, "Price")
    await keys.type("49")
    await pressed(page)
    assert await here(page) == "Save preset"
    await for_sale(house, mira, "One", "Two", "Three")

    # The list: down to the second, selected, skipped, brought back.
    await opened(page, "/exclusives?status=pending")
    for key in ("j", "j", "x", "b"):
        await keys.press(key)
    assert await here(page) == "Skip"
    await keys.press("Escape")
    assert await here(page) == "Two"
    await keys.press("x")
    await keys.press("b")
    await pressed(page)
    await expect(page.locator("#say")).to_have_text("1 work skipped.")
    assert page.url.endswith("/exclusives?status=pending")
    assert (await sales(mira))["Two"] == "skipped"
    await here(page)
    async with page.expect_navigation():
        await keys.press("Control+z")
    assert (await sales(mira))["Two"] == "pending"
    await page.locator("#main").focus()
    await tab_to(page, "Skip One")
    await pressed(page)
    assert page.url.endswith("/exclusives?status=pending")
    await here(page)

    # The helper: what did not work can be said, or closed again.
    await opened(page, "/exclusives")
    await tab_to(page, "Sale helper")
    await pressed(page)
    await tab_to(page, "Start")
    await pressed(page)
    await tab_to(page, "It did not work")
    await keys.press("Enter")
    await tab_to(page, "Why")
    await keys.press("Escape")
    assert await here(page) == "It did not work"
    await pressed(page, "d")
    await pressed(page, "d")
    await expect(page.get_by_text("Nothing waits")).to_be_visible()
    assert sorted((await sales(mira)).values()) == ["completed", "completed", "skipped"]


def a_settings_file(folder: Path, settings: dict[str, Any]) -> Path:
    path = folder / "isekai-settings.json"
    path.write_bytes(orjson.dumps(settings))
    return path


@WIDTHS
async def test_a_settings_file_by_keys(house: House, width: int, tmp_path: Path) -> None:
    house.expected.add(422)
    page, mira = await house.artist(width=width)
    await mira.post("/api/templates", json={"kind": "tags", "name": "Moss", "body": "moss, stone"})
    settings = (await mira.get("/api/export/settings")).body
    settings["templates"][0]["body"] = "moss, fern"

    await opened(page, "/settings/data/import")
    await tab_to(page, "Look first")
    await pressed(page)
    assert await here(page) == "The file as text"
    await expect(page.locator(":focus")).to_have_accessible_description("Choose a settings file first.")
    await page.locator("#f-file").set_input_files(a_settings_file(tmp_path, settings))
    await tab_to(page, "Look first")
    await pressed(page)
    assert (await here(page)).startswith("1 would be made or changed")
    await tab_to(page, "Carry it out")
    await pressed(page)
    assert (await here(page)).startswith("Done: 1 made or changed")
    assert "fern" in (await mira.get("/api/templates")).text


@WIDTHS
async def test_slots_exclusives_and_settings_work_without_scripts(house: House, width: int, tmp_path: Path) -> None:
    page, mira = await house.artist(width=width, scripts=False)
    await queued(house, mira, "First", "Second")

    await page.goto("/slots")
    await page.get_by_label("Mon", exact=True).fill("08:00, 20:00, 21:00")
    await page.get_by_role("button", name="Save slots").click()
    await expect(page.locator("#toasts")).to_contain_text("Slots saved")
    await page.get_by_role("button", name="Second: earlier").click()
    assert await queue(page) == ["Second", "First"]
    await page.get_by_role("button", name="Take out Second").click()
    await expect(page.locator("tr[data-stays]")).to_have_count(1)
    await page.get_by_role("button", name="Undo").click()
    await page.goto("/slots")
    assert sorted(await queue(page)) == ["First", "Second"]
    await page.locator("#f-first").fill("2099-12-24")
    await page.get_by_role("button", name="Add holidays").click()
    await page.get_by_role("button", name="Remove 24 Dec 2099").click()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("24 Dec 2099").first).to_be_visible()

    await for_sale(house, mira, "Work")
    await page.goto("/exclusives")
    await page.get_by_role("checkbox", name="Select Work").check()
    await page.locator(".with-selected").get_by_role("button", name="Skip").click()
    await expect(page.locator("#toasts")).to_contain_text("1 work skipped.")
    await page.get_by_role("button", name="Undo").click()
    await page.get_by_role("link", name="Sale helper").first.click()
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("button", name="Done, next").click()
    await expect(page.get_by_text("Nothing waits")).to_be_visible()

    settings = (await mira.get("/api/export/settings")).body
    settings["templates"] = [{"kind": "tags", "name": "Moss", "body": "moss"}]
    await page.goto("/settings/data/import")
    await page.locator("#f-file").set_input_files(a_settings_file(tmp_path, settings))
    await page.get_by_role("button", name="Look first").click()
    await expect(page.locator("#outcome")).to_contain_text("Nothing was changed yet")
    await page.get_by_role("button", name="Carry it out").click()
    await expect(page.locator("#outcome")).to_contain_text("Done: 1")
