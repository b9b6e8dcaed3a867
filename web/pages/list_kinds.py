"""Drafts, Scheduled, Published, Failed, Trash and Search: what each lists, says when it is empty, and offers."""

from dataclasses import dataclass

from core.posts.post import PostStatus
from web.pages.actions import Link

S = PostStatus


@dataclass(frozen=True, slots=True)
class Empty:
    icon: str
    title: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    key: str
    label: str
    icon: str
    danger: bool = False
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What a list shows. `noun` counts them: singular and plural; `{days}` in texts is how long the trash is kept.

    `sorts` and `flags`: how `web.pages.list_query` may order and narrow it, the first order by default.
    """

    key: str
    path: str
    title: str
    statuses: tuple[PostStatus, ...]
    noun: tuple[str, str]
    empty: Empty
    bulk: tuple[Bulk, ...] = ()
    text: str = ""
    sorts: tuple[str, ...] = ("newest", "oldest", "changed", "title")
    flags: tuple[str, ...] = ("is_mature", "is_ai")


SCHEDULE = Bulk("schedule", "Schedule", "calendar-clock")
TAGS = Bulk("tags", "Tags", "tag")
TRASH = Bulk("discard", "Move to trash", "trash-2", danger=True)
APPROVE = Bulk("approve", "Approve", "check", primary=True)
EDIT = Bulk("edit", "Edit", "pencil")
REJECT = Bulk("reject", "Reject", "x", danger=True)

KINDS = (
    Kind(
        "drafts",
        "/drafts",
        "Drafts",
        (S.DRAFT,),
        ("draft", "drafts"),
        Empty(
            "pencil",
            "No drafts",
            "Approve a picture in Review and it waits here until you give it a time.",
            Link("/review", "Go to Review"),
        ),
        (SCHEDULE, EDIT, TAGS, TRASH),
        flags=("ready", "is_mature", "is_ai"),
    ),
    Kind(
        "scheduled",
        "/scheduled",
        "Scheduled",
        (S.SCHEDULED, S.UPLOADING, S.PUBLISHING),
        ("scheduled post", "scheduled posts"),
        Empty(
            "calendar-clock",
            "Nothing is scheduled",
            "Give a draft a time, or drag it onto a day in the calendar, and it goes out by itself.",
            Link("/drafts", "Go to Drafts"),
        ),
        (
            Bulk("hold", "Hold", "pause"),
            Bulk("unhold", "Release", "play"),
            Bulk("unschedule", "Unschedule", "calendar"),
            EDIT,
            TAGS,
            TRASH,
        ),
        sorts=("due", "latest", "newest", "changed", "title"),
        flags=("held", "is_mature", "is_ai"),
    ),
    Kind(
        "published",
        "/published",
        "Published",
        (S.PUBLISHED,),
        ("published post", "published posts"),
        Empty(
            "circle-check",
            "Nothing published yet",
            "What goes out appears here, with its link on DeviantArt.",
            Link("/calendar", "Look at the calendar"),
        ),
        (EDIT, TRASH),
        sorts=("published", "changed", "title", "newest"),
    ),
    Kind(
        "failed",
        "/failed",
        "Failed",
        (S.FAILED,),
        ("failed post", "failed posts"),
        Empty("circle-check", "Nothing failed", "If DeviantArt refuses something, it shows here with the reason."),
        (Bulk("publish", "Try again", "refresh-cw"), Bulk("unschedule", "Back to drafts", "undo-2"), EDIT, TRASH),
    ),
    Kind(
        "trash",
        "/trash",
        "Trash",
        (S.DISCARDED,),
        ("post in the trash", "posts in the trash"),
        Empty("trash-2", "The trash is empty", "What you reject or throw away stays here for {days}."),
        (Bulk("restore", "Restore", "undo-2"),),
        "Everything here is deleted for good after {days}.",
        sorts=("discarded", "newest", "oldest", "title"),
    ),
    Kind(
        "search",
        "/search",
        "Search",
        (),
        ("post", "posts"),
        Empty("search", "Search everything", "Find posts by title, tag, prompt, model or seed."),
        (EDIT, TAGS, TRASH),
    ),
)
REVIEW = Kind(
    "review",
    "/review",
    "Review",
    (S.REVIEW,),
    ("picture", "pictures"),
    Empty("", "", ""),
    (APPROVE, TAGS, EDIT, REJECT),
)
BY_KEY = {kind.key: kind for kind in KINDS}
# Where a selection may come from.
SELECTABLE = BY_KEY | {REVIEW.key: REVIEW}
