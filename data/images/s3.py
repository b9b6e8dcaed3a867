"""Images in an S3-compatible store (AWS, R2, MinIO), named by their content like on local disk.

    PREFIX files/ab/abcd…     the file itself, SHA-256 as its name
    PREFIX thumbs/ab/abcd…    its thumbnail, WebP
    PREFIX uploads/…          what browsers put there directly, until it is checked and taken

Objects are private; browsers see them through links that expire. Files on their way in, and copies that are
worked on, lie in a local directory.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from core.errors import InvalidInput, NotFound, StorageUnavailable
from core.posts.pictures import StoredObject
from core.settings import S3Settings
from data.images.disk import DamagedCopy, in_storage_thread
from data.images.hold import OneAtATime, PictureHold
from data.images.incoming import LocalIncoming, incoming_file
from data.images.local import SHA256
from data.images.s3_client import S3Client, failures_named

PART_BYTES = 5 * 1024 * 1024  # the smallest that stores take; signing one costs about 15 ms
DOWNLOAD_BYTES = 256 * 1024
CORS_SECONDS = 10


class S3Images:
    """An `ImageStore` in a bucket. *spool* is a local directory of its own; `close` ends the connections."""

    def __init__(self, settings: S3Settings, *, spool: Path, client: S3Client | None = None) -> None:
        self._bucket = settings.bucket
        self._prefix = settings.path_prefix
        self._links_at = settings.presigned_endpoint or settings.endpoint
        self._takes_uploads = settings.presigned_endpoint is not None
        self._bucket_in_path = settings.force_path_style
        self._spool = spool
        self._client = client or S3Client(settings)
        self._hold = PictureHold(spool.parent / "hold.lock")
        self._names = OneAtATime()

    def prepare(self) -> None:
        """Make the local directory."""
        self._spool.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove what an earlier run left half received. Only for the process that owns the home, at start."""
        for left_over in self._spool.iterdir():
            left_over.unlink(missing_ok=True)

    async def close(self) -> None:
        await self._client.close()

    def incoming(self, *, max_bytes: int) -> AbstractAsyncContextManager[LocalIncoming]:
        return incoming_file(self._spool, max_bytes=max_bytes)

    async def keep(self, temp: Path, sha256: str, mime: str) -> None:
        key = self._file_key(sha256)
        size = temp.stat().st_size
        async with self._names.of(sha256), failures_named(self._bucket):
            if await self._size_of(key) == size:
                await self._renew(key, mime)
            elif size <= PART_BYTES:
                body = await in_storage_thread(temp.read_bytes)
                await self._put(key, body, mime)
            else:
                await self._put_in_parts(key, temp, mime)
        await in_storage_thread(lambda: temp.unlink(missing_ok=True))

    async def _renew(self, key: str, mime: str) -> None:
        """Copy an object onto itself: its new age says that somebody wants it."""
        client = await self._client.get()
        await client.copy_object(
            Bucket=self._bucket,
            Key=key,
            CopySource={"Bucket": self._bucket, "Key": key},
            MetadataDirective="REPLACE",
            ContentType=mime,
        )

    async def _put(self, key: str, body: bytes, mime: str) -> None:
        client = await self._client.get()
        await client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=mime)

    async def _put_in_parts(self, key: str, path: Path, mime: str) -> None:
        client = await self._client.get()
        target = {"Bucket": self._bucket, "Key": key}
        started = await client.create_multipart_upload(**target, ContentType=mime)
        target["UploadId"] = started["UploadId"]
        try:
            parts = [
                {
                    "PartNumber": number,
                    "ETag": (await client.upload_part(**target, PartNumber=number, Body=body))["ETag"],
                }
                async for number, body in _parts(path)
            ]
            await client.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
        except BaseException:
            # Parts that belong to nothing cost money until somebody removes them.
            with suppress(StorageUnavailable, NotFound):
                async with failures_named(self._bucket):
                    await client.abort_multipart_upload(**target)
            raise

    async def _size_of(self, key: str) -> int | None:
        head = await self._head(key)
        return None if head is None else int(head["ContentLength"])

    async def _head(self, key: str) -> Mapping[str, Any] | None:
        """What the store says of an object; None where there is none."""
        try:
            async with failures_named(self._bucket):
                client = await self._client.get()
                head: Mapping[str, Any] = await client.head_object(Bucket=self._bucket, Key=key)
                return head
        except NotFound:
            return None

    def link_origins(self) -> tuple[str, ...]:
        """Where links lead: the store's own host, or the bucket's below it."""
        address = urlsplit(self._links_at)
        if self._bucket_in_path:
            return (f"{address.scheme}://{address.netloc}",)
        hosts = (address.netloc, f"{self._bucket}.{address.netloc}")
        return tuple(f"{address.scheme}://{host}" for host in hosts)

    def upload_origins(self) -> tuple[str, ...]:
        """Where browsers may upload to directly: the one host of the bucket, when it was said that they reach it."""
        return self.link_origins()[-1:] if self._takes_uploads else ()

    async def link(self, sha256: str, *, mime: str, filename: str, expires_in: timedelta) -> str | None:
        safe = "".join(letter for letter in filename if letter.isascii() and (letter.isalnum() or letter in "._- "))
        client = await self._client.for_links()
        address: str = await client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": self._file_key(sha256),
                "ResponseContentType": mime,
                "ResponseContentDisposition": f'inline; filename="{safe}"',
            },
            ExpiresIn=int(expires_in.total_seconds()),
        )
        return address

    @asynccontextmanager
    async def local_copy(self, sha256: str) -> AsyncIterator[Path]:
        async with incoming_file(self._spool, max_bytes=2**40) as file:
            await self._download(self._file_key(sha256), file)
            if await file.finish() != sha256:
                raise DamagedCopy("The image store holds a damaged copy of this picture.")
            yield file.path

    async def _download(self, key: str, file: LocalIncoming) -> None:
        async with failures_named(self._bucket):
            client = await self._client.get()
            answer = await client.get_object(Bucket=self._bucket, Key=key)
            async for chunk in _chunks(answer):
                await file.write(chunk)
            if file.size != answer["ContentLength"]:
                raise StorageUnavailable("The image store broke off in the middle of a picture.")

    async def keep_thumb(self, sha256: str, thumb: bytes) -> None:
        async with failures_named(self._bucket):
            await self._put(self._thumb_key(sha256), thumb, "image/webp")

    async def read_thumb(self, sha256: str) -> bytes | None:
        try:
            async with failures_named(self._bucket):
                client = await self._client.get()
                answer = await client.get_object(Bucket=self._bucket, Key=self._thumb_key(sha256))
                return b"".join([chunk async for chunk in _chunks(answer)])
        except NotFound:
            return None

    async def delete(self, sha256: str) -> None:
        await self.delete_file(sha256)
        await self._delete(self._thumb_key(sha256))

    async def delete_file(self, sha256: str) -> None:
        await self._delete(self._file_key(sha256))

    async def _delete(self, key: str) -> None:
        async with failures_named(self._bucket):
            client = await self._client.get()
            await client.delete_object(Bucket=self._bucket, Key=key)

    async def exists(self, sha256: str) -> bool:
        return await self._size_of(self._file_key(sha256)) is not None

    async def iterate(self) -> AsyncIterator[StoredObject]:
        async for item in self._listed("files/"):
            yield item

    async def iterate_thumbs(self) -> AsyncIterator[StoredObject]:
        async for item in self._listed("thumbs/"):
            yield item

    async def _listed(self, below: str) -> AsyncIterator[StoredObject]:
        """Page by page, a thousand at a time."""
        async with failures_named(self._bucket):
            client = await self._client.get()
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{below}"
            )
            async for page in pages:
                for item in page.get("Contents", ()):
                    name = item["Key"].rpartition("/")[2]
                    if SHA256.fullmatch(name):
                        yield StoredObject(name, item["Size"], item["LastModified"])

    async def remove_old(self, sha256: str, *, before: datetime, with_thumb: bool) -> bool:
        file, thumb = self._file_key(sha256), self._thumb_key(sha256)
        async with self._names.of(sha256):
            head = await self._head(file) or (await self._head(thumb) if with_thumb else None)
            if head is not None and head["LastModified"] >= before:
                return False
            await self._delete(file)
            if with_thumb:
                await self._delete(thumb)
        return True

    async def remove_leftovers(self, *, before: datetime) -> int:
        uploads = [item async for item in self._listed("uploads/") if item.modified_at < before]
        for item in uploads:
            await self._delete(f"{self._prefix}uploads/{item.sha256}")
        return len(uploads) + await self._abort_parts(before)

    async def _abort_parts(self, before: datetime) -> int:
        """Parts of files that were never completed: listings do not show them, bills do."""
        aborted = 0
        async with failures_named(self._bucket):
            client = await self._client.get()
            pages = client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}files/"
            )
            async for page in pages:
                for item in page.get("Uploads", ()):
                    if item["Initiated"] < before:
                        target = {"Key": item["Key"], "UploadId": item["UploadId"]}
                        await client.abort_multipart_upload(Bucket=self._bucket, **target)
                        aborted += 1
        return aborted

    def held(self) -> AbstractAsyncContextManager[None]:
        return self._hold.held()

    def alone(self) -> AbstractContextManager[bool]:
        return self._hold.alone()

    async def check(self) -> None:
        async with failures_named(self._bucket):
            client = await self._client.get()
            try:
                await client.head_bucket(Bucket=self._bucket)
            except client.exceptions.ClientError:
                # Its answer carries no body: whoever asks for more is told why.
                await client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
                raise

    async def probe(self) -> None:
        """Write, read, list and remove a small object: every right that we need."""
        key = f"{self._prefix}uploads/probe"
        async with failures_named(self._bucket):
            client = await self._client.get()
            await self._put(key, b"isekai", "text/plain")
            answer = await client.get_object(Bucket=self._bucket, Key=key)
            content = b"".join([chunk async for chunk in _chunks(answer)])
            await client.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
            await client.delete_object(Bucket=self._bucket, Key=key)
        if content != b"isekai":
            raise StorageUnavailable("The image store gives back something else than it was given.")

    async def lets_upload(self, origin: str) -> bool:
        """Whether pages of *origin* may put something here, asked as browsers do before they try.

        Raises `StorageUnavailable` when the address for browsers does not answer from here.
        """
        import aiohttp

        link = await self.upload_link("0" * 64, bytes_=1, mime="image/png", expires_in=timedelta(minutes=1))
        wanted = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type",
        }
        limit = aiohttp.ClientTimeout(total=CORS_SECONDS)
        async with (
            failures_named(self._bucket),
            aiohttp.ClientSession(timeout=limit) as session,
            session.options(link, headers=wanted) as answer,
        ):
            return answer.ok and answer.headers.get("Access-Control-Allow-Origin") in ("*", origin)

    async def upload_link(self, name: str, *, bytes_: int, mime: str, expires_in: timedelta) -> str:
        """An address that takes one `PUT` of exactly *bytes_* bytes of this type, straight from a browser."""
        client = await self._client.for_links()
        address: str = await client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": self._upload_key(name),
                "ContentLength": bytes_,
                "ContentType": mime,
            },
            ExpiresIn=int(expires_in.total_seconds()),
        )
        return address

    async def read_upload(self, name: str, *, bytes_: int, mime: str) -> AsyncIterator[bytes]:
        """What a browser put there. Raises `NotFound`, and `InvalidInput` when it is not of this size and type."""
        async with failures_named(self._bucket):
            client = await self._client.get()
            answer = await client.get_object(Bucket=self._bucket, Key=self._upload_key(name))
            problem = _unlike(answer, bytes_, mime)
            if problem:
                answer["Body"].close()
                raise InvalidInput({"file": problem})
            async for chunk in _chunks(answer):
                yield chunk

    async def remove_upload(self, name: str) -> None:
        await self._delete(self._upload_key(name))

    def _file_key(self, sha256: str) -> str:
        return f"{self._prefix}files/{_sharded(sha256)}"

    def _thumb_key(self, sha256: str) -> str:
        return f"{self._prefix}thumbs/{_sharded(sha256)}"

    def _upload_key(self, name: str) -> str:
        """*name*: 64 hex digits, of a secret that it does not reveal."""
        if SHA256.fullmatch(name) is None:
            raise ValueError("the name of an upload is 64 hex digits")
        return f"{self._prefix}uploads/{name}"


def _unlike(answer: Mapping[str, Any], bytes_: int, mime: str) -> str:
    if answer["ContentLength"] != bytes_:
        return f"{answer['ContentLength']} bytes arrived, where {bytes_} were announced."
    if answer["ContentType"] != mime:
        return f"It was announced as {mime} and sent as {str(answer['ContentType'])[:60]}."
    return ""


def _sharded(sha256: str) -> str:
    if SHA256.fullmatch(sha256) is None:
        raise ValueError("a SHA-256 is 64 hex digits")
    return f"{sha256[:2]}/{sha256}"


async def _chunks(answer: Mapping[str, Any]) -> AsyncIterator[bytes]:
    body = answer["Body"]
    async with body:  # `as` would give the bare response, which cannot be read in parts
        while chunk := await body.read(DOWNLOAD_BYTES):
            yield chunk


async def _parts(path: Path) -> AsyncIterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        number = 1
        while body := await in_storage_thread(lambda: _read_part(file)):
            yield number, body
            number += 1


def _read_part(file: BinaryIO) -> bytes:
    return file.read(PART_BYTES)
