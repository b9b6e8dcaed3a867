"""Who may go where: every route there is, in one of five groups, and a real address for each.

For `tests/web/test_route_walk.py`. A new route is named here or its test fails.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
from aiohttp import web

from core.app.site import web_application
from tests.support.app import AppHarness, Caller
from tests.support.filled import Filled
from tests.support.pictures import a_png
from web.api.openapi import document

# Answered whoever asks.
OPEN = frozenset(
    (
        "/api/openapi.json", "/auth/deviantart", "/auth/deviantart/callback", "/auth/logout", "/favicon.ico",
        "/health", "/metrics", "/ready", "/signin", "/static/{name}",
    )
)  # fmt: skip

# About whoever asks: they need to be somebody, and see what is theirs.
OWN = frozenset(
    (
        "/api/instance",
        "/", "/accounts.css", "/api/accounts", "/api/automations", "/api/automations/order",
        "/api/automations/preview", "/api/calendar", "/api/changes", "/api/comfyui/upload", "/api/discord",
        "/api/drop-channels", "/api/export", "/api/export/settings", "/api/figures", "/api/figures/months",
        "/api/good-times", "/api/holidays", "/api/import", "/api/import/settings", "/api/inspiration",
        "/api/keep-lists", "/api/keys", "/api/me", "/api/me/remove", "/api/pause", "/api/posts", "/api/posts/batch",
        "/api/posts/batch/matching", "/api/posts/batch/preview", "/api/price-presets", "/api/queue",
        "/api/queue/shuffle", "/api/queue/swap", "/api/resume", "/api/sale-queue", "/api/sale-queue/next",
        "/api/series", "/api/sessions", "/api/settings/notices", "/api/settings/notices/test",
        "/api/settings/posts", "/api/slots", "/api/slots/upcoming", "/api/spread", "/api/spread/preview",
        "/api/status", "/api/tags", "/api/templates", "/api/templates/preview", "/api/times", "/api/times/read",
        "/api/uploads", "/api/webhooks", "/automations", "/automations/new", "/automations/order",
        "/automations/preview", "/calendar", "/calendar.ics", "/calendar/events", "/calendar/faint",
        "/calendar/list", "/calendar/shades", "/changes", "/connect", "/drafts", "/exclusives", "/exclusives/bulk",
        "/exclusives/helper", "/exclusives/presets", "/failed", "/folders", "/folders/choices", "/home/drafts",
        "/import", "/inspiration", "/inspiration/artists/{name}", "/inspiration/daily", "/inspiration/lists",
        "/inspiration/tags", "/inspiration/topics", "/inspiration/topics/{name}", "/inspiration/watching",
        "/inspiration/works/{name}", "/inspiration/works/{name}/download", "/inspiration/works/{name}/keep",
        "/inspiration/works/{name}/similar", "/inspiration/works/{name}/thumb", "/keys",
        "/lists/{key}/count", "/live", "/nav/pause", "/nav/{name}", "/pause", "/plans/undo", "/posts/bulk",
        "/published", "/published/figures", "/queue", "/queue/swap", "/reference", "/reference/{group}", "/resume",
        "/review", "/review/pick", "/review/pick/undo", "/scheduled", "/search", "/series", "/settings",
        "/settings/accounts", "/settings/data", "/settings/data/delete", "/settings/data/import",
        "/settings/discord", "/settings/mail", "/settings/mail/test", "/settings/notices", "/settings/posts",
        "/settings/sessions", "/settings/sessions/end", "/settings/zone", "/settings/zones",
        "/slots", "/slots/holidays", "/spread", "/steps/away", "/steps/back", "/templates", "/trash", "/upload",
        "/upload/known", "/webhooks",
    )
)  # fmt: skip

# For administrators of the instance.
ADMINS = frozenset(
    (
        "/admin", "/admin/audit", "/admin/backups", "/admin/backups-progress", "/admin/backups/{name}",
        "/admin/backups/{name}/remove", "/admin/health", "/admin/instance", "/admin/instance/reset",
        "/admin/invites", "/admin/invites/{invite_id}/revoke", "/admin/log", "/admin/people",
        "/admin/people/{user_id}", "/admin/people/{user_id}/disable", "/admin/people/{user_id}/enable",
        "/admin/people/{user_id}/export", "/admin/people/{user_id}/keys/{key_id}/revoke",
        "/admin/people/{user_id}/remove", "/admin/people/{user_id}/role", "/admin/programs", "/api/audit",
        "/api/instance/backups", "/api/instance/backups/{name}", "/api/instance/health",
        "/api/instance/log", "/api/instance/programs", "/api/instance/release", "/api/instance/settings",
        "/api/invites", "/api/invites/{id}", "/api/people", "/api/people/{id}", "/api/people/{id}/disable",
        "/api/people/{id}/enable", "/api/people/{id}/export", "/api/people/{id}/keys",
        "/api/people/{id}/keys/{key_id}", "/api/people/{id}/remove", "/instance/release",
    )
)  # fmt: skip

# With something in the address that belongs to somebody.
THEIRS = frozenset(
    (
        "/api/accounts/{id}", "/api/accounts/{id}/disconnect", "/api/accounts/{id}/folders",
        "/api/accounts/{id}/folders/order", "/api/accounts/{id}/folders/{folder_id}",
        "/api/accounts/{id}/folders/{folder_id}/works", "/api/accounts/{id}/folders/{folder_id}/works/order",
        "/api/accounts/{id}/pacing", "/api/accounts/{id}/people", "/api/accounts/{id}/people/links/{link_id}",
        "/api/accounts/{id}/people/{user_id}", "/api/accounts/{id}/slots", "/api/automations/{id}",
        "/api/automations/{id}/drafts", "/api/automations/{id}/duplicate", "/api/automations/{id}/enable",
        "/api/automations/{id}/history", "/api/automations/{id}/pause", "/api/automations/{id}/preview",
        "/api/automations/{id}/restore", "/api/automations/{id}/run", "/api/changes/{id}", "/api/changes/{id}/stop",
        "/api/changes/{id}/undo", "/api/discord/{id}", "/api/drop-channels/{id}/templates", "/api/holidays/{id}",
        "/api/keep-lists/{id}", "/api/keep-lists/{id}/works", "/api/keep-lists/{id}/works/{work_id}",
        "/api/keys/{id}", "/api/keys/{id}/calls", "/api/keys/{id}/keep", "/api/keys/{id}/rotate",
        "/api/keys/{id}/templates", "/api/plans/undo/{id}", "/api/posts/{id}", "/api/posts/{id}/approve",
        "/api/posts/{id}/comment", "/api/posts/{id}/figures", "/api/posts/{id}/files",
        "/api/posts/{id}/files/order", "/api/posts/{id}/files/{file_id}", "/api/posts/{id}/files/{file_id}/restore",
        "/api/posts/{id}/history", "/api/posts/{id}/hold", "/api/posts/{id}/link",
        "/api/posts/{id}/offer", "/api/posts/{id}/publish",
        "/api/posts/{id}/reject", "/api/posts/{id}/resolve", "/api/posts/{id}/restore", "/api/posts/{id}/schedule",
        "/api/posts/{id}/send_back", "/api/posts/{id}/take-back", "/api/posts/{id}/templates",
        "/api/posts/{id}/twins",
        "/api/posts/{id}/twins/{twin_id}", "/api/posts/{id}/unhold", "/api/posts/{id}/unschedule",
        "/api/posts/{id}/wishes", "/api/price-presets/{id}", "/api/price-presets/{id}/default",
        "/api/price-presets/{id}/restore", "/api/queue/{id}", "/api/sale-queue/{id}/complete",
        "/api/sale-queue/{id}/fail", "/api/sale-queue/{id}/heartbeat", "/api/sale-queue/{id}/queue",
        "/api/sale-queue/{id}/release", "/api/sale-queue/{id}/screenshot", "/api/sale-queue/{id}/skip",
        "/api/series/{id}", "/api/series/{id}/restore", "/api/sessions/{id}", "/api/templates/{id}",
        "/api/templates/{id}/restore", "/api/uploads/{id}/complete", "/api/webhooks/{id}",
        "/api/webhooks/{id}/deliveries", "/api/webhooks/{id}/deliveries/{delivery_id}/replay",
        "/api/webhooks/{id}/secret", "/api/webhooks/{id}/test", "/automations/{id}", "/automations/{id}/order",
        "/automations/{id}/{verb}", "/calendar/{post_id}/move", "/changes/{bulk_id}", "/changes/{bulk_id}/edit",
        "/changes/{bulk_id}/stop", "/changes/{bulk_id}/undo", "/connect/{key_id}/calls", "/exclusives/presets/{id}",
        "/exclusives/presets/{id}/{verb}", "/exclusives/{id}/screenshot", "/exclusives/{id}/{verb}", "/files/{id}",
        "/files/{id}/thumb", "/folders/{account_id}", "/folders/{account_id}/order",
        "/folders/{account_id}/refresh", "/folders/{account_id}/{folder_id}",
        "/folders/{account_id}/{folder_id}/works", "/folders/{account_id}/{folder_id}/works/order",
        "/folders/{account_id}/{folder_id}/{verb}", "/inspiration/lists/{id}", "/inspiration/lists/{id}/{verb}",
        "/keys/{key_id}", "/keys/{key_id}/keep", "/keys/{key_id}/limits", "/keys/{key_id}/revoke",
        "/keys/{key_id}/rotate", "/keys/{key_id}/templates", "/posts/{post_id}", "/posts/{post_id}/approve",
        "/posts/{post_id}/candidates", "/posts/{post_id}/discard", "/posts/{post_id}/edit",
        "/posts/{post_id}/files", "/posts/{post_id}/files/all", "/posts/{post_id}/files/order",
        "/posts/{post_id}/files/{file_id}/{verb}", "/posts/{post_id}/hold", "/posts/{post_id}/insert",
        "/posts/{post_id}/mark-as-ai", "/posts/{post_id}/more", "/posts/{post_id}/more/after",
        "/posts/{post_id}/more/templates", "/posts/{post_id}/publish", "/posts/{post_id}/reject",
        "/posts/{post_id}/resolve", "/posts/{post_id}/restore", "/posts/{post_id}/row", "/posts/{post_id}/schedule",
        "/posts/{post_id}/send-back", "/posts/{post_id}/series", "/posts/{post_id}/side", "/posts/{post_id}/stored",
        "/posts/{post_id}/link", "/posts/{post_id}/take-back", "/posts/{post_id}/unlink",
        "/posts/{post_id}/unhold", "/posts/{post_id}/unschedule", "/posts/{post_id}/when",
        "/published/figures/{post_id}", "/published/figures/{post_id}/ask", "/queue/{id}/remove",
        "/review/{post_id}", "/review/{post_id}/beside/{twin_id}", "/review/{post_id}/beside/{twin_id}/undo",
        "/review/{post_id}/twins", "/series/{id}", "/series/{id}/add", "/series/{id}/order", "/series/{id}/remove",
        "/series/{id}/restore", "/settings/accounts/{account_id}/color",
        "/settings/accounts/{account_id}/disconnect", "/settings/accounts/{account_id}/leave",
        "/settings/accounts/{account_id}/people", "/settings/accounts/{account_id}/people/links/{link_id}/remove",
        "/settings/accounts/{account_id}/people/{user_id}",
        "/settings/accounts/{account_id}/people/{user_id}/remove", "/settings/discord/channels/{id}/templates",
        "/settings/discord/{id}/unlink", "/settings/sessions/{key}/end", "/slots/holidays/{id}/remove",
        "/slots/{account_id}", "/slots/{account_id}/pacing", "/slots/{account_id}/shuffle", "/templates/{id}",
        "/templates/{id}/{verb}", "/upload/twins/{post_id}", "/webhooks/{webhook_id}",
        "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", "/webhooks/{webhook_id}/{verb}",
    )
)  # fmt: skip

# Open to whoever holds what stands in the address.
DOORS = frozenset(("/hook/{key}", "/invite/{token}", "/link/{code}", "/share/{token}"))

PICTURE = a_png(8, 8)
NOBODY_S = "987654321"  # an id that nothing here has
_STREAMS = frozenset(("/live",))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One route with mira's things in its address; `missing` is the same address with what there is not."""

    method: str
    route: str
    path: str
    missing: str
    body: Any = None

    @property
    def is_api(self) -> bool:
        return self.route.startswith(("/api/", "/hook/")) or self.route == "/calendar.ics"

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    def here(self, text: str) -> str:
        """*text* as it would be, had it been said of this address instead of the one that leads nowhere."""
        ids = [one for one, other in zip(self.path.split("/"), self.missing.split("/"), strict=True) if one != other]
        return text.replace(self.missing, self.path).replace(NOBODY_S, ids[0] if ids else "")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    async def by(self, who: Caller, path: str = "", **headers: str) -> Any:
        sent: dict[str, Any] = {"headers": headers}
        if self.changes and self.route.endswith("/files"):
            sent["data"] = aiohttp.FormData({"csrf_token": who.headers.get("X-CSRF-Token", "")})
            sent["data"].add_field("file", PICTURE, filename="a.png", content_type="image/png")
        elif self.changes and self.is_api:
            sent["json"] = self.body
        elif self.changes:
            sent["data"] = self.body or {"name": "x"}
        return await who(self.method, path or self.path, **sent)


def every_route(app: AppHarness) -> list[tuple[str, web.AbstractResource]]:
    routes = web_application(app.app).router.routes()
    return [(one.method, one.resource) for one in routes if one.resource is not None and one.method != "HEAD"]


async def steps_of(app: AppHarness, mira: Caller, filled: Filled) -> list[Step]:
    ids = asdict(filled) | await _more_ids(mira, filled)
    described = document()["paths"]
    found = []
    for method, resource in every_route(app):
        route = resource.canonical
        if route in _STREAMS:
            continue
        path = _address(resource, ids)
        missing = _address(resource, ids | dict.fromkeys(ids, NOBODY_S))
        found.append(Step(method, route, path, missing, _body(described, method, route, ids)))
    return found


async def _more_ids(mira: Caller, filled: Filled) -> dict[str, str]:
    waiting = (await mira.get(f"/api/posts/{filled.waiting}")).body
    session = (await mira.get("/api/sessions")).body["items"][0]["id"]
    return {"file": waiting["files"][0]["id"], "version": str(waiting["version"]), "session": session, "one": "1"}


# What a name in braces stands for, the nearest beginning of its route first.
_NAMES = {
    ("/api/accounts/", "id"): "account", ("/api/posts/", "id"): "waiting", ("/api/queue/", "id"): "scheduled",
    ("/queue/", "id"): "scheduled", ("/api/keys/", "id"): "key", ("/api/changes/", "id"): "change",
    ("/api/people/", "id"): "user", ("/files/", "id"): "file", ("/api/sessions/", "id"): "session",
    ("/settings/sessions/", "key"): "session", ("/published/", "post_id"): "published",
    ("/inspiration/works/", "name"): "work",
    ("/changes/{bulk_id}/edit", "bulk_id"): "opened",
    ("", "account_id"): "account", ("", "post_id"): "waiting", ("", "folder_id"): "folder", ("", "file_id"): "file",
    ("", "twin_id"): "draft", ("", "key_id"): "key", ("", "bulk_id"): "change", ("", "user_id"): "user",
    ("", "work_id"): "work", ("/share/", "token"): "share", ("/invite/", "token"): "invite", ("", "code"): "link",
}  # fmt: skip
_WORDS = {
    ("/nav/", "name"): "rail", ("/static/", "name"): "app.css", ("/reference/", "group"): "posts",
    ("/lists/", "key"): "drafts", ("/hook/", "key"): "isk_none", ("/inspiration/artists/", "name"): "saltgarden",
    ("/inspiration/topics/", "name"): "fantasy", ("", "name"): "none.backup",
}  # fmt: skip


def _address(resource: web.AbstractResource, ids: dict[str, str]) -> str:
    route = resource.canonical

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name == "verb":
            return _first_verb(resource)
        wanted = next((kind for (start, of), kind in _NAMES.items() if of == name and route.startswith(start)), None)
        word = next((said for (start, of), said in _WORDS.items() if of == name and route.startswith(start)), None)
        return ids[wanted] if wanted is not None else word or ids["one"]

    return re.sub(r"\{(\w+)\}", value, route)


def _first_verb(resource: web.AbstractResource) -> str:
    pattern = resource.get_info().get("pattern")
    found = re.search(r"\(\?P<verb>\(?(?:\?:)?([a-z-]+)", pattern.pattern) if pattern is not None else None
    return found[1] if found is not None else "remove"


# More than any form asks for, so that it gets as far as the question whether one may.
_FIELDS = {
    "action": "approve", "title": "Taken", "name": "Taken", "when": "tomorrow 9", "both": "yes", "preset": "1",
    "comment": "3", "template": "1", "template_id": "1", "tags": "taken", "price": "50", "role": "editor",
    "color": "#4f6bed", "outcome": "offline",
}  # fmt: skip


def _body(described: Any, method: str, route: str, ids: dict[str, str]) -> Any:
    if not route.startswith("/api/"):
        posts = dict.fromkeys(("ids", "post_id", "id", "keep", "approved", "first", "b"), ids["waiting"])
        return _FIELDS | posts | {"a": ids["scheduled"], "second": ids["scheduled"], "version": ids["version"]}
    media = described.get(route, {}).get(method.lower(), {}).get("requestBody", {}).get("content", {})
    example = media.get("application/json", {}).get("example")
    if not isinstance(example, dict):
        return example
    lists = {name: [ids["waiting"]] for name in ("ids", "post_ids", "posts") if name in example}
    single = {name: ids["waiting"] for name in ("post_id", "id") if name in example}
    version = {"version": int(ids["version"])} if "version" in example else {}
    return example | lists | single | version
