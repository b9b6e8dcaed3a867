"""What was drawn from a picture after it came in."""

from datetime import datetime

from core.posts.pictures import Derived
from data.database import Connection
from data.times import seconds


class Derivations:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def save(self, file_id: int, derived: Derived | None, *, at: datetime) -> bool:
        """Record thumbnail and hash, or that there are none; False when the file is gone meanwhile."""
        changed = await self._db.run(
            """
            UPDATE file
               SET thumb_width = :thumb_width, thumb_height = :thumb_height, phash = :phash, derived_at = :at
             WHERE id = :id
            """,
            {
                "id": file_id,
                "thumb_width": derived.thumb_width if derived else None,
                "thumb_height": derived.thumb_height if derived else None,
                "phash": derived.phash if derived else None,
                "at": seconds(at),
            },
        )
        return changed > 0
