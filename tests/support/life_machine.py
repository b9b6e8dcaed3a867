"""The life of posts as a state machine: people's verbs, faults of DeviantArt, crashes, time. For Hypothesis.

After every step the ledger of the imitation and the database are held against each other. Bounded in the tests;
`benchmarks/life.py` runs it for long.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from core.errors import InvalidInput, UserError
from core.posts.post import PostStatus
from core.publishing.publication import PublicationState
from data.sandbox.app import Sandbox
from tests.support.clock import FakeClock
from tests.support.publishing import Dead, Studio, a_studio, check_invariants

FAULTS = ("lose", "drop", "half", "503", "limit", "code 6", "code 7", "code 9", "code 5", "401", "blank")
ENDPOINTS = ("stash/submit", "stash/publish", "gallery/all", "deviation/metadata", "oauth2/token/refresh_token")
LEGAL = set(PostStatus)
FLAG = st.booleans()


class LifeMachine(RuleBasedStateMachine):
    posts = Bundle("posts")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = Path(tempfile.mkdtemp(prefix="isekai-life-"))
        self.clock = FakeClock()
        self.sandbox = Sandbox(None, self.clock)
        self.run(self.sandbox.start())
        self.studio: Studio = self.run(a_studio(self.home / "home", self.sandbox, self.clock))
        # Posts whose unscheduling was acknowledged, with the works of them that were online by then.
        self.taken_back: dict[int, int] = {}
        self.drafts_by_people: set[int] = set()

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(_awaited(work), 60))

    def teardown(self) -> None:
        with suppress(Exception):
            self.run(self.studio.crash())
        self.run(self.sandbox.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.home, ignore_errors=True)

    @initialize()
    def connect(self) -> None:
        self.account = self.run(self.studio.an_account("mira"))

    # People

    @rule(
        target=posts, title=st.sampled_from(["Harbour", "Untitled"]), pictures=st.integers(1, 2), stash=st.booleans()
    )
    def draft(self, title: str, pictures: int, stash: bool) -> Any:
        post = self.run(
            self.studio.a_draft(self.account, title, pictures=pictures, stash_only=stash and pictures == 1)
        )
        self.drafts_by_people.add(post.id)
        return post.id

    @rule(post=posts, seconds=st.sampled_from([0, 30, 90, 3600]))
    def schedule(self, post: int, seconds: int) -> None:
        if self.did(self.studio.plan(post, timedelta(seconds=seconds))):
            self.drafts_by_people.discard(post)
            self.taken_back.pop(post, None)

    @rule(post=posts)
    def unschedule(self, post: int) -> None:
        if self.did(self.studio.planner.unschedule(post, by=self.studio.mira)):
            self.drafts_by_people.add(post)
            self.taken_back[post] = self.online(post)

    @rule(post=posts, title=st.sampled_from(["Harbour", "Lighthouse"]))
    def retitle(self, post: int, title: str) -> None:
        self.did(self.studio.review.edit(post, {"title": title}, by=self.studio.mira))

    @rule(post=posts)
    def hold(self, post: int) -> None:
        self.did(self.studio.planner.hold(post, by=self.studio.mira))

    @rule(post=posts)
    def unhold(self, post: int) -> None:
        self.did(self.studio.planner.unhold(post, by=self.studio.mira))

    @rule(post=posts)
    def discard(self, post: int) -> None:
        if self.did(self.studio.review.discard(post, by=self.studio.mira)):
            self.taken_back[post] = self.online(post)

    @rule(post=posts)
    def restore(self, post: int) -> None:
        if self.did(self.studio.review.restore(post, by=self.studio.mira)):
            self.drafts_by_people.add(post)

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        accounts = self.studio.accounts
        self.did((accounts.pause if paused else accounts.resume)(self.account, by=self.studio.mira))

    @rule(post=posts)
    def say_it_is_not_online(self, post: int) -> None:
        """People tell the truth here: only when nothing of the publication is online."""
        asked = self.run(self.studio.post(post))
        for publication in asked.publications:
            if publication.needs_person and publication.item_id not in self.sandbox.world.published_items:
                self.did(self.studio.resolve.offline(post, by=self.studio.mira, publication_id=publication.id))

    @rule()
    def reconnect(self) -> None:
        self.run(self.studio.an_account("mira"))

    # The world

    @rule(endpoint=st.sampled_from(ENDPOINTS), fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def misbehave(self, endpoint: str, fault: str, times: int) -> None:
        armed = self.sandbox.faults.on(endpoint)
        match fault:
            case "lose":
                armed.loses_the_answer()
            case "drop":
                armed.drops_the_request()
            case "half":
                armed.acts_then_answers(500)
            case "503":
                armed.answers(503)
            case "limit":
                armed.limits(retry_after=20)
            case "blank":
                armed.answers_blank()
            case "401":
                armed.says_invalid_token()
            case _:
                armed.refuses_with_code(int(fault[-1]))
        armed.times(times)

    @rule(lag=st.sampled_from([0.0, 600.0]), omits=st.integers(0, 1))
    def let_the_gallery_lag(self, lag: float, omits: int) -> None:
        self.sandbox.world.switches.gallery_lag_seconds = lag
        self.sandbox.world.switches.gallery_omits_next = omits

    @rule(seconds=st.sampled_from([1, 20, 61, 300, 4000, 90000]))
    def let_time_pass(self, seconds: int) -> None:
        self.run(self.clock.advance(seconds))

    # The process

    @rule(seconds=st.sampled_from([0, 30, 600, 20000]))
    def publish(self, seconds: int) -> None:
        self.run(self.studio.run_until_quiet(within=timedelta(seconds=seconds)))

    @rule(at=st.integers(1, 25), after=st.booleans(), seconds=st.sampled_from([0, 600, 20000]))
    def publish_until_a_crash(self, at: int, after: bool, seconds: int) -> None:
        self.studio.fuse.light(at, after=after)
        with suppress(Dead):
            self.run(self.studio.run_until_quiet(within=timedelta(seconds=seconds)))
        self.studio = self.run(self.studio.restarted())

    @rule()
    def restart(self) -> None:
        self.studio = self.run(self.studio.restarted())

    # What must hold

    def did(self, verb: Awaitable[Any]) -> bool:
        """Whether people were allowed to."""
        try:
            self.run(verb)
        except (UserError, InvalidInput):
            return False
        finally:
            self.check()
        return True

    def online(self, post_id: int) -> int:
        """Works made of the post's pictures, which are told apart by their size."""
        sizes = {(file.width, file.height) for file in self.run(self.studio.post(post_id)).files}
        return sum(1 for work in self.sandbox.world.deviations if (work.width, work.height) in sizes)

    def check(self) -> None:
        check_invariants(self.studio.database.path, self.sandbox)
        pictures = [(work.width, work.height) for work in self.sandbox.world.deviations]
        assert len(pictures) == len(set(pictures)), "a picture was published twice"

    @rule()
    def look(self) -> None:
        self.check()
        for post_id, before in self.taken_back.items():
            assert self.online(post_id) <= before, "published after unscheduling was acknowledged"
        for post_id in self.known():
            post = self.run(self.studio.post(post_id))
            assert post.status in LEGAL
            if post.status is PostStatus.DRAFT:
                assert post_id in self.drafts_by_people, "went back to draft by itself"
            for publication in post.publications:
                if publication.state is PublicationState.PUBLISHED and not post.details.stash_only:
                    assert publication.item_id in self.sandbox.world.published_items or publication.doubt is not None

    def known(self) -> list[int]:
        rows = self.run(self._ids())
        return [int(row) for row in rows]

    async def _ids(self) -> list[int]:
        async with self.studio.store.transaction() as tx:
            return [row["id"] for row in await tx.posts._db.all("SELECT id FROM post")]


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


__all__ = ["LifeMachine"]
