"""The rooms beside the posts as JSON, and the same shapes for OpenAPI."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.deviantart import Deviation, GalleryFolder
from core.discord_ports import DropChannel
from core.exclusives.price import Preset
from core.exclusives.sale import Sale, SaleStatus
from core.inspiration.browser import Seen
from core.inspiration.works import Shown
from core.library.folders import FolderList
from core.library.tag_helper import Suggestion
from core.library.template import Template
from core.published.ports import Month, Sample, WorkRow
from web.api.answers_schema import ID, NUMBER, TEXT, TIME, YES, listed, maybe, ref, thing
from web.api.times import instant_json

_EPOCH = date(1970, 1, 1)
QUERY: dict[str, dict[str, Any]] = {
    "client_id": {"type": "string", "maxLength": 100, "description": "A name of your own for the client"},
    "lease_token": {"type": "string", "maxLength": 100, "description": "As `next` gave it"},
    "sales.status": {"type": "string", "enum": [str(status) for status in SaleStatus]},
    "sort": {"type": "string", "enum": ["published", "favourites", "comments", "views"], "default": "published"},
    "sight": {
        "type": "string",
        "enum": ["home", "daily", "watching", "tag", "topics", "topic", "gallery", "similar"],
    },
    "name": {"type": "string", "description": "A search, tag, topic, artist or work, as the sight needs it"},
    "date": {"type": "string", "format": "date"},
    "mature": {"type": "boolean", "default": False},
    "popular": {"type": "boolean", "default": False},
    "refresh": {"type": "boolean", "default": False},
    "offset": {"type": "integer", "minimum": 0},
}


def sale_item(sale: Sale) -> dict[str, Any]:
    """An entry as its client gets it. `price` is in minor units; `price_text` is what to type on the site."""
    return {
        "id": str(sale.id),
        "lease_token": sale.lease_token,
        "lease_expires_at": instant_json(sale.lease_expires_at),
        "post_id": str(sale.post_id),
        "deviation_url": sale.deviation_url,
        "price": sale.price.amount,
        "price_text": sale.price.plain,
        "currency": sale.price.currency,
        "attempts": sale.attempts,
    }


def sale_json(sale: Sale) -> dict[str, Any]:
    """Without the lease's token, which only its holder knows."""
    item = sale_item(sale)
    del item["lease_token"]
    return item | {
        "status": sale.status,
        "title": sale.title,
        "error_message": sale.error_message,
        "created_at": instant_json(sale.created_at),
        "done_at": instant_json(sale.done_at),
    }


def preset_json(preset: Preset) -> dict[str, Any]:
    return {
        "id": str(preset.id),
        "name": preset.name,
        "currency": preset.currency,
        "lowest": preset.lowest,
        "highest": preset.highest,
        "is_default": preset.is_default,
        "archived": preset.archived_at is not None,
        "text": preset.words,
    }


def template_json(template: Template) -> dict[str, Any]:
    return {
        "id": str(template.id),
        "kind": template.kind,
        "name": template.name,
        "body": template.body,
        "used": template.used,
        "version": template.version,
        "updated_at": instant_json(template.updated_at),
    }


def folder_json(folder: GalleryFolder) -> dict[str, Any]:
    return {
        "id": folder.folder_id,
        "parent_id": folder.parent_id,
        "name": folder.name,
        "description": folder.description,
        "size": folder.size,
    }


def folders_json(found: FolderList) -> dict[str, Any]:
    return {
        "items": [folder_json(folder) for folder in found.folders],
        "fetched_at": instant_json(found.fetched_at),
        "trouble": found.trouble or None,
    }


def drop_channel_json(channel: DropChannel, templates: Sequence[int]) -> dict[str, Any]:
    return {
        "id": str(channel.channel_id),
        "guild_id": str(channel.guild_id),
        "account_id": None if channel.account_id is None else str(channel.account_id),
        "one_post": channel.one_post,
        "to_draft": channel.to_draft,
        "templates": [str(template_id) for template_id in templates],
    }


def deviation_json(work: Deviation) -> dict[str, Any]:
    return {
        "id": work.deviation_id,
        "title": work.title,
        "url": work.url,
        "thumb_url": work.thumb_url,
        "is_mature": work.is_mature,
    }


def shown_json(work: Shown) -> dict[str, Any]:
    return {
        "id": work.deviation_id,
        "title": work.title,
        "author": work.author,
        "url": work.url,
        "thumb_url": work.thumb_url or None,
        "width": work.width,
        "height": work.height,
        "is_mature": work.is_mature,
        "favourites": work.favourites,
        "comments": work.comments,
    }


def seen_json(seen: Seen) -> dict[str, Any]:
    return {
        "items": [shown_json(work) for work in seen.page.works],
        "topics": [{"name": topic.name, "canonical_name": topic.canonical_name} for topic in seen.page.topics],
        "next_cursor": seen.page.next_cursor or None,
        "fetched_at": instant_json(seen.fetched_at),
        "trouble": seen.trouble or None,
    }


def suggestion_json(found: Suggestion) -> dict[str, Any]:
    return {"tag": found.tag, "is_own": found.is_own, "posts": found.posts, "favourites": found.favourites}


def work_json(work: WorkRow) -> dict[str, Any]:
    return {
        "post_id": str(work.post_id),
        "account_id": str(work.account_id),
        "title": work.title,
        "deviation_url": work.url,
        "published_at": instant_json(work.published_at),
        "favourites": work.favourites,
        "comments": work.comments,
        "views": work.views,
        "sampled_at": instant_json(work.sampled_at),
    }


def month_json(month: Month) -> dict[str, Any]:
    return {
        "month": f"{month.year:04}-{month.month:02}",
        "works": month.works,
        "favourites": month.favourites,
        "comments": month.comments,
        "views": month.views,
    }


def samples_json(deviation_url: str | None, samples: Sequence[Sample]) -> dict[str, Any]:
    days = [
        {
            "day": (_EPOCH + timedelta(days=one.day)).isoformat(),
            "favourites": one.favourites,
            "comments": one.comments,
            "views": one.views,
        }
        for one in samples
    ]
    return {"deviation_url": deviation_url, "days": days}


def page_json(items: list[dict[str, Any]], next_cursor: str | None, total: int | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": next_cursor, "total": total}


def schemas() -> dict[str, Any]:
    sale = {
        "id": ID, "lease_expires_at": maybe(TIME), "post_id": ID, "deviation_url": maybe(TEXT), "price": NUMBER,
        "price_text": TEXT, "currency": TEXT, "attempts": NUMBER,
    }  # fmt: skip
    work = {
        "id": TEXT, "title": TEXT, "author": TEXT, "url": TEXT, "thumb_url": maybe(TEXT), "width": NUMBER,
        "height": NUMBER, "is_mature": YES, "favourites": NUMBER, "comments": NUMBER,
    }  # fmt: skip
    figures = {
        "post_id": ID, "account_id": ID, "title": TEXT, "deviation_url": TEXT, "published_at": TIME,
        "favourites": NUMBER, "comments": NUMBER, "views": NUMBER, "sampled_at": maybe(TIME),
    }  # fmt: skip
    topic = thing(name=TEXT, canonical_name=TEXT)
    day = thing(day=TEXT, favourites=NUMBER, comments=NUMBER, views=NUMBER)
    month = thing(month=TEXT, works=NUMBER, favourites=NUMBER, comments=NUMBER, views=NUMBER)
    suggestion = thing(tag=TEXT, is_own=YES, posts=NUMBER, favourites={"type": "number"})
    return {
        "SaleItem": thing((), **sale, lease_token=maybe(TEXT)),
        "NextSale": thing(item=maybe(ref("SaleItem"))),
        "Sale": thing(
            (), **sale, status=TEXT, title=TEXT, error_message=maybe(TEXT), created_at=TIME, done_at=maybe(TIME)
        ),
        "Sales": thing(items=listed(ref("Sale")), next_cursor=maybe(TEXT), total=maybe(NUMBER)),
        "Preset": thing(
            id=ID, name=TEXT, currency=TEXT, lowest=NUMBER, highest=maybe(NUMBER), is_default=YES, archived=YES,
            text=TEXT,
        ),
        "Presets": thing(items=listed(ref("Preset"))),
        "Template": thing(id=ID, kind=TEXT, name=TEXT, body=TEXT, used=NUMBER, version=NUMBER, updated_at=TIME),
        "Templates": thing(items=listed(ref("Template"))),
        "TemplatePreview": thing(tags=listed(TEXT), stored_tags=listed(TEXT), over=listed(TEXT), description=TEXT),
        "DoorTemplates": thing(templates=listed(ID)),
        "DropChannels": thing(items=listed(thing(
            id=TEXT, guild_id=TEXT, account_id=maybe(ID), one_post=YES, to_draft=YES, templates=listed(ID)
        ))),
        "Folder": thing(id=TEXT, parent_id=maybe(TEXT), name=TEXT, description=TEXT, size=maybe(NUMBER)),
        "Folders": thing(items=listed(ref("Folder")), fetched_at=maybe(TIME), trouble=maybe(TEXT)),
        "FolderPage": thing(items=listed(thing(id=TEXT, title=TEXT, url=TEXT, thumb_url=maybe(TEXT), is_mature=YES)),
                            next_cursor=maybe(TEXT)),
        "Done": thing(done=NUMBER),
        "InspirationWork": thing((), **work),
        "Wishes": thing(price_preset_id=maybe(ID), comment_template_id=maybe(ID)),
        "KeepList": thing(id=ID, name=TEXT, works=NUMBER, created_at=TIME),
        "KeepLists": thing(items=listed(ref("KeepList"))),
        "KeptWorks": thing(items=listed(ref("InspirationWork")), next_cursor=maybe(TEXT), total=maybe(NUMBER)),
        "Inspiration": thing(
            items=listed(ref("InspirationWork")), topics=listed(topic), next_cursor=maybe(TEXT), fetched_at=TIME,
            trouble=maybe(TEXT),
        ),
        "TagSuggestions": thing(items=listed(suggestion)),
        "Figures": thing(items=listed(thing((), **figures)), next_cursor=maybe(TEXT), total=maybe(NUMBER)),
        "Months": thing(items=listed(month)),
        "WorkSamples": thing(items=listed(thing(deviation_url=maybe(TEXT), days=listed(day)))),
    }  # fmt: skip
