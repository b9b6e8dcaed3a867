"""Uploading from a browser: many files at once, streamed to disk while they are checked."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.library.template import TemplateKind
from core.posts.intake import Arrival, Received, Retry
from core.posts.post import Post, PostStatus
from web.answers import CsrfMismatch, problem_of
from web.keys import INTAKE, KNOWN_PICTURES, READS, ROOMS, SERVICES, SITE
from web.pages.flash import Flash, FlashLink
from web.pages.forms import json
from web.pages.paging import offered
from web.pages.pictures import thumb_of
from web.pages.post_form import split_commas
from web.pages.rows import name_of
from web.pages.states import state_of, status_view
from web.pages.upload_form import Basket, Typed, read_upload_form, typed_from
from web.pages.visit import Visit, go, visit, wants_json
from web.uploads import IDEMPOTENCY_HEADER

SOURCE = "the dashboard"
KNOWN_MOST = 50  # digests asked about at once
SHOWN_BESIDE_FIELDS = ("title", "tags", "file")


@dataclass(frozen=True, slots=True)
class UploadPage:
    """`templates` are names with their kinds; `problems` stand above the form, the others beside their field."""

    limits: str
    max_bytes: int
    values: Typed
    errors: Mapping[str, str]
    account_options: tuple[tuple[str, str], ...]
    templates: tuple[tuple[str, str], ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/upload", upload, name="upload")
    app.router.add_post("/upload", receive, name="upload-receive")
    app.router.add_get("/upload/known", known, name="upload-known")
    app.router.add_get(r"/upload/twins/{post_id:\d+}", twins, name="upload-twins")


async def upload(request: web.Request) -> web.Response:
    here = await visit(request)
    chosen = here.account_id
    values = Typed(is_ai_generated=True, account_id=str(chosen) if chosen is not None else "")
    return here.show("upload.html", "upload", await _page(here, values, {}))


async def _page(here: Visit, values: Typed, errors: Mapping[str, str]) -> UploadPage:
    site = here.request.app[SITE]
    limits = f"JPEG, PNG, GIF, WebP, AVIF, BMP, TIFF; {site.max_file_bytes // 1024 // 1024} MB a file."
    # A new page is a new try: sending the same page twice makes nothing twice.
    values = replace(values, sending=secrets.token_urlsafe(16))
    return UploadPage(
        limits,
        site.max_file_bytes,
        values,
        _shown(errors),
        tuple((str(account.id), account.username) for account in here.overview.editable),
        await _templates(here),
    )


async def _templates(here: Visit) -> tuple[tuple[str, str], ...]:
    """Comments are posted after publishing and fill in nothing here."""
    if ROOMS not in here.request.app:
        return ()
    found = await here.request.app[ROOMS].library.templates(here.user.id)
    return tuple((one.name, one.kind) for one in offered([t for t in found if t.kind is not TemplateKind.COMMENT]))


def _shown(errors: Mapping[str, str]) -> dict[str, str]:
    """Problems of fields that the page does not show stand with the files: a side-car may have caused them."""
    shown = {name: text for name, text in errors.items() if name in SHOWN_BESIDE_FIELDS}
    if others := [text for name, text in errors.items() if name not in shown]:
        shown["file"] = " ".join(filter(None, (shown.get("file"), *others)))
    return shown


async def receive(request: web.Request) -> web.Response:
    """Nothing is kept unless every file of the form is good."""
    here = await visit(request)
    intake, typed, basket = request.app[INTAKE], Typed(), None
    try:
        async with intake.tray() as tray:
            basket = Basket(tray)
            typed = typed_from(await read_upload_form(here, request, basket))
            known = await intake.known(_retry(here, typed)) if typed.tickets else None
            if known is not None:
                return _answer(request, known)
            await _add_tickets(here, typed, basket)
            basket.expect_good()
            arrival = replace(_arrival(here, typed), files=tray.files, beside=basket.beside())
            await intake.check(arrival)
            if arrival.batch == "" and len(tray.files) > 1:
                arrival = replace(arrival, batch=tray.files[0].sha256)
            await tray.keep()
            received = await intake.receive_once(arrival, by=here.actor, retry=_retry(here, typed))
    except CsrfMismatch:
        raise
    except UserError as error:
        if wants_json(request):
            return _refusal(error, basket)
        errors = error.fields if isinstance(error, InvalidInput) else {"file": error.sentence}
        return here.show("upload.html", "upload", await _page(here, typed, errors), status=422)
    return _answer(request, received)


async def _add_tickets(here: Visit, typed: Typed, basket: Basket) -> None:
    """What this form's pictures are when they went straight into the bucket."""
    direct = here.request.app[SERVICES].direct_uploads
    if direct is None:
        return
    for token in typed.tickets:
        ticket = await direct.use(here.user.id, token)
        await basket.take(ticket.name, partial(direct.take_in, ticket))


def _refusal(error: UserError, basket: Basket | None) -> web.Response:
    """`file` is the place of the refused one among those that were sent."""
    said: dict[str, object] = {"error": error.sentence, "code": error.code}
    if basket is not None and basket.refused is not None:
        said["file"] = basket.refused
    return json(said, status=problem_of(error).status)


def _arrival(here: Visit, typed: Typed) -> Arrival:
    fields: dict[str, object] = {"title": typed.title, "tags": split_commas(typed.tags)}
    if typed.is_ai_generated:
        fields["is_ai_generated"] = True
    if typed.mature_level:
        fields |= {"is_mature": True, "mature_level": typed.mature_level}
    account = next((a.id for a in here.overview.editable if str(a.id) == typed.account_id), None)
    return Arrival(
        user_id=here.user.id,
        files=(),
        fields=fields,
        source=SOURCE,
        batch=typed.batch,
        batch_by_prompt=True,
        account_id=account,
        one_post=typed.group == "post",
        to_draft=typed.status == "draft",
        templates=typed.templates,
        unless_here=not typed.again,
    )


def _retry(here: Visit, typed: Typed) -> Retry | None:
    given = here.request.headers.get(IDEMPOTENCY_HEADER, "")[:200] or typed.sending
    return Retry(-here.user.id, f"dashboard:{given}", by_bytes=False) if given else None


def _answer(request: web.Request, received: Received) -> web.Response:
    if wants_json(request):
        items = [_item(post, is_known=post.id in received.known) for post in received.posts]
        return json({"message": _message(received), "items": items}, status=201 if received.is_new else 200)
    fresh = [post for post in received.posts if post.id not in received.known]
    if not fresh:
        first = received.posts[0]
        return go(f"/posts/{first.id}", Flash(_message(received)), request=request)
    link = None
    if received.known:
        first = next(post for post in received.posts if post.id in received.known)
        link = FlashLink(f"/posts/{first.id}", name_of(first)[:60])
    room = "/drafts" if fresh[0].status is PostStatus.DRAFT else "/review"
    return go(room, Flash(_message(received), link=link), request=request)


def _message(received: Received) -> str:
    fresh = [post for post in received.posts if post.id not in received.known]
    said = []
    if fresh:
        where = {"review": "Review", "draft": "Drafts"}.get(fresh[0].status, state_of(fresh[0]).word)
        said.append(f"In {where}." if len(fresh) == 1 else f"{len(fresh)} posts are in {where}.")
    if (count := len(received.posts) - len(fresh)) == 1 and not fresh:
        said.append("You already have this.")
    elif count:
        said.append(f"You already have {'one' if count == 1 else count} of them.")
    return " ".join(said)


def _item(post: Post, *, is_known: bool) -> dict[str, object]:
    thumb = thumb_of(post)
    room = "review" if post.status is PostStatus.REVIEW else "posts"
    return {
        "id": str(post.id),
        "url": f"/{room}/{post.id}",
        "name": name_of(post),
        "state": state_of(post).word,
        "thumb": thumb.src if thumb else None,
        "known": is_known,
    }


async def known(request: web.Request) -> web.Response:
    """Which of some pictures (`?sha256=a,b,…`, at most 50) are here already, and what may be sent."""
    here = await visit(request)
    digests = [word for word in request.query.get("sha256", "").split(",") if _is_digest(word)][:KNOWN_MOST]
    there = await request.app[KNOWN_PICTURES].among(here.user.id, digests) if digests else {}
    site = request.app[SITE]
    return json(
        {
            "known": {
                digest: {
                    "url": f"/posts/{one.post_id}",
                    "name": one.title or "Untitled",
                    "state": status_view(one.status).word,
                }
                for digest, one in there.items()
            },
            "max_bytes": site.max_file_bytes,
            "max_files": site.max_files,
            "direct": _is_direct(here),
            "csrf": here.session.csrf_token,
        }
    )


def _is_direct(here: Visit) -> bool:
    """Whether pictures may go straight into the bucket."""
    direct = here.request.app[SERVICES].direct_uploads
    return direct is not None and direct.is_on


def _is_digest(word: str) -> bool:
    return len(word) == 64 and all(letter in "0123456789abcdef" for letter in word)


async def twins(request: web.Request) -> web.Response:
    """What an uploaded picture looks almost like; `ready` once it has been compared."""
    here = await visit(request)
    reads = request.app[READS]
    post = await reads.post(int(request.match_info["post_id"]), user_id=here.user.id)
    hashes = [file.phash for file in post.files if not file.is_video]
    found: dict[int, Post] = {}
    for phash in filter(None, hashes):
        for twin in await reads.near_twins(here.user.id, phash, except_post=post.id):
            found.setdefault(twin, await reads.post(twin, user_id=here.user.id))
    return json({"ready": all(hashes), "twins": _twins(list(found.values()))})


def _twins(posts: Sequence[Post]) -> list[dict[str, str]]:
    return [{"url": f"/posts/{post.id}", "name": name_of(post), "state": state_of(post).word} for post in posts[:3]]
