"""A running instance and a real browser that looks at it.

Every page of every test collects violations of the content policy, errors of scripts and failed requests; a test
that caused any fails. One browser for a session, one instance and one context for a test.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.house import ARGUMENTS, House
from tests.support.app import running_app


def chromium() -> str | None:
    """Debian's headless shell starts in half the time and takes half the memory."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: install chromium-headless-shell or set CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path, browser: Browser) -> AsyncIterator[House]:
    async with running_app(tmp_path / "home", OPEN_SIGNUP="yes", PUBLISH_LEAD_SECONDS="5") as app:
        house = House(app, browser)
        yield house
        await house.close()
        house.assert_no_trouble()
