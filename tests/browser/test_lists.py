"""Many posts at once: pick, edit, preview, apply, put back; order and filters; the two answers where nobody knows."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import DESK, PHONE, House
from tests.support.app import Caller
from tests.support.failures import failed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def three_drafts(house: House, mira: Caller) -> list[str]:
    return [(await house.draft(mira))["id"] for _ in range(3)]


async def titles(house: House, mira: Caller, ids: list[str]) -> list[str]:
    return [(await house.post(mira, post_id))["title"] for post_id in ids]


async def shown(page: Page, url: str) -> None:
    """The page at *url* is there, with its scripts run."""
    await page.wait_for_url(re.compile(url))
    await page.wait_for_function("document.readyState === 'complete'")


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_posts_are_picked_edited_previewed_applied_and_put_back(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    ids = await three_drafts(house, mira)
    before = await titles(house, mira, ids)
    await page.goto("/drafts")

    await page.locator("input[name=ids]").nth(0).check()
    await page.get_by_role("button", name="Select all on this page").click()
    await expect(page.locator("#bulk")).to_contain_text("3 selected")
    await page.locator("#bulk").get_by_role("button", name="Edit…").click()
    await shown(page, r"/changes/\d+/edit$")
    await page.get_by_label("Title", exact=True).fill("Mist {seq}")
    await page.get_by_label("Fill in words in braces").check()
    await page.get_by_label("Tags", exact=True).fill("dawn")
    await page.get_by_role("button", name="Preview").click()
    preview = page.locator("#preview")
    await expect(preview).to_contain_text("3 of 3 would change.")
    await expect(preview).to_contain_text("Mist 3")
    assert await titles(house, mira, ids) == before
    assert await house.axe(page) == []
    await preview.get_by_role("button", name="Apply to 3 posts").click()
    await shown(page, r"/changes/\d+$")
    await expect(page.locator("#change")).to_contain_text("3 done")
    assert sorted(await titles(house, mira, ids)) == ["Mist 1", "Mist 2", "Mist 3"]
    await page.get_by_role("button", name="Undo").click()

    await expect(page.locator("#toasts")).to_contain_text("3 posts put back.")
    assert await titles(house, mira, ids) == before
    assert await house.axe(page) == []


async def test_the_same_by_keys_alone(house: House) -> None:
    page, mira = await house.artist()
    ids = await three_drafts(house, mira)
    before = await titles(house, mira, ids)
    await page.goto("/drafts")
    keys = page.keyboard

    for key in ("j", "x", "j", "x"):
        await keys.press(key)
    await expect(page.locator("#bulk")).to_contain_text("2 selected")
    await keys.press("e")
    await shown(page, r"/changes/\d+/edit$")
    await page.get_by_label("Title", exact=True).focus()
    await keys.type("Keys only")
    await keys.press("Enter")
    await expect(page.locator("#preview")).to_contain_text("2 of 2 would change.")
    await keys.press("Tab")
    await expect(page.get_by_role("button", name="Apply to 2 posts")).to_be_focused()
    await keys.press("Enter")
    await shown(page, r"/changes/\d+$")
    assert (await titles(house, mira, ids)).count("Keys only") == 2
    await page.get_by_role("button", name="Undo").focus()
    await keys.press("Enter")

    await expect(page.locator("#toasts")).to_contain_text("2 posts put back.")
    assert await titles(house, mira, ids) == before


async def test_the_focus_goes_on_when_its_post_leaves_the_list(house: House) -> None:
    page, mira = await house.artist()
    await three_drafts(house, mira)
    await page.goto("/drafts")
    names = await page.locator(".row .name").all_inner_texts()
    keys, row = page.keyboard, page.locator(".row", has_text=names[1])

    await row.get_by_label(f"More for {names[1]}").focus()
    await keys.press("Enter")
    await row.get_by_role("button", name="Move to trash").focus()
    await keys.press("Enter")
    await expect(page.locator(".row")).to_have_count(2)
    await expect(page.get_by_role("link", name=names[2])).to_be_focused()

    # The same after the dialog, which has the focus while the post leaves.
    await keys.press("s")
    await keys.type("24 dec 2026 18:00")
    await expect(page.locator("#quick-said")).to_contain_text("24")
    await keys.press("Enter")
    await expect(page.locator(".row")).to_have_count(1)
    await expect(page.get_by_role("link", name=names[0])).to_be_focused()
    await keys.press("x")
    await keys.press("b")
    await expect(page.locator("#bulk summary").first).to_be_focused()


async def test_everything_that_a_list_finds_is_taken_at_once(house: House) -> None:
    page, mira = await house.artist()
    await many_drafts(house, mira, 28)
    await page.goto("/drafts?q=many")

    await page.locator("input[name=ids]").first.check()
    await expect(page.locator("#total")).to_have_text("28 drafts")
    await page.get_by_label("All 28 drafts").check()
    await page.locator("#bulk").get_by_role("button", name="Move to trash").click()
    await shown(page, r"/changes/\d+$")

    await expect(page.locator("#change")).to_contain_text("28 done")
    assert await house.posts(mira, "draft") == []
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#change")).to_contain_text("28 put back")


async def many_drafts(house: House, mira: Caller, count: int) -> None:
    me = (await mira.get("/api/me")).body
    app = house.app.app
    account = (await app.reads.accounts(int(me["user"]["id"])))[0]
    async with app.database.transaction() as tx:
        await tx.many(
            "INSERT INTO post (user_id, account_id, status, title, created_at, updated_at)"
            " VALUES (:user_id, :account_id, 'draft', :title, 1, 1)",
            [
                {"user_id": account.user_id, "account_id": account.id, "title": f"many {number}"}
                for number in range(count)
            ],
        )
        await tx.run(
            "INSERT INTO post_search (rowid, title, tags, prompt, model)"
            " SELECT id, title, '', '', '' FROM post WHERE title LIKE 'many %'"
        )


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scripts", [True, False])
async def test_a_list_is_ordered_and_narrowed_and_widened_again(house: House, width: int, scripts: bool) -> None:
    page, mira = await house.artist(width=width, scripts=scripts)
    await three_drafts(house, mira)
    await page.goto("/drafts")

    await page.get_by_text("Filter and sort").click()
    await page.get_by_label("Order").select_option("title")
    await page.get_by_label("Ready", exact=True).select_option("no")
    await page.get_by_label("Tag", exact=True).fill("nowhere")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_text("Nothing matches")).to_be_visible()
    await page.get_by_role("link", name="Clear the filters").click()

    await expect(page.locator(".row")).to_have_count(3)


async def test_an_open_question_is_answered_in_two_ways(house: House) -> None:
    page, mira = await house.artist()
    ids = await three_drafts(house, mira)
    for post_id in ids[:2]:
        await failed(house.app.app, int(post_id), "outcome_unknown", "No clear answer.", in_doubt=True)
    site = house.app.app.sandbox
    assert site is not None
    house.expected.add(422)

    await page.goto("/failed")
    await page.locator(f"#post-{ids[0]}").get_by_role("link", name="Decide").click()
    await page.get_by_label("Its address on DeviantArt").fill("https://example.com/not-here")
    await page.get_by_role("button", name="It is online", exact=True).click()
    await expect(page.locator("#decide")).to_contain_text("Paste the link of the work")
    await expect(page.get_by_label("Its address on DeviantArt")).to_have_value("https://example.com/not-here")
    await page.goto(page.url)  # the address of the form leads back to the page
    await page.wait_for_url(f"**/posts/{ids[0]}")
    await page.get_by_label("Its address on DeviantArt").fill(f"{site.base_url}/mira/art/mist-1234")
    await page.get_by_role("button", name="It is online", exact=True).click()
    await house.until_status(mira, ids[0], "published")

    await page.goto("/failed")
    await page.locator(f"#post-{ids[1]}").get_by_role("link", name="Decide").click()
    await page.get_by_role("button", name="It is not: publish again").click()

    await expect(page.locator("#toasts")).to_contain_text("publishes the same upload again")
    await expect(page.locator("#side")).to_contain_text("says it is not online")


async def test_a_selection_outlives_its_tags_and_goes_on_to_a_spread(house: House) -> None:
    page, mira = await house.artist()
    for _ in range(2):
        await house.draft(mira)
    await page.goto("/drafts")
    for number in range(2):
        await page.locator("#list input[name=ids]").nth(number).check()

    await page.locator("#bulk summary", has_text="Tags").click()
    await page.locator("#bulk-tags").fill("winter")
    await page.get_by_role("button", name="Change tags").click()
    await expect(page.locator("#toasts")).to_contain_text("2 posts changed")
    await expect(page.locator("#bulk [data-selected]")).to_have_text("2 selected")
    # Refused, it stays for another try; and it is there again for who comes back from the page of the spread.
    await page.locator("#bulk summary", has_text="Schedule").click()
    await page.locator("#bulk-local").fill("2020-01-01T10:00")
    await page.locator("#bulk").get_by_role("button", name="Schedule", exact=True).click()
    await expect(page.locator("#toasts")).to_contain_text("in the past")
    await expect(page.locator("#bulk [data-selected]")).to_have_text("2 selected")
    await page.get_by_role("button", name="Spread").click()

    await expect(page.locator(".placed .thumb")).to_have_count(2)
    await expect(page.get_by_text("2 posts. Times in")).to_be_visible()
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.locator("#bulk [data-selected]")).to_have_text("2 selected")
