"""Two browsers and the API: every change shows everywhere, and nobody loses what they typed."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.house import DESK, PHONE, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_change_in_one_browser_shows_in_the_other(house: House) -> None:
    one, mira = await house.artist()
    other, _ = await house.artist()
    post = await house.draft(mira)
    await one.goto("/drafts")
    await other.goto("/drafts")
    await expect(other.locator(f"#post-{post['id']}")).to_be_visible()

    await one.locator(f"#post-{post['id']} summary").click()
    await one.get_by_role("button", name="Move to trash").click()

    await expect(other.locator(f"#post-{post['id']}")).to_be_hidden(timeout=3_000)


async def test_a_picture_that_a_program_sends_appears_in_an_open_review(house: House) -> None:
    page, mira = await house.artist()
    discarded = (await house.posts(mira, "review"))[0]
    await mira.post(f"/api/posts/{discarded['id']}/reject", json={})
    await page.goto("/review")
    await expect(page.locator(f"#post-{discarded['id']}")).to_have_count(0)

    await mira.post(f"/api/posts/{discarded['id']}/restore", json={})

    await expect(page.locator(f"#post-{discarded['id']}")).to_be_visible(timeout=4_000)


async def test_a_stale_save_is_told_kindly_and_keeps_what_was_typed(house: House) -> None:
    house.expected.add(409)
    page, mira = await house.artist()
    post = await house.draft(mira)
    await page.goto(f"/posts/{post['id']}")
    await page.get_by_label("Title").fill("What I typed")

    changed = await mira.patch(f"/api/posts/{post['id']}", json={"version": post["version"], "title": "Theirs"})
    assert changed.status == 200
    await expect(page.locator("#news-words")).to_contain_text("changed elsewhere")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_text("This changed while you were editing.")).to_be_visible()
    await expect(page.get_by_label("Title")).to_have_value("What I typed")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("h1")).to_have_text("What I typed")


async def test_a_post_page_follows_while_nothing_is_typed(house: House) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    await page.goto(f"/posts/{post['id']}")

    await mira.patch(f"/api/posts/{post['id']}", json={"version": post["version"], "title": "From elsewhere"})

    await expect(page.locator("h1")).to_have_text("From elsewhere", timeout=4_000)
    await page.locator("textarea[data-tags]").press_sequentially(", sky")
    await expect(page.locator(".has-suggestions .suggestions [role=option]").first).to_be_visible()


async def test_a_stream_takes_up_where_it_was_left(house: House) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    await page.goto("/drafts")
    house.expected.add("net::ERR_INTERNET_DISCONNECTED")
    await page.context.set_offline(True)
    await mira.post(f"/api/posts/{post['id']}/reject", json={})
    await page.context.set_offline(False)

    await expect(page.locator(f"#post-{post['id']}")).to_be_hidden(timeout=10_000)
    # Told of the change before it was cut off, the row may have asked in vain.
    house.trouble = [said for said in house.trouble if "Failed to fetch" not in said]


async def test_a_page_that_fell_behind_is_loaded_anew_unless_something_is_typed(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/automations/new")
    fall_behind = "document.getElementById('live').dispatchEvent(new CustomEvent('reload'))"
    async with page.expect_event("load"):
        await page.evaluate(fall_behind)

    await page.locator("#main [name=name]").fill("Half a name")
    await page.evaluate(fall_behind)

    await expect(page.locator("[data-toast]")).to_contain_text("What you typed")
    await expect(page.locator("#main [name=name]")).to_have_value("Half a name")
    async with page.expect_event("load"):
        await page.locator("[data-toast]").get_by_role("button", name="Load anew").click()


async def test_pausing_shows_on_every_page_until_resumed(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/drafts")

    await page.get_by_role("button", name="Pause publishing").click()
    await expect(page.locator(".banner.paused")).to_be_visible()
    await page.goto("/scheduled")
    await expect(page.locator(".banner.paused")).to_contain_text("Publishing is paused")
    await page.locator(".banner.paused").get_by_role("button", name="Resume").click()

    await expect(page.locator(".banner.paused")).to_have_count(0)


async def test_leaving_a_page_that_still_waits_for_an_answer_is_no_trouble(house: House) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    await page.goto("/drafts")
    await page.route("**/row*", lambda route: None)  # never answered

    async with page.expect_request("**/row*"):
        await mira.patch(f"/api/posts/{post['id']}", json={"version": post["version"], "title": "Other"})
    await page.goto("/scheduled")

    assert house.trouble == []


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_twenty_accounts_of_long_names_fit_their_menus_and_the_bar_that_says_they_are_paused(
    house: House, width: int
) -> None:
    page, _ = await house.artist(width=width)
    async with house.app.app.database.transaction() as tx:
        await tx.run(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
            INSERT INTO account (user_id, artist_id, username, color, status, created_at, paused_at)
            SELECT a.user_id, 'A' || i, printf('%.*c%d', 60, 'w', i), a.color, a.status, a.created_at, 1
              FROM n, account a
            """
        )

    await page.goto("/drafts")
    assert await page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    bar = page.locator(".banner.paused")
    await expect(bar).to_have_text(re.compile("19 accounts are paused"))
    box = await bar.bounding_box()
    assert box is not None
    assert box["height"] < 70  # one line, as high as its button
    for name in ("Accounts", "Pause publishing"):
        menu = (
            page.locator("header details.menu")
            .filter(has=page.locator("summary").filter(has_text=name))
            .or_(page.locator(f"header details.menu:has(summary[aria-label='{name}'])"))
        )
        await menu.locator("summary").click()
        sheet = await menu.locator(".sheet").bounding_box()
        tabs = await page.locator(".tabs").first.bounding_box()
        floor = tabs["y"] if tabs and tabs["height"] else 900
        assert sheet is not None
        assert sheet["y"] >= 0
        assert sheet["y"] + sheet["height"] <= floor, name
        await page.keyboard.press("Escape")
    await bar.locator("summary").click()
    await bar.get_by_role("button", name="Resume").first.click()
    await expect(page.locator(".banner.paused")).to_have_text(re.compile("18 accounts are paused"))
