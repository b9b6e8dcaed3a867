"""Use case: a browser puts a picture straight into the bucket, and we look at it afterwards.

A ticket is bound to a person, an object, a size and a type, runs out, and is good for one completion. What arrived is
then taken in like any other file: the same tray, the same checks; whatever differs from the ticket is refused.
"""

import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.errors import (
    Expired,
    InvalidInput,
    LimitReached,
    NotFound,
    StorageUnavailable,
    TooLarge,
    UnsupportedType,
    WrongState,
)
from core.posts.files import NewFile
from core.posts.intake import Tray
from core.posts.names import shown_name

logger = logging.getLogger(__name__)

LINK_LASTS = timedelta(minutes=15)  # to begin: a slow upload may last longer
TICKET_LASTS = timedelta(hours=2)
OPEN_MOST = 200  # tickets of one person that are neither used nor over
CLEANED_A_RUN = 500
MIMES = frozenset(
    (
        "image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/avif",
        "video/mp4", "video/webm", "video/quicktime",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ticket:
    """`object_name` is the hash of the secret token: it reveals nothing, and leads to nothing."""

    object_name: str
    user_id: int
    name: str
    bytes: int
    mime: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """`token` completes it; `address` takes one `PUT` with this type."""

    token: str
    address: str
    mime: str
    expires_at: datetime


class UploadObjects(Protocol):
    """The part of the bucket that browsers write to."""

    async def upload_link(self, name: str, *, bytes_: int, mime: str, expires_in: timedelta) -> str: ...

    def read_upload(self, name: str, *, bytes_: int, mime: str) -> AsyncIterator[bytes]:
        """What arrived. Raises `NotFound`, and `InvalidInput` when size or type are not these."""
        ...

    async def remove_upload(self, name: str) -> None: ...


class TicketRows(Protocol):
    async def add(self, ticket: Ticket, *, at: datetime) -> None: ...

    async def open_of(self, user_id: int, *, now: datetime) -> int:
        """How many of this person are neither used nor over."""
        ...

    async def use(self, object_name: str, *, user_id: int, now: datetime) -> Ticket | None:
        """The ticket, if this is the one time that it may be used."""
        ...

    async def is_known(self, object_name: str, *, user_id: int) -> bool: ...

    async def over(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Object names of tickets that ran out, used or not."""
        ...

    async def remove(self, object_names: Sequence[str]) -> None: ...


class TicketTransaction(Protocol):
    @property
    def upload_tickets(self) -> TicketRows: ...


class TicketStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[TicketTransaction]: ...


class DirectUploads:
    """*objects* is None where pictures lie on disk, or browsers cannot reach the bucket."""

    def __init__(
        self, store: TicketStore, objects: UploadObjects | None, clock: Clock, *, max_bytes: Callable[[], int]
    ) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock
        self._max_bytes = max_bytes

    @property
    def is_on(self) -> bool:
        return self._objects is not None

    async def begin(self, user_id: int, *, name: str, bytes_: int, mime: str) -> Begun:
        """Raises `WrongState` (not here), `TooLarge`, `UnsupportedType`, `InvalidInput`, `LimitReached`."""
        objects = self._there()
        self._check(bytes_, mime)
        token, now = secrets.token_urlsafe(32), self._clock.now()
        ticket = Ticket(_object_name(token), user_id, shown_name(name), bytes_, mime, now + TICKET_LASTS)
        async with self._store.transaction() as tx:
            if await tx.upload_tickets.open_of(user_id, now=now) >= OPEN_MOST:
                raise LimitReached("Too many uploads are under way.", retry_after=LINK_LASTS)
            await tx.upload_tickets.add(ticket, at=now)
        address = await objects.upload_link(ticket.object_name, bytes_=bytes_, mime=mime, expires_in=LINK_LASTS)
        return Begun(token, address, mime, ticket.expires_at)

    async def use(self, user_id: int, token: str) -> Ticket:
        """The ticket, this once. Raises `NotFound` (also for somebody else's) and `Expired`."""
        self._there()
        object_name = _object_name(token)
        async with self._store.transaction() as tx:
            ticket = await tx.upload_tickets.use(object_name, user_id=user_id, now=self._clock.now())
            is_known = ticket is not None or await tx.upload_tickets.is_known(object_name, user_id=user_id)
        if ticket is not None:
            return ticket
        if is_known:
            raise Expired("This upload is completed already, or took too long. Send the picture again.")
        raise NotFound("There is no such upload.")

    async def take_in(self, ticket: Ticket, tray: Tray) -> NewFile:
        """Put what arrived on the *tray*. It is gone from where it was, whatever comes of it.

        Raises `InvalidInput`, `PictureRefused`, `StorageUnavailable`.
        """
        objects = self._there()
        try:
            content = objects.read_upload(ticket.object_name, bytes_=ticket.bytes, mime=ticket.mime)
            file = await tray.add(ticket.name, content)
        except NotFound:
            raise InvalidInput({"file": "Nothing arrived for this upload. Send the picture again."}) from None
        finally:
            with suppress(StorageUnavailable):  # then `clean` does it
                await objects.remove_upload(ticket.object_name)
        if file.mime != ticket.mime:
            raise UnsupportedType(f"It was announced as {ticket.mime} and is {file.mime}.")
        return file

    async def clean(self) -> None:
        """Tickets that ran out, and what lies in the bucket for them."""
        if self._objects is None:
            return
        async with self._store.transaction() as tx:
            names = await tx.upload_tickets.over(now=self._clock.now(), limit=CLEANED_A_RUN)
        for name in names:
            await self._objects.remove_upload(name)
        if names:
            async with self._store.transaction() as tx:
                await tx.upload_tickets.remove(names)
            logger.info("upload tickets removed", extra={"count": len(names)})

    def _there(self) -> UploadObjects:
        if self._objects is None:
            raise WrongState("Pictures are not uploaded directly here: send them with the post.")
        return self._objects

    def _check(self, bytes_: int, mime: str) -> None:
        most = self._max_bytes()
        if bytes_ > most:
            raise TooLarge(f"The file is larger than {most / 1024 / 1024:,.0f} MB.")
        if bytes_ < 1:
            raise InvalidInput({"bytes": "An empty file cannot be taken."})
        if mime not in MIMES:
            raise UnsupportedType(f"Files of the type “{mime[:60]}” are not taken.")


def _object_name(token: str) -> str:
    """*token* is a secret of 256 bits; hashed, so that neither database nor listings reveal it."""
    return hashlib.sha256(token.encode()).hexdigest()
