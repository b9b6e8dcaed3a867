"""The authorisation server's answers, and the one that means "connect again"."""

from datetime import timedelta

import aiohttp
import pytest

from core.deviantart import SCOPES
from core.errors import AuthorizationLost, Busy, ExternalError, NotSent, OutcomeUnknown, Refused
from data.deviantart.oauth import OAuthClient
from data.deviantart.transport import Transport
from tests.data.deviantart.conftest import HurriedClock, Line
from tests.support.sandbox import VERIFIER, answers_in

CALLBACK = "http://127.0.0.1:1/auth/deviantart/callback?x=1"


async def sign_in(line: Line) -> dict[str, str]:
    """Follow the address as a browser would, choosing mira."""
    url = line.oauth.authorize_url(redirect_uri=CALLBACK, state="s&t", verifier=VERIFIER, scopes=SCOPES)
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data={"artist": "mira"}, allow_redirects=False) as response,
    ):
        return answers_in(response.headers["Location"])


async def test_signing_in_brings_tokens_and_the_granted_scopes(line: Line) -> None:
    back = await sign_in(line)

    pair = await line.oauth.exchange_code(code=back["code"], redirect_uri=CALLBACK, verifier=VERIFIER)

    assert (back["state"], back["x"]) == ("s&t", "1")
    assert pair.scopes == frozenset(SCOPES)
    assert pair.expires_in == timedelta(hours=1)
    assert (await line.api.whoami(pair.access_token)).username == "mira"
    assert pair.access_token not in repr(pair)


async def test_a_spent_code_is_refused(line: Line) -> None:
    code = (await sign_in(line))["code"]
    await line.oauth.exchange_code(code=code, redirect_uri=CALLBACK, verifier=VERIFIER)

    with pytest.raises(Refused):
        await line.oauth.exchange_code(code=code, redirect_uri=CALLBACK, verifier=VERIFIER)


async def test_refreshing_rotates_and_a_second_use_loses_the_authorisation(line: Line) -> None:
    old = line.sandbox.world.grant("mira").refresh_token or ""

    pair = await line.oauth.refresh(old)

    assert pair.refresh_token not in (None, old)
    with pytest.raises(AuthorizationLost):
        await line.oauth.refresh(old)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant", "status": "error"}, AuthorizationLost),
        (
            400,
            {"error": "invalid_request", "error_description": "The refresh_token is invalid."},
            AuthorizationLost,
        ),
        (400, {"error": "invalid_request", "error_description": "Something else."}, Refused),
        (401, {"error": "invalid_client"}, Refused),
        (400, {"error": "invalid_client"}, Refused),
        (429, {"error": "user_api_threshold"}, Busy),
        (503, {"error": "server_error"}, Busy),
        (403, b"<html>blocked</html>", Busy),
        (500, {"error": "server_error"}, OutcomeUnknown),
        (502, b"<html>bad gateway</html>", OutcomeUnknown),
        (200, b"   ", OutcomeUnknown),
        (200, b"[" * 100_000, OutcomeUnknown),
        (200, {"status": "success"}, OutcomeUnknown),
        (200, {"access_token": "a", "status": "success"}, OutcomeUnknown),
    ],
)
async def test_only_two_answers_mean_connect_again(
    line: Line, status: int, body: dict[str, str] | bytes, error: type[ExternalError]
) -> None:
    token = line.sandbox.world.grant("mira").refresh_token or ""
    line.sandbox.faults.on("oauth2/token").replaces(status, body)

    with pytest.raises(error) as caught:
        await line.oauth.refresh(token)

    assert type(caught.value) is error
    assert token not in str(caught.value)
    assert getattr(caught.value, "blocked", False) is (status == 403)


@pytest.mark.parametrize("said", [b"1e999", b"1" + b"0" * 40, b"-5", b'"soon"', b"null"])
async def test_a_lifetime_that_makes_no_sense_costs_no_tokens(line: Line, said: bytes) -> None:
    body = b'{"access_token":"a","refresh_token":"r","expires_in":' + said + b"}"
    line.sandbox.faults.on("oauth2/token").replaces(200, body)

    pair = await line.oauth.refresh("old")

    assert (pair.access_token, pair.refresh_token) == ("a", "r")
    assert timedelta() <= pair.expires_in <= timedelta(days=366)


async def test_a_lost_answer_is_unknown_and_nothing_listening_is_not_sent(
    line: Line, clock: HurriedClock, unused_tcp_port: int
) -> None:
    token = line.sandbox.world.grant("mira").refresh_token or ""
    line.sandbox.faults.on("oauth2/token/refresh_token").loses_the_answer()
    nowhere = Transport(f"http://127.0.0.1:{unused_tcp_port}", clock, user_agent="isekai-tests/1")

    with pytest.raises(NotSent):
        await OAuthClient(nowhere, client_id="1", client_secret="s").refresh(token)
    with pytest.raises(OutcomeUnknown):
        await line.oauth.refresh(token)
    with pytest.raises(AuthorizationLost):
        await line.oauth.refresh(token)
    await nowhere.close()

    assert [note.outcome for note in line.sandbox.world.refreshes] == ["rotated", "used"]


async def test_an_app_token_reads_but_is_nobody(line: Line) -> None:
    pair = await line.oauth.app_token()

    assert pair.refresh_token is None
    assert (await line.api.call(pair.access_token, "GET", "browse/home", {"limit": 3}))["results"]


async def test_revoking_ends_the_connection(line: Line) -> None:
    grant = line.sandbox.world.grant("mira")

    await line.oauth.revoke(grant.access_token)

    with pytest.raises(AuthorizationLost):
        await line.oauth.refresh(grant.refresh_token or "")
