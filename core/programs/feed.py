"""What a calendar program is told: each planned or published post as one event. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.account import Account
from core.posts.post import Post, PostStatus

BACK = timedelta(days=92)
AHEAD = timedelta(days=366)
SHOWN_FOR = timedelta(minutes=15)  # a publication has no length; programs draw nothing for events without one

_WORDS = {
    PostStatus.SCHEDULED: "Scheduled",
    PostStatus.UPLOADING: "Being uploaded",
    PostStatus.PUBLISHING: "Being published",
    PostStatus.PUBLISHED: "Published",
    PostStatus.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """All instants are aware and UTC: a program shows them in its owner's zone, over every clock change."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    version: int
    title: str
    text: str
    url: str
    is_tentative: bool


def feed_events(
    posts: Sequence[Post], accounts: Sequence[Account], *, public_url: str, host: str
) -> tuple[FeedEvent, ...]:
    names = {account.id: account.username for account in accounts}
    found = (_event(post, names.get(post.account_id, ""), public_url, host) for post in posts)
    return tuple(event for event in found if event is not None)


def _event(post: Post, account: str, public_url: str, host: str) -> FeedEvent | None:
    starts_at = post.plan.due_at if post.plan else None
    if post.status is PostStatus.PUBLISHED:
        starts_at = post.published_at
    word = _WORDS.get(post.status)
    if starts_at is None or word is None:
        return None
    page = f"{public_url}/posts/{post.id}"
    link = next((one.deviation_url for one in post.publications if one.deviation_url), None)
    if post.held:
        word = "On hold"
    lines = [f"{word}{f' as {account}' if account else ''}.", f"In Isekai: {page}"]
    if link:
        lines.append(f"On DeviantArt: {link}")
    if post.details.stored_tags:
        lines.append(" ".join(f"#{tag}" for tag in post.details.stored_tags))
    return FeedEvent(
        uid=f"post-{post.id}@{host}",
        starts_at=starts_at,
        ends_at=starts_at + SHOWN_FOR,
        changed_at=post.updated_at,
        version=post.version,
        title=post.details.stored_title
        if post.status is PostStatus.PUBLISHED
        else f"{word}: {post.details.stored_title}",
        text="\n".join(lines),
        url=link or page,
        is_tentative=post.held or post.status is PostStatus.FAILED,
    )
