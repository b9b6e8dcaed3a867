"""What the rooms of administrators begin with: for everybody else they are not there."""

from aiohttp import web

from core.errors import NotFound
from web.pages.visit import Visit, go, visit


async def admin_visit(request: web.Request) -> Visit:
    """Raises `NotFound` for whoever is no administrator now; a redirect for who is not signed in."""
    here = await visit(request)
    if not here.user.is_admin:
        raise NotFound
    return here


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin", front, name="admin")


async def front(request: web.Request) -> web.Response:
    await admin_visit(request)
    return go("/admin/people")
