"""How far a series is: what is out, which part is next, and what it waits for; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.planning.ports import Series, SeriesPart
from core.posts.post import PostStatus

GONE = frozenset({PostStatus.SCHEDULED, PostStatus.UPLOADING, PostStatus.PUBLISHING, PostStatus.PUBLISHED})
BLOCKING = frozenset({PostStatus.REVIEW, PostStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Progress:
    """`gone`: parts that are out or have their time. `next`: the part that an automation may take next, not
    before `not_before`; `waits_for`: the earlier part that holds it up. Parts in the trash do not count."""

    gone: int
    total: int
    next: SeriesPart | None = None
    waits_for: SeriesPart | None = None
    not_before: datetime | None = None


def progress(series: Series, *, usual_gap: timedelta = timedelta(0)) -> Progress:
    """*usual_gap* counts where the series has no gap of its own."""
    parts = [part for part in series.parts if part.status is not PostStatus.DISCARDED]
    gone = [part for part in parts if part.status in GONE]
    coming = next((part for part in parts if part.status is PostStatus.DRAFT), None)
    blocked = next((part for part in parts if part.status in BLOCKING), None)
    waits_for = blocked if blocked and (coming is None or blocked.number < coming.number) else None
    gap = usual_gap if series.gap_minutes is None else timedelta(minutes=series.gap_minutes)
    last = max((part.at for part in gone if part.at), default=None)
    return Progress(len(gone), len(parts), coming, waits_for, last + gap if coming and last else None)
