"""The authorize page and the token endpoint."""

import aiohttp
import pytest

from data.sandbox.app import Sandbox
from data.sandbox.options import SandboxOptions
from tests.support.clock import FakeClock
from tests.support.sandbox import API, VERIFIER, Caller, a_sandbox, answers_in, authorize_query


async def authorize(session: aiohttp.ClientSession, sandbox: Sandbox, **changes: str | None) -> dict[str, str]:
    async with session.post(
        sandbox.base_url + "/oauth2/authorize",
        params=authorize_query(**changes),
        data={"artist": "mira"},
        allow_redirects=False,
    ) as response:
        assert response.status == 302, await response.text()
        return answers_in(response.headers["Location"])


async def exchange(session: aiohttp.ClientSession, sandbox: Sandbox, **fields: str) -> tuple[int, dict[str, object]]:
    body = {
        "grant_type": "authorization_code",
        "client_id": "4711",
        "client_secret": "s",
        "redirect_uri": authorize_query()["redirect_uri"],
        "code_verifier": VERIFIER,
    } | fields
    async with session.post(sandbox.base_url + "/oauth2/token", data=body) as response:
        return response.status, await response.json()


async def test_the_page_is_one_form_with_one_button_for_each_artist(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    async with session.get(sandbox.base_url + "/oauth2/authorize", params=authorize_query()) as response:
        page = await response.text()

    assert page.count("<form") == 1
    assert page.count('<button name="artist"') == 6
    assert "imitation" in page
    assert "form-action" not in response.headers["Content-Security-Policy"]


async def test_a_click_leads_to_tokens_with_the_scopes_asked_for(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    back = await authorize(session, sandbox)
    status, tokens = await exchange(session, sandbox, code=back["code"])

    assert back["state"] == "xyz"
    assert status == 200
    assert (tokens["expires_in"], tokens["token_type"]) == (3600, "Bearer")
    assert tokens["scope"] == "basic user stash publish"


async def test_a_form_without_user_agent_extras_can_choose_an_artist(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    async with session.post(
        sandbox.base_url + "/oauth2/authorize",
        params=authorize_query(),
        data={"artist": "juno"},
        headers={"Accept-Encoding": "identity"},
        allow_redirects=False,
    ) as response:
        assert response.status == 302


async def test_a_code_works_once(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    code = (await authorize(session, sandbox))["code"]
    await exchange(session, sandbox, code=code)

    status, body = await exchange(session, sandbox, code=code)

    assert (status, body["error"]) == (400, "invalid_request")
    assert body["error_description"] == "Incorrect authorization code."


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 43},
        {"redirect_uri": "http://127.0.0.1:1/auth/deviantart/callback/"},
        {"client_id": "4712"},
    ],
)
async def test_a_code_is_bound_to_verifier_address_and_client(
    session: aiohttp.ClientSession, sandbox: Sandbox, wrong: dict[str, str]
) -> None:
    code = (await authorize(session, sandbox))["code"]

    status, _ = await exchange(session, sandbox, code=code, **wrong)

    assert status == 400


async def test_a_code_dies_after_a_minute(session: aiohttp.ClientSession, sandbox: Sandbox, clock: FakeClock) -> None:
    code = (await authorize(session, sandbox))["code"]
    await clock.advance(61)

    status, _ = await exchange(session, sandbox, code=code)

    assert status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "basic everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_a_bad_wish_is_sent_back_with_its_error_and_state(
    session: aiohttp.ClientSession, sandbox: Sandbox, changes: dict[str, str | None], error: str
) -> None:
    back = await authorize(session, sandbox, **changes)

    assert (back["error"], back["state"]) == (error, "xyz")


async def test_refusing_comes_back_as_access_denied(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    url = sandbox.base_url + "/oauth2/authorize/deny"
    async with session.get(url, params=authorize_query(), allow_redirects=False) as response:
        assert answers_in(response.headers["Location"])["error"] == "access_denied"


async def test_an_unlisted_address_is_never_redirected_to(session: aiohttp.ClientSession, clock: FakeClock) -> None:
    options = SandboxOptions(client_id="4711", client_secret="s", redirect_uris=("http://127.0.0.1:1/other",))
    async with a_sandbox(clock, options=options) as sandbox:
        url = sandbox.base_url + "/oauth2/authorize"
        async with session.get(url, params=authorize_query(), allow_redirects=False) as response:
            assert response.status == 400
        status, body = await exchange(session, sandbox, code="x", client_secret="wrong")
    assert (status, body["error"]) == (401, "invalid_client")


async def test_a_refresh_token_dies_with_its_use(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    old = sandbox.world.grant("mira").refresh_token or ""
    first, rotated = await exchange(session, sandbox, grant_type="refresh_token", refresh_token=old)
    second, refused = await exchange(session, sandbox, grant_type="refresh_token", refresh_token=old)

    assert (first, second) == (200, 400)
    assert rotated["refresh_token"] != old
    assert refused["error_description"] == "The refresh_token is invalid."
    assert [note.outcome for note in sandbox.world.refreshes] == ["rotated", "used"]


async def test_a_refresh_whose_answer_is_lost_still_spends_the_token(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    old = sandbox.world.grant("mira").refresh_token or ""
    sandbox.faults.on("oauth2/token/refresh_token").loses_the_answer()

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await exchange(session, sandbox, grant_type="refresh_token", refresh_token=old)
    status, _ = await exchange(session, sandbox, grant_type="refresh_token", refresh_token=old)

    assert status == 400


async def test_a_refresh_token_lives_ninety_days(
    session: aiohttp.ClientSession, sandbox: Sandbox, clock: FakeClock
) -> None:
    token = sandbox.world.grant("mira").refresh_token or ""
    await clock.advance(90 * 86400 + 1)

    status, _ = await exchange(session, sandbox, grant_type="refresh_token", refresh_token=token)

    assert status == 400


async def test_a_scope_can_be_dropped_without_a_word(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    sandbox.world.switches.dropped_scopes = ["publish"]
    code = (await authorize(session, sandbox))["code"]

    _, tokens = await exchange(session, sandbox, code=code)

    assert tokens["scope"] == "basic user stash"


async def test_an_app_token_needs_a_secret_and_brings_no_refresh_token(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    status, tokens = await exchange(session, sandbox, grant_type="client_credentials")
    refused, body = await exchange(session, sandbox, grant_type="client_credentials", client_secret="")

    assert (status, "refresh_token" in tokens) == (200, False)
    assert (refused, body["error"]) == (401, "invalid_client")


async def test_unknown_grants_are_named(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    status, body = await exchange(session, sandbox, grant_type="password")

    assert (status, body["error_description"]) == (400, "Unknown grant_type")


async def test_revoking_ends_every_token_of_the_artist(mira: Caller) -> None:
    url = mira.sandbox.base_url + "/oauth2/revoke"
    async with mira.session.post(url, data={"token": mira.grant.refresh_token}) as response:
        assert (await response.json())["status"] == "success"

    status, body = await mira.get("placebo")

    assert (status, body["error"]) == (401, "invalid_token")


async def test_a_token_in_the_query_is_not_accepted(mira: Caller) -> None:
    url = f"{mira.sandbox.base_url}{API}placebo"
    async with mira.session.get(url, params={"access_token": mira.grant.access_token}) as response:
        assert response.status == 401
    async with mira.session.post(url, data={"access_token": mira.grant.access_token}) as response:
        assert response.status == 200
