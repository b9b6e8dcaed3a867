"""Deviations, people and folders as the API tells them."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from data.sandbox.records import Deviation, Folder
from data.sandbox.world import World

SIGNED_FOR_SECONDS = 12 * 3600
# Signed addresses only imitate that such addresses expire; they protect nothing.
_SIGNING_KEY = b"isekai sandbox"
WIDTHS = {0: None, 1: 400, 2: 600, 3: 800, 4: 900, 5: 1024, 6: 1280, 7: 1600, 8: 1920}
LEVELS = {"t150": 150, "t300": 300, "preview": 900}


def slug_of(work: Deviation) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", work.title).strip("-") or "Untitled"


def page_url(base: str, work: Deviation) -> str:
    return f"{base}/{work.username}/art/{slug_of(work)}-{work.number}"


def signed(base: str, path: str, now: float) -> str:
    """An address that works for half a day; the hour is rounded so that lists stay cacheable."""
    until = int(now // 3600 * 3600) + SIGNED_FOR_SECONDS
    return f"{base}{path}?token={until}.{_signature(path, until)}"


def is_signed(path: str, token: str, now: float) -> bool:
    until, _, signature = token.partition(".")
    if not until.isdigit() or int(until) < now:
        return False
    return hmac.compare_digest(signature, _signature(path, int(until)))


def _signature(path: str, until: int) -> str:
    return hashlib.blake2b(f"{path}{until}".encode(), key=_SIGNING_KEY, digest_size=8).hexdigest()


def person(world: World, base: str, username: str) -> dict[str, Any]:
    artist = world.find_artist(username)
    userid = artist.userid if artist else _invented_userid(username)
    return {
        "userid": userid,
        "username": artist.username if artist else username,
        "usericon": f"{base}/_media/avatar/{username.lower()}.png",
        "type": "regular",
    }


def _invented_userid(username: str) -> str:
    digest = hashlib.blake2b(username.encode(), digest_size=16).hexdigest().upper()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))


def shown_size(work: Deviation, variant: str) -> tuple[int, int]:
    """Width and height of a variant; unknown sizes (WebP) count as a square."""
    width, height = work.width or 1000, work.height or 1000
    most = LEVELS.get(variant) or WIDTHS.get(work.display_resolution) or width
    if variant == "full" or width <= most:
        return width, height
    return most, max(1, round(height * most / width))


def picture(world: World, base: str, work: Deviation, variant: str) -> dict[str, Any]:
    width, height = shown_size(work, variant)
    src = signed(base, f"/_media/{work.deviationid}/{variant}", world.now())
    return {"src": src, "height": height, "width": width, "transparency": work.mime == "image/png"}


def deviation(world: World, base: str, work: Deviation) -> dict[str, Any]:
    """The full object, or the two fields that are left of a deleted one."""
    if work.deleted:
        return {"deviationid": work.deviationid, "is_deleted": True}
    counts = stats(world, work)
    return {
        "deviationid": work.deviationid,
        "printid": None,
        "url": page_url(base, work),
        "title": work.title,
        "is_favourited": False,
        "is_deleted": False,
        "is_published": True,
        "is_blocked": False,
        "author": person(world, base, work.username),
        "stats": {"comments": counts["comments"], "favourites": counts["favourites"]},
        "published_time": str(int(work.published_at)),
        "allows_comments": work.allow_comments,
        "preview": picture(world, base, work, "preview"),
        "content": picture(world, base, work, "content") | {"filesize": work.bytes},
        "thumbs": [picture(world, base, work, variant) for variant in ("t150", "t300")],
        "is_mature": work.is_mature,
        "is_downloadable": work.allow_free_download,
        "download_filesize": work.bytes if work.allow_free_download else 0,
    }


def stats(world: World, work: Deviation) -> dict[str, int]:
    """Counts that grow with the age of the work, the same for the same work and hour."""
    hours = max(0.0, world.now() - work.published_at) / 3600
    charm = int(work.sha256[:4] or "0", 16) / 65535
    views = int((20 + 180 * charm) * hours / (1 + hours / 72))
    return {
        "views": views,
        "views_today": min(views, int((20 + 180 * charm) * min(hours, 24) / (1 + hours / 72))),
        "favourites": int(views * (0.02 + 0.06 * charm)),
        "comments": world.comment_count(work) + int(views * 0.004),
        "downloads": int(views * 0.01) if work.allow_free_download else 0,
        "downloads_today": 0,
    }


def metadata(world: World, base: str, work: Deviation, wanted: Iterable[str]) -> dict[str, Any]:
    extras = set(wanted)
    counts = stats(world, work)
    found: dict[str, Any] = {
        "deviationid": work.deviationid,
        "printid": None,
        "author": person(world, base, work.username),
        "is_watching": False,
        "title": work.title,
        "description": work.description,
        "license": license_name(work),
        "allows_comments": work.allow_comments,
        "tags": [{"tag_name": tag, "sponsored": False, "sponsor": ""} for tag in work.tags],
        "is_favourited": False,
        "is_mature": work.is_mature,
        "can_post_comment": work.allow_comments,
    }
    if work.is_mature:
        found["mature_level"] = work.mature_level
        found["mature_classification"] = work.mature_classification
    if "ext_submission" in extras:
        found["submission"] = _submission(world, base, work)
    if "ext_stats" in extras:
        found["stats"] = counts
    if "ext_camera" in extras:
        found["camera"] = {}
    if "ext_collection" in extras:
        found["collections"] = []
    if "ext_gallery" in extras:
        inside = [kept for kept in world.folders.values() if work.deviationid in kept.works]
        found["galleries"] = [{"folderid": kept.folderid, "name": kept.name} for kept in inside]
    return found


def _submission(world: World, base: str, work: Deviation) -> dict[str, Any]:
    item = world.find_item(work.itemid) if work.itemid else None
    at = world.local_time(item.created_at if item else work.published_at)
    return {
        "creation_time": at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "category": "",
        "file_size": f"{work.bytes / 1e6:.1f} MB",
        "resolution": f"{work.width}x{work.height}",
        "submitted_with": {"app": work.app_name, "url": base if work.app_name else ""},
    }


def license_name(work: Deviation) -> str:
    if work.license.get("creative_commons", "0").lower() not in ("1", "true", "yes"):
        return "No License"
    words = ["Creative Commons Attribution"]
    if work.license.get("commercial") == "no":
        words.append("Noncommercial")
    match work.license.get("modify"):
        case "no":
            words.append("No Derivative Works")
        case "share":
            words.append("Share Alike")
    return "-".join(words) + " 3.0 License"


def visible_works(world: World, folder: Folder) -> Iterator[Deviation]:
    """The folder's works in their order, without those the gallery does not show (yet)."""
    now = world.now()
    works = (world.find_work(deviationid) for deviationid in folder.works)
    return (work for work in works if work is not None and work.listed and work.visible_at <= now)


def folder(world: World, base: str, found: Folder, *, size: bool, preload: bool, depth: int = 1) -> dict[str, Any]:
    children = world.folders_of(found.username, found.folderid)
    cover = world.find_work(found.cover) if found.cover else next(visible_works(world, found), None)
    shown: dict[str, Any] = {
        "folderid": found.folderid,
        "parent": found.parent,
        "name": found.name,
        "description": found.description,
        "has_subfolders": bool(children),
        "thumb": deviation(world, base, cover) if cover is not None else None,
    }
    if size:
        shown["size"] = sum(1 for _ in visible_works(world, found))
    if preload:
        shown["deviations"] = [deviation(world, base, work) for work in islice(visible_works(world, found), 5)]
    # Nesting below the second level cannot be reached through the API (issue 267 of its tracker).
    shown["subfolders"] = (
        [folder(world, base, child, size=size, preload=preload, depth=depth + 1) for child in children]
        if depth < 2
        else []
    )
    return shown
