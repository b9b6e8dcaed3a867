"""What a webhook receives: the seven kinds, one envelope for all, and its signature. Pure.

The form is Standard Webhooks (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; the secret is `whsec_`
and base64), so receivers can use any of its libraries. Source: the specification, version 1, read 2026-11-23.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput
from core.events import Event
from core.posts.post import Post

SECRET_START = "whsec_"  # noqa: S105 - how every secret begins
SECRET_BYTES = 32


class Kind(StrEnum):
    CREATED = "post.created"
    UPDATED = "post.updated"
    APPROVED = "post.approved"
    SCHEDULED = "post.scheduled"
    PUBLISHED = "post.published"
    FAILED = "post.failed"
    NEEDS_PERSON = "post.needs_person"


TEST_KIND = "test"

_OF_EVENT = {
    "post.created": Kind.CREATED,
    "post.approved": Kind.APPROVED,
    "post.scheduled": Kind.SCHEDULED,
    "publication.failed": Kind.FAILED,
    "publication.needs_person": Kind.NEEDS_PERSON,
    **dict.fromkeys(
        (
            "post.edited", "post.files_changed", "post.rejected", "post.discarded", "post.restored", "post.held",
            "post.unheld", "post.unscheduled", "post.offered", "publication.linked", "publication.unlinked",
        ),
        Kind.UPDATED,
    ),
}  # fmt: skip
_MAY_PUBLISH = {
    "publication.published",
    "publication.proven",
    "publication.resolved",
    "publication.by_hand",
    "publication.kept_private",
}


def kind_of(event: Event) -> Kind | None:
    """What programs are told of *event*; None for steps on the way that only history shows.

    A post with several pictures is published once, with the last of them.
    """
    if event.post_id is None:
        return None
    if event.kind in _MAY_PUBLISH:
        return Kind.PUBLISHED if event.status == "published" else Kind.UPDATED
    return _OF_EVENT.get(event.kind)


def read_kinds(given: Sequence[str]) -> tuple[Kind, ...]:
    """Those of *given*, in their own order; all when there are none. Raises `InvalidInput`."""
    unknown = [name for name in given if name not in set(Kind)]
    if unknown:
        raise InvalidInput({"events": f"“{unknown[0][:40]}” is not an event. There are: {', '.join(Kind)}."})
    return tuple(kind for kind in Kind if kind in given) or tuple(Kind)


def message_id(event_id: int, webhook_id: int) -> str:
    """Stays the same over every retry and replay: receivers know a repeat by it."""
    return f"msg_{event_id}_{webhook_id}"


def body_of(kind: str, event: Event, post: Post | None, *, public_url: str) -> str:
    """The envelope as JSON. *post* as it stands when the delivery is written; None when it is gone since."""
    data: dict[str, Any] = {
        "event_id": str(event.id),
        "text": event.text,
        "actor": event.actor,
        "post": post_facts(post, public_url) if post else {"id": str(event.post_id)},
    }
    # What the event itself says wins: the post may have moved on before the delivery was written.
    data["post"] |= {"status": event.status, "version": event.version}
    return pack(kind, event.at, data)


def trial_body(at: datetime) -> str:
    return pack(TEST_KIND, at, {"text": "This is a test from Isekai. If you can read it, the webhook works."})


def pack(kind: str, at: datetime, data: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "timestamp": stamp(at), "data": data}, ensure_ascii=False)


def post_facts(post: Post, public_url: str) -> dict[str, Any]:
    """The fields of the API's post that a receiver acts on; the rest is at `api_url`."""
    failure = post.failure
    published = next((one for one in post.publications if one.deviation_id), None)
    return {
        "id": str(post.id),
        "account_id": str(post.account_id),
        "status": str(post.status),
        "version": post.version,
        "title": post.details.title,
        "tags": list(post.details.tags),
        "due_at": stamp(post.plan.due_at) if post.plan else None,
        "published_at": stamp(post.published_at) if post.published_at else None,
        "deviation_id": published.deviation_id if published else None,
        "deviation_url": published.deviation_url if published else None,
        "failure": {"step": failure.step, "kind": failure.kind, "message": failure.message} if failure else None,
        "url": f"{public_url}/posts/{post.id}",
        "api_url": f"{public_url}/api/posts/{post.id}",
    }


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def new_secret() -> str:
    return SECRET_START + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message: str, at: datetime, body: str) -> str:
    """One signature, as `v1,…`. *secret* is one of ours."""
    key = base64.b64decode(secret.removeprefix(SECRET_START))
    signed = f"{message}.{int(at.timestamp())}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers_of(keys: Sequence[str], *, message: str, at: datetime, body: str) -> dict[str, str]:
    """Signed with every key that is valid now, so that a receiver can change its own at leisure."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(sign(key, message=message, at=at, body=body) for key in keys),
    }
