"""Use cases: the sale queue. DeviantArt's API cannot set prices: a program on the site or a person does it.

An entry is on lease to one client at a time. The token changes with every lease, so that a client that was thought
dead can finish nothing.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound, WrongState
from core.exclusives import sale as moves
from core.exclusives.ports import SaleStore, SaleTransaction, Screenshot
from core.exclusives.sale import HAND_LEASE, LEASE, Sale, SaleStatus
from core.posts.desk import Happened, log

SCREENSHOT_KEPT = timedelta(days=30)
SCREENSHOT_MOST = 4 * 1024 * 1024
BULK_MOST = 200
_SIGNS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}

Decision = Callable[[Sale, datetime], Sale]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """One entry of a bulk change; `problem` is None when it worked."""

    sale_id: int
    problem: str | None


class Sales:
    def __init__(self, store: SaleStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def next(self, user_id: int, *, client_id: str, lease: timedelta = LEASE) -> Sale | None:
        """Lease the oldest waiting entry to *client_id*; None when there is none."""
        if len(client_id) > moves.CLIENT_KEPT or not client_id.isprintable():
            raise InvalidInput({"client_id": f"A client’s name has at most {moves.CLIENT_KEPT} characters."})
        async with self._store.transaction() as tx:
            now = self._clock.now()
            await self._bring_back(tx, now, user_id)
            waiting = await tx.rooms.sales.next_pending(user_id)
            if waiting is None:
                return None
            return await self._lease(tx, waiting, client_id, lease, now)

    async def take(self, sale_id: int, *, by: Actor) -> Sale:
        """For the sale helper: lease that entry to this person."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            await self._bring_back(tx, now, by.user_id)
            sale = await _own(tx, sale_id, by.user_id)
            if sale.status is not SaleStatus.PENDING:
                raise WrongState("Somebody is working on this one, or it is done.")
            if sale.deviation_url is None:
                raise WrongState("Its link on DeviantArt is not known yet. It comes up when it is.")
            return await self._lease(tx, sale, hand(by), HAND_LEASE, now)

    async def take_next(self, *, by: Actor) -> Sale | None:
        """The helper's next: what this person holds already, else the oldest waiting."""
        async with self._store.transaction() as tx:
            held = await tx.rooms.sales.held_by(by.user_id, hand(by))
            now = self._clock.now()
            if held is not None and held.lease_expires_at is not None and held.lease_expires_at > now:
                longer = moves.extended(held, held.lease_token or "", now=now, lease=HAND_LEASE)
                await tx.rooms.sales.save(longer, expected=held.status, lease_token=held.lease_token)
                return longer
        return await self.next(by.user_id, client_id=hand(by), lease=HAND_LEASE)

    async def heartbeat(self, sale_id: int, lease_token: str, *, user_id: int) -> Sale:
        """Raises `WrongState` for a lease that is over, `NotFound`."""

        def longer(sale: Sale, now: datetime) -> Sale:
            lease = HAND_LEASE if (sale.client_id or "").startswith("hand:") else LEASE
            return moves.extended(sale, lease_token, now=now, lease=lease)

        return await self._change(sale_id, user_id, longer)

    async def complete(self, sale_id: int, lease_token: str, *, user_id: int) -> Sale:
        return await self._change(
            sale_id,
            user_id,
            lambda sale, now: moves.completed(sale, lease_token, now=now),
            said="On sale for {price}.",
        )

    async def fail(self, sale_id: int, lease_token: str, message: str, *, user_id: int) -> Sale:
        return await self._change(
            sale_id,
            user_id,
            lambda sale, now: moves.failed(sale, lease_token, message, now=now),
            said="Could not be put on sale: {message}",
        )

    async def give_back(self, sale_id: int, lease_token: str, *, user_id: int) -> Sale:
        return await self._change(sale_id, user_id, lambda sale, now: moves.released(sale, lease_token, now=now))

    async def skip(self, sale_id: int, *, by: Actor) -> Sale:
        return await self._change(
            sale_id, by.user_id, lambda sale, now: moves.skipped(sale, now=now), said="Not put on sale."
        )

    async def queue_again(self, sale_id: int, *, by: Actor) -> Sale:
        return await self._change(sale_id, by.user_id, lambda sale, now: moves.queued_again(sale, now=now))

    async def each(self, sale_ids: Sequence[int], what: str, *, by: Actor) -> tuple[BulkResult, ...]:
        """`skip` or `again` for many: a result for each."""
        if what not in ("skip", "again") or not 1 <= len(sale_ids) <= BULK_MOST:
            raise InvalidInput({"ids": f"Select between 1 and {BULK_MOST} entries."})
        change = self.skip if what == "skip" else self.queue_again
        results = []
        for sale_id in dict.fromkeys(sale_ids):
            try:
                await change(sale_id, by=by)
                results.append(BulkResult(sale_id, None))
            except (WrongState, NotFound) as error:
                results.append(BulkResult(sale_id, error.sentence))
        return tuple(results)

    async def keep_screenshot(self, sale_id: int, lease_token: str, content: bytes, *, user_id: int) -> Sale:
        """What the client saw: PNG, JPEG or WebP by content, at most 4 MB, the last one only."""
        mime = picture_kind(content)
        if mime is None or not 0 < len(content) <= SCREENSHOT_MOST:
            raise InvalidInput({"file": "A screenshot is a PNG, JPEG or WebP of at most 4 MB."})
        async with self._store.transaction() as tx:
            sale = await _own(tx, sale_id, user_id)
            sale.holds(lease_token)
            await tx.rooms.sales.save_screenshot(sale_id, Screenshot(mime, content, self._clock.now()))
            return sale

    async def recover(self) -> int:
        """Bring back what dead clients left; how many entries that were."""
        async with self._store.transaction() as tx:
            return await self._bring_back(tx, self._clock.now(), None)

    async def clean(self) -> None:
        async with self._store.transaction() as tx:
            await tx.rooms.sales.remove_screenshots(before=self._clock.now() - SCREENSHOT_KEPT)

    async def _lease(self, tx: SaleTransaction, sale: Sale, client_id: str, lease: timedelta, now: datetime) -> Sale:
        token = secrets.token_urlsafe(24)
        leased = moves.taken(sale, client_id=client_id, lease_token=token, now=now, lease=lease)
        await tx.rooms.sales.save(leased, expected=sale.status, lease_token=None)
        return leased

    async def _change(self, sale_id: int, user_id: int, decide: Decision, *, said: str = "") -> Sale:
        async with self._store.transaction() as tx:
            sale = await _own(tx, sale_id, user_id)
            now = self._clock.now()
            if sale.lease_expires_at is not None and sale.lease_expires_at <= now:
                sale = await self._put_back(tx, sale, now)
            changed = decide(sale, now)
            await tx.rooms.sales.save(changed, expected=sale.status, lease_token=sale.lease_token)
            if said:
                text = said.format(price=changed.price, message=changed.error_message)
                happened = Happened(f"sale.{changed.status}", text, {"sale_id": sale_id})
                await log(tx, await tx.posts.get(sale.post_id), happened, by=None, at=now)
            return changed

    async def _bring_back(self, tx: SaleTransaction, now: datetime, user_id: int | None) -> int:
        dead = await tx.rooms.sales.expired(now=now, user_id=user_id)
        for sale in dead:
            await self._put_back(tx, sale, now)
        return len(dead)

    async def _put_back(self, tx: SaleTransaction, sale: Sale, now: datetime) -> Sale:
        back = moves.expired(sale, now=now)
        await tx.rooms.sales.save(back, expected=sale.status, lease_token=sale.lease_token)
        return back


def hand(by: Actor) -> str:
    """The client id of a person at the sale helper."""
    return f"hand:{by.user_id}"


def picture_kind(content: bytes) -> str | None:
    """By content, never by name."""
    for sign, mime in _SIGNS.items():
        if content.startswith(sign):
            return mime
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


async def _own(tx: SaleTransaction, sale_id: int, user_id: int) -> Sale:
    sale = await tx.rooms.sales.get(sale_id)
    if sale.user_id != user_id:
        raise NotFound("There is no such entry.")
    return sale
