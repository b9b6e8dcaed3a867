"""Bad days of Discord: nothing is lost, nothing is doubled, and nothing else waits."""

import logging
from pathlib import Path

import pytest

from core.actor import Actor
from tests.support.bot import World, a_world
from tests.support.pictures import a_png


async def a_card_for_a_drop(world: World) -> None:
    message = await world.drop(("fox.png", a_png()))
    await world.settled(message, "✅")
    await world.card()


async def test_a_card_whose_answer_was_lost_is_not_posted_twice(world: World) -> None:
    channel = f"/channels/{world.review.id}/messages$"
    world.discord.faults.lose_answer("POST", channel)
    await a_card_for_a_drop(world)
    await world.discord.until(lambda: len(world.discord.faults.met) == 1)
    (post,) = await world.posts()
    await world.app.review.approve(post.id, by=Actor(post.user_id, "mira"))
    await world.shows(world.review.messages[0], "approved by mira")

    assert len(world.review.messages) == 1


async def test_a_card_whose_send_was_cut_off_by_a_crash_is_found_again(world: World) -> None:
    await a_card_for_a_drop(world)
    await world.stop_bot()
    async with world.app.database.transaction() as connection:
        await connection.run("UPDATE discord_card SET message_snowflake = NULL, rendered_hash = ''")
    world.discord.rest.nonces.clear()
    await world.restart()
    (post,) = await world.posts()
    await world.app.review.approve(post.id, by=Actor(post.user_id, "mira"))
    await world.shows(world.review.messages[0], "approved by mira")

    assert len(world.review.messages) == 1
    assert (await world.memory.cards_of([1]))[0].message_id == world.review.messages[0].id


async def test_server_errors_and_rate_limits_are_waited_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.discord.faults.rate_limit("POST", "/messages$", retry_after=0.05)
    world.discord.faults.server_error_after_effect("POST", "/messages$")
    await a_card_for_a_drop(world)

    assert len(world.review.messages) == 1


async def test_a_dropped_connection_is_resumed_and_buttons_work_on(world: World) -> None:
    await a_card_for_a_drop(world)
    await world.discord.gateway.drop()
    await world.discord.until(lambda: world.discord.gateway.resumes == 1)
    await world.discord.click(world.review.messages[0], "Approve", world.mira)

    await world.shows(world.review.messages[0], "approved by mira")


async def test_an_invalid_session_is_replaced(world: World) -> None:
    before = len(world.discord.gateway.identifies)
    await world.discord.gateway.invalidate()
    await world.discord.until(lambda: len(world.discord.gateway.identifies) > before, 15)

    await a_card_for_a_drop(world)


async def test_an_interaction_whose_token_has_expired_harms_nothing(world: World) -> None:
    await a_card_for_a_drop(world)
    world.discord.token_seconds = -1.0
    handle = await world.discord.click(world.review.messages[0], "Approve", world.visitor)
    await handle.wait_response()
    await world.discord.until(lambda: any("/webhooks/" in path for _, path in world.discord.requests))
    world.discord.token_seconds = 900.0

    told = await (await world.discord.slash(world.mira, world.drops, "help")).wait_message()
    assert "/link" in told.text


async def test_a_direct_message_that_is_refused_goes_to_the_channel_and_says_so_once(world: World) -> None:
    world.mira.refuses_dms = True
    for size, name in enumerate(("one", "two")):
        message = await world.drop((f"{name}.png", a_png(80 + size, 80)), content=name)
        await world.settled(message, "✅")
    for post in await world.posts():
        await world.app.planner.publish_now(post.id, by=Actor(post.user_id, "mira"), time_zone="UTC")
    for name in ("one", "two"):
        await world.discord.wait_for_message(world.notices, lambda m, name=name: name in m.text, 20)  # type: ignore[misc]

    said = [m for m in world.notices.messages if "direct messages are closed" in m.text]
    assert len(said) == 1 and len(world.notices.messages) == 2


async def test_a_card_in_a_channel_that_was_deleted_is_forgotten(world: World) -> None:
    await a_card_for_a_drop(world)
    world.discord.delete_channel(world.review)
    (post,) = await world.posts()
    await world.app.review.approve(post.id, by=Actor(post.user_id, "mira"))

    message = await world.drop(("b.png", a_png(90, 90)), content="Another")
    await world.settled(message, "✅")
    assert len(await world.posts()) == 2


async def test_leaving_a_server_cleans_up(world: World) -> None:
    await a_card_for_a_drop(world)
    world.discord.remove_guild(world.guild)

    async def is_forgotten() -> bool:
        return await world.memory.guild(world.guild.id) is None

    for _ in range(200):
        if await is_forgotten():
            break
        await world.discord.until(lambda: True)
        await world.app.clock.sleep(0.01)
    assert await is_forgotten() and await world.memory.cards_of([1]) == []


async def test_a_bad_token_is_said_and_everything_else_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with a_world(tmp_path, ready=False) as world:
        world.token = "wrong"
        with caplog.at_level(logging.ERROR):
            await world.start(wait=False)
            await world.discord.until(lambda: "DISCORD_TOKEN" in caplog.text)

        assert world.bot is not None and world.bot.state == "refused"
        assert await world.app.reads.last_event_id() == 0
        assert "wrong" not in caplog.text


async def test_without_the_content_intent_the_bot_says_so_and_commands_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, ready=False) as world:
        world.discord.gateway.disallowed_intents = 1 << 15
        await world.start()
        await world.set_up()
        told = await (
            await world.discord.slash(world.mira, world.drops, "upload", {"image": ("a.png", a_png())})
        ).wait_message()

        assert "Message Content Intent" in caplog.text and "waits for review" in told.text


async def test_commands_are_sent_only_when_they_changed(world: World) -> None:
    assert world.discord.overwrites == 1
    await world.restart()
    assert world.discord.overwrites == 1
    async with world.app.store.transaction() as tx:
        await tx.instance.put("discord.commands", {"digest": "another version's"})
    await world.restart()

    assert world.discord.overwrites == 2


async def test_an_unexpected_error_answers_with_an_id_that_is_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    assert world.bot is not None and world.bot.client is not None
    monkeypatch.setattr(world.bot.client.lists, "show", fails)
    told = await (await world.discord.slash(world.mira, world.drops, "drafts")).wait_message()
    incident = told.text.split("`")[1]

    assert incident in [getattr(record, "incident", None) for record in caplog.records]
    assert "a bug" not in told.text


async def test_the_first_answer_leaves_in_time_though_the_store_is_busy(world: World) -> None:
    await a_card_for_a_drop(world)
    async with world.app.database.transaction():
        handle = await world.discord.click(world.review.messages[0], "Approve", world.mira)
        await handle.wait_response(2.0)
        told = await world.discord.slash(world.mira, world.drops, "pause")
        await told.wait_response(2.0)

    await world.shows(world.review.messages[0], "approved by mira")
    assert handle.answered_after is not None and handle.answered_after < 1.0
