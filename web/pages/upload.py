"""Uploading from a browser: many files at once, streamed to disk while they are checked."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

from aiohttp import BodyPartReader, web

from core.errors import InvalidInput, UserError
from core.posts.intake import Arrival, Tray
from core.posts.post import Post
from web.answers import CsrfMismatch
from web.auth import CSRF_HEADER, check_csrf
from web.keys import INTAKE, SITE
from web.pages.flash import Flash
from web.pages.forms import CSRF_FIELD, json, refusal
from web.pages.pictures import thumb_of
from web.pages.post_form import split_commas
from web.pages.visit import Visit, go, visit, wants_json

CHUNK = 256 * 1024
TEXT_KEPT = 64 * 1024
FIELDS_MOST = 40
SOURCE = "the dashboard"


@dataclass(frozen=True, slots=True)
class Typed:
    title: str = ""
    tags: str = ""
    account_id: str = ""
    status: str = "review"
    group: str = ""
    is_ai_generated: bool = False
    is_mature: bool = False


@dataclass(frozen=True, slots=True)
class UploadPage:
    limits: str
    values: Typed
    errors: Mapping[str, str]
    account_options: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Parts:
    """The text fields of a multipart form, as they come."""

    fields: dict[str, str] = field(default_factory=dict)

    def typed(self) -> Typed:
        given = {name: self.fields.get(name, "") for name in ("title", "tags", "account_id", "group")}
        return Typed(
            **given,
            status=self.fields.get("status", "review"),
            is_ai_generated=self.fields.get("is_ai_generated") == "true",
            is_mature=self.fields.get("is_mature") == "true",
        )


def add_routes(app: web.Application) -> None:
    app.router.add_get("/upload", upload, name="upload")
    app.router.add_post("/upload", receive, name="upload-receive")


async def upload(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("upload.html", "upload", _page(here, Typed(is_ai_generated=True), {}))


def _page(here: Visit, values: Typed, errors: Mapping[str, str]) -> UploadPage:
    site = here.request.app[SITE]
    limits = f"JPEG, PNG, GIF, WebP, AVIF, BMP, TIFF; {site.max_file_bytes // 1024 // 1024} MB a file."
    options = tuple((str(account.id), account.username) for account in here.overview.accounts)
    return UploadPage(limits, values, errors, options)


async def receive(request: web.Request) -> web.Response:
    """Nothing is kept unless every file of the form is good."""
    here = await visit(request)
    parts = Parts()
    try:
        async with request.app[INTAKE].tray() as tray:
            await read_parts(here, request, parts, tray)
            if not tray.files:
                raise InvalidInput({"file": "Choose at least one picture."})
            arrival = _arrival(here, parts.typed())
            files = await tray.keep()
            arrival = replace(arrival, files=files, batch=files[0].sha256 if len(files) > 1 else "")
            posts = await request.app[INTAKE].receive(arrival, by=here.actor)
    except CsrfMismatch:
        raise
    except UserError as error:
        if wants_json(request):
            return refusal(request, error, back="/upload")
        errors = error.fields if isinstance(error, InvalidInput) else {"file": error.sentence}
        return here.show("upload.html", "upload", _page(here, parts.typed(), errors), status=422)
    return _answer(request, posts)


async def read_parts(here: Visit, request: web.Request, parts: Parts, tray: Tray) -> None:
    """The token comes first, in the header or as the first field: no file is read without it."""
    header = request.headers.get(CSRF_HEADER)
    if header is not None or not request.content_type.startswith("multipart/"):
        check_csrf(here.session, header)
    is_trusted = header is not None
    if not request.content_type.startswith("multipart/"):
        raise InvalidInput({"file": "Choose at least one picture."})
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.filename:
            if not is_trusted:
                check_csrf(here.session, parts.fields.get(CSRF_FIELD))
                is_trusted = True
            await tray.add(part.filename, _chunks(part))
        elif part.name and len(parts.fields) < FIELDS_MOST:
            parts.fields[part.name] = await _text(part)
    if not is_trusted:
        check_csrf(here.session, parts.fields.get(CSRF_FIELD))


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


async def _text(part: BodyPartReader) -> str:
    kept = bytearray()
    while chunk := await part.read_chunk(8192):
        kept += chunk
        if len(kept) > TEXT_KEPT:
            raise InvalidInput({part.name or "file": "This is too long."})
    return kept.decode("utf-8", "replace")


def _arrival(here: Visit, typed: Typed) -> Arrival:
    fields: dict[str, object] = {"title": typed.title, "tags": split_commas(typed.tags)}
    fields |= {name: True for name in ("is_ai_generated", "is_mature") if getattr(typed, name)}
    account = next((a.id for a in here.overview.accounts if str(a.id) == typed.account_id), None)
    return Arrival(
        user_id=here.user.id,
        files=(),
        fields=fields,
        source=SOURCE,
        account_id=account,
        one_post=typed.group == "post",
        to_draft=typed.status == "draft",
    )


def _answer(request: web.Request, posts: tuple[Post, ...]) -> web.Response:
    first = posts[0]
    is_review = first.status == "review"
    where = "Review" if is_review else "Drafts"
    said = f"In {where}." if len(posts) == 1 else f"{len(posts)} posts are in {where}."
    items = [_item(post, "review" if is_review else "posts") for post in posts]
    if wants_json(request):
        return json({"message": said, "items": items}, status=201)
    return go("/review" if is_review else "/drafts", Flash(said), request=request)


def _item(post: Post, room: str) -> dict[str, str | None]:
    thumb = thumb_of(post)
    return {"id": str(post.id), "url": f"/{room}/{post.id}", "thumb": thumb.src if thumb else None}
