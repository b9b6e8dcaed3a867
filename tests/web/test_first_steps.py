"""Home's first steps: what is left to do once, put away and brought back by each person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller, running_app
from tests.support.mailbox import a_mailbox


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[AppHarness]:
    with a_mailbox() as mailbox:
        url = f"smtp://127.0.0.1:{mailbox.port}"
        async with running_app(
            tmp_path / "home", OPEN_SIGNUP="yes", SMTP_URL=url, EMAIL_FROM="isekai@example.org"
        ) as running:
            yield running


async def test_steps_are_put_away_and_brought_back_for_one_person_alone(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    assert "First steps" in (await mira.get("/")).text

    away = await mira.post("/steps/away", follow=True)
    settings = await mira.get("/settings")

    assert "The first steps are put away" in away.text
    assert "<h2>First steps" not in away.text
    assert 'action="/steps/back"' in settings.text
    assert "<h2>First steps" in (await juno.get("/")).text
    assert 'action="/steps/back"' not in (await juno.get("/settings")).text
    assert "<h2>First steps" in (await mira.post("/steps/back", follow=True)).text


async def test_mail_is_a_step_until_a_test_went_to_the_address(house: AppHarness) -> None:
    mira = await house.sign_in("mira")
    open_step = "Try whether mail reaches you</span><a"

    before = (await mira.get("/")).text
    await mira.post("/settings/mail", data={"email": "mira@example.org"})
    untested = (await mira.get("/")).text
    await mira.post("/settings/mail/test", follow=True)
    tested = (await mira.get("/")).text
    await mira.post("/settings/mail", data={"email": "other@example.org"})

    assert open_step in before
    assert open_step in untested
    assert open_step not in tested
    assert open_step in (await mira.get("/")).text


async def test_what_this_instance_cannot_do_is_no_step(mira: Caller) -> None:
    text = (await mira.get("/")).text

    assert "Try whether mail" not in text
    assert "Link Discord" not in text
