"""Review by keyboard: approve, reject with Undo, move, open, choose the best of a batch."""

import io

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.house import DESK, PHONE, House, eventually
from tests.support.app import Caller

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_keys_approve_reject_and_undo(house: House) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    await page.goto("/review")
    await expect(page.locator(".shot")).to_have_count(before)

    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(page.locator(".shot")).to_have_count(before - 1)
    await expect(page.locator("#toasts")).to_contain_text("is approved")
    await page.keyboard.press("r")
    await expect(page.locator(".shot")).to_have_count(before - 2)
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    await expect(page.locator(".shot")).to_have_count(before - 1)
    assert len(await house.posts(mira, "draft")) == 1
    assert len(await house.posts(mira, "discarded")) == 0


async def test_keys_move_select_and_open(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/review")

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = page.locator(".shot").nth(1)
    await expect(second).to_have_class("shot r-" + (await second.get_attribute("class") or "").split("r-")[1])
    await page.keyboard.press("x")
    await expect(page.locator("#bulk")).to_contain_text("1 selected")
    await page.keyboard.press("Escape")
    await expect(page.locator("#bulk")).to_be_hidden()
    await page.keyboard.press("Enter")

    await expect(page.locator("#single")).to_be_visible()


async def test_deciding_on_the_single_view_leads_on_with_undo_at_hand(house: House) -> None:
    page, mira = await house.artist()
    newest = (await house.posts(mira, "review"))[0]
    await page.goto(f"/review/{newest['id']}")

    await page.keyboard.press("r")
    await expect(page.locator("#single")).not_to_have_attribute("data-post", newest["id"])
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    # Taken back, it is the picture at hand again; Escape leads to where it stands among the others.
    await expect(page.locator("#single")).to_have_attribute("data-post", newest["id"])
    await expect(page.locator("#toasts")).to_contain_text("back in Review")
    await house.until_status(mira, newest["id"], "review")
    await expect(page.locator(".place")).to_contain_text("1 of 8")
    await page.keyboard.press("Escape")
    await expect(page.locator(f"#post-{newest['id']} [data-open]")).to_be_focused()


async def test_a_number_keeps_one_of_a_batch_and_rejects_the_rest(house: House) -> None:
    page, mira = await house.artist()
    ids = await a_batch(mira, 3)
    await page.goto(f"/review/{max(ids, key=int)}")
    await expect(page.locator("[data-batch-pick]")).to_have_count(3)

    await page.keyboard.press("2")
    await expect(page.locator("#toasts")).to_contain_text("2 posts rejected")

    statuses = [(await house.post(mira, post_id))["status"] for post_id in sorted(ids, key=int)]
    assert statuses == ["discarded", "draft", "discarded"]
    # It leads on to a picture that waits, not to one that was just rejected.
    await expect(page.locator("#single .decide")).to_contain_text("Approve")
    await expect(page.locator(".place")).to_contain_text("1 of 8")


async def a_batch(mira: Caller, count: int) -> list[str]:
    """Pictures that arrived together."""
    form = aiohttp.FormData()
    for number in range(count):
        drawn = io.BytesIO()
        Image.new("RGB", (64 + number, 64), (40 * number, 90, 120)).save(drawn, "PNG")
        form.add_field("file", drawn.getvalue(), filename=f"take-{number}.png", content_type="image/png")
    answer = await mira.post("/api/comfyui/upload", data=form)
    assert answer.status == 201, answer.text
    return [item["id"] for item in answer.body["items"]]


async def test_the_question_mark_lists_keys_and_escape_closes_it(house: House) -> None:
    page, _ = await house.artist()
    await page.goto("/")

    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Reject, one or all")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("g")
    await page.keyboard.press("r")

    await expect(page).to_have_url(f"{house.app.url}/review")


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_twins_are_compared_zoomed_and_decided_with_keys(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    one, two, _ = await a_batch(mira, 3)
    await page.goto(f"/review/{one}/beside/{two}")
    stages = page.locator("[data-stage]")

    await page.keyboard.press("z")
    await expect(stages.nth(0)).to_have_class("stage zoomed")
    await expect(stages.nth(1)).to_have_class("stage zoomed")
    await page.keyboard.press("z")
    await expect(stages.nth(1)).to_have_class("stage")
    assert await house.axe(page) == []
    assert not await page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
    await page.keyboard.press("1")
    await expect(page.locator("#toasts")).to_contain_text("is in the trash")
    assert (await house.post(mira, two))["status"] == "discarded"
    await page.locator("#toasts").get_by_role("button", name="Undo").click()

    await expect(page.locator("#toasts")).to_contain_text("Both are back")
    assert [(await house.post(mira, post))["status"] for post in (one, two)] == ["review", "review"]


async def test_the_single_view_shows_a_queued_twin_and_leads_to_it(house: House) -> None:
    page, mira = await house.artist()
    one, two = await a_batch(mira, 2)
    when = {"local": "2027-03-01T18:00", "time_zone": "UTC"}
    assert (await mira.post(f"/api/posts/{two}/schedule", json=when)).status == 200

    async def has_twin() -> bool:  # once both pictures have been looked at
        return "Compare side by side" in (await mira.get(f"/review/{one}/twins")).text

    await eventually(has_twin)
    await page.goto(f"/review/{one}")
    await page.get_by_role("link", name="Compare side by side").click()

    await expect(page.locator("h1")).to_have_text("Side by side")
    await expect(page.get_by_role("button", name="Keep both")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_picture_is_scheduled_in_words_without_leaving_review(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    posts = [post["id"] for post in await house.posts(mira, "review")]
    for post in posts[:2]:
        seen = (await house.post(mira, post))["version"]
        assert (await mira.patch(f"/api/posts/{post}", json={"is_mature": False, "version": seen})).status == 200
    await page.goto("/review")
    # Side by side on a phone, too, in fields of one size; the samples hold none much wider than high.
    boxes = [await page.locator(".shot .thumb").nth(number).bounding_box() for number in range(2)]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]  # type: ignore[index]
    house.expected.add(422)
    dialog = page.get_by_role("dialog", name="Schedule")

    await page.keyboard.press("j")
    await page.keyboard.press("s")
    await page.keyboard.type("tomorow")
    await expect(dialog.get_by_text("is not a time I understand")).to_be_visible()
    await page.keyboard.press("Enter")
    assert await house.axe(page) == []
    await dialog.get_by_label("or on the clock").fill("2020-01-01T10:00")
    await page.keyboard.press("Enter")
    await expect(dialog.locator(".not-understood")).to_contain_text("past")
    await dialog.get_by_role("button", name="Tomorrow 18:00").click()
    await expect(dialog.locator(".understood")).to_contain_text("18:00")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("goes out tomorrow 18:00")
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".shot")).to_have_count(len(posts) - 1)
    await page.keyboard.press("Control+z")
    await expect(page.locator(".shot")).to_have_count(len(posts))

    await page.goto(f"/review/{posts[0]}")
    await page.keyboard.press("s")
    await page.keyboard.type("tomorrow 20:00")
    await expect(dialog.locator(".understood")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{house.app.url}/review/{posts[1]}")
    await expect(page.locator("#toasts")).to_contain_text("goes out tomorrow 20:00")


@pytest.mark.parametrize("view", ["grid", "single"])
async def test_every_key_of_review_works(house: House, view: str) -> None:
    page, mira = await house.artist()
    posts = [post["id"] for post in await house.posts(mira, "review")]

    async def begin() -> None:
        await page.goto("/review" if view == "grid" else f"/review/{posts[1]}")
        if view == "grid":
            await page.keyboard.press("j")
            await page.keyboard.press("ArrowRight")

    await begin()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("a")  # rests while the list is open
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("e")
    await expect(page).to_have_url(f"{house.app.url}/posts/{posts[1]}")
    await begin()
    await page.keyboard.press("s")
    await expect(page.get_by_role("dialog", name="Schedule")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await begin()
    for key, at in (("k", 0), ("j", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        await page.keyboard.press(key)
        if view == "grid":
            await expect(page.locator(".shot.is-current")).to_have_attribute("data-post", posts[at])
        else:
            await expect(page.locator("#single")).to_have_attribute("data-post", posts[at])
    await page.keyboard.press("a")
    await house.until_status(mira, posts[1], "draft")
    if view == "single":
        await expect(page.locator("#single")).to_have_attribute("data-post", posts[2])
    await page.keyboard.press("r")
    await expect(page.locator("#toasts")).to_contain_text("is rejected")
    await house.until_status(mira, posts[2], "discarded")


async def test_a_number_picks_from_a_batch_in_the_grid(house: House) -> None:
    page, mira = await house.artist()
    ids = await a_batch(mira, 3)
    await page.goto("/review")
    for place, post_id in enumerate(ids, start=1):  # as one at a time shows them
        await expect(page.locator(f"#post-{post_id} .nth")).to_have_text(str(place))
    await page.locator(f"#post-{ids[0]} [data-open]").focus()

    await page.keyboard.press("1")

    await expect(page.locator("#toasts")).to_contain_text("2 posts rejected")
    await expect(page.locator(f"#post-{ids[1]}")).to_have_count(0)
    await house.until_status(mira, ids[0], "draft")
    await page.keyboard.press("Control+z")
    await expect(page.locator("#toasts")).to_contain_text("wait for review again")
    assert [(await house.post(mira, post_id))["status"] for post_id in ids] == ["review"] * 3


async def test_with_pictures_selected_keys_are_for_all_of_them(house: House) -> None:
    page, mira = await house.artist()
    posts = [post["id"] for post in await house.posts(mira, "review")]
    await page.goto("/review")

    # Two are selected, a third is current.
    for key in ("j", "x", "j", "x", "j", "t"):
        await page.keyboard.press(key)
    await expect(page.locator("#bulk-tags")).to_be_focused()
    await page.keyboard.type("dusk")
    await page.keyboard.press("Enter")  # tags alone: nothing is approved by it
    await expect(page.locator("#toasts")).to_contain_text("2 posts")
    assert {(await house.post(mira, post))["status"] for post in posts} == {"review"}
    await expect(page.locator("#bulk")).to_contain_text("2 selected")  # still, for what follows
    await page.keyboard.press("a")
    await expect(page.locator("#toasts")).to_contain_text("2 posts approved")
    assert [(await house.post(mira, post))["tags"] for post in posts[:2]] == [["dusk"]] * 2
    assert [(await house.post(mira, post))["status"] for post in posts[:3]] == ["draft", "draft", "review"]

    for key in ("j", "x", "j", "x", "j", "r"):
        await page.keyboard.press(key)
    await expect(page.locator("#toasts")).to_contain_text("2 posts rejected")
    assert [(await house.post(mira, post))["status"] for post in posts[2:5]] == ["discarded", "discarded", "review"]
