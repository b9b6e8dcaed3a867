"""What the library keeps: templates, what doors use, folders as they were last seen."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.deviantart import DeviationPage, GalleryFolder
from core.library.template import Template, Wanted
from core.ports import Transaction


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the variables of a template need about a post: its place among those it came with, how it was made."""

    part: int = 1
    parts: int = 1
    made: Any = None  # the private metadata of its first file, as JSON gives it


class TemplateRows(Protocol):
    async def of_user(self, user_id: int) -> tuple[Template, ...]:
        """By kind, then by name; without the removed ones."""
        ...

    async def find(self, user_id: int, template_id: int, *, removed: bool = False) -> Template | None: ...

    async def named(self, user_id: int, name: str) -> Template | None: ...

    async def add(self, user_id: int, wanted: Wanted, *, at: datetime) -> Template: ...

    async def save(self, template: Template, *, expected_version: int) -> bool: ...

    async def count_use(self, template_ids: Sequence[int], *, post_id: int | None) -> None:
        """One more use of each; remembered for the post where there is one."""
        ...

    async def arrived(self, post_id: int) -> Arrived: ...

    async def of_door(self, door: str, door_id: int) -> tuple[int, ...]: ...

    async def save_door(self, door: str, door_id: int, template_ids: Sequence[int]) -> None: ...

    async def remove_old(self, *, before: datetime) -> None:
        """For good, those removed before."""
        ...


@dataclass(frozen=True, slots=True)
class FolderCopy:
    """The folders of an account in their order, parents before children. `fetched_at` None: never asked, or stale."""

    folders: tuple[GalleryFolder, ...]
    fetched_at: datetime | None


class FolderRows(Protocol):
    async def copy(self, account_id: int) -> FolderCopy: ...

    async def replace(self, account_id: int, folders: Sequence[GalleryFolder], *, at: datetime | None) -> None:
        """Everything that is known about the account's folders; *at* None says that it may be wrong."""
        ...

    async def outdate(self, account_id: int) -> None:
        """What is kept may be wrong: the next look asks DeviantArt."""
        ...


class GalleryApi(Protocol):
    """DeviantArt's folders, one access token a call. Raises the `ExternalError`s."""

    async def folders(self, token: str) -> tuple[GalleryFolder, ...]:
        """All of them, every page followed, parents before children."""
        ...

    async def contents(self, token: str, folder_id: str, *, offset: int, limit: int) -> DeviationPage: ...

    async def create(self, token: str, name: str, *, description: str, parent_id: str | None) -> GalleryFolder:
        """Not idempotent: the same name makes a second folder."""
        ...

    async def update(self, token: str, before: GalleryFolder, after: GalleryFolder) -> None:
        """Name and description, where they differ."""
        ...

    async def set_cover(self, token: str, folder_id: str, deviation_id: str) -> None: ...

    async def place(self, token: str, folder_id: str, position: int) -> None:
        """Take it out and put it at *position* among its siblings, from 0."""
        ...

    async def nest(self, token: str, folder_id: str, parent_id: str | None) -> None: ...

    async def remove(self, token: str, folder_id: str) -> None: ...

    async def copy_works(self, token: str, to_id: str, works: Sequence[str]) -> None: ...

    async def move_works(self, token: str, from_id: str, to_id: str, works: Sequence[str]) -> None: ...

    async def remove_works(self, token: str, folder_id: str, works: Sequence[str]) -> None: ...

    async def place_work(self, token: str, folder_id: str, work: str, position: int) -> None:
        """Take it out and put it at *position* among the works of the folder, from 0."""
        ...


class LibraryRows(Protocol):
    @property
    def templates(self) -> TemplateRows: ...
    @property
    def folders(self) -> FolderRows: ...


class LibraryTransaction(Transaction, Protocol):
    @property
    def rooms(self) -> LibraryRows: ...


class LibraryStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[LibraryTransaction]: ...


@dataclass(frozen=True, slots=True)
class OwnTag:
    """A tag of the artist's own: how many posts have it, and the favourites they won on average."""

    tag: str
    posts: int
    favourites: float


class LibraryReads(Protocol):
    async def templates(self, user_id: int) -> tuple[Template, ...]: ...

    async def template(self, user_id: int, template_id: int) -> Template: ...

    async def own_tags(self, user_id: int, start: str, *, limit: int) -> tuple[OwnTag, ...]:
        """Best first: favourites won, then how often it was used."""
        ...
