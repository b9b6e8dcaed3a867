"""Posts over the API: the whole way of a post, and every refusal on it."""

import io
from base64 import urlsafe_b64encode
from typing import Any

import aiohttp
import pytest

from tests.support.app import Answer, AppHarness, Caller
from tests.support.pictures import a_jpeg, a_png

SOON = "2026-12-24T18:00"


@pytest.fixture
async def draft(mira: Caller) -> dict[str, Any]:
    return await a_draft(mira, title="Quiet harbour")


async def a_draft(browser: Caller, picture: bytes | None = None, **fields: str) -> dict[str, Any]:
    answer = await browser.post("/api/posts", data=a_form(picture or a_png(), **fields))
    assert answer.status == 201, answer.text
    body: dict[str, Any] = answer.body
    return body


def a_form(picture: bytes, **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in fields.items():
        data.add_field(name, value)
    data.add_field("file", io.BytesIO(picture), filename="harbour.png", content_type="image/png")
    return data


async def next_year(app: AppHarness) -> str:
    return f"{app.app.clock.now():%Y}-12-31T23:30:00Z"


POST_NAMES = {
    "id", "account_id", "status", "held", "version", "title", "description", "tags", "galleries", "is_mature",
    "mature_level", "mature_classification", "is_ai_generated", "no_ai", "allow_comments", "allow_free_download",
    "add_watermark", "display_resolution", "license", "feature", "stash_only", "notes", "due_at", "due_local",
    "time_zone", "jitter_seconds", "published_at", "deviation_id", "deviation_url", "files", "ready", "missing",
    "failure", "created_at", "updated_at",
}  # fmt: skip


async def test_a_post_has_every_name_of_the_contract(mira: Caller, draft: dict[str, Any]) -> None:
    answer = await mira.get(f"/api/posts/{draft['id']}")

    assert set(answer.body) >= POST_NAMES
    assert set(answer.body["files"][0]) >= {
        "id", "name", "mime", "bytes", "width", "height", "sha256", "url", "publication",
    }  # fmt: skip
    assert answer.headers["ETag"] == f'"{answer.body["version"]}"'
    assert (answer.body["status"], answer.body["ready"], answer.body["missing"]) == ("draft", True, [])


async def test_a_post_may_begin_without_files_and_says_what_is_missing(mira: Caller) -> None:
    made = await mira.post("/api/posts", json={"title": "Later", "tags": ["sea"], "is_mature": False})

    assert made.status == 201
    assert (made.body["ready"], made.body["missing"]) == (False, ["Add a picture."])
    refused = await mira.post(f"/api/posts/{made.body['id']}/publish")
    assert (refused.status, refused.code) == (422, "NOT_READY")
    assert refused.body["details"]["missing"] == ["Add a picture."]


async def test_files_are_added_arranged_and_removed(mira: Caller, draft: dict[str, Any]) -> None:
    post_id = draft["id"]
    added = await mira.post(f"/api/posts/{post_id}/files", data=a_form(a_jpeg()))
    first, second = (file["id"] for file in added.body["files"])

    arranged = await mira.post(
        f"/api/posts/{post_id}/files/order", json={"order": [second, first], "chosen": [second]}
    )
    removed = await mira.delete(f"/api/posts/{post_id}/files/{first}")

    assert added.status == 201
    assert [file["id"] for file in arranged.body["files"]] == [second, first]
    assert [file["id"] for file in removed.body["files"]] == [second]


async def test_a_post_goes_out_at_its_moment_and_says_where(
    app: AppHarness, mira: Caller, draft: dict[str, Any]
) -> None:
    import asyncio

    answer = await mira.post(f"/api/posts/{draft['id']}/publish")
    assert (answer.status, answer.body["due_at"] is not None) == (200, True)

    async with asyncio.timeout(20):
        while (post := (await mira.get(f"/api/posts/{draft['id']}")).body)["status"] != "published":
            assert post["status"] in {"scheduled", "uploading", "publishing"}, post["failure"]
            await app.app.clock.sleep(0.02)

    assert post["deviation_url"].startswith(app.app.sandbox.base_url if app.app.sandbox else "")
    assert post["files"][0]["publication"]["state"] == "published"
    history = (await mira.get(f"/api/posts/{draft['id']}/history")).body["items"]
    assert history[-1]["kind"] == "post.created"
    assert history[0]["at"].endswith("Z")


async def test_an_edit_needs_the_version_that_was_seen(mira: Caller, draft: dict[str, Any]) -> None:
    path = f"/api/posts/{draft['id']}"

    without = await mira.patch(path, json={"title": "New"})
    good = await mira.patch(path, json={"title": "New", "version": draft["version"]})
    behind = await mira.patch(path, json={"title": "Newer", "version": draft["version"]})
    by_header = await mira.patch(path, json={"title": "Newest"}, headers={"If-Match": f'"{good.body["version"]}"'})

    assert (without.status, without.code) == (422, "INVALID")
    assert (good.status, good.body["title"]) == (200, "New")
    assert (behind.status, behind.code) == (409, "STALE")
    assert behind.body["details"]["version"] == good.body["version"]
    assert by_header.body["title"] == "Newest"


async def test_flags_have_three_values(mira: Caller, draft: dict[str, Any]) -> None:
    version = draft["version"]
    for value in (True, False, None):
        answer = await mira.patch(f"/api/posts/{draft['id']}", json={"no_ai": value, "version": version})
        version = answer.body["version"]
        assert answer.body["no_ai"] is value


BAD_FIELDS: list[dict[str, Any]] = [
    {"display_resolution": 123},
    {"mature_level": "a lot"},
    {"license": "mine"},
    {"tags": [1, 2]},
    {"tags": "[" * 3_000},
    {"title": "x" * 501},
    {"is_mature": "perhaps"},
    {"colour": "blue"},
]


@pytest.mark.parametrize("fields", BAD_FIELDS, ids=lambda fields: next(iter(fields)))
async def test_bad_fields_are_named_and_nothing_changes(
    mira: Caller, draft: dict[str, Any], fields: dict[str, Any]
) -> None:
    answer = await mira.patch(f"/api/posts/{draft['id']}", json=fields | {"version": draft["version"]})

    assert (answer.status, answer.code) == (422, "INVALID")
    assert any(name.startswith(next(iter(fields))) for name in answer.body["details"]["fields"])
    assert (await mira.get(f"/api/posts/{draft['id']}")).body["version"] == draft["version"]


async def test_scheduling_takes_an_instant_or_a_wall_clock(
    app: AppHarness, mira: Caller, draft: dict[str, Any]
) -> None:
    path = f"/api/posts/{draft['id']}/schedule"
    year = app.app.clock.now().year

    by_instant = await mira.post(path, json={"at": f"{year}-12-31T20:00:00+02:00"})
    by_wall_clock = await mira.post(path, json={"local": f"{year}-12-31T18:00", "time_zone": "Europe/Paris"})

    assert by_instant.body["due_at"] == f"{year}-12-31T18:00:00Z"
    assert by_wall_clock.body["due_at"] == f"{year}-12-31T17:00:00Z"
    assert by_wall_clock.body["due_local"] == f"{year}-12-31T18:00"
    assert by_wall_clock.body["time_zone"] == "Europe/Paris"
    assert by_wall_clock.body["adjusted"] is False


async def test_a_wall_clock_in_a_gap_is_adjusted(app: AppHarness, mira: Caller, draft: dict[str, Any]) -> None:
    local = "2027-03-28T02:30"  # the night the clocks of Paris go from 02:00 to 03:00

    answer = await mira.post(f"/api/posts/{draft['id']}/schedule", json={"local": local, "time_zone": "Europe/Paris"})

    assert (answer.body["due_at"], answer.body["adjusted"]) == ("2027-03-28T01:00:00Z", True)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"at": "2001-01-01T00:00:00Z"}, "at"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"at": "tomorrow"}, "at"),
        ({"local": "2026-12-24T18:00"}, "time_zone"),
        ({"local": "2026-12-24T18:00", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"local": "never", "time_zone": "UTC"}, "local"),
        ({}, "at"),
        ({"at": "2026-12-24T18:00:00Z", "jitter_seconds": 99999}, "jitter_seconds"),
    ],
)
async def test_moments_that_cannot_be_are_refused(
    mira: Caller, draft: dict[str, Any], wish: dict[str, Any], field: str
) -> None:
    answer = await mira.post(f"/api/posts/{draft['id']}/schedule", json=wish)

    assert (answer.status, answer.code) == (422, "INVALID")
    assert field in answer.body["details"]["fields"]


async def test_the_verbs_lead_through_the_life_of_a_post(app: AppHarness, mira: Caller) -> None:
    post_id = (await mira.get("/api/posts?status=review&limit=1")).body["items"][0]["id"]
    at = await next_year(app)

    async def do(verb: str, **body: Any) -> Answer:
        answer = await mira.post(f"/api/posts/{post_id}/{verb}", json=body)
        assert answer.status == 200, answer.text
        return answer

    assert (await do("approve")).body["status"] == "draft"
    assert (await do("schedule", at=at)).body["status"] == "scheduled"
    assert (await do("hold")).body["held"] is True
    assert (await do("unhold")).body["held"] is False
    assert (await do("unschedule")).body["status"] == "draft"
    assert (await do("reject", reason="too dark")).body["status"] == "discarded"
    assert (await do("restore")).body["status"] == "draft"
    assert (await mira.delete(f"/api/posts/{post_id}")).body["status"] == "discarded"


async def test_a_verb_that_does_not_fit_is_refused(mira: Caller, draft: dict[str, Any]) -> None:
    answer = await mira.post(f"/api/posts/{draft['id']}/approve")

    assert (answer.status, answer.code) == (409, "WRONG_STATE")


async def test_a_batch_answers_for_each_post(mira: Caller, draft: dict[str, Any]) -> None:
    other = await a_draft(mira, a_jpeg(), tags="old")
    ids = [draft["id"], other["id"], "999999", "not-an-id"]

    answer = await mira.post(
        "/api/posts/batch", json={"ids": ids, "action": "edit", "fields": {"tags": ["sea"]}, "tags_mode": "add"}
    )

    results = answer.body["results"]
    assert [result["ok"] for result in results] == [True, True, False, False]
    assert results[1]["post"]["tags"] == ["old", "sea"]
    assert results[2]["error"]["code"] == "NOT_FOUND"


async def test_lists_page_with_a_cursor_and_know_their_total(mira: Caller) -> None:
    first = (await mira.get("/api/posts?limit=3")).body
    second = (await mira.get(f"/api/posts?limit=3&cursor={first['next_cursor']}")).body

    ids = [post["id"] for post in first["items"] + second["items"]]
    assert len(set(ids)) == 6
    assert ids == sorted(ids, key=int, reverse=True)
    assert first["total"] == second["total"]


async def test_lists_are_filtered(mira: Caller) -> None:
    made = await a_draft(mira, title="Winter lantern", tags="snow")

    by_word = (await mira.get("/api/posts?q=lantern")).body
    by_tag = (await mira.get("/api/posts?tag=SNOW")).body
    by_status = (await mira.get("/api/posts?status=draft")).body
    by_account = (await mira.get("/api/posts?account_id=77")).body

    assert [post["id"] for post in by_word["items"]] == [made["id"]]
    assert by_word["total"] is None
    assert [post["id"] for post in by_tag["items"]] == [made["id"]]
    assert [post["id"] for post in by_status["items"]] == [made["id"]]
    assert by_account["items"] == []


def cursor_of(place: str) -> str:
    return "cursor=" + urlsafe_b64encode(place.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=0000000001000000", "limit=x", "status=gone", "cursor=@@@",
     cursor_of("[" * 3_000), cursor_of("[1e999,1]"), cursor_of("[99999999999999999999,1]"), cursor_of('["a",1]'),
     cursor_of("[true,1]"), cursor_of("1")],
)  # fmt: skip
async def test_bad_list_parameters_are_named(mira: Caller, query: str) -> None:
    answer = await mira.get(f"/api/posts?{query}")

    assert (answer.status, answer.code) == (422, "INVALID")
    assert query.split("=")[0] in answer.body["details"]["fields"]


async def test_browsers_show_their_token_and_programs_need_none(
    app: AppHarness, mira: Caller, draft: dict[str, Any]
) -> None:
    path = f"/api/posts/{draft['id']}/reject"
    program = await app.program(mira, "write")

    wrong = await mira.post(path, headers={"X-CSRF-Token": "wrong"})
    good = await program.post(path)

    assert (wrong.status, wrong.code) == (403, "CSRF")
    assert good.status == 200


async def test_a_form_may_carry_the_token_as_a_field(app: AppHarness, mira: Caller) -> None:
    token = mira.headers.pop("X-CSRF-Token")

    without = await mira.post("/api/posts", data=a_form(a_png()))
    with_it = await mira.post("/api/posts", data=a_form(a_png(), csrf_token=token))

    assert (without.status, without.code) == (403, "CSRF")
    assert with_it.status == 201


SCOPED = [
    ("GET", "/api/posts", "read"),
    ("POST", "/api/posts", "write"),
    ("POST", "/api/posts/1/publish", "publish"),
    ("POST", "/api/posts/1/schedule", "write"),
    ("GET", "/api/keys", "admin"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
async def test_a_key_does_what_its_scopes_say_and_no_more(
    app: AppHarness, mira: Caller, method: str, path: str, scope: str
) -> None:
    others = [name for name in ("upload", "read", "write", "publish", "sales", "admin") if name != scope]
    program = await app.program(mira, *others)

    answer = await program(method, path)

    assert (answer.status, answer.code) == (403, "SCOPE_MISSING")
    assert answer.body["details"]["scope"] == scope


async def test_posts_of_others_do_not_exist(app: AppHarness, mira: Caller, draft: dict[str, Any]) -> None:
    juno = await app.sign_in("juno")
    path = f"/api/posts/{draft['id']}"

    answers = [
        await juno.get(path),
        await juno.patch(path, json={"title": "mine", "version": 1}),
        await juno.delete(path),
        await juno.post(f"{path}/publish"),
        await juno.get(f"{path}/history"),
        await juno.get(f"{path}/resolve"),
        await juno.post(f"{path}/files", data=a_form(a_jpeg())),
        await juno.delete(f"{path}/files/{draft['files'][0]['id']}"),
        await juno.get(f"/files/{draft['files'][0]['id']}"),
        await juno.get(f"/files/{draft['files'][0]['id']}/thumb"),
    ]

    assert [answer.status for answer in answers] == [404] * len(answers)


async def test_strangers_get_nothing(app: AppHarness, draft: dict[str, Any]) -> None:
    stranger = app.stranger()

    for path in ("/api/me", "/api/posts", f"/api/posts/{draft['id']}", "/api/keys"):
        answer = await stranger.get(path)
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED"), path
    assert (await stranger.get(draft["files"][0]["url"])).status in {303, 401}


async def test_json_is_taken_only_as_json(mira: Caller, draft: dict[str, Any]) -> None:
    path = f"/api/posts/{draft['id']}/reject"

    as_text = await mira.post(path, data=b"{}", headers={"Content-Type": "text/plain"})
    broken = await mira.post(path, data=b"{", headers={"Content-Type": "application/json"})
    a_list = await mira.post(path, data=b"[]", headers={"Content-Type": "application/json"})

    assert (as_text.status, as_text.code) == (415, "UNSUPPORTED_TYPE")
    assert (broken.status, broken.code) == (400, "MALFORMED")
    assert (a_list.status, a_list.code) == (400, "MALFORMED")


async def test_unknown_addresses_and_methods_answer_in_json(mira: Caller) -> None:
    nowhere = await mira.get("/api/nowhere")
    method = await mira("PUT", "/api/posts")

    assert (nowhere.status, nowhere.code) == (404, "NOT_FOUND")
    assert (method.status, method.code) == (405, "METHOD_NOT_ALLOWED")
