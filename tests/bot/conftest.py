"""The application with its bot, set up and running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.bot import World, a_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as running:
        yield running
