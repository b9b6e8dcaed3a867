from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.deviantart import Picture
from data.deviantart.client import DeviantArtClient
from data.deviantart.oauth import OAuthClient
from data.deviantart.transport import Transport
from data.sandbox.app import Sandbox
from tests.support.clock import FakeClock
from tests.support.sandbox import PNG, a_sandbox


@dataclass
class Line:
    """The client and the imitation at its other end."""

    sandbox: Sandbox
    transport: Transport
    api: DeviantArtClient
    oauth: OAuthClient
    token: str
    picture: Picture
    observed: list[tuple[str, str]] = field(default_factory=list)


class HurriedClock(FakeClock):
    """Sleeps without waiting, remembering how long it would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


@pytest.fixture
async def line(clock: HurriedClock, tmp_path: Path) -> AsyncIterator[Line]:
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    observed: list[tuple[str, str]] = []
    async with a_sandbox(FakeClock()) as sandbox:
        transport = Transport(
            sandbox.base_url,
            clock,
            user_agent="isekai-tests/1",
            observe=lambda endpoint, status, _: observed.append((endpoint, status)),
        )
        yield Line(
            sandbox,
            transport,
            DeviantArtClient(transport, clock),
            OAuthClient(transport, client_id="4711", client_secret="s"),
            sandbox.world.grant("mira").access_token,
            Picture(path, "image/png", "picture.png"),
            observed,
        )
        await transport.close()
