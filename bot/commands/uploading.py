"""`/upload`: up to ten pictures with title, tags and a time, without the message-content intent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.access import need_linked
from bot.answers import tell
from bot.arrivals import Landing
from bot.choices import offer_folders, offer_templates, offer_times, read_folder, read_template, services_of
from bot.drop_words import Said
from bot.paced import objection, paced_view
from bot.text import block, plain
from bot.times import moment
from bot.when import read_when
from core.actor import Actor
from core.errors import UserError
from core.planning.pacing import PacingBroken
from core.planning.wall_clock import Planned
from core.posts.fields import split_tags
from core.posts.post import Post

if TYPE_CHECKING:
    from bot.client import IsekaiClient

PICTURE = "A picture: JPEG, PNG, GIF, WebP and more."


@app_commands.command(name="upload", description="Send up to ten pictures to Isekai.")
@app_commands.describe(
    image=PICTURE,
    title="Its title on DeviantArt.",
    tags="Tags, separated by commas.",
    when="When it goes out: fri 18:00, in 3h, tomorrow 9.",
    template="What is filled in: one of your templates.",
    folder="One of your gallery folders.",
    **{f"image{number}": PICTURE for number in range(2, 11)},
)
@app_commands.autocomplete(when=offer_times, template=offer_templates, folder=offer_folders)
async def upload(
    interaction: discord.Interaction,
    image: discord.Attachment,
    image2: discord.Attachment | None = None,
    image3: discord.Attachment | None = None,
    image4: discord.Attachment | None = None,
    image5: discord.Attachment | None = None,
    image6: discord.Attachment | None = None,
    image7: discord.Attachment | None = None,
    image8: discord.Attachment | None = None,
    image9: discord.Attachment | None = None,
    image10: discord.Attachment | None = None,
    title: app_commands.Range[str, 0, 500] = "",
    tags: app_commands.Range[str, 0, 3000] = "",
    when: app_commands.Range[str, 0, 100] = "",
    template: app_commands.Range[str, 0, 100] = "",
    folder: app_commands.Range[str, 0, 100] = "",
) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    given = (image, image2, image3, image4, image5, image6, image7, image8, image9, image10)
    attachments = [attachment for attachment in given if attachment is not None]
    planned = await _read_when(interaction, when, somebody.user.time_zone)
    said = Said(title=title.strip(), tags=split_tags(tags) if tags.strip() else ())
    chosen, gallery = await read_template(services, somebody, template), await read_folder(services, somebody, folder)
    landing = Landing(
        somebody.user.id,
        batch=f"discord:{interaction.id}",
        template_ids=() if chosen is None else (chosen.id,),
        galleries=() if gallery is None else (gallery,),
    )
    landed = await client.arrivals.land(attachments, said, landing, by=somebody.actor)
    lines = [_refusal(attachments, id_, reason) for id_, reason in landed.refused.items()]
    view = None
    for post in landed.distinct:
        try:
            lines.append(await _outcome(interaction, post, planned, somebody.actor))
        except PacingBroken as error:
            assert planned is not None  # noqa: S101 - nobody objects to no time
            lines.append(f"{_named(interaction, post)} waits for review. {objection(error)}")
            zone, locale = somebody.user.time_zone, interaction.locale.value
            view = paced_view(post, planned.due_at, error, time_zone=zone, locale=locale)
    told = "\n".join(lines)[:2000] or "There was no picture in that."
    await tell(interaction, told, view=view if len(lines) == 1 else None)


async def _read_when(interaction: discord.Interaction, when: str, time_zone: str) -> Planned | None:
    """Before anything is fetched: a time that cannot be read should not leave posts behind."""
    if not when.strip():
        return None
    services = services_of(interaction)
    return await read_when(services, when, time_zone=time_zone, locale=interaction.locale.value, post=None)


def _refusal(attachments: list[discord.Attachment], id_: int, reason: str) -> str:
    name = next((a.filename for a in attachments if a.id == id_), "file")
    return f"❌ **{plain(name, 60)}**: {block(reason, 400)}"


def _named(interaction: discord.Interaction, post: Post) -> str:
    title = plain(post.details.title, 80) or "Untitled"
    return f"✅ `#{post.id}` [{title}]({services_of(interaction).post_page(post.id)})"


async def _outcome(interaction: discord.Interaction, post: Post, planned: Planned | None, by: Actor) -> str:
    services, line = services_of(interaction), _named(interaction, post)
    if planned is None:
        return f"{line} waits for review."
    try:
        done = await services.planner.schedule(post.id, planned, by=by)
    except PacingBroken:
        raise
    except UserError as error:
        return f"{line} waits for review. {error.sentence}"
    at = done.post.plan.due_at if done.post.plan else planned.due_at
    return f"{line} is scheduled for {moment(at)}."


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [upload]
