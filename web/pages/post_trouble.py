"""What a post's page says of what went wrong, is in doubt, waits, or was refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.posts.files import PostFile
from core.posts.post import Post, PostStatus
from core.publishing.linking import may_link
from core.publishing.publication import FailureKind, Publication
from web.pages import actions, failures
from web.pages.actions import Action, post_action
from web.pages.rows import waits_for
from web.pages.visit import Visit

S = PostStatus


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was refused: sentences by field, one for the whole, and what others changed meanwhile
    as (field, label, what it is now). `url`: the link that was given; `folder`: words that name no single folder."""

    errors: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    stale: tuple[tuple[str, str, str], ...] = ()
    url: str = ""
    folder: str = ""
    doubted: int | None = None  # the publication that the link was given for
    linked: int | None = None  # or the file


@dataclass(frozen=True, slots=True)
class FailureView:
    title: str
    text: str
    next: str
    tone: str
    step: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class DoubtView:
    id: int
    text: str
    url: str
    error: str
    candidates_url: str


@dataclass(frozen=True, slots=True)
class LinkBox:
    """Where the link of a work is pasted: for what was published by hand, or was not found."""

    file_id: int
    title: str
    text: str
    button: str
    url: str
    error: str
    is_open: bool
    unlink: Action | None


def failure_of(here: Visit, post: Post, path: str) -> FailureView | None:
    failure = post.failure
    if failure is None:
        return None
    owner = here.reader.owner(post)
    is_settled = post.status is S.FAILED and not post.in_doubt and here.reader.may_edit(post)
    helps = None if owner else actions.connect_again(post)
    again = actions.publish_now(post, path, "Try again") if is_settled else None
    return FailureView(
        title=failures.TITLES[failure.kind],
        text=failure.message,
        next=failures.what_next(
            failure, here.reader.moment(failure.retry_at) if failure.retry_at else None, here.now, owner=owner
        ),
        # Where it may be online nothing has gone wrong yet that anybody could put right.
        tone="needs" if failure.kind is FailureKind.OUTCOME_UNKNOWN else "bad",
        step=failures.STEPS[failure.step],
        actions=tuple(action for action in (helps, again) if action),
    )


def waiting_of(here: Visit, post: Post, path: str) -> FailureView | None:
    """Scheduled, and nothing has gone wrong, but its account is paused or has lost its connection."""
    words = waits_for(post, here.reader)
    account = here.reader.accounts.get(post.account_id)
    if not words or account is None:
        return None
    if account.shown_status == "paused":
        fields: dict[str, str | int] = {"account_id": account.id, "next": path}
        helps = Action(f"Resume {account.username}", "/resume", icon="play", quick=False, fields=fields)
        may_help = here.reader.may_edit(post)
    else:
        helps, may_help = actions.reconnect(account.id), not here.reader.owner(post)
    return FailureView("It waits", words, "It does not fail meanwhile.", "needs", "", (helps,) if may_help else ())


def links_of(post: Post, wrong: Wrong) -> tuple[LinkBox, ...]:
    return tuple(_link_box(post, file, wrong) for file in post.files if may_link(post, file))


def _link_box(post: Post, file: PostFile, wrong: Wrong) -> LinkBox:
    publication = post.publication_of(file)
    url = publication.deviation_url if publication else None
    is_out = publication is not None and publication.state == "published"
    named = f" (“{file.name}”)" if len(post.files) > 1 else ""
    if url:
        title, text = "Another link", f"You gave its link{named}."
    elif is_out and post.details.stash_only:
        title, text = "Published it from Sta.sh?", f"Paste its link{named}."
    elif is_out:
        title, text = "Its link is missing", f"Isekai has not found it in your gallery{named}. Paste it here."
    else:
        title = "Published it yourself?"
        text = f"Paste its link{named}: it is marked as published, and Isekai does not send it."
    taken_back = post_action(post, "unlink", "Take the link back", icon="undo-2", back=f"/posts/{post.id}")
    unlink = replace(taken_back, quick=False, fields={"file_id": file.id}) if url else None
    is_wrong = wrong.linked == file.id
    return LinkBox(
        file_id=file.id,
        title=title,
        text=text,
        button="Save the link" if is_out else "It is online",
        url=wrong.url if is_wrong else url or "",
        error=" ".join(wrong.errors.values()) if is_wrong else "",
        is_open=is_wrong or (not url and (file.is_video or (is_out and not post.details.stash_only))),
        unlink=unlink,
    )


def doubt_of(here: Visit, post: Post, publication: Publication, wrong: Wrong) -> DoubtView:
    is_wrong = wrong.doubted == publication.id
    sent = publication.publish_sent_at
    when = f" {here.reader.moment(sent).text}" if sent else ""
    which = next((file.name for file in post.files if file.id == publication.file_id), "")
    named = f" (“{which}”)" if len(post.files) > 1 else ""
    text = f"Isekai asked DeviantArt to publish it{named}{when} and got no clear answer. Look in your gallery."
    error = wrong.errors.get("url", "") if is_wrong else ""
    url = wrong.url if is_wrong else ""
    return DoubtView(publication.id, text, url, error, f"/posts/{post.id}/candidates?publication_id={publication.id}")
