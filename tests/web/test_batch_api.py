"""The batch API: the same use case as the dashboard's bulk edit, with previews and one way back."""

from typing import Any

import pytest

from tests.support.app import AppHarness, Caller


@pytest.fixture
async def drafts(mira: Caller) -> list[str]:
    waiting = (await mira.get("/api/posts?status=review")).body["items"][:3]
    ids = [post["id"] for post in waiting]
    answer = await mira.post("/api/posts/batch", json={"ids": ids, "action": "approve"})
    assert [result["ok"] for result in answer.body["results"]] == [True] * 3
    return ids


async def test_each_given_id_is_answered_in_its_order(mira: Caller, drafts: list[str]) -> None:
    ids = [drafts[1], "no-id", drafts[0], "999999"]

    answer = await mira.post("/api/posts/batch", json={"ids": ids, "action": "discard"})

    results = answer.body["results"]
    assert [(one["id"], one["ok"]) for one in results] == [
        (drafts[1], True), ("no-id", False), (drafts[0], True), ("999999", False),
    ]  # fmt: skip
    assert [one["error"]["code"] for one in results if not one["ok"]] == ["NOT_FOUND", "NOT_FOUND"]


async def test_errors_keep_their_code_and_facts(mira: Caller, drafts: list[str]) -> None:
    fields: dict[str, Any] = {"title": ""}
    await mira.post("/api/posts/batch", json={"ids": drafts, "action": "edit", "fields": fields})

    answer = await mira.post("/api/posts/batch", json={"ids": drafts[:1], "action": "publish"})

    [result] = answer.body["results"]
    assert result["error"]["code"] == "NOT_READY"
    assert result["error"]["details"]["missing"] == ["Give it a title."]


async def test_an_edit_is_previewed_and_taken_back(app: AppHarness, mira: Caller, drafts: list[str]) -> None:
    wanted = {"ids": drafts, "action": "edit", "fields": {"title": "Mist {seq}"}, "fill_in": True}

    preview = await mira.post("/api/posts/batch/preview", json=wanted)
    before = (await mira.get(f"/api/posts/{drafts[0]}")).body
    done = await mira.post("/api/posts/batch", json=wanted)
    undone = await mira.post(f"/api/changes/{done.body['undo_id']}/undo")
    again = await mira.post(f"/api/changes/{done.body['undo_id']}/undo")

    assert preview.body["changing"] == 3
    assert preview.body["items"][0]["changes"][0] == {"field": "title", "before": before["title"], "after": "Mist 1"}
    assert [one["post"]["title"] for one in done.body["results"]] == ["Mist 1", "Mist 2", "Mist 3"]
    assert (undone.body["state"], undone.body["counts"]["undone"]) == ("undone", 3)
    assert (await mira.get(f"/api/posts/{drafts[0]}")).body["title"] == before["title"]
    assert (again.status, again.code) == (409, "WRONG_STATE")
    juno = await app.sign_in("juno")
    assert (await juno.get(f"/api/changes/{done.body['undo_id']}")).status == 404
    assert (await juno.post(f"/api/changes/{done.body['undo_id']}/undo")).status == 404
    assert (await juno.get("/api/changes")).body == {"items": []}


@pytest.mark.parametrize("inside", [True, False])
async def test_a_time_stands_beside_the_action_or_in_its_fields(
    mira: Caller, drafts: list[str], inside: bool
) -> None:
    when = {"local": "2027-05-03T18:00", "time_zone": "Europe/Paris"}
    body = {"fields": when} if inside else when

    answer = await mira.post("/api/posts/batch", json={"ids": drafts[:1], "action": "schedule", **body})

    assert answer.status == 200, answer.text
    [result] = answer.body["results"]
    assert (result["post"]["due_local"], result["post"]["due_at"]) == ("2027-05-03T18:00", "2027-05-03T16:00:00Z")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "schedule", "fields": {"at": "2027-05-03T18:00:00Z", "local": "2027-05-03T18:00"}}, "local"),
        ({"action": "schedule", "at": "2027-05-03T18:00:00Z", "fields": {"at": "2027-05-04T18:00:00Z"}}, "at"),
        ({"action": "schedule"}, "at"),
        ({"action": "schedule", "local": "2027-05-03T18:00"}, "time_zone"),
        ({"action": "edit", "fields": {"at": "2027-05-03T18:00:00Z", "title": "x"}}, "at"),
        ({"action": "edit", "fields": {"license": "mine", "title": "x"}}, "license"),
        ({"action": "edit", "fields": {}}, "fields"),
        ({"action": "edit", "fields": {"title": "{nothing}"}, "fill_in": True}, "title"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_field(
    mira: Caller, drafts: list[str], body: dict[str, Any], field: str
) -> None:
    answer = await mira.post("/api/posts/batch", json={"ids": drafts, **body})

    assert (answer.status, answer.code) == (422, "INVALID")
    assert field in answer.body["details"]["fields"]


async def test_one_post_is_not_scheduled_in_two_ways(mira: Caller, drafts: list[str]) -> None:
    both = {"at": "2027-05-03T18:00:00Z", "local": "2027-05-03T18:00", "time_zone": "UTC"}

    answer = await mira.post(f"/api/posts/{drafts[0]}/schedule", json=both)

    assert (answer.status, list(answer.body["details"]["fields"])) == (422, ["local"])


async def test_an_approval_is_taken_back(mira: Caller, drafts: list[str]) -> None:
    answer = await mira.post(f"/api/posts/{drafts[0]}/send_back", json={})

    assert (answer.status, answer.body["status"]) == (200, "review")


async def test_everything_that_matches_is_changed_and_taken_back(mira: Caller, drafts: list[str]) -> None:
    before = (await mira.get("/api/status")).body["counts"]["draft"]

    begun = await mira.post(
        "/api/posts/batch/matching",
        json={"match": {"status": ["draft"]}, "action": "edit", "fields": {"tags": ["ocean"]}, "tags_mode": "add"},
    )
    tagged = (await mira.get("/api/posts?status=draft&tag=ocean")).body["items"]
    undone = await mira.post(f"{begun.headers['Location']}/undo")

    assert (begun.status, begun.body["total"], begun.body["counts"]["done"]) == (202, before, before)
    assert {post["id"] for post in tagged} >= set(drafts)
    assert undone.body["state"] == "undone"
    assert (await mira.post(f"{begun.headers['Location']}/stop")).status == 409


async def test_what_matches_nothing_or_everything_by_mistake_is_refused(mira: Caller) -> None:
    for match in ({}, {"status": "nothing"}, {"status": "failed"}):
        answer = await mira.post("/api/posts/batch/matching", json={"match": match, "action": "discard"})
        assert (answer.status, answer.body["code"]) == (422, "INVALID")


async def test_matching_finds_nothing_of_other_people(app: AppHarness, mira: Caller, drafts: list[str]) -> None:
    juno = await app.sign_in("juno")
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]

    theirs = await juno.post(
        "/api/posts/batch/matching", json={"match": {"account_id": account}, "action": "discard"}
    )
    begun = await mira.post("/api/posts/batch/matching", json={"match": {"status": "draft"}, "action": "hold"})

    assert theirs.status == 422
    assert (await juno.post(f"{begun.headers['Location']}/stop")).status == 404


async def test_publishing_all_that_match_needs_the_scope_for_it(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "write")

    answer = await program.post("/api/posts/batch/matching", json={"match": {"status": "draft"}, "action": "publish"})

    assert (answer.status, answer.body["code"]) == (403, "SCOPE_MISSING")
