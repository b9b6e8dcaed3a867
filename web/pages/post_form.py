"""The fields of a post as text in a form, and back."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from core.posts.fields import DISPLAY_RESOLUTIONS, FLAG_NAMES
from core.posts.post import Post, Verb
from web.pages.actions import may
from web.pages.forms import Form

MARK = 8  # letters for each field
TEXTS = ("title", "description", "tags", "galleries", "mature_level", "display_resolution", "license", "notes")
RESOLUTIONS = (
    ("", "Not set"),
    *((str(width), "Original size" if width == 0 else f"{width} pixels wide") for width in DISPLAY_RESOLUTIONS),
)
LICENSES = (
    ("", "Not set"),
    ("all_rights", "All rights reserved"),
    ("cc_by", "CC BY"),
    ("cc_by_sa", "CC BY-SA"),
    ("cc_by_nd", "CC BY-ND"),
    ("cc_by_nc", "CC BY-NC"),
    ("cc_by_nc_sa", "CC BY-NC-SA"),
    ("cc_by_nc_nd", "CC BY-NC-ND"),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form shows: as kept, or as typed when it was refused. Flags are True, False or None."""

    title: str
    description: str
    tags: str
    galleries: str
    mature_level: str
    mature_classification: tuple[str, ...]
    display_resolution: str
    license: str
    notes: str
    is_mature: bool | None
    is_ai_generated: bool | None
    no_ai: bool | None
    allow_comments: bool | None
    allow_free_download: bool | None
    add_watermark: bool | None
    feature: bool | None
    stash_only: bool | None

    @property
    def folders(self) -> frozenset[str]:
        """Their order says nothing: boxes are sent in that of the page."""
        return frozenset(folder_id.upper() for folder_id in split_commas(self.galleries))


def typed_of(post: Post) -> Typed:
    details = post.details
    return Typed(
        title=details.title,
        description=details.description,
        tags=", ".join(details.tags),
        galleries=", ".join(details.galleries),
        mature_level=details.mature_level or "",
        mature_classification=tuple(details.mature_classification),
        display_resolution="" if details.display_resolution is None else str(details.display_resolution),
        license=details.license or "",
        notes=post.notes,
        **{name: getattr(details, name) for name in FLAG_NAMES},
    )


def mark_of(post: Post) -> str:
    """Short, and another one whenever what the form shows (or whether it may be edited) is another."""
    shown = repr((typed_of(post), may(post, Verb.EDIT))).encode()
    return hashlib.sha256(shown).hexdigest()[:16]


def marks_of(shown: Typed) -> str:
    """A short mark for each field, in the order of `LABELS`: later it tells which of them are as they were shown."""
    return "".join(_mark(shown, name) for name in LABELS)


def _mark(typed: Typed, name: str) -> str:
    value = getattr(typed, name)
    if name == "galleries":
        value = sorted(typed.folders)
    elif isinstance(value, str):
        value = value.strip()
    return hashlib.sha256(repr(value).encode()).hexdigest()[:MARK]


def caught_up(typed: Typed, theirs: Typed, marks: str) -> tuple[Typed, tuple[str, ...]] | None:
    """*typed* with what was changed elsewhere in fields that were not touched here, and the fields changed in both
    places; None where it is not known what was shown."""
    if len(marks) != MARK * len(LABELS):
        return None
    shown = {name: marks[place * MARK :][:MARK] for place, name in enumerate(LABELS)}
    mine = [name for name in LABELS if _mark(typed, name) != shown[name]]
    given: dict[str, Any] = {name: getattr(theirs, name) for name in LABELS if name not in mine}
    both = [name for name in mine if _mark(theirs, name) not in {shown[name], _mark(typed, name)}]
    return replace(typed, **given), tuple(both)


_FLAGS = {"true": True, "false": False}


def typed_in(form: Form) -> Typed:
    given: dict[str, Any] = {name: form.text(name).replace("\r\n", "\n").strip() for name in TEXTS}
    # One field with commas, or a box for each folder.
    given["galleries"] = ", ".join(split_commas(",".join(form.every("galleries"))))
    given |= {name: _FLAGS.get(form.text(name)) for name in FLAG_NAMES}
    return Typed(mature_classification=form.every("mature_classification"), **given)


def changes_of(typed: Typed, seen: Typed) -> dict[str, object]:
    """What differs, by field name, as `Review.edit` takes it: what was not touched is not written."""
    names = [*TEXTS, "mature_classification", *FLAG_NAMES]
    changed = {name: getattr(typed, name) for name in names if getattr(typed, name) != getattr(seen, name)}
    if "galleries" in changed and typed.folders == seen.folders:
        del changed["galleries"]
    if "tags" in changed:
        changed["tags"] = split_commas(str(changed["tags"]))
    if "mature_classification" in changed:
        changed["mature_classification"] = list(typed.mature_classification)
    return changed


def split_commas(text: str) -> list[str]:
    """In the form tags are told apart by commas and lines alone, so that one tag may hold spaces."""
    return [tag.strip() for line in text.splitlines() for tag in line.split(",") if tag.strip()]


LABELS = {
    "title": "Title",
    "description": "Description",
    "tags": "Tags",
    "galleries": "Folders",
    "mature_level": "How mature",
    "mature_classification": "Because of",
    "display_resolution": "Largest size shown",
    "license": "Licence",
    "notes": "Private notes",
    "is_mature": "Mature",
    "is_ai_generated": "Made with AI",
    "no_ai": "No AI training",
    "allow_comments": "Comments",
    "allow_free_download": "Free download",
    "add_watermark": "Watermark",
    "feature": "Featured",
    "stash_only": "Only to Sta.sh",
}


def differences(theirs: Typed, typed: Typed) -> tuple[tuple[str, str, str], ...]:
    """(field, label, what it is now) for each field where *typed* is not what somebody else has saved."""
    return tuple(
        (name, label, _said(getattr(theirs, name)))
        for name, label in LABELS.items()
        if getattr(theirs, name) != getattr(typed, name) and (name != "galleries" or theirs.folders != typed.folders)
    )


def _said(value: object) -> str:
    match value:
        case None | "" | ():
            return "not set"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            text = str(value)
            return text if len(text) <= 300 else text[:299] + "…"
