"""What requests to the rooms beside the posts hold. Their values are checked where they are applied."""

from typing import Literal

from web.api.schemas import Versioned
from web.requests import Field, Request


class LeaseToken(Request):
    lease_token: str = Field(max_length=200)


class FailSale(LeaseToken):
    error_message: str = Field(max_length=2_000)


class NewPreset(Request):
    """Prices as typed, in the currency's own units: "49" or "49.50". Without `highest` the price is fixed."""

    name: str = Field(max_length=500)
    currency: str = Field(default="USD", max_length=10)
    lowest: str = Field(max_length=20)
    highest: str = Field(default="", max_length=20)


class NameList(Request):
    name: str = Field(max_length=500)


class KeepWork(Request):
    """A work on DeviantArt by its deviation id."""

    work: str = Field(max_length=100)


class OfferPost(Request):
    price_preset_id: str | None = None


class CommentPost(Request):
    template_id: str | None = None


class NewTemplate(Request):
    kind: Literal["tags", "description", "comment"]
    name: str = Field(max_length=500)
    body: str = Field(max_length=100_000)


class ChangeTemplate(Versioned):
    name: str = Field(max_length=500)
    body: str = Field(max_length=100_000)


class TryTemplates(Request):
    templates: list[str] = Field(max_length=10)
    post_id: str | None = None


class ApplyTemplates(Versioned):
    templates: list[str] = Field(min_length=1, max_length=10)


class DoorTemplates(Request):
    templates: list[str] = Field(max_length=10)


class NewFolder(Request):
    name: str = Field(max_length=500)
    description: str = Field(default="", max_length=20_000)
    parent_id: str | None = Field(default=None, max_length=64)


class ChangeFolder(Request):
    """What is left out stays. `parent_id` null brings the folder to the top."""

    name: str | None = Field(default=None, max_length=500)
    description: str | None = Field(default=None, max_length=20_000)
    parent_id: str | None = Field(default=None, max_length=64)
    cover: str | None = Field(default=None, max_length=64)


class FolderOrder(Request):
    """Every folder below `parent_id` (null: at the top), in the wanted order."""

    parent_id: str | None = Field(default=None, max_length=64)
    folders: list[str] = Field(max_length=2_000)


class WorkOrder(Request):
    """Every work of the page that begins at `offset` (24 a page), in the wanted order."""

    works: list[str] = Field(min_length=1, max_length=24)
    offset: int = Field(default=0, ge=0, le=999_999)


class FolderWorks(Request):
    """`first` puts them first in the folder, at most 24 at once."""

    action: Literal["copy", "move", "remove", "first"]
    works: list[str] = Field(min_length=1, max_length=240)
    to: str | None = Field(default=None, max_length=64)
