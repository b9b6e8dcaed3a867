"""Faults do what they say, as often as they say, and the ledger shows the truth."""

import asyncio

import aiohttp
import pytest

from data.sandbox.app import Sandbox
from data.sandbox.faults import Fault
from tests.support.clock import FakeClock
from tests.support.sandbox import Caller
from tests.support.waiting import eventually


async def test_a_lost_answer_has_acted(mira: Caller, sandbox: Sandbox) -> None:
    itemid = await mira.submitted()
    sandbox.faults.on("stash/publish").loses_the_answer()

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert sandbox.world.published_items == [itemid]
    assert sandbox.world.requests[-1].status == 0


async def test_a_dropped_request_has_not_acted(mira: Caller, sandbox: Sandbox) -> None:
    itemid = await mira.submitted()
    sandbox.faults.on("stash/publish").drops_the_request()

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert sandbox.world.published_items == []


@pytest.mark.parametrize("acts", [False, True])
async def test_a_server_error_comes_before_or_after_acting(mira: Caller, sandbox: Sandbox, acts: bool) -> None:
    itemid = await mira.submitted()
    fault = sandbox.faults.on("stash/publish").answers(500)
    if acts:
        fault.after_acting()

    status, _ = await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert status == 500
    assert sandbox.world.published_items == ([itemid] if acts else [])


def shape(fault: Fault, name: str) -> None:
    match name:
        case "blank":
            fault.answers_blank()
        case "error_in_200":
            fault.answers_200_with_an_error()
        case "html_403":
            fault.blocks_with_html()
        case "limit":
            fault.limits(retry_after=7)
        case "application_limit":
            fault.limits(application=True)
        case "code_6":
            fault.refuses_with_code(6)
        case "invalid_token":
            fault.says_invalid_token()


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("blank", 200, " " * 19),
        ("error_in_200", 200, '"status":"error"'),
        ("html_403", 403, "<html>"),
        ("limit", 429, "user_api_threshold"),
        ("application_limit", 429, "application_api_threshold"),
        ("code_6", 400, '"error_code":6'),
        ("invalid_token", 401, "invalid_token"),
    ],
)
async def test_each_fault_has_its_shape_and_then_it_is_over(
    mira: Caller, sandbox: Sandbox, name: str, status: int, text: str
) -> None:
    shape(sandbox.faults.on("user/whoami"), name)
    url = sandbox.base_url + "/api/v1/oauth2/user/whoami"
    headers = {"Authorization": f"Bearer {mira.grant.access_token}"}

    async with mira.session.get(url, headers=headers) as response:
        assert response.status == status
        assert text in await response.text()
        assert response.headers.get("Retry-After") == ("7" if name == "limit" else None)
    async with mira.session.get(url, headers=headers) as response:
        assert response.status == 200


async def test_a_fault_can_last_choose_its_user_and_roll_dice(mira: Caller, sandbox: Sandbox) -> None:
    juno = Caller(mira.session, sandbox, "juno")
    sandbox.faults.on("placebo").for_user("juno").answers(503).times(2)
    sandbox.faults.on("user/*").answers(502).with_probability(0.5, seed=1)

    assert [(await caller.get("placebo"))[0] for caller in (mira, juno, juno, juno)] == [200, 503, 503, 200]
    statuses = [(await mira.get("user/whoami"))[0] for _ in range(20)]
    assert 3 < statuses.count(502) < 17
    assert sandbox.faults.armed[-1].fired == statuses.count(502)


async def test_ids_can_be_written_as_their_names(mira: Caller, sandbox: Sandbox) -> None:
    body = await mira.published()
    sandbox.faults.on("deviation/{deviationid}").answers(500)

    status, _ = await mira.get(f"deviation/{body['deviationid']}")

    assert status == 500
    assert sandbox.world.requests[-1].endpoint == "deviation/{deviationid}"


async def test_hanging_and_slow_answers_take_the_clocks_time(
    mira: Caller, sandbox: Sandbox, clock: FakeClock
) -> None:
    sandbox.faults.on("placebo").hangs(30)
    sandbox.faults.on("user/whoami").answers_slowly(10)
    hanging = asyncio.create_task(mira.get("placebo"))
    slow = asyncio.create_task(mira.get("user/whoami"))
    await eventually(lambda: len(clock._sleepers) == 2)

    assert not hanging.done()
    while not (hanging.done() and slow.done()):
        await clock.advance(1)

    assert (await hanging)[0] == 200
    assert (await slow)[1]["username"] == "mira"


async def test_the_clock_of_the_imitation_can_be_off(mira: Caller, sandbox: Sandbox) -> None:
    sandbox.world.switches.clock_offset_seconds = 3600
    async with mira.session.get(sandbox.base_url + "/") as response:
        assert response.headers["Date"] == "Mon, 23 Nov 2026 13:00:00 GMT"
    status, _ = await mira.get("placebo")
    assert status == 200


async def test_faults_state_ledger_and_reset_work_over_http(mira: Caller, sandbox: Sandbox) -> None:
    base = sandbox.base_url + "/_sandbox"
    order = {"on": "stash/publish", "do": "half_published"}
    async with mira.session.post(base + "/faults", json=order) as response:
        assert response.status == 200, await response.text()
    itemid = await mira.submitted()
    status, _ = await mira.post("stash/publish", itemid=itemid, is_mature="0")
    async with mira.session.post(
        base + "/state", json={"gallery_lag_seconds": 5, "revoke_refresh": "mira"}
    ) as response:
        assert (await response.json())["gallery_lag_seconds"] == 5
    async with mira.session.get(base + "/ledger") as response:
        ledger = await response.json()

    assert status == 500
    assert ledger["published_items"] == [itemid]
    assert ledger["duplicates"] == []
    assert ledger["accounts"]["mira"]["has_live_refresh_token"] is False
    async with mira.session.post(base + "/reset") as response:
        assert response.status == 200
    assert sandbox.world.items == []


@pytest.mark.parametrize("order", ["not json", '{"do":"explode"}', '{"on":"x","do":"error_code","code":12}', "[1]"])
async def test_an_order_that_makes_no_sense_is_refused(mira: Caller, sandbox: Sandbox, order: str) -> None:
    url = sandbox.base_url + "/_sandbox/faults"
    async with mira.session.post(url, data=order, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
    assert sandbox.faults.armed == []


async def test_other_sites_and_names_cannot_reach_the_switches(mira: Caller, sandbox: Sandbox) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        async with mira.session.post(sandbox.base_url + "/_sandbox/reset", headers=headers) as response:
            assert response.status == 403


async def test_people_can_arm_faults_from_a_page(mira: Caller, sandbox: Sandbox) -> None:
    form = {"on": "stash/publish", "do": "blank", "times": "2"}
    async with mira.session.post(sandbox.base_url + "/_sandbox/faults", data=form) as response:
        page = await response.text()

    assert "stash/publish" in page
    assert sandbox.faults.armed[0].remaining == 2
