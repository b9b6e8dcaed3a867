"""What somebody wants of many posts, and what it makes of one; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from core.account import Account
from core.errors import InvalidInput, WrongState
from core.library.template import LAYERS_MOST, Template, laid_over
from core.library.variables import Facts, check_variables, fill
from core.posts.fields import Details, apply_changes, edit_tags, read_notes
from core.posts.post import Post, PostStatus
from core.publishing.publication import PublicationState

REASON_KEPT = 500
STEP_MOST = 31 * 24 * 60  # minutes


class Action(StrEnum):
    EDIT = "edit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REJECT = "reject"
    DISCARD = "discard"
    RESTORE = "restore"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    PUBLISH = "publish"
    HOLD = "hold"
    UNHOLD = "unhold"


class Lists(StrEnum):
    """How tags and folders are changed."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class Texts(StrEnum):
    """Where a description goes."""

    REPLACE = "replace"
    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Change:
    """A verb with everything it needs; the same for each of the posts.

    `fields` by name, as JSON gives them (`notes` too); `fills_in`: braces in title and description are variables.
    `only_unset` leaves alone what a post has already. `templates` are laid over in order, `account_id` moves.
    Scheduling takes `local` in `time_zone` (each further post `step_minutes` later), or `at`. An approval may bring
    `tags` along.
    """

    action: Action
    fields: Mapping[str, Any] = field(default_factory=dict)
    tags_mode: Lists = Lists.REPLACE
    galleries_mode: Lists = Lists.REPLACE
    description_mode: Texts = Texts.REPLACE
    fills_in: bool = False
    only_unset: bool = False
    templates: tuple[int, ...] = ()
    account_id: int | None = None
    reason: str = ""
    at: str | None = None
    local: str | None = None
    time_zone: str | None = None
    step_minutes: int = 0
    jitter_seconds: int = 0
    override_pacing: bool = False

    def packed(self) -> dict[str, Any]:
        """As JSON, for keeping."""
        return asdict(self) | {"fields": dict(self.fields), "templates": list(self.templates)}


_NAMES = {one.name for one in fields(Change)}


def unpacked(kept: Mapping[str, Any]) -> Change:
    """The other way round; names of other versions are passed over."""
    known = {name: value for name, value in kept.items() if name in _NAMES}
    return Change(
        **known
        | {
            "action": Action(kept["action"]),
            "tags_mode": Lists(kept.get("tags_mode", Lists.REPLACE)),
            "galleries_mode": Lists(kept.get("galleries_mode", Lists.REPLACE)),
            "description_mode": Texts(kept.get("description_mode", Texts.REPLACE)),
            "templates": tuple(kept.get("templates", ())),
        }
    )


def check(change: Change) -> None:
    """Raises `InvalidInput` for what could be used on no post at all, naming each bad field."""
    problems: dict[str, str] = {}
    if change.action is Action.EDIT or change.fields:
        problems = _edit_problems(change)
    if len(change.reason) > REASON_KEPT:
        problems["reason"] = f"A reason has at most {REASON_KEPT} characters."
    if not 0 <= change.step_minutes <= STEP_MOST:
        problems["step_minutes"] = "The distance is at most 31 days."
    if problems:
        raise InvalidInput(problems)


def _edit_problems(change: Change) -> dict[str, str]:
    problems: dict[str, str] = {}
    given = dict(change.fields)
    try:
        read_notes(given.pop("notes", None))
    except ValueError as error:
        problems["notes"] = str(error)
    try:
        apply_changes(Details(), given)
    except InvalidInput as error:
        problems |= error.fields
    for name in ("title", "description") if change.fills_in else ():
        try:
            check_variables(str(change.fields.get(name) or ""))
        except InvalidInput as error:
            problems.setdefault(name, error.fields["body"])
    if len(change.templates) > LAYERS_MOST:
        problems["templates"] = f"At most {LAYERS_MOST} templates at once."
    if not change.fields and not change.templates and change.account_id is None:
        problems["fields"] = "Say what to change."
    return problems


@dataclass(frozen=True, slots=True)
class Around:
    """What an edit needs to know beside the post: what variables stand for, the templates, the accounts."""

    facts: Facts | None = None
    layers: tuple[Template, ...] = ()
    accounts: Mapping[int, Account] = field(default_factory=dict)
    folders: Mapping[int, frozenset[str]] = field(default_factory=dict)  # as far as known, by account


def details_after(details: Details, change: Change, around: Around) -> Details:
    """Raises `InvalidInput` where a value would not fit this one post."""
    given = {name: value for name, value in change.fields.items() if name != "notes"}
    if change.only_unset:
        given = {name: value for name, value in given.items() if not _is_set(getattr(details, name, None))}
    given = given | _filled(given, details, change, around.facts)
    after = apply_changes(details, given)
    if "tags" in given:
        after = after.but(tags=edit_tags(details.tags, after.tags, change.tags_mode))
    if "galleries" in given:
        after = after.but(galleries=_merged(details.galleries, after.galleries, change.galleries_mode))
    if around.layers and around.facts is not None:
        after = laid_over(after, around.layers, around.facts)
    # Counted again: added to what was there, they may be too many.
    return apply_changes(after, {"tags": after.tags, "galleries": after.galleries, "description": after.description})


def _is_set(value: object) -> bool:
    return value is not None and value not in ("", ())


def _filled(given: Mapping[str, Any], details: Details, change: Change, facts: Facts | None) -> dict[str, Any]:
    """Title and description with their variables, and the description where it belongs."""
    filled: dict[str, Any] = {}
    for name in ("title", "description"):
        text = given.get(name)
        if isinstance(text, str) and change.fills_in and facts is not None:
            filled[name] = fill(text, facts)
    added = str(filled.get("description", given.get("description")) or "").strip()
    if "description" in given and change.description_mode is not Texts.REPLACE:
        filled["description"] = _joined(details.description, added, change.description_mode)
    return filled


def _joined(written: str, added: str, mode: Texts) -> str:
    """Not twice: what stands there already is left as it is."""
    if not written or not added or added in written:
        return written or added
    return f"{written}\n\n{added}" if mode is Texts.BELOW else f"{added}\n\n{written}"


def _merged(had: tuple[str, ...], given: tuple[str, ...], mode: Lists) -> tuple[str, ...]:
    match mode:
        case Lists.ADD:
            return tuple(dict.fromkeys((*had, *given)))
        case Lists.REMOVE:
            return tuple(one for one in had if one not in given)
        case Lists.REPLACE:
            return given


def check_folders(given: Iterable[str], account_id: int, around: Around) -> None:
    """Raises `WrongState` for a folder that is known to be another account's."""
    own = around.folders.get(account_id, frozenset())
    others = frozenset().union(*(known for other, known in around.folders.items() if other != account_id))
    if any(folder in others and folder not in own for folder in given):
        raise WrongState("These folders belong to another account.")


def moved_to(post: Post, account: Account) -> Post:
    """*post* on another account of the same person. Folders belong to an account: they do not come along.

    Raises `WrongState` where something of it is on the old account already, or waits for its turn there.
    """
    if post.account_id == account.id:
        return post
    if account.user_id != post.user_id:
        raise WrongState("This post belongs to an account that is shared with you, and stays there.")
    if post.status not in {PostStatus.REVIEW, PostStatus.DRAFT}:
        raise WrongState("Only what waits for review and drafts can change their account: unschedule it first.")
    if any(q.item_id or q.deviation_id or q.state is not PublicationState.IDLE for q in post.publications):
        raise WrongState("One of its pictures is on the other account’s Sta.sh or gallery already.")
    return replace(
        post,
        account_id=account.id,
        details=post.details.but(galleries=()),
        publications=tuple(replace(q, account_id=account.id) for q in post.publications),
    )
