"""Plans come in, archives go out; keys are looked after; what administrators decide about programs."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from core.errors import InvalidInput, Malformed, NotFound, TooLarge
from core.programs.exporting import POSTS as EXPORTED
from core.programs.importing import Report
from core.users import Identity, User
from web.answers import json_answer
from web.api.me import key_json
from web.api.params import path_id
from web.api.program_json import call_json, report_bytes
from web.api.program_requests import ImportPlan, RestrictKey, RotateKey
from web.archives import Archive, open_archive
from web.auth import CSRF_HEADER, actor_of, check_csrf
from web.bodies import UNREADABLE_FORM, checked, read_model, read_object
from web.keys import CLOCK, KEYS, PROGRAMS

PLAN_MOST = 8 * 1024 * 1024  # bytes
ZIP_MOST = 2 * 1024 * 1024 * 1024
ZIP_IN_MEMORY = 1024 * 1024
CHUNK = 256 * 1024


@dataclass(slots=True)
class Sent:
    plan: str = ""
    dry_run: bool = True
    csrf: str | None = None


async def bring_in(request: web.Request, identity: Identity) -> web.Response:
    """A dry run unless `dry_run` is false. Errors hold everything back: then nothing is done."""
    if not request.content_type.startswith("multipart/"):
        wanted = await checked(ImportPlan, await read_object(request, most=PLAN_MOST))
        return await _told(await _run(request, identity, Sent(wanted.plan, wanted.dry_run), None))
    with tempfile.SpooledTemporaryFile(max_size=ZIP_IN_MEMORY) as spool:
        sent = await _read_form(request, spool)
        if identity.session is not None and CSRF_HEADER not in request.headers:
            check_csrf(identity.session, sent.csrf)
        if spool.tell() == 0:
            return await _told(await _run(request, identity, sent, None))
        archive = await open_archive(spool)
        if not sent.plan and EXPORTED in archive.names:
            sent.plan = await _plan_in(archive)
        return await _told(await _run(request, identity, sent, archive))


async def _plan_in(archive: Archive) -> str:
    """Of an archive that an instance gave: the plan stands in it."""
    content = bytearray()
    async for chunk in archive.read(EXPORTED):
        content += chunk
        if len(content) > PLAN_MOST:
            raise TooLarge(
                "This archive holds more posts than come in at once; send a part of its posts.jsonl as plan."
            )
    return content.decode("utf-8", "replace")


async def _told(report: Report) -> web.Response:
    """In a thread: a long plan makes a long report."""
    body = await asyncio.to_thread(report_bytes, report)
    return web.Response(body=body, content_type="application/json", charset="utf-8")


async def _run(request: web.Request, identity: Identity, sent: Sent, archive: Archive | None) -> Report:
    imports = request.app[PROGRAMS].imports
    files = archive.names if archive is not None else []

    def opener(name: str) -> AsyncIterator[bytes]:
        if archive is None:
            raise InvalidInput({"files": f"“{name[:80]}” was not sent."})
        return archive.read(name)

    if sent.dry_run:
        return await imports.preview(identity.user, sent.plan, files=files)
    return await imports.run(identity.user, sent.plan, files=files, opener=opener, by=actor_of(identity))


async def _read_form(request: web.Request, spool: IO[bytes]) -> Sent:
    sent = Sent()
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader):
                raise Malformed("A form inside a form is not taken.")
            if part.name == "files":
                await _spool(part, spool)
            elif part.name == "plan":
                sent.plan = (await _whole(part, PLAN_MOST)).decode("utf-8", "replace")
            elif part.name in {"dry_run", "csrf_token"}:
                text = (await _whole(part, 1000)).decode("utf-8", "replace").strip()
                if part.name == "csrf_token":
                    sent.csrf = text
                else:
                    sent.dry_run = text.lower() not in {"false", "0", "no", "off"}
    except (ValueError, AssertionError, HttpProcessingError):
        raise Malformed(UNREADABLE_FORM) from None
    return sent


async def _whole(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        content += chunk
        if len(content) > most:
            raise TooLarge(f"“{part.name}” is too long.")
    return bytes(content)


async def _spool(part: BodyPartReader, spool: IO[bytes]) -> None:
    while chunk := await part.read_chunk(CHUNK):
        if spool.tell() + len(chunk) > ZIP_MOST:
            raise TooLarge("This archive is larger than 2 GB; split the plan.")
        await asyncio.to_thread(spool.write, chunk)


async def export(request: web.Request, identity: Identity) -> web.StreamResponse:
    return await send_export(request, identity.user)


async def send_export(request: web.Request, user: User) -> web.StreamResponse:
    """Everything of *user* as a zip, written while it is downloaded."""
    name = f"isekai-{user.name}-{request.app[CLOCK].now():%Y-%m-%d}.zip"
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in name)
    headers = {
        hdrs.CONTENT_TYPE: "application/zip",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{safe}"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for piece in request.app[PROGRAMS].exports.stream(user):
        await response.write(piece)
    await response.write_eof()
    return response


async def rotate_key(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, RotateKey)
    key, secret = await request.app[PROGRAMS].key_care.rotate(
        identity.user, path_id(request), overlap=timedelta(hours=wanted.overlap_hours)
    )
    return json_answer(key_json(key) | {"key": secret}, status=201)


async def restrict_key(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, RestrictKey)
    key = await request.app[PROGRAMS].key_care.restrict(
        identity.user, path_id(request), addresses=wanted.addresses, calls_per_minute=wanted.calls_per_minute
    )
    return json_answer(key_json(key))


async def accept_exposure(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(key_json(await request.app[PROGRAMS].key_care.accept(identity.user, path_id(request))))


async def calls(request: web.Request, identity: Identity) -> web.Response:
    key_id = path_id(request)
    if all(key.id != key_id for key in await request.app[KEYS].of(identity.user)):
        raise NotFound
    found = await request.app[PROGRAMS].calls.of_key(key_id, user_id=identity.user.id)
    return json_answer({"items": [call_json(call) for call in found]})
