"""The API's reference with scripts: it narrows while somebody types, opens what a link names, and copies a line."""

import pytest
from playwright.async_api import expect

from tests.browser.house import DESK, PHONE, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_call_is_found_followed_and_copied(house: House, width: int) -> None:
    page, _ = await house.artist(width=width)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto("/reference")

    await page.get_by_label("Find a call").press_sequentially("posts unhold")
    await expect(page.locator("[data-call]:visible")).to_have_count(1)
    await page.get_by_role("link", name="Let it go on").click()
    await page.wait_for_url("**/reference/posts#verbs_unhold")
    call = page.locator("#verbs_unhold")
    await call.get_by_role("button", name="Copy the curl line").click()

    await expect(call).to_be_in_viewport()
    await page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).includes('/api/posts/41/unhold')"
    )


async def test_nothing_found_is_said_and_a_shape_opens_where_it_is_named(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/reference/posts")

    await page.get_by_label("Find a call here").fill("nothinglikethis")
    await expect(page.get_by_text("No call here has these words.")).to_be_visible()
    await page.get_by_label("Find a call here").fill("")
    await page.locator("#posts_one").get_by_role("link", name="Post", exact=True).click()

    await expect(page.locator("#shape-Post")).to_have_attribute("open", "")
    await expect(page.locator("#shape-Post").get_by_text("due_local")).to_be_visible()
