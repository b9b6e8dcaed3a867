"""Inspiration: what others make on DeviantArt, and lists of works to look at later."""

import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import hdrs, web

from core.errors import InvalidInput, UserError
from core.inspiration.browser import Seen, Viewer
from core.inspiration.looks import Look, Sight
from core.inspiration.ports import KeepList
from core.inspiration.works import About, Shown, Topic
from web.api.looking import day_in, viewer_of
from web.keys import ROOMS
from web.pages.flash import Flash, FlashLink
from web.pages.forms import Answer, answer, read_form, refusal
from web.pages.moments import Moment
from web.pages.pictures import ratio_class
from web.pages.pictures_elsewhere import with_pictures
from web.pages.visit import Visit, go, visit

LAYOUTS = (("justified", "Rows"), ("masonry", "Columns"), ("grid", "Grid"))
LAYOUT_COOKIE = "isekai_layout"
MATURE_COOKIE = "isekai_mature"
KEPT_A_PAGE = 48
_ID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}"
_MARKUP = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<\s*(br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)
TABS = (
    (Sight.HOME, "Home", "/inspiration"),
    (Sight.DAILY, "Daily", "/inspiration/daily"),
    (Sight.WATCHING, "Watching", "/inspiration/watching"),
    (Sight.TAG, "Tags", "/inspiration/tags"),
    (Sight.TOPICS, "Topics", "/inspiration/topics"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    id: str
    title: str
    author: str
    url: str
    thumb: str
    width: int
    height: int
    ratio: int
    is_mature: bool
    favourites: str


@dataclass(frozen=True, slots=True)
class TopicTile:
    name: str
    url: str
    works: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Wall:
    """One page of works, and where the next one is; the same for a whole page and for what scrolling adds."""

    works: tuple[Tile, ...]
    layout: str
    next_url: str


@dataclass(frozen=True, slots=True)
class LookPage:
    title: str
    text: str
    sight: str
    tabs: tuple[Link, ...]
    layouts: tuple[Link, ...]
    mature: Link
    wall: Wall
    topics: tuple[TopicTile, ...]
    age: Moment | None
    trouble: str
    name: str
    day: str
    previous_day: str
    next_day: str
    orders: tuple[Link, ...]
    here: str
    empty: str
    related: tuple[str, ...] = ()
    list_id: int | None = None


@dataclass(frozen=True, slots=True)
class WorkPage:
    work: Shown
    ratio: int
    author_url: str
    tags: tuple[str, ...]
    description: str
    license: str
    facts: tuple[str, ...]
    published: Moment | None
    lists: tuple[KeepList, ...]
    similar: Wall
    similar_url: str
    age: Moment | None
    trouble: str
    tag_text: str
    here: str


@dataclass(frozen=True, slots=True)
class ListsPage:
    lists: tuple[KeepList, ...]
    tabs: tuple[Link, ...]
    errors: dict[str, str]
    value: str


def add_routes(app: web.Application) -> None:
    add = app.router
    for sight, _, path in TABS:
        add.add_get(path, _sight(sight), name=f"inspiration-{sight}")
    add.add_get("/inspiration/topics/{name}", _sight(Sight.TOPIC), name="inspiration-topic")
    add.add_get("/inspiration/artists/{name}", _sight(Sight.GALLERY), name="inspiration-artist")
    add.add_get(rf"/inspiration/works/{{name:{_ID}}}/similar", _sight(Sight.SIMILAR), name="inspiration-similar")
    add.add_get(rf"/inspiration/works/{{name:{_ID}}}", work, name="inspiration-work")
    add.add_get(rf"/inspiration/works/{{name:{_ID}}}/thumb", thumb, name="inspiration-thumb")
    add.add_get(rf"/inspiration/works/{{name:{_ID}}}/download", download, name="inspiration-download")
    add.add_post(rf"/inspiration/works/{{name:{_ID}}}/keep", keep, name="inspiration-keep")
    add.add_get("/inspiration/lists", lists, name="inspiration-lists")
    add.add_post("/inspiration/lists", create_list, name="inspiration-create-list")
    add.add_get(r"/inspiration/lists/{id:\d+}", one_list, name="inspiration-list")
    add.add_post(r"/inspiration/lists/{id:\d+}/{verb:rename|remove|drop}", act_on_list, name="inspiration-list-act")


def _sight(sight: Sight) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        return await show(request, sight)

    return handle


async def show(request: web.Request, sight: Sight) -> web.Response:
    here = await visit(request)
    asked = request.query
    name = request.match_info.get("name", asked.get("name", asked.get("q", "")))
    layout, mature = _layout(request), _mature(request)
    seen, trouble, empty = None, "", "Nothing to see here at present."
    if sight is Sight.HOME and name.strip():
        empty = "Nothing was found. Try fewer or other words."
    day: date | None = None
    try:
        day = day_in(asked.get("date", "")) or here.now.astimezone(here.place).date()
        if sight is Sight.TAG and not name.strip():
            empty = "Type a tag to see what people make with it."
        else:
            look = Look(
                sight,
                name,
                day if sight is Sight.DAILY else None,
                asked.get("cursor", ""),
                mature=mature,
                popular=asked.get("order") == "popular",
            )
            seen = await request.app[ROOMS].browser.look(look, await _viewer(here))
    except UserError as error:
        trouble = error.sentence
    wall = _wall(here, seen, layout)
    if asked.get("part") == "1":
        return with_pictures(request, here.fragment("_wall.html", wall=wall))
    page = _page(here, sight, name, day, seen, wall, trouble, empty)
    if sight is Sight.TAG and len(name.strip()) >= 3:
        page = await _with_related(here, page, name)
    response = here.show("inspiration.html", "inspiration", page)
    _remember(response, request)
    return with_pictures(request, response)


async def _with_related(here: Visit, page: LookPage, name: str) -> LookPage:
    found = await here.request.app[ROOMS].tag_helper.suggest(name, user_id=here.user.id)
    related = tuple(s.tag for s in found if s.tag.casefold() != name.strip().casefold())[:12]
    return replace(page, related=related)


def _page(
    here: Visit,
    sight: Sight,
    name: str,
    day: date | None,
    seen: Seen | None,
    wall: Wall,
    trouble: str,
    empty: str,
) -> LookPage:
    title, text = _titles(sight, name)
    stale = seen.trouble if seen else ""
    today = here.now.astimezone(here.place).date()
    return LookPage(
        title=title,
        text=text,
        sight=sight,
        tabs=_tabs(sight),
        layouts=tuple(Link(word, _with(here, layout=key), key == wall.layout) for key, word in LAYOUTS),
        mature=Link("Mature", _with(here, mature="0" if _mature(here.request) else "1"), _mature(here.request)),
        wall=wall,
        topics=tuple(map(_topic, seen.page.topics)) if seen else (),
        age=here.reader.moment(seen.fetched_at) if seen else None,
        trouble=trouble or stale,
        name=name,
        day=day.isoformat() if day else "",
        previous_day=_with(here, date=(day - timedelta(days=1)).isoformat()) if day else "",
        next_day=_with(here, date=(day + timedelta(days=1)).isoformat()) if day and day < today else "",
        orders=_orders(here) if sight is Sight.TAG else (),
        here=here.here,
        empty=empty,
    )


def _titles(sight: Sight, name: str) -> tuple[str, str]:
    match sight:
        case Sight.DAILY:
            return "Daily deviations", "What DeviantArt’s people picked for a day."
        case Sight.WATCHING:
            return "Watching", "New works of the artists you watch."
        case Sight.TAG:
            return f"#{name.strip().lstrip('#')}" if name.strip() else "Tags", ""
        case Sight.TOPICS:
            return "Topics", ""
        case Sight.TOPIC:
            return name.replace("-", " ").capitalize(), ""
        case Sight.GALLERY:
            return name, "A gallery on DeviantArt."
        case Sight.SIMILAR:
            return "More like this", ""
        case _:
            return "Inspiration", ""


def _tabs(sight: Sight | str) -> tuple[Link, ...]:
    within = Sight.TOPICS if sight is Sight.TOPIC else sight
    return (
        *(Link(label, path, each is within) for each, label, path in TABS),
        Link("Kept", "/inspiration/lists", sight == "lists"),
    )


def _orders(here: Visit) -> tuple[Link, ...]:
    is_popular = here.request.query.get("order") == "popular"
    return (
        Link("Newest", _with(here, order=""), not is_popular),
        Link("Popular", _with(here, order="popular"), is_popular),
    )


def _with(here: Visit, **changes: str) -> str:
    """This page with other parameters, from its beginning."""
    kept = {name: value for name, value in here.request.query.items() if name not in ("cursor", "part")}
    asked = {name: value for name, value in (kept | changes).items() if value}
    return f"{here.request.path}?{urlencode(asked)}" if asked else here.request.path


def _wall(here: Visit, seen: Seen | None, layout: str) -> Wall:
    works = tuple(map(_tile, seen.page.works)) if seen else ()
    following = ""
    if seen and seen.page.next_cursor:
        kept = {name: value for name, value in here.request.query.items() if name not in ("cursor", "part")}
        following = f"{here.request.path}?{urlencode(kept | {'cursor': seen.page.next_cursor})}"
    return Wall(works, layout, following)


def _tile(work: Shown) -> Tile:
    return Tile(
        id=work.deviation_id,
        title=work.title,
        author=work.author,
        url=f"/inspiration/works/{work.deviation_id}",
        thumb=work.thumb_url or f"/inspiration/works/{work.deviation_id}/thumb",
        width=work.width,
        height=work.height,
        ratio=ratio_class(work.width, work.height),
        is_mature=work.is_mature,
        favourites=f"{work.favourites:,}" if work.favourites else "",
    )


def _topic(topic: Topic) -> TopicTile:
    return TopicTile(topic.name, f"/inspiration/topics/{topic.canonical_name}", tuple(map(_tile, topic.examples[:4])))


def _layout(request: web.Request) -> str:
    wanted = request.query.get("layout") or request.cookies.get(LAYOUT_COOKIE, "")
    return wanted if wanted in dict(LAYOUTS) else "justified"


def _mature(request: web.Request) -> bool:
    return (request.query.get("mature") or request.cookies.get(MATURE_COOKIE, "0")) == "1"


def _remember(response: web.Response, request: web.Request) -> None:
    """How the wall looks stays chosen in this browser."""
    for name, cookie, value in (
        ("layout", LAYOUT_COOKIE, _layout(request)),
        ("mature", MATURE_COOKIE, "1" if _mature(request) else "0"),
    ):
        if name in request.query:
            response.set_cookie(
                cookie, value, max_age=365 * 86400, httponly=True, samesite="Lax", path="/inspiration"
            )


async def _viewer(here: Visit) -> Viewer:
    return await viewer_of(here.request, here.user.id)


async def work(request: web.Request) -> web.Response:
    here, deviation_id, mature = await visit(request), request.match_info["name"], _mature(request)
    browser, viewer = request.app[ROOMS].browser, await _viewer(here)
    shown, about, seen = await browser.work(deviation_id, viewer, mature=mature)
    similar, trouble = Wall((), "justified", ""), seen.trouble
    try:
        found = await browser.look(Look(Sight.SIMILAR, deviation_id, mature=mature), viewer)
        similar = Wall(tuple(map(_tile, found.page.works[:12])), "justified", "")
    except UserError as error:
        trouble = trouble or error.sentence
    page = WorkPage(
        work=shown,
        ratio=ratio_class(shown.width, shown.height),
        author_url=f"/inspiration/artists/{shown.author.lower()}",
        tags=about.tags,
        description=plain_text(about.description),
        license=about.license,
        facts=_facts(shown, about),
        published=here.reader.moment(datetime.fromtimestamp(shown.published_at, UTC)) if shown.published_at else None,
        lists=tuple(await request.app[ROOMS].keeps.lists(here.user.id)),
        similar=similar,
        similar_url=f"/inspiration/works/{shown.deviation_id}/similar",
        age=here.reader.moment(seen.fetched_at),
        trouble=trouble,
        tag_text=", ".join(about.tags[:30]),
        here=here.here,
    )
    return with_pictures(request, here.show("inspiration_work.html", "inspiration", page))


def _facts(shown: Shown, about: About) -> tuple[str, ...]:
    found = [f"{shown.width:,} × {shown.height:,}"]
    for number, word in ((shown.favourites, "favourites"), (shown.comments, "comments"), (about.views, "views")):
        if number:
            found.append(f"{number:,} {word}")
    return tuple(found)


def plain_text(markup: str) -> str:
    """DeviantArt's HTML as text: shown as text only, so nothing in it can act."""
    text = html.unescape(_MARKUP.sub("", _BREAK.sub("\n", markup)))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


async def thumb(request: web.Request) -> web.Response:
    """A fresh address for a kept work's picture: those are never kept."""
    here = await visit(request)
    look = Look(Sight.WORK, request.match_info["name"], mature=_mature(request))
    seen = await request.app[ROOMS].browser.look(look, await _viewer(here))
    address = seen.page.works[0].thumb_url if seen.page.works else ""
    if not address:
        raise web.HTTPNotFound
    return web.Response(status=302, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "private, max-age=600"})


async def download(request: web.Request) -> web.Response:
    """To the full file, by a link made for this moment."""
    here = await visit(request)
    try:
        address = await request.app[ROOMS].browser.download(request.match_info["name"], await _viewer(here))
    except UserError as error:
        return refusal(request, error, back=f"/inspiration/works/{request.match_info['name']}")
    headers = {hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store", hdrs.REFERRER_POLICY: "no-referrer"}
    return web.Response(status=302, headers=headers)


async def keep(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    deviation_id = request.match_info["name"]
    back = form.next_path(f"/inspiration/works/{deviation_id}")
    rooms = request.app[ROOMS]
    try:
        look = Look(Sight.WORK, deviation_id, mature=_mature(request))
        seen = await rooms.browser.look(look, await _viewer(here))
        if not seen.page.works:
            raise InvalidInput({"work": "This work is no longer on DeviantArt."})
        kept = await rooms.keeping.keep(seen.page.works[0], by=here.actor, list_id=form.number("list"))
    except UserError as error:
        return refusal(request, error, back=back)
    link = FlashLink(f"/inspiration/lists/{kept.id}", "Open")
    return answer(request, Answer(Flash(f"Kept in “{kept.name}”.", link=link), {"list": str(kept.id)}), back=back)


async def lists(request: web.Request) -> web.Response:
    return await _lists(await visit(request), "", {})


async def _lists(here: Visit, value: str, errors: dict[str, str], *, status: int = 200) -> web.Response:
    found = tuple(await here.request.app[ROOMS].keeps.lists(here.user.id))
    page = ListsPage(found, _tabs("lists"), errors, value)
    return here.show("keep_lists.html", "inspiration", page, status=status)


async def create_list(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    try:
        made = await request.app[ROOMS].keeping.create(form.text("name"), by=here.actor)
    except InvalidInput as error:
        return await _lists(here, form.text("name"), error.fields, status=422)
    return go("/inspiration/lists", Flash(f"Made the list “{made.name}”."), request=request)


async def one_list(request: web.Request) -> web.Response:
    here, list_id = await visit(request), int(request.match_info["id"])
    rooms = request.app[ROOMS]
    kept = next((each for each in await rooms.keeps.lists(here.user.id) if each.id == list_id), None)
    if kept is None:
        raise web.HTTPNotFound
    asked = request.query.get("cursor", "0")
    offset = int(asked) if asked.isdecimal() and len(asked) < 7 else 0
    works = await rooms.keeps.works(here.user.id, list_id, offset=offset, limit=KEPT_A_PAGE + 1)
    more = f"{request.path}?cursor={offset + KEPT_A_PAGE}" if len(works) > KEPT_A_PAGE else ""
    wall = Wall(tuple(map(_tile, works[:KEPT_A_PAGE])), _layout(request), more)
    if request.query.get("part") == "1":
        return with_pictures(request, here.fragment("_wall.html", wall=wall))
    page = LookPage(
        title=kept.name,
        text=f"{kept.works} {'work' if kept.works == 1 else 'works'}",
        sight="list",
        tabs=_tabs("lists"),
        layouts=tuple(Link(word, _with(here, layout=key), key == wall.layout) for key, word in LAYOUTS),
        mature=Link("Mature", _with(here, mature="0" if _mature(request) else "1"), _mature(request)),
        wall=wall,
        topics=(),
        age=None,
        trouble="",
        name=kept.name,
        day="",
        previous_day="",
        next_day="",
        orders=(),
        here=here.here,
        empty="Nothing is kept here yet. Open a work and choose “Keep”.",
        list_id=kept.id,
    )
    return with_pictures(request, here.show("inspiration.html", "inspiration", page))


async def act_on_list(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    list_id, verb, use = int(request.match_info["id"]), request.match_info["verb"], request.app[ROOMS].keeping
    back = f"/inspiration/lists/{list_id}"
    try:
        if verb == "rename":
            await use.rename(list_id, form.text("name"), by=here.actor)
            return go(back, Flash("Renamed."), request=request)
        if verb == "remove":
            await use.remove(list_id, by=here.actor)
            return go("/inspiration/lists", Flash("The list is removed."), request=request)
        await use.drop(list_id, form.text("work"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash("Taken out of the list."), request=request)
