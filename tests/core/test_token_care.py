from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.account import Account, AccountStatus
from core.deviantart import TokenPair
from core.errors import Busy
from core.metrics import NoMetrics
from core.token_care import TokenCare, wants_refresh, warning_due
from tests.support.clock import NOON
from tests.support.publishing import Studio, a_life

DAY = timedelta(days=1)
ACCOUNT = Account(1, 1, "A", "mira", "#000000", AccountStatus.CONNECTED, NOON, refresh_issued_at=NOON)


def test_a_connection_is_renewed_monthly_and_not_before() -> None:
    assert not wants_refresh(ACCOUNT, now=NOON + 29 * DAY)
    assert wants_refresh(ACCOUNT, now=NOON + 30 * DAY)


def test_a_refresh_whose_answer_was_lost_is_looked_into_at_once() -> None:
    assert wants_refresh(replace(ACCOUNT, refresh_started_at=NOON), now=NOON + DAY)


def test_an_account_that_waits_for_its_artist_is_left_alone() -> None:
    lost = replace(ACCOUNT, status=AccountStatus.RECONNECT)

    assert not wants_refresh(lost, now=NOON + 80 * DAY)
    assert warning_due(lost, now=NOON + 80 * DAY) is None


@pytest.mark.parametrize(
    ("passed", "warned", "due"),
    [(75, None, None), (76, None, 14), (77, 14, None), (83, 14, 7), (87, None, 3), (89, 3, 1), (89, 1, None)],
)
def test_each_warning_is_given_once_and_the_latest_covers_those_missed(
    passed: int, warned: int | None, due: int | None
) -> None:
    assert warning_due(replace(ACCOUNT, warned_days=warned), now=NOON + passed * DAY) == due


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_life(tmp_path) as studio:
        yield studio


class DownFor:
    """The token endpoint, out of reach for one artist only."""

    def __init__(self, studio: Studio, username: str) -> None:
        self.is_down = False
        self._studio = studio
        self._username = username
        self._refresh = studio.accounts._oauth.refresh
        studio.accounts._oauth.refresh = self.refresh  # type: ignore[method-assign]

    async def refresh(self, refresh_token: str) -> TokenPair:
        known = self._studio.sandbox.world.tokens.refresh.get(refresh_token)
        if self.is_down and known is not None and known.username == self._username:
            raise Busy("deviantart", "it is down for maintenance")
        return await self._refresh(refresh_token)


async def test_two_hundred_days_of_care_spend_no_token_twice_and_tell_each_thing_once(studio: Studio) -> None:
    idle, busy = await studio.an_account("mira"), await studio.an_account("juno")
    revoked, unlucky = await studio.an_account("taro"), await studio.an_account("ines")
    care = TokenCare(studio.store, studio.accounts, studio.clock, NoMetrics())
    down = DownFor(studio, "ines")

    for turn in range(200 * 4):
        day = turn / 4
        if day == 60:
            studio.sandbox.world.tokens.revoke_all("taro")
        if day == 20:
            down.is_down = True
        if day == 150:
            # Long after the token died of age, the artist comes back.
            down.is_down = False
            await studio.an_account("ines")
        if turn % 12 == 0:
            await studio.accounts.access_token(busy)
        await care.run()
        await studio.clock.advance(timedelta(hours=6))

    outcomes = Counter(note.outcome for note in studio.sandbox.world.refreshes)
    assert outcomes["used"] == 0
    spent = [note.token for note in studio.sandbox.world.refreshes if note.outcome == "rotated"]
    assert len(spent) == len(set(spent))
    told = [(event.account_id, event.kind, event.data.get("days")) for event in studio.events]
    of = {
        account: [(kind, days) for who, kind, days in told if who == account]
        for account in (idle, busy, revoked, unlucky)
    }
    assert of[idle] == of[busy] == [("account.linked", None)]
    assert of[revoked] == [("account.linked", None), ("account.disconnected", None)]
    assert of[unlucky] == [
        ("account.linked", None),
        ("account.token_ends", 14),
        ("account.token_ends", 7),
        ("account.token_ends", 3),
        ("account.token_ends", 1),
        ("account.reconnected", None),
    ]
    async with studio.store.transaction() as tx:
        accounts = {account.id: account for account in await tx.accounts.all()}
    assert accounts[idle].status is accounts[busy].status is accounts[unlucky].status is AccountStatus.CONNECTED
    assert accounts[unlucky].warned_days is None
    assert accounts[revoked].status is AccountStatus.RECONNECT


async def test_a_dead_connection_is_found_while_idle_and_a_reconnection_resumes_what_waited(studio: Studio) -> None:
    account = await studio.an_account()
    care = TokenCare(studio.store, studio.accounts, studio.clock, NoMetrics())
    await studio.due_in(45 * DAY, account)
    studio.sandbox.world.tokens.revoke_all("mira")
    await studio.clock.advance(31 * DAY)
    await care.run()
    await care.run()
    told = [event.kind for event in studio.events]
    await studio.clock.advance(20 * DAY)
    await studio.run_until_quiet()

    await studio.an_account()
    await studio.run_until_quiet()

    assert told.count("account.disconnected") == 1
    assert len(studio.sandbox.world.deviations) == 1
