"""Writing down what became of a publication: the row, the post's status and a line of history, in one go."""

from dataclasses import replace
from datetime import datetime

from core.ports import Transaction
from core.posts.desk import Happened, log
from core.posts.post import Post, PostStatus
from core.published.afterwards import follow_up
from core.publishing.publication import Publication
from core.publishing.queueing import with_status

_ON_ITS_WAY = {
    PostStatus.SCHEDULED,
    PostStatus.UPLOADING,
    PostStatus.PUBLISHING,
    PostStatus.PUBLISHED,
    PostStatus.FAILED,
}


async def record(
    tx: Transaction,
    before: Publication,
    after: Publication,
    happened: Happened | None,
    *,
    at: datetime,
    post: Post | None = None,
) -> Post:
    """Raises `LeaseLost` when *before* is no longer what the row says; then nothing is written.

    *post* may be given where the transaction has just read it.
    """
    await tx.publications.save(after, lease_token=before.lease_token, expected=before.state)
    post = post or await tx.posts.get(after.post_id)
    others = tuple(after if publication.id == after.id else publication for publication in post.publications)
    changed = replace(post, publications=others)
    if post.status in _ON_ITS_WAY:
        changed = with_status(changed)
    if changed.status is PostStatus.PUBLISHED and changed.published_at is None:
        changed = replace(changed, published_at=max(q.published_at or at for q in others))
    if changed.status is not post.status or happened is not None:
        changed = replace(changed, version=post.version + 1, updated_at=at)
        await tx.posts.save_status(changed, expected_version=post.version)
    await follow_up(tx, before, after, changed, at=at)
    if happened is not None:
        # Which picture: the history of a post with several says so.
        told = replace(happened, data={**happened.data, "file_id": str(after.file_id)})
        await log(tx, changed, told, by=None, at=at)
    return changed
