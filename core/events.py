"""What happened, as the append-only log keeps it: history for people, the feed for consumers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """`text` is a sentence in plain words; `kind` is for consumers, such as `post.approved`.

    `status` and `version` are the post's after the change, so that a page knows whether it is behind.
    """

    kind: str
    text: str
    at: datetime
    user_id: int
    post_id: int | None = None
    account_id: int | None = None
    actor: str | None = None
    status: str | None = None
    version: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
