"""Every route, walked by those who should not be there: what they are told, and that it changes nothing."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from core.scopes import Scope
from tests.support import walk
from tests.support.app import Answer, AppHarness, Caller, running_app
from tests.support.filled import LONG, Filled, fill
from tests.support.markup import wrong_in
from tests.support.walk import Step
from web.api.routes import ENDPOINTS
from web.pages.flash import FLASH_COOKIE, unpack

SIGNED_IN = (walk.OWN, walk.ADMINS, walk.THEIRS)


@dataclass
class House:
    app: AppHarness
    mira: Caller
    filled: Filled
    steps: list[Step]

    def of(self, *groups: frozenset[str]) -> list[Step]:
        return [step for step in self.steps if any(step.route in group for group in groups)]

    async def kept(self) -> list[str]:
        """What of mira's others might have changed."""
        every = ("posts", "automations", "series", "webhooks", "templates", "price-presets", "holidays", "keep-lists")
        return [(await self.mira.get(f"/api/{name}")).text for name in (*every, "changes", "accounts", "invites")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running_app(tmp_path_factory.mktemp("walk") / "home", OPEN_SIGNUP="yes", MAX_FILE_MB="2") as app:
        mira = await app.sign_in("mira")
        filled = await fill(app, mira)
        yield House(app, mira, filled, await walk.steps_of(app, mira, filled))


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_route_is_in_one_group(house: House) -> None:
    routes = [resource.canonical for _, resource in walk.every_route(house.app)]

    groups = (walk.OPEN, walk.DOORS, walk.OWN, walk.ADMINS, walk.THEIRS)
    assert set(routes) == set().union(*groups)
    assert sum(map(len, groups)) == len(set(routes))


async def test_a_stranger_is_led_to_the_sign_in_page_or_told_to_sign_in(house: House) -> None:
    stranger = house.app.stranger()

    wrong = await _not_sent_away(house.of(*SIGNED_IN), stranger)

    assert wrong == []
    assert (await stranger.get("/live")).status == 401


async def test_no_change_works_without_the_token_of_its_session(house: House) -> None:
    tokenless = house.app.stranger()
    tokenless.jar.update_cookies({cookie.key: cookie.value for cookie in house.mira.jar})
    changing = [step for step in house.steps if step.changes and step.route != "/hook/{key}"]

    wrong = [f"{step}: {one.status}" async for step, one in _walked(changing, tokenless) if one.status != 403]

    assert wrong == []
    assert (await tokenless.get("/api/me")).status == 200


async def test_another_member_finds_what_is_not_theirs_as_little_as_what_is_not_there(house: House) -> None:
    taro = await house.app.sign_in("taro")
    before = await house.kept()
    # The addresses are real ones: whose things they name finds them there.
    shown = [step for step in house.of(walk.THEIRS) if not step.changes and "screenshot" not in step.path]
    wrong = [str(step) async for step, answer in _walked(shown, house.mira) if answer.status == 404]

    async for step, answer in _walked(house.of(walk.THEIRS), taro):
        if not await _is_as_missing(step, answer, taro):
            wrong.append(f"{step}: {answer.status}")
    async for step, answer in _walked(house.of(walk.ADMINS), taro):
        if answer.status not in {403, 404} and not _is_refused(answer):
            wrong.append(f"{step}: {answer.status}")
    async for step, answer in _walked(house.of(walk.OWN), taro):
        # What mira published is public, and found among the works of everybody.
        if answer.status >= 500 or (LONG.encode() in answer.content and "/inspiration/works/" not in step.path):
            wrong.append(f"{step}: {answer.status}")

    assert wrong == []
    assert await house.kept() == before


async def test_somebody_disabled_is_a_stranger_to_every_route(house: House) -> None:
    lumi = await house.app.sign_in("lumi")
    key = await house.app.program(lumi, *(scope for scope in Scope if scope is not Scope.ADMIN))
    user = (await lumi.get("/api/me")).body["user"]["id"]
    assert (await house.mira.post(f"/api/people/{user}/disable", json={})).status in {200, 204}
    everywhere = house.of(*SIGNED_IN)
    api = [step for step in everywhere if step.is_api]

    wrong = await _not_sent_away(everywhere, lumi)
    # Useless keys are soon told to wait.
    wrong += [f"{step} by key: {one.status}" async for step, one in _walked(api, key) if one.status not in {401, 429}]

    assert wrong == []
    assert [(await who.get("/live")).status in {401, 429} for who in (lumi, key)] == [True, True]


async def test_a_key_without_the_scope_is_told_so_at_every_call(house: House) -> None:
    lacking = {
        scope: await house.app.program(house.mira, *(set(Scope) - {scope}), calls_per_minute=100_000)
        for scope in Scope
    }
    by_route = {(step.method, step.route): step for step in house.steps}
    wrong = []

    for endpoint in ENDPOINTS:
        step = by_route[endpoint.method, endpoint.path]
        answer = await step.by(lacking[endpoint.scope])
        if (answer.status, answer.code) != (403, "SCOPE_MISSING"):
            wrong.append(f"{step}: {answer.status}")
    uploader = await house.app.program(house.mira, "upload", calls_per_minute=100_000)
    # A key opens no page; and one that only uploads, no picture, no feed and no stream either.
    for step in (*house.of(*SIGNED_IN), Step("GET", "/live", "/live", "/live")):
        if not step.is_api or step.route == "/calendar.ics":
            answer = await step.by(uploader)
            if not (_is_sent_away(step, answer) or answer.status == 403):
                wrong.append(f"{step} by an uploader: {answer.status}")

    assert wrong == []


# What a reviewer of mira's account may do there, and what an editor may beyond that.
REVIEWERS = frozenset(
    (
        "GET /api/posts/{id}", "GET /api/posts/{id}/figures", "GET /api/posts/{id}/files/{file_id}",
        "GET /api/posts/{id}/history", "GET /api/posts/{id}/resolve", "GET /api/posts/{id}/twins",
        "GET /api/posts/{id}/wishes", "GET /files/{id}", "GET /files/{id}/thumb", "GET /posts/{post_id}",
        "GET /posts/{post_id}/candidates", "GET /posts/{post_id}/insert", "GET /posts/{post_id}/more",
        "GET /posts/{post_id}/side", "GET /posts/{post_id}/when", "GET /published/figures/{post_id}",
        "GET /review/{post_id}", "GET /review/{post_id}/beside/{twin_id}", "GET /review/{post_id}/twins",
        "GET /upload/twins/{post_id}", "POST /api/posts/{id}/approve", "POST /api/posts/{id}/reject",
        "POST /api/posts/{id}/send_back",
        "POST /posts/{post_id}/stored",
    )
)  # fmt: skip
EDITORS = frozenset(
    (
        "DELETE /api/accounts/{id}/folders/{folder_id}", "DELETE /api/posts/{id}",
        "DELETE /api/posts/{id}/files/{file_id}", "DELETE /api/posts/{id}/link",
        "DELETE /api/posts/{id}/twins/{twin_id}",
        "DELETE /api/queue/{id}", "GET /api/accounts/{id}/folders", "PATCH /api/accounts/{id}/folders/{folder_id}",
        "PATCH /api/accounts/{id}/pacing", "PATCH /api/posts/{id}", "POST /api/accounts/{id}/folders",
        "POST /api/posts/{id}/comment", "POST /api/posts/{id}/files", "POST /api/posts/{id}/files/order",
        "POST /api/posts/{id}/files/{file_id}/restore", "POST /api/posts/{id}/hold", "POST /api/posts/{id}/link",
        "POST /api/posts/{id}/offer", "POST /api/posts/{id}/publish", "POST /api/posts/{id}/restore",
        "POST /api/posts/{id}/schedule",
        "POST /api/posts/{id}/unhold", "POST /api/posts/{id}/unschedule",
        "POST /folders/{account_id}/refresh", "POST /posts/{post_id}/edit", "POST /posts/{post_id}/link",
        "POST /posts/{post_id}/schedule",
        "POST /review/{post_id}/beside/{twin_id}", "PUT /api/accounts/{id}/folders/order",
        "PUT /api/accounts/{id}/slots", "PUT /api/posts/{id}/twins/{twin_id}",
    )
)  # fmt: skip


@pytest.mark.parametrize(("artist", "may"), [("juno", REVIEWERS), ("ines", REVIEWERS | EDITORS)])
async def test_who_shares_an_account_may_do_what_the_role_allows_and_nothing_else(
    house: House, artist: str, may: frozenset[str]
) -> None:
    guest = await house.app.sign_in(artist)
    if artist == "ines":
        assert (await guest.post(f"/share/{house.filled.share}")).status == 303
    # Who leaves cannot go on.
    mine = f"/people/{(await guest.get('/api/me')).body['user']['id']}"
    steps = [step for step in house.of(walk.THEIRS) if "leave" not in step.path and mine not in step.path]

    did = set()
    async for step, answer in _walked(steps, guest):
        if answer.status != 403 and not await _is_as_missing(step, answer, guest):
            did.add(f"{step.method} {step.route}")

    assert did - may == set()
    assert may - did == set()


async def test_numbers_that_no_database_counts_to_lead_nowhere(house: House) -> None:
    endless = {
        step: step.missing.replace(walk.NOBODY_S, "9" * 25) for step in house.of(walk.THEIRS) if not step.is_api
    }

    wrong = [path for step, path in endless.items() if (await step.by(house.mira, path)).status != 404]

    assert wrong == []


FOREIGN = ("//evil.example/x", "/\\evil.example", "https://evil.example/", "/\r\nX-Evil: 1", "javascript:evil()")
LEADING = ("Location", "HX-Redirect", "HX-Location")
LOCAL = re.compile(r"/(?![/\\])|http://127\.0\.0\.1:")  # a path of ours, or the sandbox
# These would end the walk.
LAST_STEPS = frozenset(
    ("/auth/logout", "/settings/data/delete", "/settings/sessions/end", "/settings/sessions/{key}/end")
)


async def test_no_form_and_no_page_leads_to_a_foreign_one(house: House) -> None:
    """Last, for it changes what the others walk through."""
    wrong = []

    for number, step in enumerate(step for step in house.steps if not step.is_api and step.route not in LAST_STEPS):
        said = {name: FOREIGN[(number + turn) % len(FOREIGN)] for turn, name in enumerate(("next", "stay", "back"))}
        headers = {"Referer": "https://evil.example/left", "HX-Current-URL": "https://evil.example/left"}
        if step.changes:
            answer = await house.mira(step.method, step.path, data=(step.body or {}) | said, headers=headers)
        else:
            answer = await house.mira.get(f"{step.path}?{urlencode(said)}", headers=headers)
        if leads := [one for one in map(answer.headers.get, LEADING) if one and not LOCAL.match(one)]:
            wrong.append(f"{step}: {leads}")
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            wrong += [
                f"{step}: {one}" for one in (*wrong_in(answer.text), *re.findall("X-Evil", str(answer.headers)))
            ]

    assert wrong == []


async def _walked(steps: list[Step], who: Caller) -> AsyncIterator[tuple[Step, Answer]]:
    for step in steps:
        yield step, await step.by(who)
        who.jar.clear(lambda cookie: cookie.key == FLASH_COOKIE)  # or the next page shows it


async def _not_sent_away(steps: list[Step], who: Caller) -> list[str]:
    return [f"{step}: {one.status}" async for step, one in _walked(steps, who) if not _is_sent_away(step, one)]


def _is_sent_away(step: Step, answer: Answer) -> bool:
    if step.is_api or answer.status == 401:
        return answer.status == 401
    return answer.status == 303 and answer.headers["Location"].startswith("/signin")


async def _is_as_missing(step: Step, answer: Answer, who: Caller) -> bool:
    """Nothing here, a refusal in a message, or word for word what an address that leads nowhere is answered."""
    if answer.status == 404 or _is_refused(answer):
        return True
    missing = await step.by(who, step.missing)
    return answer.status == missing.status and _said(answer) == step.here(_said(missing))


def _is_refused(answer: Answer) -> bool:
    flash = SimpleCookie(answer.headers.get("Set-Cookie", "")).get(FLASH_COOKIE)
    said = unpack(flash.value) if flash is not None else None
    return answer.status == 303 and said is not None and said.bad


def _said(answer: Answer) -> str:
    """Without the token, which is masked anew each time."""
    return re.sub(r"\bm\.[\w=-]{40,}", "", answer.content.decode("utf-8", "replace"))
