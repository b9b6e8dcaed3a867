"""DeviantArt's JSON as our values. Everything beyond an id may be missing: deleted works are sparse. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from core.deviantart import Artist, Deviation, DeviationPage, GalleryFolder, Submission
from data.deviantart.errors import Json


def artist(body: Json) -> Artist | None:
    userid, username = body.get("userid"), body.get("username")
    if not isinstance(userid, str) or not isinstance(username, str) or not userid or not username:
        return None
    return Artist(user_id=userid.upper(), username=username, icon_url=_text(body, "usericon"))


def page(body: Json, *, offset: int) -> DeviationPage:
    deviations = tuple(found for entry in objects(body.get("results")) if (found := deviation(entry)) is not None)
    return DeviationPage(deviations=deviations, next_offset=next_offset(body, offset))


def next_offset(body: Json, offset: int) -> int | None:
    """Where the next page begins. A page may hold fewer than asked for; only these fields tell the end."""
    following = body.get("next_offset")
    if not body.get("has_more") or not isinstance(following, int) or following <= offset:
        return None
    return following


def deviation(body: Json) -> Deviation | None:
    deviationid = body.get("deviationid")
    if not isinstance(deviationid, str) or not deviationid:
        return None
    return Deviation(
        deviation_id=deviationid.upper(),
        url=_text(body, "url"),
        title=_text(body, "title"),
        published_at=seconds(body.get("published_time")),
        is_deleted=bool(body.get("is_deleted")),
        is_mature=bool(body.get("is_mature")),
        thumb_url=_thumb(body),
    )


def _thumb(body: Json) -> str | None:
    thumbs = [thumb["src"] for thumb in objects(body.get("thumbs")) if isinstance(thumb.get("src"), str)]
    if thumbs:
        return str(thumbs[-1])
    preview = body.get("preview")
    return _text(preview, "src") or None if isinstance(preview, dict) else None


def seconds(value: object) -> datetime | None:
    """`published_time` is a string of Unix seconds; a number is understood too."""
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def submission(body: Json) -> Submission | None:
    deviationid = body.get("deviationid")
    if not isinstance(deviationid, str):
        return None
    facts = body.get("submission")
    facts = facts if isinstance(facts, dict) else {}
    app = facts.get("submitted_with")
    return Submission(
        deviation_id=deviationid.upper(),
        title=_text(body, "title"),
        tags=tuple(_text(tag, "tag_name") for tag in objects(body.get("tags"))),
        created_at=_stamp(facts.get("creation_time")),
        submitted_with=(_text(app, "app") or None) if isinstance(app, dict) else None,
    )


def _stamp(value: object) -> datetime | None:
    """ISO 8601, with or without a colon in its zone; seconds since the epoch are understood too."""
    if not isinstance(value, str):
        return seconds(value) if isinstance(value, int) else None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return seconds(value)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def folders(entries: Iterable[Json], *, parent_id: str | None = None) -> Iterator[GalleryFolder]:
    """The folders of a page and those nested in them, each parent before its children."""
    for entry in entries:
        folderid = entry.get("folderid")
        if not isinstance(folderid, str) or not folderid:
            continue
        parent = entry.get("parent")
        size = entry.get("size")
        children = objects(entry.get("subfolders"))
        yield GalleryFolder(
            folder_id=folderid.upper(),
            parent_id=parent.upper() if isinstance(parent, str) and parent else parent_id,
            name=_text(entry, "name"),
            description=_text(entry, "description"),
            size=size if isinstance(size, int) else None,
            has_subfolders=bool(entry.get("has_subfolders") or children),
            thumb_url=_folder_thumb(entry),
        )
        yield from folders(children, parent_id=folderid.upper())


def _folder_thumb(entry: Json) -> str | None:
    thumb = entry.get("thumb")
    return _thumb(thumb) if isinstance(thumb, dict) else None


def objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list that may be missing, null or hold something else."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
