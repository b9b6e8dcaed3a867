"""Oneself over the API: everything that Settings can do, and which keys may do it."""

from typing import Any

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png


async def account_of(caller: Caller) -> str:
    return str((await caller.get("/api/me")).body["accounts"][0]["id"])


async def test_a_person_changes_zone_theme_and_address(app: AppHarness, mira: Caller) -> None:
    changed = await mira.patch("/api/me", json={"time_zone": "Europe/Paris", "theme": "dark"})
    with_address = await mira.patch("/api/me", json={"email": "mira@example.org"})
    wrong = await mira.patch("/api/me", json={"time_zone": "Nowhere/At all", "theme": "light"})

    assert (changed.body["user"]["time_zone"], changed.body["user"]["theme"]) == ("Europe/Paris", "dark")
    assert with_address.body["user"]["email"] == "mira@example.org"
    assert with_address.body["user"]["time_zone"] == "Europe/Paris"
    assert wrong.status == 422
    assert (await mira.get("/api/me")).body["user"]["theme"] == "dark"
    assert (await mira.patch("/api/me", json={"email": ""})).body["user"]["email"] is None


async def test_what_new_posts_begin_with_holds_for_posts_made_by_programs(app: AppHarness, mira: Caller) -> None:
    kept = await mira.patch("/api/settings/posts", json={"display_resolution": 1920, "add_watermark": True})
    made = (await mira.post("/api/posts", json={"title": "Dawn"})).body
    sent = await app.program(mira, "upload")
    uploaded = await sent.post("/api/comfyui/upload", data=a_png(), headers={"Content-Type": "image/png"})
    arrived = (await mira.get(f"/api/posts/{uploaded.body['id']}")).body

    assert kept.body == {"add_watermark": True, "display_resolution": 1920, "keep_metadata": False}
    for post in (made, arrived):
        assert (post["display_resolution"], post["add_watermark"]) == (1920, True)
    assert (await mira.patch("/api/settings/posts", json={"display_resolution": None})).status == 422
    off = await mira.patch("/api/settings/posts", json={"display_resolution": None, "add_watermark": False})
    assert off.body["display_resolution"] is None
    assert (await mira.patch("/api/settings/posts", json={"keep_metadata": True})).body["keep_metadata"] is True


async def test_notices_are_chosen_one_by_one(app: AppHarness, mira: Caller) -> None:
    before = (await mira.get("/api/settings/notices")).body["notices"]
    after = (await mira.patch("/api/settings/notices", json={"notices": {"published": {"mail": True}}})).body[
        "notices"
    ]
    unknown = await mira.patch("/api/settings/notices", json={"notices": {"weather": {"mail": True}}})

    assert before["published"] == {"mail": False, "dm": True, "channel": False}
    assert after == before | {"published": {"mail": True, "dm": True, "channel": False}}
    assert unknown.status == 422
    assert "notices" in unknown.body["details"]["fields"]


async def test_what_administrators_are_told_is_no_choice_of_anybody_else(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    changed = await juno.patch("/api/settings/notices", json={"notices": {"alert": {"mail": False}}})

    assert changed.status == 200
    assert "alert" not in changed.body["notices"]
    assert "alert" in (await mira.get("/api/settings/notices")).body["notices"]


async def test_a_test_letter_needs_a_server_and_an_address(app: AppHarness, mira: Caller) -> None:
    assert (await mira.post("/api/settings/notices/test")).body["code"] == "WRONG_STATE"


async def test_everything_or_one_account_is_paused_and_goes_on(app: AppHarness, mira: Caller) -> None:
    account = await account_of(mira)

    one = (await mira.post("/api/pause", json={"account_id": account})).body
    everything = (await mira.post("/api/pause")).body
    still_one = (await mira.post("/api/resume")).body
    none = (await mira.post("/api/resume", json={"account_id": account})).body

    assert (one["paused_at"], one["paused_accounts"]) == (None, [account])
    assert everything["paused_at"] is not None
    assert (still_one["paused_at"], still_one["paused_accounts"]) == (None, [account])
    assert none == (await mira.get("/api/pause")).body
    assert none["paused_accounts"] == []


async def test_status_says_what_is_next_and_what_waits(app: AppHarness, mira: Caller) -> None:
    await mira.post("/api/pause")

    status = (await mira.get("/api/status")).body

    assert status["counts"]["review"] > 0
    assert status["next"] is None
    assert status["paused_at"] is not None
    assert status["accounts"][0]["username"] == "mira"


async def test_an_account_gets_a_colour_and_is_disconnected(app: AppHarness, mira: Caller) -> None:
    every = (await mira.get("/api/accounts")).body
    path = f"/api/accounts/{every['items'][0]['id']}"

    colored = (await mira.patch(path, json={"color": every["colors"][3]})).body
    wrong = await mira.patch(path, json={"color": "red"})
    gone = (await mira.post(f"{path}/disconnect")).body

    assert colored["color"] == every["colors"][3]
    assert (wrong.status, gone["status"]) == (422, "reconnect")
    assert (await mira.post(f"{path}/disconnect")).status == 409


async def test_browsers_are_listed_and_signed_out(app: AppHarness, mira: Caller) -> None:
    other = await app.sign_in("mira")
    items = (await mira.get("/api/sessions")).body["items"]
    [elsewhere] = [one for one in items if not one["current"]]

    ended = await mira.delete(f"/api/sessions/{elsewhere['id']}")

    assert ended.status == 204
    assert (await other.get("/api/me")).status == 401
    assert (await mira.delete(f"/api/sessions/{elsewhere['id']}")).status == 404
    again = await app.sign_in("mira")
    assert (await mira.delete("/api/sessions")).status == 204
    assert ((await again.get("/api/me")).status, (await mira.get("/api/me")).status) == (401, 200)


async def test_a_key_that_ends_sessions_ends_every_one(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "admin")

    assert (await program.delete("/api/sessions")).status == 204
    assert (await mira.get("/api/me")).status == 401
    assert (await program.get("/api/sessions")).body["items"] == []


OF_IDENTITY: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("PATCH", "/api/me", {"email": "thief@example.org"}),
    ("PATCH", "/api/settings/notices", {"notices": {"key_found": {"mail": False}}}),
    ("POST", "/api/accounts/1/disconnect", {}),
    ("POST", "/api/accounts/1/people", {"role": "editor"}),
    ("GET", "/api/sessions", None),
    ("DELETE", "/api/sessions", None),
    ("DELETE", "/api/discord/1", None),
    ("POST", "/api/keys", {"name": "more", "scopes": ["admin"]}),
    ("POST", "/api/me/remove", {"name": "mira"}),
)


async def test_a_key_for_posts_decides_nothing_about_who_comes_in(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "upload", "read", "write", "publish", "sales", "calendar")

    for method, path, body in OF_IDENTITY:
        given: dict[str, Any] = {} if body is None else {"json": body}
        answer = await program(method, path, **given)
        assert (answer.status, answer.body["code"]) == (403, "SCOPE_MISSING"), path


async def test_a_settings_file_is_no_way_around_that(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "read", "write")
    silent = {"format": 1, "settings": {"notices": {"key_found": {"mail": False, "dm": False}}}}

    refused = await program.post("/api/import/settings", json=silent)
    dry = await mira.post("/api/import/settings?dry_run=true", json=silent)
    strange = await mira.post("/api/import/settings", json={"format": 2, "user_id": 7, "role": "admin"})

    assert (refused.status, refused.body["code"]) == (403, "SCOPE_MISSING")
    assert (await program.post("/api/import/settings", json={"format": 1, "theme": "dark"})).status == 200
    assert (await mira.post("/api/import/settings", json=silent)).status == 200
    assert (dry.body["done"], dry.body["changes"]) == (False, 1)
    assert [item["action"] for item in strange.body["items"]] == ["cannot", "cannot"]


async def test_other_peoples_accounts_are_nobodys(app: AppHarness, mira: Caller) -> None:
    account, juno = await account_of(mira), await app.sign_in("juno")
    session = (await mira.get("/api/sessions")).body["items"][0]["id"]

    for method, path, body in (
        ("PATCH", f"/api/accounts/{account}", {"color": "#3b82c4"}),
        ("POST", f"/api/accounts/{account}/disconnect", {}),
        ("POST", "/api/pause", {"account_id": account}),
        ("POST", "/api/resume", {"account_id": account}),
        ("DELETE", f"/api/sessions/{session}", None),
        ("DELETE", "/api/discord/1", None),
    ):
        given: dict[str, Any] = {} if body is None else {"json": body}
        assert (await juno(method, path, **given)).status == 404, path
