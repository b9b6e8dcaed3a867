"""Every page of the dashboard by name, with the addresses by which it is asked for; and which routes none of them is.

Lists are taken from the product itself, with every order, filter and way of searching that they offer.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product

from aiohttp import web

from core.exclusives.sale import SaleStatus
from core.operations.problems import LEVELS
from data import post_lists
from web.pages.list_kinds import SELECTABLE, Kind
from web.pages.list_query import Asked

# Answers to programs, files and the way in: nothing that a person looks at.
NO_PAGES = (
    "/api",
    "/hook",
    "/auth",
    "/static",
    "/files",
    "/health",
    "/ready",
    "/metrics",
    "/live",
    "/favicon.ico",
    "/calendar.ics",
    "/accounts.css",
)
# Pages that this person cannot see: a download, a picture, or what stands behind a code that opens once.
NOT_SEEN = {
    "/admin/people/{user_id}/export": "a download",
    "/admin/backups/{name}": "a download",
    "/exclusives/{id}/screenshot": "a picture",
    "/inspiration/works/{name}/thumb": "a picture",
    "/inspiration/works/{name}/download": "a picture",
    "/invite/{token}": "leads away whoever is in",
    "/share/{token}": "behind a code",
    "/link/{code}": "behind a code",
    "/signin": "leads away whoever is in",
}
FREQUENT, RARE, TAG, NOTHING = "lantern", "lantern fox 99", "ambercloud", "xylophone"
WORDS = {
    "frequent word": FREQUENT,
    "two frequent words": "lantern amber",
    "rare words": RARE,
    "one letter": "a",
    "model": "base",
    "seed": "{seed}",
    "no match": NOTHING,
}


@dataclass(frozen=True, slots=True)
class Page:
    """`form`: sent as a POST where it is not None."""

    name: str
    path: str
    form: Mapping[str, str | Sequence[str]] | None = field(default=None)

    @property
    def most_weight(self) -> int:
        return 260_000 if self.path.startswith("/calendar") else 60_000


class Shown:
    """What the addresses need to know of a person's library: ids, read from the database itself."""

    def __init__(self, connection: sqlite3.Connection, user_id: int) -> None:
        self._db = connection
        self.user_id = user_id

    def one(self, sql: str) -> str:
        row = self._db.execute(sql, {"user": self.user_id}).fetchone()
        if row is None:
            raise SystemExit(f"nothing found by {sql}")
        return str(row[0])

    def newest(self, status: str) -> str:
        return self.one(f"SELECT max(id) FROM post WHERE user_id = :user AND status = '{status}'")

    def oldest_drafts(self, most: int) -> list[str]:
        found = "SELECT id FROM post WHERE user_id = ? AND status = 'draft' ORDER BY id LIMIT ?"
        return [str(row[0]) for row in self._db.execute(found, (self.user_id, most))]

    def own(self, table: str, order: str = "min") -> str:
        return self.one(f"SELECT {order}(id) FROM {table} WHERE user_id = :user")

    def cursor(self, asked: Asked, share: float) -> str | None:
        """Where a page begins after *share* of everything that the list finds."""
        query = asked.query(self.user_id)
        sql, params = post_lists.ids_statement(query)
        ids = [row[0] for row in self._db.execute(sql, params)]
        if len(ids) < 3 * query.limit:
            return None
        order = post_lists.order_of(query)
        row = self._db.execute("SELECT * FROM post WHERE id = ?", (ids[int(len(ids) * share)],)).fetchone()
        return post_lists.cursor_after(row, order)


def pages(shown: Shown, works: Sequence[str]) -> Iterator[Page]:
    yield from _rooms(shown)
    yield from _posts(shown)
    yield from _calendar(shown)
    yield from _inspiration(shown, works)
    for kind in SELECTABLE.values():
        yield from _list(shown, kind)
    yield from _answers_to_forms(shown)


def _rooms(shown: Shown) -> Iterator[Page]:
    account = shown.own("account")
    folder = shown.one(
        "SELECT folder_id FROM folder WHERE account_id = (SELECT min(id) FROM account WHERE user_id = :user)"
    )
    change = shown.one("SELECT min(id) FROM bulk WHERE user_id = :user AND state = 'done'")
    opened = shown.one("SELECT max(id) FROM bulk WHERE user_id = :user AND state = 'open'")
    key, webhook = shown.own("api_key"), shown.own("webhook")
    guest = shown.one("SELECT max(id) FROM user WHERE id <> :user")
    for path in (
        "/",
        "/home/drafts",
        "/nav/rail",
        "/nav/tabs",
        "/nav/pause",
        "/folders",
        "/folders/choices",
        f"/folders/choices?account_id={account}&find-galleries=folder+1",
        f"/folders/{account}/{folder}",
        "/automations",
        "/automations/new",
        f"/automations/{shown.own('automation')}",
        "/automations/preview",
        "/series",
        f"/automations/{shown.own('automation')}/order",
        f"/series/{shown.own('series')}",
        "/slots",
        "/spread",
        "/exclusives",
        "/exclusives/presets",
        f"/exclusives/presets/{shown.own('price_preset')}",
        "/exclusives/helper",
        "/templates",
        f"/templates/{shown.own('template')}",
        "/keys",
        f"/keys/{key}",
        "/connect",
        f"/connect/{key}/calls",
        "/webhooks",
        f"/webhooks/{webhook}",
        "/settings",
        "/settings/accounts",
        "/settings/posts",
        "/settings/notices",
        "/settings/discord",
        "/settings/data",
        "/settings/data/import",
        "/settings/zones",
        "/admin/programs",
        "/settings/sessions",
        f"/settings/accounts/{account}/people",
        "/upload",
        "/import",
        "/reference",
        "/reference/posts",
        "/published/figures",
        "/published/figures?sort=views",
        "/published/figures?measure=views",
        "/changes",
        f"/changes/{change}",
        f"/changes/{change}?after=400",
        f"/changes/{change}?show=done",
        f"/changes/{opened}/edit",
        "/admin/people",
        f"/admin/people/{guest}",
        "/admin/invites",
        "/admin/instance",
        "/admin/health",
        "/admin/log",
        "/admin/backups",
        "/admin/backups-progress",
        "/admin/audit",
        "/admin",
    ):
        yield Page(re.sub(r"\d{4,}|[0-9A-F-]{36}", "…", path), path)
    for kind in ("tags", "description", "comment"):
        yield Page(f"/templates, {kind}", f"/templates?kind={kind}")
    for status in SaleStatus:
        yield Page(f"/exclusives, {status}", f"/exclusives?status={status}")
    for level in LEVELS:
        yield Page(f"/admin/log, {level}", f"/admin/log?level={level}")


def _posts(shown: Shown) -> Iterator[Page]:
    for status in ("review", "draft", "scheduled", "published", "failed", "discarded"):
        post = shown.newest(status)
        yield Page(f"post, {status}", f"/posts/{post}")
        yield Page(f"post, {status}, beside", f"/posts/{post}/side?seen=1")
        yield Page(f"post, {status}, row", f"/posts/{post}/row?list={status}")
    draft, published, review = shown.newest("draft"), shown.newest("published"), shown.newest("review")
    yield Page("post, whole history", f"/posts/{draft}?history=all")
    yield Page("post, more", f"/posts/{draft}/more")
    yield Page("post, insert", f"/posts/{draft}/insert?template={shown.own('template')}")
    yield Page("post, when", f"/posts/{draft}/when?when=fri+18:00")
    yield Page("post, candidates", f"/posts/{shown.newest('failed')}/candidates")
    yield Page("figures of one", f"/published/figures/{published}")
    yield Page("review, one", f"/review/{review}")
    yield Page("review, twins", f"/review/{review}/twins")
    yield Page("review, beside", f"/review/{review}/beside/{published}")
    yield Page("upload, twins", f"/upload/twins/{review}")
    yield Page("upload, known", f"/upload/known?sha256={'0' * 64}")


def _calendar(shown: Shown) -> Iterator[Page]:
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for view in ("month", "week", "day"):
        yield Page(f"calendar, {view}", f"/calendar?view={view}")
    yield Page("calendar, list", "/calendar/list")
    yield Page("calendar, list, later", f"/calendar/list?month={month:%Y-%m}&day=20")
    for (name, days), feed in product({"month": 42, "week": 7, "day": 1}.items(), ("events", "faint", "shades")):
        period = f"start={month:%Y-%m-%dT%H:%M:%SZ}&end={month + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        yield Page(f"calendar, {feed}, {name}", f"/calendar/{feed}?{period}")
    account = shown.own("account", "max")
    yield Page("calendar, one account", f"/calendar?account_id={account}")
    period = f"start={month:%Y-%m-%dT%H:%M:%SZ}&end={month + timedelta(days=42):%Y-%m-%dT%H:%M:%SZ}"
    yield Page("calendar, events, one account", f"/calendar/events?{period}&account_id={account}")


def _inspiration(shown: Shown, works: Sequence[str]) -> Iterator[Page]:
    for path in ("", "/daily", "/watching", "/tags?q=forest", "/topics", "/topics/digital-art", "/artists/kiri"):
        yield Page(f"inspiration{path}", f"/inspiration{path}")
    for work in works[:1]:
        yield Page("inspiration, work", f"/inspiration/works/{work}")
        yield Page("inspiration, similar", f"/inspiration/works/{work}/similar")
    yield Page("inspiration, lists", "/inspiration/lists")
    yield Page("inspiration, list", f"/inspiration/lists/{shown.own('keep_list')}")


def _list(shown: Shown, kind: Kind) -> Iterator[Page]:
    """Each order, filter and search alone, and filters and searches in the dearest order; first, second and deep."""
    seed = shown.newest(kind.statuses[0] if kind.statuses else "published")
    for asked in _ways(shown, kind, seed):
        if kind.key == "search" and not asked.is_narrowed:
            yield Page("search, nothing asked", kind.path)
            continue
        name = f"{kind.key}: {asked.match or 'all'}"
        yield Page(name, asked.url())
        if asked.is_narrowed:
            yield Page(f"{name}, count", f"/lists/{kind.key}/count?{asked.match}")
        for place, share in {"second": 0.0, "deep": 0.6}.items():
            if (cursor := shown.cursor(asked, share)) is not None:
                yield Page(f"{name}, {place}", asked.url(cursor=cursor))


def _ways(shown: Shown, kind: Kind, seed: str) -> Iterator[Asked]:
    account = int(shown.own("account", "max"))
    searches = {name: words.format(seed=seed) for name, words in WORDS.items()}
    for sort in kind.sorts:
        yield Asked(kind, sort=sort)
        yield Asked(kind, sort=sort, account_id=account)
        yield Asked(kind, sort=sort, q=FREQUENT)
        for flag, wanted in product(kind.flags, (True, False)):
            yield Asked(kind, sort=sort, flags={flag: wanted})
    for words in searches.values():
        yield Asked(kind, q=words)
        yield Asked(kind, q=words, sort=kind.sorts[-1])
    yield Asked(kind, tag=TAG)
    yield Asked(kind, tag=NOTHING)
    yield Asked(kind, q=FREQUENT, tag=TAG)
    yield Asked(kind, q=FREQUENT, account_id=account, flags={"is_mature": True})
    yield Asked(kind, account_id=account, flags={"is_mature": True})


def _answers_to_forms(shown: Shown) -> Iterator[Page]:
    """Pages that answer a form and change nothing that anybody sees."""
    draft = shown.newest("draft")
    opened = shown.one("SELECT max(id) FROM bulk WHERE user_id = :user AND state = 'open'")
    ids = ",".join(shown.oldest_drafts(500))
    tags = {"do": "preview", "tags_how": "add", "tags": "newly, added"}
    yield Page("bulk preview, tags", f"/changes/{opened}/edit", tags)
    every = {"title_how": "replace", "title": "{title}, again", "description_how": "below", "description": "More."}
    yield Page("bulk preview, many fields", f"/changes/{opened}/edit", {**tags, **every})
    wide = {
        "first": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}",
        "weeks": "50",
        "start": "00:00",
        "end": "23:00",
    }
    wide |= {"min_gap_minutes": "60", "order": "given", "seed": "1"}
    yield Page("spread preview, 500 posts", "/spread", {**wide, "ids": ids, "days": list("0123456")})
    stored = {"title": "Night", "tags": "forest, night", "description": "<p>Quiet</p>"}
    yield Page("post, as stored", f"/posts/{draft}/stored", stored)
    for kind in ("drafts", "published"):
        form = {"action": "choose", "all": "yes", "list": kind, "match": ""}
        yield Page(f"select all {kind}, to edit", "/posts/bulk", form)


def unmeasured(application: web.Application, paths: Iterable[str]) -> list[str]:
    """Routes of pages that none of *paths* leads to."""
    asked = {path.partition("?")[0] for path in paths}
    missing = []
    for resource in application.router.resources():
        path = resource.canonical
        reads = any(route.method == "GET" for route in resource)
        if not reads or path.startswith(NO_PAGES) or path in NOT_SEEN:
            continue
        info = resource.get_info()
        pattern = info.get("pattern") or re.compile(re.escape(info.get("path", "")))
        if not any(pattern.fullmatch(one) for one in asked):
            missing.append(path)
    return missing
