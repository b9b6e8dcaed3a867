"""No page breaks WCAG 2.2 AA as far as axe can tell, in both themes, and none scrolls sideways."""

import pytest

from tests.browser.house import DESK, PHONE, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PAGES = (
    "/",
    "/review",
    "/drafts",
    "/scheduled",
    "/published",
    "/failed",
    "/trash",
    "/search?q=harbour",
    "/calendar",
    "/calendar/list",
    "/upload",
    "/keys",
    "/settings",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_pages_are_accessible_and_fit(house: House, width: int, theme: str) -> None:
    page, mira = await house.artist(width=width, theme=theme)
    draft = await house.draft(mira)
    waiting = (await house.posts(mira, "review"))[0]
    await house.scheduled(mira, f"{house.app.app.clock.now().year + 1}-01-15T18:00")
    found = []

    for path in (*PAGES, f"/posts/{draft['id']}", f"/review/{waiting['id']}"):
        await page.goto(path)
        found += [f"{path} {problem}" for problem in await house.axe(page)]
        if await page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{path} scrolls sideways")

    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_what_strangers_see_is_accessible(house: House, theme: str) -> None:
    house.expected.add(404)
    page = await house.visitor(theme=theme)
    found = []

    for path in ("/signin", "/no-such-page"):
        await page.goto(path)
        found += [f"{path} {problem}" for problem in await house.axe(page)]

    assert found == []


async def test_a_chosen_theme_wins_over_the_system(house: House) -> None:
    page, _ = await house.artist(theme="light")
    await page.goto("/settings")

    await page.get_by_label("Looks").select_option("dark")
    await page.get_by_role("button", name="Save", exact=True).click()

    assert await page.evaluate("() => getComputedStyle(document.documentElement).colorScheme") == "dark"
