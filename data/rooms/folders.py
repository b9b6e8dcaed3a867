"""Gallery folders as they were when DeviantArt was last asked."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from core.deviantart import GalleryFolder
from core.library.ports import FolderCopy
from data.database import Connection, Row
from data.times import instant, seconds

_COLUMNS = "f.folder_id, f.parent_id, f.name, f.description, f.size, f.thumb_url"


def _folder(row: Row) -> GalleryFolder:
    return GalleryFolder(
        folder_id=row["folder_id"],
        parent_id=row["parent_id"],
        name=row["name"],
        description=row["description"],
        size=row["size"],
        thumb_url=row["thumb_url"],
    )


class Folders:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def copy(self, account_id: int) -> FolderCopy:
        rows = await self._db.all(
            f"SELECT {_COLUMNS} FROM folder f WHERE f.account_id = :id ORDER BY f.parent_id IS NOT NULL, f.position",
            {"id": account_id},
        )
        copied = await self._db.one("SELECT fetched_at FROM folder_copy WHERE account_id = :id", {"id": account_id})
        at = instant(copied["fetched_at"]) if copied and copied["fetched_at"] else None
        return FolderCopy(tuple(map(_folder, rows)), at)

    async def replace(self, account_id: int, folders: Sequence[GalleryFolder], *, at: datetime | None) -> None:
        await self._db.run("DELETE FROM folder WHERE account_id = :id", {"id": account_id})
        place: Counter[str | None] = Counter()
        rows = []
        for folder in folders:
            rows.append(
                {
                    "account_id": account_id,
                    "folder_id": folder.folder_id,
                    "parent_id": folder.parent_id,
                    "name": folder.name,
                    "description": folder.description,
                    "size": folder.size,
                    "thumb_url": folder.thumb_url,
                    "position": place[folder.parent_id],
                }
            )
            place[folder.parent_id] += 1
        await self._db.many(
            """
            INSERT OR REPLACE INTO folder (account_id, folder_id, parent_id, name, description, size, thumb_url,
                                           position)
            VALUES (:account_id, :folder_id, :parent_id, :name, :description, :size, :thumb_url, :position)
            """,
            rows,
        )
        await self._db.run(
            "INSERT INTO folder_copy (account_id, fetched_at) VALUES (:id, :at)"
            " ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at",
            {"id": account_id, "at": seconds(at) or 0},
        )

    async def outdate(self, account_id: int) -> None:
        await self._db.run("UPDATE folder_copy SET fetched_at = 0 WHERE account_id = :id", {"id": account_id})
