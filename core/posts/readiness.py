"""What is missing before a post may go out, in sentences for people."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.posts.fields import Details
from core.posts.files import PostFile

VIDEO_NOT_READY = (
    "DeviantArt wants a preview picture for a video, and its API cannot be given one."
    " Publish it by hand and paste the link."
)
NO_PICTURE: Final = "Add a picture."
NONE_CHOSEN: Final = "Choose at least one of its pictures."
NO_TITLE: Final = "Give it a title."
NO_LEVEL: Final = "Say how mature it is: moderate or strict."
NO_SIZE: Final = "A watermark needs a display resolution below the original size."
# The field that settles it.
FIELD_OF: Final[Mapping[str, str]] = {NO_TITLE: "title", NO_LEVEL: "mature_level", NO_SIZE: "display_resolution"}


def missing(details: Details, files: Sequence[PostFile]) -> tuple[str, ...]:
    """Empty when the post is ready to publish."""
    chosen = [file for file in files if file.chosen]
    of_files = missing_in_files(len(files), len(chosen), has_video=any(file.is_video for file in chosen))
    return of_files + missing_in_details(details)


def missing_in_files(count: int, chosen: int, *, has_video: bool) -> tuple[str, ...]:
    """The first part of `missing`. *has_video*: among the chosen ones."""
    found = [NO_PICTURE] if not count else [NONE_CHOSEN] if not chosen else []
    return (*found, VIDEO_NOT_READY) if has_video else tuple(found)


def missing_in_details(details: Details) -> tuple[str, ...]:
    """The second part of `missing`."""
    found = []
    if not details.title:
        found.append(NO_TITLE)
    if details.is_mature and details.mature_level is None:
        found.append(NO_LEVEL)
    if details.add_watermark and not details.display_resolution:
        found.append(NO_SIZE)
    return tuple(found)


def warnings(details: Details, files: Sequence[PostFile]) -> tuple[str, ...]:
    """Worth a look before scheduling; none of them refuses."""
    found = []
    if any(file.says_ai for file in files) and not details.is_ai_generated:
        found.append("The file says it was made with AI, but the AI flag is off.")
    if details.title and details.stored_title != " ".join(details.title.split()):
        found.append(f"DeviantArt will keep only “{details.stored_title}” of the title.")
    if len(details.tags) != len(details.stored_tags):
        found.append(f"DeviantArt will store {len(details.stored_tags)} of the {len(details.tags)} tags.")
    return tuple(found)
