"""What a settings file is read from and written into."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from core.exclusives.ports import PresetRows
from core.inspiration.ports import KeepRows
from core.library.ports import FolderRows, TemplateRows
from core.planning.ports import PlanningRows
from core.ports import Transaction
from core.users import PeopleRows
from core.webhooks.ports import WebhookRows

CHANNEL_DOOR = "channel"  # what templates call Discord's drop channels


class DropChannelsOf(Protocol):
    async def __call__(self, user_id: int) -> Sequence[int]:
        """Discord's numbers of the channels whose pictures become that person's posts."""
        ...


class SettingsRooms(Protocol):
    @property
    def templates(self) -> TemplateRows: ...
    @property
    def presets(self) -> PresetRows: ...
    @property
    def folders(self) -> FolderRows: ...
    @property
    def keeps(self) -> KeepRows: ...


class SettingsTransaction(Transaction, Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def planning(self) -> PlanningRows: ...
    @property
    def rooms(self) -> SettingsRooms: ...
    @property
    def webhooks(self) -> WebhookRows: ...


class SettingsStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[SettingsTransaction]: ...
