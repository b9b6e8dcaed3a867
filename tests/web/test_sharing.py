"""An account that several people work on: who is let in, what each may see and do, and that it ends at once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest

from core.clock import SystemClock
from tests.support.app import AppHarness, Caller
from tests.support.failures import failed

DAY = (SystemClock().now() + timedelta(days=20)).date()
LATER = {"local": f"{DAY}T10:00", "time_zone": "UTC"}


@dataclass
class House:
    app: AppHarness
    mira: Caller
    juno: Caller
    account: str
    waiting: list[str]

    async def let_in(self, role: str, guest: Caller | None = None) -> None:
        made = await self.mira.post(f"/api/accounts/{self.account}/people", json={"role": role})
        assert made.status == 201, made.text
        path = made.body["url"].split("/", 3)[3]
        accepted = await (guest or self.juno).post(f"/{path}")
        assert accepted.status == 303, accepted.text

    async def people(self) -> list[tuple[str, str]]:
        answer = await self.mira.get(f"/api/accounts/{self.account}/people")
        return [(one["name"], one["role"]) for one in answer.body["items"]]

    async def audit(self) -> list[str]:
        return [one["about"] for one in (await self.mira.get("/api/audit?limit=50")).body["items"]]


@pytest.fixture
async def house(app: AppHarness, mira: Caller) -> AsyncIterator[House]:
    juno = await app.sign_in("juno")
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    waiting = [one["id"] for one in (await mira.get("/api/posts?status=review")).body["items"]]
    yield House(app, mira, juno, account, waiting)


async def test_a_reviewer_sees_and_decides_and_may_do_no_more(house: House) -> None:
    await house.let_in("reviewer")
    one, two, three = house.waiting[:3]
    listed = (await house.juno.get(f"/api/posts?account_id={house.account}&status=review")).body
    own = (await house.juno.get("/api/posts?status=review")).body

    assert [post["id"] for post in listed["items"]] == house.waiting
    assert listed["total"] == len(house.waiting)
    assert not {post["id"] for post in own["items"]} & set(house.waiting)
    file = (await house.juno.get(f"/api/posts/{one}")).body["files"][0]["id"]
    assert (await house.juno.get(f"/files/{file}/thumb")).status == 200
    assert (await house.juno.post(f"/api/posts/{one}/approve", json={})).status == 200
    assert (await house.juno.post(f"/api/posts/{two}/reject", json={})).status == 200
    for refused in (
        await house.juno.patch(f"/api/posts/{three}", json={"title": "Mine", "version": 1}),
        await house.juno.post(f"/api/posts/{one}/schedule", json=LATER),
        await house.juno.post(f"/api/posts/{one}/publish", json={}),
        await house.juno.post("/api/spread/preview", json={"ids": [one, three], "weeks": 1}),
        await house.juno.get(f"/api/accounts/{house.account}/people"),
    ):
        assert (refused.status, refused.body["code"]) == (403, "FORBIDDEN"), refused.text
    assert "by juno" in str((await house.mira.get(f"/posts/{one}")).text)


async def test_posts_that_are_not_there_for_somebody_are_not_spread(house: House) -> None:
    spread = {"ids": house.waiting[:2], "weeks": 1}

    theirs = await house.juno.post("/api/spread/preview", json=spread)
    missing = await house.mira.post("/api/spread/preview", json=spread | {"ids": [house.waiting[0], "987654"]})
    await house.let_in("editor")
    shared = await house.juno.post("/api/spread/preview", json=spread)

    assert (theirs.status, missing.status, shared.status) == (404, 404, 200)


async def test_pages_of_a_reviewer_offer_what_they_may_do(house: House) -> None:
    await house.let_in("reviewer")
    narrowed = f"account_id={house.account}"

    review = (await house.juno.get(f"/review?{narrowed}")).text
    home = unescape((await house.juno.get(f"/?{narrowed}")).text)
    mine = unescape((await house.juno.get("/review")).text)
    one = await house.juno.get(f"/review/{house.waiting[0]}")

    assert "/approve" in review
    assert "/reject" in review
    assert "/edit" not in review
    assert f"{len(house.waiting)} pictures wait for review" in home
    assert "My accounts" in home
    assert f"/review/{house.waiting[0]}" not in mine
    assert one.status == 200
    for path in ("/drafts", "/scheduled", "/published", "/failed", "/trash", "/calendar", "/calendar/list"):
        assert (await house.juno.get(f"{path}?{narrowed}")).status == 200, path
    await house.mira.patch(f"/api/posts/{house.waiting[0]}", json={"is_mature": False})
    await house.juno.post(f"/api/posts/{house.waiting[0]}/approve", json={})
    drafts, calendar = [(await house.juno.get(f"{path}?{narrowed}")).text for path in ("/drafts", "/calendar")]
    assert f'id="post-{house.waiting[0]}"' in drafts
    assert 'name="ids"' not in drafts  # nothing to tick for what they may not do
    assert 'class="draft"' not in calendar
    assert 'class="draft"' in (await house.mira.get("/calendar")).text


async def test_the_post_page_of_a_reviewer_offers_notes_and_decisions_and_nothing_that_is_refused(
    house: House,
) -> None:
    await house.let_in("reviewer")
    one = house.waiting[0]
    path = f"/posts/{one}"

    page = unescape((await house.juno.get(path)).text)

    assert "You review for mira: you may approve, reject and write notes." in page
    offered = set(re.findall(rf'action="(/[^"]*{one}/[^"]*)"', page))
    assert offered == {f"{path}/approve", f"{path}/reject", f"{path}/edit"}
    assert 'name="title"' not in page
    form = {"csrf_token": house.juno.headers["X-CSRF-Token"], "only": "notes", "version": "1", "notes": "Too dark"}
    before = (await house.mira.get(f"/api/posts/{one}")).body
    # What they decide they may take back; a time that somebody gave it since is not theirs to take away.
    await house.juno.post(f"{path}/approve", data=form)
    undone = await house.juno.post(f"{path}/send-back", data=form | {"version": ""}, follow=True)
    assert (await house.mira.get(f"/api/posts/{one}")).body["status"] == "review", undone.text
    await house.mira.post(f"/api/posts/{one}/schedule", json=LATER)
    assert (await house.juno.post(f"/api/posts/{one}/send_back", json={})).status == 403
    before = (await house.mira.get(f"/api/posts/{one}")).body
    saved = await house.juno.post(f"{path}/edit", data=form | {"version": str(before["version"])})
    assert saved.status == 303, saved.text
    after = (await house.mira.get(f"/api/posts/{one}")).body
    assert (after["notes"], after["title"], after["tags"]) == ("Too dark", before["title"], before["tags"])


@pytest.mark.parametrize("role", ["editor", "reviewer"])
async def test_who_does_not_own_an_account_is_told_who_can_connect_it_again(
    app: AppHarness, house: House, role: str
) -> None:
    await house.let_in(role)
    one, two = house.waiting[:2]
    await house.mira.post(f"/api/posts/{two}/schedule", json=LATER)
    await failed(app.app, int(one), "authorization_lost", "The account has to be connected again.")
    form = {"csrf_token": house.mira.headers["X-CSRF-Token"]}
    assert (await house.mira.post(f"/settings/accounts/{house.account}/disconnect", data=form)).status == 303
    again = f"/auth/deviantart?link=1&account={house.account}"
    pages = (f"/posts/{one}", f"/posts/{two}", "/failed", "/scheduled", "/settings/accounts")

    for path in pages:
        narrowed = f"{path}?account_id={house.account}"
        theirs = unescape((await house.juno.get(narrowed)).text)
        mine = unescape((await house.mira.get(narrowed)).text)
        assert (again in mine, again in theirs) == (path != "/scheduled", False), path
        assert re.search("Only mira, whose account it is, can connect|mira has to connect (mira|it) again", theirs), (
            path
        )
    # Where somebody gets hold of the button of a notice all the same.
    told = await house.juno.get(again)
    assert (told.status, "Only mira, whose account mira is, can connect it again." in unescape(told.text)) == (
        403,
        True,
    )
    assert (await house.juno.get("/auth/deviantart?link=1&account=987654")).status == 404


async def test_a_post_says_that_it_waits_for_its_account_and_offers_what_helps_to_who_may(house: House) -> None:
    await house.let_in("editor")
    one = house.waiting[0]
    await house.mira.post(f"/api/posts/{one}/schedule", json=LATER)
    form = {"csrf_token": house.mira.headers["X-CSRF-Token"], "account_id": house.account}
    assert (await house.mira.post("/pause", data=form)).status == 303

    juno = (await house.juno.get("/api/me")).body["user"]["id"]
    for role, may_resume in (("editor", True), ("reviewer", False)):
        people = f"/api/accounts/{house.account}/people/{juno}"
        assert (await house.mira.patch(people, json={"role": role})).status == 204
        theirs = unescape((await house.juno.get(f"/posts/{one}")).text)
        side = theirs[theirs.index('id="side"') :]
        assert "mira is paused." in side
        assert ("Resume mira" in side, "Resume mira" in theirs) == (may_resume, may_resume), role


async def test_an_editor_works_as_the_owner_does_but_does_not_own(house: House) -> None:
    await house.let_in("editor")
    one = house.waiting[0]
    version = (await house.juno.post(f"/api/posts/{one}/approve", json={})).body["version"]

    changed = await house.juno.patch(
        f"/api/posts/{one}", json={"title": "Ours", "is_mature": False, "version": version}
    )
    planned = await house.juno.post(f"/api/posts/{one}/schedule", json=LATER)
    start, end = f"{DAY}T00:00:00Z", f"{DAY + timedelta(days=1)}T00:00:00Z"
    tiles = (await house.juno.get(f"/calendar/events?account_id={house.account}&start={start}&end={end}")).body

    assert (changed.status, planned.status) == (200, 200), planned.text
    assert (await house.mira.get(f"/api/posts/{one}")).body["title"] == "Ours"
    assert [tile["id"] for tile in tiles] == [one]
    assert (await house.juno.get(f"/calendar/events?start={start}&end={end}")).body == []
    assert (await house.juno.post(f"/settings/accounts/{house.account}/disconnect")).status in (403, 303)
    assert (await house.mira.get("/api/me")).body["accounts"][0]["status"] == "connected"
    assert (await house.juno.post(f"/api/accounts/{house.account}/people", json={"role": "editor"})).status == 403


async def test_what_is_not_shared_is_not_there(house: House) -> None:
    await house.let_in("reviewer")
    taro = await house.app.sign_in("taro")
    one = house.waiting[0]
    file = (await house.mira.get(f"/api/posts/{one}")).body["files"][0]["id"]

    assert (await taro.get(f"/api/posts/{one}")).status == 404
    assert (await taro.get(f"/files/{file}")).status == 404
    assert (await taro.get(f"/api/posts?account_id={house.account}")).body["items"] == []
    assert (await taro.get(f"/api/accounts/{house.account}/people")).status == 404
    assert (await taro.post(f"/api/posts/{one}/approve", json={})).status == 404
    # The owner's other account is not shared with it.
    await house.app.authorize(house.mira, "ines", start="/auth/deviantart?link=1")
    other = (await house.mira.get("/api/me")).body["accounts"][1]["id"]
    assert (await house.juno.get(f"/api/posts?account_id={other}")).body["total"] in (0, None)
    assert [one["id"] for one in (await house.juno.get("/api/me")).body["shared"]] == [house.account]


async def test_a_link_works_once_and_never_for_its_owner(house: House) -> None:
    people = f"/api/accounts/{house.account}/people"
    made = (await house.mira.post(people, json={"role": "reviewer"})).body
    door = "/" + made["url"].split("/", 3)[3]
    taro = await house.app.sign_in("taro")

    assert "mira shares mira with you" in unescape((await house.juno.get(door)).text)
    assert "Sign in with DeviantArt" in (await house.app.stranger().get(door)).text
    assert (await house.mira.post(door)).status in (303, 409)
    assert await house.people() == []
    await house.juno.post(door)
    assert (await taro.get(door)).status == 410
    assert await house.people() == [("juno", "reviewer")]

    kept = (await house.mira.post(people, json={"role": "editor"})).body
    assert (await house.mira.delete(f"{people}/links/{kept['id']}")).status == 204
    assert (await taro.get("/" + kept["url"].split("/", 3)[3])).status == 410
    assert (await house.mira.delete(f"{people}/links/{kept['id']}")).status == 404
    assert (await house.mira.post(people, json={"role": "owner"})).status == 422


async def test_a_role_changes_and_ends_at_once_and_all_of_it_is_in_the_log(house: House) -> None:
    await house.let_in("reviewer")
    person = (await house.juno.get("/api/me")).body["user"]["id"]
    people, one = f"/api/accounts/{house.account}/people", house.waiting[0]

    assert (await house.mira.patch(f"{people}/{person}", json={"role": "editor"})).status == 204
    edited = await house.juno.patch(f"/api/posts/{one}", json={"title": "Ours", "version": 1})
    assert edited.status == 200, edited.text
    assert (await house.mira.delete(f"{people}/{person}")).status == 204
    assert (await house.juno.get(f"/api/posts/{one}")).status == 404
    assert (await house.mira.delete(f"{people}/{person}")).status == 404
    said = await house.audit()
    assert said[:4] == [
        "Ended the share of juno in mira.",
        "Made juno an editor of mira.",
        "Became a reviewer of mira.",
        "Made a link for a reviewer of mira.",
    ]

    await house.let_in("editor")
    assert (await house.juno.post(f"/settings/accounts/{house.account}/leave")).status == 303
    assert await house.people() == []
    assert (await house.audit())[0] == "Left mira."


async def test_the_page_shows_the_link_once_and_who_works_on_the_account(house: House) -> None:
    page = f"/settings/accounts/{house.account}/people"
    made = unescape((await house.mira.post(page, data={"role": "editor"})).text)
    link = re.search(r'data-copy="[^"]*(/share/[^"]+)"', made)
    again = (await house.mira.get(page)).text

    assert link is not None
    assert link[1] not in again
    assert "Open links" in again
    await house.juno.post(link[1])
    assert "juno" in (await house.mira.get(page)).text
    assert "of mira, you are an editor" in unescape((await house.juno.get("/settings/accounts")).text)
    assert (await house.juno.get(page)).status == 403
    assert "Choose editor or reviewer." in unescape((await house.mira.post(page, data={"role": "king"})).text)
