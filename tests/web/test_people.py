"""Invitations, roles, disabling and the audit log, over real HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller, running_app


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[AppHarness]:
    """Nobody comes in without an invitation."""
    async with running_app(tmp_path / "home", MAX_USERS="3") as running:
        yield running


async def invite(admin: Caller, **wanted: str) -> str:
    """The path of a new invitation's link."""
    made = await admin.post("/api/invites", json=wanted)
    assert made.status == 201, made.text
    return "/" + str(made.body["url"]).split("/", 3)[3]


async def accept(app: AppHarness, link: str, artist: str) -> tuple[Caller, int]:
    """Somebody opens the link and signs in as *artist*; their browser and the status of its way back."""
    browser = app.stranger()
    page = await browser.get(link)
    assert page.status == 200, page.text
    start = re.search(r'href="(/auth/deviantart\?invite=[^"]+)"', page.text)
    assert start is not None
    answer = await app.authorize(browser, artist, start=start[1])
    me = await browser.get("/api/me")
    if me.status == 200:
        browser.headers["X-CSRF-Token"] = me.body["csrf_token"]
    return browser, answer.status


async def test_an_invitation_lets_one_person_in_once(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")
    link = await invite(mira, note="for juno")

    juno, status = await accept(closed, link, "juno")

    assert status == 303
    assert (await juno.get("/api/me")).body["user"]["role"] == "member"
    assert (await closed.stranger().get(link)).status == 410
    item = (await mira.get("/api/invites")).body["items"][0]
    assert (item["state"], item["used_by"], item["note"]) == ("used", "juno", "for juno")


async def test_an_invitation_may_make_an_administrator(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")

    juno, _ = await accept(closed, await invite(mira, role="admin"), "juno")

    assert (await juno.get("/api/me")).body["user"]["role"] == "admin"


async def test_without_an_invitation_a_newcomer_is_told_kindly_and_nothing_is_kept(closed: AppHarness) -> None:
    await closed.sign_in("mira")
    stranger = closed.stranger()

    answer = await closed.authorize(stranger, "juno")

    assert answer.status == 403
    assert "You need an invitation" in answer.text
    async with closed.app.store.transaction() as tx:
        assert [user.name for user in await tx.people.users()] == ["mira"]
        assert len(await tx.accounts.all()) == 1


async def test_two_who_use_one_link_at_once_do_not_both_come_in(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")
    link = await invite(mira)
    backs = []
    for artist in ("juno", "taro"):
        browser = closed.stranger()
        departure = await browser.get(f"/auth/deviantart?invite={link.rsplit('/', 1)[1]}")
        backs.append((browser, await closed.decide(browser, departure.headers["Location"], artist)))

    answers = await asyncio.gather(*(browser.get(back) for browser, back in backs))

    assert sorted(answer.status for answer in answers) == [303, 403]


async def test_the_limit_of_people_holds_for_the_invited_too(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")
    links = [await invite(mira) for _ in range(3)]

    statuses = [
        (await accept(closed, link, artist))[1] for link, artist in zip(links, ("juno", "taro", "ines"), strict=True)
    ]

    assert statuses == [303, 303, 403]
    assert [one["state"] for one in (await mira.get("/api/invites")).body["items"]] == ["open", "used", "used"]


async def test_an_invitation_that_was_taken_back_opens_nothing(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")
    link = await invite(mira)
    invite_id = (await mira.get("/api/invites")).body["items"][0]["id"]

    assert (await mira.delete(f"/api/invites/{invite_id}")).status == 204

    assert (await closed.stranger().get(link)).status == 410
    answer = await closed.authorize(closed.stranger(), "juno", start=f"/auth/deviantart?invite={link[8:]}")
    assert answer.status == 403


async def test_the_link_is_shown_on_one_page_and_kept_nowhere(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")

    made = await mira.post("/admin/invites", data={"role": "member", "days": "7", "note": "for a friend"})

    link = re.search(r"/invite/([A-Za-z0-9_-]{40,})", made.text)
    assert made.status == 200
    assert link is not None
    assert link[1] not in (await mira.get("/admin/invites")).text
    kept = (closed.app.settings.home / "isekai.db").read_bytes()
    wal = closed.app.settings.home / "isekai.db-wal"
    assert link[1].encode() not in kept + (wal.read_bytes() if wal.exists() else b"")


async def test_a_bad_invitation_is_refused_with_its_fields(closed: AppHarness) -> None:
    mira = await closed.sign_in("mira")

    answer = await mira.post("/api/invites", json={"role": "queen", "expires_at": "2020-01-01T00:00:00Z"})

    assert answer.status == 422
    assert set(answer.body["details"]["fields"]) == {"role", "expires_at"}


ADMIN_PAGES = ("/admin", "/admin/people", "/admin/people/1", "/admin/invites", "/admin/audit")


async def test_the_rooms_of_administrators_are_not_there_for_others(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    program = await app.program(juno, "read", "write")

    assert 'href="/admin"' in (await mira.get("/")).text
    assert 'href="/admin"' not in (await juno.get("/")).text
    for path in ADMIN_PAGES:
        assert (await mira.get(path)).status in {200, 303}, path
        assert (await juno.get(path)).status == 404, path
        assert (await app.stranger().get(path)).status == 303, path
    for path in ("/api/invites", "/api/audit"):
        assert (await juno.get(path)).code == "FORBIDDEN", path
        assert (await program.get(path)).code == "SCOPE_MISSING", path
    for path in ("/admin/people/1/role", "/admin/people/1/disable", "/admin/people/1/enable", "/admin/invites"):
        assert (await juno.post(path, data={"role": "member"})).status == 404, path


async def test_a_role_counts_from_the_next_request_on(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    assert (await juno.get("/admin/people")).status == 404

    await mira.post("/admin/people/2/role", data={"role": "admin"})
    assert (await juno.get("/admin/people")).status == 200

    await mira.post("/admin/people/2/role", data={"role": "member"})
    assert (await juno.get("/admin/people")).status == 404


async def test_the_last_administrator_cannot_step_down(app: AppHarness, mira: Caller) -> None:
    await app.sign_in("juno")

    await mira.post("/admin/people/1/role", data={"role": "member"})
    await mira.post("/admin/people/1/disable")

    assert (await mira.get("/api/me")).body["user"]["role"] == "admin"


async def test_whoever_is_disabled_is_out_at_once(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    program = await app.program(juno, "read")
    assert (await program.get("/api/me")).status == 200

    await mira.post("/admin/people/2/disable")

    assert (await juno.get("/api/me")).status == 401
    assert (await program.get("/api/me")).status == 401
    assert (await app.authorize(app.stranger(), "juno")).status == 403
    await mira.post("/admin/people/2/enable")
    assert (await program.get("/api/me")).status == 200


async def test_an_administrator_revokes_the_key_of_another(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    program = await app.program(juno, "read")
    key_id = (await juno.get("/api/keys")).body["items"][0]["id"]
    assert "test" in (await mira.get("/admin/people/2")).text

    await mira.post(f"/admin/people/2/keys/{key_id}/revoke")

    assert (await program.get("/api/me")).status == 401


async def test_the_log_says_who_did_what_newest_first(app: AppHarness, mira: Caller) -> None:
    await app.sign_in("juno")
    await invite(mira, note="for taro")
    await mira.post("/admin/people/2/role", data={"role": "admin"})
    await mira.post("/admin/people/2/disable")

    page = (await mira.get("/api/audit?limit=2")).body
    rest = (await mira.get(f"/api/audit?cursor={page['next_cursor']}")).body

    assert [one["what"] for one in page["items"]] == ["person.disabled", "person.role"]
    assert [one["what"] for one in rest["items"]] == ["invite.made"]
    assert {one["actor"] for one in page["items"] + rest["items"]} == {"mira"}
    assert "Disabled juno." in (await mira.get("/admin/audit")).text
    assert (await mira.get("/api/audit?cursor=x")).status == 422
