"""What happens when somebody presses a button of a post.

Every press is answered at once, then carried out by a use case; the card follows from the event log. Only forms are
opened without deferring first, because Discord takes a form as the first answer only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

import discord

from bot.access import decider, zone_of
from bot.answers import guarded, tell
from bot.card_views import Place, card_view
from bot.cards import ButtonView, embed_of, view_of
from bot.custom_ids import MODAL_PATTERN, Verb, of_post
from bot.decisions import already
from bot.modals import changes_in, edit_form, online_form, reject_form, values_in, when_form
from bot.paced import objection, paced_view
from bot.payload import data_of
from bot.pictures import CardPictures
from bot.services import Services
from bot.text import plain
from bot.times import moment
from bot.when import read_when, schedule_menu
from core.actor import Actor
from core.errors import NotFound, UserError, WrongState
from core.log_trail import touched
from core.planning.pacing import PacingBroken
from core.planning.wall_clock import Planned
from core.ports import PostQuery
from core.posts.post import Post, PostStatus

GONE = "This post is no longer here."
BUSY = "Isekai is busy for a moment. Press again."
FORM_SECONDS = 2.2  # Discord waits three for the first answer
FORMS: dict[Verb, Callable[[Post], discord.ui.Modal]] = {
    Verb.EDIT: edit_form,
    Verb.REJECT: reject_form,
    Verb.OTHER: when_form,
    Verb.ONLINE: online_form,
}


def undo_view(post_id: int, *buttons: ButtonView) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        item: discord.ui.Button[Any] = discord.ui.Button(
            label=button.label, style=button.style, custom_id=of_post(post_id, button.verb)
        )
        view.add_item(item)
    view.stop()
    return view


UNDO = ButtonView("Undo", Verb.RESTORE, discord.ButtonStyle.secondary)
CHANGE = ButtonView("Change…", Verb.OTHER, discord.ButtonStyle.secondary)
UNSCHEDULE = ButtonView("Undo", Verb.UNSCHEDULE, discord.ButtonStyle.secondary)


class Presses:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._pictures = CardPictures(services.images, services.inspector)

    async def press(self, interaction: discord.Interaction, post_id: int, verb: Verb | None) -> None:
        touched(post_id)
        if verb in FORMS:
            await self._open(interaction, post_id, FORMS[verb])
            return
        await interaction.response.defer()
        if verb is None:
            await tell(interaction, "This button is from another version of Isekai. Use the commands instead.")
            return
        post = await self._post(post_id)
        actor = await decider(interaction, self._services, post)
        try:
            await self._carry_out(interaction, post, verb, actor)
        except WrongState as error:
            await tell(interaction, await self._who_was_first(post_id) or error.sentence)
        await self._refresh_private(interaction, post_id)

    async def choose(self, interaction: discord.Interaction, post_id: int, value: str) -> None:
        """A slot was chosen in the menu of `schedule`."""
        touched(post_id)
        await interaction.response.defer()
        post = await self._post(post_id)
        actor = await decider(interaction, self._services, post)
        await self._schedule_in_words(interaction, post, value, actor, expected_version=None)

    async def submit(self, interaction: discord.Interaction) -> None:
        """A form was sent."""
        match = MODAL_PATTERN.fullmatch(str(data_of(interaction).get("custom_id", "")))
        if match is None:
            return
        verb = Verb(match["verb"]) if match["verb"] in set(Verb) else None
        await guarded(interaction, self._submit(interaction, int(match["post_id"]), verb, int(match["version"])))

    # forms

    async def _open(
        self, interaction: discord.Interaction, post_id: int, form: Callable[[Post], discord.ui.Modal]
    ) -> None:
        """Read quickly enough for Discord, or say that it did not work out."""

        async def read() -> Post:
            post = await self._post(post_id)
            await decider(interaction, self._services, post)
            return post

        try:
            post = await asyncio.wait_for(read(), FORM_SECONDS)
        except TimeoutError:
            await tell(interaction, BUSY)
            return
        if form is reject_form and post.status not in {PostStatus.REVIEW, PostStatus.DRAFT}:
            await tell(interaction, await self._who_was_first(post_id) or "This post can no longer be rejected.")
            return
        await interaction.response.send_modal(form(post))

    async def _submit(self, interaction: discord.Interaction, post_id: int, verb: Verb | None, version: int) -> None:
        await interaction.response.defer(ephemeral=True, thinking=interaction.message is None)
        post = await self._post(post_id)
        actor = await decider(interaction, self._services, post)
        values = values_in(interaction)
        match verb:
            case Verb.EDIT:
                await self._services.review.edit(post_id, changes_in(values), by=actor, expected_version=version)
                await tell(interaction, "Saved.")
            case Verb.REJECT:
                await self._reject(interaction, post, values.get("reason", ""), actor)
            case Verb.OTHER:
                await self._schedule_in_words(interaction, post, values.get("when", ""), actor, expected_version=None)
            case Verb.ONLINE:
                await self._online(interaction, post, values.get("url", ""), actor)
            case _:
                await tell(interaction, "This form is from another version of Isekai.")
        await self._refresh_private(interaction, post_id)

    # what was asked

    async def _carry_out(self, interaction: discord.Interaction, post: Post, verb: Verb, actor: Actor) -> None:
        services = self._services
        match verb:
            case Verb.APPROVE:
                zone = await zone_of(services, post.user_id)
                await services.review.approve(post.id, by=actor, time_zone=zone)
            case Verb.APPROVE_ALL:
                await self._approve_all(interaction, post, actor)
            case Verb.SCHEDULE:
                await self._offer_times(interaction, post)
            case Verb.PUBLISH:
                await self._confirm_publish(interaction, post)
            case Verb.PUBLISH_NOW | Verb.RETRY:
                zone = await zone_of(services, post.user_id)
                await services.planner.publish_now(post.id, by=actor, time_zone=zone)
                await tell(interaction, "On its way to DeviantArt.")
            case Verb.SKIP:
                await self._skip(interaction, post)
            case Verb.RESTORE:
                await services.review.restore(post.id, by=actor)
                await tell(interaction, "Taken back.")
            case Verb.HOLD:
                await services.planner.hold(post.id, by=actor)
            case Verb.UNHOLD:
                await services.planner.unhold(post.id, by=actor)
            case Verb.UNSCHEDULE:
                await services.planner.unschedule(post.id, by=actor)
                await tell(interaction, "Taken off the schedule. It is a draft again.")
            case Verb.OFFLINE:
                await self._confirm_offline(interaction, post)
            case Verb.OFFLINE_SURE:
                await self._offline(interaction, post, actor)
            case Verb.SHOW:
                await self.show(interaction, post)
            case Verb.EDIT | Verb.REJECT | Verb.OTHER | Verb.ONLINE | Verb.SLOT:
                await tell(interaction, "Press the button on the card again.")
            case _:
                assert_never(verb)

    async def _approve_all(self, interaction: discord.Interaction, post: Post, actor: Actor) -> None:
        query = PostQuery(post.user_id, statuses=(PostStatus.REVIEW,), batch=post.batch, limit=100)
        waiting = (await self._services.reads.posts(query)).posts if post.batch else (post,)
        zone = await zone_of(self._services, post.user_id)
        approved, failed = 0, []
        for one in waiting:
            try:
                await self._services.review.approve(one.id, by=actor, time_zone=zone)
                approved += 1
            except UserError as error:
                failed.append(f"#{one.id}: {error.sentence}")
        told = f"Approved {approved} post{'' if approved == 1 else 's'}."
        await tell(interaction, "\n".join([told, *failed])[:2000])

    async def _reject(self, interaction: discord.Interaction, post: Post, reason: str, actor: Actor) -> None:
        try:
            await self._services.review.reject(post.id, by=actor, reason=reason)
        except WrongState as error:
            await tell(interaction, await self._who_was_first(post.id) or error.sentence)
            return
        await tell(interaction, "Rejected. It stays in the trash for 30 days.", view=undo_view(post.id, UNDO))

    async def _offer_times(self, interaction: discord.Interaction, post: Post) -> None:
        zone = await zone_of(self._services, post.user_id)
        view = await schedule_menu(self._services, post, time_zone=zone)
        title = plain(post.details.title, 80) or f"#{post.id}"
        await tell(interaction, f"When should **{title}** go out?", view=view)

    async def _schedule_in_words(
        self, interaction: discord.Interaction, post: Post, text: str, actor: Actor, *, expected_version: int | None
    ) -> None:
        zone = await zone_of(self._services, post.user_id)
        locale = interaction.locale.value
        planned = await read_when(self._services, text, time_zone=zone, locale=locale, post=post)
        await self.schedule(interaction, post, planned, actor)

    async def schedule(
        self,
        interaction: discord.Interaction,
        post: Post,
        planned: Planned,
        actor: Actor,
        *,
        override_pacing: bool = False,
    ) -> None:
        """Put it on the schedule and show the instant, with a way back; what pacing objects may be overridden."""
        try:
            done = await self._services.planner.schedule(post.id, planned, by=actor, override_pacing=override_pacing)
        except PacingBroken as error:
            time_zone = await zone_of(self._services, post.user_id)
            view = paced_view(post, planned.due_at, error, time_zone=time_zone, locale=interaction.locale.value)
            await tell(interaction, objection(error), view=view)
            return
        assert done.post.plan is not None  # noqa: S101 - scheduling gives it one
        told = f"Scheduled for {moment(done.post.plan.due_at)}."
        if done.adjusted:
            told += " That time does not exist on that day (the clocks change), so it is the next one that does."
        await tell(interaction, told, view=undo_view(post.id, CHANGE, UNSCHEDULE))

    async def _confirm_publish(self, interaction: discord.Interaction, post: Post) -> None:
        title = plain(post.details.title, 80) or f"#{post.id}"
        sure = ButtonView("Publish now", Verb.PUBLISH_NOW, discord.ButtonStyle.success)
        told = f"Publish **{title}** on DeviantArt right away? This cannot be taken back here."
        if post.missing:
            told = "It is not ready: " + " ".join(post.missing)
            await tell(interaction, told)
            return
        await tell(interaction, told, view=undo_view(post.id, sure))

    async def _skip(self, interaction: discord.Interaction, post: Post) -> None:
        """It stays in review; the next one is shown."""
        query = PostQuery(post.user_id, statuses=(PostStatus.REVIEW,), limit=100)
        waiting = [one for one in (await self._services.reads.posts(query)).posts if one.id != post.id]
        older = [one for one in waiting if one.id < post.id]
        if not waiting:
            await tell(interaction, "It stays in review. Nothing else is waiting.")
            return
        await self.show(interaction, (older or waiting)[0])

    async def show(self, interaction: discord.Interaction, post: Post) -> None:
        """A card that only this person sees."""
        await tell(interaction, **await self.private_card(interaction, post))

    async def private_card(self, interaction: discord.Interaction, post: Post) -> dict[str, Any]:
        is_nsfw = getattr(interaction.channel, "is_nsfw", None)
        place = Place(bool(is_nsfw and is_nsfw()), interaction.locale.value)
        view = await card_view(self._services, post, place)
        picture = await self._pictures.of(post, is_spoiler=view.is_spoiler)

        view = replace(view, picture=None if picture is None else picture.name)
        shown: dict[str, Any] = {"embed": embed_of(view), "view": view_of(view)}
        if picture is not None:
            shown["file"] = picture.file()
        return shown

    async def _refresh_private(self, interaction: discord.Interaction, post_id: int) -> None:
        """Cards in channels follow the event log; one that only this person sees has nobody else to do it."""
        message = interaction.message
        if message is None or not message.flags.ephemeral or not message.embeds:
            return
        try:
            post = await self._post(post_id)
            shown = await self.private_card(interaction, post)
            file = shown.pop("file", None)
            await interaction.edit_original_response(attachments=[] if file is None else [file], **shown)
        except (discord.HTTPException, UserError):
            return

    async def _online(self, interaction: discord.Interaction, post: Post, url: str, actor: Actor) -> None:
        await self._services.resolve.online(post.id, url=url, by=actor)
        await tell(interaction, "Written down: it is online.")

    async def _confirm_offline(self, interaction: discord.Interaction, post: Post) -> None:
        sure = ButtonView("Yes, publish again", Verb.OFFLINE_SURE, discord.ButtonStyle.danger)
        told = "Look at your gallery first. If the work is there after all, publishing again may show it twice."
        await tell(interaction, told, view=undo_view(post.id, sure))

    async def _offline(self, interaction: discord.Interaction, post: Post, actor: Actor) -> None:
        await self._services.resolve.offline(post.id, by=actor)
        await tell(interaction, "Isekai publishes it again.")

    async def _post(self, post_id: int) -> Post:
        try:
            return await self._services.reads.post(post_id, user_id=None)
        except NotFound:
            raise NotFound(GONE) from None

    async def _who_was_first(self, post_id: int) -> str:
        post = await self._post(post_id)
        history = await self._services.reads.history(post_id, limit=50)
        return already(history, post.status)
