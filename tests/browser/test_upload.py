"""Uploading from the browser: chosen, dropped, pasted, refused."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.support.pictures import a_png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_chosen_files_go_to_review_each_with_its_progress(house: House, tmp_path: Path) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    files = [tmp_path / f"fox-{number}.png" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(a_png(32 + number, 32))
    await page.goto("/upload")

    await page.locator("#file").set_input_files(files)
    await page.locator("#upload-form").get_by_role("button", name="Upload").click()

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
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()


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


async def test_a_picture_pasted_anywhere_is_uploaded(house: House) -> None:
    page, mira = await house.artist()
    before = len(await house.posts(mira, "review"))
    await page.goto("/drafts")

    await page.evaluate(
        """(bytes) => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
        }""",
        list(a_png(40, 40)),
    )

    await expect(page.locator(".tray a", has_text="In Review")).to_be_visible()
    assert len(await house.posts(mira, "review")) == before + 1
