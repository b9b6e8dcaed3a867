"""What Home tells: why something failed, and how long the drafts last."""

import re

import pytest

from core.ports import Overview
from tests.support.app import AppHarness, Caller
from tests.support.failures import failed
from tests.support.filled import EVERY_DAY, made, publish_it


async def approved(mira: Caller) -> str:
    post = (await mira.get("/api/posts?status=review")).body["items"][0]["id"]
    await made(await mira.post(f"/api/posts/{post}/approve", json={}))
    return str(post)


async def test_a_post_that_failed_is_named_with_the_reason(app: AppHarness, mira: Caller) -> None:
    post = await approved(mira)
    assert app.app.sandbox is not None
    app.app.sandbox.faults.on("stash/submit").refuses_with_code(2)
    await publish_it(mira, post, "failed")
    failed = (await mira.get(f"/api/posts/{post}")).body

    home = (await mira.get("/")).text

    assert f"“{failed['title']}” failed" in home
    assert f'<p class="small soft">{failed["failure"]["message"]}</p>' in home
    assert f'href="/posts/{post}">Look</a>' in home


async def test_home_says_when_drafts_run_out_once_an_automation_is_on(mira: Caller) -> None:
    await approved(mira)
    rule = {"kind": "fixed_time", "time": "18:00", "days": EVERY_DAY}
    made_one = await made(await mira.post("/api/automations", json={"name": "Evenings", "rules": [rule]}))
    before = (await mira.get("/home/drafts")).text

    await made(await mira.post(f"/api/automations/{made_one['id']}/enable", json={}))

    assert before.strip() == ""
    after = (await mira.get("/home/drafts")).text
    assert "Evenings" in after
    assert "Drafts run out on" in after


async def test_home_names_the_automations_whose_drafts_run_out_first(
    mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.drafts_left.SHOWN", 2)
    await approved(mira)
    weekly = {"kind": "fixed_time", "time": "12:00", "days": [0]}
    rules = {"Never": [], "Weekly": [weekly], "Often": [weekly | {"days": EVERY_DAY, "time": "11:00"}]}
    for name, some in rules.items():
        one = await made(await mira.post("/api/automations", json={"name": name, "rules": some or [weekly]}))
        await made(await mira.post(f"/api/automations/{one['id']}/enable", json={}))

    home = (await mira.get("/home/drafts")).text

    days = [int(day) for day in re.findall(r"run out on (\d+)", home)]
    assert len(re.findall(r"<strong>", home)) == len(days) == 2
    assert "<strong>Often</strong>" in home
    assert '<a href="/automations">1 more last longer</a>' in home


async def test_home_says_that_publishing_is_paused_where_it_names_what_is_next(mira: Caller) -> None:
    post = await approved(mira)
    await made(await mira.post(f"/api/posts/{post}/schedule", json={"local": "2027-03-01T18:00", "time_zone": "UTC"}))
    before = (await mira.get("/")).text

    await mira.post("/pause", data={})

    after = (await mira.get("/")).text
    assert "The next publication is" in before
    assert "Publishing is paused. The next in line is" in after
    assert "The next publication is" not in after


def test_what_is_on_its_way_counts_as_scheduled_as_its_list_shows_it() -> None:
    overview = Overview({"scheduled": 20, "uploading": 1, "publishing": 2, "draft": 3})

    assert overview.numbers["scheduled"] == 23
    assert Overview().numbers["scheduled"] == 0


async def test_doubts_that_find_no_room_are_counted_as_doubts(app: AppHarness, mira: Caller) -> None:
    waiting = (await mira.get("/api/posts?status=review&limit=5")).body["items"]
    for post in waiting:
        await mira.post(f"/api/posts/{post['id']}/approve", json={})
        await failed(app.app, int(post["id"]), "outcome_unknown", "No clear answer.", in_doubt=True)

    page = (await mira.get("/")).text

    assert page.count("may be online, or not") == 4
    assert "2 more posts may be online, or not" in page
    assert "posts failed" not in page
