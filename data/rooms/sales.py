"""Price presets, what posts are to be sold with, and the sale queue."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import NotFound, WrongState
from core.exclusives.ports import SalePage, Screenshot, Wish
from core.exclusives.price import Money, Preset, WantedPreset
from core.exclusives.sale import Sale, SaleStatus
from data import cursors
from data.database import Connection, Database, Row
from data.times import instant, seconds

_PRESET = """
    s.id, s.user_id, s.name, s.currency, s.lowest, s.highest, s.is_default, s.archived_at, s.created_at
"""
_PRESETS = f"""
SELECT {_PRESET}
  FROM price_preset s
 WHERE s.user_id = :user_id
   AND (:archived OR s.archived_at IS NULL)
 ORDER BY s.archived_at IS NOT NULL, s.is_default DESC, s.name COLLATE NOCASE
"""
_SALE = """
    s.id, s.user_id, s.post_id, s.publication_id, s.price_preset_id, s.price, s.currency, s.status, s.attempts,
    s.client_id, s.lease_token, s.lease_expires_at, s.error_message, s.created_at, s.updated_at, s.done_at,
    q.deviation_url, q.stored_title, q.file_id
"""
# Every sale has its publication. LEFT, so that no plan begins with the publications, of which there are many more.
_FROM = "FROM sale s LEFT JOIN publication q ON q.id = s.publication_id"


def preset_from(row: Row) -> Preset:
    return Preset(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        currency=row["currency"],
        lowest=row["lowest"],
        highest=row["highest"],
        is_default=bool(row["is_default"]),
        archived_at=instant(row["archived_at"]),
        created_at=instant(row["created_at"]),
    )


def sale_from(row: Row) -> Sale:
    return Sale(
        id=row["id"],
        user_id=row["user_id"],
        post_id=row["post_id"],
        publication_id=row["publication_id"],
        price_preset_id=row["price_preset_id"],
        price=Money(row["price"], row["currency"]),
        status=SaleStatus(row["status"]),
        attempts=row["attempts"],
        client_id=row["client_id"],
        lease_token=row["lease_token"],
        lease_expires_at=instant(row["lease_expires_at"]),
        error_message=row["error_message"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        done_at=instant(row["done_at"]),
        deviation_url=row["deviation_url"],
        title=row["stored_title"],
        file_id=row["file_id"],
    )


class Presets:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def of_user(self, user_id: int, *, archived: bool = False) -> tuple[Preset, ...]:
        rows = await self._db.all(_PRESETS, {"user_id": user_id, "archived": archived})
        return tuple(map(preset_from, rows))

    async def find(self, user_id: int, preset_id: int) -> Preset | None:
        row = await self._db.one(
            f"SELECT {_PRESET} FROM price_preset s WHERE s.id = :id AND s.user_id = :user_id",
            {"id": preset_id, "user_id": user_id},
        )
        return None if row is None else preset_from(row)

    async def add(self, user_id: int, wanted: WantedPreset, *, is_default: bool, at: datetime) -> Preset:
        preset_id = await self._db.insert(
            """
            INSERT INTO price_preset (user_id, name, currency, lowest, highest, is_default, created_at, updated_at)
            VALUES (:user_id, :name, :currency, :lowest, :highest, :is_default, :at, :at)
            """,
            {
                "user_id": user_id,
                "name": wanted.name,
                "currency": wanted.currency,
                "lowest": wanted.lowest,
                "highest": wanted.highest,
                "is_default": is_default,
                "at": seconds(at),
            },
        )
        found = await self.find(user_id, preset_id)
        if found is None:
            raise NotFound
        return found

    async def save(self, preset: Preset, *, at: datetime) -> None:
        await self._db.run(
            """
            UPDATE price_preset
               SET name = :name, currency = :currency, lowest = :lowest, highest = :highest,
                   is_default = :is_default, archived_at = :archived_at, updated_at = :at
             WHERE id = :id
            """,
            {
                "id": preset.id,
                "name": preset.name,
                "currency": preset.currency,
                "lowest": preset.lowest,
                "highest": preset.highest,
                "is_default": preset.is_default,
                "archived_at": seconds(preset.archived_at),
                "at": seconds(at),
            },
        )

    async def clear_default(self, user_id: int) -> None:
        await self._db.run("UPDATE price_preset SET is_default = 0 WHERE user_id = :user_id", {"user_id": user_id})


class Wishes:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def get(self, post_id: int) -> Wish:
        row = await self._db.one(
            "SELECT price_preset_id, comment_template_id FROM post_wish WHERE post_id = :id", {"id": post_id}
        )
        return Wish() if row is None else Wish(row["price_preset_id"], row["comment_template_id"])

    async def save(self, post_id: int, wish: Wish) -> None:
        if wish == Wish():
            await self._db.run("DELETE FROM post_wish WHERE post_id = :id", {"id": post_id})
            return
        await self._db.run(
            """
            INSERT INTO post_wish (post_id, price_preset_id, comment_template_id) VALUES (:id, :preset, :comment)
            ON CONFLICT DO UPDATE SET price_preset_id = excluded.price_preset_id,
                                      comment_template_id = excluded.comment_template_id
            """,
            {"id": post_id, "preset": wish.price_preset_id, "comment": wish.comment_template_id},
        )


class Sales:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def get(self, sale_id: int) -> Sale:
        sale = await self._one("s.id = :id", {"id": sale_id})
        if sale is None:
            raise NotFound("There is no such entry.")
        return sale

    async def of_publication(self, publication_id: int) -> Sale | None:
        return await self._one("s.publication_id = :id", {"id": publication_id})

    async def next_pending(self, user_id: int) -> Sale | None:
        return await self._one(
            "s.user_id = :user_id AND s.status = 'pending' AND q.deviation_url IS NOT NULL ORDER BY s.id LIMIT 1",
            {"user_id": user_id},
        )

    async def held_by(self, user_id: int, client_id: str) -> Sale | None:
        return await self._one(
            "s.user_id = :user_id AND s.status = 'processing' AND s.client_id = :client_id ORDER BY s.id LIMIT 1",
            {"user_id": user_id, "client_id": client_id},
        )

    async def expired(self, *, now: datetime, user_id: int | None = None) -> tuple[Sale, ...]:
        rows = await self._db.all(
            f"SELECT {_SALE} {_FROM} WHERE s.status = 'processing' AND s.lease_expires_at <= :now"
            " AND (:user_id IS NULL OR s.user_id = :user_id)",
            {"now": seconds(now), "user_id": user_id},
        )
        return tuple(map(sale_from, rows))

    async def add(
        self, *, user_id: int, post_id: int, publication_id: int, preset_id: int | None, price: Money, at: datetime
    ) -> Sale:
        sale_id = await self._db.insert(
            """
            INSERT INTO sale (user_id, post_id, publication_id, price_preset_id, price, currency, status, created_at,
                              updated_at)
            VALUES (:user_id, :post_id, :publication_id, :preset_id, :price, :currency, 'pending', :at, :at)
            """,
            {
                "user_id": user_id,
                "post_id": post_id,
                "publication_id": publication_id,
                "preset_id": preset_id,
                "price": price.amount,
                "currency": price.currency,
                "at": seconds(at),
            },
        )
        return await self.get(sale_id)

    async def save(self, sale: Sale, *, expected: SaleStatus, lease_token: str | None) -> None:
        changed = await self._db.run(
            """
            UPDATE sale
               SET status = :status, attempts = :attempts, client_id = :client_id, lease_token = :new_token,
                   lease_expires_at = :lease_expires_at, error_message = :error_message, updated_at = :updated_at,
                   done_at = :done_at
             WHERE id = :id
               AND status = :expected
               AND lease_token IS :lease_token
            """,
            {
                "id": sale.id,
                "status": sale.status,
                "attempts": sale.attempts,
                "client_id": sale.client_id,
                "new_token": sale.lease_token,
                "lease_expires_at": seconds(sale.lease_expires_at),
                "error_message": sale.error_message,
                "updated_at": seconds(sale.updated_at),
                "done_at": seconds(sale.done_at),
                "expected": expected,
                "lease_token": lease_token,
            },
        )
        if not changed:
            raise WrongState("This entry is no longer yours: its lease ended, or somebody else finished it.")

    async def save_screenshot(self, sale_id: int, screenshot: Screenshot) -> None:
        await self._db.run(
            """
            INSERT INTO sale_screenshot (sale_id, mime, content, taken_at) VALUES (:id, :mime, :content, :at)
            ON CONFLICT DO UPDATE SET mime = excluded.mime, content = excluded.content, taken_at = excluded.taken_at
            """,
            {
                "id": sale_id,
                "mime": screenshot.mime,
                "content": screenshot.content,
                "at": seconds(screenshot.taken_at),
            },
        )

    async def remove_screenshots(self, *, before: datetime) -> None:
        await self._db.run("DELETE FROM sale_screenshot WHERE taken_at < :before", {"before": seconds(before)})

    async def _one(self, which: str, params: dict[str, Any]) -> Sale | None:
        row = await self._db.one(f"SELECT {_SALE} {_FROM} WHERE {which}", params)
        return None if row is None else sale_from(row)


class SaleReads:
    """For pages and the API: one hop each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def presets(self, user_id: int, *, archived: bool = False) -> Sequence[Preset]:
        return await self._db.read(
            lambda connection: tuple(
                map(preset_from, connection.execute(_PRESETS, {"user_id": user_id, "archived": archived}))
            )
        )

    async def sales(self, user_id: int, *, status: SaleStatus | None, cursor: str | None, limit: int) -> SalePage:
        before = cursors.unpacked(cursor, int)[0] if cursor else 2**62
        params = {"user_id": user_id, "status": status, "before": before, "limit": limit + 1}

        def read(connection: sqlite3.Connection) -> SalePage:
            statuses = "= :status" if status else "IN ('pending', 'processing', 'completed', 'failed', 'skipped')"
            rows = connection.execute(
                f"SELECT {_SALE} {_FROM} WHERE s.user_id = :user_id AND s.status {statuses} AND s.id < :before"
                " ORDER BY s.id DESC LIMIT :limit",
                params,
            ).fetchall()
            counted = connection.execute(
                "SELECT status, count(*) AS sales FROM sale WHERE user_id = :user_id GROUP BY status",
                {"user_id": user_id},
            )
            counts = {row["status"]: int(row["sales"]) for row in counted}
            more = cursors.packed([rows[limit - 1]["id"]]) if len(rows) > limit else None
            return SalePage(tuple(map(sale_from, rows[:limit])), more, counts)

        return await self._db.read(read)

    async def sale(self, user_id: int, sale_id: int) -> Sale:
        def read(connection: sqlite3.Connection) -> Sale:
            row = connection.execute(
                f"SELECT {_SALE} {_FROM} WHERE s.id = :id AND s.user_id = :user_id",
                {"id": sale_id, "user_id": user_id},
            ).fetchone()
            if row is None:
                raise NotFound("There is no such entry.")
            return sale_from(row)

        return await self._db.read(read)

    async def wish(self, post_id: int) -> Wish:
        def read(connection: sqlite3.Connection) -> Wish:
            row = connection.execute(
                "SELECT price_preset_id, comment_template_id FROM post_wish WHERE post_id = :id", {"id": post_id}
            ).fetchone()
            return Wish() if row is None else Wish(row["price_preset_id"], row["comment_template_id"])

        return await self._db.read(read)

    async def screenshot(self, user_id: int, sale_id: int) -> Screenshot | None:
        def read(connection: sqlite3.Connection) -> Screenshot | None:
            row = connection.execute(
                "SELECT c.mime, c.content, c.taken_at FROM sale_screenshot c JOIN sale s ON s.id = c.sale_id"
                " WHERE s.id = :id AND s.user_id = :user_id",
                {"id": sale_id, "user_id": user_id},
            ).fetchone()
            return None if row is None else Screenshot(row["mime"], row["content"], instant(row["taken_at"]))

        return await self._db.read(read)
