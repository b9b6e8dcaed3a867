"""Pages about programs: they work without scripts."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png
from tests.support.receiver import Receiver, a_receiver, verify
from tests.support.waiting import eventually


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


async def submit(browser: Caller, path: str, **fields: str) -> tuple[int, str]:
    answer = await browser.post(path, data={"csrf_token": browser.headers["X-CSRF-Token"], **fields})
    return answer.status, answer.text


async def test_a_webhook_is_added_tried_and_removed_by_forms(
    app: AppHarness, mira: Caller, receiver: Receiver
) -> None:
    refused, sentence = await submit(mira, "/webhooks", url=receiver.url)
    await mira("PUT", "/api/instance/programs", json={"allow_private_webhooks": True})
    status, text = await submit(mira, "/webhooks", url=receiver.url, name="Mirror")
    secret = re.findall(r"<code>(whsec_[^<]+)</code>", text)[0]
    [address] = set(re.findall(r'href="(/webhooks/\d+)"', text))

    await submit(mira, f"{address}/test")
    await eventually(lambda: receiver.calls)

    assert (refused, status) == (422, 200)
    assert "private network" in sentence
    assert verify(secret, *receiver.calls[0])["type"] == "test"
    log = (await mira.get(address)).text
    assert "<code>test</code>" in log
    assert secret not in log
    for verb, said in (("off", "You switched it off"), ("on", "It is told everything"), ("remove", "Nothing here")):
        assert (await submit(mira, f"{address}/{verb}"))[0] == 303
        assert said in (await mira.get(address)).text
    assert (await mira.get(address)).status == 404


async def test_the_connect_page_waits_for_the_first_call_and_shows_it(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keys", json={"name": "ComfyUI", "scopes": ["upload"]})).body
    before = (await mira.get("/connect")).text
    await app.stranger().post(f"/hook/{made['key']}", data=a_png(), headers={"Content-Type": "image/png"})

    after = (await mira.get(f"/connect/{made['id']}/calls")).text

    assert "Waiting for the first call" in before
    assert f"{app.url}/api/comfyui/upload" in before
    assert "POST /hook/{key}" in after
    assert made["key"] not in after


async def test_every_key_has_its_own_calls_on_its_page(app: AppHarness, mira: Caller) -> None:
    await app.make_key(mira, "upload")
    made = (await mira.post("/api/keys", json={"name": "reader", "scopes": ["read"]})).body
    await app.stranger({"X-API-Key": made["key"], "User-Agent": "shelf/2"}).post("/api/posts/1/approve", json={})

    page = (await mira.get(f"/keys/{made['id']}")).text

    assert "POST /api/posts/{id}/approve" in page
    assert "Sent by shelf/2 from 127.0.0.1" in page
    assert "reader" not in (await mira.get("/connect")).text  # it sends nothing


async def test_other_peoples_calls_are_not_shown(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keys", json={"name": "ComfyUI", "scopes": ["upload"]})).body
    await app.stranger().post(f"/hook/{made['key']}", data=a_png(), headers={"Content-Type": "image/png"})
    juno = await app.sign_in("juno")

    assert "/hook/" not in (await juno.get(f"/connect/{made['id']}/calls")).text


async def test_a_plan_is_looked_at_and_then_carried_out(app: AppHarness, mira: Caller) -> None:
    wrong, problems = await submit(mira, "/import", plan="title,at\nDawn,soon\n")
    _, looked = await submit(mira, "/import", plan="title,tags\nDawn,sea\n")
    _, done = await submit(mira, "/import", plan="title,tags\nDawn,sea\n", carry_out="yes")
    chosen = [
        await sent_file(mira, content) for content in ("\ufefftitle,tags\nDusk,sea\n".encode(), b"PK\x03\x04\0\0")
    ]

    assert wrong == 200
    assert "at: Write the time" in problems
    assert "carry_out" not in problems
    assert "Carry it out" in looked
    assert re.search(r'href="/posts/\d+">Dawn', done)
    assert "Dusk,sea" in chosen[0]
    assert "Carry it out" in chosen[0]
    assert "This is no text." in chosen[1]


async def sent_file(mira: Caller, content: bytes) -> str:
    """The page that answers a plan that was chosen as a file."""
    form = aiohttp.FormData({"csrf_token": mira.headers["X-CSRF-Token"], "plan": ""})
    form.add_field("file", content, filename="plan.csv", content_type="text/csv")
    return (await mira.post("/import", data=form)).text


async def test_pages_of_programs_are_for_people_who_are_signed_in(app: AppHarness) -> None:
    for path in ("/webhooks", "/webhooks/1", "/connect", "/import"):
        assert (await app.stranger().get(path)).status == 303
