"""Pictures that look almost the same, found without comparing with every picture there is."""

import json
import sqlite3

from core.posts.pictures import perceptual_distance

NEAR_TWIN_BITS = 6
# One piece more than bits may differ, as `0094_looks.sql` has them: (first digit, digits).
_PIECES = ((1, 2), (3, 2), (5, 2), (7, 2), (9, 2), (11, 3), (14, 3))
_ALIKE = " UNION ".join(
    f"SELECT f.post_id, f.phash FROM file f"
    f" WHERE substr(f.phash, {at}, {digits}) = substr(:phash, {at}, {digits}) AND f.phash IS NOT NULL"
    for at, digits in _PIECES
)
_OUT_OR_QUEUED = """
SELECT p.id FROM post p
 WHERE p.id IN (SELECT value FROM json_each(:ids))
   AND p.user_id = :user_id
   AND p.status IN ('scheduled', 'uploading', 'publishing', 'published')
   AND NOT EXISTS (SELECT 1 FROM kept_both k
                    WHERE k.post_id = min(p.id, :except_post) AND k.other_id = max(p.id, :except_post))
"""


def near_twins(
    connection: sqlite3.Connection, user_id: int, phash: str, *, except_post: int, limit: int
) -> tuple[int, ...]:
    """Ids of queued or published posts, the most alike first; not what was kept beside it on purpose."""
    nearest: dict[int, int] = {}
    for post_id, other in connection.execute(_ALIKE, {"phash": phash}):
        distance = perceptual_distance(other, phash)
        if distance <= NEAR_TWIN_BITS and post_id != except_post:
            nearest[post_id] = min(distance, nearest.get(post_id, distance))
    wanted = {"ids": json.dumps(list(nearest)), "user_id": user_id, "except_post": except_post}
    theirs = connection.execute(_OUT_OR_QUEUED, wanted)
    return tuple(sorted((row[0] for row in theirs), key=lambda post_id: (nearest[post_id], post_id)))[:limit]
