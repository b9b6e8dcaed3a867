"""Folders as a tree of two levels, and the fewest moves that bring them into a wanted order; pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.deviantart import GalleryFolder
from core.errors import InvalidInput, NotFound, WrongState

NAME_MOST = 50
DESCRIPTION_MOST = 4_000
FEATURED = "featured"


@dataclass(frozen=True, slots=True)
class Branch:
    """A folder at the top with what is nested in it."""

    folder: GalleryFolder
    children: tuple[GalleryFolder, ...]


def tree(folders: Sequence[GalleryFolder]) -> tuple[Branch, ...]:
    """One whose parent is unknown stands at the top: nothing disappears."""
    known = {folder.folder_id for folder in folders}
    tops = {folder.folder_id for folder in folders if folder.parent_id not in known}
    below: dict[str, list[GalleryFolder]] = {}
    for folder in folders:
        if folder.folder_id not in tops:
            below.setdefault(folder.parent_id or "", []).append(folder)
    return tuple(
        Branch(folder, tuple(below.get(folder.folder_id, ()))) for folder in folders if folder.folder_id in tops
    )


def flat(branches: Iterable[Branch]) -> tuple[GalleryFolder, ...]:
    return tuple(folder for branch in branches for folder in (branch.folder, *branch.children))


def find(folders: Sequence[GalleryFolder], folder_id: str) -> GalleryFolder:
    wanted = folder_id.upper()
    for folder in folders:
        if folder.folder_id == wanted:
            return folder
    raise NotFound("This folder is not on DeviantArt any more. Refresh the list.")


def siblings(folders: Sequence[GalleryFolder], parent_id: str | None) -> tuple[str, ...]:
    return tuple(folder.folder_id for folder in folders if folder.parent_id == parent_id)


@dataclass(frozen=True, slots=True)
class Move:
    """Take the folder, or the work, out and put it at this place in its row, counted from 0."""

    id: str
    position: int


def moves(current: Sequence[str], wanted: Sequence[str]) -> tuple[Move, ...]:
    """As few as possible: what stands in the right order already (the longest such row) is left alone.

    *wanted* holds the same ids as *current*, each once; else raises `InvalidInput`.
    """
    if sorted(current) != sorted(wanted) or len(set(wanted)) != len(wanted):
        raise InvalidInput({"order": "The folders have changed meanwhile. Refresh and arrange them again."})
    rank = {folder_id: place for place, folder_id in enumerate(wanted)}
    staying = _longest_rise([rank[folder_id] for folder_id in current])
    row, found = list(current), []
    for place, folder_id in enumerate(wanted):
        if place in staying:
            continue
        row.remove(folder_id)
        position = row.index(wanted[place - 1]) + 1 if place else 0
        row.insert(position, folder_id)
        found.append(Move(folder_id, position))
    return tuple(found)


def _longest_rise(ranks: Sequence[int]) -> frozenset[int]:
    """The values of a longest rising subsequence."""
    ends: list[int] = []
    ends_at: list[int] = []
    before: list[int] = []
    for at, rank in enumerate(ranks):
        place = bisect_left(ends, rank)
        before.append(ends_at[place - 1] if place else -1)
        if place == len(ends):
            ends.append(rank)
            ends_at.append(at)
        else:
            ends[place], ends_at[place] = rank, at
    found, at = set(), ends_at[-1] if ends_at else -1
    while at >= 0:
        found.add(ranks[at])
        at = before[at]
    return frozenset(found)


def arranged(folders: Sequence[GalleryFolder], parent_id: str | None, wanted: Sequence[str]) -> list[GalleryFolder]:
    """*folders* with those below *parent_id* in the order of *wanted*."""
    rank = {folder_id: place for place, folder_id in enumerate(wanted)}
    row = iter(sorted((f for f in folders if f.parent_id == parent_id), key=lambda f: rank[f.folder_id]))
    return [next(row) if folder.parent_id == parent_id else folder for folder in folders]


def nested(folders: Sequence[GalleryFolder], folder_id: str, parent_id: str | None) -> list[GalleryFolder]:
    """*folders* with one moved below *parent_id* (None: to the top), at the end.

    Raises `WrongState` where DeviantArt could not be asked for it: it shows two levels only (tracker issue 267).
    """
    folder = find(folders, folder_id)
    if parent_id is not None:
        parent = find(folders, parent_id)
        if parent.folder_id == folder.folder_id:
            raise WrongState("A folder cannot be put into itself.")
        if parent.parent_id is not None:
            raise WrongState(f"“{parent.name}” is inside another folder already; DeviantArt shows two levels only.")
        if siblings(folders, folder.folder_id):
            raise WrongState(f"“{folder.name}” has folders inside; DeviantArt shows two levels only.")
        if is_featured(folder):
            raise WrongState("Featured stays at the top.")
    rest = [other for other in folders if other.folder_id != folder.folder_id]
    return [*rest, replace(folder, parent_id=parent_id)]


def is_featured(folder: GalleryFolder) -> bool:
    return folder.parent_id is None and folder.name.casefold() == FEATURED


def without(folders: Sequence[GalleryFolder], folder_id: str) -> list[GalleryFolder]:
    """And without what is nested in it."""
    return [other for other in folders if folder_id not in (other.folder_id, other.parent_id)]


def read_name(folders: Sequence[GalleryFolder], name: str, parent_id: str | None, *, but: str | None = None) -> str:
    """Raises `InvalidInput` for one that is empty, too long or taken: DeviantArt would make a second one."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_MOST or not name.isprintable():
        raise InvalidInput({"name": f"A folder’s name has 1 to {NAME_MOST} characters."})
    taken = (f for f in folders if f.parent_id == parent_id and f.folder_id != but)
    if any(other.name.casefold() == name.casefold() for other in taken):
        raise InvalidInput({"name": "There is a folder of this name here already."})
    return name


def read_description(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(text) > DESCRIPTION_MOST:
        raise InvalidInput({"description": f"It is {len(text):,} characters long; {DESCRIPTION_MOST:,} fit."})
    return text
