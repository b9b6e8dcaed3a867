"""Use cases: keep templates, lay them over posts, see what that gives before doing it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from core.account import Account
from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound, Stale
from core.library.ports import Arrived, LibraryStore, LibraryTransaction
from core.library.template import Template, Wanted, in_order, laid_over, read_wanted
from core.library.variables import Facts
from core.posts.desk import Desk, Happened, write
from core.posts.fields import TAGS_STORED, Details, stored_tag, stored_tags
from core.posts.post import Post
from core.publishing.queueing import retitled

TEMPLATES_EACH = 200
REMOVED_KEPT = timedelta(days=30)


class PlaceOf(Protocol):
    async def __call__(self, user_id: int) -> ZoneInfo:
        """The person's time zone."""
        ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What applying would give. `over` are tags that DeviantArt would drop."""

    details: Details
    kept: tuple[str, ...]
    over: tuple[str, ...]


class Templates:
    def __init__(self, store: LibraryStore, desk: Desk, clock: Clock, *, lead: timedelta, place_of: PlaceOf) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._lead = lead
        self._place_of = place_of

    async def create(self, kind: str, name: str, body: str, *, by: Actor) -> Template:
        """Raises `InvalidInput` naming each bad field, also for a name that is taken."""
        wanted = read_wanted(kind, name, body)
        async with self._store.transaction() as tx:
            known = await tx.rooms.templates.of_user(by.user_id)
            if len(known) >= TEMPLATES_EACH:
                raise InvalidInput({"name": f"There are {TEMPLATES_EACH} templates already; remove one first."})
            _name_is_free(known, wanted, None)
            return await tx.rooms.templates.add(by.user_id, wanted, at=self._clock.now())

    async def change(
        self, template_id: int, name: str, body: str, *, by: Actor, expected_version: int | None = None
    ) -> Template:
        """The kind stays. Raises `NotFound`, `Stale`, `InvalidInput`."""
        async with self._store.transaction() as tx:
            template = await _own(tx, template_id, by)
            wanted = read_wanted(template.kind, name, body)
            _name_is_free(await tx.rooms.templates.of_user(by.user_id), wanted, template_id)
            changed = replace(template, name=wanted.name, body=wanted.body)
            return await self._save(tx, template, changed, expected_version)

    async def remove(self, template_id: int, *, by: Actor) -> Template:
        """It can be brought back for 30 days."""
        async with self._store.transaction() as tx:
            template = await _own(tx, template_id, by)
            return await self._save(tx, template, replace(template, removed_at=self._clock.now()), None)

    async def restore(self, template_id: int, *, by: Actor) -> Template:
        """Raises `InvalidInput` when another has taken its name meanwhile."""
        async with self._store.transaction() as tx:
            template = await _own(tx, template_id, by, removed=True)
            if template.removed_at is None:
                return template
            wanted = Wanted(template.kind, template.name, template.body)
            _name_is_free(await tx.rooms.templates.of_user(by.user_id), wanted, template_id)
            return await self._save(tx, template, replace(template, removed_at=None), None)

    async def preview(self, template_ids: Sequence[int], *, by: Actor, post_id: int | None = None) -> Preview:
        """What those templates would make of the post, or of an empty one; nothing is counted."""
        place = await self._place_of(by.user_id)
        async with self._store.transaction() as tx:
            layers = await _layers(tx, template_ids, by)
            if post_id is None:
                details = laid_over(Details(), layers, _example(self._clock.now().astimezone(place)))
            else:
                post = await self._desk.own(tx, post_id, by)
                details = laid_over(post.details, layers, await self._facts(tx, post, place))
        kept = stored_tags(details.tags)
        cleaned = dict.fromkeys(filter(None, (stored_tag(tag) for tag in details.tags)))
        return Preview(details, kept, tuple(cleaned)[TAGS_STORED:])

    async def apply(
        self, post_id: int, template_ids: Sequence[int], *, by: Actor, expected_version: int | None = None
    ) -> Post:
        """Lay them over the post, in order. Raises what editing raises."""
        place = await self._place_of(by.user_id)
        async with self._store.transaction() as tx:
            layers = await _layers(tx, template_ids, by)
            if not layers:
                raise InvalidInput({"templates": "Choose a template."})
            post = await self._desk.own(tx, post_id, by)
            post.expect_version(expected_version)
            now = self._clock.now()
            edited = post.edited({}, at=now)
            details = laid_over(post.details, layers, await self._facts(tx, post, place))
            changed = retitled(replace(edited, details=details), lead=self._lead)
            await tx.rooms.templates.count_use([layer.id for layer in layers], post_id=post.id)
            names = ", ".join(f"“{layer.name}”" for layer in layers)
            happened = Happened("post.edited", f"Filled in from {names}.", {"fields": ["tags", "description"]})
            return await write(tx, post, changed, happened, by=by, at=now)

    async def used(self, template_ids: Sequence[int], *, by: Actor, post_id: int) -> None:
        """Put into the post's form by hand: `{seq}` counts that as well."""
        async with self._store.transaction() as tx:
            layers = await _layers(tx, template_ids, by)
            await self._desk.own(tx, post_id, by)
            await tx.rooms.templates.count_use([layer.id for layer in layers], post_id=post_id)

    async def facts(self, tx: LibraryTransaction, post: Post) -> Facts:
        """What the variables stand for on *post*: for a comment that is posted later."""
        return await self._facts(tx, post, ZoneInfo(post.plan.time_zone) if post.plan else ZoneInfo("UTC"))

    async def of_door(self, door: str, door_id: int) -> tuple[int, ...]:
        """`door`: `key` or `channel`. Ids in the order they are laid over what arrives there."""
        async with self._store.transaction() as tx:
            return await tx.rooms.templates.of_door(door, door_id)

    async def use_at_door(self, door: str, door_id: int, template_ids: Sequence[int], *, by: Actor) -> None:
        """The caller has checked that the door is theirs."""
        async with self._store.transaction() as tx:
            layers = await _layers(tx, template_ids, by)
            await tx.rooms.templates.save_door(door, door_id, [layer.id for layer in layers])

    async def clean(self) -> None:
        async with self._store.transaction() as tx:
            await tx.rooms.templates.remove_old(before=self._clock.now() - REMOVED_KEPT)

    async def _facts(self, tx: LibraryTransaction, post: Post, place: ZoneInfo) -> Facts:
        account = await tx.accounts.get(post.account_id)
        moment = post.plan.due_local if post.plan else self._clock.now().astimezone(place)
        return facts_of(post.details, account, await tx.rooms.templates.arrived(post.id), moment)

    async def _save(
        self, tx: LibraryTransaction, before: Template, after: Template, expected_version: int | None
    ) -> Template:
        if expected_version is not None and expected_version != before.version:
            raise Stale(before.version)
        after = replace(after, version=before.version + 1, updated_at=self._clock.now())
        if not await tx.rooms.templates.save(after, expected_version=before.version):
            raise Stale(before.version)
        return after


def facts_of(details: Details, account: Account, arrived: Arrived, moment: datetime) -> Facts:
    made: Mapping[str, Any] = arrived.made if isinstance(arrived.made, dict) else {}
    return Facts(
        moment=moment,
        title=details.title,
        artist=account.username,
        part=arrived.part,
        parts=arrived.parts,
        model=str(made.get("model") or ""),
        seed=str(made.get("seed") or ""),
        prompt=str(made.get("prompt") or ""),
    )


@dataclass(frozen=True, slots=True)
class Layered:
    """What arriving pictures get from templates, and the names that are none."""

    layers: tuple[Template, ...] = ()
    unknown: tuple[str, ...] = ()


async def layers_for(
    tx: LibraryTransaction, user_id: int, names: Sequence[str], door: tuple[str, int] | None = None
) -> Layered:
    """Those of the door first, then those that the sender named."""
    templates = await tx.rooms.templates.of_user(user_id)
    ids = list(await tx.rooms.templates.of_door(*door)) if door else []
    by_name = {template.name.casefold(): template.id for template in templates}
    wanted = [" ".join(name.split()) for name in names if name.strip()]
    ids += [by_name[name.casefold()] for name in wanted if name.casefold() in by_name]
    unknown = tuple(name for name in wanted if name.casefold() not in by_name)
    return Layered(in_order(templates, ids), unknown)


def lay_on_arrival(
    details: Details,
    layered: Layered,
    account: Account,
    metadata: str | None,
    moment: datetime,
    *,
    part: int,
    parts: int,
) -> Details:
    """*details* of a picture that has just arrived, with its templates. What does not fit is left out."""
    made = json.loads(metadata) if metadata else None
    facts = facts_of(details, account, Arrived(part, parts, made), moment)
    try:
        return laid_over(details, layered.layers, facts)
    except InvalidInput:
        return details


def _example(moment: datetime) -> Facts:
    return Facts(moment, title="A quiet morning", artist="mira", model="sdxl", seed="1234", prompt="mist over a lake")


async def _layers(tx: LibraryTransaction, template_ids: Sequence[int], by: Actor) -> tuple[Template, ...]:
    layers = in_order(await tx.rooms.templates.of_user(by.user_id), template_ids)
    if len(layers) != len(set(template_ids)):
        raise NotFound("One of these templates does not exist any more.")
    return layers


async def _own(tx: LibraryTransaction, template_id: int, by: Actor, *, removed: bool = False) -> Template:
    found = await tx.rooms.templates.find(by.user_id, template_id, removed=removed)
    if found is None:
        raise NotFound("There is no such template.")
    return found


def _name_is_free(known: Sequence[Template], wanted: Wanted, but: int | None) -> None:
    if any(other.name.casefold() == wanted.name.casefold() and other.id != but for other in known):
        raise InvalidInput({"name": "Another template has this name."})
