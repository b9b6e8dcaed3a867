"""A running instance, and people in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller, running_app


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[AppHarness]:
    async with running_app(tmp_path / "home", OPEN_SIGNUP="yes", MAX_FILE_MB="2", MAX_JSON_UPLOAD_MB="1") as running:
        yield running


@pytest.fixture
async def mira(app: AppHarness) -> Caller:
    """The first person: the administrator."""
    return await app.sign_in("mira")


@pytest.fixture
async def uploader(app: AppHarness, mira: Caller) -> Caller:
    """A program of mira's that may upload and nothing else."""
    return await app.program(mira, "upload")
