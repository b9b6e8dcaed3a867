"""What a post's plan means for its publications; pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.posts.fields import Details
from core.posts.post import Plan, Post, PostStatus, status_from
from core.publishing.publication import Publication, PublicationState

P = PublicationState


def queued(post: Post, *, lead: timedelta) -> Post:
    """*post* with a publication waiting for each chosen picture that is not out yet.

    Waiting begins `lead` before the due instant, so that the private upload is done when the moment comes.
    A picture that is held has nothing ready. Chosen pictures that are out already stay as they are.
    """
    if post.plan is None:
        return post
    known = {publication.file_id: publication for publication in post.publications}
    wanted = {file.id for file in post.files if file.chosen}
    after = [_idle(publication) for publication in post.publications if publication.file_id not in wanted]
    for file in post.files:
        if file.id not in wanted:
            continue
        publication = known.get(file.id) or Publication(0, post.id, file.id, post.account_id, P.IDLE)
        after.append(_waiting(publication, post, post.plan, file.sha256, lead))
    return replace(post, publications=tuple(after))


def dequeued(post: Post) -> Post:
    """*post* with nothing waiting any more; whoever is uploading one of its pictures loses the lease."""
    return replace(post, publications=tuple(map(_idle, post.publications)))


def retitled(post: Post, *, lead: timedelta) -> Post:
    """After an edit: what waits is queued anew, what failed only learns the new title."""
    if post.status is PostStatus.SCHEDULED:
        return queued(post, lead=lead)
    title = post.details.stored_title
    return replace(
        post,
        publications=tuple(
            replace(publication, stored_title=title)
            if publication.state in {P.IDLE, P.FAILED} and not publication.in_doubt
            else publication
            for publication in post.publications
        ),
    )


def with_status(post: Post) -> Post:
    """*post* with the status its publications give it."""
    return replace(post, status=status_from(post.publications))


def ready_at(details: Details, due_at: datetime, *, has_item: bool, lead: timedelta) -> datetime:
    """When the publisher should first act: early enough to upload, or at the instant when that is all."""
    return due_at if has_item or details.stash_only else due_at - lead


def _waiting(publication: Publication, post: Post, plan: Plan, sha256: str, lead: timedelta) -> Publication:
    if publication.state is P.PUBLISHED or publication.in_doubt:
        return publication
    has_item = publication.item_id is not None and publication.item_hash == post.details.fingerprint(sha256)
    return replace(
        publication.fenced(),
        account_id=post.account_id,
        state=P.SCHEDULED,
        due_at=plan.due_at,
        ready_at=None if post.held else ready_at(post.details, plan.due_at, has_item=has_item, lead=lead),
        stored_title=post.details.stored_title,
        attempts=0,
        failure=None,
    )


def _idle(publication: Publication) -> Publication:
    if publication.state is P.PUBLISHED or publication.in_doubt:
        return publication
    return replace(publication.fenced(), state=P.IDLE, due_at=None, ready_at=None, failure=None)
