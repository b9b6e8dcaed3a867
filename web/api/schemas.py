"""What requests hold."""

from typing import Any, Literal

from core.posts.post import PostStatus
from web.requests import Field, Request, built

DetailFlag = bool | None


class Versioned(Request):
    """`version` as last seen; another one in the meantime is answered with 409."""

    version: int | None = Field(default=None, ge=1, le=2**62)


class Fields(Request):
    """The fields of a post that a person edits. Their limits are checked where they are applied."""

    title: str | None = None
    description: str | None = None
    tags: list[str] | str | None = None
    galleries: list[str] | str | None = None
    is_mature: bool | None = None
    mature_level: Literal["moderate", "strict"] | None = None
    mature_classification: list[str] | str | None = None
    is_ai_generated: bool | None = None
    no_ai: bool | None = None
    allow_comments: bool | None = None
    allow_free_download: bool | None = None
    add_watermark: bool | None = None
    display_resolution: int | None = None
    license: str | None = None
    feature: bool | None = None
    stash_only: bool | None = None
    notes: str | None = None


class CreatePost(Fields):
    status: Literal["draft", "review"] = "draft"
    account_id: str | None = None


class BeginUpload(Request):
    name: str = Field(max_length=500)
    bytes: int = Field(ge=0, le=2**40)
    mime: str = Field(max_length=100, description="What it really is: it is looked at afterwards")


class EditPost(Fields):
    version: int | None = Field(default=None, ge=1, le=2**62)
    tags_mode: Literal["add", "remove", "replace"] = "replace"


class Reject(Versioned):
    reason: str = Field(default="", max_length=2000)


class TakeBack(Request):
    edit_version: int = Field(ge=1, lt=2**63, description="of the history's line", examples=[4])


class Schedule(Versioned):
    """`at` (an instant), `local` with `time_zone` (a wall clock), or `when` (words, in the caller's zone)."""

    at: str | None = Field(default=None, max_length=64, examples=["2026-12-24T17:00:00Z"])
    local: str | None = Field(default=None, max_length=64, examples=["2026-12-24T18:00"])
    time_zone: str | None = Field(default=None, max_length=80, examples=["Europe/Paris"])
    when: str | None = Field(default=None, max_length=200, examples=["fri 18:00", "in 3h", "next slot"])
    jitter_seconds: int = Field(default=0, ge=0, le=3600)
    override_pacing: bool = Field(default=False, description="schedule although the pacing guard objects")


Action = Literal[
    "approve",
    "reject",
    "schedule",
    "unschedule",
    "publish",
    "hold",
    "unhold",
    "restore",
    "discard",
    "delete",
    "edit",
    "send_back",
]


class BatchFields(Fields):
    """What to change, or for `schedule` when: there these may stand beside `action` as well."""

    at: str | None = Field(default=None, max_length=64)
    local: str | None = Field(default=None, max_length=64)
    time_zone: str | None = Field(default=None, max_length=80)


class Deed(Request):
    """`send_back`: an approval taken back. Of the rest, each belongs to the action it is named after."""

    action: Action
    fields: BatchFields | None = None
    tags_mode: Literal["add", "remove", "replace"] = "replace"
    galleries_mode: Literal["add", "remove", "replace"] = "replace"
    description_mode: Literal["replace", "above", "below"] = "replace"
    fill_in: bool = Field(
        default=False, description="braces in title and description are variables: {title}, {seq} …"
    )
    only_unset: bool = Field(default=False, description="leave alone what a post has already")
    templates: list[str] = Field(default=[], max_length=10)
    account_id: str | None = Field(default=None, description="move them to this account")
    step_minutes: int = Field(default=0, ge=0, description="with `local`: each further post so much later")
    reason: str = Field(default="", max_length=2000)
    at: str | None = Field(default=None, max_length=64)
    local: str | None = Field(default=None, max_length=64)
    time_zone: str | None = Field(default=None, max_length=80)
    jitter_seconds: int = Field(default=0, ge=0, le=3600)
    override_pacing: bool = False


class Batch(Deed):
    """`send_back`: an approval taken back. Of the rest, each belongs to the action it is named after."""

    ids: list[str] = Field(min_length=1, max_length=200)


class Match(Request):
    """As `GET /api/posts` asks for them. Without `status`: all that are not in the trash."""

    status: list[PostStatus] | PostStatus | None = None
    q: str = Field(default="", max_length=200)
    tag: str = Field(default="", max_length=200)
    account_id: str | None = None
    batch: str = Field(default="", max_length=200, description="those that arrived in one call")
    held: bool | None = None
    ready: bool | None = None
    is_mature: bool | None = None
    is_ai_generated: bool | None = None


class BatchMatching(Deed):
    """Everything that matches when this arrives; what comes later is not touched. Say at least one thing."""

    match: Match


class ResolveDoubt(Request):
    publication_id: str | None = None
    outcome: Literal["online", "offline"]
    url: str | None = Field(default=None, max_length=2000)


class GiveLink(Request):
    url: str = Field(
        min_length=1, max_length=2000, examples=["https://www.deviantart.com/mira/art/Dawn-over-the-bay-1000000041"]
    )
    file_id: str | None = Field(default=None, description="where several pictures have no link")


class ArrangeFiles(Versioned):
    """Every file of the post in its new order; `chosen` are those that go out (all when it is left out)."""

    order: list[str] = Field(max_length=1000)
    chosen: list[str] | None = Field(default=None, max_length=1000)


class CreateKey(Request):
    name: str = Field(max_length=200)
    scopes: list[str] = Field(max_length=50)
    expires_at: str | None = Field(default=None, max_length=64)
    addresses: list[str] = Field(default=[], max_length=60, description="From where it may be used; none: anywhere")
    calls_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)


def given_fields(fields: Fields) -> dict[str, Any]:
    """Only what was sent, by name."""
    names = built(Fields).model_fields.keys()
    return {name: getattr(fields, name) for name in names if name in fields.model_fields_set}
