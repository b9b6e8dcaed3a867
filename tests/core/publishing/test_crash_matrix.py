"""The test that matters: the process dies before and after every port call of a publication.

Whatever happened, after a restart on the same file DeviantArt shows exactly one work of every picture, or the post
asks a person, and then at most one.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.posts.post import PostStatus
from data.sandbox.app import Sandbox
from tests.support.clock import FakeClock
from tests.support.publishing import Dead, Fuse, Studio, a_studio, check_invariants, states
from tests.support.sandbox import a_sandbox

# A process that dies closes no files; nor does its imitation here.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

Arm = Callable[[Sandbox], object]
ENOUGH = timedelta(hours=4)
MOST_CALLS = 40  # beyond them only the look for a link goes on, again and again


def nothing(sandbox: Sandbox) -> None: ...


# What goes wrong beside the crash. Each is armed before the publication starts.
WORLDS: dict[str, Arm] = {
    "all answers": nothing,
    "publish answer lost": lambda s: s.faults.on("stash/publish").loses_the_answer(),
    "publish request lost": lambda s: s.faults.on("stash/publish").drops_the_request(),
    "half published": lambda s: s.faults.on("stash/publish").acts_then_answers(500),
    "publish answers lost twice": lambda s: s.faults.on("stash/publish").loses_the_answer().times(2),
    "upload answer lost": lambda s: s.faults.on("stash/submit").loses_the_answer(),
    "told to wait": lambda s: s.faults.on("stash/publish").limits(retry_after=60),
    "gallery lags": lambda s: (
        setattr(s.world.switches, "gallery_lag_seconds", 7200.0),
        s.faults.on("stash/publish").loses_the_answer(),
    ),
    "gallery omits": lambda s: (
        setattr(s.world.switches, "gallery_omits_next", 1),
        s.faults.on("stash/publish").loses_the_answer(),
    ),
    "token expired": lambda s: (
        s.world.tokens.expire_access_tokens_of("mira"),
        s.faults.on("stash/publish").loses_the_answer(),
    ),
}


async def live(studio: Studio) -> bool:
    """Run to the end of this life or of the work; whether it lived."""
    try:
        await studio.run_until_quiet(within=ENOUGH)
    except Dead:
        return False
    return not studio.fuse.is_burnt


async def survive(home: Path, arm: Arm, fuse: Fuse, *, pictures: int) -> Studio:
    """One crash at the fuse, a restart, and as much time as it takes; the last life is returned."""
    clock = FakeClock()
    async with a_sandbox(clock) as sandbox:
        studio = await a_studio(home, sandbox, clock)
        post = await studio.due_in(timedelta(minutes=5), await studio.an_account(), "Harbour", pictures=pictures)
        arm(sandbox)
        # The fuse is lit only now: what led up to this is not part of the publication.
        studio.fuse.light(fuse.at, after=fuse.after)
        lived = await live(studio)
        fuse.calls = list(studio.fuse.calls)
        if not lived:
            studio = await studio.restarted()
        try:
            await studio.run_until_quiet(within=ENOUGH)
            after = await studio.post(post.id)
            check_invariants(studio.database.path, sandbox)
            _check(after.status, states(after), studio, pictures, fuse)
        finally:
            await studio.crash()
        return studio


def _check(status: PostStatus, found: list[object], studio: Studio, pictures: int, fuse: Fuse) -> None:
    online = [work.itemid for work in studio.sandbox.world.deviations]
    said = (
        f"{fuse.calls[-1:]} {'after' if fuse.after else 'before'} {fuse.at}: {status} {found}, {len(online)} online"
    )
    assert len(online) == len({work.sha256 for work in studio.sandbox.world.deviations}), said
    assert status in (PostStatus.PUBLISHED, PostStatus.FAILED, PostStatus.SCHEDULED), said
    if status is PostStatus.PUBLISHED:
        assert len(online) == pictures, said
    elif status is PostStatus.SCHEDULED:
        # Only where the answer of a token refresh died with the process: the artist connects again.
        assert "refresh" in fuse.calls, said
    else:
        pytest.fail(f"asks a person although proof was possible: {said}")


@pytest.mark.parametrize("world", WORLDS)
async def test_a_crash_anywhere_leaves_exactly_one_work(tmp_path: Path, world: str) -> None:
    whole = Fuse()
    await survive(tmp_path / "whole", WORLDS[world], whole, pictures=1)
    calls = min(len(whole.calls), MOST_CALLS)
    assert calls >= 8

    for number in range(1, calls + 1):
        # Nothing happens between two calls, so “before” is “after the last one” again: once is enough to try both.
        for after in (False, True) if world == "all answers" else (True,):
            home = tmp_path / f"{number}-{after}"
            await survive(home, WORLDS[world], Fuse(number, after=after), pictures=1)


async def test_a_crash_at_each_of_five_pictures_leaves_five_works(tmp_path: Path) -> None:
    whole = Fuse()
    await survive(tmp_path / "whole", nothing, whole, pictures=5)
    publishes = [number for number, name in enumerate(whole.calls, 1) if name in ("publish", "submit")]
    assert len(publishes) == 10

    for number in publishes:
        for after in (False, True):
            await survive(tmp_path / f"{number}-{after}", nothing, Fuse(number, after=after), pictures=5)


async def test_two_crashes_in_a_row_leave_exactly_one_work(tmp_path: Path) -> None:
    for first in range(4, 12, 2):
        for second in range(1, 8, 2):
            clock = FakeClock()
            async with a_sandbox(clock) as sandbox:
                studio = await a_studio(tmp_path / f"{first}-{second}", sandbox, clock)
                post = await studio.due_now(await studio.an_account())
                sandbox.faults.on("stash/publish").loses_the_answer()
                studio.fuse.light(first, after=True)
                await live(studio)
                studio = await studio.restarted()
                studio.fuse.light(second)
                await live(studio)
                studio = await studio.restarted()
                try:
                    await studio.run_until_quiet(within=ENOUGH)
                    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED, (first, second)
                    assert len(sandbox.world.deviations) == 1, (first, second)
                finally:
                    await studio.crash()
