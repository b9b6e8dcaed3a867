"""Letting publishing go on after a restore."""

from aiohttp import web

from core.errors import NotAllowed, UserError
from web.keys import RELEASE
from web.pages.flash import Flash
from web.pages.forms import Answer, answer, read_form, refusal
from web.pages.visit import visit


def add_routes(app: web.Application) -> None:
    app.router.add_post("/instance/release", release, name="release")


async def release(request: web.Request) -> web.Response:
    here = await visit(request)
    back = (await read_form(request)).next_path()
    try:
        if not here.user.is_admin:
            raise NotAllowed("Only an administrator can let publishing go on after a restore.")
        await request.app[RELEASE].release(by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(Flash("Publishing goes on."), {}), back=back)
