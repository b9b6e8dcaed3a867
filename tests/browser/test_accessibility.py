"""No page breaks WCAG 2.2 AA as far as axe can tell, in both themes, and none scrolls sideways.

`PAGES` names every address that answers with a page, in an instance where every room has something in it: a new
route that is neither there nor in `NO_PAGES` fails.
"""

from dataclasses import asdict

import pytest
from playwright.async_api import Page

from core.app.site import web_application
from tests.browser.house import DESK, PHONE, House
from tests.support.app import AppHarness
from tests.support.filled import fill

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# By the route; what stands in braces is an id of `Filled`. A route with several looks has several addresses.
PAGES = {
    "/": ("/",),
    "/admin/audit": ("/admin/audit",),
    "/admin/backups": ("/admin/backups",),
    "/admin/health": ("/admin/health",),
    "/admin/instance": ("/admin/instance",),
    "/admin/invites": ("/admin/invites",),
    "/admin/log": ("/admin/log",),
    "/admin/people": ("/admin/people",),
    "/admin/people/{user_id}": ("/admin/people/{user}",),
    "/automations": ("/automations",),
    "/automations/new": ("/automations/new",),
    "/automations/preview": ("/automations/preview",),
    "/automations/{id}": ("/automations/1",),
    "/automations/{id}/order": ("/automations/1/order",),
    "/calendar": ("/calendar", "/calendar?view=week", "/calendar?view=day"),
    "/calendar/list": ("/calendar/list",),
    "/connect": ("/connect",),
    "/drafts": ("/drafts",),
    "/exclusives": ("/exclusives",),
    "/exclusives/helper": ("/exclusives/helper",),
    "/exclusives/presets": ("/exclusives/presets",),
    "/exclusives/presets/{id}": ("/exclusives/presets/1",),
    "/failed": ("/failed",),
    "/folders": ("/folders",),
    "/folders/{account_id}/{folder_id}": ("/folders/{account}/{folder}",),
    "/import": ("/import",),
    "/inspiration": ("/inspiration",),
    "/inspiration/artists/{name}": ("/inspiration/artists/saltgarden",),
    "/inspiration/daily": ("/inspiration/daily",),
    "/inspiration/lists": ("/inspiration/lists",),
    "/inspiration/lists/{id}": ("/inspiration/lists/1",),
    "/inspiration/tags": ("/inspiration/tags?name=forest",),
    "/inspiration/topics": ("/inspiration/topics",),
    "/inspiration/topics/{name}": ("/inspiration/topics/fantasy",),
    "/inspiration/watching": ("/inspiration/watching",),
    "/inspiration/works/{name}": ("/inspiration/works/{work}",),
    "/inspiration/works/{name}/similar": ("/inspiration/works/{work}/similar",),
    "/keys": ("/keys",),
    "/keys/{key_id}": ("/keys/{key}",),
    "/link/{code}": ("/link/{link}",),
    "/posts/{post_id}": ("/posts/{draft}", "/posts/{scheduled}", "/posts/{failed}", "/posts/{published}"),
    "/posts/{post_id}/more": ("/posts/{draft}/more?template=1",),
    "/published": ("/published",),
    "/published/figures": ("/published/figures",),
    "/review": ("/review",),
    "/review/{post_id}": ("/review/{waiting}",),
    "/scheduled": ("/scheduled",),
    "/search": ("/search?q=harbour", "/search?q=nothinglikethis"),
    "/settings": ("/settings",),
    "/settings/accounts": ("/settings/accounts",),
    "/settings/data": ("/settings/data",),
    "/settings/discord": ("/settings/discord",),
    "/settings/notices": ("/settings/notices",),
    "/settings/sessions": ("/settings/sessions",),
    "/slots": ("/slots",),
    "/spread": ("/spread?ids={draft}",),
    "/templates": ("/templates",),
    "/templates/{id}": ("/templates/1", "/templates/2"),
    "/trash": ("/trash",),
    "/upload": ("/upload",),
    "/webhooks": ("/webhooks",),
    "/webhooks/{webhook_id}": ("/webhooks/1",),
}
FOR_STRANGERS = {"/signin": "/signin", "/invite/{token}": "/invite/{invite}"}
# Pieces of pages, pictures, files, redirections and what programs read.
NO_PAGES = {
    "/accounts.css",
    "/admin",
    "/admin/backups-progress",
    "/admin/backups/{name}",
    "/auth/deviantart",
    "/auth/deviantart/callback",
    "/calendar.ics",
    "/calendar/events",
    "/calendar/faint",
    "/calendar/shades",
    "/connect/{key_id}/calls",
    "/exclusives/{id}/screenshot",
    "/favicon.ico",
    "/files/{id}",
    "/files/{id}/thumb",
    "/health",
    "/inspiration/works/{name}/download",
    "/inspiration/works/{name}/thumb",
    "/live",
    "/metrics",
    "/nav/pause",
    "/nav/{name}",
    "/posts/{post_id}/candidates",
    "/posts/{post_id}/row",
    "/posts/{post_id}/side",
    "/posts/{post_id}/when",
    "/ready",
    "/review/{post_id}/twins",
    "/static/{name}",
    "/upload/known",
    "/upload/twins/{post_id}",
}
# The theme changes colours and nothing else.
COLOURS = ("color-contrast",)


def looked_at(app: AppHarness) -> set[str]:
    """Every route that a browser may open, its patterns left out."""
    routes = web_application(app.app).router.routes()
    paths = {route.resource.canonical for route in routes if route.resource and route.method == "GET"}
    return {path for path in paths if not path.startswith("/api/")}


async def troubles(house: House, page: Page, path: str) -> list[str]:
    answer = await page.goto(path)
    if answer is None or answer.status != 200:
        return [f"{path} answered {answer and answer.status}"]
    found = [f"{path} {problem}" for problem in await house.axe(page)]
    if await page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{path} scrolls sideways")
    await page.emulate_media(color_scheme="dark")
    found += [f"{path} in the dark: {problem}" for problem in await house.axe(page, only=COLOURS)]
    await page.emulate_media(color_scheme="light")
    return found


async def test_every_route_is_looked_at_or_is_no_page(house: House) -> None:
    assert looked_at(house.app) == {*PAGES, *FOR_STRANGERS, *NO_PAGES}


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
