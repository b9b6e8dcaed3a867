"""Use case: a plan of posts comes in from a file. First a dry run that names every problem by its line."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.account import Account
from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound, UserError
from core.planning.planner import Planner
from core.planning.wall_clock import (
    Planned,
    Wish,
    check_horizon,
    instant_of,
    parse_instant,
    parse_local,
    planned_at,
    zone,
)
from core.ports import PostQuery, Reads
from core.posts import readiness
from core.posts.fields import DETAIL_NAMES, Details, apply_changes, read_notes
from core.posts.intake import Arrival, Intake
from core.posts.review import Review
from core.programs.plan_rows import RawRow, read_plan
from core.users import User

STATUSES = ("review", "draft", "scheduled")
# States of a row that say it is over: bringing it in again would publish twice.
_OVER = {"published", "publishing", "uploading", "discarded", "failed"}

Opener = Callable[[str], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plan as it will be carried out, or why it will not. `post_id`: an existing post."""

    line: int
    title: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    notes: str | None = None
    account_id: int | None = None
    post_id: int | None = None
    to_draft: bool = True
    planned: Planned | None = None
    jitter_seconds: int = 0
    files: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    skipped: str = ""
    done_post_id: int | None = None

    @property
    def will(self) -> str:
        """What is done with it: create, change, skip, or nothing because of its errors."""
        if self.errors:
            return "refuse"
        if self.skipped:
            return "skip"
        return "change" if self.post_id is not None else "create"


@dataclass(frozen=True, slots=True)
class Report:
    """`is_done` is False for a dry run and when errors held everything back."""

    rows: tuple[Row, ...]
    is_done: bool = False

    @property
    def error_count(self) -> int:
        return sum(1 for row in self.rows if row.errors)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What rows are checked against."""

    accounts: tuple[Account, ...]
    files: frozenset[str]
    time_zone: str
    now: datetime


class Imports:
    def __init__(self, intake: Intake, review: Review, planner: Planner, reads: Reads, clock: Clock) -> None:
        self._intake = intake
        self._review = review
        self._planner = planner
        self._reads = reads
        self._clock = clock

    async def preview(self, user: User, text: str, *, files: Sequence[str] = ()) -> Report:
        """Every row with what would be done. Raises `InvalidInput` when *text* is no plan at all."""
        ground = _Ground(await self._reads.accounts(user.id), frozenset(files), user.time_zone, self._clock.now())
        known = await self._brought_in(user.id, _batch(text))
        # In a thread: tens of thousands of lines take a second.
        rows = await asyncio.to_thread(_checked, text, ground, known)
        for index, row in enumerate(rows):
            if row.post_id is not None and not row.errors:
                rows[index] = await self._checked_post(user.id, row.post_id, row)
        return Report(tuple(rows))

    async def run(self, user: User, text: str, *, files: Sequence[str], opener: Opener, by: Actor) -> Report:
        """Carry the plan out. A single error holds all of it back; a row that fails on the way says so itself.

        The same text again brings in only the lines that are not there yet.
        """
        report = await self.preview(user, text, files=files)
        if report.error_count:
            return report
        batch, rows = _batch(text), list(report.rows)
        del report
        for index, row in enumerate(rows):
            # What it brought in is not needed any more: of a long plan only the report stays in memory.
            rows[index] = replace(await self._carry_out(row, batch, opener, by), fields={}, notes=None)
        return Report(tuple(rows), is_done=True)

    async def _carry_out(self, row: Row, batch: str, opener: Opener, by: Actor) -> Row:
        if row.skipped:
            return row
        try:
            post_id = row.post_id if row.post_id is not None else await self._create(row, batch, opener, by)
            row = replace(row, done_post_id=post_id)
            if row.post_id is not None:
                await self._change(row, post_id, opener, by)
            if row.planned is not None:
                await self._planner.schedule(post_id, row.planned, by=by, jitter_seconds=row.jitter_seconds)
        except InvalidInput as error:
            return replace(row, errors=error.fields)
        except UserError as error:
            return replace(row, errors={"row": error.sentence})
        return row

    async def _create(self, row: Row, batch: str, opener: Opener, by: Actor) -> int:
        async with self._intake.tray() as tray:
            for name in row.files:
                await tray.add(name, opener(name))
            kept = await tray.keep()
            arrival = Arrival(
                user_id=by.user_id,
                files=kept,
                fields=row.fields,
                source=f"import, line {row.line}",
                batch=batch,
                notes=row.notes or "",
                account_id=row.account_id,
                one_post=True,
                to_draft=row.to_draft,
            )
            return (await self._intake.receive(arrival, by=by))[0].id

    async def _change(self, row: Row, post_id: int, opener: Opener, by: Actor) -> None:
        changes = dict(row.fields) | ({"notes": row.notes} if row.notes is not None else {})
        if changes:
            await self._review.edit(post_id, changes, by=by)
        if row.files:
            async with self._intake.tray() as tray:
                for name in row.files:
                    await tray.add(name, opener(name))
                await self._review.add_files(post_id, await tray.keep(), by=by)

    async def _brought_in(self, user_id: int, batch: str) -> dict[str, int]:
        """Posts that an earlier run of the same text made, by the line they came from."""
        found: dict[str, int] = {}
        cursor: str | None = None
        while True:
            page = await self._reads.posts(PostQuery(user_id, batch=batch, limit=100, cursor=cursor))
            found |= {post.source: post.id for post in page.posts}
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def _checked_post(self, user_id: int, post_id: int, row: Row) -> Row:
        try:
            post = await self._reads.post(post_id, user_id=user_id)
        except NotFound:
            return replace(row, errors={"id": "There is no such post of yours."})
        return replace(row, title=row.title or post.details.title)


def _checked(text: str, ground: _Ground, known: Mapping[str, int]) -> list[Row]:
    return [_known(check_row(raw, ground), known) for raw in read_plan(text)]


def check_row(raw: RawRow, ground: _Ground) -> Row:
    """What *raw* asks for, with a sentence for everything that cannot be done."""
    values = dict(raw.values)
    row = Row(raw.line, title=str(values.get("title") or "")[:200], files=raw.files)
    if raw.error:
        return replace(row, errors={"row": raw.error})
    status = str(values.pop("status", "") or "").strip().lower()
    if status in _OVER:
        return replace(row, skipped=f"It is {status} already.")
    errors: dict[str, str] = {}
    if status and status not in STATUSES:
        errors["status"] = f"The status is one of: {', '.join(STATUSES)}."
    row = replace(
        row,
        account_id=_account(values.pop("account", None), ground, errors),
        post_id=_post_id(values.pop("id", None), raw.files, ground, errors),
        planned=_moment(values, ground, errors),
        jitter_seconds=_jitter(values.pop("jitter_seconds", None), errors),
        to_draft=status != "review",
        warnings=tuple(f"“{name}” is not a field and was left out." for name in raw.ignored),
    )
    if status == "scheduled" and row.planned is None and not errors:
        errors["at"] = "A scheduled row needs a time."
    notes = values.pop("notes", None)
    fields = {name: value for name, value in values.items() if name in DETAIL_NAMES and value not in ("", None)}
    for read in (lambda: apply_changes(Details(), fields), lambda: read_notes(notes)):
        try:
            read()
        except InvalidInput as error:
            errors |= error.fields
        except ValueError as error:
            errors["notes"] = str(error)
    missing = [name for name in raw.files if name not in ground.files]
    if missing and row.post_id is None:
        errors["files"] = f"“{missing[0][:80]}” is not among the files that were sent."
    if not raw.files and row.post_id is None and row.planned is not None:
        errors["files"] = "A row that is to be published needs a picture."
    if row.planned is not None and row.post_id is None and not errors and (lacking := _lacking(fields)):
        errors["row"] = lacking
    return replace(row, fields=fields, notes=notes, errors=errors)


def _lacking(fields: Mapping[str, Any]) -> str:
    """What would keep a row off the schedule, its picture and title apart: those come with the file."""
    details = apply_changes(Details(), fields)
    without_picture = readiness.missing(details.but(title=details.title or "-"), ())
    return " ".join(without_picture[1:])


def _moment(values: dict[str, Any], ground: _Ground, errors: dict[str, str]) -> Planned | None:
    """`at` with an offset is an instant; without one it is a wall clock, as `local` is."""
    at, local = str(values.pop("at", "") or "").strip(), str(values.pop("local", "") or "").strip()
    name = str(values.pop("time_zone", "") or ground.time_zone)
    if not at and not local:
        return None
    try:
        place = zone(name)
        planned = instant_of(Wish(parse_local(local), place.key)) if local else _instant(at, name)
        check_horizon(planned.due_at, ground.now)
    except InvalidInput as error:
        errors |= error.fields
        return None
    return planned


def _instant(at: str, time_zone: str) -> Planned:
    try:
        return planned_at(parse_instant(at), zone(time_zone))
    except InvalidInput:
        try:
            return instant_of(Wish(parse_local(at), zone(time_zone).key))
        except InvalidInput:
            raise InvalidInput(
                {"at": "Write the time as 2026-12-24T18:00, or with an offset as in …T18:00:00Z."}
            ) from None


def _account(given: Any, ground: _Ground, errors: dict[str, str]) -> int | None:
    wanted = str(given or "").strip()
    if not wanted:
        return None
    for account in ground.accounts:
        if wanted == str(account.id) or wanted.casefold() == account.username.casefold():
            return account.id
    if len(ground.accounts) == 1 and wanted.isdecimal():
        return None  # an id of another instance, where there is only one it can mean
    errors["account"] = f"“{wanted[:60]}” is not one of your accounts."
    return None


def _post_id(given: Any, files: tuple[str, ...], ground: _Ground, errors: dict[str, str]) -> int | None:
    """An existing post to change. Where the row brings its pictures along, the id is another instance's."""
    wanted = str(given or "").strip().rpartition("/")[2]
    if not wanted or (files and all(name in ground.files for name in files)):
        return None
    if not wanted.isdecimal() or len(wanted) > 18:
        if files:
            return None
        errors["id"] = "This is not the id of a post."
        return None
    return int(wanted)


def _jitter(given: Any, errors: dict[str, str]) -> int:
    text = str(given or "0").strip()
    if text.isdecimal() and len(text) <= 4 and int(text) <= 3600:
        return int(text)
    errors["jitter_seconds"] = "The jitter is a number of seconds from 0 to 3600."
    return 0


def _known(row: Row, known: Mapping[str, int]) -> Row:
    post_id = known.get(f"import, line {row.line}")
    if post_id is None or row.skipped:
        return row
    return replace(row, skipped="It came in with an earlier run.", done_post_id=post_id, errors={})


def _batch(text: str) -> str:
    return "import " + hashlib.sha256(text.encode()).hexdigest()[:24]
