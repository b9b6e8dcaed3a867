"""A picture of a post, as it was given to us."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PostFile:
    """`name` is the sender's, for showing; the bytes lie in the image store under `sha256`."""

    id: int
    post_id: int
    position: int
    name: str
    mime: str
    bytes: int
    width: int
    height: int
    sha256: str
    frames: int = 1
    chosen: bool = True
    thumb_width: int | None = None
    thumb_height: int | None = None
    phash: str | None = None
    says_ai: bool = False
    created_at: datetime | None = None

    @property
    def is_video(self) -> bool:
        return self.mime.startswith("video/")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file about to become part of a post; `metadata` is scrubbed generation metadata as JSON."""

    name: str
    mime: str
    bytes: int
    width: int
    height: int
    sha256: str
    frames: int = 1
    metadata: str | None = None
    says_ai: bool = False
