"""What webhooks ask of the database and of the network."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from core.events import Event
from core.ports import Transaction
from core.webhooks.webhook import Delivery, Outcome, Webhook


class WebhookRows(Protocol):
    async def add(self, webhook: Webhook) -> Webhook:
        """Insert; `webhook.id` is ignored."""
        ...

    async def get(self, webhook_id: int) -> Webhook | None: ...

    async def of_user(self, user_id: int) -> tuple[Webhook, ...]: ...

    async def enabled(self) -> tuple[Webhook, ...]: ...

    async def save(self, webhook: Webhook) -> None: ...

    async def delete(self, webhook_id: int) -> None:
        """With its deliveries."""
        ...

    async def add_delivery(self, delivery: Delivery) -> Delivery:
        """Insert; `delivery.id` is ignored. One that has the same message id is left as it is."""
        ...

    async def delivery(self, delivery_id: int) -> Delivery | None: ...

    async def save_delivery(self, delivery: Delivery) -> None: ...

    async def due(self, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """What may go out now, one of each webhook at most, never past an older one of the same post."""
        ...

    async def next_at(self) -> datetime | None:
        """When the next delivery is due, blocked ones apart."""
        ...

    async def give_up_waiting(self, webhook_id: int, *, error: str) -> None: ...

    async def last_event_id(self) -> int: ...

    async def events_after(self, event_id: int, *, limit: int) -> tuple[Event, ...]:
        """Everybody's, oldest first."""
        ...

    async def remove_deliveries(self, *, before: datetime) -> int: ...


class WebhookTransaction(Transaction, Protocol):
    @property
    def webhooks(self) -> WebhookRows: ...


class WebhookStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[WebhookTransaction]: ...


class WebhookReads(Protocol):
    async def deliveries(
        self, webhook_id: int, *, user_id: int, before: int | None = None, limit: int = 50
    ) -> tuple[Delivery, ...]:
        """Newest first."""
        ...

    async def webhooks(self, user_id: int) -> tuple[Webhook, ...]:
        """Without their secrets."""
        ...


class HookSender(Protocol):
    async def send(self, url: str, headers: Mapping[str, str], body: str, *, private_allowed: bool) -> Outcome:
        """POST once, never redirected, bounded in time and size. Raises nothing: the outcome says what happened."""
        ...
