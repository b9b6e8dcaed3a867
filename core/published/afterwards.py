"""What follows from a publication becoming public, in the same transaction: sale entry, errands, figures."""

from datetime import datetime, timedelta

from core.exclusives.presets import enqueue
from core.ports import Transaction
from core.posts.post import Post
from core.published.ports import AfterRooms, ErrandKind
from core.publishing.publication import Publication, PublicationState

# New works may be missing from DeviantArt's lists for a while.
FOLDERS_AFTER = timedelta(minutes=2)
FIRST_FIGURES_AFTER = timedelta(hours=24)


async def follow_up(tx: Transaction, before: Publication, after: Publication, post: Post, *, at: datetime) -> None:
    """*post* is as it stands after the change. Does nothing for what stays in Sta.sh."""
    if after.state is not PublicationState.PUBLISHED or post.details.stash_only:
        return
    rooms: AfterRooms = tx.rooms
    wish = await rooms.wishes.get(post.id)
    if before.state is not PublicationState.PUBLISHED and wish.price_preset_id is not None:
        preset = await rooms.presets.find(post.user_id, wish.price_preset_id)
        if preset is not None:
            await enqueue(tx, post, preset, at=at)
    if after.deviation_id is None or before.deviation_id is not None:
        return
    # Errands and figures need the work's id: code 9 brings none, and the look for it may take hours.
    await rooms.folders.outdate(after.account_id)
    await rooms.figures.watch(after, user_id=post.user_id, at=at + FIRST_FIGURES_AFTER)
    if post.details.galleries:
        await rooms.errands.ask(ErrandKind.FOLDERS, after, due_at=at + FOLDERS_AFTER, at=at)
    if wish.comment_template_id is not None and _is_first(post, after):
        await rooms.errands.ask(ErrandKind.COMMENT, after, due_at=at, at=at)


def _is_first(post: Post, publication: Publication) -> bool:
    """One comment a post: under the first of its pictures that is out."""
    return not any(other.deviation_id for other in post.publications if other.id != publication.id)
