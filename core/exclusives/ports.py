"""What the sale room keeps."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.exclusives.price import Money, Preset, WantedPreset
from core.exclusives.sale import Sale, SaleStatus
from core.ports import Transaction


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall happen once a post is published."""

    price_preset_id: int | None = None
    comment_template_id: int | None = None


@dataclass(frozen=True, slots=True)
class Screenshot:
    mime: str
    content: bytes
    taken_at: datetime


class PresetRows(Protocol):
    async def of_user(self, user_id: int, *, archived: bool = False) -> tuple[Preset, ...]:
        """The default first, then by name; the archived ones too when asked."""
        ...

    async def find(self, user_id: int, preset_id: int) -> Preset | None: ...

    async def add(self, user_id: int, wanted: WantedPreset, *, is_default: bool, at: datetime) -> Preset: ...

    async def save(self, preset: Preset, *, at: datetime) -> None: ...

    async def clear_default(self, user_id: int) -> None: ...


class WishRows(Protocol):
    async def get(self, post_id: int) -> Wish: ...

    async def save(self, post_id: int, wish: Wish) -> None: ...


class SaleRows(Protocol):
    async def get(self, sale_id: int) -> Sale:
        """Raises `NotFound`."""
        ...

    async def of_publication(self, publication_id: int) -> Sale | None: ...

    async def next_pending(self, user_id: int) -> Sale | None:
        """The oldest one whose link is known."""
        ...

    async def held_by(self, user_id: int, client_id: str) -> Sale | None:
        """What this client has on lease."""
        ...

    async def expired(self, *, now: datetime, user_id: int | None = None) -> tuple[Sale, ...]: ...

    async def add(
        self,
        *,
        user_id: int,
        post_id: int,
        publication_id: int,
        preset_id: int | None,
        price: Money,
        at: datetime,
    ) -> Sale: ...

    async def save(self, sale: Sale, *, expected: SaleStatus, lease_token: str | None) -> None:
        """`WHERE id AND status AND lease_token`: raises `WrongState` when no row is that."""
        ...

    async def save_screenshot(self, sale_id: int, screenshot: Screenshot) -> None: ...

    async def remove_screenshots(self, *, before: datetime) -> None: ...


class SaleRoom(Protocol):
    @property
    def presets(self) -> PresetRows: ...
    @property
    def wishes(self) -> WishRows: ...
    @property
    def sales(self) -> SaleRows: ...


class SaleTransaction(Transaction, Protocol):
    @property
    def rooms(self) -> SaleRoom: ...


class SaleStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[SaleTransaction]: ...


@dataclass(frozen=True, slots=True)
class SalePage:
    """Newest first; `counts` by status, over everything."""

    sales: tuple[Sale, ...]
    next_cursor: str | None
    counts: dict[str, int]


class SaleReads(Protocol):
    async def presets(self, user_id: int, *, archived: bool = False) -> Sequence[Preset]: ...

    async def sales(self, user_id: int, *, status: SaleStatus | None, cursor: str | None, limit: int) -> SalePage: ...

    async def sale(self, user_id: int, sale_id: int) -> Sale:
        """Raises `NotFound`, also for other people's."""
        ...

    async def wish(self, post_id: int) -> Wish: ...

    async def screenshot(self, user_id: int, sale_id: int) -> Screenshot | None: ...
