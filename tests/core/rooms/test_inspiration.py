import asyncio
from datetime import date, timedelta

import pytest

from core.errors import InvalidInput, UserError, WrongState
from core.inspiration.browser import Viewer
from core.inspiration.looks import Look, Sight, checked
from core.line import NoAnswer
from core.ports import NewPost
from core.posts.fields import Details
from core.posts.post import PostStatus
from tests.core.rooms.conftest import Lodge
from tests.support.waiting import eventually

TODAY = date(2026, 11, 23)
HOME = Look(Sight.HOME)


def viewer(lodge: Lodge) -> Viewer:
    return Viewer(lodge.user_id, lodge.account_id)


SIGHTS = [
    (Look(Sight.HOME, "moon"), "browse/home"),
    (Look(Sight.DAILY), "browse/dailydeviations"),
    (Look(Sight.WATCHING), "browse/deviantsyouwatch"),
    (Look(Sight.TAG, "Forest", popular=True), "browse/tags"),
    (Look(Sight.TOPICS), "browse/topics"),
    (Look(Sight.TOPIC, "fantasy"), "browse/topic"),
    (Look(Sight.GALLERY, "saltgarden"), "gallery/all"),
    (Look(Sight.TAG_SEARCH, "for"), "browse/tags/search"),
]


@pytest.mark.parametrize(("look", "endpoint"), SIGHTS, ids=[look.sight for look, _ in SIGHTS])
async def test_every_sight_is_seen_and_asked_for_once(lodge: Lodge, look: Look, endpoint: str) -> None:
    first = await lodge.rooms.browser.look(look, viewer(lodge))
    again = await lodge.rooms.browser.look(look, viewer(lodge))

    assert first.page == again.page
    assert first.page.works or first.page.topics or first.page.tags or look.name == "moon"
    assert lodge.calls(endpoint) == 1


async def test_a_work_is_shown_with_what_is_said_about_it_and_those_like_it(lodge: Lodge) -> None:
    seed = (await lodge.rooms.browser.look(HOME, viewer(lodge))).page.works[0]

    work, about, _ = await lodge.rooms.browser.work(seed.deviation_id, viewer(lodge))
    similar = (await lodge.rooms.browser.look(Look(Sight.SIMILAR, seed.deviation_id), viewer(lodge))).page.works

    assert (work.title, bool(about.tags)) == (seed.title, True)
    assert len(similar) > 3
    assert len({each.deviation_id for each in similar}) == len(similar)


async def test_a_hundred_equal_looks_are_one_call(lodge: Lodge) -> None:
    seen = await asyncio.gather(*(lodge.rooms.browser.look(HOME, viewer(lodge)) for _ in range(100)))

    assert lodge.calls("browse/home") == 1
    assert all(each.page == seen[0].page for each in seen)


async def test_leaving_early_does_not_spoil_it_for_the_others(lodge: Lodge) -> None:
    leaving = asyncio.ensure_future(lodge.rooms.browser.look(HOME, viewer(lodge)))
    staying = asyncio.ensure_future(lodge.rooms.browser.look(HOME, viewer(lodge)))
    await eventually(lambda: lodge.rooms.browser._asking)
    leaving.cancel()

    assert (await staying).page.works
    assert lodge.calls("browse/home") == 1


def test_the_day_is_in_the_key_and_today_is_a_day() -> None:
    today = checked(Look(Sight.DAILY), today=TODAY)

    assert today.day == TODAY
    assert today.key(None) == Look(Sight.DAILY, day=TODAY).key(None)
    assert today.key(None) != checked(Look(Sight.DAILY), today=TODAY + timedelta(days=1)).key(None)


def test_every_parameter_is_in_the_key() -> None:
    looks = [
        Look(Sight.TAG, "sky"),
        Look(Sight.TAG, "sea"),
        Look(Sight.HOME, "sky"),
        Look(Sight.TAG, "sky", cursor="x"),
        Look(Sight.TAG, "sky", popular=True),
        Look(Sight.TAG, "sky", mature=True),
    ]

    assert len({look.key(1) for look in looks}) == len(looks)


@pytest.mark.parametrize(
    ("look", "minutes"),
    [
        (Look(Sight.WATCHING), 5),
        (Look(Sight.HOME, mature=True), 5),
        (HOME, 10),
        (Look(Sight.TAG, "sky"), 10),
        (Look(Sight.GALLERY, "mira"), 10),
        (Look(Sight.DAILY, day=TODAY), 60),
        (Look(Sight.TOPICS), 60),
        (Look(Sight.TAG_SEARCH, "sky"), 24 * 60),
        (Look(Sight.METADATA, "x"), 15),
    ],
)
def test_each_sight_is_good_for_its_own_time(look: Look, minutes: int) -> None:
    assert look.good_for == timedelta(minutes=minutes)


def test_only_personal_looks_name_their_viewer() -> None:
    assert HOME.key(1) == HOME.key(2)
    for personal in (Look(Sight.WATCHING), Look(Sight.HOME, mature=True)):
        assert personal.key(1) != personal.key(2)


async def test_what_one_person_watches_is_never_shown_to_another(lodge: Lodge) -> None:
    other_user, other_account = await lodge.another_person("taro")
    look = Look(Sight.WATCHING)

    mine = await lodge.rooms.browser.look(look, viewer(lodge))
    theirs = await lodge.rooms.browser.look(look, Viewer(other_user, other_account))

    assert lodge.calls("browse/deviantsyouwatch") == 2
    assert {work.author for work in mine.page.works} != {work.author for work in theirs.page.works}
    with pytest.raises(UserError):
        await lodge.rooms.browser.look(look, Viewer(other_user, lodge.account_id))


async def test_public_looks_use_the_applications_token(lodge: Lodge) -> None:
    await lodge.rooms.browser.look(HOME, Viewer(lodge.user_id, None))

    assert [note.username for note in lodge.sandbox.world.requests if note.endpoint == "browse/home"] == [None]
    with pytest.raises(WrongState):
        await lodge.rooms.browser.look(Look(Sight.WATCHING), Viewer(lodge.user_id, None))


@pytest.mark.parametrize("fault", ["limits", "answers_503", "drops_the_request", "blocks_with_html"])
async def test_the_old_copy_is_shown_with_its_age_while_deviantart_is_away(lodge: Lodge, fault: str) -> None:
    first = await lodge.rooms.browser.look(HOME, viewer(lodge))
    lodge.clock.jump(timedelta(minutes=30))
    armed = lodge.sandbox.faults.on("browse/home")
    (armed.answers(503) if fault == "answers_503" else getattr(armed, fault)()).always()

    stale = await lodge.rooms.browser.look(HOME, viewer(lodge))

    assert stale.page == first.page
    assert stale.fetched_at == first.fetched_at
    assert stale.trouble
    lodge.clock.jump(timedelta(hours=2))
    with pytest.raises(NoAnswer):
        await lodge.rooms.browser.look(HOME, viewer(lodge))


async def test_an_error_is_not_kept(lodge: Lodge) -> None:
    lodge.sandbox.faults.on("browse/topic").replaces(400, {"error": "invalid_request", "status": "error"}).times(1)
    look = Look(Sight.TOPIC, "fantasy")
    with pytest.raises(WrongState):
        await lodge.rooms.browser.look(look, viewer(lodge))

    assert (await lodge.rooms.browser.look(look, viewer(lodge))).page.works


async def test_a_refusal_is_said_and_no_old_copy_hides_it(lodge: Lodge) -> None:
    look = Look(Sight.TOPIC, "fantasy")
    await lodge.rooms.browser.look(look, viewer(lodge))
    lodge.clock.jump(timedelta(minutes=30))
    lodge.sandbox.faults.on("browse/topic").replaces(400, {"error": "invalid_request", "status": "error"}).always()

    with pytest.raises(WrongState):
        await lodge.rooms.browser.look(look, viewer(lodge))


async def test_a_copy_outlives_the_process_and_is_asked_for_anew_when_it_is_old(lodge: Lodge) -> None:
    await lodge.rooms.browser.look(HOME, viewer(lodge))
    lodge.rooms.browser._memory.clear()
    await lodge.rooms.browser.look(HOME, viewer(lodge))
    assert lodge.calls("browse/home") == 1

    lodge.clock.jump(HOME.good_for)
    await lodge.rooms.browser.look(HOME, viewer(lodge))
    assert lodge.calls("browse/home") == 2


async def test_copies_are_swept_by_age_and_by_size(lodge: Lodge) -> None:
    for page in range(3):
        await lodge.rooms.browser.look(Look(Sight.HOME, cursor=str(page * 24)), viewer(lodge))
        lodge.clock.jump(timedelta(seconds=5))
    async with lodge.app.store.transaction() as tx:
        assert await tx.rooms.copies.sweep(before=lodge.clock.now() - timedelta(days=1), most_bytes=1) == 3

    await lodge.rooms.browser.look(HOME, viewer(lodge))
    lodge.clock.jump(timedelta(days=2))
    assert await lodge.rooms.browser.sweep() == 1


async def test_a_download_link_is_fresh_every_time(lodge: Lodge) -> None:
    works = (await lodge.rooms.browser.look(Look(Sight.HOME), viewer(lodge))).page.works
    offered = next((work for work in works if work.is_downloadable), None)
    closed = next(work for work in works if not work.is_downloadable)

    if offered is not None:
        for _ in range(2):
            assert (await lodge.rooms.browser.download(offered.deviation_id, viewer(lodge))).startswith("http")
        assert lodge.calls("deviation/download/{deviationid}") == 2
    with pytest.raises(WrongState):
        await lodge.rooms.browser.download(closed.deviation_id, viewer(lodge))


@pytest.mark.parametrize(
    "look",
    [
        Look(Sight.TAG, ""),
        Look(Sight.TAG, "!!!"),
        Look(Sight.TAG_SEARCH, "ab"),
        Look(Sight.TOPIC, "../x"),
        Look(Sight.GALLERY, "a b"),
        Look(Sight.WORK, "123"),
        Look(Sight.HOME, "x" * 101),
        Look(Sight.DAILY, day=date(1999, 1, 1)),
        Look(Sight.DAILY, day=date(2030, 1, 1)),
    ],
    ids=str,
)
def test_what_cannot_be_asked_for_is_refused_here(look: Look) -> None:
    with pytest.raises(InvalidInput):
        checked(look, today=TODAY)


async def test_works_are_kept_in_lists_without_picture_addresses(lodge: Lodge) -> None:
    work = (await lodge.rooms.browser.look(HOME, viewer(lodge))).page.works[0]

    kept = await lodge.rooms.keeping.keep(work, by=lodge.me)
    shown = await lodge.rooms.keeps.works(lodge.user_id, kept.id, offset=0, limit=10)

    assert kept.name == "Watch later"
    assert [(each.title, each.thumb_url, each.picture_url) for each in shown] == [(work.title, "", "")]
    for bad in ("", "x" * 81, "watch LATER"):
        with pytest.raises(InvalidInput):
            await lodge.rooms.keeping.create(bad, by=lodge.me)


async def test_own_tags_come_before_deviantarts(lodge: Lodge) -> None:
    async with lodge.app.store.transaction() as tx:
        details = Details(tags=("forest path",))
        await tx.posts.add(NewPost(lodge.user_id, lodge.account_id, PostStatus.DRAFT, details), at=lodge.clock.now())

    found = await lodge.rooms.tag_helper.suggest("fores", user_id=lodge.user_id)

    assert [(each.tag, each.is_own) for each in found] == [("forest_path", True), ("forest", False)]
    lodge.sandbox.faults.on("browse/tags/search").limits().always()
    assert [each.tag for each in await lodge.rooms.tag_helper.suggest("forest_p", user_id=lodge.user_id)] == [
        "forest_path"
    ]
