"""Pictures and their thumbnails, for their owner or a short-lived signed link."""

from datetime import timedelta
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from core.errors import NotFound, NotSignedIn, UnreadableImage
from core.ports import OwnedFile
from core.posts.pictures import PictureInfo
from core.scopes import Scope
from web.keys import CLOCK, IDENTITY, IMAGES, READS, SERVICES, SITE
from web.signed_links import is_good

# The bytes of a file never change; `private` because only its owner may see it. Whoever signs in next at the same
# browser sends another cookie, and gets nothing out of what it kept (`Vary`).
KEPT_BY_BROWSER = "private, max-age=31536000, immutable"
STORE_LINK_LASTS = timedelta(minutes=5)
# Shown inside a page, never run: a file of an artist must not act in our name.
FILE_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'none'; sandbox"


class SentOnce(web.FileResponse):
    """Sent while its copy lies on disk: the server prepares an answer again, which here would send it twice."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None if self.prepared else await super().prepare(request)


async def picture(request: web.Request) -> web.StreamResponse:
    """`GET /files/{id}`; `?download=1` saves it."""
    file = (await _allowed(request)).file
    images = request.app[IMAGES]
    disposition = _disposition("attachment" if request.query.get("download") else "inline", file.name)
    link = await images.link(file.sha256, mime=file.mime, filename=file.name, expires_in=STORE_LINK_LASTS)
    if link is not None:
        return web.Response(status=302, headers={hdrs.LOCATION: link, hdrs.CACHE_CONTROL: "private, no-store"})
    headers = _headers(file.mime, f'"{file.sha256}"') | {hdrs.CONTENT_DISPOSITION: disposition}
    if request.headers.get(hdrs.IF_NONE_MATCH) == headers[hdrs.ETAG]:
        return web.Response(status=304, headers=headers)
    async with images.local_copy(file.sha256) as path:
        response = SentOnce(path, chunk_size=256 * 1024, headers=headers)
        await response.prepare(request)
        return response


async def thumb(request: web.Request) -> web.StreamResponse:
    """`GET /files/{id}/thumb`: WebP; drawn now when the background has not come to it yet."""
    owned = await _allowed(request)
    file = owned.file
    headers = _headers("image/webp", f'"{file.sha256}-thumb"')
    if request.headers.get(hdrs.IF_NONE_MATCH) == headers[hdrs.ETAG]:
        return web.Response(status=304, headers=headers)
    content = await request.app[IMAGES].read_thumb(file.sha256)
    if content is None:
        content = await _draw(request, owned)
    return web.Response(body=content, headers=headers)


async def _draw(request: web.Request, owned: OwnedFile) -> bytes:
    services, file = request.app[SERVICES], owned.file
    info = PictureInfo(file.mime, file.width, file.height, file.frames, is_video=file.is_video)
    async with services.images.local_copy(file.sha256) as path:
        try:
            derived = await services.inspector.derive(path, info)
        except UnreadableImage:
            derived = None
    if derived is None:
        raise NotFound("This file has no thumbnail.")
    await services.images.keep_thumb(file.sha256, derived.thumb)
    return derived.thumb


async def _allowed(request: web.Request) -> OwnedFile:
    """The file, for its owner, a key of theirs that may read, or a good signature."""
    number = request.match_info["id"]
    if not number.isdecimal() or len(number) > 18:
        raise NotFound
    query = request.query
    is_signed = "sig" in query and is_good(
        request.path,
        query.get("until", ""),
        query["sig"],
        request.app[SITE].link_secret,
        now=request.app[CLOCK].now(),
    )
    identity = request.get(IDENTITY)
    if is_signed:
        return await request.app[READS].file(int(number), user_id=None)
    if identity is None:
        raise NotSignedIn("Sign in to see this picture.")
    identity.need(Scope.READ)
    return await request.app[READS].file(int(number), user_id=identity.user.id)


def _headers(mime: str, etag: str) -> dict[str, str]:
    return {
        hdrs.CONTENT_TYPE: mime,
        hdrs.CACHE_CONTROL: KEPT_BY_BROWSER,
        hdrs.VARY: hdrs.COOKIE,
        hdrs.ETAG: etag,
        "Content-Security-Policy": FILE_POLICY,
    }


def _disposition(kind: str, name: str) -> str:
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def add_file_routes(app: web.Application) -> None:
    app.router.add_get("/files/{id}", picture)
    app.router.add_get("/files/{id}/thumb", thumb)
