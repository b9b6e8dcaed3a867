"""DeviantArt's API: one method for each thing the application asks of it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from core.clock import Clock
from core.deviantart import Artist, Deviation, DeviationPage, GalleryFolder, Picture, Submission
from core.errors import NotSent, OutcomeUnknown
from core.posts.fields import Details
from data.deviantart import parse
from data.deviantart.errors import Deed, Json, no_answer, read
from data.deviantart.forms import edit_fields, flat, publish_fields, submit_fields
from data.deviantart.transport import SERVICE, Answer, AnswerLost, Fields, Transport, api_path

READ_RETRIES = 3
METADATA_AT_ONCE = 10
FOLDERS_AT_ONCE = 50
_PAGES_MOST = 400


class DeviantArtClient:
    """Satisfies `core.deviantart.DeviantArt`. Reads are repeated after a 500, writes never are.

    The documentation calls up to three retries of a 500 reasonable; they wait 1, 2 and 4 s of the clock.
    """

    def __init__(self, transport: Transport, clock: Clock, *, read_retries: int = READ_RETRIES) -> None:
        self._transport = transport
        self._clock = clock
        self._read_retries = read_retries

    @property
    def clock_offset(self) -> timedelta:
        return self._transport.clock_offset

    @property
    def clock_heard_at(self) -> datetime | None:
        return self._transport.clock_heard_at

    async def whoami(self, token: str) -> Artist:
        found = parse.artist(await self._get(token, "user/whoami"))
        if found is None:
            raise NotSent(SERVICE, "its answer about the account could not be read")
        return found

    async def placebo(self, token: str) -> None:
        await self._get(token, "placebo")

    async def submit(
        self,
        token: str,
        picture: Picture,
        details: Details,
        *,
        timeout: timedelta,
        item_id: str | None = None,
    ) -> str:
        """The file is read while it is sent. Raises `NotSent` when it cannot be opened."""
        fields = submit_fields(details) + ([("itemid", item_id)] if item_id is not None else [])
        form = aiohttp.FormData()
        for name, value in fields:
            form.add_field(name, value)
        try:
            file = await asyncio.to_thread(picture.path.open, "rb")
        except OSError as error:
            raise NotSent(SERVICE, "the picture could not be read from disk") from error
        with file:
            form.add_field("file", file, filename=picture.filename or "picture", content_type=picture.mime)
            body = await self._post(token, "stash/submit", Deed.SUBMIT, body=form, timeout=timeout)
        return _item_id(body)

    async def publish(self, token: str, item_id: str, details: Details, *, timeout: timedelta) -> Deviation:
        fields = [("itemid", item_id), *publish_fields(details)]
        body = await self._post(token, "stash/publish", Deed.PUBLISH, fields=fields, timeout=timeout)
        return self._public(body, details)

    async def edit(self, token: str, deviation_id: str, details: Details) -> Deviation:
        """The full current state of a published work; what is unset is cleared (fact sheet, 5.4)."""
        body = await self._post(token, f"deviation/edit/{deviation_id}", Deed.WRITE, fields=edit_fields(details))
        return self._public(body, details)

    async def describe(self, token: str, item_id: str, details: Details) -> None:
        """What is said about a work, by the Sta.sh item it came from: the file stays (fact sheet, 5.4)."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in [*submit_fields(details), ("itemid", item_id)]:
            form.add_field(name, value)
        await self._post(token, "stash/submit", Deed.SUBMIT, body=form)

    async def comment(self, token: str, deviation_id: str, text: str) -> str:
        """Post a comment; returns its id. Needs the scope `comment.post`."""
        body = await self._post(token, f"comments/post/deviation/{deviation_id}", Deed.WRITE, fields=[("body", text)])
        return str(body.get("commentid", ""))

    async def gallery(self, token: str, *, offset: int = 0, limit: int = 24) -> DeviationPage:
        fields = [("mature_content", "true"), ("limit", str(limit)), ("offset", str(offset))]
        return parse.page(await self._get(token, "gallery/all", fields), offset=offset)

    async def submissions(self, token: str, deviation_ids: tuple[str, ...]) -> tuple[Submission, ...]:
        found: list[Submission] = []
        for start in range(0, len(deviation_ids), METADATA_AT_ONCE):
            some = deviation_ids[start : start + METADATA_AT_ONCE]
            fields = [("ext_submission", "1"), *(("deviationids[]", deviation_id) for deviation_id in some)]
            body = await self._get(token, "deviation/metadata", fields)
            entries = parse.objects(body.get("metadata"))
            found += [known for entry in entries if (known := parse.submission(entry)) is not None]
        return tuple(found)

    async def folders(self, token: str) -> tuple[GalleryFolder, ...]:
        found: dict[str, GalleryFolder] = {}
        offset: int | None = 0
        for _ in range(_PAGES_MOST):
            fields = [("calculate_size", "1"), ("mature_content", "true"), ("limit", str(FOLDERS_AT_ONCE))]
            body = await self._get(token, "gallery/folders", [*fields, ("offset", str(offset))])
            for folder in parse.folders(parse.objects(body.get("results"))):
                found.setdefault(folder.folder_id, folder)
            offset = parse.next_offset(body, offset or 0)
            if offset is None:
                break
        return tuple(found.values())

    async def create_folder(
        self, token: str, name: str, *, description: str = "", parent_id: str | None = None
    ) -> GalleryFolder:
        """Not idempotent: the same name makes a second folder."""
        params = {"folder": name, "description": description or None, "parent_folderid": parent_id}
        body = await self._post(token, "gallery/folders/create", Deed.WRITE, fields=flat(params))
        folder_id = body.get("folderid")
        if not isinstance(folder_id, str) or not folder_id:
            raise OutcomeUnknown(SERVICE, "its answer about the new folder could not be read")
        return GalleryFolder(
            folder_id=folder_id.upper(),
            parent_id=parent_id,
            name=str(body.get("name") or name),
            description=description,
        )

    async def call(self, token: str, method: str, endpoint: str, params: Mapping[str, Any]) -> Json:
        if method == "GET":
            return await self._get(token, endpoint, flat(params))
        return await self._post(token, endpoint, Deed.WRITE, fields=flat(params))

    def _public(self, body: Json, details: Details) -> Deviation:
        """The work in an answer of publish or edit; an answer without an id proves nothing."""
        deviation_id, url = body.get("deviationid"), body.get("url")
        if not isinstance(deviation_id, str) or not deviation_id:
            raise OutcomeUnknown(SERVICE, "its answer does not say which work it made")
        return Deviation(
            deviation_id=deviation_id.upper(),
            url=url if isinstance(url, str) else "",
            title=details.stored_title,
            published_at=self._clock.now() + self.clock_offset,
            is_mature=bool(details.is_mature),
        )

    async def _get(self, token: str, endpoint: str, fields: Fields | None = None) -> Json:
        path = api_path(endpoint)
        answer = await self._ask(path, token, fields)
        for attempt in range(self._read_retries):
            if answer.status != 500:
                break
            await self._clock.sleep(2.0**attempt)
            answer = await self._ask(path, token, fields)
        return read(answer, Deed.READ)

    async def _ask(self, path: str, token: str, fields: Fields | None) -> Answer:
        try:
            return await self._transport.send("GET", path, token=token, fields=fields)
        except AnswerLost as error:
            raise no_answer(Deed.READ) from error

    async def _post(
        self,
        token: str,
        endpoint: str,
        deed: Deed,
        *,
        fields: Fields | None = None,
        body: aiohttp.FormData | None = None,
        timeout: timedelta | None = None,
    ) -> Json:
        path = api_path(endpoint)
        try:
            answer = await self._transport.send("POST", path, token=token, fields=fields, body=body, timeout=timeout)
        except AnswerLost as error:
            raise no_answer(deed) from error
        return read(answer, deed)


def _item_id(body: Json) -> str:
    """A 64-bit integer, sent as a number or a string, kept as text. Never the stack's id instead."""
    item_id = body.get("itemid")
    if isinstance(item_id, bool) or not isinstance(item_id, (int, str)) or not str(item_id).isdigit():
        raise OutcomeUnknown(SERVICE, "its answer does not say which item it made")
    return str(item_id)
