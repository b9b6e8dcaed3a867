"""What the bot remembers: `DiscordMemory` over SQLite."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.discord_ports import Card, DiscordPerson, DropChannel, GuildSetup, LinkCode
from data.database import Connection, Database
from data.times import instant, seconds

_PERSON = "person_snowflake, user_id, name, linked_at, dm_refused_at"
_GUILD = "guild_snowflake, owner_snowflake, owner_agreed, review_snowflake, notices_snowflake, reviewer_snowflake"
_CHANNEL = "channel_snowflake, guild_snowflake, one_post, to_draft, account_id, handled_snowflake"
_CARD = """id, post_id, guild_snowflake, channel_snowflake, message_snowflake, rendered_event_id, rendered_hash,
       made_at"""


class Discord:
    """Each call is one hop to the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # people

    async def person(self, discord_id: int) -> DiscordPerson | None:
        rows = await self._all(
            f"SELECT {_PERSON} FROM discord_person WHERE person_snowflake = :id",
            {"id": discord_id},
        )
        return _person(rows[0]) if rows else None

    async def people_of(self, user_id: int) -> Sequence[DiscordPerson]:
        rows = await self._all(
            f"SELECT {_PERSON} FROM discord_person WHERE user_id = :id ORDER BY linked_at",
            {"id": user_id},
        )
        return [_person(row) for row in rows]

    async def tie(self, person: DiscordPerson) -> None:
        await self._run(
            """
            INSERT INTO discord_person (person_snowflake, user_id, name, linked_at)
            VALUES (:id, :user_id, :name, :at)
            ON CONFLICT DO UPDATE SET user_id = excluded.user_id, name = excluded.name,
                                      linked_at = excluded.linked_at, dm_refused_at = NULL
            """,
            {
                "id": person.discord_id,
                "user_id": person.user_id,
                "name": person.name,
                "at": seconds(person.linked_at),
            },
        )

    async def untie(self, discord_id: int) -> bool:
        return bool(await self._run("DELETE FROM discord_person WHERE person_snowflake = :id", {"id": discord_id}))

    async def note_dm_refused(self, discord_id: int, at: datetime | None) -> bool:
        changed = await self._run(
            """
            UPDATE discord_person
               SET dm_refused_at = :at
             WHERE person_snowflake = :id
               AND (dm_refused_at IS NULL) <> (:at IS NULL)
            """,
            {"id": discord_id, "at": seconds(at)},
        )
        return bool(changed)

    async def add_code(self, code: LinkCode) -> None:
        async with self._database.transaction() as connection:
            await connection.run(
                "DELETE FROM discord_link_code WHERE person_snowflake = :id AND used_at IS NULL",
                {"id": code.discord_id},
            )
            await connection.run(
                """
                INSERT INTO discord_link_code (code_hash, person_snowflake, name, expires_at)
                VALUES (:hash, :id, :name, :expires_at)
                """,
                {
                    "hash": code.code_hash,
                    "id": code.discord_id,
                    "name": code.name,
                    "expires_at": seconds(code.expires_at),
                },
            )

    async def code(self, code_hash: bytes) -> LinkCode | None:
        rows = await self._all(
            """
            SELECT code_hash, person_snowflake, name, expires_at, used_at
              FROM discord_link_code
             WHERE code_hash = :hash
            """,
            {"hash": code_hash},
        )
        return _code(rows[0]) if rows else None

    async def use_code(self, code_hash: bytes, *, at: datetime) -> bool:
        changed = await self._run(
            """
            UPDATE discord_link_code
               SET used_at = :at
             WHERE code_hash = :hash
               AND used_at IS NULL
               AND expires_at > :at
            """,
            {"hash": code_hash, "at": seconds(at)},
        )
        return bool(changed)

    # servers

    async def guild(self, guild_id: int) -> GuildSetup | None:
        return await self._database.read(lambda connection: _guild(connection, guild_id))

    async def guilds(self) -> Sequence[GuildSetup]:
        def query(connection: sqlite3.Connection) -> list[GuildSetup]:
            ids = connection.execute("SELECT guild_snowflake FROM discord_guild ORDER BY guild_snowflake")
            return [found for (guild_id,) in ids.fetchall() if (found := _guild(connection, guild_id))]

        return await self._database.read(query)

    async def save_guild(self, setup: GuildSetup, *, at: datetime) -> None:
        async with self._database.transaction() as connection:
            await connection.run(_SAVE_GUILD, _guild_params(setup) | {"at": seconds(at)})
            known = await connection.all(
                "SELECT channel_snowflake FROM discord_drop_channel WHERE guild_snowflake = :id",
                {"id": setup.guild_id},
            )
            kept = {channel.channel_id for channel in setup.drop_channels}
            gone = [row["channel_snowflake"] for row in known if row["channel_snowflake"] not in kept]
            await connection.many(
                "DELETE FROM discord_drop_channel WHERE channel_snowflake = :id", [{"id": id_} for id_ in gone]
            )
            await connection.many(_SAVE_CHANNEL, [_channel_params(c) for c in setup.drop_channels])

    async def forget_guild(self, guild_id: int) -> None:
        async with self._database.transaction() as connection:
            for table in ("discord_card", "discord_guild"):
                await connection.run(
                    f"DELETE FROM {table} WHERE guild_snowflake = :id",
                    {"id": guild_id},
                )

    async def drop_channel(self, channel_id: int) -> tuple[DropChannel, GuildSetup] | None:
        def query(connection: sqlite3.Connection) -> tuple[DropChannel, GuildSetup] | None:
            row = connection.execute(
                "SELECT guild_snowflake FROM discord_drop_channel WHERE channel_snowflake = :id",
                {"id": channel_id},
            ).fetchone()
            setup = _guild(connection, row[0]) if row else None
            if setup is None:
                return None
            channel = next(c for c in setup.drop_channels if c.channel_id == channel_id)
            return channel, setup

        return await self._database.read(query)

    async def set_handled(self, channel_id: int, message_id: int) -> None:
        await self._run(
            """
            UPDATE discord_drop_channel
               SET handled_snowflake = :message_id
             WHERE channel_snowflake = :id
               AND handled_snowflake < :message_id
            """,
            {"id": channel_id, "message_id": message_id},
        )

    # drops

    async def dropped(self, message_id: int) -> dict[int, int | None]:
        rows = await self._all(
            "SELECT attachment_snowflake, post_id FROM discord_drop WHERE message_snowflake = :id",
            {"id": message_id},
        )
        return {row["attachment_snowflake"]: row["post_id"] for row in rows}

    async def note_drop(
        self, channel_id: int, message_id: int, posts: dict[int, int | None], *, at: datetime
    ) -> None:
        async with self._database.transaction() as connection:
            await connection.many(
                """
                INSERT INTO discord_drop (message_snowflake, attachment_snowflake, channel_snowflake, post_id, at)
                VALUES (:message_id, :attachment_id, :channel_id, :post_id, :at)
                ON CONFLICT DO NOTHING
                """,
                [
                    {
                        "message_id": message_id,
                        "attachment_id": attachment_id,
                        "channel_id": channel_id,
                        "post_id": post_id,
                        "at": seconds(at),
                    }
                    for attachment_id, post_id in posts.items()
                ],
            )

    async def drop_of_post(self, post_id: int) -> tuple[int, int] | None:
        rows = await self._all(
            "SELECT channel_snowflake, message_snowflake FROM discord_drop WHERE post_id = :id LIMIT 1",
            {"id": post_id},
        )
        return (rows[0]["channel_snowflake"], rows[0]["message_snowflake"]) if rows else None

    async def hint_once(self, channel_id: int, discord_id: int) -> bool:
        changed = await self._run(
            """
            INSERT INTO discord_hint (channel_snowflake, person_snowflake) VALUES (:channel_id, :id)
            ON CONFLICT DO NOTHING
            """,
            {"channel_id": channel_id, "id": discord_id},
        )
        return bool(changed)

    # cards

    async def review_place(self, user_id: int, post_id: int) -> tuple[int, int] | None:
        rows = await self._all(
            """
            SELECT g.guild_snowflake, g.review_snowflake
              FROM discord_guild g
              LEFT JOIN discord_drop_channel c ON c.guild_snowflake = g.guild_snowflake
                    AND c.channel_snowflake IN (SELECT channel_snowflake FROM discord_drop WHERE post_id = :post_id)
              LEFT JOIN discord_person p ON p.person_snowflake = g.owner_snowflake
             WHERE g.review_snowflake IS NOT NULL
               AND (p.user_id = :user_id OR c.channel_snowflake IS NOT NULL)
             ORDER BY c.channel_snowflake IS NULL, g.updated_at DESC, g.guild_snowflake
             LIMIT 1
            """,
            {"user_id": user_id, "post_id": post_id},
        )
        return (rows[0]["guild_snowflake"], rows[0]["review_snowflake"]) if rows else None

    async def notice_places(self, user_id: int) -> Sequence[tuple[int, int]]:
        rows = await self._all(
            """
            SELECT g.guild_snowflake, g.notices_snowflake
              FROM discord_guild g
              JOIN discord_person p ON p.person_snowflake = g.owner_snowflake
             WHERE g.notices_snowflake IS NOT NULL
               AND p.user_id = :user_id
             ORDER BY g.updated_at DESC, g.guild_snowflake
            """,
            {"user_id": user_id},
        )
        return [(row["guild_snowflake"], row["notices_snowflake"]) for row in rows]

    async def add_card(self, post_id: int, guild_id: int, channel_id: int, *, at: datetime) -> Card | None:
        async with self._database.transaction() as connection:
            row = await connection.one(
                f"""
                INSERT INTO discord_card (post_id, guild_snowflake, channel_snowflake, made_at)
                SELECT :post_id, :guild_id, :channel_id, :at WHERE EXISTS (SELECT 1 FROM post WHERE id = :post_id)
                ON CONFLICT DO NOTHING
                RETURNING {_CARD}
                """,
                {"post_id": post_id, "guild_id": guild_id, "channel_id": channel_id, "at": seconds(at)},
            )
        return None if row is None else _card(row)

    async def cards_of(self, post_ids: Iterable[int]) -> Sequence[Card]:
        wanted = list(post_ids)

        def query(connection: sqlite3.Connection) -> list[Card]:
            found: list[Card] = []
            for post_id in wanted:
                sql = f"SELECT {_CARD} FROM discord_card WHERE post_id = :id"
                found += [_card(row) for row in connection.execute(sql, {"id": post_id})]
            return found

        return await self._database.read(query)

    async def card_at(self, message_id: int) -> Card | None:
        rows = await self._all(
            f"SELECT {_CARD} FROM discord_card WHERE message_snowflake = :id",
            {"id": message_id},
        )
        return _card(rows[0]) if rows else None

    async def unsent_cards(self) -> Sequence[Card]:
        rows = await self._all(
            f"SELECT {_CARD} FROM discord_card WHERE message_snowflake IS NULL ORDER BY id",
            {},
        )
        return [_card(row) for row in rows]

    async def card_sent(self, card_id: int, message_id: int) -> None:
        await self._run(
            "UPDATE discord_card SET message_snowflake = :message_id WHERE id = :id",
            {"id": card_id, "message_id": message_id},
        )

    async def card_rendered(self, card_id: int, *, event_id: int, rendered_hash: str) -> None:
        await self._run(
            "UPDATE discord_card SET rendered_event_id = :event_id, rendered_hash = :hash WHERE id = :id",
            {"id": card_id, "event_id": event_id, "hash": rendered_hash},
        )

    async def forget_card(self, card_id: int) -> None:
        await self._run("DELETE FROM discord_card WHERE id = :id", {"id": card_id})

    async def prune(self, *, before: datetime) -> None:
        """Drops and link codes that nobody can ask about any more."""
        async with self._database.transaction() as connection:
            await connection.run(
                "DELETE FROM discord_drop WHERE at < :before AND post_id IS NULL", {"before": seconds(before)}
            )
            await connection.run(
                "DELETE FROM discord_link_code WHERE expires_at < :before", {"before": seconds(before)}
            )

    async def _all(self, sql: str, params: dict[str, Any]) -> list[sqlite3.Row]:
        return await self._database.read(lambda connection: connection.execute(sql, params).fetchall())

    async def _run(self, sql: str, params: dict[str, Any]) -> int:
        async with self._database.transaction() as connection:
            return await _changed(connection, sql, params)


async def _changed(connection: Connection, sql: str, params: dict[str, Any]) -> int:
    return await connection.run(sql, params)


_SAVE_GUILD = """
INSERT INTO discord_guild (guild_snowflake, owner_snowflake, owner_agreed, review_snowflake, notices_snowflake,
                           reviewer_snowflake, updated_at)
VALUES (:guild_id, :owner_id, :owner_agreed, :review_channel_id, :notices_channel_id, :reviewer_role_id, :at)
ON CONFLICT DO UPDATE SET owner_snowflake = excluded.owner_snowflake,
                          owner_agreed = excluded.owner_agreed,
                          review_snowflake = excluded.review_snowflake,
                          notices_snowflake = excluded.notices_snowflake,
                          reviewer_snowflake = excluded.reviewer_snowflake,
                          updated_at = excluded.updated_at
"""
_SAVE_CHANNEL = """
INSERT INTO discord_drop_channel (channel_snowflake, guild_snowflake, one_post, to_draft, account_id,
                                  handled_snowflake)
VALUES (:channel_id, :guild_id, :one_post, :to_draft, :account_id, :handled)
ON CONFLICT DO UPDATE SET guild_snowflake = excluded.guild_snowflake, one_post = excluded.one_post,
                          to_draft = excluded.to_draft, account_id = excluded.account_id
"""


def _guild_params(setup: GuildSetup) -> dict[str, Any]:
    return {
        "guild_id": setup.guild_id,
        "owner_id": setup.owner_id,
        "owner_agreed": setup.owner_agreed,
        "review_channel_id": setup.review_channel_id,
        "notices_channel_id": setup.notices_channel_id,
        "reviewer_role_id": setup.reviewer_role_id,
    }


def _channel_params(channel: DropChannel) -> dict[str, Any]:
    return {
        "channel_id": channel.channel_id,
        "guild_id": channel.guild_id,
        "one_post": channel.one_post,
        "to_draft": channel.to_draft,
        "account_id": channel.account_id,
        "handled": channel.handled,
    }


def _guild(connection: sqlite3.Connection, guild_id: int) -> GuildSetup | None:
    sql = f"SELECT {_GUILD} FROM discord_guild WHERE guild_snowflake = :id"
    row = connection.execute(sql, {"id": guild_id}).fetchone()
    if row is None:
        return None
    setup = GuildSetup(
        guild_id=row["guild_snowflake"],
        owner_id=row["owner_snowflake"],
        owner_agreed=bool(row["owner_agreed"]),
        review_channel_id=row["review_snowflake"],
        notices_channel_id=row["notices_snowflake"],
        reviewer_role_id=row["reviewer_snowflake"],
    )
    sql = f"SELECT {_CHANNEL} FROM discord_drop_channel WHERE guild_snowflake = :id ORDER BY channel_snowflake"
    channels = tuple(_channel(row) for row in connection.execute(sql, {"id": guild_id}))
    return replace(setup, drop_channels=channels)


def _channel(row: sqlite3.Row) -> DropChannel:
    return DropChannel(
        channel_id=row["channel_snowflake"],
        guild_id=row["guild_snowflake"],
        one_post=bool(row["one_post"]),
        to_draft=bool(row["to_draft"]),
        account_id=row["account_id"],
        handled=row["handled_snowflake"],
    )


def _person(row: sqlite3.Row) -> DiscordPerson:
    return DiscordPerson(
        discord_id=row["person_snowflake"],
        user_id=row["user_id"],
        name=row["name"],
        linked_at=instant(row["linked_at"]),
        dm_refused_at=instant(row["dm_refused_at"]),
    )


def _code(row: sqlite3.Row) -> LinkCode:
    return LinkCode(
        code_hash=row["code_hash"],
        discord_id=row["person_snowflake"],
        name=row["name"],
        expires_at=instant(row["expires_at"]),
        used_at=instant(row["used_at"]),
    )


def _card(row: sqlite3.Row) -> Card:
    return Card(
        id=row["id"],
        post_id=row["post_id"],
        guild_id=row["guild_snowflake"],
        channel_id=row["channel_snowflake"],
        message_id=row["message_snowflake"],
        rendered_event_id=row["rendered_event_id"],
        rendered_hash=row["rendered_hash"],
        made_at=instant(row["made_at"]),
    )
