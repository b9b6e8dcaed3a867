"""What stands in the rooms beside the posts, row by row: a little of everything, or far more than anybody wants."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.filling import DAY, insert
from data.database import connect_sync

NOON = 12 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Plenty:
    """How many there are of each; of one post its files and its history, of one change its posts."""

    accounts: int = 2
    templates: int = 30
    folders: int = 40
    automations: int = 10
    series: int = 5
    presets: int = 5
    sales: int = 40
    keys: int = 5
    calls: int = 50
    webhooks: int = 3
    deliveries: int = 50
    kept: int = 40
    sessions: int = 3
    holidays: int = 3
    invites: int = 10
    people: int = 10
    audit: int = 200
    files: int = 4
    history: int = 40
    changes: int = 10
    changed: int = 500


CROWDED = Plenty(
    accounts=20,
    templates=2_000,
    folders=3_000,
    automations=500,
    series=500,
    presets=200,
    sales=5_000,
    keys=300,
    calls=5_000,
    webhooks=300,
    deliveries=5_000,
    kept=2_000,
    sessions=200,
    holidays=200,
    invites=200,
    people=300,
    audit=20_000,
    files=100,
    history=5_000,
    changes=60,
    changed=10_000,
)


def furnish(path: Path, user_id: int, account_ids: tuple[int, ...], plenty: Plenty, *, now: int) -> None:
    connection = connect_sync(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    furniture = _Furniture(connection, user_id, account_ids, plenty, now)
    for piece in (
        furniture.library,
        furniture.plans,
        furniture.sales,
        furniture.programs,
        furniture.people,
        furniture.work,
        furniture.figures,
        furniture.changes,
    ):
        piece()
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def _digest(*about: object) -> bytes:
    return hashlib.sha256(repr(about).encode()).digest()


class _Furniture:
    def __init__(
        self, connection: sqlite3.Connection, user_id: int, account_ids: tuple[int, ...], plenty: Plenty, now: int
    ) -> None:
        self._db = connection
        self._user = user_id
        self._accounts = account_ids
        self._plenty = plenty
        self._now = now

    def _add(self, table: str, count: int, row: Callable[[int], dict[str, object]]) -> list[int]:
        return [insert(self._db, table, row(number)) for number in range(count)]

    def _posts(self, status: str, most: int) -> list[int]:
        newest = "SELECT id FROM post WHERE user_id = ? AND status = ? ORDER BY id DESC LIMIT ?"
        return [row[0] for row in self._db.execute(newest, (self._user, status, most))]

    def library(self) -> None:
        kinds, stamps = ("tags", "description", "comment"), {"created_at": self._now, "updated_at": self._now}
        body = "forest, night, lantern, harbour in the rain, a quiet place, copper and glass"
        self._add(
            "template",
            self._plenty.templates,
            lambda n: {"user_id": self._user, "kind": kinds[n % 3], "name": f"Template {n}", "body": body, **stamps},
        )
        first = self._accounts[0]
        insert(self._db, "folder_copy", {"account_id": first, "fetched_at": self._now})
        self._add(
            "folder",
            self._plenty.folders,
            lambda n: {
                "account_id": first,
                "folder_id": _uuid(n),
                "parent_id": _uuid(n - n % 10) if n % 10 else None,
                "name": f"Folder {n}",
                "size": n,
                "position": n,
            },
        )
        [kept] = self._add("keep_list", 1, lambda n: {"user_id": self._user, "name": "Kept", "created_at": self._now})
        self._add(
            "kept_work",
            self._plenty.kept,
            lambda n: {
                "list_id": kept,
                "deviation_id": _uuid(n),
                "title": f"Work {n}",
                "author": "kiri",
                "kept_at": self._now,
                "url": f"https://www.deviantart.com/kiri/art/{n}",
            },
        )

    def plans(self) -> None:
        # Their times are far from now, so that none of them runs while pages are measured.
        minute = (self._now // 60 % 1440 + NOON) % 1440
        automations = self._add(
            "automation",
            self._plenty.automations,
            lambda n: {
                "user_id": self._user,
                "account_id": self._accounts[n % len(self._accounts)],
                "name": f"Automation {n}",
                "color": "#2e7d6b",
                "position": n,
                "enabled": 1,
                "time_zone": "UTC",
                "selection": "fifo",
                "seed": n,
                "cursor_at": self._now,
                "next_at": self._now + DAY // 2,
                "created_at": self._now,
                "updated_at": self._now,
            },
        )
        for automation in automations:
            insert(
                self._db,
                "automation_rule",
                {"automation_id": automation, "position": 0, "kind": "fixed_time", "days": 127, "at_minute": minute},
            )
            self._add(
                "automation_line",
                20,
                lambda n, automation=automation: {  # type: ignore[misc]
                    "automation_id": automation,
                    "at": self._now - n * DAY,
                    "kind": "scheduled",
                    "text": "“Night harbour” goes out.",
                },
            )
        series = self._add(
            "series",
            self._plenty.series,
            lambda n: {"user_id": self._user, "name": f"Series {n}", "created_at": self._now},
        )
        drafts = self._posts("draft", len(series) * 4 + 200)
        for place, post in enumerate(drafts):
            number, of = (
                (place, series[0]) if place < 200 else (place // len(series) + 200, series[place % len(series)])
            )
            insert(self._db, "series_part", {"post_id": post, "series_id": of, "number": number + 1})
        for account in self._accounts:
            self._add(
                "weekly_slot",
                14,
                lambda n, account=account: {  # type: ignore[misc]
                    "account_id": account,
                    "weekday": n % 7,
                    "minute": 540 + n // 7 * 540,
                },
            )
            insert(self._db, "pacing", {"account_id": account, "min_gap_minutes": 30, "max_per_day": 20})
        self._add(
            "holiday",
            self._plenty.holidays,
            lambda n: {
                "user_id": self._user,
                "first_day": f"2030-{n % 12 + 1:02}-01",
                "last_day": f"2030-{n % 12 + 1:02}-02",
                "mode": "shift",
                "name": f"Holiday {n}",
            },
        )

    def sales(self) -> None:
        presets = self._add(
            "price_preset",
            self._plenty.presets,
            lambda n: {
                "user_id": self._user,
                "name": f"Preset {n}",
                "currency": "USD",
                "lowest": 500 + n,
                "created_at": self._now,
                "updated_at": self._now,
            },
        )
        found = self._db.execute(
            "SELECT q.id, q.post_id FROM publication q JOIN post p ON p.id = q.post_id"
            " WHERE p.user_id = ? AND p.status = 'published' LIMIT ?",
            (self._user, self._plenty.sales),
        ).fetchall()
        for number, (publication, post) in enumerate(found):
            insert(
                self._db,
                "sale",
                {
                    "user_id": self._user,
                    "post_id": post,
                    "publication_id": publication,
                    "price_preset_id": presets[number % len(presets)],
                    "price": 900,
                    "currency": "USD",
                    "status": "completed" if number % 2 else "pending",
                    "created_at": self._now,
                    "updated_at": self._now,
                },
            )

    def programs(self) -> None:
        keys = self._add(
            "api_key",
            self._plenty.keys,
            lambda n: {
                "user_id": self._user,
                "name": f"Key {n}",
                "prefix": f"isk_{n:04}",
                "key_hash": _digest("key", self._user, n),
                "scopes": "upload",
                "created_at": self._now,
            },
        )
        read = json.dumps({"fields": {"title": "Night harbour"}, "files": ["picture.png"]})
        self._add(
            "key_call",
            self._plenty.calls,
            lambda n: {
                "key_id": keys[0],
                "at": self._now - n,
                "method": "POST",
                "path": "/hook",
                "address": "127.0.0.1",
                "agent": "ComfyUI",
                "came": "multipart/form-data, 2 MB",
                "read_as": read,
                "status": 201,
                "answer": "{}",
                "took_ms": 40,
            },
        )
        hooks = self._add(
            "webhook",
            self._plenty.webhooks,
            lambda n: {
                "user_id": self._user,
                "name": f"Webhook {n}",
                "url": f"https://hooks.example/{n}",
                "kinds": '["published"]',
                "secret": b"sealed",
                "from_event_id": 0,
                "disabled_at": self._now,
                "disabled_why": "by hand",
                "created_at": self._now,
            },
        )
        self._add(
            "webhook_delivery",
            self._plenty.deliveries,
            lambda n: {
                "webhook_id": hooks[0],
                "message_id": f"msg_{n}",
                "kind": "published",
                "body": "{}",
                "state": "delivered",
                "attempts": 1,
                "created_at": self._now - n,
                "status": 200,
                "took_ms": 30,
            },
        )

    def people(self) -> None:
        day = {"created_at": self._now, "seen_at": self._now, "expires_at": self._now + 30 * DAY}
        self._add(
            "session",
            self._plenty.sessions,
            lambda n: {
                "token_hash": _digest("session", self._user, n),
                "user_id": self._user,
                "csrf_token": "t",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                **day,
            },
        )
        self._add(
            "invite",
            self._plenty.invites,
            lambda n: {
                "token_hash": _digest("invite", self._user, n),
                "role": "member",
                "note": f"Guest {n}",
                "made_by": self._user,
                "made_at": self._now,
                "expires_at": self._now + 7 * DAY,
            },
        )
        people = self._add(
            "user",
            self._plenty.people,
            lambda n: {"name": f"guest{self._user}x{n}", "role": "member", "created_at": self._now},
        )
        for person in people[:50]:
            insert(
                self._db,
                "account_share",
                {"account_id": self._accounts[0], "user_id": person, "role": "reviewer", "shared_at": self._now},
            )
        self._add(
            "audit",
            self._plenty.audit,
            lambda n: {
                "at": self._now - n,
                "actor": "mira",
                "what": "user.role",
                "about": f"guest{n} became a member",
            },
        )

    def work(self) -> None:
        """One draft with many pictures and a long history: the newest."""
        [post] = self._posts("draft", 1)
        columns = [row[1] for row in self._db.execute("PRAGMA table_info(file)") if row[1] not in {"id", "position"}]
        names = ", ".join(columns)
        for position in range(1, self._plenty.files):
            self._db.execute(
                f"INSERT INTO file (position, {names}) SELECT {position}, {names} FROM file"
                f" WHERE post_id = {post} AND position = 0"
            )
        self._add(
            "post_event",
            self._plenty.history,
            lambda n: {
                "at": self._now - n,
                "user_id": self._user,
                "post_id": post,
                "account_id": self._accounts[0],
                "kind": "edited",
                "text": "Title and tags changed.",
                "actor": "mira",
                "status": "draft",
                "version": 1,
            },
        )

    def figures(self) -> None:
        self._db.execute(
            """
            INSERT INTO work_figures (publication_id, user_id, account_id, post_id, deviation_id, published_at,
                                      favourites, comments, views, sampled_at, next_at)
            SELECT q.id, p.user_id, q.account_id, q.post_id, q.deviation_id, q.published_at, q.id % 900, q.id % 40,
                   q.id % 9000, :now, :later
              FROM publication q
              JOIN post p ON p.id = q.post_id
             WHERE p.user_id = :user_id
               AND q.state = 'published'
            """,
            {"user_id": self._user, "now": self._now, "later": self._now + 300 * DAY},
        )
        self._db.execute(
            """
            WITH RECURSIVE n(day) AS (SELECT 1 UNION ALL SELECT day + 1 FROM n WHERE day < 60)
            INSERT INTO work_sample (publication_id, day, favourites, comments, views)
            SELECT w.publication_id, :today - n.day, 60 - n.day, 1, 900 - n.day
              FROM (SELECT publication_id FROM work_figures WHERE user_id = :user_id
                     ORDER BY published_at DESC LIMIT 200) w, n
            """,
            {"user_id": self._user, "today": self._now // DAY},
        )

    def changes(self) -> None:
        """Done ones, the first of many posts; and one that is still chosen for editing."""
        change = json.dumps({"action": "edit", "fields": {"title": "New"}})
        for number in range(self._plenty.changes + 1):
            is_open = number == self._plenty.changes
            count = self._plenty.changed if is_open or number % 20 == 0 else 40
            bulk = insert(
                self._db,
                "bulk",
                {
                    "user_id": self._user,
                    "actor": "mira",
                    "via": "dashboard",
                    "state": "open" if is_open else "done",
                    "change": None if is_open else change,
                    "total": count,
                    "created_at": self._now - 60,
                },
            )
            chosen = "SELECT id FROM post WHERE user_id = :user_id AND status <> 'discarded' LIMIT :count"
            params = {"bulk": bulk, "user_id": self._user, "count": count}
            if is_open:
                self._db.execute(
                    f"INSERT INTO bulk_choice (bulk_id, ids) SELECT :bulk, json_group_array(id) FROM ({chosen})",
                    params,
                )
                continue
            self._db.execute(
                "INSERT INTO bulk_item (bulk_id, position, post_id, outcome)"
                f" SELECT :bulk, row_number() OVER (ORDER BY id) - 1, id, 'done' FROM ({chosen})",
                params,
            )


def _uuid(number: int) -> str:
    digits = f"{number:032X}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
