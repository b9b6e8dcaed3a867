"""A post's state as Discord shows it: a shape, a word, a colour for the stripe."""

from dataclasses import dataclass
from typing import assert_never

from core.posts.post import Post, PostStatus


@dataclass(frozen=True, slots=True)
class State:
    shape: str
    word: str
    color: int

    @property
    def line(self) -> str:
        return f"{self.shape} **{self.word}**"


REVIEW = State("◌", "Review", 0x8A909C)
DRAFT = State("○", "Draft", 0xB4B9C2)
SCHEDULED = State("◷", "Scheduled", 0x3B82C4)
HELD = State("◷", "On hold", 0x8A7A2C)
UPLOADING = State("◐", "Uploading", 0xC2912F)
PUBLISHING = State("◐", "Publishing", 0xC2912F)
PUBLISHED = State("●", "Published", 0x4F9A5B)
FAILED = State("▲", "Failed", 0xC4485F)
NEEDS_YOU = State("◆", "Needs you", 0xD9822B)
TRASH = State("×", "Trash", 0x5B6068)


def state_of(post: Post) -> State:
    """What waits for a person, and what is held, says so instead of its status."""
    if any(publication.needs_person for publication in post.publications):
        return NEEDS_YOU
    match post.status:
        case PostStatus.REVIEW:
            return REVIEW
        case PostStatus.DRAFT:
            return DRAFT
        case PostStatus.SCHEDULED:
            return HELD if post.held else SCHEDULED
        case PostStatus.UPLOADING:
            return UPLOADING
        case PostStatus.PUBLISHING:
            return PUBLISHING
        case PostStatus.PUBLISHED:
            return PUBLISHED
        case PostStatus.FAILED:
            return FAILED
        case PostStatus.DISCARDED:
            return TRASH
        case _:
            assert_never(post.status)
