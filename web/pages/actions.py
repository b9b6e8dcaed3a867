"""Verbs as buttons: which a post offers now, most likely first, destructive last."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.account import reconnect_path
from core.posts.post import MOVES, Post, PostStatus, Verb
from core.publishing.publication import FailureKind


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A button that posts, or a link (`method` get). `quick` ones are answered by a message, not a page."""

    label: str
    url: str
    method: str = "post"
    icon: str = ""
    verb: str = ""
    keys: str = ""
    about: str = ""
    danger: bool = False
    quick: bool = True
    external: bool = False
    dialog: str = ""
    fields: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a row shows: one button, and the rest in its menu."""

    primary: Action | None
    rest: tuple[Action, ...]


def may(post: Post, verb: Verb) -> bool:
    """Whether the table of moves has it. The use case decides; this only spares people a refusal."""
    if post.status is PostStatus.PUBLISHING or (post.in_doubt and verb is not Verb.HOLD):
        return False
    return (post.status, verb) in MOVES


def post_action(post: Post, verb: str, label: str, *, icon: str, back: str, danger: bool = False) -> Action:
    """A form that posts to `/posts/<id>/<verb>` with the version that was seen."""
    return Action(
        label=label,
        url=f"/posts/{post.id}/{verb}",
        icon=icon,
        verb=verb,
        keys=_KEYS.get(verb, ""),
        danger=danger,
        fields={"version": post.version, "next": back},
    )


_KEYS = {"approve": "a", "reject": "r"}


def approve(post: Post, back: str) -> Action:
    return post_action(post, "approve", "Approve", icon="check", back=back)


def reject(post: Post, back: str) -> Action:
    return post_action(post, "reject", "Reject", icon="x", back=back)


def ai_fix(post: Post, back: str) -> Action | None:
    """For a post whose file says what its flag does not."""
    if not may(post, Verb.EDIT) or post.details.is_ai_generated or not any(file.says_ai for file in post.files):
        return None
    return post_action(post, "mark-as-ai", "Mark as made with AI", icon="sparkles", back=back)


def edit(post: Post, *, keys: str = "e") -> Action:
    return Action("Edit", f"/posts/{post.id}", method="get", icon="pencil", keys=keys)


def schedule(post: Post, label: str = "Schedule") -> Action:
    return Action(label, f"/posts/{post.id}#schedule", method="get", icon="calendar-clock", keys="s")


def publish_now(post: Post, back: str, label: str = "Publish now") -> Action:
    return post_action(post, "publish", label, icon="send", back=back)


def offer(post: Post, back: str, *, may_edit: bool = True, is_owner: bool = True) -> Offer:
    """The buttons of a row, by likelihood. Who only reviews for an account decides about what waits, and only its
    owner connects it again."""
    candidates = _candidates(post, back, is_owner=is_owner) if may_edit else _decisions(post, back)
    found = [action for action in candidates if action is not None]
    primary = found[0] if found else None
    return Offer(primary, tuple(found[1:]))


def _decisions(post: Post, back: str) -> tuple[Action, ...]:
    return (approve(post, back), reject(post, back)) if post.status is PostStatus.REVIEW else _on_deviantart(post)


def _candidates(post: Post, back: str, *, is_owner: bool) -> tuple[Action | None, ...]:
    trash = (
        post_action(post, "discard", "Move to trash", icon="trash-2", back=back, danger=True)
        if may(post, Verb.DISCARD)
        else None
    )
    match post.status:
        case PostStatus.REVIEW:
            return (approve(post, back), schedule(post), edit(post), reject(post, back))
        case PostStatus.DRAFT:
            return (schedule(post), edit(post), publish_now(post, back), trash)
        case PostStatus.SCHEDULED:
            return (schedule(post, "Move"), _hold(post, back), *_planned(post, back), trash)
        case PostStatus.UPLOADING:
            return (_unschedule(post, back), edit(post))
        case PostStatus.PUBLISHED:
            return (*_on_deviantart(post), edit(post), trash)
        case PostStatus.FAILED:
            return (*_after_failure(post, back, is_owner=is_owner), edit(post), trash)
        case PostStatus.DISCARDED:
            return (post_action(post, "restore", "Restore", icon="undo-2", back=back),)
        case _:
            return (edit(post),)


def _hold(post: Post, back: str) -> Action:
    if post.held:
        return post_action(post, "unhold", "Release", icon="play", back=back)
    return post_action(post, "hold", "Hold", icon="pause", back=back)


def _unschedule(post: Post, back: str) -> Action:
    return post_action(post, "unschedule", "Unschedule", icon="calendar", back=back)


def _planned(post: Post, back: str) -> tuple[Action, ...]:
    return (edit(post), publish_now(post, back), _unschedule(post, back))


def _on_deviantart(post: Post) -> tuple[Action, ...]:
    url = deviation_url(post)
    if url is None:
        return ()
    return (Action("View", url, method="get", icon="external-link", external=True),)


def _after_failure(post: Post, back: str, *, is_owner: bool) -> tuple[Action | None, ...]:
    if post.in_doubt:
        return (Action("Decide", f"/posts/{post.id}#decide", method="get", icon="hand"),)
    return (
        connect_again(post) if is_owner else None,
        _complete(post),
        publish_now(post, back, "Try again"),
        schedule(post, "Reschedule"),
        post_action(post, "unschedule", "Back to drafts", icon="pencil", back=back),
    )


def connect_again(post: Post) -> Action | None:
    """For the owner of its account, where trying again alone would fail again."""
    if post.failure is None or post.failure.kind is not FailureKind.AUTHORIZATION_LOST:
        return None
    return reconnect(post.account_id)


def reconnect(account_id: int) -> Action:
    return Action("Connect again", reconnect_path(account_id), method="get", icon="link")


def _complete(post: Post) -> Action | None:
    if post.failure is None or post.failure.kind is not FailureKind.NOT_READY or not post.missing:
        return None
    return Action("Complete it", f"/posts/{post.id}", method="get", icon="pencil")


def deviation_url(post: Post) -> str | None:
    """The first publication's that has one."""
    return next((p.deviation_url for p in post.publications if p.deviation_url), None)
