"""What the application knows about a picture, and what it asks of those who handle the bytes.

Nothing here opens a file: `data/images/` does, and satisfies the Protocols below.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

HASH_BITS = 64


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What a file turned out to be, read from its content and never from its name.

    `width` and `height` are those of the first frame as it is seen (turned upright); a video whose header
    does not tell has 0 × 0. `frames` is 1 for a still picture and for a video.
    """

    mime: str
    width: int
    height: int
    frames: int = 1
    is_video: bool = False


@dataclass(frozen=True, slots=True)
class GenerationMetadata:
    """How a picture says it was made: private, size-capped and already cleaned of secrets.

    `raw` holds the text entries by name, `workflow_json` a ComfyUI graph that parses. `says_ai` means that
    the file itself claims to come from a generator. `own_keys` are the keys of this application that were
    found in the file: look them up to warn their owner, then drop them; they must never be stored.
    """

    prompt: str | None = None
    negative_prompt: str | None = None
    model: str | None = None
    seed: str | None = None
    sampler: str | None = None
    loras: tuple[str, ...] = ()
    workflow_json: str | None = None
    raw: Mapping[str, str] = field(default_factory=dict)
    says_ai: bool = False
    secrets_removed: int = 0
    own_keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Derived:
    """What is drawn from a picture: a WebP thumbnail (long side at most 480) and a hash of its looks."""

    thumb: bytes = field(repr=False)
    thumb_width: int
    thumb_height: int
    phash: str


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file that may leave the house: `filename` is ours, never the uploader's."""

    path: Path
    mime: str
    filename: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One kept file, as the store lists it."""

    sha256: str
    bytes: int
    modified_at: datetime


def perceptual_distance(a: str, b: str) -> int:
    """How many of the 64 bits differ: 0 looks the same, up to about 6 is a near twin, 32 is chance."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


class PictureInspector(Protocol):
    """Looks into files. CPU work runs in threads, one big picture at a time."""

    async def check(self, path: Path) -> PictureInfo:
        """Decide by content alone whether the file is taken in.

        Raises `UnsupportedType` (not a picture or video we take), `TooManyPixels` (said by the header, before
        anything is decoded) or `UnreadableImage` (empty, cut short or damaged).
        """
        ...

    async def derive(self, path: Path, info: PictureInfo) -> Derived | None:
        """Thumbnail and perceptual hash of the first frame; None for a video. Raises `UnreadableImage`."""
        ...

    async def read_metadata(self, path: Path, info: PictureInfo) -> GenerationMetadata | None:
        """What the file says about its making; None when it says nothing. Damage is skipped, never raised."""
        ...

    async def prepare_to_send(self, path: Path, info: PictureInfo, *, keep_metadata: bool, into: Path) -> SendFile:
        """The file as DeviantArt or Discord may see it, written into directory *into* when it must change.

        JPEG, PNG and GIF lose their metadata without being re-encoded; WebP, BMP, TIFF and AVIF become PNG or
        JPEG. The answer may be *path* itself. Raises `UnreadableImage`.
        """
        ...


class IncomingFile(Protocol):
    """A file on its way in. It is deleted when its context ends unless the store was told to keep it."""

    path: Path
    size: int

    async def write(self, chunk: bytes) -> None:
        """Append; raises `TooLarge` as soon as the limit is passed, `StorageUnavailable` on a full disk."""
        ...

    async def finish(self) -> str:
        """Everything is on disk; answers the SHA-256 as 64 hex digits. Nothing may be written afterwards."""
        ...


class ImageStore(Protocol):
    """Keeps files under the SHA-256 of their content, and thumbnails beside them."""

    def incoming(self, *, max_bytes: int) -> AbstractAsyncContextManager[IncomingFile]:
        """A new file to write into, refused beyond *max_bytes*."""
        ...

    async def keep(self, temp: Path, sha256: str, mime: str) -> None:
        """Move *temp* into the store, durably. Keeping the same content again changes nothing but its age."""
        ...

    def local_copy(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """A path that may be read while the context is open. Raises `NotFound`."""
        ...

    async def link(self, sha256: str, *, mime: str, filename: str, expires_in: timedelta) -> str | None:
        """A short-lived address for a browser; None when we must serve the file ourselves."""
        ...

    async def keep_thumb(self, sha256: str, thumb: bytes) -> None:
        """Keep the thumbnail of this picture, replacing an earlier one."""
        ...

    async def read_thumb(self, sha256: str) -> bytes | None:
        """The thumbnail, or None when there is none."""
        ...

    async def delete(self, sha256: str) -> None:
        """Remove the file and its thumbnail; removing what is not there is fine."""
        ...

    async def delete_file(self, sha256: str) -> None:
        """Remove the file but leave its thumbnail."""
        ...

    async def exists(self, sha256: str) -> bool:
        """Whether the file is kept here."""
        ...

    def iterate(self) -> AsyncIterator[StoredObject]:
        """Every kept file, for finding those that no row needs. `modified_at` guards those just arrived."""
        ...

    def iterate_thumbs(self) -> AsyncIterator[StoredObject]:
        """Every thumbnail: those of removed originals have no file."""
        ...

    async def remove_old(self, sha256: str, *, before: datetime, with_thumb: bool) -> bool:
        """Remove the file, unless it was kept or wanted again since *before*; answers whether it is gone.

        Nobody keeps the same content between the look and the removal. Where there is no file, the age of the
        thumbnail counts.
        """
        ...

    async def remove_leftovers(self, *, before: datetime) -> int:
        """What was begun before that moment and never finished: direct uploads, parts. How many there were."""
        ...

    def held(self) -> AbstractAsyncContextManager[None]:
        """While it is open, no picture is cleared away: for whoever reads or brings many, rows or not."""
        ...

    def alone(self) -> AbstractContextManager[bool]:
        """Whether nobody holds pictures; whoever wants to waits until it is closed. Short, never across a wait
        for people."""
        ...

    async def check(self) -> None:
        """Raise `StorageUnavailable`, with a sentence, when nothing could be kept right now."""
        ...
