"""Who may do a change to a post: the same that may do it to one alone."""

from core.actor import Actor
from core.bulk.change import Action, Change
from core.bulk.ports import BulkTransaction
from core.people.access import Right, need_for_post
from core.posts.post import Post, PostStatus


def right_for(change: Change, post: Post) -> Right:
    match change.action:
        case Action.APPROVE | Action.REJECT if not change.fields:
            return Right.REVIEW
        case Action.RESTORE if post.discarded_from is PostStatus.REVIEW:
            return Right.REVIEW
        case Action.EDIT if set(change.fields) == {"notes"} and not change.templates and change.account_id is None:
            return Right.REVIEW
        case _:
            return Right.EDIT


async def open_post(tx: BulkTransaction, post_id: int, change: Change, by: Actor) -> Post:
    """Raises `NotFound` (also where they must not know of it) and `NotAllowed`."""
    post = await tx.posts.get(post_id)
    await need_for_post(tx, post, by, right_for(change, post))
    return post
