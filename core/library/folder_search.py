"""Folders to choose from: found by the letters of their path, a few at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

OFFERED = 20
RECENT = 8


@dataclass(frozen=True, slots=True)
class FolderSearch:
    """Every word of `words` must stand somewhere in “Characters / Dragons”; none finds all of them.

    `tops_only`: those in which others can be. `but`: one that is not offered.
    """

    account_ids: tuple[int, ...]
    words: str = ""
    tops_only: bool = False
    but: str = ""
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FolderPath:
    """A folder by its whole name; `is_recent` for one that the latest posts went into."""

    account_id: int
    folder_id: str
    name: str
    parent: str | None
    is_recent: bool = False

    @property
    def path(self) -> str:
        return f"{self.parent} / {self.name}" if self.parent else self.name


@dataclass(frozen=True, slots=True)
class FolderOffer:
    """The first of `total` that were found; `chosen`: those asked for by id that are known; `read`: the accounts of
    which any folder is known."""

    found: tuple[FolderPath, ...] = ()
    total: int = 0
    chosen: tuple[FolderPath, ...] = ()
    read: frozenset[int] = frozenset()


class FolderReads(Protocol):
    async def offer(self, search: FolderSearch) -> FolderOffer:
        """What is kept, without asking DeviantArt: with words the folders of exactly that name or path first, else
        those used lately; then in the gallery's order. Whoever asks may see these accounts."""
        ...

    async def named(self, account_ids: Sequence[int], folder_ids: Sequence[str]) -> tuple[FolderPath, ...]:
        """Those of *folder_ids* that are known, in that order."""
        ...


def the_one_named(offer: FolderOffer, words: str) -> FolderPath | None:
    """The folder that somebody meant who typed *words*: the only one found, or the only one of exactly that name."""
    if offer.total == 1:
        return offer.found[0]
    wanted = " ".join(words.split()).casefold()
    exact = [one for one in offer.found if wanted in (one.path.casefold(), one.name.casefold())]
    return exact[0] if len(exact) == 1 else None
