"""What goes when somebody is removed: every table of the schema is named, by how its rows leave or why they stay.

A test compares the lists with the schema, so a new table cannot be forgotten.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.people.removal import Remains
from core.users import User
from data.database import Connection
from data.times import instant


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of *table* that match *where* are removed, so many at a time. *key*: what tells its rows apart."""

    table: str
    where: str
    key: str = "rowid"


_ACCOUNTS = "(SELECT id FROM account WHERE user_id = :user)"
_POSTS = f"(SELECT id FROM post WHERE account_id IN {_ACCOUNTS})"
_KEYS = "(SELECT id FROM api_key WHERE user_id = :user)"
_HOOKS = "(SELECT id FROM webhook WHERE user_id = :user)"
_TEMPLATES = "(SELECT id FROM template WHERE user_id = :user)"
_LISTS = "(SELECT id FROM keep_list WHERE user_id = :user)"
_SALES = "(SELECT id FROM sale WHERE user_id = :user)"  # a sale is the post's owner's
_PRESETS = "(SELECT id FROM price_preset WHERE user_id = :user)"
_AUTOMATIONS = f"(SELECT id FROM automation WHERE user_id = :user OR account_id IN {_ACCOUNTS})"
_SERIES = "(SELECT id FROM series WHERE user_id = :user)"
_SNOWFLAKES = "(SELECT person_snowflake FROM discord_person WHERE user_id = :user)"
_OF_USER = "user_id = :user"
_OF_ACCOUNT = f"account_id IN {_ACCOUNTS}"
_OF_POST = f"post_id IN {_POSTS}"

# Children before parents, so that no cascade makes a transaction long.
STEPS: Final = (
    Step("session", _OF_USER, "token_hash"),
    Step("sign_in", f"link_user_id = :user OR {_OF_ACCOUNT}", "state_hash"),
    Step("account_invite", _OF_ACCOUNT),
    Step("account_share", f"user_id = :user OR {_OF_ACCOUNT}", "account_id, user_id"),
    Step("upload_ticket", _OF_USER, "token_hash"),
    Step("letter", _OF_USER),
    Step("watched_picture", _OF_USER),
    Step("upload_receipt", f"key_id IN {_KEYS}", "key_id, door, digest"),
    Step("key_call", f"key_id IN {_KEYS}"),
    Step("key_pace", f"key_id IN {_KEYS}", "key_id"),
    Step(
        "template_use",
        f"template_id IN {_TEMPLATES} OR (door = 'key' AND door_id IN {_KEYS})",
        "door, door_id, position",
    ),
    Step("api_key", _OF_USER),
    Step("webhook_delivery", f"webhook_id IN {_HOOKS} OR {_OF_POST}"),
    Step("webhook", _OF_USER),
    Step("bulk_item", f"bulk_id IN (SELECT id FROM bulk WHERE user_id = :user) OR {_OF_POST}", "bulk_id, position"),
    Step("bulk_choice", "bulk_id IN (SELECT id FROM bulk WHERE user_id = :user)", "bulk_id"),
    Step("bulk", _OF_USER),
    Step("plan_undo", _OF_USER),
    Step("automation_line", f"automation_id IN {_AUTOMATIONS}"),
    Step("automation_use", f"automation_id IN {_AUTOMATIONS} OR {_OF_ACCOUNT}"),
    Step("automation_order", f"automation_id IN {_AUTOMATIONS} OR {_OF_POST}", "automation_id, post_id"),
    Step("automation_rule", f"automation_id IN {_AUTOMATIONS}"),
    Step("automation", f"id IN {_AUTOMATIONS}"),
    Step("holiday", _OF_USER),
    Step("series_part", f"series_id IN {_SERIES} OR {_OF_POST}", "post_id"),
    Step("series", _OF_USER),
    Step("discord_card", _OF_POST),
    Step("discord_drop", _OF_POST, "message_snowflake, attachment_snowflake"),
    Step("discord_drop_channel", _OF_ACCOUNT, "channel_snowflake"),
    Step("discord_hint", f"person_snowflake IN {_SNOWFLAKES}", "channel_snowflake, person_snowflake"),
    Step("discord_link_code", f"person_snowflake IN {_SNOWFLAKES}", "code_hash"),
    Step("discord_person", _OF_USER, "person_snowflake"),
    Step("kept_work", f"list_id IN {_LISTS}", "list_id, deviation_id"),
    Step("keep_list", _OF_USER),
    Step("sale_screenshot", f"sale_id IN {_SALES}", "sale_id"),
    Step("sale", f"user_id = :user OR {_OF_POST}"),
    Step("errand", _OF_ACCOUNT),
    Step("work_sample", f"publication_id IN (SELECT id FROM publication WHERE {_OF_ACCOUNT})", "publication_id, day"),
    Step("work_figures", f"user_id = :user OR {_OF_ACCOUNT}", "publication_id"),
    Step("post_wish", f"{_OF_POST} OR price_preset_id IN {_PRESETS}", "post_id"),
    Step("post_template", f"template_id IN {_TEMPLATES} OR {_OF_POST}", "post_id, template_id"),
    Step("template", _OF_USER),
    Step("price_preset", _OF_USER),
    Step("folder", _OF_ACCOUNT, "account_id, folder_id"),
    Step("folder_copy", _OF_ACCOUNT, "account_id"),
    Step("inspiration_copy", f"viewer IN {_ACCOUNTS}", "key"),
    Step("pacing", _OF_ACCOUNT, "account_id"),
    Step("weekly_slot", _OF_ACCOUNT),
    Step("invite", "made_by = :user"),
)
# In `_remove_posts`, a few whole posts at a time: what is said of a post never outlives it.
WITH_A_POST: Final = (
    "publication", "post_search", "post_tag", "file", "removed_file", "kept_both", "post_edit", "post",
)  # fmt: skip
EVENTS: Final = Step("post_event", f"user_id = :user OR {_OF_ACCOUNT}")
AT_THE_END: Final = ("post_count", "account", "leaving_picture", "user")
KEPT: Final = {
    "audit": "what administrators and owners did only ever grows; it names people as they were called",
    "consumer_position": "how far each reader of the log came",
    "discord_guild": "a server belongs to its people there; its owner is forgotten in `begin`",
    "incident": "about the instance",
    "instance_state": "about the instance; a folder watched for the person is forgotten in `begin`",
}
POSTS_AT_ONCE = 20


class LeavingRows:
    """`core.people.removal.LeavingRows` over the one open transaction."""

    steps: Sequence[str] = (*(step.table for step in STEPS), "post", EVENTS.table)

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def in_the_air(self, user_id: int) -> int:
        row = await self._db.one(
            """
            SELECT count(*) AS n
              FROM publication q JOIN account a ON a.id = q.account_id
             WHERE a.user_id = :user AND q.lease_owner IS NOT NULL
            """,
            {"user": user_id},
        )
        return int(row["n"]) if row else 0

    async def sharers(self, user_id: int) -> Sequence[tuple[int, int]]:
        rows = await self._db.all(
            f"SELECT account_id, user_id FROM account_share WHERE {_OF_ACCOUNT}",
            {"user": user_id},
        )
        return [(row["account_id"], row["user_id"]) for row in rows]

    async def begin(self, user_id: int) -> None:
        """What must be closed at once; there is little of it."""
        user = {"user": user_id}
        for table in ("account_share", "account_invite"):
            await self._db.run(f"DELETE FROM {table} WHERE {_OF_ACCOUNT}", user)
        await self._db.run(
            "UPDATE discord_guild SET owner_snowflake = NULL, owner_agreed = 0"
            f" WHERE owner_snowflake IN {_SNOWFLAKES}",
            user,
        )

    async def leaving(self) -> Sequence[tuple[int, str, datetime]]:
        rows = await self._db.all("SELECT id, name, leaving_at FROM user WHERE leaving_at IS NOT NULL ORDER BY id")
        return [(row["id"], row["name"], instant(row["leaving_at"])) for row in rows]

    async def remove(self, step: str, user_id: int, *, limit: int) -> int:
        if step == "post":
            return await self._remove_posts(user_id)
        wanted = EVENTS if step == EVENTS.table else next(one for one in STEPS if one.table == step)
        return await self._db.run(
            f"DELETE FROM {wanted.table} WHERE ({wanted.key}) IN"
            f" (SELECT {wanted.key} FROM {wanted.table} WHERE {wanted.where} LIMIT :limit)",
            {"user": user_id, "limit": limit},
        )

    async def _remove_posts(self, user_id: int) -> int:
        rows = await self._db.all(
            f"SELECT id FROM post WHERE {_OF_ACCOUNT} ORDER BY id LIMIT :limit",
            {"user": user_id, "limit": POSTS_AT_ONCE},
        )
        params = {"user": user_id, "ids": json.dumps([row["id"] for row in rows])}
        these = "(SELECT value FROM json_each(:ids))"
        for statement in (
            "INSERT OR IGNORE INTO leaving_picture (user_id, sha256)"
            f" SELECT :user, sha256 FROM file WHERE post_id IN {these}"
            f" UNION SELECT :user, sha256 FROM removed_file WHERE post_id IN {these}",
            f"DELETE FROM post_event WHERE post_id IN {these}",
            f"DELETE FROM publication WHERE post_id IN {these}",
            f"DELETE FROM post_search WHERE rowid IN {these}",
            f"DELETE FROM post WHERE id IN {these}",
        ):
            await self._db.run(statement, params)
        return len(rows)

    async def uploads(self, user_id: int) -> Sequence[str]:
        rows = await self._db.all("SELECT token_hash FROM upload_ticket WHERE user_id = :user", {"user": user_id})
        return [row["token_hash"] for row in rows]

    async def pictures(self, user_id: int, *, limit: int) -> Sequence[tuple[str, bool]]:
        rows = await self._db.all(
            """
            SELECT l.sha256, EXISTS (SELECT 1 FROM file f WHERE f.sha256 = l.sha256)
                   OR EXISTS (SELECT 1 FROM removed_file r WHERE r.sha256 = l.sha256) AS needed
              FROM leaving_picture l
             WHERE l.user_id = :user
             LIMIT :limit
            """,
            {"user": user_id, "limit": limit},
        )
        return [(row["sha256"], bool(row["needed"])) for row in rows]

    async def forget_pictures(self, user_id: int, sha256s: Sequence[str]) -> None:
        await self._db.run(
            "DELETE FROM leaving_picture WHERE user_id = :user AND sha256 IN (SELECT value FROM json_each(:these))",
            {"user": user_id, "these": json.dumps(list(sha256s))},
        )

    async def remains(self, user_id: int) -> Remains:
        row = await self._db.one(
            f"SELECT (SELECT count(*) FROM post WHERE {_OF_ACCOUNT}) AS posts,"
            " (SELECT count(*) FROM leaving_picture WHERE user_id = :user) AS pictures",
            {"user": user_id},
        )
        return Remains(row["posts"], row["pictures"]) if row else Remains(0, 0)

    async def end(self, user: User) -> bool:
        """False when somebody else was quicker."""
        params = {"user": user.id}
        for table in ("post_count", "account"):
            await self._db.run(f"DELETE FROM {table} WHERE user_id = :user", params)
        return bool(await self._db.run("DELETE FROM user WHERE id = :user", params))
