"""What artists do most, by finger on a phone, also in the half of the window that a keyboard on the screen leaves.

A tap fails here where something lies over what is tapped.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.house import PHONE, House
from tests.support.pictures import a_drawing, encoded

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KEYBOARD = 390  # pixels that a keyboard takes; some browsers make the page smaller by them
# What is under the middle of the element, when that is not the element itself nor its label.
COVERED = """(one) => {
  const { left, top, width, height } = one.getBoundingClientRect();
  const above = document.elementFromPoint(left + width / 2, top + Math.min(height, 40) / 2);
  return one.contains(above) || above?.contains(one) ? "" : `${above?.localName}.${above?.className}`;
}"""


async def typed(page: Page, field: Locator, words: str) -> None:
    """As with a keyboard that comes up from below: the field stays in sight above it, and above every bar."""
    await field.tap()
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": size["height"] - KEYBOARD})
    await field.scroll_into_view_if_needed()  # browsers do that as the keyboard opens
    assert await field.evaluate(COVERED) == ""
    await field.fill(words)
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})


async def until_toasts_say(page: Page, words: str) -> None:
    await expect(page.locator("#toasts")).to_contain_text(words)


async def test_review_by_finger(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    await page.goto("/review")
    before = await page.locator(".shot").count()

    await page.locator(".shot").first.get_by_role("button", name="Approve").tap()
    await until_toasts_say(page, "is approved and in Drafts")
    await page.locator(".shot").last.get_by_role("button", name="Reject").tap()
    await until_toasts_say(page, "is rejected and in the trash")
    await page.locator("#toasts").get_by_role("button", name="Undo").tap()
    await expect(page.locator(".shot")).to_have_count(before - 1)
    await page.get_by_role("link", name="One at a time").tap()
    await page.get_by_role("button", name="Approve").tap()
    await until_toasts_say(page, "is approved and in Drafts")

    assert len(await house.posts(mira, "draft")) == 2


async def test_a_post_is_edited_and_scheduled_by_finger(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    draft = await house.draft(mira)
    await page.goto(f"/posts/{draft['id']}")

    for label, words in (
        ("Title", "Paper lanterns"),
        ("Description", "At the night market."),
        ("Private notes", "x"),
    ):
        await typed(page, page.get_by_label(re.compile(f"^{label}")).first, words)
    await page.get_by_role("button", name="Save", exact=True).tap()
    await until_toasts_say(page, "Saved")
    await page.locator("#head-actions").get_by_text("Schedule").tap()
    await typed(page, page.get_by_label("or in words"), "tomorrow 18:00")
    await page.locator("#schedule").get_by_role("button", name="Schedule").tap()
    await until_toasts_say(page, "tomorrow 18:00")

    after = await house.post(mira, draft["id"])
    assert (after["title"], after["status"], after["notes"]) == ("Paper lanterns", "scheduled", "x")


async def test_a_planned_post_is_moved_from_the_calendar_by_finger(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    day = house.app.app.clock.now().date() + timedelta(days=30)
    post = await house.scheduled(mira, f"{day}T18:00")
    await page.goto(f"/calendar/list?date={day}")

    await page.locator(".row").get_by_role("link", name="Move").tap()
    await typed(page, page.locator("dialog").get_by_label(re.compile("When")), f"{day + timedelta(days=1)} 09:00")
    await page.locator("dialog").get_by_role("button", name=re.compile("Schedule|Move")).tap()
    await until_toasts_say(page, "09:00")

    assert (await house.post(mira, post["id"]))["due_at"].startswith(f"{day + timedelta(days=1)}T09:00")


async def test_pictures_are_sent_by_finger(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist(width=PHONE)
    picture = tmp_path / "lantern.png"
    picture.write_bytes(encoded(a_drawing(64, 48), "PNG"))
    await page.goto("/drafts")

    await page.get_by_role("link", name="Upload").tap()
    async with page.expect_file_chooser() as chooser:
        await page.locator("#file").tap()
    await (await chooser.value).set_files(picture)
    await page.locator("#upload-form").get_by_role("button", name="Upload 1 file").tap()
    await expect(page.locator("#uploads a", has_text="In Review")).to_have_count(1)

    assert any(post["title"] == "lantern" for post in await house.posts(mira, "review"))


async def test_many_are_chosen_by_finger(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    for _ in range(3):
        await house.draft(mira)
    await page.goto("/drafts")

    for number in (0, 1):
        await page.locator(".row .pick").nth(number).tap()
    await expect(page.locator("#bulk")).to_contain_text("2 selected")
    await page.locator(".row .pick").last.tap()  # also what the bar hangs over, once it is pushed up
    await page.locator("#bulk").get_by_role("button", name="Move to trash").tap()
    await until_toasts_say(page, "moved to the trash")
    await page.locator("#toasts").get_by_role("button", name="Undo").tap()

    await expect(page.locator(".row")).to_have_count(3)


async def test_pausing_and_searching_by_finger(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    draft = await house.draft(mira)
    await page.goto("/drafts")

    await page.get_by_role("button", name="Pause publishing").tap()
    await expect(page.locator("#paused")).to_contain_text("paused")
    await page.locator("#paused").get_by_role("button").first.tap()
    await expect(page.locator("#paused")).not_to_contain_text("paused")
    await page.locator(".top summary").first.tap()
    await page.get_by_role("link", name="Search").tap()
    await typed(page, page.locator("#q"), draft["title"])
    await page.locator("#q").press("Enter")
    await expect(page.locator(".row .name").first).to_have_text(draft["title"])


async def test_a_failed_post_is_tried_again_by_finger(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    draft = await house.draft(mira)
    assert house.app.app.sandbox is not None
    house.app.app.sandbox.faults.on("stash/submit").refuses_with_code(2)
    await mira.post(f"/api/posts/{draft['id']}/publish", json={})
    await house.until_status(mira, draft["id"], "failed")
    await page.goto("/failed")

    await page.locator(".row").get_by_role("button", name="Try again").tap()
    await until_toasts_say(page, "is on its way")
    await house.until_status(mira, draft["id"], "published")
