"""Pictures that look almost the same, found without comparing with every picture there is."""

import json
import sqlite3

from core.posts.pictures import perceptual_distance

NEAR_TWIN_BITS = 6
# Where each of four pieces of sixteen bits begins, as `0145_fewer_looks.sql` has them. Of six bits that differ, some
# piece holds one at most: so a piece is looked for as it is and with every single bit the other way.
_PIECES, _DIGITS = (1, 5, 9, 13), 4
_ALIKE = " UNION ".join(
    f"SELECT f.post_id, f.phash FROM file f"
    f" WHERE substr(f.phash, {at}, {_DIGITS}) IN (SELECT value FROM json_each(:from_{at})) AND f.phash IS NOT NULL"
    for at in _PIECES
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
    for post_id, other in connection.execute(_ALIKE, _nearly(phash)):
        distance = perceptual_distance(other, phash)
        if distance <= NEAR_TWIN_BITS and post_id != except_post:
            nearest[post_id] = min(distance, nearest.get(post_id, distance))
    wanted = {"ids": json.dumps(list(nearest)), "user_id": user_id, "except_post": except_post}
    theirs = connection.execute(_OUT_OR_QUEUED, wanted)
    return tuple(sorted((row[0] for row in theirs), key=lambda post_id: (nearest[post_id], post_id)))[:limit]


def _nearly(phash: str) -> dict[str, str]:
    """For each piece, as JSON, what it may be in a near twin."""
    wanted = {}
    for at in _PIECES:
        piece = int(phash[at - 1 : at - 1 + _DIGITS], 16)
        alike = [piece, *(piece ^ 1 << bit for bit in range(4 * _DIGITS))]
        wanted[f"from_{at}"] = json.dumps([f"{one:0{_DIGITS}x}" for one in alike])
    return wanted
