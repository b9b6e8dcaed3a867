"""Automations, slots and the calendar's faint tiles in a real browser."""

from typing import Any

import pytest

from tests.browser.house import DESK, PHONE, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

EVENINGS: dict[str, Any] = {
    "name": "Evenings",
    "rules": [{"kind": "fixed_time", "time": "18:00"}, {"kind": "daily_quota", "per_day": 2}],
    "enabled": True,
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_planning_pages_are_accessible_and_fit(house: House, width: int, theme: str) -> None:
    page, mira = await house.artist(width=width, theme=theme)
    draft = await house.draft(mira)
    made = await mira.post("/api/automations", json=EVENINGS)
    series = await mira.post("/api/series", json={"name": "The bay", "ids": [draft["id"]], "gap_hours": 24})
    slots = [{"days": [0, 1, 2, 3, 4, 5, 6], "time": "20:00"}]
    await mira("PUT", f"/api/accounts/{draft['account_id']}/slots", json={"slots": slots})
    await mira.post("/api/holidays", json={"first": "2030-12-24", "last": "2030-12-26"})
    found = []

    for path in (
        "/automations",
        "/automations/new",
        "/automations/preview",
        f"/automations/{made.body['id']}",
        "/series",
        f"/series/{series.body['id']}",
        "/slots?hints=1",
        f"/spread?ids={draft['id']}",
        "/calendar",
    ):
        await page.goto(path)
        found += [f"{path} {problem}" for problem in await house.axe(page)]
        if await page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{path} scrolls sideways")

    assert found == []


async def test_the_calendar_draws_free_slots_and_dry_runs_faintly(house: House) -> None:
    page, mira = await house.artist()
    draft = await house.draft(mira)
    await mira.post("/api/automations", json=EVENINGS)
    slots = [{"days": [0, 1, 2, 3, 4, 5, 6], "time": "20:00"}]
    await mira("PUT", f"/api/accounts/{draft['account_id']}/slots", json={"slots": slots})

    await page.goto("/calendar")

    await page.locator(".faint-tile").first.wait_for()
    words = " ".join(await page.locator(".faint-tile").all_inner_texts())
    assert "Free slot" in words or "more" in words


async def test_drafts_are_put_in_order_by_arrow_keys(house: House) -> None:
    page, mira = await house.artist()
    for _ in range(3):
        await house.draft(mira)
    made = await mira.post("/api/automations", json=EVENINGS | {"order": "manual"})
    path = f"/automations/{made.body['id']}/order"
    await page.goto(path)
    names = page.locator(".folder .text .name")
    order = [await names.nth(place).get_attribute("href") for place in range(await names.count())]

    await page.locator(".folder .grip").last.focus()
    async with page.expect_response(lambda answer: answer.url.endswith(path) and answer.request.method == "POST"):
        await page.keyboard.press("ArrowUp")
    await page.reload()

    after = [await names.nth(place).get_attribute("href") for place in range(await names.count())]
    assert after == [*order[:-2], order[-1], order[-2]]
    assert await house.axe(page) == []
