"""Planning as programs drive it, over HTTP against a running instance."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png

EVENING: dict[str, Any] = {
    "name": "Evenings",
    "rules": [{"kind": "fixed_time", "time": "18:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}],
    "order": "fifo",
    "enabled": True,
}


async def a_draft(who: Caller, title: str = "A cat") -> dict[str, Any]:
    import aiohttp

    form = aiohttp.FormData()
    form.add_field("file", a_png(96 + len(title)), filename="cat.png", content_type="image/png")
    form.add_field("title", title)
    answer = await who.post("/api/posts", data=form)
    assert answer.status == 201, answer.text
    return dict(answer.body)


async def test_an_automation_is_made_tried_out_switched_run_and_removed(app: AppHarness, mira: Caller) -> None:
    draft = await a_draft(mira)

    made = await mira.post("/api/automations", json=EVENING)
    assert made.status == 201, made.text
    path = f"/api/automations/{made.body['id']}"
    preview = (await mira.get(f"{path}/preview?days=7")).body
    assert preview["items"][0]["post_id"] == draft["id"]
    assert preview["forecasts"][0]["takes"] == 1
    tried = await mira.post(f"{path}/preview", json={"rules": [{"kind": "daily_quota", "per_day": 3}], "days": 2})
    assert tried.body["items"][0]["result"] == "scheduled"

    changed = await mira.patch(path, json={"name": "Nights", "version": made.body["version"]})
    assert changed.body["name"] == "Nights"
    assert (await mira.patch(path, json={"name": "X", "version": 1})).code == "STALE"
    assert (await mira.post(f"{path}/pause")).body["enabled"] is False
    ran = await mira.post(f"{path}/run", json={})
    assert (ran.status, ran.body["id"], ran.body["status"]) == (200, draft["id"], "scheduled")
    history = (await mira.get(f"{path}/history")).body
    assert [use["post_id"] for use in history["uses"]] == [draft["id"]]

    copy = await mira.post(f"{path}/duplicate")
    assert (copy.status, copy.body["enabled"]) == (201, False)
    assert (await mira.delete(path)).status == 204
    assert (await mira.get(path)).code == "NOT_FOUND"
    assert (await mira.post(f"{path}/restore")).status == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rules": []}, "rules"),
        ({"rules": [{"kind": "fixed_interval", "every_minutes": 4}]}, "rules"),
        ({"rules": [{"kind": "daily_quota", "per_day": 0}]}, "rules"),
        ({"rules": [{"kind": "daily_quota", "per_day": 1, "start": "21:00", "end": "09:00"}]}, "rules"),
        ({"rules": [{"kind": "fixed_time", "time": "25:00"}]}, "rules"),
        ({"rules": [{"kind": "fixed_time", "time": "18:00", "days": ["²"]}]}, "rules"),
        ({"notice_days": "²"}, "notice_days"),
        ({"jitter": {"min_seconds": 60, "max_seconds": 30}}, "jitter"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"order": "best"}, "order"),
        ({"account_id": "999"}, "account_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_work_is_422_with_a_sentence_for_its_field(
    mira: Caller, changes: dict[str, Any], field: str
) -> None:
    answer = await mira.post("/api/automations", json=EVENING | changes)

    assert (answer.status, answer.code) == (422, "INVALID")
    sentence = answer.body["details"]["fields"][field]
    assert len(sentence) > 10
    assert "int()" not in sentence


async def test_moments_are_said_in_words_and_the_queue_has_slots(mira: Caller) -> None:
    one, two, three = [await a_draft(mira, title) for title in ("One", "Two 2", "Three 3 3")]
    await mira.patch("/api/me", json={"time_zone": "Europe/Paris"})
    account = one["account_id"]

    none_yet = await mira.post(f"/api/posts/{one['id']}/schedule", json={"when": "next slot"})
    assert "no weekly slots" in none_yet.body["error"]
    slots = [{"days": [0, 1, 2, 3, 4, 5, 6], "time": "18:00"}]
    assert (await mira("PUT", f"/api/accounts/{account}/slots", json={"slots": slots})).status == 200
    first = await mira.post(f"/api/posts/{one['id']}/schedule", json={"when": "next slot"})
    assert first.body["due_local"].endswith("T18:00")
    queued = await mira.post("/api/queue", json={"ids": [two["id"], three["id"]]})
    assert [post["due_local"][-5:] for post in queued.body["posts"]] == ["18:00", "18:00"]
    assert (await mira.post("/api/queue/swap", json={"id": two["id"], "other": three["id"]})).body["undo_id"]
    said = await mira.post(f"/api/posts/{two['id']}/schedule", json={"when": "tomorrow 9:30"})
    assert said.body["due_local"].endswith("T09:30")
    assert (await mira.post(f"/api/posts/{two['id']}/schedule", json={"when": "blah"})).status == 422
    upcoming = (await mira.get("/api/slots/upcoming")).body["items"]
    assert {slot["post_id"] for slot in upcoming} >= {one["id"], three["id"], None}
    assert (await mira.get("/api/times?q=fri")).body["items"]


async def test_pacing_is_explained_and_overridden(mira: Caller) -> None:
    one, two = [await a_draft(mira, title) for title in ("One", "Two 2")]
    pacing = f"/api/accounts/{one['account_id']}/pacing"
    assert (await mira.patch(pacing, json={"min_gap_minutes": 60})).body["pacing"]["min_gap_minutes"] == 60
    at = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:00Z")  # noqa: TID251 - the app runs in real time
    assert (await mira.post(f"/api/posts/{one['id']}/schedule", json={"at": at})).status == 200

    refused = await mira.post(f"/api/posts/{two['id']}/schedule", json={"at": at})
    allowed = await mira.post(f"/api/posts/{two['id']}/schedule", json={"at": at, "override_pacing": True})

    assert (refused.status, refused.code) == (422, "INVALID")
    assert "minimum gap" in refused.body["details"]["pacing"][0]
    assert refused.body["details"]["next_allowed_at"] > at
    assert allowed.status == 200
    assert (await mira.patch(pacing, json={"quiet_start": "22:00"})).code == "INVALID"


async def test_a_spread_is_applied_as_previewed_and_taken_back(mira: Caller) -> None:
    posts = [await a_draft(mira, title) for title in ("One", "Two 2", "Three 3 3")]
    wanted = {"ids": [post["id"] for post in posts], "weeks": 2, "start": "18:00", "end": "22:00"}

    preview = (await mira.post("/api/spread/preview", json=wanted)).body
    done = (await mira.post("/api/spread", json=wanted | {"seed": preview["seed"]})).body

    assert [(one["post_id"], one["at"]) for one in preview["items"]] == [
        (p["id"], p["due_at"]) for p in done["posts"]
    ]
    back = await mira.post(f"/api/plans/undo/{done['undo_id']}")
    assert {post["status"] for post in back.body["posts"]} == {"draft"}
    assert (await mira.post(f"/api/plans/undo/{done['undo_id']}")).status == 410
    assert (await mira.post("/api/spread", json=wanted | {"weeks": 0})).code == "INVALID"
    far = await mira.post("/api/spread", json=wanted | {"first": "2031-01-06"})
    assert list(far.body["details"]["fields"]) == ["last"]


async def test_a_spread_that_is_taken_back_leaves_in_review_what_nobody_approved(mira: Caller) -> None:
    waiting = (await mira.get("/api/posts?status=review&limit=2")).body["items"]
    ids = [post["id"] for post in waiting]

    done = (await mira.post("/api/spread", json={"ids": ids, "weeks": 1})).body
    back = await mira.post(f"/api/plans/undo/{done['undo_id']}")

    assert {post["status"] for post in done["posts"]} == {"scheduled"}
    assert {post["status"] for post in back.body["posts"]} == {"review"}
    approved = await mira.post(f"/api/posts/{ids[0]}/approve", json={})
    assert approved.body["status"] == "draft"  # the spread's time is nobody's wish


async def test_holidays_and_series_are_kept(mira: Caller) -> None:
    post = await a_draft(mira)
    day = await mira.post("/api/holidays", json={"first": "2027-12-24", "last": "2028-01-02", "mode": "skip"})
    assert (day.status, day.body["mode"]) == (201, "skip")
    assert (await mira.delete(f"/api/holidays/{day.body['id']}")).status == 204
    assert (await mira.post("/api/holidays", json={"first": "soon"})).code == "INVALID"

    series = await mira.post("/api/series", json={"name": "Saga", "ids": [post["id"]], "gap_hours": 48})
    assert series.body["parts"][0]["post_id"] == post["id"]
    assert (await mira.post("/api/series", json={"name": "saga", "ids": []})).code == "INVALID"
    nameless = await mira.post("/api/series", json={"name": " ", "ids": []})
    assert nameless.body["error"] == "Give the series a name of at most 80 characters."
    path = f"/api/series/{series.body['id']}"
    assert (await mira.get(path)).body["next_post_id"] == post["id"]
    assert (await mira.delete(path)).status == 204
    assert (await mira.get(path)).code == "NOT_FOUND"
    again = await mira.post("/api/series", json={"name": "Saga", "ids": []})
    assert (await mira.post(f"{path}/restore")).code == "WRONG_STATE"  # the name is taken by now
    await mira.delete(f"/api/series/{again.body['id']}")
    assert (await mira.post(f"{path}/restore")).body["parts"][0]["title"] == post["title"]


async def test_a_key_needs_its_scope_and_other_people_see_nothing(app: AppHarness, mira: Caller) -> None:
    made = await mira.post("/api/automations", json=EVENING)
    reader = await app.program(mira, "read")
    juno = await app.sign_in("juno")

    assert (await reader.get("/api/automations")).body["items"][0]["id"] == made.body["id"]
    assert (await reader.post("/api/automations", json=EVENING)).code == "SCOPE_MISSING"
    assert (await juno.get(f"/api/automations/{made.body['id']}")).code == "NOT_FOUND"
    assert (await juno.get("/api/automations")).body["items"] == []


async def test_good_times_say_when_there_is_too_little_to_say(mira: Caller) -> None:
    answer = await mira.get("/api/good-times")

    assert answer.body["items"] == []
    assert "are needed to say anything" in answer.body["text"]
    assert "are needed to say anything" in (await mira.get("/slots?hints=1")).text


async def test_slots_of_a_time_beyond_all_calendars_are_refused(mira: Caller) -> None:
    answer = await mira.get("/api/slots/upcoming?start=9999-12-31T23:00:00Z")

    assert (answer.status, answer.body["code"]) == (422, "INVALID")


async def test_of_two_series_of_one_name_made_at_once_one_is_refused(mira: Caller) -> None:
    made = await asyncio.gather(
        *(mira.post("/api/series", json={"name": name, "ids": []}) for name in ("Bay", "bay"))
    )

    assert sorted(answer.status for answer in made) == [201, 422]
