"""Settings, one page a matter: accounts, sign-ins, Discord; what each changes and what it refuses."""

import hashlib
import html
import re
from typing import Any

import aiohttp
import pytest

from core.discord_ports import DiscordPerson, DropChannel, GuildSetup
from tests.support.app import AppHarness, Caller
from tests.support.filled import publish_it
from tests.support.pictures import a_png
from tests.web.test_planning_pages import send
from web.browsers import device

PAGES = ("", "/posts", "/accounts", "/notices", "/discord", "/sessions", "/data")


@pytest.mark.parametrize("page", PAGES)
async def test_each_page_names_itself_in_the_list_at_the_side(mira: Caller, page: str) -> None:
    text = (await mira.get(f"/settings{page}")).text

    assert f'<a href="/settings{page}" aria-current="page">' in text
    assert text.count('class="settings-nav"') == 1


async def test_a_bad_zone_keeps_what_was_typed_beside_its_sentence(mira: Caller) -> None:
    answer = await mira.post("/settings", data={"time_zone": "Mars/Olympus", "theme": "dark"})

    assert answer.status == 422
    assert 'value="Mars/Olympus"' in answer.text
    assert "is not a time zone" in answer.text
    assert '<option value="dark" selected>' in answer.text


async def test_one_other_browser_is_signed_out(app: AppHarness, mira: Caller) -> None:
    other = await app.sign_in("mira")
    page = (await mira.get("/settings/sessions")).text
    (key,) = re.findall(r"/settings/sessions/([0-9a-f]{16})/end", page)

    await mira.post(f"/settings/sessions/{key}/end")

    assert (await other.get("/api/me")).status == 401
    assert (await mira.get("/api/me")).status == 200


async def test_nobody_ends_somebody_else_s_session(app: AppHarness, mira: Caller) -> None:
    juno, again = await app.sign_in("juno"), await app.sign_in("juno")
    (key,) = re.findall(r"/settings/sessions/([0-9a-f]{16})/end", (await juno.get("/settings/sessions")).text)

    await mira.post(f"/settings/sessions/{key}/end")

    assert (await again.get("/api/me")).status == 200


async def test_a_disconnected_account_keeps_its_posts_and_waits(mira: Caller) -> None:
    account = (await mira.get("/api/me")).body["accounts"][0]
    before = (await mira.get("/api/posts")).body["total"]

    told = await mira.post(f"/settings/accounts/{account['id']}/disconnect", follow=True)

    assert "is disconnected. Its posts are kept and wait." in told.text
    assert (await mira.get("/api/me")).body["accounts"][0]["status"] == "reconnect"
    assert (await mira.get("/api/posts")).body["total"] == before
    again = await mira.post(f"/settings/accounts/{account['id']}/disconnect", follow=True)
    assert "is not connected" in again.text


async def test_nobody_disconnects_another_s_account(app: AppHarness, mira: Caller) -> None:
    account = (await mira.get("/api/me")).body["accounts"][0]
    juno = await app.sign_in("juno")

    await juno.post(f"/settings/accounts/{account['id']}/disconnect")

    assert (await mira.get("/api/me")).body["accounts"][0]["status"] == "connected"


async def test_a_discord_user_is_shown_and_unlinked_by_its_person_alone(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    me = int((await mira.get("/api/me")).body["user"]["id"])
    memory = app.app.links._memory
    await memory.tie(DiscordPerson(77, me, "<b>mira</b>", app.app.clock.now()))

    await juno.post("/settings/discord/77/unlink")
    shown = (await mira.get("/settings/discord")).text
    gone = await mira.post("/settings/discord/77/unlink", follow=True)
    assert "has no Discord bot yet" in gone.text

    assert "&lt;b&gt;mira&lt;/b&gt;" in shown
    assert "is no longer linked" in gone.text
    assert await memory.people_of(me) == []


async def test_a_drop_channel_s_templates_are_chosen_by_whose_posts_its_drops_become(
    app: AppHarness, mira: Caller
) -> None:
    juno = await app.sign_in("juno")
    me = int((await mira.get("/api/me")).body["user"]["id"])
    memory, now = app.app.discord_memory, app.app.clock.now()
    channel, page = 1234567890123456789, "/settings/discord"
    await memory.tie(DiscordPerson(77, me, "mira", now))
    drops = (DropChannel(channel, 5, one_post=True),)
    await memory.save_guild(GuildSetup(5, owner_id=77, drop_channels=drops), at=now)
    base = (await mira.post("/api/templates", json={"kind": "tags", "name": "Base", "body": "sky"})).body["id"]
    form = f"{page}/channels/{channel}/templates"

    saved = await send(mira, form, [("template", base), ("template", "")])
    refused = await send(mira, form, [("template", "999")])

    assert "Saved." in saved.text and " selected>Base" in saved.text
    assert "Several pictures of a message become one post in Review." in saved.text
    assert "does not exist any more" in refused.text
    assert await app.app.rooms.templates.of_door("channel", channel) == (int(base),)
    (known,) = (await mira.get("/api/drop-channels")).body["items"]
    assert (known["id"], known["templates"]) == (str(channel), [base])
    api = f"/api/drop-channels/{channel}/templates"
    assert (await mira("PUT", api, json={"templates": []})).body == {"templates": []}
    for stranger in (await send(juno, form, [("template", "")]), await juno("PUT", api, json={"templates": []})):
        assert stranger.status == 404
    assert (await juno.get("/api/drop-channels")).body == {"items": []}


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605.1 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_as_people_would(agent: str, words: str) -> None:
    assert device(agent) == words


async def sent_to_deviantart(app: AppHarness, mira: Caller, picture: bytes) -> tuple[dict[str, Any], str]:
    """The post a program makes of *picture*, and the SHA-256 of the bytes that DeviantArt got."""
    form = aiohttp.FormData({"is_mature": "false"})
    form.add_field("file", picture, filename="a.png", content_type="image/png")
    made = await (await app.program(mira, "upload")).post("/api/comfyui/upload", data=form)
    post = (await mira.get(f"/api/posts/{made.body['id']}")).body
    await publish_it(mira, post["id"])
    assert app.app.sandbox is not None
    return post, app.app.sandbox.world.deviations[-1].sha256


async def test_new_posts_begin_with_what_their_person_wants(app: AppHarness, mira: Caller) -> None:
    words = {"parameters": "a fox, seed 7"}
    plain, file = a_png(104, texts=words), a_png(112, texts=words)

    first, stripped = await sent_to_deviantart(app, mira, plain)
    saved = await send(
        mira, "/settings/posts", {"display_resolution": "800", "add_watermark": "yes", "metadata": "keep"}
    )
    second, kept = await sent_to_deviantart(app, mira, file)

    assert (first["display_resolution"], first["add_watermark"]) == (None, None)
    assert stripped != hashlib.sha256(plain).hexdigest()
    assert "Saved." in saved.text
    assert (second["display_resolution"], second["add_watermark"]) == (800, True)
    assert kept == hashlib.sha256(file).hexdigest()


async def test_a_watermark_without_a_size_is_said_beside_its_box(mira: Caller) -> None:
    answer = await send(mira, "/settings/posts", {"add_watermark": "yes", "metadata": "keep"})

    assert answer.status == 422
    assert "choose how large it is shown" in answer.text
    assert 'value="keep" checked' in answer.text


async def test_how_long_things_are_kept_is_said_as_this_instance_does_it(app: AppHarness, mira: Caller) -> None:
    changed = await mira.patch("/api/instance/settings", json={"trash_days": 9, "originals_days": 60})
    text = (await (await app.sign_in("juno")).get("/settings/data")).text

    assert changed.status == 200, changed.text
    assert "In the trash: 9 days." in text
    assert "60 days after publishing" in text


SETTINGS_FILE = (
    b'{"format": 2, "theme": "dark", "accounts": [{"name": "nobody"}], "templates": ['
    b'{"kind": "tags", "name": "Sea & sky", "body": "sea"}], "webhooks": [{"url": "https://example.org/hook"}]}'
)


async def test_a_settings_file_is_looked_at_first_and_then_carried_out(mira: Caller) -> None:
    form = aiohttp.FormData({"csrf_token": mira.headers["X-CSRF-Token"]})
    form.add_field("file", SETTINGS_FILE, filename="isekai-settings.json", content_type="application/json")

    looked = await mira.post("/settings/data/import", data=form)
    before = (await mira.get("/api/templates")).body["items"]
    (text,) = re.findall(r'name="settings" value="([^"]+)"', looked.text)
    again = {"settings": html.unescape(text), "carry_out": "yes"}
    done = await mira.post("/settings/data/import", data=again)

    assert "3 would be made or changed; 1 cannot be" in looked.text
    assert "No account of that name is linked here" in looked.text
    assert before == []
    assert "Done: 3 made or changed, 1 could not be" in done.text
    assert re.search(r"https://example.org/hook.{1,200}whsec_", done.text, re.DOTALL)
    assert [one["name"] for one in (await mira.get("/api/templates")).body["items"]] == ["Sea & sky"]


async def test_a_file_that_is_none_stays_in_the_field_beside_its_sentence(mira: Caller) -> None:
    answer = await mira.post("/settings/data/import", data={"settings": "title;tags", "switch_on": "yes"})
    nothing = await mira.post("/settings/data/import", data={"settings": ""})

    assert (answer.status, nothing.status) == (422, 422)
    assert "title;tags</textarea>" in answer.text
    assert "This is not JSON" in answer.text
    assert 'value="yes" checked' in answer.text
