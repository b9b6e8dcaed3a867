"""Which pictures a person has already, by their bytes."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from core.posts.known_pictures import KnownPicture
from core.posts.post import PostStatus
from data.database import Database

_AMONG = """
SELECT f.sha256, p.id, p.title, p.status
  FROM file f
  JOIN post p ON p.id = f.post_id
 WHERE f.sha256 IN (SELECT value FROM json_each(:wanted))
   AND p.user_id = :user_id
   AND p.status <> 'discarded'
 ORDER BY p.id
"""


class KnownPictureReader:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def among(self, user_id: int, sha256s: Sequence[str]) -> Mapping[str, KnownPicture]:
        def read(connection: sqlite3.Connection) -> Mapping[str, KnownPicture]:
            params = {"wanted": json.dumps(list(sha256s)), "user_id": user_id}
            rows = connection.execute(_AMONG, params)
            # The last of each is the newest post.
            return {
                row["sha256"]: KnownPicture(row["sha256"], row["id"], row["title"], PostStatus(row["status"]))
                for row in rows
            }

        return await self._db.read(read)
