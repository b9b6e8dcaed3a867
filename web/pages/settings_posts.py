"""Settings, new posts: what they begin with, and what is sent along with a picture."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from core.errors import InvalidInput
from core.posts.habits import SETTING, habits_of, read_habits
from web.keys import PEOPLE
from web.pages.flash import Flash
from web.pages.forms import read_form
from web.pages.post_form import RESOLUTIONS
from web.pages.settings_frame import show
from web.pages.visit import Visit, go, visit

BACK = "/settings/posts"


@dataclass(frozen=True, slots=True)
class PostsPage:
    add_watermark: bool
    display_resolution: str
    keep_metadata: bool
    errors: Mapping[str, str]
    sizes: tuple[tuple[str, str], ...] = RESOLUTIONS


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, posts, name="settings-posts")
    app.router.add_post(BACK, save, name="settings-posts-save")


async def posts(request: web.Request) -> web.Response:
    here = await visit(request)
    habits = habits_of(here.user.settings)
    width = "" if habits.display_resolution is None else str(habits.display_resolution)
    return _show(here, PostsPage(habits.add_watermark, width, habits.keep_metadata, {}))


def _show(here: Visit, page: PostsPage) -> web.Response:
    return show(here, "posts", page, status=422 if page.errors else 200)


async def save(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    mark, width, keep = form.has("add_watermark"), form.text("display_resolution"), form.text("metadata") == "keep"
    try:
        habits = read_habits(add_watermark=mark, display_resolution=width, keep_metadata=keep)
    except InvalidInput as error:
        return _show(here, PostsPage(mark, width, keep, error.fields))
    await request.app[PEOPLE].change_settings(here.user.id, **{SETTING: habits.as_setting()})
    return go(BACK, Flash("Saved. It holds for posts made and pictures sent from now on."), request=request)
