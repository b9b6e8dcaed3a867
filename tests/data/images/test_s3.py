"""Images in a bucket: the same promises as on local disk, and failures that say what to do."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from core.errors import InvalidInput, NotFound, StorageUnavailable
from core.posts.pictures import ImageStore
from core.settings import S3Settings
from data.images.local import LocalImages
from data.images.move import Progress, move_images
from data.images.s3 import PART_BYTES, S3Images
from data.images.s3_client import S3Client
from tests.data.images.test_local import CONTENT, SHA256, files_below, kept
from tests.support.s3 import s3_server, s3_settings

TICKET = "ab" * 32


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@asynccontextmanager
async def opened(settings: S3Settings, spool: Path) -> AsyncIterator[S3Images]:
    images = S3Images(settings, spool=spool)
    images.prepare()
    try:
        yield images
    finally:
        await images.close()


@pytest.fixture
async def settings(server: str) -> S3Settings:
    settings = s3_settings(server)
    client = S3Client(settings)
    await (await client.get()).create_bucket(Bucket=settings.bucket)
    await client.close()
    return settings


@pytest.fixture
async def images(settings: S3Settings, tmp_path: Path) -> AsyncIterator[S3Images]:
    async with opened(settings, tmp_path / "spool") as images:
        yield images


async def objects_in(settings: S3Settings) -> dict[str, Any]:
    client = S3Client(settings)
    listed = await (await client.get()).list_objects_v2(Bucket=settings.bucket)
    await client.close()
    return {item["Key"]: item for item in listed.get("Contents", ())}


async def put(settings: S3Settings, key: str, body: bytes) -> None:
    client = S3Client(settings)
    await (await client.get()).put_object(Bucket=settings.bucket, Key=key, Body=body)
    await client.close()


async def test_a_file_is_kept_under_the_prefix_and_its_hash(
    images: S3Images, settings: S3Settings, tmp_path: Path
) -> None:
    assert await kept(images) == SHA256

    assert list(await objects_in(settings)) == [f"tenant/files/{SHA256[:2]}/{SHA256}"]
    async with images.local_copy(SHA256) as path:
        assert path.read_bytes() == CONTENT
    assert files_below(tmp_path) == []


async def test_a_large_file_goes_up_in_parts_and_comes_back_equal(images: S3Images) -> None:
    content = bytes(range(256)) * (2 * PART_BYTES // 256 + 1000)

    sha256 = await kept(images, content[:9_999_999])

    async with images.local_copy(sha256) as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


async def test_keeping_the_same_content_again_renews_its_age(images: S3Images, settings: S3Settings) -> None:
    await kept(images)
    await kept(images)

    assert len(await objects_in(settings)) == 1
    assert [item.bytes async for item in images.iterate()] == [len(CONTENT)]


async def test_thumbnails_and_deletion_work_as_on_disk(images: S3Images, settings: S3Settings) -> None:
    await kept(images)
    assert await images.read_thumb(SHA256) is None
    await images.keep_thumb(SHA256, b"thumb")
    assert await images.read_thumb(SHA256) == b"thumb"
    assert await images.exists(SHA256)

    await images.delete(SHA256)
    await images.delete(SHA256)

    assert not await images.exists(SHA256)
    assert await objects_in(settings) == {}
    with pytest.raises(NotFound):
        async with images.local_copy(SHA256):
            pass


async def test_tenants_see_only_their_own(images: S3Images, settings: S3Settings, tmp_path: Path) -> None:
    await kept(images)

    async with opened(
        s3_settings(settings.endpoint, bucket=settings.bucket, path_prefix="other/"), tmp_path / "o"
    ) as other:
        assert [item async for item in other.iterate()] == []
        assert not await other.exists(SHA256)


async def test_objects_are_private_and_links_open_them_for_a_while(images: S3Images, settings: S3Settings) -> None:
    await kept(images)

    link = await images.link(SHA256, mime="image/png", filename='a "b".png', expires_in=timedelta(minutes=5))

    assert link is not None
    assert "X-Amz-Expires=300" in link
    assert settings.secret_access_key not in link
    async with aiohttp.ClientSession() as session, session.get(link) as answer:
        assert await answer.read() == CONTENT
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"] == 'inline; filename="a b.png"'


async def test_links_lead_to_the_address_that_browsers_know(settings: S3Settings, tmp_path: Path) -> None:
    public = s3_settings("http://store.internal:9000", presigned_endpoint="https://pictures.example")

    async with opened(public, tmp_path / "spool") as images:
        link = await images.link(SHA256, mime="image/png", filename="a.png", expires_in=timedelta(minutes=1))

        origins = images.link_origins()

    assert link is not None
    assert link.startswith("https://pictures.example/")
    assert origins == ("https://pictures.example",)


async def test_a_browser_may_load_pictures_from_wherever_links_lead(tmp_path: Path) -> None:
    in_host = s3_settings("https://s3.example", force_path_style=False, bucket="pictures")

    async with opened(in_host, tmp_path / "spool") as images:
        link = await images.link(SHA256, mime="image/png", filename="a.png", expires_in=timedelta(minutes=1))
        origins = images.link_origins()

    assert link is not None
    assert link.startswith(tuple(f"{origin}/" for origin in origins))


async def test_a_browser_may_upload_directly_and_what_it_sent_is_read(images: S3Images, settings: S3Settings) -> None:
    link = await images.upload_link(TICKET, bytes_=len(CONTENT), mime="image/png", expires_in=timedelta(minutes=5))
    async with aiohttp.ClientSession() as session:
        await session.put(link, data=CONTENT, headers={"Content-Type": "image/png"})

    assert "content-length%3Bcontent-type%3Bhost" in link  # signed: a store takes no other size and type
    assert list(await objects_in(settings)) == [f"tenant/uploads/{TICKET}"]
    assert b"".join([part async for part in images.read_upload(TICKET, bytes_=len(CONTENT), mime="image/png")]) == (
        CONTENT
    )

    await images.remove_upload(TICKET)
    assert await objects_in(settings) == {}
    with pytest.raises(NotFound):
        await anext(images.read_upload(TICKET, bytes_=len(CONTENT), mime="image/png"))


@pytest.mark.parametrize(("bytes_", "mime"), [(len(CONTENT) - 1, "image/png"), (len(CONTENT), "image/jpeg")])
async def test_what_is_not_of_the_announced_size_and_type_is_not_read(
    images: S3Images, settings: S3Settings, bytes_: int, mime: str
) -> None:
    link = await images.upload_link(TICKET, bytes_=len(CONTENT), mime="image/png", expires_in=timedelta(minutes=5))
    async with aiohttp.ClientSession() as session:
        await session.put(link, data=CONTENT, headers={"Content-Type": "image/png"})

    with pytest.raises(InvalidInput, match="announced"):
        await anext(images.read_upload(TICKET, bytes_=bytes_, mime=mime))


async def test_the_store_is_probed_before_it_is_trusted(images: S3Images, settings: S3Settings) -> None:
    await images.check()
    await images.probe()

    assert await objects_in(settings) == {}


async def test_a_bucket_that_vanished_is_named(server: str, tmp_path: Path) -> None:
    async with opened(s3_settings(server, bucket="no-such-bucket"), tmp_path / "spool") as images:
        with pytest.raises(StorageUnavailable, match="no-such-bucket"):
            await images.check()
        with pytest.raises(StorageUnavailable, match="no-such-bucket"):
            await images.keep_thumb(SHA256, b"thumb")
        with pytest.raises(StorageUnavailable, match="no-such-bucket"):
            [item async for item in images.iterate()]
    assert files_below(tmp_path) == []


async def test_a_damaged_copy_is_not_handed_out(images: S3Images, settings: S3Settings) -> None:
    await put(settings, f"tenant/files/{SHA256[:2]}/{SHA256}", b"other bytes")

    with pytest.raises(StorageUnavailable, match="damaged"):
        async with images.local_copy(SHA256):
            pass


@asynccontextmanager
async def a_store_that(answers: Any, tmp_path: Path) -> AsyncIterator[S3Images]:
    """A server that does what *answers* does, whatever it is asked."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answers)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    settings = s3_settings(f"http://{host}:{port}")
    client = S3Client(settings, read_seconds=0.2, attempts=1)
    images = S3Images(settings, spool=tmp_path / "spool", client=client)
    images.prepare()
    try:
        yield images
    finally:
        await images.close()
        await runner.cleanup()


REFUSALS = {
    "InvalidAccessKeyId": (403, "S3_ACCESS_KEY_ID"),
    "SignatureDoesNotMatch": (403, "S3_SECRET_ACCESS_KEY"),
    "AccessDenied": (403, "rights to read, write, list and delete"),
    "RequestTimeTooSkewed": (403, "clock differs"),
    "AuthorizationHeaderMalformed": (400, "another region: check S3_REGION"),
    "NoSuchBucket": (404, "S3_BUCKET_NAME"),
    "XMinioStorageFull": (507, "full"),
    "Teapot": (418, r"an error \(Teapot\)"),
}


async def test_a_refusal_says_what_to_look_at(tmp_path: Path) -> None:
    async def refuse(request: web.Request) -> web.Response:
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        return web.Response(status=REFUSALS[code][0], text=body, content_type="application/xml")

    async with a_store_that(refuse, tmp_path) as images:
        for code in REFUSALS:
            for attempt in (images.check, images.probe, lambda: images.keep_thumb(SHA256, b"x")):
                with pytest.raises(StorageUnavailable, match=REFUSALS[code][1]):
                    await attempt()


async def test_whether_pages_may_upload_is_asked_as_a_browser_asks(tmp_path: Path) -> None:
    ours = "https://isekai.example"
    headers: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        assert (request.method, request.headers["Access-Control-Request-Method"]) == ("OPTIONS", "PUT")
        return web.Response(headers=headers)

    async with a_store_that(answer, tmp_path) as images:
        assert not await images.lets_upload(ours)
        for allowed in (ours, "*", "https://other.example"):
            headers["Access-Control-Allow-Origin"] = allowed
            assert await images.lets_upload(ours) is (allowed in (ours, "*"))


async def test_a_store_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    async def never(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async with a_store_that(never, tmp_path) as images:
        with pytest.raises(StorageUnavailable, match="does not answer"):
            await images.check()


async def test_a_store_that_breaks_off_in_the_middle_is_unavailable(tmp_path: Path) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100000"})
        await answer.prepare(request)
        await answer.write(b"x" * 1000)
        assert request.transport is not None
        request.transport.close()
        return answer

    async with a_store_that(break_off, tmp_path) as images:
        with pytest.raises(StorageUnavailable):
            async with images.local_copy(SHA256):
                pass
    assert files_below(tmp_path) == []


async def test_nobody_listening_is_unavailable(tmp_path: Path, unused_tcp_port: int) -> None:
    settings = s3_settings(f"http://127.0.0.1:{unused_tcp_port}")
    client = S3Client(settings, attempts=1)
    images = S3Images(settings, spool=tmp_path / "spool", client=client)

    with pytest.raises(StorageUnavailable, match="does not answer"):
        await images.check()
    await images.close()


async def moved(source: ImageStore, target: ImageStore) -> Progress:
    return [progress async for progress in move_images(source, target)][-1]


async def test_pictures_move_to_the_store_and_back_byte_for_byte(images: S3Images, tmp_path: Path) -> None:
    home, other = LocalImages(tmp_path / "home"), LocalImages(tmp_path / "other")
    home.prepare()
    other.prepare()
    for number in range(9):
        sha256 = await kept(home, bytes([number]) * (number * 1000 + 1))
        await home.keep_thumb(sha256, bytes([number]))

    there = await moved(home, images)
    back = await moved(images, other)

    assert (there.copied, back.copied, back.damaged) == (9, 9, ())
    assert files_below(tmp_path / "home") == files_below(tmp_path / "other")
    for name in files_below(tmp_path / "home"):
        assert (tmp_path / "home" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


async def test_a_move_that_was_stopped_goes_on_where_it_was(images: S3Images, tmp_path: Path) -> None:
    home = LocalImages(tmp_path / "home")
    home.prepare()
    for number in range(10):
        await kept(home, bytes([number]) * 50)
    started = move_images(home, images)
    first = await anext(started)
    await started.aclose()

    rest = await moved(home, images)

    assert (rest.copied, rest.skipped) == (10 - first.copied, first.copied)
    assert first.copied > 0


async def test_a_move_reports_what_is_damaged_and_does_not_copy_it(images: S3Images, tmp_path: Path) -> None:
    home = LocalImages(tmp_path / "home")
    home.prepare()
    await kept(home)
    sound = await kept(home, b"sound")
    home.path_of(SHA256).write_bytes(b"rotten" * 10)

    progress = await moved(home, images)

    assert (progress.damaged, progress.copied) == ((SHA256,), 1)
    assert [item.sha256 async for item in images.iterate()] == [sound]
