"""Commands, as people type them."""

from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.actor import Actor
from core.discord_links import DiscordLinks
from core.planning.slots import WeeklySlot
from core.posts.post import PostStatus
from tests.support.bot import World, a_world
from tests.support.discord import NotShown
from tests.support.pictures import a_jpeg, a_png


async def said(world: World, name: str, options: dict[str, object] | None = None) -> str:
    handle = await world.discord.slash(world.mira, world.drops, name, options or {})
    message = await handle.wait_message()
    assert message.is_ephemeral
    return message.text


async def a_draft(world: World, title: str = "A fox", size: int = 64) -> int:
    await said(world, "upload", {"image": (f"{title}.png", a_png(size, size)), "title": title})
    post = next(post for post in await world.posts() if post.details.title == title)
    await world.app.review.approve(post.id, by=Actor(post.user_id, "mira"))
    return post.id


async def test_link_gives_one_address_that_ties_this_discord_user(world: World) -> None:
    person = await world.add_person("juno")
    handle = await world.discord.slash(world.juno, world.drops, "link")
    message = await handle.wait_message()
    (address,) = [word for word in message.text.split() if word.startswith("http")]
    code = urlsplit(address).path.removeprefix("/link/")
    await DiscordLinks(world.memory, world.app.clock).tie(code, person.id)
    nothing = await (await world.discord.slash(world.juno, world.drops, "queue")).wait_message()
    await (await world.discord.slash(world.juno, world.drops, "unlink")).wait_message()
    again = await (await world.discord.slash(world.juno, world.drops, "queue")).wait_message()

    assert message.is_ephemeral and address.startswith(world.app.public_url)
    assert "Nothing is scheduled" in nothing.text and "not linked" in again.text


async def test_setup_needs_manage_server_whatever_the_server_allows(world: World) -> None:
    with pytest.raises(NotShown):
        await world.discord.slash(world.visitor, world.drops, "setup")
    handle = await world.discord.slash(
        world.visitor, world.drops, "setup", {"drop_channel": world.notices}, force=True
    )
    told = await handle.wait_message()

    setup = await world.memory.guild(world.guild.id)
    assert "Manage Server" in told.text and setup is not None
    assert [c.channel_id for c in setup.drop_channels] == [world.drops.id]


async def test_setup_without_options_shows_what_is_set_with_selects(world: World) -> None:
    handle = await world.discord.slash(world.mira, world.drops, "setup")
    panel = await handle.wait_message()
    chosen = await world.discord.select(panel, "Where pictures are dropped", world.mira, [world.notices, world.drops])
    await chosen.wait_response()
    await world.shows(panel, f"<#{world.notices.id}>")
    given = await world.discord.select(panel, "Whose posts the drops become", world.mira, [world.juno])
    await given.wait_response()
    await world.shows(panel, "they need /link")

    setup = await world.memory.guild(world.guild.id)
    assert setup is not None and setup.owner_id == world.juno.id and len(setup.drop_channels) == 2


async def test_upload_takes_ten_pictures_a_title_tags_and_a_time(world: World) -> None:
    options: dict[str, object] = {"image": ("a.png", a_png()), "title": "Night", "tags": "fox, snow", "when": "in 3h"}
    options |= {f"image{n}": (f"{n}.jpg", a_jpeg(80 + n, 60)) for n in range(2, 11)}
    text = await said(world, "upload", options)

    posts = await world.posts()
    assert text.count("is scheduled for <t:") == 10 and len(posts) == 10
    assert {post.status for post in posts} == {PostStatus.SCHEDULED}
    assert posts[0].details.tags == ("fox", "snow")


async def test_an_upload_with_an_unknown_time_leaves_nothing_behind(world: World) -> None:
    text = await said(world, "upload", {"image": ("a.png", a_png()), "when": "someday"})

    assert "is not a time" in text and await world.posts() == []


async def test_schedule_takes_titles_numbers_and_offered_values(world: World) -> None:
    post_id = await a_draft(world)
    offered = await world.discord.autocomplete(world.mira, world.drops, "schedule", "post", "fox")
    times = await world.discord.autocomplete(world.mira, world.drops, "schedule", "when", "tomorrow 9")
    text = await said(world, "schedule", {"post": offered[0]["value"], "when": times[0]["value"]})
    by_number = await said(world, "schedule", {"post": f"#{post_id}", "when": "fri 18:00"})
    queue = await said(world, "queue")

    assert offered[0]["name"].startswith(f"#{post_id} A fox") and "09:00" in times[0]["name"]
    assert "Scheduled for <t:" in text and "Scheduled for <t:" in by_number and f"#{post_id}" in queue


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"post": "4711", "when": "in 1h"}, "no such post"),
        ({"post": "nothing like it", "when": "in 1h"}, "no such post"),
        ({"post": "1", "when": "2020-01-01 09:00"}, "past"),
        ({"post": "1", "when": "rubbish"}, "is not a time"),
        ({"post": "1", "when": "next slot"}, "no free slot"),
    ],
)
async def test_what_cannot_be_scheduled_is_said(world: World, options: dict[str, object], answer: str) -> None:
    await a_draft(world)

    assert answer in await said(world, "schedule", options)


async def test_other_peoples_posts_do_not_exist(world: World) -> None:
    post_id = await a_draft(world)
    await world.memory.untie(world.mira.id)
    await world.add_person("juno", world.mira)

    assert "no such post" in await said(world, "publish", {"post": str(post_id)})


async def test_publish_hold_release_and_undo(world: World) -> None:
    await a_draft(world)
    await said(world, "schedule", {"post": "1", "when": "in 2h"})
    held = await said(world, "hold", {"post": "1"})
    released = await said(world, "hold", {"post": "1"})
    undone = await said(world, "undo")
    published = await said(world, "publish", {"post": "1"})
    await world.discord.wait_for_dm(world.mira, lambda m: "Published" in m.text, 20)

    assert "on hold" in held and "released" in released and "on hold again" in undone and "on its way" in published


async def test_undo_takes_an_approval_back_once(world: World) -> None:
    post_id = await a_draft(world)

    undone = await said(world, "undo")
    again = await said(world, "undo")

    assert "is back in review" in undone
    assert (await world.posts())[0].id == post_id and (await world.posts())[0].status is PostStatus.REVIEW
    assert "It cannot be taken back" in again


async def test_undo_takes_an_edit_back(world: World) -> None:
    await a_draft(world)
    (before,) = await world.posts()
    await world.app.review.edit(1, {"title": "Another title"}, by=Actor(before.user_id, "mira"))

    undone = await said(world, "undo")

    assert "as it was before your edit" in undone
    assert (await world.posts())[0].details.title == before.details.title


async def test_pausing_one_account_or_everything(world: World) -> None:
    offered = await world.discord.autocomplete(world.mira, world.drops, "pause", "account", "mi")
    one = await said(world, "pause", {"account": offered[0]["value"]})
    status = await said(world, "status")
    on = await said(world, "resume")
    unknown = await said(world, "pause", {"account": "nobody"})

    assert "Paused: mira" in one and "is paused" in status
    assert "Resumed" in on and "no such account" in unknown


async def test_drafts_are_paged_with_buttons(world: World) -> None:
    for number in range(12):
        await a_draft(world, f"Fox {number:02}", 64 + number)
    handle = await world.discord.slash(world.mira, world.drops, "drafts")
    message = await handle.wait_message()
    await (await world.discord.click(message, "Older", world.mira)).wait_response()
    await world.shows(message, "Fox 00")

    assert "11–12 of 12" in message.text and not message.controls()[0].get("disabled")


async def test_the_calendar_is_a_picture_with_its_words(world: World) -> None:
    await a_draft(world)
    await said(world, "schedule", {"post": "1", "when": "2026-12-24 18:00"})
    handle = await world.discord.slash(world.mira, world.drops, "calendar", {"month": "2026-12"})
    message = await handle.wait_message()
    wrong = await said(world, "calendar", {"month": "next"})

    assert message.files[0].data.startswith(b"\x89PNG") and "18:00 A fox" in message.text
    assert "2026-12" in wrong


async def test_settings_choose_zone_and_notices(world: World) -> None:
    zones = await world.discord.autocomplete(world.mira, world.drops, "settings", "zone", "tok")
    text = await said(world, "settings", {"zone": zones[0]["value"], "notices": "Channel", "event": "Published"})
    wrong = await said(world, "settings", {"zone": "Mars/Olympus"})

    assert "Asia/Tokyo" in text and "Published: channel" in text and "Failed: direct message" in text
    assert "not a time zone" in wrong


async def test_status_help_and_privacy_answer(world: World) -> None:
    assert "All is well" in await said(world, "status")
    assert "/setup" in await said(world, "help")
    assert "/unlink" in await said(world, "privacy")


async def test_automations_are_listed_previewed_run_and_paused(world: World) -> None:
    await a_draft(world)
    assert world.person is not None
    rule = {"kind": "fixed_time", "time": "18:00", "days": [0, 1, 2, 3, 4, 5, 6]}
    given = {"name": "Evenings", "rules": [rule], "enabled": True}
    by = Actor(world.person.id, "mira")
    await world.app.planning.automations.create(given, by=by, time_zone="Europe/Paris")
    listed = await said(world, "automation list")
    offered = await world.discord.autocomplete(world.mira, world.drops, "automation run", "rule", "eve")
    preview = await said(world, "automation preview", {"rule": offered[0]["value"]})
    run = await said(world, "automation run", {"rule": "evenings"})
    paused = await said(world, "automation pause", {"rule": "Evenings"})
    unknown = await said(world, "automation run", {"rule": "Mornings"})

    assert "Evenings" in listed and "A fox" in preview and "is scheduled" in run
    assert "is paused" in paused and "no such automation" in unknown


async def test_the_next_slot_of_the_queue_is_offered_and_taken(world: World) -> None:
    await a_draft(world)
    (post,) = await world.posts()
    slots = [WeeklySlot(day, time(18)) for day in range(7)]
    await world.app.planning.queue.set_slots(post.account_id, slots, by=Actor(post.user_id, "mira"))
    times = await world.discord.autocomplete(world.mira, world.drops, "schedule", "when", "next")
    text = await said(world, "schedule", {"post": "1", "when": times[-1]["value"]})

    (post,) = await world.posts()
    assert "Scheduled for" in text and post.plan is not None and post.plan.due_local.hour == 18


async def test_a_message_menu_sends_pictures_and_another_plans_them(world: World) -> None:
    message = await world.discord.send_message(
        world.notices, world.visitor, content="Found art #fox", attachments=[("a.png", a_png())]
    )
    sent = await world.discord.message_menu(world.mira, message, "Send to Isekai")
    told = await sent.wait_message()
    again = await (await world.discord.message_menu(world.mira, message, "Send to Isekai")).wait_message()
    menu = await (await world.discord.message_menu(world.mira, message, "Schedule…")).wait_message()
    bare = await world.discord.send_message(world.notices, world.visitor, content="words only")
    refused = await (await world.discord.message_menu(world.mira, bare, "Send to Isekai")).wait_message()

    (post,) = await world.posts()
    assert post.details.title == "Found art" and "waits for review" in told.text
    assert "already" in again.text and "When should" in menu.text and "no picture" in refused.text


async def test_a_server_of_its_own_language_has_its_words_on_the_buttons(tmp_path: Path) -> None:
    async with a_world(tmp_path, ready=False) as world:
        world.guild.locale = "de"
        await world.start()
        await world.set_up()
        await world.drop(("a.png", a_png()))
        card = await world.card()

        assert "Freigeben" in card.labels()
        assert any(c["name_localizations"]["ja"] == "予約" for c in world.discord.commands if c["name"] == "schedule")


async def test_an_owner_named_by_somebody_else_has_to_allow_reviewers_first(world: World) -> None:
    """Anybody may have a server: naming an owner must not give its members the owner's account."""
    await world.add_person("juno", world.juno)
    named = await world.discord.slash(world.mira, world.drops, "setup", {"owner": world.juno})
    await named.wait_message()
    role = world.guild.members[world.juno.id][0]
    world.guild.add_member(world.visitor, role)
    message = await world.drop(("a.png", a_png()), content="For juno")
    await world.settled(message, "✅")
    card = await world.card("For juno")
    asked = await world.card("only you can")
    early = await (await world.discord.click(card, "Approve", world.visitor)).wait_message()
    cheat = await (await world.discord.click(asked, "Allow", world.visitor)).wait_message()
    await (await world.discord.click(asked, "Allow", world.juno)).wait_response()
    await world.shows(asked, "may decide here now")
    await world.discord.click(card, "Approve", world.visitor)
    await world.shows(card, "approved by Visitor")

    assert "not allowed" in early.text and "Only the person" in cheat.text
    assert asked.allowed_mentions == {"parse": []}


async def test_commands_work_in_direct_messages(world: World) -> None:
    dm = world.discord.dm_with(world.mira)
    told = await (await world.discord.slash(world.mira, dm, "status")).wait_message()

    assert "All is well" in told.text


async def test_templates_fill_in_uploads_and_drops(world: World) -> None:
    assert world.person is not None
    templates, by = world.app.rooms.templates, Actor(world.person.id, "mira")
    await templates.create("tags", "Foxes", "fox, forest", by=by)
    offered = await world.discord.autocomplete(world.mira, world.drops, "upload", "template", "fo")
    await said(world, "upload", {"image": ("a.png", a_png()), "template": offered[0]["value"]})
    await said(world, "setup", {"template": "foxes"})
    message = await world.drop(("b.jpg", a_jpeg()), content="Dropped")
    await world.settled(message, "✅")
    unknown = await said(world, "upload", {"image": ("c.png", a_png(70, 70)), "template": "Wolves"})
    folder = await said(world, "upload", {"image": ("c.png", a_png(70, 70)), "folder": "Nowhere"})

    assert [post.details.tags for post in await world.posts()] == [("fox", "forest"), ("fox", "forest")]
    assert "no such template" in unknown and "no such folder" in folder
