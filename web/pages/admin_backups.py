"""Admin → Backups: what there is, one more by hand, and what a restore left to do."""

from dataclasses import dataclass

from aiohttp import hdrs, web

from core.errors import UserError
from core.operations.backups import BackupFile, BackupKind, Progress
from core.operations.findings import size
from web.keys import OPERATIONS, RELEASE
from web.pages.admin import admin_visit
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.visit import Visit, go

NAME = r"/admin/backups/{name:[a-z0-9.-]{1,80}}"
KIND_WORDS = {
    BackupKind.DAILY: "daily",
    BackupKind.BEFORE_MIGRATION: "before an upgrade",
    BackupKind.BY_HAND: "by hand",
}


@dataclass(frozen=True, slots=True)
class BackupView:
    name: str
    kind: str
    at: Moment
    size: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class RestoredView:
    taken: Moment | None
    unchecked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackupsPage:
    backups: tuple[BackupView, ...]
    progress: Progress
    restored: RestoredView | None
    kept: str


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/backups", show, name="admin-backups")
    app.router.add_get("/admin/backups-progress", progress, name="admin-backups-progress")
    app.router.add_post("/admin/backups", make, name="admin-backup-make")
    app.router.add_get(NAME, download, name="admin-backup")
    app.router.add_post(f"{NAME}/remove", remove, name="admin-backup-remove")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    return here.show("admin_backups.html", "admin", await _page(here))


async def progress(request: web.Request) -> web.Response:
    """The piece of the page that follows a backup being made."""
    here = await admin_visit(request)
    return here.fragment("_backups.html", page=await _page(here))


async def make(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    form = await read_form(request)
    try:
        await request.app[OPERATIONS].backups.ask(images=form.has("images"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/admin/backups")
    return go("/admin/backups", Flash("A backup is being made."), request=request)


async def download(request: web.Request) -> web.StreamResponse:
    here = await admin_visit(request)
    name = request.match_info["name"]
    path = await request.app[OPERATIONS].backups.hand_out(name, by=here.actor)
    headers = {
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="isekai-{name}"',
        hdrs.CONTENT_TYPE: "application/octet-stream",
        hdrs.CACHE_CONTROL: "private, no-store",
    }
    return web.FileResponse(path, headers=headers)


async def remove(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    await read_form(request)
    await request.app[OPERATIONS].backups.remove(request.match_info["name"], by=here.actor)
    return go("/admin/backups", Flash("The backup is gone."), request=request)


async def _page(here: Visit) -> BackupsPage:
    backups = here.request.app[OPERATIONS].backups
    restored = await here.request.app[RELEASE].state()
    view = None
    if restored.is_paused:
        taken = here.reader.moment(restored.backup_taken_at) if restored.backup_taken_at else None
        view = RestoredView(taken, restored.unchecked)
    return BackupsPage(
        tuple(_view(here, file) for file in await backups.files()),
        backups.progress,
        view,
        f"The newest {backups.kept} daily ones are kept, and as many from before upgrades."
        " Those made by hand stay until you remove them.",
    )


def _view(here: Visit, file: BackupFile) -> BackupView:
    return BackupView(
        file.name, KIND_WORDS[file.kind], here.reader.moment(file.made_at), size(file.size), not file.is_encrypted
    )
