"""What is offered while somebody types, and how what they chose is read."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import discord
from discord.app_commands import Choice

from bot.access import Somebody, linked
from bot.states import state_of
from bot.text import label
from bot.when import offers
from core.account import Account
from core.deviantart import GalleryFolder
from core.errors import InvalidInput, NotFound
from core.library.template import Template, TemplateKind
from core.ports import PostQuery
from core.posts.post import Post, PostStatus

if TYPE_CHECKING:
    from bot.client import IsekaiClient
    from bot.services import Services

OFFERED = 25
PLANNABLE = (PostStatus.REVIEW, PostStatus.DRAFT, PostStatus.SCHEDULED, PostStatus.FAILED)
NO_SUCH_POST = "There is no such post of yours. Choose one from the list while you type, or give its number."


def services_of(interaction: discord.Interaction) -> Services:
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    return client.services


async def offer_posts(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    """Posts that may still be planned, by title or number, newest first."""
    services = services_of(interaction)
    somebody = await linked(services, interaction.user.id)
    if somebody is None:
        return []
    found = await _find(services, somebody, typed, PLANNABLE)
    return [Choice(name=_post_name(post), value=str(post.id)) for post in found[:OFFERED]]


def _post_name(post: Post) -> str:
    return label(f"#{post.id} {post.details.title or 'Untitled'} · {state_of(post).word}")


async def _find(
    services: Services, somebody: Somebody, typed: str, statuses: tuple[PostStatus, ...]
) -> Sequence[Post]:
    wanted = typed.strip().removeprefix("#").strip()
    query = PostQuery(somebody.user.id, statuses=statuses, text="" if wanted.isdigit() else wanted, limit=OFFERED)
    found = list((await services.reads.posts(query)).posts)
    if wanted.isdigit() and len(wanted) < 18:
        with contextlib.suppress(NotFound):
            found.insert(0, await services.reads.post(int(wanted), user_id=somebody.user.id))
    return list({post.id: post for post in found}.values())


async def read_post(services: Services, somebody: Somebody, text: str) -> Post:
    """The post that was chosen or typed. Raises `NotFound`, or `InvalidInput` when several fit."""
    wanted = text.strip().removeprefix("#").split(" ", 1)[0]
    if wanted.isdigit() and len(wanted) < 18:
        try:
            return await services.reads.post(int(wanted), user_id=somebody.user.id)
        except NotFound:
            raise NotFound(NO_SUCH_POST) from None
    found = await _find(services, somebody, text, PLANNABLE)
    exact = [post for post in found if post.details.title.casefold() == text.strip().casefold()]
    fits = exact or list(found)
    if not fits:
        raise NotFound(NO_SUCH_POST)
    if len(fits) > 1:
        raise InvalidInput({"post": "Several posts fit. Choose one from the list while you type."})
    return fits[0]


async def offer_times(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    services = services_of(interaction)
    somebody = await linked(services, interaction.user.id)
    zone = "UTC" if somebody is None else somebody.user.time_zone
    found = await offers(services, typed, time_zone=zone, locale=interaction.locale.value)
    return [Choice(name=name, value=value) for name, value in found]


async def offer_accounts(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    services = services_of(interaction)
    somebody = await linked(services, interaction.user.id)
    if somebody is None:
        return []
    accounts = await services.reads.accounts(somebody.user.id)
    fits = [account for account in accounts if typed.strip().casefold() in account.username.casefold()]
    return [
        Choice(name=label(f"{account.username} · {account.shown_status}"), value=str(account.id))
        for account in fits[:OFFERED]
    ]


async def read_account(services: Services, somebody: Somebody, text: str) -> Account:
    """By id or name. Raises `NotFound`."""
    wanted = text.strip().casefold()
    for account in await services.reads.accounts(somebody.user.id):
        if wanted in (str(account.id), account.username.casefold()):
            return account
    raise NotFound("You have no such account here. Choose one from the list while you type.")


@functools.cache
def zone_names() -> tuple[str, ...]:
    """Zones that are places, and UTC."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))


async def offer_zones(_: discord.Interaction, typed: str) -> list[Choice[str]]:
    wanted = typed.strip().replace(" ", "_").casefold()
    fits = [name for name in zone_names() if wanted in name.casefold() and not name.startswith(("Etc/", "SystemV/"))]
    fits.sort(key=lambda name: (not name.rpartition("/")[2].casefold().startswith(wanted), name))
    return [Choice(name=name, value=name) for name in fits[:OFFERED]]


async def offer_automations(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    services = services_of(interaction)
    somebody = await linked(services, interaction.user.id)
    if somebody is None:
        return []
    mine = await services.planning.automations.all(somebody.user.id)
    fits = [automation for automation in mine if typed.strip().casefold() in automation.name.casefold()]
    return [Choice(name=label(automation.name), value=str(automation.id)) for automation in fits[:OFFERED]]


async def offer_templates(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    services = services_of(interaction)
    somebody = await linked(services, interaction.user.id)
    if somebody is None:
        return []
    mine = await services.rooms.library.templates(somebody.user.id)
    fits = [t for t in mine if typed.strip().casefold() in t.name.casefold() and t.kind is not TemplateKind.COMMENT]
    return [Choice(name=label(f"{t.name} · {t.kind}"), value=str(t.id)) for t in fits[:OFFERED]]


async def read_template(services: Services, somebody: Somebody, text: str) -> Template | None:
    """None for no text; raises `NotFound` for what is no template of theirs."""
    wanted = text.strip().casefold()
    if not wanted:
        return None
    for template in await services.rooms.library.templates(somebody.user.id):
        if wanted in (str(template.id), template.name.casefold()):
            return template
    raise NotFound("You have no such template. Choose one from the list while you type.")


async def offer_folders(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    """Gallery folders of the first account, as they were last seen."""
    services = services_of(interaction)
    somebody = await linked(services, interaction.user.id)
    if somebody is None:
        return []
    folders = [f for f in await _folders(services, somebody) if typed.strip().casefold() in f.name.casefold()]
    return [
        Choice(name=label(folder.name), value=folder.folder_id)
        for folder in folders[:OFFERED]
        if len(folder.folder_id) <= 100
    ]


async def read_folder(services: Services, somebody: Somebody, text: str) -> str | None:
    """The folder's id; None for no text. Raises `NotFound`."""
    wanted = text.strip().casefold()
    if not wanted:
        return None
    for folder in await _folders(services, somebody):
        if wanted in (folder.folder_id.casefold(), folder.name.casefold()):
            return folder.folder_id
    raise NotFound("You have no such folder. Choose one from the list while you type.")


async def _folders(services: Services, somebody: Somebody) -> Sequence[GalleryFolder]:
    accounts = await services.reads.accounts(somebody.user.id)
    if not accounts:
        return []
    return (await services.rooms.folders.known(accounts[0].id, by=somebody.actor)).folders


def read_month(text: str, now: datetime) -> tuple[int, int]:
    """ "2026-12"; empty is the month of *now*. Raises `InvalidInput`."""
    if not text.strip():
        return now.year, now.month
    year, _, month = text.strip().partition("-")
    if year.isdigit() and month.isdigit() and 1 <= int(month) <= 12 and 2000 <= int(year) <= 2100:
        return int(year), int(month)
    raise InvalidInput({"month": "Write the month as 2026-12."})
