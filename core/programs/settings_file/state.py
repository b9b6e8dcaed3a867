"""What a person has set, read at one moment, and what its parts are called; pure.

In a settings file everything goes by its name, for numbers mean nothing on another instance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from core.account import Account
from core.deviantart import GalleryFolder
from core.exclusives.price import Preset
from core.inspiration.works import Shown
from core.library.folder_order import tree
from core.library.template import Template, TemplateKind
from core.planning.automation import Automation
from core.planning.ports import AccountPlanning, NamedHoliday, Series
from core.users import User
from core.webhooks.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Names:
    """Ids by names, whatever their case. `folders`: by account, then by path: “Characters / Dragons”."""

    accounts: Mapping[str, int]
    templates: Mapping[str, tuple[TemplateKind, int]]
    presets: Mapping[str, int]
    folders: Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class DropChannel:
    """A channel of Discord by its number there, with the names of the templates that its pictures get."""

    channel_id: int
    templates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A list of works seen elsewhere, newest first."""

    id: int
    name: str
    works: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class State:
    """All of it is the person's own: what others share with them is set by those. `presets`: archived ones too."""

    user: User
    at: datetime
    accounts: tuple[Account, ...] = ()
    planning: Mapping[int, AccountPlanning] = field(default_factory=dict)
    folders: Mapping[int, Sequence[GalleryFolder]] = field(default_factory=dict)
    templates: tuple[Template, ...] = ()
    presets: tuple[Preset, ...] = ()
    holidays: tuple[NamedHoliday, ...] = ()
    series: tuple[Series, ...] = ()
    automations: tuple[Automation, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    drop_channels: tuple[DropChannel, ...] = ()
    keep_lists: tuple[Kept, ...] = ()
    private_hooks: bool = False

    @cached_property
    def live_presets(self) -> tuple[Preset, ...]:
        return tuple(one for one in self.presets if one.archived_at is None)

    @cached_property
    def names(self) -> Names:
        return Names(
            accounts={one.username.casefold(): one.id for one in self.accounts},
            templates={one.name.casefold(): (one.kind, one.id) for one in self.templates},
            # Automations may still sell with an archived one; a live one of the same name comes first.
            presets={one.name.casefold(): one.id for one in (*self.presets, *self.live_presets)},
            folders={
                number: {path.casefold(): folder_id for folder_id, path in paths.items()}
                for number, paths in self.folder_paths.items()
            },
        )

    @cached_property
    def folder_paths(self) -> Mapping[int, Mapping[str, str]]:
        """By account: what each folder is called, by its id."""
        return {number: _paths(folders) for number, folders in self.folders.items()}


def _paths(folders: Sequence[GalleryFolder]) -> dict[str, str]:
    found = {}
    for branch in tree(folders):
        found[branch.folder.folder_id] = branch.folder.name
        found |= {child.folder_id: f"{branch.folder.name} / {child.name}" for child in branch.children}
    return found
