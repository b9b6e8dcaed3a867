"""Factories for planning tests: everything the test is not about has a default."""

from datetime import UTC, datetime
from typing import Any

from core.planning.automation import Automation
from core.planning.rules import Rule
from core.planning.world import Draft
from core.posts.fields import Details

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
    return Draft.of(number, account_id, details, **more)
