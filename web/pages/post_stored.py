"""What DeviantArt will make of a title, tags and description: beside their fields, while they are typed."""

from dataclasses import dataclass

from aiohttp import web

from core.posts.description import description_html, is_html
from core.posts.fields import TAGS_STORED, stored_tag, stored_title
from web.keys import READS
from web.pages.forms import read_form
from web.pages.post_form import split_commas
from web.pages.visit import visit

SHOWN_MOST = 300  # tags; a post keeps fewer


@dataclass(frozen=True, slots=True)
class Stored:
    """`title` is empty where it is kept as typed; `over` are good tags beyond the thirtieth; `lost` have nothing that
    a tag may hold; `html` is the description as it is sent."""

    title: str
    tags: tuple[str, ...]
    over: tuple[str, ...]
    lost: tuple[str, ...]
    html: str
    is_html: bool


def add_routes(app: web.Application) -> None:
    app.router.add_post(r"/posts/{post_id:\d+}/stored", show, name="post-stored")


async def show(request: web.Request) -> web.Response:
    """For what is typed and not saved. Nothing changes."""
    here = await visit(request)
    form = await read_form(request)
    await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)
    description = form.text("description").replace("\r\n", "\n").strip()
    return here.fragment("_stored_news.html", stored=stored_of(form.text("title"), form.text("tags"), description))


def stored_of(title: str, tags: str, description: str) -> Stored:
    title = title.strip()
    cleaned: dict[str, str] = {}
    lost = []
    for tag in split_commas(tags)[:SHOWN_MOST]:
        if good := stored_tag(tag):
            cleaned.setdefault(good.casefold(), good)
        else:
            lost.append(tag)
    found, kept = tuple(cleaned.values()), stored_title(title)
    return Stored(
        title=kept if title and kept != title else "",
        tags=found[:TAGS_STORED],
        over=found[TAGS_STORED:],
        lost=tuple(lost),
        html=description_html(description),
        is_html=is_html(description),
    )
