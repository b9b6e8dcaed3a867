"""Buttons, forms and who may press them."""

import asyncio

import pytest

from bot.custom_ids import Verb, of_post
from core.actor import Actor
from core.posts.post import PostStatus
from tests.support.bot import World
from tests.support.discord import Message
from tests.support.pictures import a_png


@pytest.fixture
async def card(world: World) -> Message:
    message = await world.drop(("fox.png", a_png()))
    await world.settled(message, "✅")
    return await world.card()


async def test_a_card_shows_the_picture_the_words_and_one_button_for_each_verb(world: World, card: Message) -> None:
    embed = card.embeds[0]

    assert embed["image"]["url"].startswith("http") and "Review" in embed["description"]
    assert card.labels() == ["Approve", "Schedule", "Edit", "Publish now", "Skip", "Reject"]
    assert next(c["custom_id"] for c in card.controls()) == "post:1:approve"
    assert card.allowed_mentions == {"parse": []}


async def test_a_mature_picture_is_hidden_unless_the_channel_is_age_restricted(world: World) -> None:
    message = await world.drop(("SPOILER_fox.png", a_png()), content="Hidden")
    await world.settled(message, "✅")
    card = await world.card("Hidden")

    assert card.files[0].filename.startswith("SPOILER_") and "image" not in card.embeds[0]


async def test_two_reviewers_at_once_and_the_second_is_told_who_was_first(world: World, card: Message) -> None:
    first = await world.discord.click(card, "Approve", world.juno)
    await world.shows(card, "approved by Juno")
    second = world.discord.press(card, "post:1:approve", world.mira)
    told = await second.wait_message()

    assert "Already approved by Juno" in told.text and told.is_ephemeral
    assert first.followups == []


async def test_simultaneous_presses_approve_once(world: World, card: Message) -> None:
    handles = [world.discord.press(card, "post:1:approve", who) for who in (world.mira, world.juno)]
    await asyncio.gather(*(handle.wait_response() for handle in handles))
    await world.shows(card, "approved by")
    await world.discord.until(lambda: any(handle.followups for handle in handles))

    history = await world.app.reads.history(1)
    assert len([event for event in history if event.kind == "post.approved"]) == 1


async def test_a_stranger_is_told_that_they_may_not_decide(world: World, card: Message) -> None:
    handle = await world.discord.click(card, "Approve", world.visitor)
    told = await handle.wait_message()
    form = await world.discord.click(card, "Reject", world.visitor)
    refused = await form.wait_message()

    assert "Only the artist" in told.text and told.is_ephemeral
    assert "Only the artist" in refused.text and form.modal is None
    assert (await world.posts())[0].status is PostStatus.REVIEW


async def test_nothing_that_can_be_pressed_works_for_a_stranger_or_somebody_disabled(
    world: World, card: Message
) -> None:
    """Custom ids carry no authority: each verb is tried by hand, whatever the card offers at present."""
    before = (await world.posts())[0]
    await world.app.people.disable(before.user_id)

    for verb in Verb:
        for who in (world.visitor, world.mira):
            pressed = world.discord.press(card, of_post(before.id, verb), who)
            told = await pressed.wait_message()
            assert told.is_ephemeral and pressed.modal is None, verb
            assert not told.embeds, verb

    assert (await world.posts())[0] == before


async def test_an_edit_form_holds_what_is_there_and_saves_what_was_typed(world: World, card: Message) -> None:
    opened = await world.discord.click(card, "Edit", world.mira)
    modal = await opened.wait_modal()
    fields = {"Title": "A *wolf* @everyone", "Tags, separated by commas": "wolf, snow", "Mature content": "strict"}
    done = await world.discord.submit_modal(opened, fields)
    await done.wait_message()
    await world.shows(card, "wolf")

    (post,) = await world.posts()
    assert modal["components"][0]["component"]["value"] == "A fox"
    assert post.details.title == "A *wolf* @everyone" and post.details.tags == ("wolf", "snow")
    assert post.details.is_mature and post.details.mature_level == "strict"
    assert "@everyone" not in card.text and card.files[0].filename.startswith("SPOILER_")


async def test_an_edit_of_an_older_state_is_refused(world: World, card: Message) -> None:
    opened = await world.discord.click(card, "Edit", world.mira)
    await opened.wait_modal()
    await world.discord.click(card, "Approve", world.juno)
    await world.shows(card, "approved by")
    done = await world.discord.submit_modal(opened, {"Title": "Too late"})
    told = await done.wait_message()

    assert "changed since" in told.text
    assert (await world.posts())[0].details.title == "A fox"


async def test_a_form_that_was_opened_before_a_restart_can_be_sent_after_it(world: World, card: Message) -> None:
    opened = await world.discord.click(card, "Edit", world.mira)
    await opened.wait_modal()
    await world.restart()
    done = await world.discord.submit_modal(opened, {"Title": "Still here"})
    await done.wait_message()

    assert (await world.posts())[0].details.title == "Still here"


async def test_a_title_of_five_thousand_characters_is_refused_with_a_sentence(world: World, card: Message) -> None:
    opened = await world.discord.click(card, "Edit", world.mira)
    modal = await opened.wait_modal()
    modal["components"][0]["component"]["max_length"] = 6000
    done = await world.discord.submit_modal(opened, {"Title": "x" * 5000})
    told = await done.wait_message()

    assert "5,000 characters" in told.text


async def test_rejecting_takes_a_reason_and_can_be_undone(world: World, card: Message) -> None:
    opened = await world.discord.click(card, "Reject", world.mira)
    done = await world.discord.submit_modal(opened, {"reason": "Blurry"})
    told = await done.wait_message()
    await world.shows(card, "rejected by mira")
    buttons = card.controls()
    await world.discord.click(told, "Undo", world.mira)
    await world.shows(card, "Review")

    history = await world.app.reads.history(1)
    assert buttons == [] and any("Blurry" in event.text for event in history)
    assert (await world.posts())[0].status is PostStatus.REVIEW


async def test_other_times_are_said_in_words_and_the_instant_is_shown(world: World, card: Message) -> None:
    menu = await (await world.discord.click(card, "Schedule", world.mira)).wait_message()
    select = next(c for c in menu.controls() if c["type"] == 3)
    chosen = await world.discord.select(menu, select["custom_id"], world.mira, [select["options"][0]["value"]])
    told = await chosen.wait_message()
    await world.shows(card, "Scheduled")
    other = await world.discord.click(menu, "Other…", world.mira)
    odd = await (await world.discord.submit_modal(other, {"When": "when pigs fly"})).wait_message()
    past = await world.discord.click(menu, "Other…", world.mira)
    late = await (await world.discord.submit_modal(past, {"When": "2020-01-01 10:00"})).wait_message()

    assert "<t:" in told.text and "is not a time" in odd.text and "past" in late.text


async def test_approving_all_approves_what_came_with_it(world: World) -> None:
    message = await world.drop(*[(f"{n}.png", a_png(60 + n, 60)) for n in range(3)], content="")
    await world.settled(message, "✅")
    await world.discord.until(lambda: len(world.review.messages) == 3)
    card = world.review.messages[0]
    await world.discord.until(lambda: "Approve all" in card.labels(), 5, "the button")
    told = await (await world.discord.click(card, "Approve all", world.mira)).wait_message()

    assert "Approved 3 posts" in told.text
    await world.discord.until(lambda: all("approved by mira" in m.text for m in world.review.messages))


async def test_a_button_of_a_post_that_is_gone_is_answered(world: World, card: Message) -> None:
    handle = world.discord.press(card, "post:4711:approve", world.mira)
    told = await handle.wait_message()

    assert "no longer here" in told.text


async def test_an_unknown_verb_is_answered(world: World, card: Message) -> None:
    told = await world.discord.press(card, "post:1:levitate", world.mira).wait_message()

    assert "another version" in told.text


async def test_cards_follow_whoever_changed_the_post(world: World, card: Message) -> None:
    (post,) = await world.posts()
    await world.app.review.edit(post.id, {"title": "From elsewhere"}, by=Actor(post.user_id, "mira"))
    await world.shows(card, "From elsewhere", timeout=2)
    await world.app.review.approve(post.id, by=Actor(post.user_id, "mira"))

    await world.shows(card, "approved by mira", timeout=2)


async def test_a_burst_of_changes_is_few_edits(world: World, card: Message) -> None:
    (post,) = await world.posts()
    before = card.edits
    for number in range(30):
        await world.app.review.edit(post.id, {"title": f"Title {number}"}, by=Actor(post.user_id, "mira"))
    await world.shows(card, "Title 29")

    assert card.edits - before <= 10


async def test_review_walks_through_what_waits(world: World) -> None:
    for name in ("first", "second"):
        message = await world.drop((f"{name}.png", a_png(70 + len(name), 70)), content=name)
        await world.settled(message, "✅")
    shown = await (await world.discord.slash(world.mira, world.drops, "review")).wait_message()
    skipped = await (await world.discord.click(shown, "Skip", world.mira)).wait_message()
    await world.discord.click(skipped, "Approve", world.mira)
    await world.shows(skipped, "approved by mira")

    assert "second" in shown.text and "first" in skipped.text and shown.is_ephemeral
