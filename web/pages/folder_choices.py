"""The folders of an account to choose from, as `macros/folders.html` shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.library.folder_order import Branch
from web.keys import ROOMS
from web.pages.visit import Visit


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """`name` says where it is: “Characters / Dragons”."""

    id: str
    name: str
    chosen: bool
    recent: bool


@dataclass(frozen=True, slots=True)
class FolderPicker:
    """`choices` are None where Isekai has not read the gallery's folders yet: then ids are typed."""

    account_id: int
    choices: tuple[FolderChoice, ...] | None
    typed: str

    @property
    def chosen(self) -> tuple[FolderChoice, ...]:
        return tuple(choice for choice in self.choices or () if choice.chosen)

    @property
    def recent(self) -> tuple[FolderChoice, ...]:
        return tuple(choice for choice in self.choices or () if choice.recent)

    @property
    def others(self) -> tuple[FolderChoice, ...]:
        return tuple(choice for choice in self.choices or () if not choice.recent)

    def names(self, ids: Iterable[str]) -> tuple[str, ...]:
        """For people: what is not known any more goes by the beginning of its id."""
        known = {choice.id: choice.name for choice in self.choices or ()}
        return tuple(known.get(folder_id) or unknown_name(folder_id) for folder_id in ids)


async def folder_picker(here: Visit, account_id: int, chosen: Sequence[str]) -> FolderPicker:
    found, recent = await here.request.app[ROOMS].folders.known(account_id, by=here.actor)
    choices = folder_choices(found.branches, recent, chosen) if found.branches else None
    return FolderPicker(account_id, choices, ", ".join(chosen))


def folder_choices(
    branches: Sequence[Branch], recent: Sequence[str], chosen: Sequence[str]
) -> tuple[FolderChoice, ...]:
    """Recent ones first, the rest in the gallery's order; what is chosen but unknown still shows."""
    names: dict[str, str] = {}
    for branch in branches:
        names[branch.folder.folder_id] = branch.folder.name
        names |= {child.folder_id: f"{branch.folder.name} / {child.name}" for child in branch.children}
    for folder_id in chosen:
        names.setdefault(folder_id, unknown_name(folder_id))
    first = [folder_id for folder_id in recent if folder_id in names]
    order = (*first, *(folder_id for folder_id in names if folder_id not in first))
    return tuple(FolderChoice(one, names[one], one in chosen, one in first) for one in order)


def unknown_name(folder_id: str) -> str:
    return f"Folder {folder_id[:8]}…" if len(folder_id) > 8 else f"Folder {folder_id}"
