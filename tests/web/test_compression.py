"""Answers as gzip, for those who ask; and what must not be learnt from their size."""

import gzip
import zlib

import aiohttp
import pytest

from tests.support.app import AppHarness, Caller
from web.auth import unmasked


async def asked(caller: Caller, path: str, accept: str | None) -> tuple[str | None, str | None, bytes]:
    """Content-Encoding, Vary and the bytes as they were sent."""
    headers = caller.headers | ({"Accept-Encoding": accept} if accept is not None else {})
    options = {"auto_decompress": False, "skip_auto_headers": ("Accept-Encoding",), "cookie_jar": caller.jar}
    async with (
        aiohttp.ClientSession(**options) as session,  # type: ignore[arg-type]
        session.get(f"{caller.base_url}{path}", headers=headers) as answer,
    ):
        return answer.headers.get("Content-Encoding"), answer.headers.get("Vary"), await answer.read()


@pytest.mark.parametrize("path", ["/api/posts", "/api/openapi.json", "/", "/drafts"])
async def test_long_answers_are_packed_for_those_who_ask(mira: Caller, path: str) -> None:
    encoding, vary, packed = await asked(mira, path, "br, gzip;q=0.8")
    again = await asked(mira, path, "gzip")
    plain_encoding, _, plain = await asked(mira, path, None)

    assert (encoding, again[0], plain_encoding) == ("gzip", "gzip", None)
    assert "Accept-Encoding" in (vary or "")
    assert len(packed) < len(plain) / 2
    assert abs(len(gzip.decompress(packed)) - len(plain)) < 200


@pytest.mark.parametrize("accept", [None, "br", "gzip;q=0", "gzip; q=0.0, br", "identity"])
async def test_nobody_gets_what_they_did_not_ask_for(mira: Caller, accept: str | None) -> None:
    assert (await asked(mira, "/api/posts", accept))[0] is None


async def test_short_answers_pictures_and_the_stream_are_sent_as_they_are(app: AppHarness, mira: Caller) -> None:
    post = (await mira.get("/api/posts")).body["items"][0]
    picture = post["files"][0]["url"].removeprefix(app.url)

    assert (await asked(mira, "/api/me", "gzip"))[0] is None
    assert (await asked(mira, picture, "gzip"))[0] is None
    headers = mira.headers | {"Accept-Encoding": "gzip"}
    async with mira.session.get(f"{app.url}/live", headers=headers) as stream:
        assert "Content-Encoding" not in stream.headers


async def test_the_token_in_a_page_is_written_differently_each_time(mira: Caller) -> None:
    token = mira.headers["X-CSRF-Token"]

    pages = [(await mira.get("/")).text for _ in range(2)]
    forms = [page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0] for page in pages]

    assert token not in pages[0] + pages[1]
    assert forms[0] != forms[1]
    assert {unmasked(form) for form in forms} == {token}
    mira.headers["X-CSRF-Token"] = forms[0]
    assert (await mira.post("/api/keys", json={"name": "x", "scopes": ["read"]})).status == 201


@pytest.mark.parametrize("wrong", ["m.", "m.AAAA", "m.\u00e9", "m." + "A" * 200, "m." + "zZ" * 44])
async def test_a_token_that_was_tampered_with_opens_nothing(mira: Caller, wrong: str) -> None:
    mira.headers.pop("X-CSRF-Token")

    answer = await mira.post("/settings", data={"csrf_token": wrong, "time_zone": "Europe/Paris"})

    assert answer.status == 403


async def test_a_remembered_list_is_packed_once_and_stays_true(mira: Caller) -> None:
    first = zlib.decompress((await asked(mira, "/api/posts", "gzip"))[2], 31)
    second = zlib.decompress((await asked(mira, "/api/posts", "gzip"))[2], 31)
    await mira.post("/api/posts", json={"title": "One more"})

    assert first == second
    assert b"One more" in zlib.decompress((await asked(mira, "/api/posts", "gzip"))[2], 31)


async def test_a_program_may_say_which_version_it_was_written_for(mira: Caller) -> None:
    good = await mira.get("/api/me", headers={"Isekai-API-Version": "1"})
    later = await mira.get("/api/me", headers={"Isekai-API-Version": "2"})

    assert (good.status, good.headers["Isekai-API-Version"]) == (200, "1")
    assert (later.status, later.code) == (400, "MALFORMED")


async def test_a_packed_answer_has_a_weak_tag_that_is_taken_back(mira: Caller) -> None:
    post = (await mira.get("/api/posts")).body["items"][0]
    path = f"/api/posts/{post['id']}"
    await mira.patch(path, json={"version": post["version"], "description": "All of the bay. " * 100})
    packing = mira.headers | {"Accept-Encoding": "gzip"}
    async with mira.session.get(f"{mira.base_url}{path}", headers=packing) as packed:
        tag, encoding = packed.headers["ETag"], packed.headers.get("Content-Encoding")
    again = packing | {"If-None-Match": tag}
    async with mira.session.get(f"{mira.base_url}{path}", headers=again) as known:
        status = known.status
    change = packing | {"If-Match": tag}
    async with mira.session.patch(f"{mira.base_url}{path}", headers=change, json={"title": "Dusk"}) as changed:
        outcome = changed.status

    assert (encoding, tag.startswith("W/"), status, outcome) == ("gzip", True, 304, 200)
