"""What a person has already, told before they send it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.posts.post import PostStatus


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """The newest post that holds these bytes; `title` may be empty."""

    sha256: str
    post_id: int
    title: str
    status: PostStatus


class KnownPictures(Protocol):
    async def among(self, user_id: int, sha256s: Sequence[str]) -> Mapping[str, KnownPicture]:
        """Those of *sha256s* that posts of this person outside the trash hold, by SHA-256."""
        ...
