"""Two pictures that look alike, side by side, as a browser without scripts uses it."""

from typing import Any

import aiohttp
import pytest

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png
from tests.support.waiting import eventually
from tests.web.test_planning_pages import send
from web.pages.review_beside import pieces

ALIKE = "a fox, soft light, <b>snow</b>\nNegative prompt: lowres\nSteps: 28, Seed: {seed}, Model: fox"


async def waiting(app: AppHarness, mira: Caller, *seeds: int) -> list[dict[str, Any]]:
    """Pictures in review that differ in their seed and little else."""
    program = await app.program(mira, "upload")
    found = []
    for seed in seeds:
        form = aiohttp.FormData({"title": f"Fox {seed}"})
        drawn = a_png(40 + seed, texts={"parameters": ALIKE.format(seed=seed)})
        form.add_field("file", drawn, filename=f"{seed}.png", content_type="image/png")
        made = await program.post("/api/comfyui/upload", data=form)
        found.append((await mira.get(f"/api/posts/{made.body['id']}")).body)
    return found


async def status_of(mira: Caller, post: dict[str, Any]) -> str:
    return str((await mira.get(f"/api/posts/{post['id']}")).body["status"])


def the_undo(page: str) -> dict[str, str]:
    toast = page.split("data-toast")[1].split("</form>")[0]
    parts = toast.split('type="hidden" name="')[1:]
    return {part.split('"')[0]: part.split('value="')[1].split('"')[0] for part in parts}


async def test_what_differs_is_told_and_what_is_the_same_only_named(app: AppHarness, mira: Caller) -> None:
    one, two = await waiting(app, mira, 1, 2)

    page = (await mira.get(f"/review/{one['id']}/beside/{two['id']}")).text

    assert '<th scope="row">Seed</th><td><mark>1</mark></td><td><mark>2</mark></td>' in page
    assert '<th scope="row">Title</th>' in page
    assert "The same in both:" in page
    assert "prompt" in page.split("The same in both:")[1][:200]
    assert "<b>snow" not in page


@pytest.mark.parametrize(
    ("keep", "after"),
    [("this", ("draft", "discarded")), ("other", ("discarded", "draft")), ("both", ("draft", "draft"))],
)
async def test_keeping_decides_both_and_undo_brings_both_back(
    app: AppHarness, mira: Caller, keep: str, after: tuple[str, str]
) -> None:
    one, two = await waiting(app, mira, 1, 2)
    path = f"/review/{one['id']}/beside/{two['id']}"

    kept = await send(mira, path, {"keep": keep, "version": one["version"], "twin_version": two["version"]})
    assert (await status_of(mira, one), await status_of(mira, two)) == after
    back = await send(mira, f"{path}/undo", the_undo(kept.text))

    assert "Both are back as they were." in back.text
    assert (await status_of(mira, one), await status_of(mira, two)) == ("review", "review")


async def test_a_pair_that_was_kept_is_not_shown_as_near_twins_again(app: AppHarness, mira: Caller) -> None:
    one, two = await waiting(app, mira, 1, 2)
    when = {"local": "2027-03-01T18:30", "time_zone": "Europe/Paris", "jitter_seconds": 0}
    planned = await mira.post(f"/api/posts/{two['id']}/schedule", json=when)
    path = f"/review/{one['id']}/beside/{two['id']}"

    async def is_shown() -> bool:
        return path in (await mira.get(f"/review/{one['id']}/twins")).text

    await eventually(is_shown)
    versions = {"version": one["version"], "twin_version": planned.body["version"]}
    kept = await send(mira, path, {"keep": "both", **versions})
    assert "not shown as near twins again" in kept.text
    assert not await is_shown()

    await send(mira, f"{path}/undo", the_undo(kept.text))
    assert await is_shown()


async def test_a_scheduled_twin_gets_its_time_back_with_undo(app: AppHarness, mira: Caller) -> None:
    one, two = await waiting(app, mira, 1, 2)
    when = {"local": "2027-03-01T18:30", "time_zone": "Europe/Paris", "jitter_seconds": 0}
    planned = await mira.post(f"/api/posts/{two['id']}/schedule", json=when)
    path = f"/review/{one['id']}/beside/{two['id']}"

    kept = await send(
        mira, path, {"keep": "this", "version": one["version"], "twin_version": planned.body["version"]}
    )
    assert await status_of(mira, two) == "discarded"
    await send(mira, f"{path}/undo", the_undo(kept.text))

    back = (await mira.get(f"/api/posts/{two['id']}")).body
    assert (back["status"], back["due_at"]) == ("scheduled", planned.body["due_at"])
    assert await status_of(mira, one) == "review"


async def test_what_is_online_cannot_be_thrown_away_for_its_twin(app: AppHarness, mira: Caller) -> None:
    one, two = await waiting(app, mira, 1, 2)
    await mira.patch(f"/api/posts/{two['id']}", json={"is_mature": False, "version": two["version"]})
    assert (await mira.post(f"/api/posts/{two['id']}/publish", json={})).status == 200
    for _ in range(500):
        if await status_of(mira, two) == "published":
            break
    path = f"/review/{one['id']}/beside/{two['id']}"

    page = (await mira.get(path)).text
    refused = await send(mira, path, {"keep": "this", "version": one["version"]})

    assert "can no longer be rejected" in page
    assert "can no longer be rejected" in refused.text
    assert await status_of(mira, one) == "review"


async def test_a_stale_decision_changes_nothing(app: AppHarness, mira: Caller) -> None:
    one, two = await waiting(app, mira, 1, 2)
    path = f"/review/{one['id']}/beside/{two['id']}"

    refused = await send(mira, path, {"keep": "this", "version": one["version"], "twin_version": 99})

    assert refused.status == 200
    assert (await status_of(mira, one), await status_of(mira, two)) == ("review", "review")
    assert (await mira.get(f"/review/{one['id']}/beside/{one['id']}")).status == 404


def test_only_the_phrases_that_the_other_lacks_are_marked() -> None:
    told = [(piece.text, piece.is_own) for piece in pieces("a fox, snow, dusk", "a fox,dusk, rain")]

    assert told == [("a fox,", False), (" snow,", True), (" dusk", False)]
    assert pieces("", "x") == ()
