"""Use cases: a person's webhooks are made, changed, tried out and read about."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from core.clock import Clock
from core.errors import InvalidInput, NotFound, WrongState
from core.programs.settings import ALLOW_PRIVATE
from core.webhooks.addresses import read_url
from core.webhooks.envelope import TEST_KIND, new_secret, read_kinds, trial_body
from core.webhooks.ports import WebhookReads, WebhookStore, WebhookTransaction
from core.webhooks.webhook import Delivery, DeliveryState, Webhook

WEBHOOKS_EACH = 20
NAME_KEPT = 80
SECRET_OVERLAP = timedelta(days=1)
OFF_BY_OWNER = "Switched off by its owner."


class Webhooks:
    """`wake` is called after a delivery was written, so that it leaves at once."""

    def __init__(self, store: WebhookStore, reads: WebhookReads, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self.wake: Callable[[], None] = lambda: None

    async def of(self, user_id: int) -> Sequence[Webhook]:
        return await self._reads.webhooks(user_id)

    async def get(self, user_id: int, webhook_id: int) -> Webhook:
        """Without its secret. Raises `NotFound`."""
        found = next((one for one in await self.of(user_id) if one.id == webhook_id), None)
        if found is None:
            raise NotFound("There is no such webhook.")
        return found

    async def create(self, user_id: int, *, url: str, kinds: Sequence[str] = (), name: str = "") -> Webhook:
        """With its secret, which nobody is shown again. Hears of what happens from now on."""
        wanted = read_kinds(kinds)
        async with self._store.transaction() as tx:
            address = read_url(url, private_allowed=await _private_allowed(tx))
            if len(await tx.webhooks.of_user(user_id)) >= WEBHOOKS_EACH:
                raise InvalidInput({"url": f"There are {WEBHOOKS_EACH} webhooks already; delete one first."})
            return await tx.webhooks.add(
                Webhook(
                    id=0,
                    user_id=user_id,
                    name=read_name(name),
                    url=address,
                    kinds=wanted,
                    created_at=self._clock.now(),
                    from_event_id=await tx.webhooks.last_event_id(),
                    secret=new_secret(),
                )
            )

    async def change(
        self,
        user_id: int,
        webhook_id: int,
        *,
        url: str | None = None,
        kinds: Sequence[str] | None = None,
        name: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """What is None stays. Enabling starts afresh: what happened meanwhile is not sent."""
        async with self._store.transaction() as tx:
            webhook = await _own(tx, user_id, webhook_id)
            if url is not None:
                webhook = replace(webhook, url=read_url(url, private_allowed=await _private_allowed(tx)))
            if kinds is not None:
                webhook = replace(webhook, kinds=read_kinds(kinds))
            if name is not None:
                webhook = replace(webhook, name=read_name(name))
            if enabled is False and webhook.is_enabled:
                webhook = replace(webhook, disabled_at=self._clock.now(), disabled_why=OFF_BY_OWNER)
                await tx.webhooks.give_up_waiting(webhook.id, error="The webhook was switched off.")
            if enabled and not webhook.is_enabled:
                webhook = replace(
                    webhook,
                    disabled_at=None,
                    disabled_why=None,
                    failing_since=None,
                    from_event_id=await tx.webhooks.last_event_id(),
                )
            await tx.webhooks.save(webhook)
        return webhook

    async def rotate_secret(self, user_id: int, webhook_id: int) -> Webhook:
        """A new secret; the old one signs beside it for a day."""
        async with self._store.transaction() as tx:
            webhook = await _own(tx, user_id, webhook_id)
            webhook = replace(
                webhook,
                old_secret=webhook.secret,
                old_until=self._clock.now() + SECRET_OVERLAP,
                secret=new_secret(),
            )
            await tx.webhooks.save(webhook)
        return webhook

    async def delete(self, user_id: int, webhook_id: int) -> None:
        async with self._store.transaction() as tx:
            webhook = await _own(tx, user_id, webhook_id)
            await tx.webhooks.delete(webhook.id)

    async def try_out(self, user_id: int, webhook_id: int) -> Delivery:
        """Send a test message; its delivery tells what came of it. Raises `WrongState` when it is off."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            webhook = await _own(tx, user_id, webhook_id)
            _expect_enabled(webhook)
            delivery = await tx.webhooks.add_delivery(
                Delivery(
                    id=0,
                    webhook_id=webhook.id,
                    message_id=f"msg_test_{webhook.id}_{int(now.timestamp() * 1000)}",
                    kind=TEST_KIND,
                    body=trial_body(now),
                    state=DeliveryState.WAITING,
                    created_at=now,
                    next_at=now,
                )
            )
        self.wake()
        return delivery

    async def replay(self, user_id: int, webhook_id: int, delivery_id: int) -> Delivery:
        """Send it once more, the same message id and body. Raises `NotFound`, `WrongState`."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            webhook = await _own(tx, user_id, webhook_id)
            _expect_enabled(webhook)
            delivery = await tx.webhooks.delivery(delivery_id)
            if delivery is None or delivery.webhook_id != webhook.id:
                raise NotFound("There is no such delivery.")
            again = replace(delivery, state=DeliveryState.WAITING, attempts=0, next_at=now, created_at=now)
            await tx.webhooks.save_delivery(again)
        self.wake()
        return again

    async def deliveries(self, user_id: int, webhook_id: int, *, before: int | None = None) -> Sequence[Delivery]:
        await self.get(user_id, webhook_id)
        return await self._reads.deliveries(webhook_id, user_id=user_id, before=before)


async def _own(tx: WebhookTransaction, user_id: int, webhook_id: int) -> Webhook:
    webhook = await tx.webhooks.get(webhook_id)
    if webhook is None or webhook.user_id != user_id:
        raise NotFound("There is no such webhook.")
    return webhook


def _expect_enabled(webhook: Webhook) -> None:
    if not webhook.is_enabled:
        raise WrongState("This webhook is switched off. Switch it on first.")


async def _private_allowed(tx: WebhookTransaction) -> bool:
    return bool(await tx.instance.get(ALLOW_PRIVATE))


def read_name(given: str) -> str:
    name = " ".join(given.split())
    if len(name) > NAME_KEPT:
        raise InvalidInput({"name": f"A name has at most {NAME_KEPT} characters."})
    return name
