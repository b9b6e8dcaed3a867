"""Settings, Your data: everything out as one file, how long things are kept, and leaving for good."""

from dataclasses import dataclass

from aiohttp import hdrs, web

from core.errors import UserError
from core.operations.instance_settings import InstanceSettings
from web.auth import forget_cookie, session_cookie
from web.keys import OFFICE, OPERATIONS, PEOPLE, SITE
from web.pages.forms import read_form, refusal
from web.pages.settings_frame import show
from web.pages.visit import visit

BACK = "/settings/data"


@dataclass(frozen=True, slots=True)
class DataPage:
    """How many days this instance keeps things; 0 is for ever, but for the trash. `name`: typed to leave."""

    trash_days: int
    originals_days: int
    events_days: int
    may_change: bool
    name: str
    only_admin: bool


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, data, name="settings-data")
    app.router.add_post("/settings/data/delete", leave, name="settings-data-delete")


async def data(request: web.Request) -> web.Response:
    here = await visit(request)
    operations = request.app.get(OPERATIONS)
    kept = operations.book.current if operations is not None else InstanceSettings()
    admins = [user for user in await request.app[PEOPLE].users() if user.is_admin and not user.is_disabled]
    page = DataPage(
        kept.trash_days,
        kept.originals_days,
        kept.events_days,
        here.user.is_admin,
        here.user.name,
        [user.id for user in admins] == [here.user.id],
    )
    return show(here, "data", page)


async def leave(request: web.Request) -> web.Response:
    """Ends with a browser that is signed out."""
    here = await visit(request)
    form = await read_form(request)
    try:
        await request.app[OFFICE].removal.begin(here.user.id, name=form.text("name"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=BACK)
    response = web.Response(status=303, headers={hdrs.LOCATION: "/signin"})
    is_secure = request.app[SITE].is_secure
    forget_cookie(response, session_cookie(is_secure=is_secure), is_secure=is_secure)
    return response
