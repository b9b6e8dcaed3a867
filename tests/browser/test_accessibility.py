"""No page breaks WCAG 2.2 AA as far as axe can tell, in both themes, and none scrolls sideways.

They are looked at in an instance where every room has something in it, under long and hostile names.
"""

from dataclasses import asdict

import pytest
from playwright.async_api import Page

from tests.browser.house import DESK, PHONE, UNSTICK, House
from tests.browser.keyboard import unseen_stops
from tests.support.filled import fill
from tests.support.pages import FOR_STRANGERS, PAGES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# The theme changes colours and nothing else.
COLOURS = ("color-contrast",)

# What reaches over the edge of the box that it stands in, unless something on the way cuts or scrolls it; and times
# of a weekday that do not fit their field.
BEYOND = """() => {
  const isHeld = (one, box) => {
    for (let up = one.parentElement; up !== box; up = up.parentElement) if (getComputedStyle(up).overflowX !== "visible") return true;
    return Boolean(one.closest(".sheet, .sr-only, svg"));
  };
  const found = [...document.querySelectorAll(".week input")].filter((one) => one.scrollWidth > one.clientWidth);
  for (const box of document.querySelectorAll("main :is(.row, .panel, .card, .shot, .note)")) {
    const edge = box.getBoundingClientRect().right - Math.min(4, parseFloat(getComputedStyle(box).paddingRight)) + 1;
    const isOut = (one) => one.getBoundingClientRect().right > edge && one.checkVisibility() && !isHeld(one, box);
    found.push(...[...box.querySelectorAll("*")].filter(isOut).slice(0, 1));
  }
  return found.map((one) => `${one.localName}.${one.className} ${one.id}`);
}"""  # noqa: E501


# What is smaller than a finger, 44 px either way, but for links in sentences and headings. A box is as large as its
# label. A table that has to be pushed along to be read is too wide for a phone; a chart may be. What a menu opens is
# in the window.
CRAMPED = """() => {
  const kinds = "button, summary, select, textarea, input:not([type=hidden]), a.button, a.chip, p.small > a:only-child";
  const bars = ":is(.top, .tabs, .settings-nav) :is(a, button, summary)";
  const found = new Set();
  for (const one of document.querySelectorAll(`main :is(${kinds}), ${bars}`)) {
    const isThere = one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.closest(".sr-only");
    const { width, height } = (one.matches("[type=checkbox], [type=radio]") && one.labels[0] || one).getBoundingClientRect();
    if (isThere && Math.min(width, height) < 43.5) found.add(`${one.localName}.${one.className} ${width | 0} × ${height | 0}`);
  }
  const isWide = (one) => one.scrollWidth > one.clientWidth && one.querySelector("table");
  if ([...document.querySelectorAll(".scrolls")].some(isWide)) found.add("a table is too wide");
  for (const menu of document.querySelectorAll("details.menu")) {
    menu.open = true;
    const { left, right } = menu.querySelector(".sheet").getBoundingClientRect();
    menu.open = false;
    if (left < 0 || right > innerWidth) found.add(`a menu reaches from ${left | 0} to ${right | 0}`);
  }
  return [...found];
}"""  # noqa: E501


async def troubles(house: House, page: Page, path: str) -> list[str]:
    answer = await page.goto(path)
    if answer is None or answer.status != 200:
        return [f"{path} answered {answer and answer.status}"]
    found = [f"{path}: the focus on {stop} cannot be seen" for stop in await unseen_stops(page)]
    if page.viewport_size and page.viewport_size["width"] == PHONE:
        found += [f"{path} on a phone: {what}" for what in await page.evaluate(CRAMPED)]
    await page.evaluate(UNSTICK)
    found += [f"{path} {problem}" for problem in await house.axe(page)]
    if await page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{path} scrolls sideways")
    found += [f"{path}: {what} reaches over its edge" for what in await page.evaluate(BEYOND)]
    await page.emulate_media(color_scheme="dark")
    found += [f"{path} in the dark: {problem}" for problem in await house.axe(page, only=COLOURS)]
    await page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_every_page_is_accessible_and_fits(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    filled = asdict(await fill(house.app, mira))
    await page.emulate_media(reduced_motion="reduce")
    found = []

    for path in (address.format(**filled) for addresses in PAGES.values() for address in addresses):
        found += await troubles(house, page, path)
    stranger = await house.visitor(width=width)
    await stranger.emulate_media(reduced_motion="reduce")
    for path in FOR_STRANGERS.values():
        found += await troubles(house, stranger, path.format(**filled))

    assert not found, "\n".join(found)


async def test_an_error_is_accessible(house: House) -> None:
    house.expected.add(404)
    page, _ = await house.artist()

    await page.goto("/no-such-page")

    assert await house.axe(page) == []


async def test_a_chosen_theme_wins_over_the_system(house: House) -> None:
    page, _ = await house.artist(theme="light")
    await page.goto("/settings")

    await page.get_by_label("Looks").select_option("dark")
    await page.get_by_role("button", name="Save", exact=True).click()

    assert await page.evaluate("() => getComputedStyle(document.documentElement).colorScheme") == "dark"
