"""DeviantArt's public side (fact sheet, section 3): `core.inspiration.ports.BrowseApi` over the client."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from core.errors import ExternalError, NotSent
from core.inspiration.looks import Look, Sight
from core.inspiration.works import About, Page, Shown, Topic
from data.deviantart import parse
from data.deviantart.client import DeviantArtClient
from data.deviantart.errors import Json
from data.deviantart.transport import SERVICE

AT_ONCE = 24
TOPICS_AT_ONCE = 10
FETCHED_ONE_BY_ONE = 4  # members of “more like this” that are nothing but an id
_OFFSETS = {Sight.HOME, Sight.WATCHING, Sight.GALLERY}
_TITLE_KEPT, _URL_KEPT, _DESCRIPTION_KEPT = 200, 2_000, 20_000


class BrowseClient:
    def __init__(self, client: DeviantArtClient) -> None:
        self._client = client

    async def look(self, token: str, look: Look) -> Page:
        endpoint, params = request_of(look)
        body = await self._client.call(token, "GET", endpoint, params)
        if look.sight is Sight.SIMILAR:
            return await self._similar(token, body)
        return page_of(look, body)

    async def download(self, token: str, deviation_id: str) -> str:
        body = await self._client.call(token, "GET", f"deviation/download/{deviation_id}", {"mature_content": "true"})
        address = _address(body.get("src"))
        if not address:
            raise NotSent(SERVICE, "its answer holds no link")
        return address

    async def _similar(self, token: str, body: Json) -> Page:
        """Some members come as nothing but an id: a few of those are fetched one by one."""
        found: list[Shown] = []
        fetched = 0
        for entry in [*parse.objects(body.get("more_from_da")), *parse.objects(body.get("more_from_artist"))]:
            work = shown(entry)
            if work is None and not entry.get("title") and entry.get("deviationid") and fetched < FETCHED_ONE_BY_ONE:
                fetched += 1
                work = await self._one(token, str(entry["deviationid"]))
            if work is not None:
                found.append(work)
        return Page(works=tuple({work.deviation_id: work for work in found}.values()))

    async def _one(self, token: str, deviation_id: str) -> Shown | None:
        try:
            return shown(await self._client.call(token, "GET", f"deviation/{deviation_id}", {}))
        except ExternalError:
            return None


def request_of(look: Look) -> tuple[str, Mapping[str, Any]]:
    """Endpoint and parameters. Pages go by offset or by cursor, as the endpoint has it."""
    mature = "true" if look.mature else "false"
    paged: dict[str, Any] = {"limit": AT_ONCE, "mature_content": mature}
    if look.cursor:
        paged["offset" if look.sight in _OFFSETS else "cursor"] = look.cursor
    match look.sight:
        case Sight.HOME:
            return "browse/home", paged | {"q": look.name or None}
        case Sight.DAILY:
            return "browse/dailydeviations", {
                "date": look.day.isoformat() if look.day else None,
                "mature_content": mature,
            }
        case Sight.WATCHING:
            return "browse/deviantsyouwatch", paged
        case Sight.TAG:
            return "browse/tags", paged | {"tag": look.name, "mode": "popular" if look.popular else "newest"}
        case Sight.TOPICS:
            return "browse/topics", paged | {"limit": TOPICS_AT_ONCE}
        case Sight.TOPIC:
            return "browse/topic", paged | {"topic": look.name}
        case Sight.GALLERY:
            return "gallery/all", paged | {"username": look.name}
        case Sight.SIMILAR:
            return "browse/morelikethis/preview", {"seed": look.name, "mature_content": mature}
        case Sight.WORK:
            return f"deviation/{look.name}", {}
        case Sight.METADATA:
            return "deviation/metadata", {"deviationids": [look.name], "ext_stats": True}
        case Sight.TAG_SEARCH:
            return "browse/tags/search", {"tag_name": look.name}


def page_of(look: Look, body: Json) -> Page:
    """An answer as a page; what cannot be read is left out. Watching nobody answers `{}`."""
    results = parse.objects(body.get("results"))
    match look.sight:
        case Sight.WORK:
            work = shown(body)
            return Page(works=(work,) if work else ())
        case Sight.METADATA:
            entries = parse.objects(body.get("metadata"))
            return Page(about=_about(entries[0]) if entries else None)
        case Sight.TAG_SEARCH:
            return Page(tags=tuple(str(entry["tag_name"]) for entry in results if entry.get("tag_name")))
        case Sight.TOPICS:
            return Page(topics=tuple(map(_topic, results)), next_cursor=_next(look, body))
        case _:
            works = tuple(work for entry in results if (work := shown(entry)) is not None)
            return Page(works=works, next_cursor=_next(look, body))


def _next(look: Look, body: Json) -> str:
    if look.sight in _OFFSETS:
        following = parse.next_offset(body, int(look.cursor) if look.cursor.isdecimal() else 0)
        return "" if following is None else str(following)
    cursor = body.get("next_cursor")
    return cursor[:500] if body.get("has_more") and isinstance(cursor, str) else ""


def shown(entry: Json) -> Shown | None:
    """None for a deleted work, and for one that comes without a title or a picture."""
    deviation_id, title = entry.get("deviationid"), entry.get("title")
    if not isinstance(deviation_id, str) or not isinstance(title, str) or entry.get("is_deleted"):
        return None
    author, stats = entry.get("author"), entry.get("stats")
    author = author if isinstance(author, dict) else {}
    stats = stats if isinstance(stats, dict) else {}
    picture = _picture(entry)
    thumb = _best_thumb(entry) or picture
    if not thumb.get("src"):
        return None
    size = picture or thumb
    published = parse.seconds(entry.get("published_time"))
    return Shown(
        deviation_id=deviation_id.upper(),
        title=title[:_TITLE_KEPT],
        author=str(author.get("username", ""))[:64],
        url=_address(entry.get("url")),
        thumb_url=_address(thumb.get("src")),
        picture_url=_address(size.get("src")),
        width=_side(size.get("width")),
        height=_side(size.get("height")),
        is_mature=bool(entry.get("is_mature")),
        is_downloadable=bool(entry.get("is_downloadable")),
        favourites=_side(stats.get("favourites"), least=0),
        comments=_side(stats.get("comments"), least=0),
        published_at=int(published.timestamp()) if published else 0,
    )


def _picture(entry: Json) -> Json:
    for name in ("content", "preview"):
        found = entry.get(name)
        if isinstance(found, dict) and found.get("src"):
            return found
    return {}


def _best_thumb(entry: Json) -> Json | None:
    """The preview, which is sharp enough for a wall of pictures, else the largest thumb."""
    preview = entry.get("preview")
    if isinstance(preview, dict) and preview.get("src"):
        return preview
    thumbs = [thumb for thumb in parse.objects(entry.get("thumbs")) if thumb.get("src")]
    return thumbs[-1] if thumbs else None


def _about(entry: Json) -> About:
    stats = entry.get("stats")
    stats = stats if isinstance(stats, dict) else {}
    return About(
        tags=tuple(str(tag["tag_name"]) for tag in parse.objects(entry.get("tags")) if tag.get("tag_name")),
        description=str(entry.get("description") or "")[:_DESCRIPTION_KEPT],
        license=str(entry.get("license") or "")[:100],
        views=_side(stats.get("views"), least=0),
    )


def _topic(entry: Json) -> Topic:
    examples = parse.objects(entry.get("example_deviations")) or parse.objects(entry.get("deviations"))
    works = tuple(work for example in examples if (work := shown(example)) is not None)
    return Topic(str(entry.get("name", ""))[:100], str(entry.get("canonical_name", ""))[:100], works[:6])


def _address(value: object) -> str:
    """An address that a browser may be given; empty for anything else."""
    if not isinstance(value, str) or len(value) > _URL_KEPT or urlsplit(value).scheme not in ("http", "https"):
        return ""
    return value


def _side(value: object, *, least: int = 1) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= least else least
