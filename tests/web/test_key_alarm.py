"""A key of ours inside an uploaded picture: its owner is told once, and gets rid of it with one press."""

import json
from collections.abc import Callable

import pytest

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_jpeg, a_png, with_exif

USER_COMMENT = 0x9286


def in_a_text(key: str) -> bytes:
    return a_png(texts={"parameters": f"a cat\nSteps: 20, Upload key: {key}"})


def in_a_workflow(key: str) -> bytes:
    graph = {
        "7": {"class_type": "HttpUpload", "inputs": {"url": f"https://art.example/hook/{key}", "images": ["3", 0]}}
    }
    return a_png(texts={"prompt": json.dumps(graph), "workflow": json.dumps({"nodes": [{"widgets_values": [key]}]})})


def in_exif(key: str) -> bytes:
    return a_jpeg(exif=with_exif({}, inner={USER_COMMENT: b"ASCII\0\0\0" + f"key={key}".encode()}))


async def told(app: AppHarness) -> list[tuple[int, str]]:
    events = await app.app.reads.events_after(0, user_id=None, limit=500)
    return [(event.user_id, event.text) for event in events if event.kind == "key.exposed"]


@pytest.mark.parametrize("picture", [in_a_text, in_a_workflow, in_exif])
async def test_a_key_inside_a_picture_is_told_and_can_be_revoked(
    app: AppHarness, mira: Caller, picture: Callable[[str], bytes]
) -> None:
    made = (await mira.post("/api/keys", json={"name": "ComfyUI", "scopes": ["upload"]})).body

    for _ in range(2):
        sent = await app.stranger().post(f"/hook/{made['key']}", data=picture(made["key"]))
        assert sent.status in (200, 201)

    (one,) = await told(app)
    assert "“ComfyUI”" in one[1]
    assert made["key"] not in one[1]
    assert (await mira.get("/api/keys")).body["items"][0]["exposed_at"]
    assert "stands inside a picture" in (await mira.get("/")).text
    assert "stands inside a picture" in (await mira.get("/keys")).text
    await mira.post(f"/keys/{made['id']}/revoke", data={"csrf_token": mira.headers["X-CSRF-Token"]})
    assert "stands inside a picture" not in (await mira.get("/")).text
    assert (await app.stranger().post(f"/hook/{made['key']}", data=a_png())).status == 401


async def test_the_owner_is_told_whoever_uploads_it(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keys", json={"name": "ComfyUI", "scopes": ["upload"]})).body
    juno = await app.sign_in("juno")

    await juno.post("/api/comfyui/upload", data=in_a_text(made["key"]), headers={"Content-Type": "image/png"})

    mira_id = int((await mira.get("/api/me")).body["user"]["id"])
    assert [user_id for user_id, _ in await told(app)] == [mira_id]


async def test_a_key_that_stays_is_not_mentioned_again(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keys", json={"name": "ComfyUI", "scopes": ["upload"]})).body
    await app.stranger().post(f"/hook/{made['key']}", data=in_a_text(made["key"]))

    kept = await mira.post(f"/api/keys/{made['id']}/keep")
    await app.stranger().post(f"/hook/{made['key']}", data=in_exif(made["key"]))

    assert (kept.status, kept.body["exposed_at"]) == (200, None)
    assert len(await told(app)) == 1


async def test_texts_that_only_look_like_keys_alarm_nobody(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "upload")

    sent = await program.post("/api/comfyui/upload", data=in_a_text("isk_" + "x" * 40))

    assert sent.status == 201
    assert await told(app) == []


async def test_a_key_is_limited_and_changed_over_on_its_page(app: AppHarness, mira: Caller) -> None:
    token = {"csrf_token": mira.headers["X-CSRF-Token"]}
    made = (await mira.post("/api/keys", json={"name": "ComfyUI", "scopes": ["upload"]})).body
    page = f"/keys/{made['id']}"

    wrong = await mira.post(f"{page}/limits", data=token | {"addresses": "home", "calls_per_minute": "x"})
    good = await mira.post(f"{page}/limits", data=token | {"addresses": "10.0.0.0/8\n::1", "calls_per_minute": "7"})
    rotated = await mira.post(f"{page}/rotate", data=token | {"overlap_hours": "1"})

    assert wrong.status == 422
    assert good.status == 303
    assert rotated.text.count("isk_") >= 2
    new = next(key for key in (await mira.get("/api/keys")).body["items"] if key["id"] != made["id"])
    assert (new["addresses"], new["calls_per_minute"]) == (["10.0.0.0/8", "::1/128"], 7)
    assert (await (await app.sign_in("juno")).get(page)).status == 404
