"""From a picture dropped in a channel to a published work, where artists live."""

from core.posts.post import PostStatus
from tests.support.bot import World
from tests.support.pictures import a_png


async def test_a_drop_is_approved_scheduled_and_published_across_a_restart(world: World) -> None:
    message = await world.drop(("fox.png", a_png()), content="A fox in snow\nSeen today\n#fox #snow")
    await world.settled(message, "✅")
    card = await world.card("A fox in snow")
    await world.discord.click(card, "Approve", world.mira)
    await world.shows(card, "approved by mira")

    await world.restart()
    offered = await world.discord.click(card, "Schedule", world.mira)
    menu = await offered.wait_message()
    other = await world.discord.click(menu, "Other…", world.mira)
    told = await world.discord.submit_modal(other, {"When": "in 1 min"})
    await told.wait_message()
    await world.shows(card, "Scheduled")
    confirm = await (await world.discord.click(card, "Publish now", world.mira)).wait_message()
    await world.discord.click(confirm, "Publish now", world.mira)
    await world.shows(card, "Published", timeout=20)
    notice = await world.discord.wait_for_dm(world.mira, lambda m: "Published" in m.text, 10)

    (post,) = await world.posts()
    (deviation,) = world.deviations()
    assert post.status is PostStatus.PUBLISHED and post.details.tags == ("fox", "snow")
    assert post.details.description == "Seen today"
    assert card.controls() == [] and card.embeds[0]["url"] == post.publications[0].deviation_url
    assert notice.embeds[0]["url"] == card.embeds[0]["url"]
    assert deviation.title == "A fox in snow"
    assert len([m for m in world.review.messages if "A fox" in m.text]) == 1
