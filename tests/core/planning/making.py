"""Factories for planning tests: everything the test is not about has a default."""

from datetime import UTC, datetime
from typing import Any

from core.planning.automation import Automation
from core.planning.rules import Rule
from core.planning.world import Draft
from core.posts.fields import Details
from core.posts.files import PostFile

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ODD_ZONES = (
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "America/Sao_Paulo",
    "Pacific/Kiritimati",
    "Asia/Tehran",
    "Pacific/Apia",
    "America/Nuuk",
)
A_PICTURE = PostFile(
    id=1,
    post_id=1,
    position=0,
    name="a.png",
    mime="image/png",
    bytes=10,
    width=1,
    height=1,
    sha256="0" * 64,
    frames=1,
    chosen=True,
    thumb_width=None,
    thumb_height=None,
    phash=None,
    says_ai=False,
    created_at=NOW,
)


def an_automation(*rules: Rule, **changes: Any) -> Automation:
    return Automation(
        **{
            "id": 1,
            "user_id": 1,
            "account_id": None,
            "name": "Daily",
            "time_zone": "UTC",
            "created_at": NOW,
            "updated_at": NOW,
            "rules": rules,
            "enabled": True,
        }
        | changes
    )


def a_draft(number: int, *, title: str = "A title", account_id: int = 1, **more: Any) -> Draft:
    details = Details(title=title, **more.pop("details", {}))
    return Draft.of(number, account_id, details, more.pop("files", (A_PICTURE,)), **more)
