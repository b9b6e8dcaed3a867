"""What requests about people hold."""

from typing import Literal

from web.requests import Field, Request


class NewInvite(Request):
    role: str = Field(default="member", max_length=20, examples=["member"])
    note: str = Field(default="", max_length=400)
    expires_at: str | None = Field(default=None, max_length=40, description="None given: in a week")


class ChangePerson(Request):
    role: Literal["admin", "member"]


class NewBackup(Request):
    pictures: bool = Field(default=False, description="with the pictures, not the database alone")


class ShareAccount(Request):
    """What the link, or the person, gets."""

    role: Literal["editor", "reviewer"]


class RemovePerson(Request):
    """Who: typed again, so that it is not the wrong person."""

    name: str = Field(max_length=100)
