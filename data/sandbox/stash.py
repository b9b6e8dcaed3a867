"""Submitting to Sta.sh and publishing from it (fact sheet, section 5)."""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from aiohttp import BodyPartReader, web

from data.sandbox.answers import (
    Refusal,
    answer,
    error_body,
    invalid_fields,
    invalid_request,
    publish_error,
    server_error,
)
from data.sandbox.forms import Form, read_form, stored_tags, true_words
from data.sandbox.guard import Call, api, authorise
from data.sandbox.keys import PICTURES
from data.sandbox.records import Deviation, Item
from data.sandbox.render import page_url
from data.sandbox.sniff import sniff

TITLE_MOST = 50
CLASSIFICATIONS = {"nudity", "sexual", "gore", "language", "ideology"}
SHOWN_TYPES = {"image/jpeg", "image/png", "image/gif"}
_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 256 * 1024
_FIELD_BYTES = 1024 * 1024


def routes() -> list[web.RouteDef]:
    return [
        api("POST", "stash/submit", submit, late=True),
        api("POST", "stash/publish", publish, "stash", "publish", user=True),
    ]


@dataclass(slots=True)
class Upload:
    """What arrived. The bytes themselves are in `path`, or already forgotten."""

    filename: str | None = None
    size: int = 0
    sha256: str = ""
    head: bytes = b""
    path: Path | None = None
    fields: list[tuple[str, str]] = field(default_factory=list)
    has_file: bool = False
    too_big: bool = False

    def discard(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


async def submit(call: Call) -> web.StreamResponse:
    """Takes the whole body before it looks at the token, as DeviantArt does."""
    upload = await _receive(call.request)
    try:
        allowed = await authorise(call.request, "stash", user=True)
        item = await _store(allowed, upload)
    except BaseException:
        upload.discard()
        raise
    await call.world.settled()
    return answer(
        {"status": "success", "itemid": int(item.itemid), "stack": item.title, "stackid": int(item.itemid) + 1}
    )


async def _store(call: Call, upload: Upload) -> Item:
    form = Form([*call.request.query.items(), *upload.fields])
    if upload.too_big:
        body = error_body("invalid_request", "The uploaded file is too large.")
        raise Refusal(200, body)
    if upload.has_file and not upload.filename:
        raise server_error()
    itemid = form.text("itemid")
    if not upload.has_file and not itemid:
        raise invalid_request("Please include content to submit.")
    facts = _facts(form, upload)
    if itemid:
        item = call.world.find_item(itemid, call.me)
        if item is None:
            raise publish_error(7)
        _update(call, item, form, facts, upload)
        return item
    facts.setdefault("title", Path(upload.filename or "").stem[:TITLE_MOST] or "Untitled")
    item = call.world.add_item(username=call.me, **facts, **_file_facts(upload))
    item.picture = call.request.app[PICTURES].keep(upload.path, item.itemid, item.mime)
    call.world.keep_item(item)
    return item


def _facts(form: Form, upload: Upload) -> dict[str, Any]:
    """The fields that were given, checked."""
    facts: dict[str, Any] = {}
    if form.text("title"):
        facts["title"] = form.text("title")
        if len(facts["title"]) > TITLE_MOST:
            raise invalid_fields({"title": f"title must be at most {TITLE_MOST} characters"})
    for name in ("artist_comments", "original_url"):
        if name in form:
            facts[name] = form.text(name)
    if form.many("tags"):
        facts["tags"] = stored_tags(form.many("tags"))
    for name in ("is_ai_generated", "noai"):
        if name in form:
            facts[name] = form.flag(name)
    form.flag("is_dirty")
    return facts


def _file_facts(upload: Upload) -> dict[str, Any]:
    mime, width, height = sniff(upload.head)
    return {
        "sha256": upload.sha256,
        "bytes": upload.size,
        "filename": upload.filename or "",
        "mime": mime,
        "width": width,
        "height": height,
    }


def _update(call: Call, item: Item, form: Form, facts: dict[str, Any], upload: Upload) -> None:
    """A file replaces the old one; without a file only what is said about it changes. Published works follow."""
    if upload.has_file:
        facts |= _file_facts(upload)
        item.uploads += 1
        item.picture = call.request.app[PICTURES].keep(upload.path, item.itemid, facts["mime"])
    for name, value in facts.items():
        setattr(item, name, value)
    call.world.keep_item(item)
    work = call.world.find_work(item.deviationid) if item.deviationid else None
    if work is not None:
        work.title, work.description, work.sha256 = item.title, item.artist_comments, item.sha256
        work.picture, work.width, work.height, work.bytes = item.picture, item.width, item.height, item.bytes
        work.edits += 1
        call.world.keep_deviation(work)


async def _receive(request: web.Request) -> Upload:
    upload = Upload()
    if request.content_type != "multipart/form-data":
        posted = await request.post()
        upload.fields = [(name, value) for name, value in posted.items() if isinstance(value, str)]
        return upload
    limit = request.app[PICTURES].max_upload_bytes
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise invalid_request("Nested multipart bodies are not understood.")
        if part.filename is None and not _looks_like_a_file(part):
            upload.fields.append((part.name or "", await _text(part)))
            continue
        upload.has_file = True
        upload.filename = part.filename
        await _take_file(part, upload, request.app[PICTURES].incoming, limit)
    return upload


def _looks_like_a_file(part: BodyPartReader) -> bool:
    """A part with a type but without a file name: the upload that DeviantArt answers with 500."""
    kind = part.headers.get("Content-Type", "text/plain")
    return not kind.startswith("text/plain")


async def _text(part: BodyPartReader) -> str:
    taken = bytearray()
    while chunk := await part.read_chunk():
        taken += chunk
        if len(taken) > _FIELD_BYTES:
            raise invalid_request("A field is too long.")
    return taken.decode("utf-8", "replace")


async def _take_file(part: BodyPartReader, upload: Upload, incoming: Path | None, limit: int) -> None:
    """Stream the bytes to disk, or only through the hash when nothing is kept."""
    digest = hashlib.sha256()
    upload.head = b""
    file: IO[bytes] | None = None
    if incoming is not None:
        file = tempfile.NamedTemporaryFile(dir=incoming, suffix=".part", delete=False)  # noqa: SIM115
        upload.path = Path(file.name)
    try:
        pending = bytearray()
        while chunk := await part.read_chunk(_HEAD_BYTES):
            upload.size += len(chunk)
            if len(upload.head) < _HEAD_BYTES:
                upload.head += chunk[: _HEAD_BYTES - len(upload.head)]
            pending += chunk
            if len(pending) >= _CHUNK_BYTES:
                await asyncio.to_thread(_absorb, bytes(pending), digest, file)
                pending.clear()
        _absorb(bytes(pending), digest, file)
    finally:
        if file is not None:
            file.close()
    upload.too_big = upload.size > limit
    upload.sha256 = digest.hexdigest()


def _absorb(data: bytes, digest: Any, file: IO[bytes] | None) -> None:
    digest.update(data)
    if file is not None:
        file.write(data)


async def publish(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    choices = read_choices(form)
    item = call.world.find_item(form.required("itemid"), call.me)
    if item is None:
        raise publish_error(7)
    _check_publishable(call, item)
    folders = [call.world.find_folder(folderid, call.me) for folderid in choices["galleryids"]]
    if any(folder is None for folder in folders):
        raise invalid_request("The gallery folder is invalid.")
    if any(folder is not None and folder.premium for folder in folders):
        # Issue 238 of DeviantArt's tracker: 500, yet half published.
        call.world.publish(item, **(choices | {"galleryids": []}))
        raise server_error()
    work = call.world.publish(item, **choices)
    await call.world.settled()
    return answer({"status": "success", "url": page_url(call.base, work), "deviationid": work.deviationid})


def _check_publishable(call: Call, item: Item) -> None:
    artist = call.world.artist(call.me)
    if item.deviationid is not None:
        raise publish_error(9)
    if call.world.switches.known_bytes_count_as_published and call.world.known_bytes(item):
        raise publish_error(9)
    if not artist.policy_accepted:
        raise publish_error(0)
    if not artist.terms_accepted:
        raise publish_error(1)
    if item.mime not in SHOWN_TYPES:
        raise publish_error(8)


def read_choices(form: Form) -> dict[str, Any]:
    """What publish and edit let an artist choose, checked; raises the refusal DeviantArt would send."""
    if form.flag("is_mature") is None:
        raise invalid_fields({"is_mature": "is_mature is required"})
    if form.text("catpath"):
        raise publish_error(2)
    resolution = _resolution(form)
    watermark = bool(form.flag("add_watermark", False))
    if watermark and resolution == 0:
        raise invalid_fields({"add_watermark": "add_watermark needs a display_resolution"})
    if form.text("sharing") not in ("", "allow", "hide_share_buttons", "hide_and_members_only"):
        raise invalid_fields({"sharing": "sharing is invalid"})
    for name in ("agree_submission", "agree_tos", "request_critique"):
        form.flag(name)
    return {
        **_maturity(form),
        "is_ai_generated": form.flag("is_ai_generated"),
        "noai": form.flag("noai"),
        "feature": bool(form.flag("feature", True)),
        "allow_comments": bool(form.flag("allow_comments", True)),
        "allow_free_download": bool(form.flag("allow_free_download", False)),
        "add_watermark": watermark,
        "display_resolution": resolution,
        "license": _license(form),
        "galleryids": [folderid.upper() for folderid in form.many("galleryids")],
        "tags": stored_tags(form.many("tags")),
        "groups": form.many("groups"),
    }


def _maturity(form: Form) -> dict[str, Any]:
    is_mature = bool(form.flag("is_mature"))
    level = form.text("mature_level")
    classes = form.many("mature_classification")
    if is_mature and level not in ("strict", "moderate"):
        raise invalid_fields({"mature_level": "mature_level is required"})
    if not set(classes) <= CLASSIFICATIONS:
        raise invalid_fields({"mature_classification": "mature_classification is invalid"})
    return {
        "is_mature": is_mature,
        "mature_level": level if is_mature else None,
        "mature_classification": classes if is_mature else [],
    }


def _resolution(form: Form) -> int:
    try:
        resolution = form.number("display_resolution", 0) or 0
    except Refusal:
        raise publish_error(5) from None
    if not 0 <= resolution <= 8:
        raise publish_error(5)
    return resolution


def _license(form: Form) -> dict[str, str]:
    options = true_words(form.nested("license_options"))
    creative_commons = options.get("creative_commons", "0").lower() in ("1", "true", "yes")
    good = (
        set(options) <= {"creative_commons", "commercial", "modify"}
        and options.get("commercial", "yes") in ("yes", "no")
        and options.get("modify", "yes") in ("yes", "no", "share")
        and (creative_commons or not set(options) & {"commercial", "modify"})
    )
    if not good:
        raise publish_error(4)
    return options


def edited(work: Deviation, form: Form) -> dict[str, Any]:
    """The full state after an edit: what was left out is cleared, the title apart."""
    choices = read_choices(form)
    choices.pop("feature")
    choices.pop("groups")
    choices["title"] = form.text("title") or work.title
    if len(choices["title"]) > TITLE_MOST:
        raise invalid_fields({"title": f"title must be at most {TITLE_MOST} characters"})
    return choices
