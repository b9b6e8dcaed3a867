"""Pictures dropped in a channel."""

from dataclasses import replace
from pathlib import Path

from core.actor import Actor
from core.posts.habits import SETTING, Habits
from core.posts.post import PostStatus
from tests.support.bot import World, a_world
from tests.support.discord import LoopbackDiscord
from tests.support.pictures import a_gif, a_jpeg, a_png


def big_enough(discord: LoopbackDiscord) -> None:
    discord.guilds[0].file_limit = 100_000_000


async def test_a_drop_waits_then_is_ticked_and_keeps_its_words(world: World) -> None:
    message = await world.drop(("SPOILER_fox.png", a_png()), content="A fox\n#fox")
    await world.settled(message, "✅")

    (post,) = await world.posts()
    assert message.reactions.keys() == {"✅"}
    assert post.status is PostStatus.REVIEW and post.details.is_mature
    assert post.source == "discord" and post.files[0].name == "fox.png"


async def test_several_pictures_are_a_post_each_and_metadata_is_no_art(world: World) -> None:
    pictures = [("a.png", a_png()), ("b.jpg", a_jpeg()), ("c.gif", a_gif()), ("a.json", b'{"tags": ["wolf"]}')]
    message = await world.drop(*pictures, content="")
    await world.settled(message, "✅")

    posts = await world.posts()
    assert [post.details.title for post in posts] == ["a", "b", "c"]
    assert posts[0].details.tags == ("wolf",)


async def test_what_new_posts_begin_with_holds_for_drops(world: World) -> None:
    assert world.person is not None
    habits = Habits(add_watermark=True, display_resolution=1920)
    await world.app.people.change_settings(world.person.id, **{SETTING: habits.as_setting()})

    message = await world.drop(("fox.png", a_png()))
    await world.settled(message, "✅")

    (post,) = await world.posts()
    assert (post.details.add_watermark, post.details.display_resolution) == (True, 1920)


async def test_several_pictures_are_one_post_where_the_channel_says_so(world: World) -> None:
    handle = await world.discord.slash(world.mira, world.drops, "setup", {"several": "one", "arrive": "draft"})
    await handle.wait_message()
    message = await world.drop(("a.png", a_png()), ("b.jpg", a_jpeg()))
    await world.settled(message, "✅")

    (post,) = await world.posts()
    assert len(post.files) == 2 and post.status is PostStatus.DRAFT


async def test_a_stranger_cannot_drop_past_review_and_is_told_once_how_to_join(world: World) -> None:
    handle = await world.discord.slash(world.mira, world.drops, "setup", {"arrive": "draft"})
    await handle.wait_message()
    first = await world.drop(("a.png", a_png()), by=world.visitor)
    await world.settled(first, "✅")
    second = await world.drop(("b.jpg", a_jpeg()), by=world.visitor)
    await world.settled(second, "✅")
    hint = await world.discord.wait_for_message(world.drops, lambda m: "/link" in m.text)

    assert {post.status for post in await world.posts()} == {PostStatus.REVIEW}
    assert [m for m in world.drops.messages if "/link" in m.text] == [hint]


async def test_a_program_may_drop_through_a_webhook(world: World) -> None:
    message = await world.discord.webhook_message(world.drops, content="Batch 7", attachments=[("a.png", a_png())])
    await world.settled(message, "✅")

    (post,) = await world.posts()
    assert post.details.title == "Batch 7"


async def test_a_message_told_twice_or_edited_makes_no_second_post(world: World) -> None:
    message = await world.drop(("a.png", a_png()))
    await world.discord.redeliver(message)
    await world.settled(message, "✅")
    await world.discord.edit_as_user(message, "Another title")
    await world.discord.redeliver(message)
    after = await world.drop(("b.jpg", a_jpeg()), content="The next")
    await world.settled(after, "✅")

    assert [post.details.title for post in await world.posts()] == ["A fox", "The next"]


async def test_what_is_not_a_picture_is_refused_with_the_reason_and_the_others_are_in(world: World) -> None:
    message = await world.drop(("a.png", a_png()), ("page.png", b"<html>not a picture</html>"), ("empty.png", b""))
    await world.settled(message, "❌")
    reply = await world.discord.wait_for_message(world.drops, lambda m: "page" in m.text)

    assert len(await world.posts()) == 1
    assert "empty" in reply.text and reply.reference == message.id
    assert reply.allowed_mentions is not None and reply.allowed_mentions["parse"] == []


async def test_only_the_first_ten_of_eleven_pictures_are_taken(world: World) -> None:
    message = await world.drop(*[(f"{n}.png", a_png(40 + n, 40)) for n in range(11)], content="")
    await world.settled(message, "❌")

    assert len(await world.posts()) == 10


async def test_a_download_that_dies_half_way_is_tried_again(world: World) -> None:
    world.discord.cdn.truncate(2)
    message = await world.drop(("a.png", a_png(300, 300)))
    await world.settled(message, "✅")

    assert world.discord.cdn.downloads[message.files[0].id] == 3
    assert len(await world.posts()) == 1


async def test_an_address_that_has_expired_is_said(world: World) -> None:
    await world.stop_bot()
    message = await world.drop(("a.png", a_png()))
    world.discord.cdn.expire(message.files[0])
    await world.restart()
    await world.settled(message, "❌")

    assert await world.posts() == []


async def test_a_message_deleted_within_a_minute_withdraws_its_review(world: World) -> None:
    message = await world.drop(("a.png", a_png()))
    await world.settled(message, "✅")
    card = await world.card()
    await world.discord.delete_as_user(message)
    await world.shows(card, "Trash")

    (post,) = await world.posts()
    assert post.status is PostStatus.DISCARDED


async def test_drops_made_while_the_process_was_away_are_taken_each_once(world: World) -> None:
    before = await world.drop(("a.png", a_png()), content="Before")
    await world.settled(before, "✅")
    await world.stop()
    away = [await world.drop((f"{n}.png", a_png(50 + n, 50)), content=f"Away {n}") for n in range(3)]
    await world.start()
    for message in away:
        await world.settled(message, "✅")
    await world.restart()

    titles = sorted(post.details.title for post in await world.posts())
    assert titles == ["Away 0", "Away 1", "Away 2", "Before"]


async def test_drops_in_a_gap_that_cannot_be_resumed_are_taken(world: World) -> None:
    world.discord.gateway.refuses_connections = True
    await world.discord.gateway.drop()
    message = await world.drop(("a.png", a_png()))
    world.discord.gateway.forget_sessions()
    world.discord.gateway.refuses_connections = False
    await world.discord.until(lambda: "✅" in message.reactions, 20, "the tick")

    assert len(await world.posts()) == 1


async def test_ten_pictures_of_some_megabytes_each_are_taken(world: World) -> None:
    big_enough(world.discord)
    noisy = [(f"{n}.png", a_png(900, 700 + n)) for n in range(10)]
    message = await world.drop(*noisy, content="")
    await world.discord.until(lambda: "✅" in message.reactions, 30, "the tick")

    assert len(await world.posts()) == 10


async def test_nobody_owns_the_drops_of_an_unlinked_owner(world: World) -> None:
    await world.memory.untie(world.mira.id)
    message = await world.drop(("a.png", a_png()))
    await world.settled(message, "❌")
    again = await world.drop(("a.png", a_png()))
    await world.settled(again, "❌")

    hint = await world.discord.wait_for_message(world.drops, lambda m: "/link" in m.text)
    await world.stop_bot()

    assert [m for m in world.drops.messages if "/link" in m.text] == [hint]
    assert await world.posts() == []


async def test_other_channels_are_left_alone(world: World) -> None:
    message = await world.discord.send_message(world.notices, world.mira, attachments=[("a.png", a_png())])
    after = await world.drop(("b.png", a_png()))
    await world.settled(after, "✅")

    assert message.reactions == {} and len(await world.posts()) == 1


async def test_a_channel_one_may_not_react_in_still_takes_drops(world: World) -> None:
    world.drops.denied = {"react"}
    await world.drop(("a.png", a_png()))
    await world.card()

    assert len(await world.posts()) == 1


async def test_setting_up_again_keeps_where_reading_was(world: World) -> None:
    setup = await world.memory.guild(world.guild.id)
    assert setup is not None
    channel = setup.drop_channels[0]
    await world.memory.save_guild(replace(setup, drop_channels=(channel,)), at=world.app.clock.now())

    again = await world.memory.guild(world.guild.id)
    assert again is not None and again.drop_channels[0].handled == channel.handled > 0


async def test_the_same_picture_within_a_day_is_the_same_post_and_says_where_it_is(world: World) -> None:
    first = await world.drop(("a.png", a_png()))
    await world.settled(first, "✅")
    (post,) = await world.posts()
    await world.app.review.reject(post.id, by=Actor(post.user_id, "mira"))
    again = await world.drop(("b.png", a_png()), content="Once more")
    await world.settled(again, "✅")
    told = await world.discord.wait_for_message(world.drops, lambda m: "same picture" in m.text)

    assert "#1" in told.text and "trash" in told.text and len(await world.posts()) == 1


async def test_a_picture_that_is_too_big_is_refused_with_the_limit(tmp_path: Path) -> None:
    async with a_world(tmp_path, MAX_FILE_MB="1") as world:
        message = await world.drop(("big.png", a_png(64, 64) + bytes(2_000_000)))
        await world.settled(message, "❌")
        reply = await world.discord.wait_for_message(world.drops, lambda m: "big" in m.text)

        assert "1 MB" in reply.text and await world.posts() == []
