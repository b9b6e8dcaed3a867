"""Where somebody says which mail they want, over HTTP and a real mail server."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller, running_app
from tests.support.mailbox import Mailbox, a_mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mailbox() as mailbox:
        yield mailbox


@pytest.fixture
async def house(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[AppHarness]:
    url = f"smtp://127.0.0.1:{mailbox.port}"
    async with running_app(tmp_path / "home", SMTP_URL=url, EMAIL_FROM="isekai@example.org") as running:
        yield running


async def choose(browser: Caller, email: str) -> str:
    """Save the address, and read the page that follows."""
    return (await browser.post("/settings/mail", data={"email": email}, follow=True)).text


async def test_an_address_is_kept_and_a_test_arrives_there(house: AppHarness, mailbox: Mailbox) -> None:
    mira = await house.sign_in("mira")
    saved = await choose(mira, "mira@example.org")

    tried = await mira.post("/settings/mail/test", follow=True)

    assert "Mail goes to mira@example.org" in saved
    assert "A test is on its way to mira@example.org" in tried.text
    (letter,) = mailbox.letters
    assert letter["To"] == "mira@example.org"
    text = letter.get_body(("plain",))
    assert text is not None
    assert f"{house.url}/settings" in text.get_content()


async def test_each_notice_is_switched_for_each_channel(house: AppHarness) -> None:
    mira = await house.sign_in("mira")

    told = {"told": ["published.mail", "published.channel", "review.dm", "weather.mail"]}
    page = (await mira.post("/settings/notices", data=told, follow=True)).text

    ticked = set(re.findall(r'value="([a-z_.]+)" checked', page))
    assert ticked == {"published.mail", "published.channel", "review.dm"}


async def test_what_is_not_chosen_is_as_by_default(house: AppHarness) -> None:
    juno = await house.sign_in("mira")

    ticked = set(re.findall(r'value="([a-z_.]+)" checked', (await juno.get("/settings/notices")).text))

    assert {"failed.mail", "failed.dm", "published.dm"} <= ticked
    assert not {"review.mail", "published.mail", "failed.channel"} & ticked


async def test_an_address_that_cannot_be_one_is_shown_again_with_its_problem(house: AppHarness) -> None:
    mira = await house.sign_in("mira")

    answer = await mira.post("/settings/mail", data={"email": "mira at home"})

    assert answer.status == 422
    assert "does not look like a mail address" in answer.text
    assert 'value="mira at home"' in answer.text


async def test_a_server_that_refuses_is_said_and_tests_do_not_come_in_floods(
    house: AppHarness, mailbox: Mailbox
) -> None:
    mira = await house.sign_in("mira")
    await choose(mira, "mira@example.org")
    mailbox.refusals.append("550 no")

    refused = await mira.post("/settings/mail/test", follow=True)
    again = await mira.post("/settings/mail/test", follow=True)

    assert "The test was not sent" in refused.text
    assert "a moment ago" in again.text
    assert mailbox.letters == []


async def test_no_mail_is_changed_without_the_form_s_token(house: AppHarness) -> None:
    mira = await house.sign_in("mira")
    mira.headers["X-CSRF-Token"] = "wrong"

    assert (await mira.post("/settings/mail", data={"email": "x@example.org"})).status == 403
    assert (await mira.post("/settings/mail/test")).status == 403


async def test_an_instance_without_a_mail_server_says_so(app: AppHarness, mira: Caller) -> None:
    await choose(mira, "mira@example.org")
    page = await mira.get("/settings/notices")

    assert "SMTP_URL" in page.text
    assert "Send a test mail" not in page.text


async def test_an_address_is_kept_without_promising_mail_that_no_server_sends(tmp_path: Path) -> None:
    async with running_app(tmp_path / "home") as bare:
        saved = await choose(await bare.sign_in("mira"), "mira@example.org")

    assert "Mail goes there once this instance sends any." in saved
    assert "Mail goes to mira@example.org" not in saved
