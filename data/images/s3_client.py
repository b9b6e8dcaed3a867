"""One client of an S3-compatible store, opened when it is first needed, and its failures named.

aioboto3 costs 36 MB and a third of a second to import, so it is imported only here, and only when used.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from core.errors import NotFound, StorageUnavailable
from core.settings import S3Settings

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 4
MISSING = frozenset(("404", "NoSuchKey", "NotFound"))
# Codes of AWS's error list, which R2 and MinIO share; the numbers are what answers to HEAD, without a body, leave us.
_SENTENCES = (
    (("NoSuchBucket",), "The bucket “{bucket}” does not exist: check S3_BUCKET_NAME."),
    (
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"),
        "The image store refuses our key: check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.",
    ),
    (
        ("401", "403", "AccessDenied", "Forbidden", "AllAccessDisabled", "AccountProblem"),
        "The image store refuses our key: check S3_ACCESS_KEY_ID and its rights to read, write, list and delete in"
        " “{bucket}”.",
    ),
    (
        ("RequestTimeTooSkewed", "RequestExpired"),
        "This machine's clock differs from the image store's: switch time synchronisation on.",
    ),
    (
        ("301", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
        "The bucket “{bucket}” lies in another region: check S3_REGION and S3_ENDPOINT.",
    ),
    (("XMinioStorageFull", "QuotaExceeded", "InsufficientStorage"), "The image store is full: make room there."),
    (
        ("SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "500", "502", "503", "504"),
        "The image store is busy; it will be tried again.",
    ),
)
_SENTENCE = {code: sentence for codes, sentence in _SENTENCES for code in codes}


class S3Client:
    """Owns the connections. `close` ends them; using it again opens new ones."""

    def __init__(self, settings: S3Settings, *, read_seconds: float = READ_SECONDS, attempts: int = ATTEMPTS) -> None:
        self._settings = settings
        self._read_seconds = read_seconds
        self._attempts = attempts
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}

    async def get(self) -> Any:
        """The client that talks to the store."""
        return await self._client(self._settings.endpoint)

    async def for_links(self) -> Any:
        """The client that signs addresses for browsers, which may reach the store under another name."""
        return await self._client(self._settings.presigned_endpoint or self._settings.endpoint)

    async def _client(self, endpoint: str) -> Any:
        async with self._opening:
            if endpoint not in self._clients:
                self._clients[endpoint] = await self._stack.enter_async_context(await self._new(endpoint))
            return self._clients[endpoint]

    async def _new(self, endpoint: str) -> Any:
        aioboto3, config = await asyncio.to_thread(_import_libraries)
        settings = self._settings
        session = aioboto3.Session(
            aws_access_key_id=settings.access_key_id,
            aws_secret_access_key=settings.secret_access_key,
            region_name=settings.region,
        )
        return session.client("s3", endpoint_url=endpoint, config=self._config(config))

    def _config(self, config: Any) -> Any:
        return config(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self._read_seconds,
            retries={"max_attempts": self._attempts, "mode": "standard"},
            s3={"addressing_style": "path" if self._settings.force_path_style else "auto"},
            # R2 and older MinIO know no trailing checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )

    async def close(self) -> None:
        """End all connections."""
        self._clients.clear()
        await self._stack.aclose()


def _import_libraries() -> tuple[Any, Any]:
    import aioboto3
    from aiobotocore.config import AioConfig

    return aioboto3, AioConfig


@asynccontextmanager
async def failures_named(bucket: str) -> AsyncIterator[None]:
    """What went wrong, as `NotFound` (no such object) or `StorageUnavailable` with a sentence to act on."""
    from aiohttp import ClientError as TransferError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _named(error.response.get("Error", {}).get("Code", ""), bucket) from error
    except (BotoCoreError, TransferError, TimeoutError, ConnectionError) as error:
        logger.warning("image store unreachable", extra={"failure": type(error).__name__})
        raise StorageUnavailable("The image store does not answer at S3_ENDPOINT; it will be tried again.") from error


def _named(code: str, bucket: str) -> NotFound | StorageUnavailable:
    if code in MISSING:
        return NotFound("The picture's file is gone.")
    logger.warning("image store refused", extra={"code": code})
    sentence = _SENTENCE.get(code, "The image store answered with an error ({code}).")
    return StorageUnavailable(sentence.format(bucket=bucket, code=code or "unknown"))
