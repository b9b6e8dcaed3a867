from collections.abc import AsyncIterator

import aiohttp
import pytest

from data.sandbox.app import Sandbox
from tests.support.clock import FakeClock
from tests.support.sandbox import Caller, a_sandbox


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[Sandbox]:
    async with a_sandbox(clock) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"User-Agent": "isekai-tests/1"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=10)) as opened:
        yield opened


@pytest.fixture
def mira(session: aiohttp.ClientSession, sandbox: Sandbox) -> Caller:
    return Caller(session, sandbox, "mira")
