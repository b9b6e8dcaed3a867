"""From the event log to the receivers: writes deliveries, sends what is due, learns from what comes of it.

Writing is one transaction with the position in the log, so every event becomes exactly one delivery a webhook.
Sending may repeat (the answer can be lost); the message id stays the same, and receivers know a repeat by it.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from core.bus import Bus
from core.clock import Clock
from core.errors import NotFound
from core.events import Event
from core.ports import Reads
from core.posts.post import Post
from core.programs.settings import ALLOW_PRIVATE
from core.webhooks.envelope import body_of, headers_of, kind_of, message_id
from core.webhooks.ports import HookSender, WebhookStore, WebhookTransaction
from core.webhooks.webhook import Delivery, DeliveryState, Outcome, Webhook, next_attempt, why_disable

logger = logging.getLogger(__name__)
CONSUMER = "webhooks"
AT_ONCE = 8  # webhooks called side by side
EVENTS_A_TURN = 200
IDLE = timedelta(minutes=1)
KEPT = timedelta(days=30)


class Dispatcher:
    def __init__(
        self,
        store: WebhookStore,
        reads: Reads,
        sender: HookSender,
        bus: Bus,
        clock: Clock,
        random: Random,
        *,
        public_url: str,
    ) -> None:
        self._store = store
        self._reads = reads
        self._sender = sender
        self._clock = clock
        self._random = random
        self._public_url = public_url
        self._bell = asyncio.Event()
        bus.listen(lambda events: self.wake())

    def wake(self) -> None:
        self._bell.set()

    async def run(self) -> None:
        while True:
            self._bell.clear()
            while await self.write_deliveries():
                pass
            while await self.send_due():
                pass
            await self._wait()

    async def write_deliveries(self) -> int:
        """Deliveries for the next events of the log; the number of events read."""
        async with self._store.transaction() as tx:
            webhooks = await tx.webhooks.enabled()
            if not webhooks:
                return 0
            # While nobody listened the position stood still; nothing before the first listener is anybody's to hear.
            first = min(webhook.from_event_id for webhook in webhooks)
            position = max(await tx.instance.position(CONSUMER), first)
            events = await tx.webhooks.events_after(position, limit=EVENTS_A_TURN)
            for event in events:
                await self._write(tx, event, webhooks)
            if events:
                await tx.instance.save_position(CONSUMER, events[-1].id)
        return len(events)

    async def _write(self, tx: WebhookTransaction, event: Event, webhooks: tuple[Webhook, ...]) -> None:
        kind = kind_of(event)
        listening = [
            webhook
            for webhook in webhooks
            if kind in webhook.kinds and webhook.user_id == event.user_id and event.id > webhook.from_event_id
        ]
        if kind is None or not listening:
            return
        body = body_of(kind, event, await _post(tx, event), public_url=self._public_url)
        now = self._clock.now()
        for webhook in listening:
            await tx.webhooks.add_delivery(
                Delivery(
                    id=0,
                    webhook_id=webhook.id,
                    message_id=message_id(event.id, webhook.id),
                    kind=kind,
                    body=body,
                    state=DeliveryState.WAITING,
                    created_at=now,
                    event_id=event.id,
                    post_id=event.post_id,
                    next_at=now,
                )
            )

    async def send_due(self) -> int:
        """Try what is due now, one of each webhook; the number of deliveries tried."""
        async with self._store.transaction() as tx:
            due = await tx.webhooks.due(now=self._clock.now(), limit=AT_ONCE)
            webhooks = {one.webhook_id: await tx.webhooks.get(one.webhook_id) for one in due}
            private_allowed = bool(await tx.instance.get(ALLOW_PRIVATE))
        async with asyncio.TaskGroup() as group:
            for delivery in due:
                webhook = webhooks[delivery.webhook_id]
                if webhook is not None:
                    group.create_task(self._attempt(webhook, delivery, private_allowed=private_allowed))
        return len(due)

    async def _attempt(self, webhook: Webhook, delivery: Delivery, *, private_allowed: bool) -> None:
        now = self._clock.now()
        if webhook.secret:
            headers = headers_of(webhook.secrets_at(now), message=delivery.message_id, at=now, body=delivery.body)
            outcome = await self._sender.send(webhook.url, headers, delivery.body, private_allowed=private_allowed)
        else:
            outcome = Outcome(None, "Its secret does not open with the key of this instance: make a new one.")
        logger.info(
            "webhook called",
            extra={"webhook_id": webhook.id, "delivery_id": delivery.id, "status": outcome.status},
        )
        await self._settle(delivery, outcome)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            webhook = await tx.webhooks.get(delivery.webhook_id)
            current = await tx.webhooks.delivery(delivery.id)
            if webhook is None or current is None or current.attempts != delivery.attempts:
                return  # deleted or replayed while the call was out
            tried = tried_delivery(current, outcome, now=now, jitter=self._random.random())
            await tx.webhooks.save_delivery(tried)
            await self._learn(tx, webhook, tried, outcome, now)

    async def _learn(
        self, tx: WebhookTransaction, webhook: Webhook, tried: Delivery, outcome: Outcome, now: datetime
    ) -> None:
        if outcome.is_success:
            if webhook.failing_since is not None:
                await tx.webhooks.save(replace(webhook, failing_since=None))
            return
        webhook = replace(webhook, failing_since=webhook.failing_since or now)
        why = why_disable(webhook, tried, outcome) if webhook.is_enabled else None
        if why is not None:
            webhook = replace(webhook, disabled_at=now, disabled_why=why)
            await tx.webhooks.give_up_waiting(webhook.id, error="The webhook was switched off.")
            name = webhook.name or webhook.url
            await tx.events.add(
                Event(
                    kind="webhook.disabled",
                    text=f"The webhook “{name[:80]}” was switched off. {why}",
                    at=now,
                    user_id=webhook.user_id,
                    data={"webhook_id": webhook.id},
                )
            )
        await tx.webhooks.save(webhook)

    async def clean(self) -> None:
        """Deliveries are kept for 30 days."""
        async with self._store.transaction() as tx:
            await tx.webhooks.remove_deliveries(before=self._clock.now() - KEPT)

    async def _wait(self) -> None:
        async with self._store.transaction() as tx:
            due = await tx.webhooks.next_at()
        wait = IDLE if due is None else min(max(due - self._clock.now(), timedelta()), IDLE)
        sleeping = asyncio.ensure_future(self._clock.sleep(wait.total_seconds()))
        ringing = asyncio.ensure_future(self._bell.wait())
        try:
            await asyncio.wait([sleeping, ringing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            ringing.cancel()


def tried_delivery(delivery: Delivery, outcome: Outcome, *, now: datetime, jitter: float) -> Delivery:
    """As it stands after one more attempt."""
    again = None if outcome.is_success else next_attempt(delivery, outcome, now=now, jitter=jitter)
    if outcome.is_success:
        state = DeliveryState.DELIVERED
    else:
        state = DeliveryState.GIVEN_UP if again is None else DeliveryState.WAITING
    return replace(
        delivery,
        state=state,
        attempts=delivery.attempts + 1,
        next_at=again,
        tried_at=now,
        status=outcome.status,
        error=outcome.sentence,
        answer=outcome.answer,
        took_ms=outcome.took_ms,
    )


async def _post(tx: WebhookTransaction, event: Event) -> Post | None:
    try:
        return await tx.posts.get(event.post_id or 0)
    except NotFound:
        return None
