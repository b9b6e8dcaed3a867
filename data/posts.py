"""Posts and their files."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from core.errors import NotFound, Stale
from core.ports import NewPost
from core.posts.fields import Details, License, MatureClassification, MatureLevel, folded_tag
from core.posts.files import NewFile, PostFile
from core.posts.post import Plan, Post, PostStatus
from core.publishing.publication import Publication
from data import publications
from data.database import Connection, Params, Row
from data.times import instant, seconds

COLUMNS = """
    p.id, p.user_id, p.account_id, p.status, p.held, p.version, p.title, p.description, p.tags, p.galleries,
    p.is_mature, p.mature_level, p.mature_classification, p.is_ai_generated, p.no_ai, p.allow_comments,
    p.allow_free_download, p.add_watermark, p.display_resolution, p.license, p.feature, p.stash_only, p.notes,
    p.due_at, p.due_local, p.time_zone, p.jitter_seconds, p.wish, p.source, p.batch, p.published_at,
    p.discarded_at, p.discarded_from, p.created_at, p.updated_at
"""
FILE_COLUMNS = """
    f.id, f.post_id, f.position, f.name, f.mime, f.bytes, f.width, f.height, f.sha256, f.frames, f.chosen,
    f.thumb_width, f.thumb_height, f.phash, f.says_ai, f.created_at
"""
_KEPT_OF_FILE = """
    id, post_id, name, mime, bytes, width, height, frames, sha256, chosen, thumb_width, thumb_height, phash,
    derived_at, metadata, says_ai, created_at
"""
_PUT_ASIDE = f"""
INSERT INTO removed_file ({_KEPT_OF_FILE}, position, removed_at)
SELECT {_KEPT_OF_FILE}, position, :at FROM file WHERE id = :id
"""
_PUT_BACK = f"""
INSERT INTO file ({_KEPT_OF_FILE}, position)
SELECT {_KEPT_OF_FILE}, (SELECT coalesce(max(f.position) + 1, 0) FROM file f WHERE f.post_id = :post_id)
  FROM removed_file
 WHERE id = :id AND post_id = :post_id
"""
LOCAL_FORMAT = "%Y-%m-%dT%H:%M"


def read_local(text: str) -> datetime:
    return datetime.strptime(text, LOCAL_FORMAT)  # noqa: DTZ007 - a wall clock has no zone


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _plan(row: Mapping[str, Any]) -> Plan | None:
    if row["due_at"] is None:
        return None
    return Plan(instant(row["due_at"]), read_local(row["due_local"]), row["time_zone"], row["jitter_seconds"])


def _words(packed: str) -> tuple[str, ...]:
    return () if packed == "[]" else tuple(json.loads(packed))


def facts_of(row: Row) -> dict[str, Any]:
    """A row by name; a dict finds its 35 columns several times as fast as the row itself does."""
    return dict(zip(row.keys(), row, strict=True))


def details_from(row: Row | Mapping[str, Any]) -> Details:
    return Details(
        title=row["title"],
        description=row["description"],
        tags=_words(row["tags"]),
        galleries=_words(row["galleries"]),
        is_mature=_flag(row["is_mature"]),
        mature_level=MatureLevel(row["mature_level"]) if row["mature_level"] else None,
        mature_classification=tuple(map(MatureClassification, _words(row["mature_classification"]))),
        is_ai_generated=_flag(row["is_ai_generated"]),
        no_ai=_flag(row["no_ai"]),
        allow_comments=_flag(row["allow_comments"]),
        allow_free_download=_flag(row["allow_free_download"]),
        add_watermark=_flag(row["add_watermark"]),
        display_resolution=row["display_resolution"],
        license=License(row["license"]) if row["license"] else None,
        feature=_flag(row["feature"]),
        stash_only=_flag(row["stash_only"]),
    )


def post_from(row: Row, files: Iterable[PostFile] = (), of_post: Iterable[Publication] = ()) -> Post:
    facts = facts_of(row)
    return Post(
        id=facts["id"],
        user_id=facts["user_id"],
        account_id=facts["account_id"],
        status=PostStatus(facts["status"]),
        held=bool(facts["held"]),
        version=facts["version"],
        details=details_from(facts),
        created_at=instant(facts["created_at"]),
        updated_at=instant(facts["updated_at"]),
        notes=facts["notes"],
        plan=_plan(facts),
        wish=facts["wish"],
        published_at=instant(facts["published_at"]),
        discarded_at=instant(facts["discarded_at"]),
        discarded_from=PostStatus(facts["discarded_from"]) if facts["discarded_from"] else None,
        source=facts["source"],
        batch=facts["batch"],
        files=tuple(files),
        publications=tuple(of_post),
    )


def file_from(row: Row) -> PostFile:
    facts = facts_of(row)
    return PostFile(
        id=facts["id"],
        post_id=facts["post_id"],
        position=facts["position"],
        name=facts["name"],
        mime=facts["mime"],
        bytes=facts["bytes"],
        width=facts["width"],
        height=facts["height"],
        sha256=facts["sha256"],
        frames=facts["frames"],
        chosen=bool(facts["chosen"]),
        thumb_width=facts["thumb_width"],
        thumb_height=facts["thumb_height"],
        phash=facts["phash"],
        says_ai=bool(facts["says_ai"]),
        created_at=instant(facts["created_at"]),
    )


def _detail_params(details: Details) -> dict[str, Any]:
    return {
        "title": details.title,
        "description": details.description,
        "tags": json.dumps(details.tags, ensure_ascii=False),
        "galleries": json.dumps(details.galleries),
        "is_mature": details.is_mature,
        "mature_level": details.mature_level,
        "mature_classification": json.dumps(details.mature_classification),
        "is_ai_generated": details.is_ai_generated,
        "no_ai": details.no_ai,
        "allow_comments": details.allow_comments,
        "allow_free_download": details.allow_free_download,
        "add_watermark": details.add_watermark,
        "display_resolution": details.display_resolution,
        "license": details.license,
        "feature": details.feature,
        "stash_only": details.stash_only,
    }


def _post_params(post: Post) -> dict[str, Any]:
    plan = post.plan
    return _detail_params(post.details) | {
        "id": post.id,
        "account_id": post.account_id,
        "status": post.status,
        "held": post.held,
        "version": post.version,
        "notes": post.notes,
        "due_at": seconds(plan.due_at) if plan else None,
        "due_local": plan.due_local.strftime(LOCAL_FORMAT) if plan else None,
        "time_zone": plan.time_zone if plan else None,
        "jitter_seconds": plan.jitter_seconds if plan else 0,
        "wish": post.wish,
        "published_at": seconds(post.published_at),
        "discarded_at": seconds(post.discarded_at),
        "discarded_from": post.discarded_from,
        "updated_at": seconds(post.updated_at),
        "ready": not post.missing,
    }


_SAVED = (*_detail_params(Details()), "account_id", "status", "held", "version", "notes", "due_at", "due_local",
          "time_zone", "jitter_seconds", "wish", "published_at", "discarded_at", "discarded_from",
          "updated_at", "ready")  # fmt: skip
_UPDATE = (
    "UPDATE post SET "
    + ", ".join(f"{name} = :{name}" for name in _SAVED)
    + " WHERE id = :id AND version = :expected_version"
)
_INSERTED = (*_detail_params(Details()), "user_id", "account_id", "status", "notes", "wish", "source", "batch",
             "created_at", "updated_at")  # fmt: skip
_INSERT = f"INSERT INTO post ({', '.join(_INSERTED)}) VALUES ({', '.join(':' + name for name in _INSERTED)})"


def read_post(connection: sqlite3.Connection, post_id: int) -> Post:
    """With files and publications; raises `NotFound`."""
    me = {"id": post_id}
    row = connection.execute(f"SELECT {COLUMNS} FROM post p WHERE p.id = :id", me).fetchone()
    if row is None:
        raise NotFound
    files = connection.execute(f"SELECT {FILE_COLUMNS} FROM file f WHERE f.post_id = :id ORDER BY f.position", me)
    of_post = connection.execute(
        f"SELECT {publications.COLUMNS} FROM publication q WHERE q.post_id = :id ORDER BY q.id", me
    )
    return post_from(row, map(file_from, files), map(publications.publication_from, of_post))


class Posts:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def get(self, post_id: int) -> Post:
        return await self._db.call(lambda connection: read_post(connection, post_id))

    async def several(self, post_ids: Sequence[int]) -> dict[int, Post]:
        def read(connection: sqlite3.Connection) -> dict[int, Post]:
            found = {}
            for post_id in post_ids:
                with suppress(NotFound):
                    found[post_id] = read_post(connection, post_id)
            return found

        return await self._db.call(read)

    async def add(self, new: NewPost, *, at: datetime) -> Post:
        params = _detail_params(new.details) | {
            "user_id": new.user_id,
            "account_id": new.account_id,
            "status": new.status,
            "notes": new.notes,
            "wish": new.wish,
            "source": new.source,
            "batch": new.batch,
            "created_at": seconds(at),
            "updated_at": seconds(at),
        }
        post_id = await self._db.insert(_INSERT, params)
        for position, file in enumerate(new.files):
            await self._insert_file(post_id, position, file, at)
        post = await self.get(post_id)
        if not post.missing:
            await self._db.run("UPDATE post SET ready = 1 WHERE id = :id", {"id": post_id})
        await self._index(post, new_row=True)
        return post

    async def save(self, post: Post, *, expected_version: int) -> None:
        changed = await self._db.run(_UPDATE, _post_params(post) | {"expected_version": expected_version})
        if not changed:
            row = await self._db.one("SELECT version FROM post WHERE id = :id", {"id": post.id})
            if row is None:
                raise NotFound
            raise Stale(row["version"])
        await self._index(post)

    async def save_status(self, post: Post, *, expected_version: int) -> None:
        changed = await self._db.run(
            "UPDATE post SET status = :status, version = :version, published_at = :published_at,"
            " updated_at = :updated_at WHERE id = :id AND version = :expected_version",
            {
                "id": post.id,
                "status": post.status,
                "version": post.version,
                "published_at": seconds(post.published_at),
                "updated_at": seconds(post.updated_at),
                "expected_version": expected_version,
            },
        )
        if not changed:
            raise Stale(post.version)

    async def add_file(self, post_id: int, new: NewFile, *, at: datetime) -> PostFile:
        row = await self._db.one(
            "SELECT coalesce(max(position) + 1, 0) AS position FROM file WHERE post_id = :id", {"id": post_id}
        )
        assert row is not None  # noqa: S101 - an aggregate always answers
        file_id = await self._insert_file(post_id, row["position"], new, at)
        await self._index(await self.get(post_id))
        added = await self._db.one(f"SELECT {FILE_COLUMNS} FROM file f WHERE f.id = :id", {"id": file_id})
        assert added is not None  # noqa: S101 - just inserted
        return file_from(added)

    async def remove_file(self, file_id: int, *, at: datetime) -> None:
        await self._db.run("DELETE FROM publication WHERE file_id = :id AND state = 'idle'", {"id": file_id})
        await self._db.run(_PUT_ASIDE, {"id": file_id, "at": seconds(at)})
        await self._db.run("DELETE FROM file WHERE id = :id", {"id": file_id})

    async def put_back_file(self, post_id: int, file_id: int) -> int | None:
        me = {"id": file_id, "post_id": post_id}
        gone = await self._db.one("SELECT position FROM removed_file WHERE id = :id AND post_id = :post_id", me)
        if gone is None:
            return None
        await self._db.run(_PUT_BACK, me)
        await self._db.run("DELETE FROM removed_file WHERE id = :id", me)
        await self._index(await self.get(post_id))
        return int(gone["position"])

    async def forget_removed_files(self, *, before: datetime, limit: int) -> None:
        await self._db.run(
            "DELETE FROM removed_file WHERE id IN"
            " (SELECT id FROM removed_file WHERE removed_at < :before ORDER BY removed_at LIMIT :limit)",
            {"before": seconds(before), "limit": limit},
        )

    async def keep_both(self, post_id: int, other_id: int, *, at: datetime) -> None:
        await self._db.run(
            "INSERT INTO kept_both (post_id, other_id, at) VALUES (min(:one, :two), max(:one, :two), :at)"
            " ON CONFLICT DO NOTHING",
            {"one": post_id, "two": other_id, "at": seconds(at)},
        )

    async def forget_kept_both(self, post_id: int, other_id: int) -> None:
        await self._db.run(
            "DELETE FROM kept_both WHERE post_id = min(:one, :two) AND other_id = max(:one, :two)",
            {"one": post_id, "two": other_id},
        )

    async def arrange_files(self, post_id: int, order: Sequence[int], chosen: Iterable[int]) -> None:
        wanted = set(chosen)
        # Two passes: positions are unique within a post at every statement.
        for offset in (len(order) + 1000, 0):
            await self._db.many(
                "UPDATE file SET position = :position, chosen = :chosen WHERE id = :id AND post_id = :post_id",
                [
                    {
                        "position": position + offset,
                        "chosen": file_id in wanted,
                        "id": file_id,
                        "post_id": post_id,
                    }
                    for position, file_id in enumerate(order)
                ],
            )

    async def whose(self, post_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        rows = await self._db.all(
            "SELECT p.id, p.user_id, p.account_id FROM json_each(:ids) asked JOIN post p ON p.id = asked.value",
            {"ids": json.dumps(list(post_ids))},
        )
        return {row["id"]: (row["user_id"], row["account_id"]) for row in rows}

    async def expired_trash(self, *, before: datetime, limit: int) -> tuple[int, ...]:
        rows = await self._db.all(
            "SELECT id FROM post WHERE discarded_at < :before ORDER BY discarded_at LIMIT :limit",
            {"before": seconds(before), "limit": limit},
        )
        return tuple(row["id"] for row in rows)

    async def needed_pictures(self, sha256s: Collection[str]) -> frozenset[str]:
        rows = await self._db.all(
            """
            SELECT value AS sha256
              FROM json_each(:asked) AS asked
             WHERE EXISTS (SELECT 1 FROM file WHERE file.sha256 = asked.value)
                OR EXISTS (SELECT 1 FROM removed_file WHERE removed_file.sha256 = asked.value)
            """,
            {"asked": json.dumps(list(sha256s))},
        )
        return frozenset(row["sha256"] for row in rows)

    async def delete(self, post_id: int) -> None:
        await self._db.run("DELETE FROM publication WHERE post_id = :id", {"id": post_id})
        await self._db.run("DELETE FROM post_search WHERE rowid = :id", {"id": post_id})
        await self._db.run("DELETE FROM post WHERE id = :id", {"id": post_id})

    async def _insert_file(self, post_id: int, position: int, file: NewFile, at: datetime) -> int:
        params: Params = {
            "post_id": post_id,
            "position": position,
            "name": file.name,
            "mime": file.mime,
            "bytes": file.bytes,
            "width": file.width,
            "height": file.height,
            "frames": file.frames,
            "sha256": file.sha256,
            "metadata": file.metadata,
            "says_ai": file.says_ai,
            "created_at": seconds(at),
        }
        return await self._db.insert(
            """
            INSERT INTO file (post_id, position, name, mime, bytes, width, height, frames, sha256, metadata,
                              says_ai, created_at)
            VALUES (:post_id, :position, :name, :mime, :bytes, :width, :height, :frames, :sha256, :metadata,
                    :says_ai, :created_at)
            """,
            params,
        )

    async def _index(self, post: Post, *, new_row: bool = False) -> None:
        """Keep what posts are found by in step: tags by their stored form, words of title, tags and prompt."""
        folded = {folded_tag(tag) for tag in post.details.tags} - {""}
        if not new_row:
            await self._db.run("DELETE FROM post_tag WHERE post_id = :id", {"id": post.id})
            await self._db.run("DELETE FROM post_search WHERE rowid = :id", {"id": post.id})
        if folded:
            await self._db.many(
                "INSERT INTO post_tag (user_id, tag, post_id) VALUES (:user_id, :tag, :post_id)",
                [{"user_id": post.user_id, "tag": tag, "post_id": post.id} for tag in sorted(folded)],
            )
        made_by = await self._db.one(
            """
            SELECT group_concat(coalesce(metadata ->> 'prompt', ''), ' ') AS prompt,
                   group_concat(coalesce(metadata ->> 'model', '') || ' ' || coalesce(metadata ->> 'seed', '') || ' '
                                || coalesce(metadata ->> 'loras', ''), ' ') AS model
              FROM file
             WHERE post_id = :id
            """,
            {"id": post.id},
        )
        await self._db.run(
            "INSERT INTO post_search (rowid, title, tags, prompt, model)"
            " VALUES (:id, :title, :tags, :prompt, :model)",
            {
                "id": post.id,
                "title": post.details.title,
                "tags": " ".join(post.details.tags),
                "prompt": (made_by and made_by["prompt"]) or "",
                "model": (made_by and made_by["model"]) or "",
            },
        )
