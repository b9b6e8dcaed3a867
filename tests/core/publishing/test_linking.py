"""Links that a person gives: for a work that no gallery showed, and for what was published by hand."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.actor import Actor
from core.errors import InvalidInput, NotFound, WrongState
from core.posts.post import Post, PostStatus
from core.publishing.linking import Linking
from core.publishing.publication import PublicationState
from tests.support.publishing import Studio, a_life, check_invariants, states

S, P = PostStatus, PublicationState
DAYS = timedelta(days=8)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_life(tmp_path) as studio:
        yield studio
        check_invariants(studio.database.path, studio.sandbox)


@pytest.fixture
def linking(studio: Studio) -> Linking:
    host = studio.sandbox.base_url.removeprefix("http://")
    return Linking(studio.store, studio.desk, studio.prover, studio.clock, hosts=frozenset({host}))


def a_link(studio: Studio, name: str = "by-hand-77") -> str:
    return f"{studio.sandbox.base_url}/mira/art/{name}"


async def published_without_link(studio: Studio) -> Post:
    studio.sandbox.world.switches.gallery_omits_next = 1
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(await studio.an_account(), "Harbour")
    await studio.run_until_quiet(within=DAYS)
    assert (await studio.only(post.id)).deviation_url is None
    return post


async def test_the_link_that_was_never_found_is_pasted_and_may_be_corrected_and_taken_back(
    studio: Studio, linking: Linking
) -> None:
    post = await published_without_link(studio)

    await linking.link(post.id, url=f"{a_link(studio, 'wrong-1')}?utm=1#here", by=studio.mira)
    await linking.link(post.id, url=a_link(studio, "right-2"), by=studio.mira)
    linked = await studio.only(post.id)
    await linking.unlink(post.id, by=studio.mira)
    bare = await studio.only(post.id)

    assert (linked.deviation_url, linked.state) == (a_link(studio, "right-2"), P.PUBLISHED)
    assert (bare.deviation_url, bare.state) == (None, P.PUBLISHED)
    assert (await studio.post(post.id)).status is S.PUBLISHED
    told = (await studio.history(post.id))[-3:]
    assert told == ["publication.linked", "publication.linked", "publication.unlinked"]
    with pytest.raises(WrongState):
        await linking.unlink(post.id, by=studio.mira)


async def test_a_link_that_the_gallery_shows_brings_the_id_and_stays(studio: Studio, linking: Linking) -> None:
    """The artist gave it another title on the site: Isekai looks for the one it sent."""
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(await studio.an_account(), "Harbour")
    await studio.publisher.run_once()
    await studio.publisher.idle()
    (work,) = studio.sandbox.world.deviations
    work.title = "Renamed on the site"
    await studio.run_until_quiet(within=DAYS)
    assert (await studio.only(post.id)).deviation_id is None

    token = await studio.accounts.access_token(post.account_id)
    url = (await studio.deviantart.gallery(token)).deviations[0].url

    await linking.link(post.id, url=url, by=studio.mira)

    linked = await studio.only(post.id)
    assert (linked.deviation_id, linked.deviation_url) == (work.deviationid, url)
    for again in (linking.unlink(post.id, by=studio.mira), linking.link(post.id, url=url, by=studio.mira)):
        with pytest.raises(WrongState):
            await again


@pytest.mark.parametrize("status", [S.DRAFT, S.SCHEDULED, S.FAILED])
async def test_what_was_published_by_hand_is_published_and_never_sent(
    studio: Studio, linking: Linking, status: PostStatus
) -> None:
    account = await studio.an_account()
    if status is S.FAILED:
        studio.sandbox.faults.on("stash/submit").refuses_with_code(2)
        post = await studio.due_now(account)
        await studio.run_until_quiet()
    else:
        post = await studio.a_draft(account)
        if status is S.SCHEDULED:
            post = await studio.plan(post.id, timedelta(hours=1))
    assert (await studio.post(post.id)).status is status
    left: list[Post] = []

    async def on_left(gone: Post, _: Actor) -> None:
        left.append(gone)

    linking.on_left = on_left
    after = await linking.link(post.id, url=a_link(studio), by=studio.mira)
    await studio.run_until_quiet(within=DAYS)

    assert (after.status, after.plan, after.failure) == (S.PUBLISHED, None, None)
    assert after.published_at is not None
    assert states(await studio.post(post.id)) == [P.PUBLISHED]
    assert studio.titles_online() == []
    assert [one.id for one in left] == ([post.id] if status is S.SCHEDULED else [])
    back = await linking.unlink(post.id, by=studio.mira)
    assert (back.status, back.published_at) == (S.DRAFT, None)
    # It may be published by Isekai as if nothing had been.
    await studio.planner.publish_now(post.id, by=studio.mira, time_zone="UTC")
    await studio.run_until_quiet()
    assert studio.titles_online() == ["A work"]


async def test_of_several_pictures_one_is_named_and_none_is_left_behind_unseen(
    studio: Studio, linking: Linking
) -> None:
    account = await studio.an_account()
    post = await studio.a_draft(account, pictures=2)
    first, second = post.files

    with pytest.raises(InvalidInput, match="say which one"):
        await linking.link(post.id, url=a_link(studio), by=studio.mira)
    with pytest.raises(InvalidInput, match="More than one picture would go out"):
        await linking.link(post.id, url=a_link(studio), by=studio.mira, file_id=first.id)
    with pytest.raises(NotFound):
        await linking.link(post.id, url=a_link(studio), by=studio.mira, file_id=second.id + 100)
    await studio.plan(post.id, timedelta(hours=1))
    await linking.link(post.id, url=a_link(studio), by=studio.mira, file_id=first.id)
    assert (await studio.post(post.id)).status is S.SCHEDULED
    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is S.PUBLISHED
    assert len(studio.titles_online()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "", "no link", "javascript:alert(1)//mira/art/x-1", "https://evil.example/mira/art/x-1",
        "{base}/mira/gallery",
        "{base}/mira/art/", "https://{host}@evil.example/mira/art/x-1", "ftp://{host}/mira/art/x-1",
    ],
)  # fmt: skip
async def test_only_the_link_of_a_work_is_taken(studio: Studio, linking: Linking, url: str) -> None:
    post = await studio.a_draft(await studio.an_account())
    base = studio.sandbox.base_url

    with pytest.raises(InvalidInput) as refused:
        given = url.format(base=base, host=base.removeprefix("http://"))
        await linking.link(post.id, url=given, by=studio.mira)

    assert set(refused.value.fields) == {"url"}
    assert (await studio.post(post.id)).status is S.DRAFT


async def test_one_link_belongs_to_one_picture_and_what_is_in_doubt_is_settled_first(
    studio: Studio, linking: Linking
) -> None:
    account = await studio.an_account()
    one, two = await studio.a_draft(account), await studio.a_draft(account)
    await linking.link(one.id, url=a_link(studio), by=studio.mira)
    with pytest.raises(InvalidInput, match="already has this link"):
        await linking.link(two.id, url=a_link(studio), by=studio.mira)

    studio.sandbox.faults.on("stash/publish").drops_the_request()
    await studio.planner.publish_now(two.id, by=studio.mira, time_zone="UTC")
    await studio.publisher.run_once()
    await studio.publisher.idle()
    with pytest.raises(WrongState):
        await linking.link(two.id, url=a_link(studio, "other-2"), by=studio.mira)
    await studio.run_until_quiet()
