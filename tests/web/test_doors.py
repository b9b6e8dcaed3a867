"""Strangers may knock so often, each address for itself, and people are never locked out by others' keys."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller, running_app
from tests.support.clock import FakeClock
from web.doors import LINKS, SIGN_INS, UNKNOWN_KEYS


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[AppHarness]:
    """A minute never passes, however slow the machine is."""
    async with running_app(tmp_path / "home", FakeClock()) as running:
        yield running


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[AppHarness]:
    async with running_app(tmp_path / "home", FakeClock(), ISEKAI_TRUSTED_PROXIES="127.0.0.1") as running:
        yield running


def from_address(app: AppHarness, address: str, **headers: str) -> Caller:
    return app.stranger({"X-Forwarded-For": address, **headers})


@pytest.mark.parametrize(
    ("path", "most"),
    [("/auth/deviantart", SIGN_INS), ("/auth/deviantart/callback", SIGN_INS), ("/link/abcdefgh", LINKS)],
)
async def test_too_many_knocks_are_told_to_wait_on_a_page(house: AppHarness, path: str, most: int) -> None:
    stranger, other = from_address(house, "192.0.2.1"), from_address(house, "192.0.2.2")

    statuses = [(await stranger.get(path)).status for _ in range(most)]
    refused = await stranger.get(path)

    assert 429 not in statuses
    assert refused.status == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Wait a moment" in refused.text
    again = "/signin" if path.startswith("/auth/") else path
    assert f'<a class="button primary" href="{again}">Try again</a>' in refused.text
    assert refused.headers["Content-Type"].startswith("text/html")
    assert (await other.get(path)).status != 429


async def test_who_claims_another_address_without_a_trusted_proxy_is_seen_through(app: AppHarness) -> None:
    for number in range(LINKS):
        await from_address(app, f"192.0.2.{number}").get("/link/abcdefgh")

    assert (await from_address(app, "198.51.100.9").get("/link/abcdefgh")).status == 429


async def test_guessed_keys_are_told_to_wait_and_good_ones_work_on(house: AppHarness) -> None:
    mira = await house.sign_in("mira")
    key = await house.make_key(mira, "upload", "read")
    guesser = from_address(house, "192.0.2.1")

    statuses = [(await guesser.post(f"/hook/isk_wrong{number}", data=b"x")).status for number in range(UNKNOWN_KEYS)]
    refused = await guesser.post("/hook/isk_wrongagain", data=b"x")
    by_header = await guesser.get("/api/posts", headers={"X-API-Key": "isk_wrong"})
    good = await guesser.get("/api/posts", headers={"X-API-Key": key})

    assert set(statuses) == {401}
    assert (refused.status, refused.code) == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) >= 1
    assert by_header.status == 429
    assert good.status == 200
