"""Further pictures for a post, streamed in like any upload."""

from aiohttp import web

from core.errors import UserError
from web.answers import CsrfMismatch
from web.keys import INTAKE, READS, REVIEW
from web.pages.flash import Flash
from web.pages.forms import refusal
from web.pages.upload_form import Basket, read_upload_form
from web.pages.visit import go, visit


def add_routes(app: web.Application) -> None:
    app.router.add_post(r"/posts/{post_id:\d+}/files", add_files, name="post-files-add")


async def add_files(request: web.Request) -> web.Response:
    """Nothing is kept unless every file of the form is good."""
    here = await visit(request)
    post_id = int(request.match_info["post_id"])
    back = f"/posts/{post_id}"
    try:
        # Whose post it is comes first: nobody uploads a picture for nothing.
        await request.app[READS].post(post_id, user_id=here.user.id)
        async with request.app[INTAKE].tray() as tray:
            basket = Basket(tray)
            await read_upload_form(here, request, basket)
            basket.expect_good()
            files = await tray.keep()
            await request.app[REVIEW].add_files(post_id, files, by=here.actor)
    except CsrfMismatch:
        raise
    except UserError as error:
        return refusal(request, error, back=back)
    said = "The picture is added." if len(files) == 1 else f"{len(files)} pictures are added."
    return go(back, Flash(said), request=request)
