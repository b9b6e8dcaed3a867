"""Review by keyboard: approve, reject with Undo, move, open, choose the best of a batch."""

import io

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.house import House
from tests.support.app import Caller

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_keys_approve_reject_and_undo(house: House) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    await page.goto("/review")
    await expect(page.locator(".shot")).to_have_count(before)

    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(page.locator(".shot")).to_have_count(before - 1)
    await expect(page.locator("#toasts")).to_contain_text("is approved")
    await page.keyboard.press("r")
    await expect(page.locator(".shot")).to_have_count(before - 2)
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    await expect(page.locator(".shot")).to_have_count(before - 1)
    assert len(await house.posts(mira, "draft")) == 1
    assert len(await house.posts(mira, "discarded")) == 0


async def test_keys_move_select_and_open(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/review")

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = page.locator(".shot").nth(1)
    await expect(second).to_have_class("shot r-" + (await second.get_attribute("class") or "").split("r-")[1])
    await page.keyboard.press("x")
    await expect(page.locator("#bulk")).to_contain_text("1 selected")
    await page.keyboard.press("Escape")
    await expect(page.locator("#bulk")).to_be_hidden()
    await page.keyboard.press("Enter")

    await expect(page.locator("#single")).to_be_visible()


async def test_deciding_on_the_single_view_leads_on_with_undo_at_hand(house: House) -> None:
    page, mira = await house.artist()
    newest = (await house.posts(mira, "review"))[0]
    await page.goto(f"/review/{newest['id']}")

    await page.keyboard.press("r")
    await expect(page.locator("#single")).not_to_have_attribute("data-post", newest["id"])
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    await expect(page.locator("#toasts")).to_contain_text("back in Review")
    await house.until_status(mira, newest["id"], "review")


async def test_a_number_keeps_one_of_a_batch_and_rejects_the_rest(house: House) -> None:
    page, mira = await house.artist()
    ids = await a_batch(mira, 3)
    await page.goto(f"/review/{ids[0]}")
    await expect(page.locator("[data-batch-pick]")).to_have_count(3)

    await page.keyboard.press("2")
    await expect(page.locator("#toasts")).to_contain_text("2 posts rejected")

    statuses = [(await house.post(mira, post_id))["status"] for post_id in sorted(ids, key=int)]
    assert statuses == ["discarded", "draft", "discarded"]


async def a_batch(mira: Caller, count: int) -> list[str]:
    """Pictures that arrived together."""
    form = aiohttp.FormData()
    for number in range(count):
        drawn = io.BytesIO()
        Image.new("RGB", (64 + number, 64), (40 * number, 90, 120)).save(drawn, "PNG")
        form.add_field("file", drawn.getvalue(), filename=f"take-{number}.png", content_type="image/png")
    answer = await mira.post("/api/comfyui/upload", data=form)
    assert answer.status == 201, answer.text
    return [item["id"] for item in answer.body["items"]]


async def test_the_question_mark_lists_keys_and_escape_closes_it(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/")

    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Reject, with Undo")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("g")
    await page.keyboard.press("r")

    await expect(page).to_have_url(f"{house.app.url}/review")
