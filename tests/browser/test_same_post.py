"""Two browsers and the API change the same post: all show the same at once, and nobody loses what they typed."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.house import DESK, PHONE, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SOON = 3_000  # milliseconds; alone on a machine it is a tenth of that


async def open_post(page: Page, post_id: str) -> None:
    await page.goto(f"/posts/{post_id}")
    await expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_both_browsers_a_list_and_the_api_show_each_others_changes(house: House, width: int) -> None:
    one, mira = await house.artist(width=width)
    other, _ = await house.artist(width=DESK)
    drafts, _ = await house.artist(width=DESK)
    post = await house.draft(mira)
    await open_post(one, post["id"])
    await open_post(other, post["id"])
    await drafts.goto("/drafts")

    # The API changes it: everybody sees that.
    named = await mira.patch(f"/api/posts/{post['id']}", json={"version": post["version"], "title": "From a program"})
    assert named.status == 200
    for page in (one, other):
        await expect(page.locator("h1")).to_have_text("From a program", timeout=SOON)
        await expect(page.get_by_label("Title")).to_have_value("From a program", timeout=SOON)
    await expect(drafts.locator(f"#post-{post['id']}")).to_contain_text("From a program", timeout=SOON)

    # One browser changes it, by keys alone.
    await one.get_by_label("Title").fill("From the first browser")
    await one.keyboard.press("Control+s")
    await expect(other.locator("h1")).to_have_text("From the first browser", timeout=SOON)
    await expect(drafts.locator(f"#post-{post['id']}")).to_contain_text("From the first browser", timeout=SOON)
    saved = await house.post(mira, post["id"])
    assert saved["title"] == "From the first browser"

    # Saved, and still in the field: what comes next is followed there as well.
    again = {"version": saved["version"], "title": "From the program again"}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=again)).status == 200
    await expect(one.get_by_label("Title")).to_have_value("From the program again", timeout=SOON)
    await expect(one.get_by_label("Title")).to_be_focused()

    # The other schedules it: the first sees the time, the list has it no more.
    await other.get_by_label("or in words").fill("24 dec 2026 18:00")
    await other.keyboard.press("Enter")
    await expect(one.locator("#side")).to_contain_text("Thu 24 Dec, 18:00", timeout=SOON)
    await expect(one.locator("#head-actions")).to_contain_text("Hold", timeout=SOON)
    await expect(drafts.locator(f"#post-{post['id']}")).to_be_hidden(timeout=SOON)
    await expect(other.locator("#toasts")).to_contain_text("goes out")


async def test_everything_typed_stays_while_others_change_the_post(house: House) -> None:
    house.expected.add(409)
    page, mira = await house.artist()
    post = await house.draft(mira)
    await open_post(page, post["id"])
    await page.get_by_label("or in words").fill("fri 18:00")
    await page.get_by_label("Vary by up to").select_option("15")

    await page.get_by_label("When", exact=True).fill("2026-12-31T23:00")
    await page.get_by_label("or in words").fill("fri 18:00")

    # Nothing typed in the fields: they follow. What stands in the schedule box stays.
    local = {"local": "2026-12-24T18:00", "time_zone": "Europe/Paris"}
    planned = await mira.post(f"/api/posts/{post['id']}/schedule", json=local)
    named = {"version": planned.body["version"], "title": "Theirs"}
    first = await mira.patch(f"/api/posts/{post['id']}", json=named)
    await expect(page.locator("h1")).to_have_text("Theirs", timeout=SOON)
    await expect(page.locator("#side")).to_contain_text("Thu 24 Dec, 17:00", timeout=SOON)
    await expect(page.get_by_label("When", exact=True)).to_have_value("2026-12-31T23:00")
    await expect(page.get_by_label("or in words")).to_have_value("fri 18:00")
    await expect(page.get_by_label("Vary by up to")).to_have_value("15")

    await page.get_by_label("Description").fill("Mine, half fin")
    await page.get_by_label("Tags", exact=True).fill("mine")
    await page.locator("#f-is_mature").select_option("false")
    await page.get_by_label("Private notes").fill("Only for me")
    theirs = {"version": first.body["version"], "title": "Theirs again", "description": "Theirs too"}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200
    await expect(page.locator("#news-words")).to_contain_text("changed elsewhere", timeout=SOON)
    await page.keyboard.press("Control+s")

    stale = page.locator("main")
    await expect(stale).to_contain_text("This changed while you were editing.")
    await expect(stale.locator("dl.pairs").first).to_contain_text("Theirs too")
    await expect(page.get_by_label("Description")).to_have_value("Mine, half fin")
    await expect(page.get_by_label("Tags", exact=True)).to_have_value("mine")
    await expect(page.locator("#f-is_mature")).to_have_value("false")
    await expect(page.get_by_label("Private notes")).to_have_value("Only for me")
    # What was refused stands at the address of the form. It stays there, too, while others go on.
    theirs["version"] = (await house.post(mira, post["id"]))["version"]
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs | {"title": "Theirs for good"})).status == 200
    await expect(page.locator("#news-words")).to_contain_text("changed elsewhere", timeout=SOON)
    await expect(page.get_by_label("Description")).to_have_value("Mine, half fin")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_contain_text("Saved")
    saved = await house.post(mira, post["id"])
    assert (saved["description"], saved["tags"], saved["notes"]) == ("Mine, half fin", ["mine"], "Only for me")
    assert saved["title"] == "Theirs for good"


async def test_two_who_change_different_fields_both_keep_what_they_typed(house: House) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    await open_post(page, post["id"])
    await page.get_by_label("Title").fill("Mine")
    theirs = {"version": post["version"], "tags": ["theirs"]}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200
    await expect(page.locator("#news-words")).to_contain_text("changed elsewhere", timeout=SOON)

    await page.keyboard.press("Control+s")

    await expect(page.locator("#toasts")).to_contain_text("What was changed elsewhere meanwhile stays.")
    await expect(page.get_by_label("Tags", exact=True)).to_have_value("theirs")
    await expect(page.get_by_label("Title")).to_have_value("Mine")
    # What is saved next is compared with what is shown now.
    await page.get_by_label("Title").fill("Mine again")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_have_text(re.compile("^Saved\\.\\s*Undo$"))
    saved = await house.post(mira, post["id"])
    assert (saved["title"], saved["tags"]) == ("Mine again", ["theirs"])
    # Nor does it stand in the way of what is done with the post at once.
    await page.get_by_label("Title").fill("Mine for good")
    theirs = {"version": saved["version"], "tags": ["theirs", "too"]}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200
    await page.get_by_label("or in words").fill("fri 18:00")
    await page.locator("#side").get_by_role("button", name="Schedule").click()
    await expect(page.locator("#toasts")).to_contain_text("goes out")
    done = await house.until_status(mira, post["id"], "scheduled")
    assert (done["title"], done["tags"]) == ("Mine for good", ["theirs", "too"])


async def test_who_types_on_while_a_save_meets_the_edit_of_another_is_not_asked_about_their_own_words(
    house: House,
) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    await open_post(page, post["id"])
    await page.get_by_label("Title").fill("Mine")
    theirs = {"version": post["version"], "notes": "theirs"}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200
    await expect(page.locator("#news-words")).to_contain_text("changed elsewhere", timeout=SOON)
    asked, may_go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await may_go.wait()
        await route.continue_()

    await page.route(f"**/posts/{post['id']}/edit", hold)
    await page.keyboard.press("Control+s")
    await asyncio.wait_for(asked.wait(), 5)
    await page.get_by_label("Title").fill("Mine and more")
    may_go.set()
    await expect(page.locator("#toasts")).to_contain_text("What was changed elsewhere meanwhile stays.")
    await expect(page.get_by_label("Title")).to_have_value("Mine and more")

    async with page.expect_response(f"**/posts/{post['id']}/edit") as answered:
        await page.keyboard.press("Control+s")
    assert (await answered.value).status == 200

    await expect(page.get_by_label("Private notes")).to_have_value("theirs")
    saved = await house.post(mira, post["id"])
    assert (saved["title"], saved["notes"]) == ("Mine and more", "theirs")


async def test_what_is_typed_while_the_change_comes_is_still_compared_with_what_was_shown(house: House) -> None:
    house.expected.add(409)
    page, mira = await house.artist()
    post = await house.draft(mira)
    await open_post(page, post["id"])
    asked, may_come = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await may_come.wait()
        await route.continue_()

    await page.route(f"**/posts/{post['id']}", hold)
    theirs = {"version": post["version"], "title": "Theirs"}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200
    await asyncio.wait_for(asked.wait(), 5)
    await page.get_by_label("Title").fill("Mine")
    async with page.expect_response(f"**/posts/{post['id']}"):
        may_come.set()

    await expect(page.locator("#news-words")).to_contain_text("changed elsewhere")
    await page.keyboard.press("Control+s")
    await expect(page.locator("main")).to_contain_text("This changed while you were editing.")
    await expect(page.get_by_label("Title")).to_have_value("Mine")
    assert (await house.post(mira, post["id"]))["title"] == "Theirs"


async def test_a_page_that_comes_in_the_middle_of_a_save_takes_nothing_out_of_the_form(house: House) -> None:
    house.expected.add(409)
    page, mira = await house.artist()
    post = await house.draft(mira)
    await open_post(page, post["id"])
    asked, may_come, saving, may_save = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        saves = route.request.url.endswith("/edit")
        (saving if saves else asked).set()
        await (may_save if saves else may_come).wait()
        await route.continue_()

    await page.route(f"**/posts/{post['id']}", hold)
    await page.route(f"**/posts/{post['id']}/edit", hold)
    theirs = {"version": post["version"], "title": "Theirs"}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200
    await asyncio.wait_for(asked.wait(), 5)
    await page.get_by_label("Title").fill("Mine")
    await page.keyboard.press("Control+s")
    await asyncio.wait_for(saving.wait(), 5)
    async with page.expect_event("requestfinished", lambda request: request.method == "GET"):
        may_come.set()
    may_save.set()

    await expect(page.locator("main")).to_contain_text("This changed while you were editing.")
    await expect(page.get_by_label("Title")).to_have_value("Mine")


async def test_a_time_set_elsewhere_does_not_stop_who_is_typing(house: House) -> None:
    page, mira = await house.artist()
    post = await house.draft(mira)
    await open_post(page, post["id"])
    await page.get_by_label("Description").fill("Written while it was scheduled")

    when = {"local": "2026-12-24T18:00", "time_zone": "UTC"}
    assert (await mira.post(f"/api/posts/{post['id']}/schedule", json=when)).status == 200
    await expect(page.locator("#side")).to_contain_text("Thu 24 Dec, 18:00", timeout=SOON)
    await expect(page.get_by_label("Description")).to_have_value("Written while it was scheduled")
    await expect(page.locator("#news-words")).not_to_contain_text("changed elsewhere")
    await page.keyboard.press("Control+s")

    await expect(page.locator("#toasts")).to_contain_text("Saved")
    saved = await house.post(mira, post["id"])
    assert (saved["status"], saved["description"]) == ("scheduled", "Written while it was scheduled")


async def test_two_undecided_reviewers_see_one_decision(house: House) -> None:
    one, mira = await house.artist()
    other, _ = await house.artist()
    newest = (await house.posts(mira, "review"))[0]
    await one.goto(f"/review/{newest['id']}")
    await other.goto(f"/review/{newest['id']}")

    await one.keyboard.press("a")

    await expect(other.locator("#single")).to_contain_text("Draft", timeout=SOON)
    await expect(other.get_by_role("link", name="Next").last).to_be_visible()
    await expect(one.locator("#single")).not_to_have_attribute("data-post", newest["id"])
