"""The post's own page in a real browser: its schedule box, folders, files, and what can be copied."""

import re

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.house import DESK, PHONE, UNSTICK, House, eventually
from tests.support.app import Caller
from tests.support.pictures import a_png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_time_in_words_is_said_exactly_while_it_is_typed(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    post = await house.draft(mira)
    await page.goto(f"/posts/{post['id']}")
    said = page.locator("#when-said")

    await page.get_by_label("or in words").press_sequentially("24 dec 2026 6pm")
    await expect(said).to_contain_text("Thu 24 Dec 2026 18:00")
    await page.get_by_label("Time zone").fill("Asia/Tokyo")
    await page.keyboard.press("Tab")
    await expect(said).to_contain_text("in Asia/Tokyo; for you Thu 24 Dec 2026 09:00")
    await page.get_by_label("or in words").fill("tomorow")
    await expect(said).to_contain_text("is not a time I understand")
    await page.get_by_label("or in words").fill("24 dec 2026 6pm")
    await page.keyboard.press("Enter")

    await expect(page.locator("#toasts")).to_contain_text("goes out")
    assert (await house.post(mira, post["id"]))["due_at"] == "2026-12-24T09:00:00Z"


async def a_post_of_several(mira: Caller, count: int = 3) -> tuple[str, list[str]]:
    form = aiohttp.FormData({"title": "Several"})
    for number in range(count):
        form.add_field("file", a_png(64 + 8 * number, 64), filename=f"take-{number}.png", content_type="image/png")
    made = await mira.post("/api/posts", data=form)
    assert made.status == 201, made.text
    return made.body["id"], [file["id"] for file in made.body["files"]]


async def order_of(house: House, mira: Caller, post_id: str) -> list[str]:
    return [file["id"] for file in (await house.post(mira, post_id))["files"]]


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_pictures_are_put_in_order_with_keys_without_losing_what_is_typed(house: House, width: int) -> None:
    page, mira = await house.artist(width=width)
    post_id, (one, two, three) = await a_post_of_several(mira)
    await page.goto(f"/posts/{post_id}")
    await page.get_by_label("Title").fill("Half a thou")

    await page.get_by_role("button", name="Move take-0.png: use the arrow keys").focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#say")).to_have_text("take-0.png: position 3 of 3")
    await eventually_ordered(house, mira, post_id, [two, three, one])
    await page.locator(f"#file-{two}").get_by_role("button", name="Only this one").press("Enter")
    await expect(page.locator(".files-head")).to_contain_text("Only “take-1.png” goes out")

    await expect(page.get_by_label("Title")).to_have_value("Half a thou")
    assert not await page.get_by_text("changed elsewhere").is_visible()
    await page.keyboard.press("Control+s")
    await expect(page.locator("h1")).to_have_text("Half a thou")
    assert await house.axe(page) == []


async def eventually_ordered(house: House, mira: Caller, post_id: str, wanted: list[str]) -> None:
    async def is_so() -> bool:
        return await order_of(house, mira, post_id) == wanted

    await eventually(is_so)


async def test_pictures_are_dragged_added_and_removed(house: House) -> None:
    page, mira = await house.artist()
    post_id, (one, two, three) = await a_post_of_several(mira)
    await page.goto(f"/posts/{post_id}")
    start = await page.locator(f"#file-{three} .grip").bounding_box()
    goal = await page.locator(f"#file-{one} .grip").bounding_box()
    assert start and goal

    await page.mouse.move(start["x"] + 12, start["y"] + 12)
    await page.wait_for_function("() => window.Sortable")  # fetched when somebody comes near
    await page.mouse.down()
    await page.mouse.move(start["x"] - 60, start["y"] + 10, steps=6)
    await page.mouse.move(goal["x"] - 8, goal["y"] + 10, steps=12)
    await page.mouse.up()
    await eventually_ordered(house, mira, post_id, [three, one, two])

    await page.get_by_label("Title").fill("Kept while files change")
    await page.locator("#add-file").set_input_files(
        {"name": "more.png", "mimeType": "image/png", "buffer": a_png(48, 48)}
    )
    await expect(page.locator(".file")).to_have_count(4)
    await page.locator(f"#file-{one} summary").click()
    await page.locator(f"#file-{one}").get_by_role("button", name="Remove this picture").click()

    await expect(page.locator(".file")).to_have_count(3)
    await expect(page.get_by_label("Title")).to_have_value("Kept while files change")
    assert await page.locator("#add-file").input_value() == ""


async def test_pictures_leave_as_they_are_chosen_and_again_after_a_lost_connection(house: House) -> None:
    page, mira = await house.artist(width=PHONE)
    post = await house.draft(mira)
    await page.goto(f"/posts/{post['id']}")
    picture = {"name": "more.png", "mimeType": "image/png", "buffer": a_png(48, 48)}
    again = page.get_by_role("button", name="Try again")
    await expect(again).to_be_hidden()

    house.expected.add("net::ERR_FAILED")
    await page.route("**/files", lambda route: route.abort())
    async with page.expect_file_chooser() as chosen:
        await page.locator("label", has_text="Add pictures").locator("visible=true").click()
    await (await chosen.value).set_files(picture)
    await expect(page.locator("#toasts")).to_contain_text("The connection was lost.")
    await page.unroute("**/files")
    await again.press("Enter")

    await expect(page.locator(".file")).to_have_count(2)
    await expect(again).to_be_hidden()


async def test_prompt_and_seed_are_copied_with_one_press(house: House) -> None:
    page, mira = await house.artist()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    form = aiohttp.FormData({"title": "A fox"})
    told = "a <b>fox</b>\nin the snow\nNegative prompt: lowres\nSteps: 28, Seed: 123456789, Model: fox"
    form.add_field("file", a_png(64, texts={"parameters": told}), filename="fox.png", content_type="image/png")
    made = await mira.post("/api/posts", data=form)
    await page.goto(f"/posts/{made.body['id']}")

    assert await house.axe(page) == []
    await page.get_by_role("button", name="Copy the prompt").click()
    await expect(page.locator("#toasts")).to_contain_text("Copied")
    assert await page.evaluate("() => navigator.clipboard.readText()") == "a <b>fox</b>\nin the snow"
    await page.get_by_role("button", name="Copy the seed").press("Enter")
    await page.wait_for_function("async () => await navigator.clipboard.readText() === '123456789'")


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_what_will_be_stored_follows_the_typing_and_a_template_goes_into_the_form(
    house: House, width: int
) -> None:
    page, mira = await house.artist(width=width)
    post = await house.draft(mira)
    base = {"kind": "tags", "name": "Base", "body": "Night market, lanterns"}
    assert (await mira.post("/api/templates", json=base)).status == 201
    await page.goto(f"/posts/{post['id']}")

    await page.get_by_label("Title").fill("A title that is a good deal longer than the fifty signs there are")
    await expect(page.locator("#stored-title")).to_contain_text(
        "DeviantArt keeps “A title that is a good deal longer"
    )
    await page.get_by_label("Description").fill("1 < 2\nline")
    await page.get_by_text("What DeviantArt gets").click()
    await expect(page.locator("#stored-description pre")).to_have_text("1 &lt; 2<br />\nline")
    await page.get_by_label("Tags", exact=True).fill("!!!")
    await expect(page.locator("#stored-tags")).to_contain_text("Nothing of “!!!” can be in a tag.")
    await page.get_by_label("Tags", exact=True).fill("one tag")
    await page.get_by_text("Insert a template").press("Enter")
    await page.get_by_label("Template", exact=True).select_option(label="Base (tags)")
    await expect(page.locator("#insert-tags li")).to_have_text(["Night market", "lanterns"])
    await page.get_by_role("button", name="Insert").press("Enter")

    await expect(page.get_by_label("Tags", exact=True)).to_have_value("one tag, Night market, lanterns")
    await expect(page.locator("#stored-tags li")).to_have_text(["one_tag", "Night_market", "lanterns"])
    assert (await house.post(mira, post["id"]))["tags"] == post["tags"], "nothing is saved by it"
    await page.evaluate(UNSTICK)
    assert await house.axe(page) == []
    assert not await page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")


async def test_saving_stays_on_the_page_and_an_action_takes_what_is_typed_along(house: House) -> None:
    house.expected.update({401, 403, 422, "net::ERR_INTERNET_DISCONNECTED"})
    page, mira = await house.artist()
    post = await house.draft(mira)
    await page.goto(f"/posts/{post['id']}")
    title, notes = page.get_by_label("Title"), page.get_by_label("Private notes")

    # Saved where one is: focus and place stay, and the page's own change is no news.
    await title.fill("Written first")
    await notes.fill("Mine")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_contain_text("Saved")
    await expect(page.locator("h1")).to_have_text("Written first")
    await expect(page).to_have_title("Written first · Isekai")
    await expect(notes).to_be_focused()
    await expect(page.locator("#history")).to_contain_text("title")
    await expect(page.locator("#news-words")).to_be_empty()

    # Its message takes it back, and the history takes that back.
    await page.locator("#toasts").get_by_role("button", name="Undo").click()
    await expect(title).to_have_value(post["title"])
    await expect(page.locator("#history li").first).to_contain_text("Edit taken back")
    await page.locator("#history li").first.get_by_role("button", name="Take back").click()
    await expect(title).to_have_value("Written first")
    await expect(notes).to_have_value("Mine")

    # Without a network nothing is lost. What looks at each letter that is typed fails in silence.
    await page.context.set_offline(True)
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/stored")):
        await title.fill("Written second")
        await page.keyboard.press("Control+s")
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    await expect(page.locator("#toasts")).to_contain_text("What you typed is still here")
    await expect(page.locator("[data-dirty]")).to_be_visible()
    await page.context.set_offline(False)

    # Nor where the session has ended: signed in anew elsewhere, it is saved from here.
    await mira.post("/auth/logout")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_contain_text("You are signed out")
    mira = await house.signs_in_again(page)
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_contain_text("Saved")

    # Scheduled with what stands in the form.
    await notes.fill("Mine alone")
    await page.get_by_label("or in words").fill("in 3 days")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("goes out")
    saved = await house.post(mira, post["id"])
    assert (saved["status"], saved["title"], saved["notes"]) == ("scheduled", "Written second", "Mine alone")

    # What is refused is told beside its field, which has the focus; the address can be asked for again.
    await page.get_by_label("Description").fill("d" * 64_001)
    await page.keyboard.press("Control+s")
    await expect(page.locator("#e-description")).to_contain_text("64,000 fit")
    await expect(page.get_by_label("Description")).to_be_focused()
    await page.get_by_label("Description").fill("Shorter")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#toasts")).to_contain_text("Saved")
    assert (await house.post(mira, post["id"]))["description"] == "Shorter"


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_link_is_pasted_by_keys_while_others_change_the_post_and_is_taken_back(
    house: House, width: int
) -> None:
    page, mira = await house.artist(width=width)
    post = await house.draft(mira)
    assert house.app.app.sandbox is not None
    link = f"{house.app.app.sandbox.base_url}/mira/art/by-hand-77"
    await page.goto(f"/posts/{post['id']}")
    await page.get_by_text("Published it yourself?").press("Enter")
    await page.get_by_label("Its address on DeviantArt").fill(link[:-2])

    named = {"version": post["version"], "title": "From a program"}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=named)).status == 200
    await expect(page.locator("h1")).to_have_text("From a program")
    await expect(page.locator("#history")).to_contain_text("Edited: title.")
    await expect(page.get_by_label("Its address on DeviantArt")).to_have_value(link[:-2])
    await page.get_by_label("Its address on DeviantArt").press("End")
    await page.keyboard.type(link[-2:])
    await page.keyboard.press("Enter")

    await expect(page.locator("#side .state").first).to_have_text(re.compile("Published"))
    await expect(page.get_by_role("link", name="See it on DeviantArt")).to_have_attribute("href", link)
    assert await house.axe(page) == []
    await page.locator("#toasts").get_by_role("button", name="Undo").press("Enter")
    await expect(page.locator("#side .state").first).to_have_text(re.compile("Draft"))


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_the_longest_title_stays_within_the_page_and_leaves_room_for_the_picture(
    house: House, width: int
) -> None:
    page, mira = await house.artist(width=width)
    waiting = (await house.posts(mira, "review"))[0]
    draft = await house.draft(mira)
    for post, title in ((waiting, "Z\u0351\u036b" * 160), (draft, "x" * 500)):
        now = await house.post(mira, post["id"])
        long = {"version": now["version"], "title": title}
        assert (await mira.patch(f"/api/posts/{post['id']}", json=long)).status == 200

    for path in (f"/posts/{draft['id']}", f"/review/{waiting['id']}", f"/posts/{waiting['id']}", "/", "/drafts"):
        await page.goto(path)
        assert await page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, path
        tallest = await page.evaluate("() => document.querySelector('main h1').getBoundingClientRect().height")
        assert tallest < 180, path
