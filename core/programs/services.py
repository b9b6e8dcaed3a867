"""Everything for programs in one hand: the composition root fills it in, `web/` uses it."""

from dataclasses import dataclass

from core.programs.calls import Calls
from core.programs.exporting import Exports
from core.programs.importing import Imports
from core.programs.instance import ProgramSettings
from core.programs.key_care import KeyCare
from core.programs.key_pace import KeyPace
from core.programs.watching import Watcher
from core.webhooks.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Programs:
    webhooks: Webhooks
    key_care: KeyCare
    pace: KeyPace
    calls: Calls
    imports: Imports
    exports: Exports
    watcher: Watcher
    settings: ProgramSettings
