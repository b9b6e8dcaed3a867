"""What a change of many makes of one post, and what leads back; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from core.account import Account
from core.actor import Actor
from core.bulk.change import Action, Around, Change, Lists, check_folders, details_after, moved_to
from core.errors import Expired, InvalidInput, NotFound
from core.planning.planner import out_of_the_trash, put_on_schedule
from core.planning.wall_clock import local_of, zone
from core.posts.desk import Happened
from core.posts.fields import DETAIL_NAMES, Details, in_words, read_notes
from core.posts.post import Plan, Post, PostStatus, Verb
from core.publishing.queueing import dequeued, queued, retitled

Done = tuple[Post, Happened]


def deed(post: Post, change: Change, around: Around, *, by: Actor, now: datetime, lead: timedelta) -> Done | None:
    """*post* after the change and a sentence for its history; None when nothing would differ.

    Raises the `UserError`s that the verb raises for one post. Scheduling and approving with a wish ask the
    pacing guard first and are not done here.
    """
    match change.action:
        case Action.EDIT:
            return edited(post, change, around, now=now, lead=lead)
        case Action.APPROVE:
            after = prepared(post, change, now=now, lead=lead)
            how = f", with {in_words(names)} changed" if (names := changed_names(post, after)) else ""
            return after.approved(at=now), Happened("post.approved", f"Approved by {by.name}{how}.")
        case Action.SEND_BACK:
            return dequeued(post.sent_back(at=now)), Happened("post.sent_back", f"Approval taken back by {by.name}.")
        case Action.REJECT:
            because = f": {change.reason.strip()}" if change.reason.strip() else "."
            told = Happened("post.rejected", f"Rejected by {by.name}{because}", {"reason": change.reason})
            return post.discarded(Verb.REJECT, at=now), told
        case Action.DISCARD:
            told = Happened("post.discarded", "Moved to the trash.")
            return dequeued(post.discarded(Verb.DISCARD, at=now)), told
        case Action.RESTORE:
            return post.restored(at=now), Happened("post.restored", "Taken out of the trash.")
        case Action.UNSCHEDULE:
            return dequeued(post.unscheduled(at=now)), Happened("post.unscheduled", "Taken off the schedule.")
        case Action.PUBLISH:
            return published_now(post, change.time_zone or "UTC", now=now, lead=lead)
        case Action.HOLD | Action.UNHOLD:
            return held(post, change.action is Action.HOLD, now=now, lead=lead)
        case Action.SCHEDULE:
            raise AssertionError("scheduling asks the pacing guard for room: `Single` does it")
        case _:
            assert_never(change.action)


def prepared(post: Post, change: Change, *, now: datetime, lead: timedelta) -> Post:
    """With what an approval brings along."""
    done = edited(post, change, Around(), now=now, lead=lead) if change.fields else None
    return done[0] if done else post


def edited(post: Post, change: Change, around: Around, *, now: datetime, lead: timedelta) -> Done | None:
    account = _account(change, around)
    after = post.moved(Verb.EDIT, at=now)
    if account is not None:
        after = moved_to(after, account)
    if "galleries" in change.fields and change.galleries_mode is not Lists.REMOVE:
        check_folders(_folder_ids(change), after.account_id, around)
    after = replace(after, details=details_after(after.details, change, around), notes=_notes(post, change))
    names = changed_names(post, after)
    if not names:
        return None
    what = in_words(names)
    data = {"fields": names, "bulk": True}
    return retitled(after, lead=lead), Happened("post.edited", f"Edited with others: {what}.", data)


def _account(change: Change, around: Around) -> Account | None:
    if change.account_id is None:
        return None
    account = around.accounts.get(change.account_id)
    if account is None:
        raise InvalidInput({"account_id": "Choose one of your accounts."})
    return account


def _folder_ids(change: Change) -> tuple[str, ...]:
    return details_after(
        Details(), Change(Action.EDIT, {"galleries": change.fields["galleries"]}), Around()
    ).galleries


def _notes(post: Post, change: Change) -> str:
    if "notes" not in change.fields or (change.only_unset and post.notes):
        return post.notes
    return str(read_notes(change.fields["notes"]))


def changed_names(before: Post, after: Post) -> list[str]:
    """Fields that differ, `account` and `notes` among them."""
    names = [name for name in DETAIL_NAMES if getattr(before.details, name) != getattr(after.details, name)]
    names += ["notes"] if before.notes != after.notes else []
    return names + (["account"] if before.account_id != after.account_id else [])


def published_now(post: Post, zone_name: str, *, now: datetime, lead: timedelta) -> Done:
    due_at = now.replace(microsecond=0)
    plan = Plan(due_at, local_of(due_at, zone(zone_name)), zone_name)
    changed, happened = put_on_schedule(post, plan, now=now, lead=lead)
    return changed, Happened("post.scheduled", "To be published right away.", happened.data)


def held(post: Post, hold: bool, *, now: datetime, lead: timedelta) -> Done:
    after = queued(post.with_hold(hold, at=now), lead=lead)
    if hold:
        return after, Happened("post.held", "On hold: it waits until it is released.")
    return after, Happened("post.unheld", "Released: it goes out at its time.")


@dataclass(frozen=True, slots=True)
class Before:
    """What a post was, as far as the change touched it.

    `values` holds the details that were changed, `became` what the change made of them, and of the notes; None where
    an older version kept it.
    """

    account_id: int
    status: PostStatus
    held: bool = False
    plan: Plan | None = None
    notes: str | None = None
    values: Mapping[str, Any] | None = None
    became: Mapping[str, Any] | None = None


def before_of(post: Post, after: Post) -> Before:
    names = set(changed_names(post, after))
    values = {name: getattr(post.details, name) for name in DETAIL_NAMES if name in names}
    notes = post.notes if "notes" in names else None
    became = {name: getattr(after.details, name) for name in values} | (
        {"notes": after.notes} if notes is not None else {}
    )
    return Before(post.account_id, post.status, post.held, post.plan, notes, values, became)


def still_made(post: Post, before: Before) -> Before | None:
    """What an edit may give back to a post that was changed since: the fields that stand as it left them."""
    became = before.became or {}
    if before.account_id != post.account_id:
        return None
    values = {
        name: was
        for name, was in (before.values or {}).items()
        if name in became and getattr(post.details, name) == became[name]
    }
    notes = before.notes if "notes" in became and post.notes == became["notes"] else None
    return replace(before, values=values, notes=notes) if values or notes is not None else None


def put_back(
    post: Post, action: Action, before: Before, accounts: Mapping[int, Account], *, now: datetime, lead: timedelta
) -> Done:
    """*post* as it was before. The caller has made sure that nobody changed it since.

    Raises `Expired` where its time has passed, and whatever the verb back raises.
    """
    match action:
        case Action.EDIT:
            return _unedited(post, before, accounts, now=now, lead=lead), Happened("post.edited", "Changes undone.")
        case Action.APPROVE:
            back = dequeued(post.sent_back(at=now))
            back = _unedited(back, before, accounts, now=now, lead=lead) if before.values else back
            return back, Happened("post.sent_back", "Approval undone: back in review.")
        case Action.SEND_BACK:
            if before.status is PostStatus.SCHEDULED:
                return _replanned(post, before, now=now, lead=lead)
            return post.approved(at=now), Happened("post.approved", "Undone: approved again.")
        case Action.REJECT | Action.DISCARD:
            plan = before.plan if before.status is PostStatus.SCHEDULED else None
            return out_of_the_trash(post, plan, is_held=before.held, now=now, lead=lead)
        case Action.RESTORE:
            return post.discarded(Verb.DISCARD, at=now), Happened("post.discarded", "Undone: back in the trash.")
        case Action.SCHEDULE | Action.PUBLISH | Action.UNSCHEDULE:
            return _replanned(post, before, now=now, lead=lead)
        case Action.HOLD | Action.UNHOLD:
            return held(post, before.held, now=now, lead=lead)
        case _:
            assert_never(action)


def _unedited(post: Post, before: Before, accounts: Mapping[int, Account], *, now: datetime, lead: timedelta) -> Post:
    after = post.moved(Verb.EDIT, at=now)
    if before.account_id != post.account_id:
        account = accounts.get(before.account_id)
        if account is None:
            raise NotFound("Its former account is not linked any more.")
        after = moved_to(after, account)
    after = replace(
        after,
        details=after.details.but(**(before.values or {})),
        notes=post.notes if before.notes is None else before.notes,
    )
    return retitled(after, lead=lead)


def _replanned(post: Post, before: Before, *, now: datetime, lead: timedelta) -> Done:
    if before.plan is None or before.status not in {PostStatus.SCHEDULED, PostStatus.UPLOADING}:
        after = post.sent_back(at=now) if before.status is PostStatus.REVIEW else post.unscheduled(at=now)
        return dequeued(after), Happened("post.unscheduled", "Undone: taken off the schedule.")
    if before.plan.due_at <= now:
        raise Expired("The time it had has passed.")
    scheduled, happened = put_on_schedule(post, before.plan, now=now, lead=lead)
    if before.held:
        scheduled, _ = held(scheduled, True, now=now, lead=lead)
    return scheduled, Happened("post.scheduled", f"Undone. {happened.text}", happened.data)
