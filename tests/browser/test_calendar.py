"""The calendar: dragging keeps the time of day, keys move tiles, drafts drop onto days."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import DESK, PHONE, House, eventually
from tests.support.app import Caller
from web.pages import full_month

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


FEEDS = """() => [...new Set(performance.getEntriesByType("resource").map((one) => one.name))]
  .filter((url) => /calendar.(events|faint|shades)/.test(url))"""


def a_day(house: House, away: int) -> str:
    return f"{house.app.app.clock.now() + timedelta(days=away):%Y-%m-%d}"


async def shown(page: Page, post_id: str) -> None:
    await page.goto("/calendar?view=month")
    await expect(page.locator(f"#calendar [data-post='{post_id}']")).to_be_visible()


def near_the_middle(house: House) -> tuple[str, str]:
    """Two days that the month shows both, whatever day the test runs on: this month's or the next weeks'."""
    return a_day(house, 2), a_day(house, 3)


async def local_of(house: House, caller: Caller, post_id: str) -> str:
    return str((await house.post(caller, post_id))["due_local"])


async def test_a_phone_shows_three_days_with_pictures_and_hours(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    post = await house.scheduled(mira, f"{a_day(house, 1)}T18:45")
    for _ in range(4):
        await house.scheduled(mira, f"{a_day(house, 2)}T18:45")

    await page.goto("/calendar?view=week")

    await expect(page.get_by_role("button", name="3 days")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(f'#calendar [data-post="{post["id"]}"] img')).to_be_attached()
    await expect(page.locator("#calendar [role=columnheader][data-date]")).to_have_count(3)
    await page.get_by_role("button", name="Day", exact=True).click()
    await expect(page.locator("#calendar-title")).to_contain_text(a_day(house, 0)[:4])
    assert await house.axe(page) == []

    # Four in the same minute: two that can be read, and the way to the others.
    await page.goto(f"/calendar?view=day&date={a_day(house, 2)}")
    await expect(page.locator("#calendar [data-post]")).to_have_count(2)
    assert await house.axe(page) == []
    await page.get_by_text("+2", exact=True).click()
    await expect(page.locator("[role=dialog] [data-post]")).to_have_count(2)


async def test_a_crowded_month_counts_what_it_did_not_bring_and_leads_to_the_whole_day(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_month, "MANY", 3)
    monkeypatch.setattr(full_month, "EACH", 3)
    page, mira = await house.artist(width=PHONE)
    day, _ = near_the_middle(house)
    posts = [await house.scheduled(mira, f"{day}T{hour}:00") for hour in range(10, 15)]

    await page.goto("/calendar?view=month")
    await page.get_by_text("+3").click()  # beside the two that have room
    assert len(await page.evaluate(FEEDS)) == 3, "what was fetched early is what the month asks for"
    await expect(page.locator(f"[role=dialog] [data-post='{posts[2]['id']}']")).to_be_visible()
    assert await house.axe(page) == []
    await page.get_by_text("2 more: the whole day").click()

    await expect(page.locator("#calendar [data-post]")).to_have_count(5)
    await expect(page.get_by_role("button", name="Day", exact=True)).to_have_attribute("aria-pressed", "true")


async def test_dragging_to_another_day_keeps_the_time_and_can_be_undone(house: House) -> None:
    page, mira = await house.artist()
    first, second = near_the_middle(house)
    post = await house.scheduled(mira, f"{first}T18:45")
    await shown(page, post["id"])

    await drag(page, f"#calendar [data-post='{post['id']}']", f"#calendar [data-date='{second}']")

    async def is_moved() -> bool:
        return await local_of(house, mira, post["id"]) == f"{second}T18:45"

    await eventually(is_moved)
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    async def is_back() -> bool:
        return await local_of(house, mira, post["id"]) == f"{first}T18:45"

    await eventually(is_back)


async def test_alt_and_arrows_move_a_tile_and_say_so(house: House) -> None:
    page, mira = await house.artist()
    first, second = near_the_middle(house)
    post = await house.scheduled(mira, f"{first}T07:30")
    await shown(page, post["id"])

    # Its title can be read there, however narrow the day.
    title = await page.locator(f"#calendar [data-post='{post['id']}'] .what").bounding_box()
    assert title is not None and title["width"] > 60

    await page.locator(f"#calendar [data-post='{post['id']}']").focus()
    await page.keyboard.press("Alt+ArrowRight")

    async def is_moved() -> bool:
        return await local_of(house, mira, post["id"]) == f"{second}T07:30"

    await eventually(is_moved)
    await expect(page.locator("#say")).to_contain_text("goes out")


async def test_one_key_after_another_moves_the_same_tile(house: House) -> None:
    page, mira = await house.artist()
    first, _ = near_the_middle(house)
    post = await house.scheduled(mira, f"{first}T07:30")
    await page.goto("/calendar?view=month")
    tile = page.locator(f"#calendar [data-post='{post['id']}']")

    await tile.focus()
    for _ in range(3):
        await page.keyboard.press("Alt+ArrowRight")

    async def is_moved() -> bool:
        return await local_of(house, mira, post["id"]) == f"{a_day(house, 5)}T07:30"

    await eventually(is_moved)
    # What follows along draws the tile anew, and later than the answer.
    version = (await house.post(mira, post["id"]))["version"]
    await mira.patch(f"/api/posts/{post['id']}", json={"title": "Drawn anew", "version": version})
    await expect(tile).to_contain_text("Drawn anew")
    await expect(tile).to_be_focused()
    await page.keyboard.press("Alt+ArrowLeft")

    async def is_back_a_day() -> bool:
        return await local_of(house, mira, post["id"]) == f"{a_day(house, 4)}T07:30"

    await eventually(is_back_a_day)


async def test_a_draft_dropped_on_a_day_gets_a_free_hour_there(house: House) -> None:
    page, mira = await house.artist()
    draft = await house.draft(mira)
    _, day = near_the_middle(house)
    await page.goto("/calendar?view=month")
    await expect(page.locator(f"#calendar [data-date='{day}']").first).to_be_visible()

    await drag(page, f"#pool [data-post='{draft['id']}']", f"#calendar [data-date='{day}']")

    done = await house.until_status(mira, draft["id"], "scheduled")
    assert done["due_local"] == f"{day}T09:00"
    # The server knows before the page does: what the key takes back is what the message tells.
    await expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    await page.keyboard.press("Control+z")
    await house.until_status(mira, draft["id"], "draft")

    # Back at the side. Who drags nothing presses it, and says when.
    await page.locator(f"#pool [data-post='{draft['id']}'] a").press("Enter")
    await expect(page.get_by_role("dialog", name="Schedule")).to_contain_text(draft["title"])
    await page.keyboard.type(f"{day} 20:00")
    await page.keyboard.press("Enter")
    assert (await house.until_status(mira, draft["id"], "scheduled"))["due_local"] == f"{day}T20:00"
    await expect(page.locator(f"#pool [data-post='{draft['id']}']")).to_have_count(0)


async def test_what_pacing_refuses_is_done_all_the_same_with_one_press(house: House) -> None:
    house.expected.add(422)
    page, mira = await house.artist()
    first, second = near_the_middle(house)
    there, post = [await house.scheduled(mira, f"{day}T12:00") for day in (second, first)]
    await mira.patch(f"/api/accounts/{there['account_id']}/pacing", json={"min_gap_minutes": 60})
    await shown(page, post["id"])

    await page.locator(f"#calendar [data-post='{post['id']}']").focus()
    await page.keyboard.press("Alt+ArrowRight")
    await expect(page.locator("#toasts")).to_contain_text("Another post goes out")
    assert await local_of(house, mira, post["id"]) == f"{first}T12:00"
    await page.get_by_role("button", name="Schedule all the same").click()

    async def is_moved() -> bool:
        return await local_of(house, mira, post["id"]) == f"{second}T12:00"

    await eventually(is_moved)


async def test_single_keys_lead_through_the_calendar_and_its_list(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/calendar?view=month&date=2027-03-10")
    title = page.locator("#calendar-title")

    await expect(title).to_have_text("March 2027")
    await page.keyboard.press("n")
    await expect(title).to_have_text("April 2027")
    await page.keyboard.press("w")
    await expect(page.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("m")
    await page.keyboard.press("l")
    await page.wait_for_url("**/calendar/list?month=2027-04")
    await page.keyboard.press("p")
    await page.wait_for_url("**/calendar/list?month=2027-03")
    await page.keyboard.press("t")
    await expect(page.locator("h1")).to_contain_text("From today")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "Europe/London"])
async def test_the_address_names_the_days_that_are_shown_in_every_zone(house: House, zone: str) -> None:
    page, mira = await house.artist()
    assert (await mira.patch("/api/me", json={"time_zone": zone})).status == 200
    title = page.locator("#calendar-title")

    async def asks_once() -> bool:
        return len(await page.evaluate(FEEDS)) == 3

    await page.goto("/calendar?view=month&date=2027-03-10")
    for _ in range(2):
        await expect(title).to_have_text("March 2027")
        await expect(page.locator("#as-list")).to_have_attribute("href", re.compile("month=2027-03"))
        await eventually(asks_once)  # what was fetched early is what the month asks for
        await page.reload()
    await page.keyboard.press("d")
    await expect(title).to_have_text("Monday, 1 March 2027")
    await page.keyboard.press("n")
    await page.reload()
    await expect(title).to_have_text("Tuesday, 2 March 2027")


async def test_the_list_shows_the_same_without_scripts(house: House) -> None:
    page, mira = await house.artist(scripts=False)
    day, _ = near_the_middle(house)
    post = await house.scheduled(mira, f"{day}T18:45")

    await page.goto(f"/calendar/list?month={day[:7]}")

    await expect(page.locator(f"#post-{post['id']}")).to_contain_text("18:45")


async def drag(page: Page, what: str, where: str) -> None:
    """As a mouse does it: FullCalendar wants to see the way."""
    source = page.locator(what).first
    await source.scroll_into_view_if_needed()
    begin, end = await source.bounding_box(), await page.locator(where).first.bounding_box()
    assert begin is not None and end is not None
    await page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(begin["x"] + begin["width"] / 2 + 8, begin["y"] + begin["height"] / 2 + 4, steps=3)
    await page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] * 0.7, steps=12)
    await page.mouse.up()


@pytest.mark.parametrize("view", ["week", "day"])
@pytest.mark.parametrize("time", ["03:00", "23:30", "10:00"])
async def test_the_hours_begin_where_something_goes_out(house: House, view: str, time: str) -> None:
    page, mira = await house.artist(width=DESK)
    day = (house.app.app.clock.now() + timedelta(days=9)).date()
    post = await house.scheduled(mira, f"{day}T{time}")

    await page.goto(f"/calendar?view={view}&date={day}")
    tile = page.locator(f"#calendar [data-post='{post['id']}']")
    await expect(tile).to_be_attached()
    if time == "23:30":  # its frame reaches below the window
        await page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")

    await expect(tile).to_be_in_viewport(ratio=0.5)
