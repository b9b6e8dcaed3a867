"""What requests about oneself hold."""

from typing import Literal

from web.requests import Field, Request


class ChangeMe(Request):
    """Only what is named changes. `email` needs the scope `admin`: it says where alarms go; "" forgets it."""

    time_zone: str | None = Field(default=None, max_length=80)
    theme: Literal["auto", "light", "dark"] | None = None
    email: str | None = Field(default=None, max_length=300)


class ChangeHabits(Request):
    """Only what is named changes. `display_resolution` null: as DeviantArt has it; 0: the original size."""

    add_watermark: bool | None = None
    display_resolution: int | None = None
    keep_metadata: bool | None = Field(
        default=None, description="send the file as it is; else the picture alone, without its metadata"
    )


class Told(Request):
    """By which channels; what is left out stays as it is."""

    mail: bool | None = None
    dm: bool | None = Field(default=None, description="a direct message in Discord")
    channel: bool | None = Field(default=None, description="the notices channel in Discord")


class ChangeNotices(Request):
    """By notice; what is left out stays as it is."""

    notices: dict[str, Told] = Field(max_length=30)


class WhatPauses(Request):
    account_id: str | None = Field(default=None, description="that account alone; else everything of yours")


class ChangeAccount(Request):
    color: str = Field(max_length=20, description="one of `colors` of `GET /api/accounts`")
