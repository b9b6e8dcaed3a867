"""Signing in through the sandbox, over real HTTP."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.app import AppHarness, Caller, running_app


async def test_the_first_person_becomes_administrator_and_finds_sample_pictures(app: AppHarness) -> None:
    mira = await app.sign_in("mira")

    me = (await mira.get("/api/me")).body
    assert me["user"]["role"] == "admin"
    assert [account["username"] for account in me["accounts"]] == ["mira"]
    assert (await mira.get("/api/posts?status=review")).body["total"] >= 1


async def test_a_second_person_is_a_member_and_sees_nothing_of_the_first(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    post_id = (await mira.get("/api/posts?limit=1")).body["items"][0]["id"]
    assert (await juno.get("/api/me")).body["user"]["role"] == "member"
    assert (await juno.get(f"/api/posts/{post_id}")).status == 404


async def test_without_open_sign_up_a_second_person_is_refused_with_a_page(tmp_path: Path) -> None:
    async with running_app(tmp_path / "home") as app:
        await app.sign_in("mira")
        stranger = app.stranger()

        answer = await app.authorize(stranger, "juno")

        assert answer.status == 403
        assert "invitation" in answer.text
        assert (await stranger.get("/api/me")).status == 401


async def test_the_browser_comes_back_to_where_it_wanted_to_go(app: AppHarness) -> None:
    answer = await app.authorize(app.stranger(), "mira", start="/auth/deviantart?next=%2Fdrafts%3Ftag%3Dsea")

    assert answer.headers["Location"] == "/drafts?tag=sea"


async def test_only_local_paths_are_gone_to(app: AppHarness) -> None:
    for hostile in ("//evil.example", "%2F%5Cevil.example", "https:%2F%2Fevil.example", "%2F%09%2Fevil.example"):
        answer = await app.authorize(app.stranger(), "mira", start=f"/auth/deviantart?next={hostile}")
        assert answer.headers["Location"] == "/", hostile


async def test_a_wrong_state_is_refused(app: AppHarness) -> None:
    browser = app.stranger()
    await browser.get("/auth/deviantart")

    answer = await browser.get("/auth/deviantart/callback?code=x&state=wrong")

    assert answer.status == 400
    assert "The sign-in did not work" in answer.text
    assert '<a class="button primary" href="/signin">Try again</a>' in answer.text


async def test_a_state_works_once(app: AppHarness) -> None:
    browser = app.stranger()
    departure = await browser.get("/auth/deviantart")
    back = await app.decide(browser, departure.headers["Location"], "mira")
    assert (await browser.get(back)).status == 303

    again = await browser.get(back)

    assert again.status == 400


async def test_a_state_works_only_in_the_browser_that_began(app: AppHarness) -> None:
    browser, other = app.stranger(), app.stranger()
    departure = await browser.get("/auth/deviantart")
    back = await app.decide(browser, departure.headers["Location"], "mira")

    assert (await other.get(back)).status == 400


async def test_a_code_that_was_used_is_refused_with_a_page(app: AppHarness) -> None:
    browser = app.stranger()
    first = await browser.get("/auth/deviantart")
    back = await app.decide(browser, first.headers["Location"], "mira")
    assert (await browser.get(back)).status == 303
    code = parse_qs(urlsplit(back).query)["code"][0]
    second = await browser.get("/auth/deviantart")
    state = parse_qs(urlsplit(second.headers["Location"]).query)["state"][0]

    answer = await browser.get(f"/auth/deviantart/callback?code={code}&state={state}")

    assert answer.status == 400


async def test_a_declined_sign_in_says_so(app: AppHarness) -> None:
    browser = app.stranger()
    departure = await browser.get("/auth/deviantart")
    state = parse_qs(urlsplit(departure.headers["Location"]).query)["state"][0]

    answer = await browser.get(f"/auth/deviantart/callback?error=access_denied&state={state}")

    assert answer.status == 403
    assert "declined" in answer.text


async def test_a_missing_scope_is_named(app: AppHarness) -> None:
    browser = app.stranger()
    departure = await browser.get("/auth/deviantart")
    fewer = departure.headers["Location"].replace("+publish", "").replace("%20publish", "")
    back = await app.decide(browser, fewer, "mira")

    answer = await browser.get(back)

    assert answer.status == 403
    assert "publish" in answer.text


async def test_signing_in_again_makes_a_new_session_and_ends_the_former(app: AppHarness) -> None:
    browser = app.stranger()
    await app.authorize(browser, "mira")
    former = {cookie.key: cookie.value for cookie in browser.jar}["isekai_session"]

    await app.authorize(browser, "mira")

    assert {cookie.key: cookie.value for cookie in browser.jar}["isekai_session"] != former
    assert (await app.stranger({"Cookie": f"isekai_session={former}"}).get("/api/me")).status == 401


async def test_an_account_is_added_to_the_person_who_is_signed_in(app: AppHarness, mira: Caller) -> None:
    answer = await app.authorize(mira, "juno", start="/auth/deviantart?link=1")

    assert answer.status == 303
    assert [a["username"] for a in (await mira.get("/api/me")).body["accounts"]] == ["mira", "juno"]
    assert "juno is connected." in (await mira.get("/")).text


async def test_an_account_of_somebody_else_is_not_taken_over(app: AppHarness, mira: Caller) -> None:
    await app.sign_in("juno")

    answer = await app.authorize(mira, "juno", start="/auth/deviantart?link=1")

    assert answer.status == 403
    assert len((await mira.get("/api/me")).body["accounts"]) == 1


async def test_signing_out_ends_the_session(app: AppHarness, mira: Caller) -> None:
    assert (await mira.post("/auth/logout")).status == 303

    assert (await mira.get("/api/me")).status == 401


async def test_signing_out_needs_the_token(app: AppHarness, mira: Caller) -> None:
    answer = await mira.post("/auth/logout", headers={"X-CSRF-Token": "wrong"})

    assert answer.status == 403
    assert (await mira.get("/api/me")).status == 200


async def test_reconnecting_as_another_artist_by_mistake_changes_nothing(app: AppHarness, mira: Caller) -> None:
    (account,) = (await mira.get("/api/me")).body["accounts"]
    answer = await mira.post(f"/settings/accounts/{account['id']}/disconnect")
    page = unescape((await mira.get("/settings/accounts")).text)
    (again,) = set(re.findall(r'href="(/auth/deviantart\?link=1&account=\d+)"', page))
    assert answer.status == 303

    wrong = await app.authorize(mira, "juno", start=again)
    assert wrong.status == 403
    assert "You wanted to reconnect mira, but this browser is signed in to DeviantArt as juno" in unescape(wrong.text)
    assert f'href="{again}">Try again' in unescape(wrong.text)
    still = (await mira.get("/api/me")).body["accounts"]
    assert [(one["username"], one["status"]) for one in still] == [("mira", "reconnect")]

    right = await app.authorize(mira, "mira", start=again)
    assert right.status == 303
    back = (await mira.get("/api/me")).body["accounts"]
    assert [(one["username"], one["status"]) for one in back] == [("mira", "connected")]


async def test_an_account_of_somebody_else_cannot_be_reconnected(app: AppHarness, mira: Caller) -> None:
    (account,) = (await mira.get("/api/me")).body["accounts"]
    juno = await app.sign_in("juno")

    assert (await juno.get(f"/auth/deviantart?link=1&account={account['id']}")).status == 404


async def test_a_disabled_person_is_refused_at_once(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    key = await app.program(juno, "read")
    assert (await key.get("/api/me")).status == 200
    user_id = int((await juno.get("/api/me")).body["user"]["id"])

    await app.app.people.disable(user_id)

    assert (await juno.get("/api/me")).status == 401
    assert (await key.get("/api/me")).status == 401
    assert (await app.authorize(app.stranger(), "juno")).status == 403


async def test_pages_forbid_foreign_scripts_frames_and_sniffing(app: AppHarness) -> None:
    for path in ("/signin", "/nothing-here", "/api/me", "/health"):
        headers = (await app.stranger().get(path)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_the_session_cookie_is_out_of_reach_for_scripts(app: AppHarness) -> None:
    answer = await app.authorize(app.stranger(), "mira")

    cookie = next(value for value in answer.headers.getall("Set-Cookie") if "isekai_session=" in value)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
