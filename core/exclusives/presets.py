"""Use cases: price presets, and which of them a post is to be sold with."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound, WrongState
from core.exclusives.ports import SaleStore, SaleTransaction
from core.exclusives.price import Preset, WantedPreset, read_preset
from core.posts.desk import Desk, Happened, write
from core.posts.post import Post, PostStatus
from core.publishing.publication import PublicationState
from core.publishing.queueing import retitled

PRESETS_EACH = 50
# What is for sale is shown large and marked, and never given away (product, 5).
SALE_RESOLUTION = 1920


class Presets:
    """`lead`: how early an upload may start, for posts that are on the schedule."""

    def __init__(self, store: SaleStore, desk: Desk, clock: Clock, *, lead: timedelta) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._lead = lead

    async def create(self, name: str, currency: str, lowest: str, highest: str = "", *, by: Actor) -> Preset:
        """The first one becomes the default. Raises `InvalidInput` naming each bad field."""
        wanted = read_preset(name, currency, lowest, highest)
        async with self._store.transaction() as tx:
            known = await tx.rooms.presets.of_user(by.user_id)
            if len(known) >= PRESETS_EACH:
                raise InvalidInput({"name": f"There are {PRESETS_EACH} presets already; archive one first."})
            _name_is_free(known, wanted, None)
            return await tx.rooms.presets.add(by.user_id, wanted, is_default=not known, at=self._clock.now())

    async def change(
        self, preset_id: int, name: str, currency: str, lowest: str, highest: str = "", *, by: Actor
    ) -> Preset:
        """Entries in the queue keep the price they were added with."""
        wanted = read_preset(name, currency, lowest, highest)
        async with self._store.transaction() as tx:
            preset = await _own(tx, preset_id, by)
            _name_is_free(await tx.rooms.presets.of_user(by.user_id), wanted, preset_id)
            changed = replace(
                preset, name=wanted.name, currency=wanted.currency, lowest=wanted.lowest, highest=wanted.highest
            )
            await tx.rooms.presets.save(changed, at=self._clock.now())
            return changed

    async def make_default(self, preset_id: int, *, by: Actor) -> Preset:
        async with self._store.transaction() as tx:
            preset = await _own(tx, preset_id, by)
            if preset.archived_at is not None:
                raise WrongState("An archived preset cannot be the default.")
            await tx.rooms.presets.clear_default(by.user_id)
            await tx.rooms.presets.save(replace(preset, is_default=True), at=self._clock.now())
            return replace(preset, is_default=True)

    async def archive(self, preset_id: int, *, by: Actor) -> Preset:
        """Never deleted: entries and posts refer to it. What was to be sold with it still is."""
        async with self._store.transaction() as tx:
            preset = await _own(tx, preset_id, by)
            archived = replace(preset, is_default=False, archived_at=preset.archived_at or self._clock.now())
            await tx.rooms.presets.save(archived, at=self._clock.now())
            return archived

    async def restore(self, preset_id: int, *, by: Actor) -> Preset:
        async with self._store.transaction() as tx:
            preset = await _own(tx, preset_id, by)
            wanted = WantedPreset(preset.name, preset.currency, preset.lowest, preset.highest)
            _name_is_free(await tx.rooms.presets.of_user(by.user_id), wanted, preset_id)
            back = replace(preset, archived_at=None)
            await tx.rooms.presets.save(back, at=self._clock.now())
            return back

    async def offer(self, post_id: int, preset_id: int | None, *, by: Actor) -> Post:
        """Put the post on sale with that preset once it is published; None takes that back.

        Sets the fields that go with it: largest size 1920, watermark, no free download. What is published
        already gets its entry at once.
        """
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            # Whose account it is, theirs are the prices.
            owner = replace(by, user_id=post.user_id)
            preset = await _own(tx, preset_id, owner) if preset_id is not None else None
            wish = await tx.rooms.wishes.get(post_id)
            await tx.rooms.wishes.save(post_id, replace(wish, price_preset_id=preset_id))
            now = self._clock.now()
            if preset is None:
                happened = Happened("post.offered", "No longer to be put on sale.")
                return await write(tx, post, post, happened, by=by, at=now)
            happened = Happened("post.offered", f"To be put on sale: “{preset.name}”, {preset.words}.")
            if post.status is PostStatus.PUBLISHED:
                await enqueue(tx, post, preset, at=now)
                return await write(tx, post, post, happened, by=by, at=now)
            edited = post.edited({}, at=now)
            details = edited.details.but(
                display_resolution=SALE_RESOLUTION,
                add_watermark=True,
                allow_free_download=False,
            )
            return await write(
                tx, post, retitled(replace(edited, details=details), lead=self._lead), happened, by=by, at=now
            )


async def enqueue(tx: SaleTransaction, post: Post, preset: Preset, *, at: datetime) -> int:
    """An entry for each of the post's public pictures that has none; how many were added."""
    added = 0
    for publication in post.publications:
        is_public = publication.state is PublicationState.PUBLISHED and not post.details.stash_only
        if is_public and await tx.rooms.sales.of_publication(publication.id) is None:
            await tx.rooms.sales.add(
                user_id=post.user_id,
                post_id=post.id,
                publication_id=publication.id,
                preset_id=preset.id,
                price=preset.price_for(publication.id),
                at=at,
            )
            added += 1
    return added


async def _own(tx: SaleTransaction, preset_id: int, by: Actor) -> Preset:
    found = await tx.rooms.presets.find(by.user_id, preset_id)
    if found is None:
        raise NotFound("There is no such price preset.")
    return found


def _name_is_free(known: tuple[Preset, ...], wanted: WantedPreset, but: int | None) -> None:
    if any(other.name.casefold() == wanted.name.casefold() and other.id != but for other in known):
        raise InvalidInput({"name": "Another preset has this name."})
