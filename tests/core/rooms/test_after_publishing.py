import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import InvalidInput, NotFound
from core.exclusives.ports import Wish
from core.posts.post import PostStatus
from core.published.figures import next_look
from tests.core.rooms.conftest import Lodge, history, published
from tests.support.clock import NOON


async def let_pass(lodge: Lodge, *, minutes: int = 3, rounds: int = 1) -> None:
    for _ in range(rounds):
        lodge.clock.jump(timedelta(minutes=minutes))
        await lodge.rooms.keeper.round()


async def a_comment_template(lodge: Lodge) -> int:
    return (await lodge.rooms.templates.create("comment", "Thanks", "Thank you, from {artist}.", by=lodge.me)).id


async def allow_comments(lodge: Lodge, *, allowed: bool) -> None:
    async with lodge.app.database.transaction() as db:
        scopes = "basic user browse browse.mlt gallery stash publish" + (" comment.post" if allowed else "")
        await db.run("UPDATE account SET scopes = :scopes", {"scopes": scopes})


async def test_a_folder_that_deviantart_left_out_is_added_by_copy_and_history_says_so(lodge: Lodge) -> None:
    folder = lodge.sandbox.world.create_folder("mira", "Prints")
    await lodge.rooms.folders.list(lodge.account_id, by=lodge.me)
    (post,) = await published(lodge, "Half", galleries=(folder.folderid,))
    folder.works.clear()

    await let_pass(lodge)

    assert folder.works == [post.publications[0].deviation_id]
    assert any("Put into “Prints” afterwards" in text for text in await history(lodge, post.id))
    await let_pass(lodge, rounds=3)
    assert lodge.calls("gallery/folders/copy_deviations") == 1


async def test_a_folder_that_is_refused_does_not_keep_the_work_from_going_out(lodge: Lodge) -> None:
    folder = lodge.sandbox.world.create_folder("mira", "Prints")
    unknown = "00000000-0000-0000-0000-000000000000"

    (post,) = await published(lodge, "Out", galleries=(folder.folderid, unknown))
    await let_pass(lodge)

    assert [work.deviationid for work in lodge.sandbox.world.deviations] == [post.publications[0].deviation_id]
    assert folder.works == [post.publications[0].deviation_id]
    said = await history(lodge, post.id)
    assert any("afterwards" in text and "would not put it" in text for text in said)


async def test_a_half_published_work_is_found_once_and_its_folder_tried_again(lodge: Lodge) -> None:
    folder = lodge.sandbox.world.create_folder("mira", "Watchers only")
    folder.premium = True
    (post,) = await published(lodge, "Half", galleries=(folder.folderid,))
    for _ in range(40):
        lodge.clock.jump(timedelta(minutes=1))
        await lodge.app.publisher.run_once()
        await lodge.rooms.keeper.round()

    shown = await lodge.app.reads.post(post.id, user_id=lodge.user_id)

    assert shown.status is PostStatus.PUBLISHED
    assert len(lodge.sandbox.world.deviations) == 1
    assert folder.works == [shown.publications[0].deviation_id]


async def test_a_work_that_is_in_its_folders_needs_nothing(lodge: Lodge) -> None:
    folder = lodge.sandbox.world.create_folder("mira", "Prints")
    await published(lodge, "Whole", galleries=(folder.folderid,))

    await let_pass(lodge, rounds=3)

    assert lodge.calls("deviation/metadata") == 1
    assert lodge.calls("gallery/folders/copy_deviations") == 0


async def test_a_folder_that_is_gone_is_said_once(lodge: Lodge) -> None:
    folder = lodge.sandbox.world.create_folder("mira", "Prints")
    (post,) = await published(lodge, "Gone", galleries=(folder.folderid,))
    lodge.sandbox.world.remove_folder(folder)

    await let_pass(lodge, rounds=4)

    said = [text for text in await history(lodge, post.id) if "would not put it" in text]
    assert len(said) == 1


async def test_the_first_comment_is_posted_once(lodge: Lodge) -> None:
    template = await a_comment_template(lodge)
    await allow_comments(lodge, allowed=True)
    await published(lodge, "Work", wish=Wish(comment_template_id=template))

    await let_pass(lodge, rounds=3)

    assert [comment.body for comment in lodge.sandbox.world.comments] == ["Thank you, from mira."]


async def test_a_comment_whose_answer_was_lost_is_never_repeated(lodge: Lodge) -> None:
    template = await a_comment_template(lodge)
    await allow_comments(lodge, allowed=True)
    (post,) = await published(lodge, "Work", wish=Wish(comment_template_id=template))
    lodge.sandbox.faults.on("comments/post/deviation/*").loses_the_answer()

    await let_pass(lodge, rounds=5, minutes=60)

    assert len(lodge.sandbox.world.comments) == 1
    assert sum("did not say whether it took" in text for text in await history(lodge, post.id)) == 1


async def test_a_comment_waits_for_leave_and_says_so_once(lodge: Lodge) -> None:
    template = await a_comment_template(lodge)
    await allow_comments(lodge, allowed=False)
    (post,) = await published(lodge, "Work", wish=Wish(comment_template_id=template))

    await let_pass(lodge, rounds=3, minutes=400)
    assert lodge.sandbox.world.comments == []
    assert sum("The first comment waits" in text for text in await history(lodge, post.id)) == 1
    await allow_comments(lodge, allowed=True)
    await let_pass(lodge, rounds=2, minutes=400)
    assert len(lodge.sandbox.world.comments) == 1


async def test_a_template_that_is_no_comment_is_refused(lodge: Lodge) -> None:
    tags = await lodge.rooms.templates.create("tags", "T", "sky", by=lodge.me)
    (post,) = await published(lodge, "Work")

    with pytest.raises(InvalidInput):
        await lodge.rooms.wishes.comment(post.id, tags.id, by=lodge.me)


async def test_edits_after_publishing_reach_deviantart_as_the_full_state(lodge: Lodge) -> None:
    (post,) = await published(lodge, "Before", allow_comments=False)
    lodge.sandbox.faults.on("deviation/edit/*").limits().times(1)

    await lodge.app.review.edit(post.id, {"title": "After", "description": "New", "tags": ["sea"]}, by=lodge.me)
    await let_pass(lodge, minutes=0)
    await let_pass(lodge, minutes=20)

    (work,) = lodge.sandbox.world.deviations
    assert (work.title, work.description, work.tags, work.allow_comments) == ("After", "New", ["sea"], False)
    assert "DeviantArt has the changes." in await history(lodge, post.id)


async def test_an_edit_of_a_work_too_fresh_to_be_found_is_tried_again(lodge: Lodge) -> None:
    lodge.sandbox.world.switches.fresh_edit_seconds = 600
    (post,) = await published(lodge, "Before")
    await lodge.app.review.edit(post.id, {"title": "After"}, by=lodge.me)

    await let_pass(lodge, rounds=4, minutes=5)

    assert lodge.sandbox.world.deviations[0].title == "After"


async def test_an_edit_that_is_refused_is_said_and_stops(lodge: Lodge) -> None:
    (post,) = await published(lodge, "Before")
    refusal = {"error": "invalid_request", "error_details": {"title": "title is bad"}, "status": "error"}
    lodge.sandbox.faults.on("deviation/edit/*").replaces(400, refusal).always()
    await lodge.app.review.edit(post.id, {"title": "After"}, by=lodge.me)

    await let_pass(lodge, rounds=5, minutes=30)

    assert lodge.calls("deviation/edit/{deviationid}") == 1
    assert any("they are only here" in text for text in await history(lodge, post.id))


async def test_figures_are_sampled_a_day_later_sortable_and_modest(lodge: Lodge) -> None:
    posts = await published(lodge, "One", "Two", "Three")
    assert await lodge.rooms.figure_keeper.sample() == 0
    lodge.clock.jump(timedelta(days=1, minutes=1))

    assert await lodge.rooms.figure_keeper.sample() == len(posts)
    assert await lodge.rooms.figure_keeper.sample() == 0
    assert lodge.calls("deviation/metadata") == 1
    reads = lodge.rooms.figures
    page = await reads.works(lodge.user_id, sort="views", account_id=None, cursor=None, limit=2)
    rest = await reads.works(lodge.user_id, sort="views", account_id=None, cursor=page.next_cursor, limit=2)
    views = [work.views for work in (*page.works, *rest.works)]
    assert views == sorted(views, reverse=True)
    assert len(views) == len(posts)
    assert views[0] > 0
    (month,) = await reads.months(lodge.user_id, account_id=None, place=ZoneInfo("UTC"))
    assert (month.works, month.views) == (3, sum(views))
    assert await reads.months(lodge.user_id, account_id=10**6, place=ZoneInfo("UTC")) == ()
    assert len((await reads.samples(lodge.user_id, posts[0].id))[posts[0].publications[0].id]) == 1


async def test_figures_of_one_work_are_asked_for_at_once_by_its_artist_alone(lodge: Lodge) -> None:
    one, _ = await published(lodge, "One", "Two")
    keeper, artist = lodge.rooms.figure_keeper, lodge.me

    await keeper.ask_now(one.id, by=artist)
    lodge.clock.jump(timedelta(days=1))
    await keeper.ask_now(one.id, by=artist)

    (days,) = (await lodge.rooms.figures.samples(lodge.user_id, one.id)).values()
    assert [day.day - days[0].day for day in days] == [0, 1]
    with pytest.raises(NotFound):
        await keeper.ask_now(one.id, by=replace(artist, user_id=lodge.user_id + 1))


async def test_figures_wait_while_deviantart_is_busy_or_a_publication_is_near(lodge: Lodge) -> None:
    await published(lodge, "One")
    lodge.clock.jump(timedelta(days=2))
    lodge.sandbox.faults.on("deviation/metadata").limits()
    assert await lodge.rooms.figure_keeper.sample() == 0
    lodge.clock.jump(timedelta(hours=1))
    async with lodge.app.store.transaction() as tx:
        pace = await tx.accounts.pace(lodge.account_id)
        await tx.accounts.save_pace(lodge.account_id, replace(pace, until=lodge.clock.now() + timedelta(seconds=3)))
    assert await lodge.rooms.figure_keeper.sample() == 0
    lodge.clock.jump(timedelta(minutes=1))
    assert await lodge.rooms.figure_keeper.sample() == 1


def test_old_works_are_asked_for_less_often() -> None:
    gaps = [next_look(NOON - timedelta(days=days), now=NOON) - NOON for days in (1, 60, 365, 3650)]

    assert [gap.days for gap in gaps] == [1, 3, 7, 30]


async def test_a_work_belongs_to_the_month_that_its_place_had_then(lodge: Lodge) -> None:
    winter, summer = await published(lodge, "Winter", "Summer")
    # Half past midnight in Paris, both: the clocks show an hour more than UTC in winter, two in summer.
    moments = {
        winter.id: datetime(2026, 10, 31, 23, 30, tzinfo=UTC),
        summer.id: datetime(2026, 6, 30, 22, 30, tzinfo=UTC),
    }
    with sqlite3.connect(lodge.app.settings.database) as db:
        for post_id, at in moments.items():
            db.execute("UPDATE work_figures SET published_at = ? WHERE post_id = ?", (int(at.timestamp()), post_id))

    months = await lodge.rooms.figures.months(lodge.user_id, account_id=None, place=ZoneInfo("Europe/Paris"))

    assert [(month.year, month.month, month.works) for month in months] == [(2026, 7, 1), (2026, 11, 1)]
