"""Uploading from the browser: chosen, dropped, pasted, refused."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.house import DESK, PHONE, House
from tests.support.pictures import a_png, noise_png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_chosen_files_go_to_review_each_with_its_progress(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    files = [tmp_path / f"fox-{number}.png" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(a_png(32 + number, 32))
    await page.goto("/upload")

    await page.locator("#file").set_input_files(files)
    await expect(page.locator("#uploads img")).to_have_count(3)
    await page.locator("#upload-form").get_by_role("button", name="Upload 3 files").click()

    await expect(page.locator("#uploads a", has_text="In Review")).to_have_count(3)
    assert len(await house.posts(mira, "review")) == before + 3


async def test_a_file_that_is_no_picture_is_refused_with_the_reason(house: House, tmp_path: Path) -> None:
    house.expected.update({415, 422})
    page, _ = await house.artist()
    wrong = tmp_path / "notes.png"
    wrong.write_text("these are words")
    await page.goto("/upload")

    await page.locator("#file").set_input_files(wrong)
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

    await expect(page.locator("#uploads .said.bad")).not_to_be_empty()
    await expect(page.get_by_role("button", name="Retry: notes.png")).to_be_visible()


async def test_what_cannot_be_sent_is_not_counted_and_a_double_names_the_other(house: House, tmp_path: Path) -> None:
    page, _ = await house.artist()
    names = {"fox.png": a_png(32, 32), "fox-again.png": a_png(32, 32), "mural.png": noise_png(300, 300)}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)

    async def smaller(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**await answer.json(), "max_bytes": len(names["mural.png"]) - 1})

    await page.route("**/upload/known**", smaller)
    await page.goto("/upload")
    await page.locator("#file").set_input_files([tmp_path / name for name in names])

    await expect(page.locator("#uploads")).to_contain_text(
        "The same picture as fox.png, which is in this list already."
    )
    await page.locator("#upload-form").get_by_role("button", name="Upload 1 file").click()

    await expect(page.locator("#upload-count")).to_contain_text("1 of 1 file,")
    await expect(page.locator("#say")).to_have_text("1 uploaded, 1 needs you.")


async def test_uploading_works_without_scripts(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist(scripts=False)
    picture = tmp_path / "quiet-fox.png"
    picture.write_bytes(a_png(48, 32))
    await page.goto("/upload")

    await page.locator("#file").set_input_files(picture)
    await page.get_by_label("Tags").fill("fox, night market")
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

    await expect(page).to_have_url(re.compile("/review$"))
    newest = (await house.posts(mira, "review"))[0]
    assert newest["tags"] == ["fox", "night market"]


async def paste(page: Page, picture: bytes) -> None:
    await page.evaluate(
        """(bytes) => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
        }""",
        list(picture),
    )


async def test_a_picture_pasted_anywhere_is_uploaded(house: House) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    await page.goto("/drafts")

    await paste(page, a_png(40, 40))

    await expect(page.locator(".tray .uploads a", has_text="In Review")).to_be_visible()
    await expect(page.get_by_role("link", name="See it in Review")).to_be_visible()
    assert len(await house.posts(mira, "review")) == before + 1


async def test_made_with_ai_begins_as_it_was_last_sent_also_for_what_is_pasted_elsewhere(
    house: House, tmp_path: Path
) -> None:
    page, mira = await house.artist()
    box = page.get_by_label("Made with AI")
    for number, wanted in enumerate((False, True)):
        (tmp_path / f"fox-{number}.png").write_bytes(a_png(40 + number, 32))
        await page.goto("/upload")
        await expect(box).to_be_checked(checked=number == 0)
        await box.set_checked(wanted)
        await page.locator("#file").set_input_files(tmp_path / f"fox-{number}.png")
        await page.locator("#upload-form").get_by_role("button", name="Upload 1 file").click()
        await expect(page.locator("#uploads a", has_text="In Review")).to_be_visible()
        assert (await house.posts(mira, "review"))[0]["is_ai_generated"] is (True if wanted else None)

    await page.goto("/drafts")
    await paste(page, a_png(50, 50))
    await expect(page.locator(".tray .uploads a", has_text="In Review")).to_be_visible()
    assert (await house.posts(mira, "review"))[0]["is_ai_generated"] is True


async def test_a_dropped_folder_gives_the_pictures_in_it_and_below(house: House) -> None:
    page, mira = await house.artist()
    await page.goto("/drafts")

    await page.evaluate(
        """([one, two]) => {
            const entry = (name, bytes, type) => {
                const file = new File([new Uint8Array(bytes)], name, { type });
                return { name, file: (take) => take(file) };
            };
            const folder = (name, inside) => ({
                name, isDirectory: true,
                createReader: () => {
                    const left = [inside, []];
                    return { readEntries: (take) => take(left.shift()) };
                },
            });
            const below = folder("below", [entry("owl.png", two, "image/png"), entry("Thumbs.db", [1], "")]);
            const hidden = entry(".hidden.png", one, "image/png");
            const dropped = folder("art", [entry("fox.png", one, "image/png"), hidden, below]);
            const carried = { types: ["Files"], files: [], items: [{ webkitGetAsEntry: () => dropped }] };
            const event = new Event("drop", { bubbles: true, cancelable: true });
            Object.defineProperty(event, "dataTransfer", { value: carried });
            document.dispatchEvent(event);
        }""",
        [list(a_png(40, 40)), list(a_png(41, 40))],
    )

    await expect(page.locator(".tray .name")).to_have_text(["fox.png", "owl.png"])
    await expect(page.get_by_role("link", name="See them in Review")).to_be_visible()
    assert {post["title"] for post in (await house.posts(mira, "review"))[:2]} == {"fox", "owl"}


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_what_is_here_already_is_told_before_it_is_sent(house: House, tmp_path: Path, width: int) -> None:
    page, mira = await house.artist(width=width)
    picture, twice = tmp_path / "fox.png", tmp_path / "fox-again.png"
    picture.write_bytes(a_png(64, 48))
    twice.write_bytes(a_png(64, 48))
    await page.goto("/upload")
    await page.locator("#file").set_input_files(picture)
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()
    await expect(page.locator("#uploads a", has_text="In Review")).to_be_visible()
    count = len(await house.posts(mira, "review"))

    await page.goto("/upload")
    await page.locator("#file").set_input_files(twice)

    await expect(page.locator("#uploads")).to_contain_text("You already have this: fox, Review")
    assert await house.axe(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Send anyway").click()
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()
    await expect(page.locator("#uploads a", has_text="In Review")).to_be_visible()
    assert len(await house.posts(mira, "review")) == count + 1


async def test_a_file_beside_a_picture_fills_it_in(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist()
    (tmp_path / "fox.png").write_bytes(a_png(70, 48))
    (tmp_path / "fox.txt").write_text("A fox at dusk\nWalking home #fox #dusk")
    (tmp_path / "lonely.json").write_text("{}")
    await page.goto("/upload")

    await page.locator("#file").set_input_files([tmp_path / name for name in ("fox.png", "fox.txt", "lonely.json")])
    await expect(page.locator("#uploads")).to_contain_text("With fox.txt")
    await expect(page.locator("#uploads")).to_contain_text("no picture here that this could describe")
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

    await expect(page.locator("#uploads a", has_text="In Review")).to_be_visible()
    newest = (await house.posts(mira, "review"))[0]
    assert (newest["title"], newest["description"], newest["tags"]) == (
        "A fox at dusk",
        "Walking home",
        ["fox", "dusk"],
    )


async def test_several_pictures_become_one_draft(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist(width=PHONE)
    files = [tmp_path / f"page-{number}.png" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(a_png(80 + number, 48))
    await page.goto("/upload")

    await page.locator("#file").set_input_files(files)
    await page.get_by_label("Several pictures are").select_option("post")
    await page.get_by_label("They go to").select_option("draft")
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

    await expect(page.locator("#uploads a", has_text="In Drafts")).to_have_count(3)
    drafts = await house.posts(mira, "draft")
    assert [file["name"] for file in drafts[0]["files"]] == ["page-0.png", "page-1.png", "page-2.png"]


async def test_a_lost_connection_resumes_and_doubles_nothing(house: House, tmp_path: Path) -> None:
    house.expected.add("net::ERR_CONNECTION_RESET")
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    files = [tmp_path / f"wave-{number}.png" for number in range(2)]
    for number, file in enumerate(files):
        file.write_bytes(a_png(50 + number, 60))
    answers_lost = 0

    async def lose_the_answer(route: Route) -> None:
        nonlocal answers_lost
        if answers_lost < 1 and route.request.method == "POST":
            answers_lost += 1
            await route.fetch()  # it arrives, and nobody hears of it
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route(re.compile(r"/upload$"), lose_the_answer)
    await page.goto("/upload")

    await page.locator("#file").set_input_files(files)
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

    await expect(page.locator("#uploads a", has_text="In Review")).to_have_count(2)
    assert answers_lost == 1
    assert len(await house.posts(mira, "review")) == before + 2


async def test_a_near_twin_of_what_is_planned_is_pointed_out(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist()
    first = tmp_path / "lake.png"
    first.write_bytes(noise_png(120, 90))
    await page.goto("/upload")
    await page.locator("#file").set_input_files(first)
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()
    await expect(page.locator("#uploads a", has_text="In Review")).to_be_visible()
    lake = (await house.posts(mira, "review"))[0]
    answer = await mira.post(f"/api/posts/{lake['id']}/schedule", json={"when": "in 3 days"})
    assert answer.status == 200, answer.text
    twin = tmp_path / "lake-v2.png"
    twin.write_bytes(first.read_bytes() + b"\0")  # other bytes, the same looks

    await page.goto("/upload")
    await page.locator("#file").set_input_files(twin)
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

    await expect(page.locator("#uploads")).to_contain_text("Looks almost like lake, Scheduled")
