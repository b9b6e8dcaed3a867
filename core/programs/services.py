"""Everything for programs in one hand: the composition root fills it in, `web/` uses it."""

from dataclasses import dataclass

from core.clock import Clock
from core.programs.calls import Calls
from core.programs.exporting import Exports
from core.programs.importing import Imports
from core.programs.instance import ProgramSettings
from core.programs.key_care import KeyCare
from core.programs.key_pace import KeyPace
from core.programs.settings_file.desk import SettingsFiles
from core.programs.watching import Watcher
from core.webhooks.dispatcher import Dispatcher
from core.webhooks.webhooks import Webhooks

WRITES_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Programs:
    clock: Clock
    webhooks: Webhooks
    dispatcher: Dispatcher
    key_care: KeyCare
    pace: KeyPace
    calls: Calls
    imports: Imports
    exports: Exports
    watcher: Watcher
    settings: ProgramSettings
    settings_files: SettingsFiles

    async def run(self) -> None:
        """Write down, now and then, what keys did and how much of their minute they used."""
        await self.pace.load()
        while True:
            await self.clock.sleep(WRITES_EVERY_SECONDS)
            await self.save()

    async def save(self) -> None:
        await self.pace.save()
        await self.calls.save()
