"""A picture waits, is approved, edited and goes public: with and without scripts, on a phone and on a desk."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import DESK, PHONE, House, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_picture_goes_from_review_to_deviantart(house: House, width: int, scripts: bool) -> None:
    page = await house.visitor(width=width, scripts=scripts)

    await sign_in(page, "mira")
    await approve_the_first(page, scripts=scripts)
    await rename_the_draft(page, "Paper lanterns", tags="night market, lanterns")
    await publish_now(page)
    await see_it_published(page, "Paper lanterns", scripts=scripts)


async def sign_in(page: Page, artist: str) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Sign in with DeviantArt").click()
    await page.get_by_role("button", name=re.compile(artist)).click()
    await expect(page.get_by_text("Nothing here reaches the real DeviantArt")).to_be_visible()


async def approve_the_first(page: Page, *, scripts: bool) -> None:
    await page.goto("/review")
    first = page.locator(".shot").first
    await first.get_by_role("button", name=re.compile("Approve")).click()
    await expect(page.locator("#toasts")).to_contain_text("is approved and in Drafts")
    if scripts:
        await expect(page.locator("#rail-nav, #tabs-nav").first).to_be_attached()


async def rename_the_draft(page: Page, title: str, *, tags: str) -> None:
    await page.goto("/drafts")
    await page.locator(".row .name").first.click()
    await page.get_by_label("Title").fill(title)
    await page.locator("#f-tags").fill(tags)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("h1")).to_have_text(title)
    await expect(page.locator("#stored-tags")).to_contain_text("night_market")


async def publish_now(page: Page) -> None:
    await page.locator(".page-head").get_by_role("button", name="Publish now").click()
    await expect(page.locator("#toasts")).to_contain_text("is on its way to DeviantArt")


async def see_it_published(page: Page, title: str, *, scripts: bool) -> None:
    """With scripts the page turns by itself; without them one loads it again."""
    state = page.locator("#side .state").first

    async def is_published() -> bool:
        await page.reload()
        return await state.inner_text() == "Published"

    if scripts:
        await expect(state).to_have_text("Published", timeout=20_000)
    else:
        await eventually(is_published)
    await expect(page.locator("h1")).to_have_text(title)
    await page.goto("/published")
    await page.locator(".row .name").first.click()
    link = page.get_by_role("link", name="See it on DeviantArt")
    await expect(link).to_have_attribute("href", re.compile(r"^http://127\.0\.0\.1:\d+/.*/art/"))


async def test_a_refused_time_keeps_what_was_typed_and_stands_beside_its_field(house: House) -> None:
    house.expected.add(422)
    page, mira = await house.artist()
    draft = await house.draft(mira)
    await page.goto(f"/posts/{draft['id']}")

    await page.locator("#f-local").fill("2020-01-01T09:00")
    await page.locator("#schedule").get_by_role("button", name="Schedule").click()

    await expect(page.locator("#e-local")).to_have_text("This time is in the past.")
    await expect(page.locator("#f-local")).to_have_value("2020-01-01T09:00")


async def test_many_are_rejected_at_once_and_brought_back(house: House) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    await page.goto("/review")

    await page.locator(".shot").first.hover()
    await page.locator(".shot input[name=ids]").first.check()
    await page.get_by_role("button", name="Select all on this page").click()
    await page.locator("#bulk").get_by_role("button", name="Reject").click()
    await expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    await expect(page.locator(".shot")).to_have_count(before)


async def test_a_hostile_title_is_shown_as_text(house: House) -> None:
    page, mira = await house.artist()
    draft = await house.draft(mira)
    hostile = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    answer = await mira.patch(
        f"/api/posts/{draft['id']}", json={"version": draft["version"], "title": hostile, "tags": ["<b>x</b>"]}
    )
    assert answer.status == 200

    for path in ("/drafts", f"/posts/{draft['id']}", "/calendar", "/search?q=img"):
        await page.goto(path)
        await expect(page.get_by_text(hostile).or_(page.locator(f"[title='{draft['id']}']")).first).to_be_attached()
