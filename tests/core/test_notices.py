import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput, WrongState
from core.notices import CONSUMER, GATHERED_FOR, Notices
from data.database import Database
from data.reads import DatabaseReads
from tests.support.mailbox import Mailbox, a_mailbox, a_mailer
from tests.support.publishing import Studio, a_life
from tests.support.waiting import eventually

URL = "https://art.example.org"


@dataclass
class Post:
    """The studio, its notices, and the mailbox they arrive in."""

    studio: Studio
    notices: Notices
    mailbox: Mailbox
    reads: DatabaseReads

    async def tell(self) -> list[str]:
        """Subjects of what arrives now."""
        before = len(self.mailbox.letters)
        while await self.notices.write():
            pass
        while await self.notices.send_due():
            pass
        return [str(letter["Subject"]) for letter in self.mailbox.letters[before:]]

    async def is_untold(self) -> bool:
        """Whether the log holds what no letter was written of."""
        async with self.studio.store.transaction() as tx:
            return await tx.instance.position(CONSUMER) < await self.reads.last_event_id()


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    with a_mailbox() as mailbox:
        async with a_life(tmp_path) as studio:
            mailer = a_mailer(mailbox.port, studio.clock, public_url=URL)
            reading = Database(studio.database.path, readers=1)
            await reading.open()
            reads = DatabaseReads(reading)
            notices = Notices(studio.store, reads, mailer, studio.bus, studio.clock, public_url=URL)
            await notices.choose(1, email="mira@example.org")
            yield Post(studio, notices, mailbox, reads)
            await reading.close()


async def test_a_refused_post_is_told_once_with_its_link(post: Post) -> None:
    post.studio.sandbox.faults.on("stash/publish").refuses_with_code(0)
    failed = await post.studio.due_now(await post.studio.an_account(), "Harbour")
    await post.studio.run_until_quiet()

    first, second = await post.tell(), await post.tell()

    assert first == ["A post was not published: Harbour"]
    assert second == []
    text = post.mailbox.letters[0].get_body(("plain",))
    assert text is not None
    assert f"{URL}/posts/{failed.id}" in text.get_content()


async def test_many_failures_are_one_letter(post: Post) -> None:
    post.studio.sandbox.faults.on("stash/publish").refuses_with_code(0).always()
    account = await post.studio.an_account()
    for number in range(3):
        await post.studio.due_now(account, f"Work {number}")
    await post.studio.run_until_quiet()

    assert await post.tell() == ["3 posts were not published"]


async def test_a_doubt_and_a_lost_connection_are_told(post: Post) -> None:
    post.studio.sandbox.faults.on("stash/publish").answers(500).always()
    account = await post.studio.an_account()
    await post.studio.due_now(account, "Harbour")
    await post.studio.run_until_quiet()
    post.studio.sandbox.world.tokens.revoke_all("mira")
    await post.studio.due_now(account, "Next")
    await post.studio.run_until_quiet()

    # Letters leave side by side: which arrives first is the mail server's business.
    told = await post.tell()
    assert sorted(told) == ["A DeviantArt account needs you", "Is this post online? Please look: Harbour"]


async def test_what_went_well_is_told_only_to_those_who_asked(post: Post) -> None:
    account = await post.studio.an_account()
    await post.studio.due_now(account, "First")
    await post.studio.run_until_quiet()
    quiet = await post.tell()

    await post.notices.choose(1, wanted={"published": {"mail": True}})
    await post.studio.due_now(account, "Second", pictures=3)
    await post.studio.run_until_quiet()

    assert quiet == []
    assert await post.tell() == ["Published: Second"]


async def test_nobody_is_told_who_has_switched_it_off_or_left_no_address(post: Post) -> None:
    post.studio.sandbox.faults.on("stash/publish").refuses_with_code(0).always()
    account = await post.studio.an_account()
    await post.notices.choose(1, wanted={"failed": {"mail": False}})
    await post.studio.due_now(account)
    await post.studio.run_until_quiet()
    switched_off = await post.tell()
    await post.notices.choose(1, email="", wanted={"failed": {"mail": True}})
    await post.studio.due_now(account)
    await post.studio.run_until_quiet()

    assert switched_off == []
    assert await post.tell() == []


async def test_news_gathers_before_it_is_told(post: Post) -> None:
    running = asyncio.create_task(post.notices.run())
    post.studio.sandbox.faults.on("stash/publish").refuses_with_code(0)
    account = await post.studio.an_account()
    await post.studio.due_now(account, "Harbour")
    await post.studio.run_until_quiet()

    async with asyncio.timeout(10):
        while await post.is_untold():
            await post.studio.clock.advance(GATHERED_FOR)
    await eventually(lambda: post.mailbox.letters)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert [str(letter["Subject"]) for letter in post.mailbox.letters] == ["A post was not published: Harbour"]


async def test_the_test_letter_goes_to_the_own_address_alone(post: Post) -> None:
    assert await post.notices.send_test(1) == "mira@example.org"

    assert post.mailbox.envelopes[0][1] == ["mira@example.org"]
    await post.notices.choose(1, email="")
    with pytest.raises(WrongState):
        await post.notices.send_test(1)


@pytest.mark.parametrize(
    "odd", ["mira", "a@b", "a b@c.org", "a@c.org\r\nBcc: x@y.org", "x" * 300 + "@c.org", "<a@c.org>"]
)
async def test_an_address_that_cannot_be_one_is_refused(post: Post, odd: str) -> None:
    with pytest.raises(InvalidInput):
        await post.notices.choose(1, email=odd)


async def test_a_notice_nobody_knows_is_refused(post: Post) -> None:
    with pytest.raises(InvalidInput):
        await post.notices.choose(1, wanted={"weather": {"mail": True}})


async def test_a_token_that_ends_is_told(post: Post) -> None:
    from core.metrics import NoMetrics
    from core.token_care import TokenCare

    await post.studio.an_account()
    post.studio.sandbox.faults.on("oauth2/token/refresh_token").answers(503).always()
    await post.studio.clock.advance(timedelta(days=84))
    await TokenCare(post.studio.store, post.studio.accounts, post.studio.clock, NoMetrics()).run()

    assert await post.tell() == ["A DeviantArt account needs you"]
