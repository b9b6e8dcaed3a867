"""Lists of posts that only the asker sees, with buttons to turn pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.access import need_linked
from bot.answers import tell
from bot.services import Services
from bot.states import state_of
from bot.text import clip, plain
from bot.times import stamp
from core.ports import PostQuery
from core.posts.post import Post, PostStatus

PAGE_SIZE = 10
MOST = 100


@dataclass(frozen=True, slots=True)
class Kind:
    title: str
    statuses: tuple[PostStatus, ...]
    sort: str
    empty: str
    page: str


KINDS = {
    "drafts": Kind(
        "Drafts",
        (PostStatus.DRAFT,),
        "newest",
        "There are no drafts. Drop a picture or use /upload, then approve it.",
        "drafts",
    ),
    "queue": Kind(
        "Next up",
        (PostStatus.SCHEDULED, PostStatus.UPLOADING, PostStatus.PUBLISHING),
        "due",
        "Nothing is scheduled. /schedule plans a draft.",
        "scheduled",
    ),
}


def line_of(post: Post) -> str:
    state = state_of(post)
    title = plain(post.details.title, 80) or "Untitled"
    when = f" · {stamp(post.plan.due_at)} ({stamp(post.plan.due_at, 'R')})" if post.plan else ""
    lacks = " · not ready" if post.missing and post.status is PostStatus.DRAFT else ""
    return f"{state.shape} `#{post.id}` **{title}**{when}{lacks}"


class Lists:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, interaction: discord.Interaction, what: str) -> None:
        await tell(interaction, **await self._page(interaction, what, 0))

    async def turn(self, interaction: discord.Interaction, what: str, start: int) -> None:
        await interaction.response.defer()
        if what in KINDS:
            await interaction.edit_original_response(**await self._page(interaction, what, start))

    async def _page(self, interaction: discord.Interaction, what: str, start: int) -> dict[str, Any]:
        somebody = await need_linked(interaction, self._services)
        kind = KINDS[what]
        wanted = min(start + PAGE_SIZE + 1, MOST)
        query = PostQuery(somebody.user.id, statuses=kind.statuses, sort=kind.sort, limit=wanted)
        page = await self._services.reads.posts(query)
        shown = page.posts[start : start + PAGE_SIZE]
        if not shown:
            return {"embed": discord.Embed(title=kind.title, description=kind.empty, color=0x8A909C)}
        embed = discord.Embed(
            title=kind.title,
            url=self._services.page(kind.page),
            description=clip("\n".join(line_of(post) for post in shown), 4000),
            color=0x3B82C4,
        )
        total = page.total if page.total is not None else len(page.posts)
        embed.set_footer(text=f"{start + 1}–{start + len(shown)} of {max(total, start + len(shown))}")
        view = _turning(what, start, has_more=len(page.posts) > start + PAGE_SIZE)
        return {"embed": embed} if view is None else {"embed": embed, "view": view}


def _turning(what: str, start: int, *, has_more: bool) -> discord.ui.View | None:
    if start == 0 and not has_more:
        return None
    view = discord.ui.View(timeout=None)
    back: discord.ui.Button[Any] = discord.ui.Button(
        label="Newer" if what == "drafts" else "Sooner",
        custom_id=f"page:{what}:{max(0, start - PAGE_SIZE)}",
        disabled=start == 0,
    )
    on: discord.ui.Button[Any] = discord.ui.Button(
        label="Older" if what == "drafts" else "Later",
        # Where both would lead to the same page, ids still have to differ.
        custom_id=f"page:{what}:{start + PAGE_SIZE}",
        disabled=not has_more or start + PAGE_SIZE >= MOST,
    )
    view.add_item(back)
    view.add_item(on)
    view.stop()
    return view
