"""Gathers what a card shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import CardView
from bot.decisions import decision_in
from bot.services import Services
from core.ports import PostQuery
from core.posts.post import Post, PostStatus


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: mature pictures are hidden unless the channel is age-restricted."""

    is_age_restricted: bool = False
    locale: str = "en-US"


async def card_view(services: Services, post: Post, place: Place) -> CardView:
    """Everything but the picture's name."""
    history = await services.reads.history(post.id, limit=50)
    accounts = await services.reads.accounts(post.user_id)
    account = next((account.username for account in accounts if account.id == post.account_id), "")
    return CardView(
        post=post,
        account=account,
        page_url=services.post_page(post.id),
        is_spoiler=is_spoiler(post, place),
        decision=decision_in(history, post.status),
        twins=await _twins(services, post),
        waiting_with=await _waiting_with(services, post),
        locale=place.locale,
    )


def is_spoiler(post: Post, place: Place) -> bool:
    return bool(post.details.is_mature) and not place.is_age_restricted


async def _twins(services: Services, post: Post) -> tuple[int, ...]:
    if post.status not in {PostStatus.REVIEW, PostStatus.DRAFT}:
        return ()
    found: dict[int, None] = {}
    for file in post.files[:10]:
        if file.phash:
            near = await services.reads.near_twins(post.user_id, file.phash, except_post=post.id)
            found.update(dict.fromkeys(near))
    return tuple(found)


async def _waiting_with(services: Services, post: Post) -> int:
    if post.status is not PostStatus.REVIEW or not post.batch:
        return 0
    query = PostQuery(post.user_id, statuses=(PostStatus.REVIEW,), batch=post.batch, limit=100)
    return max(0, len((await services.reads.posts(query)).posts) - 1)
