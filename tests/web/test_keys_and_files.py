"""Keys, pictures over HTTP, health, and pages of other origins."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller, running_app
from web.signed_links import is_good, signed_path


async def test_a_key_is_shown_once_and_kept_as_a_digest(app: AppHarness, mira: Caller, tmp_path: Path) -> None:
    made = await mira.post("/api/keys", json={"name": "ComfyUI at home", "scopes": ["upload"]})

    assert made.status == 201
    secret = made.body["key"]
    assert secret.startswith("isk_")
    listed = (await mira.get("/api/keys")).body["items"][0]
    assert "key" not in listed
    assert secret.startswith(listed["prefix"])
    for file in (tmp_path / "home").glob("isekai.db*"):
        assert secret.encode() not in file.read_bytes()


async def test_a_key_ends_when_it_was_said(app: AppHarness, mira: Caller) -> None:
    soon = (app.app.clock.now() + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    program = await app.program(mira, "read", expires_at=soon)

    status = 200
    while status == 200:
        answer = await program.get("/api/me")
        status = answer.status
        await app.app.clock.sleep(0.05)

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert "expired" in answer.body["error"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["everything"]}, "scopes"),
        ({"name": " ", "scopes": ["read"]}, "name"),
        ({"scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "scopes": ["read"], "expires_at": "soon"}, "expires_at"),
    ],
)
async def test_keys_that_make_no_sense_are_refused(mira: Caller, body: dict[str, object], field: str) -> None:
    answer = await mira.post("/api/keys", json=body)

    assert (answer.status, answer.code) == (422, "INVALID")
    assert field in answer.body["details"]["fields"]


async def test_a_member_makes_no_key_for_administrators(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    answer = await juno.post("/api/keys", json={"name": "x", "scopes": ["admin"]})

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


async def test_nobody_revokes_the_keys_of_others(app: AppHarness, mira: Caller) -> None:
    await app.make_key(mira, "read")
    key_id = (await mira.get("/api/keys")).body["items"][0]["id"]
    juno = await app.sign_in("juno")

    assert (await juno.delete(f"/api/keys/{key_id}")).status == 404


async def test_a_key_that_only_uploads_opens_no_picture(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    url = (await mira.get("/api/posts?limit=1")).body["items"][0]["files"][0]["url"]
    reader = await app.program(mira, "read")

    assert (await uploader.get(url)).status == 403
    assert (await reader.get(url)).status == 200


async def test_a_picture_is_served_to_its_owner_as_what_it_is(mira: Caller) -> None:
    file = (await mira.get("/api/posts?limit=1")).body["items"][0]["files"][0]

    answer = await mira.get(file["url"])

    assert answer.status == 200
    assert len(answer.content) == file["bytes"]
    assert answer.headers["Content-Type"] == file["mime"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["Vary"] == "Cookie"
    assert file["name"] in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_thumbnail_is_small_and_there_at_once(mira: Caller, uploader: Caller) -> None:
    file = (await mira.get("/api/posts?limit=1")).body["items"][0]["files"][0]

    answer = await mira.get(f"{file['url']}/thumb")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.content[8:12] == b"WEBP"


async def test_a_signed_link_works_for_a_while_and_for_one_file(app: AppHarness, mira: Caller) -> None:
    first, second = (post["files"][0]["id"] for post in (await mira.get("/api/posts?limit=2")).body["items"])
    from web.keys import SITE

    secret = app.server._runner.app[SITE].link_secret
    now = app.app.clock.now()
    good = signed_path(f"/files/{first}", secret, now=now)
    stranger = app.stranger()

    assert (await stranger.get(good)).status == 200
    assert (await stranger.get(good.replace(f"/{first}?", f"/{second}?"))).status != 200
    until, sig = (part.split("=")[1] for part in good.split("?")[1].split("&"))
    assert not is_good(f"/files/{first}", until, sig, secret, now=now + timedelta(hours=1))


async def test_health_says_that_the_process_serves(app: AppHarness) -> None:
    body = (await app.stranger().get("/health")).body

    assert set(body) == {"status", "version", "uptime_seconds", "event_loop_lag_ms"}


async def test_ready_names_every_part(app: AppHarness) -> None:
    stranger = app.stranger()
    async with asyncio.timeout(10):
        while (answer := await stranger.get("/ready")).status == 503:  # until the first look for work
            await app.app.clock.sleep(0.02)

    assert answer.status == 200
    assert set(answer.body["checks"]) >= {"database", "storage", "publisher", "scheduler", "discord"}


async def test_metrics_have_the_names_of_the_contract(app: AppHarness, mira: Caller) -> None:
    text = (await app.stranger().get("/metrics")).text

    for name in (
        "isekai_posts{",
        "isekai_publish_total{",
        "isekai_publish_lateness_seconds",
        "isekai_deviantart_requests_total{",
        "isekai_deviantart_request_seconds",
        "isekai_circuit_open",
        "isekai_event_loop_lag_seconds",
        "isekai_http_request_seconds",
        "isekai_discord_connected",
        "isekai_asyncio_tasks ",
    ):
        assert name in text, name
    assert 'route="/api/me"' in text


async def test_the_document_describes_every_call(app: AppHarness) -> None:
    document = (await app.stranger().get("/api/openapi.json")).body

    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    served = {
        (route.method, route.resource.canonical)
        for route in app.server._runner.app.router.routes()
        if route.resource is not None and route.method not in {"HEAD", "OPTIONS", "*"}
    }
    missing = {call for call in served if call[1].startswith("/api/")} - described
    assert missing == set()


async def test_the_document_is_valid(app: AppHarness) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = (await app.stranger().get("/api/openapi.json")).body

    validator.validate(document)


async def test_listed_origins_may_call_with_a_key_and_never_with_a_cookie(tmp_path: Path) -> None:
    async with running_app(tmp_path / "home", CORS_ORIGINS="https://studio.example") as app:
        mira = await app.sign_in("mira")
        program = await app.program(mira, "read")
        origin = {"Origin": "https://studio.example"}

        asked = await program("OPTIONS", "/api/posts", headers=origin)
        called = await program.get("/api/posts", headers=origin)
        with_cookie = await mira.get("/api/posts", headers=origin)
        unlisted = await program.get("/api/posts", headers={"Origin": "https://evil.example"})

        assert asked.status == 204
        assert called.headers["Access-Control-Allow-Origin"] == "https://studio.example"
        assert "Access-Control-Allow-Credentials" not in called.headers
        assert with_cookie.status == 401
        assert "Access-Control-Allow-Origin" not in unlisted.headers


async def test_a_key_ends_in_a_year_that_clocks_can_count(app: AppHarness, mira: Caller) -> None:
    answer = await mira.post(
        "/api/keys", json={"name": "x", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59Z"}
    )

    assert (answer.status, list(answer.body["details"]["fields"])) == (422, ["expires_at"])
    assert (await mira.get("/keys")).status == 200


async def test_the_document_names_what_narrows_the_sale_queue(app: AppHarness) -> None:
    document = (await app.stranger().get("/api/openapi.json")).body

    asked = {one["name"]: one["schema"] for one in document["paths"]["/api/sale-queue"]["get"]["parameters"]}

    assert "completed" in asked["status"]["enum"]
