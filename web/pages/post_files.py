"""The files of a post: further ones streamed in like any upload, their order, which go out, and taking one away."""

from collections.abc import Sequence

from aiohttp import web

from core.errors import InvalidInput, NotFound, UserError
from core.posts.post import Post
from web.answers import CsrfMismatch
from web.keys import INTAKE, READS, REVIEW
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, answer, read_form, refusal
from web.pages.stepping import stepped
from web.pages.upload_form import Basket, read_upload_form
from web.pages.visit import Visit, visit


def add_routes(app: web.Application) -> None:
    files = r"/posts/{post_id:\d+}/files"
    app.router.add_post(files, add_files, name="post-files-add")
    app.router.add_post(f"{files}/order", put_in_order, name="post-files-order")
    app.router.add_post(f"{files}/all", choose_all, name="post-files-all")
    app.router.add_post(
        files + r"/{file_id:\d+}/{verb:earlier|later|toggle|only|remove|restore}", change_file, name="post-file"
    )


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
    return answer(request, Answer(Flash(said), {}), back=back)


async def put_in_order(request: web.Request) -> web.Response:
    """`file` fields name every file of the post in its new order; which go out stays as it is."""
    here, post = await _begin(request)
    named = (await read_form(request)).ids("file")
    return await _arranged(here, post, named, {file.id for file in post.files if file.chosen}, "The order is saved.")


async def choose_all(request: web.Request) -> web.Response:
    here, post = await _begin(request)
    await read_form(request)
    order = [file.id for file in post.files]
    return await _arranged(here, post, order, set(order), "All pictures go out.")


async def change_file(request: web.Request) -> web.Response:
    here, post = await _begin(request)
    await read_form(request)
    back, file_id, verb = f"/posts/{post.id}", int(request.match_info["file_id"]), request.match_info["verb"]
    order = [file.id for file in post.files]
    chosen = {file.id for file in post.files if file.chosen}
    if verb == "restore":
        return await _restored(here, post, file_id)
    if file_id not in order:
        gone = InvalidInput({"files": "That file is not part of this post any more."})
        return refusal(request, gone, back=back)
    match verb:
        case "remove":
            return await _removed(here, post, file_id)
        case "toggle":
            said = "It stays here." if file_id in chosen else "It goes out too."
            return await _arranged(here, post, order, chosen ^ {file_id}, said)
        case "only":
            return await _arranged(here, post, order, {file_id}, "Only this one goes out.")
        case _:
            order = stepped(order, file_id, -1 if verb == "earlier" else 1)
            return await _arranged(here, post, order, chosen, "The order is saved.")


async def _begin(request: web.Request) -> tuple[Visit, Post]:
    here = await visit(request)
    return here, await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)


async def _arranged(here: Visit, post: Post, order: Sequence[int], chosen: set[int], said: str) -> web.Response:
    request, back = here.request, f"/posts/{post.id}"
    try:
        await request.app[REVIEW].arrange_files(post.id, order=order, chosen=sorted(chosen), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(Flash(said), {"order": [str(one) for one in order]}), back=back)


async def _removed(here: Visit, post: Post, file_id: int) -> web.Response:
    request, back = here.request, f"/posts/{post.id}"
    try:
        await request.app[REVIEW].remove_file(post.id, file_id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    undo = Undo(f"{back}/files/{file_id}/restore")
    return answer(request, Answer(Flash("The picture is removed.", undo=undo), {}), back=back)


async def _restored(here: Visit, post: Post, file_id: int) -> web.Response:
    request, back = here.request, f"/posts/{post.id}"
    try:
        await request.app[REVIEW].put_back_file(post.id, file_id, by=here.actor)
    except NotFound:
        gone = InvalidInput({"files": "That picture cannot be put back any more."})
        return refusal(request, gone, back=back)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(Flash("The picture is back."), {}), back=back)
