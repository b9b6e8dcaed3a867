"""Settings, accounts: what is linked, its colour, pausing and letting go."""

from dataclasses import dataclass

from aiohttp import web

from core.account import COLORS, reconnect_path
from core.errors import UserError
from core.people.access import Shared
from web.keys import ACCOUNTS, PAUSING
from web.pages.flash import Flash, FlashLink
from web.pages.forms import read_form, refusal
from web.pages.home import AccountView, account_view
from web.pages.settings_frame import show
from web.pages.visit import go, visit

BACK = "/settings/accounts"


@dataclass(frozen=True, slots=True)
class AccountsPage:
    accounts: tuple[AccountView, ...]
    colors: tuple[str, ...]
    shared: tuple[Shared, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, accounts, name="settings-accounts")
    app.router.add_post(r"/settings/accounts/{account_id:\d+}/color", recolor, name="settings-color")
    app.router.add_post(r"/settings/accounts/{account_id:\d+}/disconnect", disconnect, name="settings-disconnect")


async def accounts(request: web.Request) -> web.Response:
    here = await visit(request)
    views = tuple(account_view(here, account) for account in here.overview.accounts)
    return show(here, "accounts", AccountsPage(views, COLORS, here.overview.shared))


async def recolor(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    try:
        account_id = int(request.match_info["account_id"])
        await request.app[ACCOUNTS].recolor(account_id, form.text("color"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=BACK)
    return go(BACK, request=request)


async def disconnect(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        gone = await request.app[PAUSING].disconnect(int(request.match_info["account_id"]), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=BACK)
    said = f"{gone.username} is disconnected. Its posts are kept and wait."
    return go(BACK, Flash(said, link=FlashLink(reconnect_path(gone.id), "Connect again")), request=request)
