"""How a picture is shown: its address, its size before it loads, and the class that names its ratio."""

from bisect import bisect_left
from dataclasses import dataclass

from core.posts.fields import Details
from core.posts.files import PostFile
from core.posts.post import Post

THUMB_SIDE = 480  # the long side of a thumbnail, until the real size is known


def _ratios() -> tuple[int, ...]:
    """The ratios (in hundredths) that `pictures.css` has a class for: steps of 2 % from 0.30 to 4.05."""
    found, ratio = {100}, 0.3
    while ratio < 4.05:
        found.add(round(round(ratio, 2) * 100))
        ratio *= 1.02
    return tuple(sorted(found))


RATIOS = _ratios()


@dataclass(frozen=True, slots=True)
class Thumb:
    """`src` is None for a video, which shows a sign instead."""

    src: str | None
    width: int
    height: int
    alt: str
    is_mature: bool = False
    is_video: bool = False


def thumb_of(post: Post, file: PostFile | None = None) -> Thumb | None:
    """The thumbnail of *file*, or of the first picture that goes out; None for a post without files."""
    shown = file or next((f for f in post.files if f.chosen), None) or next(iter(post.files), None)
    if shown is None:
        return None
    return thumb_of_file(post.details, shown)


def thumb_of_file(details: Details, file: PostFile) -> Thumb:
    width, height = thumb_size(file)
    return Thumb(
        src=None if file.is_video else f"/files/{file.id}/thumb",
        width=width,
        height=height,
        alt=details.title or file.name,
        is_mature=bool(details.is_mature),
        is_video=file.is_video,
    )


def whole_picture(post: Post, file: PostFile) -> Thumb:
    """The file itself, as large as the page has room for."""
    return Thumb(
        src=f"/files/{file.id}",
        width=file.width,
        height=file.height,
        alt=post.details.title or file.name,
        is_mature=bool(post.details.is_mature),
        is_video=file.is_video,
    )


def thumb_size(file: PostFile) -> tuple[int, int]:
    """Known before the thumbnail is made, so that the page does not move when it comes."""
    if file.thumb_width and file.thumb_height:
        return file.thumb_width, file.thumb_height
    if not file.width or not file.height:
        return THUMB_SIDE, THUMB_SIDE * 3 // 4
    scale = min(1.0, THUMB_SIDE / max(file.width, file.height))
    return max(1, round(file.width * scale)), max(1, round(file.height * scale))


def ratio_class(width: int, height: int) -> int:
    """The nearest ratio that has a class, in hundredths."""
    wanted = round(100 * width / height) if height else 100
    at = bisect_left(RATIOS, wanted)
    return min(RATIOS[max(0, at - 1) : at + 1], key=lambda known: abs(known - wanted))


def size_words(count: int) -> str:
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))} kB"
    return f"{count / 1024 / 1024:.1f} MB"
