"""Who is told what, where, and once."""

import logging

from core.actor import Actor
from core.events import Event
from core.operations.alerts import BELIEVED_AFTER, Alerts
from core.operations.findings import ERRORS_MANY
from core.posts.post import Post, PostStatus
from core.programs.settings import ALLOW_PRIVATE
from tests.support.bot import World
from tests.support.clock import FakeClock
from tests.support.pictures import a_png
from tests.support.receiver import a_receiver


async def a_scheduled_post(world: World) -> Post:
    message = await world.drop(("fox.png", a_png()))
    await world.settled(message, "✅")
    await world.card()
    (post,) = await world.posts()
    by = Actor(post.user_id, "mira")
    await world.app.review.approve(post.id, by=by)
    told = await (
        await world.discord.slash(world.mira, world.drops, "schedule", {"post": "1", "when": "in 5h"})
    ).wait_message()
    assert "Scheduled" in told.text
    return (await world.posts())[0]


async def lose_the_answer(world: World, post: Post) -> None:
    """As after a publish request that nobody could prove: a person has to say."""
    async with world.app.database.transaction() as connection:
        await connection.run(
            "UPDATE publication SET state = 'failed', item_id = '9001', item_hash = 'x', publish_sent_at = 1000,"
            " doubt = 'answer_lost', ready_at = NULL, failure_step = 'settle', failure_kind = 'outcome_unknown',"
            " failure_message = 'Nobody knows whether it is online.'"
        )
        await connection.run("UPDATE post SET status = 'failed'")
    await say(world, post, "publication.needs_person", "Nobody knows whether it is online.", "failed")


async def say(world: World, post: Post, kind: str, text: str, status: str | None = None) -> None:
    async with world.app.store.transaction() as tx:
        now = world.app.clock.now()
        post_id = post.id if status else None
        await tx.events.add(Event(kind, text, now, post.user_id, post_id, post.account_id, status=status))


async def test_an_unknown_outcome_asks_with_the_two_answers_as_buttons(world: World) -> None:
    post = await a_scheduled_post(world)
    await lose_the_answer(world, post)
    notice = await world.discord.wait_for_dm(world.mira, lambda m: "Needs you" in m.text)
    sure = await (await world.discord.click(notice, "It is not: publish again", world.mira)).wait_message()
    asked = (await world.posts())[0]
    await (await world.discord.click(sure, "Yes, publish again", world.mira)).wait_message()

    assert notice.labels() == ["It is online", "It is not: publish again"]
    assert asked.in_doubt and asked.status is PostStatus.FAILED
    history = await world.app.reads.history(post.id)
    assert any(event.kind == "publication.resolved" for event in history)


async def test_saying_that_it_is_online_takes_a_link_of_deviantart_only(world: World) -> None:
    post = await a_scheduled_post(world)
    await lose_the_answer(world, post)
    card = await world.card()
    await world.shows(card, "Needs you")
    opened = await world.discord.click(card, "It is online", world.mira)
    wrong = await (await world.discord.submit_modal(opened, {"url": "https://evil.example/art/1"})).wait_message()
    assert world.app.sandbox is not None
    opened = await world.discord.click(card, "It is online", world.mira)
    link = f"{world.app.sandbox.base_url}/mira/art/A-fox-1"
    right = await (await world.discord.submit_modal(opened, {"url": link})).wait_message()
    await world.shows(card, "Published")

    assert "Paste the link" in wrong.text and "it is online" in right.text
    assert card.embeds[0]["url"] == link


async def test_a_lost_connection_comes_with_a_button_to_reconnect(world: World) -> None:
    post = await a_scheduled_post(world)
    await say(world, post, "account.disconnected", "DeviantArt no longer accepts mira's connection.")
    notice = await world.discord.wait_for_dm(world.mira, lambda m: "A connection ends" in m.text)

    (button,) = notice.controls()
    assert button["label"] == "Reconnect" and button["url"].endswith("/auth/deviantart?link=1&account=1")


async def test_notices_go_where_the_person_chose_or_nowhere(world: World) -> None:
    post = await a_scheduled_post(world)
    settings = {"notices": "Channel", "event": "The queue runs dry"}
    await (await world.discord.slash(world.mira, world.drops, "settings", settings)).wait_message()
    settings = {"notices": "None", "event": "A connection ends"}
    await (await world.discord.slash(world.mira, world.drops, "settings", settings)).wait_message()
    await say(world, post, "account.disconnected", "Nobody wants to hear this.")
    await say(world, post, "automation.runs_dry", "“Evenings” runs out of drafts on 14 May.")
    notice = await world.discord.wait_for_message(world.notices, lambda m: "Evenings" in m.text)

    assert notice.allowed_mentions == {"parse": []}
    assert world.discord.dm_with(world.mira).messages == []


async def test_a_notice_whose_answer_was_lost_is_not_given_twice(world: World) -> None:
    post = await a_scheduled_post(world)
    world.discord.faults.lose_answer("POST", f"/channels/{world.discord.dm_with(world.mira).id}/messages$")
    await say(world, post, "account.disconnected", "Once only.")
    await world.discord.until(lambda: len(world.discord.faults.met) == 1)
    await say(world, post, "account.disconnected", "The second.")
    await world.discord.wait_for_dm(world.mira, lambda m: "second" in m.text)

    assert len([m for m in world.discord.dm_with(world.mira).messages if "Once" in m.text]) == 1


async def test_nothing_is_told_again_after_a_restart(world: World) -> None:
    post = await a_scheduled_post(world)
    await say(world, post, "account.disconnected", "Before.")
    await world.discord.wait_for_dm(world.mira, lambda m: "Before" in m.text)
    await world.restart()
    await say(world, post, "account.disconnected", "After.")
    await world.discord.wait_for_dm(world.mira, lambda m: "After" in m.text)

    assert len(world.discord.dm_with(world.mira).messages) == 2


async def test_what_breaks_is_told_to_administrators_in_discord_and_to_nobody_else(world: World) -> None:
    await world.add_person("juno", world.juno)
    assert world.person is not None
    await world.app.people.promote(world.person.id)
    for _ in range(ERRORS_MANY):
        logging.getLogger(__name__).error("the sky is falling")
    clock = FakeClock(world.app.clock.now())
    alerts = Alerts(world.app.store, world.app.operations.check_up, clock)  # type: ignore[arg-type]

    await alerts.look()
    clock.jump(BELIEVED_AFTER)
    await alerts.look()
    notice = await world.discord.wait_for_dm(world.mira, lambda m: "errors were logged" in m.text)

    (embed,) = notice.embeds
    assert embed["title"] == "The instance needs you"
    assert embed["url"].endswith("/admin/health")
    assert "The log says which" in embed["description"]
    assert world.discord.dm_with(world.juno).messages == []


async def test_a_webhook_that_was_switched_off_is_told_where_its_owner_wants_it(world: World) -> None:
    app, mira = world.app, world.person.id
    async with app.store.transaction() as tx:
        await tx.instance.put(ALLOW_PRIVATE, True)
    await app.notices.choose(mira, wanted={"webhook_off": {"dm": False, "channel": True}})
    async with a_receiver() as receiver:
        receiver.answers = [410]
        await app.programs.webhooks.create(mira, url=receiver.url, name="Mirror")
        await world.drop(("fox.png", a_png()))
        notice = await world.discord.wait_for_message(world.notices, lambda m: "Mirror" in m.text)
        await world.drop(("owl.png", a_png(9, 9)), content="An owl")
        await world.card("An owl")

    assert "switched off" in notice.text
    assert len(receiver.calls) == 1
