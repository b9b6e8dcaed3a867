"""When the server does not answer, or something before it refuses; and when there are no scripts at all."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.house import House
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

REFUSED = "<html><body><h1>Refused by something before Isekai</h1></body></html>"


async def test_a_press_that_does_not_arrive_is_told_and_changes_nothing(house: House) -> None:
    page, mira = await house.artist()
    house.expected |= {404, 413, 429, 503, "net::ERR_FAILED", "net::ERR_INTERNET_DISCONNECTED"}
    await house.draft(mira)
    draft = (await house.posts(mira, "draft"))[0]
    await page.goto("/drafts")
    row, toasts = page.locator(".row"), page.locator("#toasts")
    says = {
        429: "Wait a moment, then try again",
        413: "more than the server takes",
        503: "the server had a problem",
        0: "could not be reached",
    }

    async def press_and_meet(status: int) -> None:
        async def meet(route: Route) -> None:
            await route.fulfill(
                status=status, content_type="text/html", body=REFUSED
            ) if status else await route.abort()

        await page.unroute("**/discard")
        await page.route("**/discard", meet)
        await row.get_by_role("button", name="Move to trash").click()

    await row.get_by_label(f"More for {draft['title']}").click()
    for status, sentence in says.items():
        await press_and_meet(status)
        await expect(toasts).to_contain_text(sentence)
        await expect(row.get_by_role("link", name=draft["title"])).to_be_visible()
    assert (await house.post(mira, draft["id"]))["status"] == "draft"

    # An order, which a script sends: it goes back, and no machine speaks.
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    await mira.post(f"/api/accounts/{account}/folders", json={"name": "Moss"})
    await page.goto("/folders")
    names = page.locator("#folder-tree .name")
    before = await names.all_inner_texts()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Move Moss").focus()
    await page.keyboard.press("ArrowUp")
    await expect(toasts).to_contain_text("could not be reached. Try again in a moment. The order is as it was.")
    assert await names.all_inner_texts() == before
    await expect(page.get_by_role("button", name="Move Moss")).to_be_focused()
    await page.context.set_offline(False)

    # What is looked for in the background fails in silence.
    await page.goto("/drafts")
    await page.route(
        re.compile("/row"), lambda route: route.fulfill(status=429, content_type="text/html", body=REFUSED)
    )
    seen = (await house.post(mira, draft["id"]))["version"]
    async with page.expect_response(re.compile("/row")):
        await mira.patch(f"/api/posts/{draft['id']}", json={"title": "Elsewhere", "version": seen})
    await expect(row.get_by_role("link", name=draft["title"])).to_be_visible()
    await expect(toasts).to_be_empty()


async def test_what_was_typed_is_there_again_after_an_error(house: House) -> None:
    page, _ = await house.artist()
    house.expected.add(403)
    await page.goto("/templates")

    await page.locator("#main [name=csrf_token]").last.evaluate("(field) => { field.value = 'old'; }")
    await page.get_by_label("Name").fill("Harbour words")
    await page.get_by_label("Text").fill("sea, fog")
    await page.get_by_role("button", name="Save template").click()
    await expect(page.locator("h1")).to_have_text("That is not allowed")
    await page.get_by_role("link", name="Go back").click()

    await expect(page.get_by_label("Name")).to_have_value("Harbour words")


async def test_the_rooms_without_scripts(house: House) -> None:
    page, mira = await house.artist(scripts=False)
    for _ in range(2):
        await house.draft(mira)

    async def press(name: str, said: str, within: str = "#main") -> None:
        await page.locator(within).get_by_role("button", name=name).first.click()
        await expect(page.locator("#toasts")).to_contain_text(said)

    await page.goto("/")
    await expect(page.get_by_role("link", name="How long the drafts last")).to_be_visible()
    await page.goto("/automations/new")
    await page.get_by_label("Name", exact=True).fill("Evenings")
    await page.get_by_label("Order").select_option("manual")
    await press("Make it", "Made, and switched off")
    await page.get_by_role("link", name="Put its drafts in order").click()
    names = await page.locator(".folder .name").all_inner_texts()
    await press(f"Move {names[1]} up", "order")
    assert await page.locator(".folder .name").all_inner_texts() == names[::-1]
    await page.goto("/automations")
    for name, said in (("Switch on", "is on"), ("Switch off", "off"), ("Duplicate", "copy")):
        await press(name, said)
    await page.goto("/automations")
    await press("Move up", "chooses earlier")
    await press("Remove", "Removed")
    await press("Undo", "back", "#toasts")

    await page.goto("/series")
    await page.get_by_label("Name", exact=True).fill("Pair")
    await press("Make series", "is made")
    for name in names:
        await page.get_by_label(name).check()
    await press("Add to the end", "Added 2 parts")
    await press(f"Move {names[1]} up", "order")
    await press(f"Take {names[0]}", "Taken out")

    await page.goto("/folders")
    await page.get_by_label("Name", exact=True).fill("Moss")
    await press("Make folder", "Moss")
    await press("Move Moss up", "moved up")
    await page.get_by_role("link", name="Edit Moss").click()
    await page.get_by_label("Name", exact=True).fill("Fern")
    await press("Save", "“Fern” is saved")
    await page.get_by_text("Remove folder…").click()
    await press("Yes, remove", "Removed")

    await page.goto("/inspiration")
    await page.get_by_role("link", name="More").click()
    await page.locator(".work a").first.click()
    await press("Keep for later", "Kept")
    await dead_ends(page)


async def dead_ends(page: Page) -> None:
    """No page shows a button that only scripts would answer."""
    for path in (
        "/automations/1",
        "/series/1",
        "/folders",
        "/inspiration/lists/1",
        "/slots",
        "/templates",
        "/exclusives",
    ):
        await page.goto(path)
        assert await page.locator("button[type=button]:visible").count() == 0, path


async def test_suggestions_that_do_not_arrive_or_come_late_are_no_trouble(house: House) -> None:
    page, _ = await house.artist()
    house.expected.add("net::ERR_FAILED")
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/api/tags?q=*", hold)
    await page.goto("/inspiration/tags")
    field, offers = page.locator("[data-suggests]"), page.locator("#tag-suggestions option")
    await field.fill("sk")
    await eventually(lambda: len(held) == 1)
    await field.fill("sea")
    await eventually(lambda: len(held) == 2)
    earlier, later = held
    await later.fulfill(json={"items": [{"tag": "seascape"}]})
    await expect(offers).to_have_count(1)
    async with page.expect_response("**/api/tags?q=sk"):
        await earlier.fulfill(json={"items": [{"tag": "sky"}, {"tag": "skin"}]})
    await page.evaluate("new Promise((done) => setTimeout(done))")
    await expect(offers).to_have_attribute("value", "seascape")

    await field.fill("moon")
    await eventually(lambda: len(held) == 3)
    async with page.expect_event("requestfailed"):
        await held[-1].abort()
    await expect(offers).to_have_count(1)


async def test_who_was_signed_out_while_typing_finds_it_in_the_form_after_signing_in_here(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/templates")
    await page.get_by_label("Name").first.fill("Mine")
    await page.locator("main [name=body]").first.fill("Made in {date}, slowly")
    await page.context.clear_cookies()
    await page.locator("main [name=body]").first.evaluate("(field) => field.form.requestSubmit()")
    await expect(page.get_by_text("You were signed out before that arrived")).to_be_visible()

    await page.get_by_role("link", name="Sign in with DeviantArt").click()
    await page.get_by_role("button", name="mira").click()

    await page.wait_for_url("**/templates")
    await expect(page.locator("#toasts")).to_contain_text("What you typed is back: send it again.")
    await expect(page.get_by_label("Name").first).to_have_value("Mine")
    await expect(page.locator("main [name=body]").first).to_have_value("Made in {date}, slowly")
    # Nor does it come again, or to somebody else.
    await page.goto("/templates")
    await expect(page.get_by_label("Name").first).to_have_value("")
    await page.get_by_label("Name").first.fill("Mine")
    await page.locator("main [name=body]").first.fill("Secret")
    await page.context.clear_cookies()
    await page.locator("main [name=body]").first.evaluate("(field) => field.form.requestSubmit()")
    await page.get_by_role("link", name="Sign in with DeviantArt").click()
    await page.get_by_role("button", name="juno").click()
    await page.wait_for_url("**/templates")
    await expect(page.locator("main [name=body]").first).to_have_value("")
    assert await page.evaluate("() => sessionStorage.getItem('isekai-typed')") is None
