"""What a press means: `post:<id>:<verb>`. It holds everything, so that it works after a restart or a month."""

import re
from enum import StrEnum


class Verb(StrEnum):
    """What buttons and selects of a post ask for."""

    APPROVE = "approve"
    APPROVE_ALL = "approve_all"  # everything that arrived with it
    SCHEDULE = "schedule"
    EDIT = "edit"
    PUBLISH = "publish"
    PUBLISH_NOW = "publish_now"  # confirmed
    SKIP = "skip"
    REJECT = "reject"
    RESTORE = "restore"
    HOLD = "hold"
    UNHOLD = "unhold"
    UNSCHEDULE = "unschedule"
    RETRY = "retry"
    SLOT = "slot"  # a select of instants
    OTHER = "other"  # another time, in words
    ONLINE = "online"
    OFFLINE = "offline"
    OFFLINE_SURE = "offline_sure"
    SHOW = "show"


PATTERN = r"post:(?P<post_id>[0-9]{1,18}):(?P<verb>[a-z_]{1,20})"
MODAL_PATTERN = re.compile(r"modal:(?P<post_id>[0-9]{1,18}):(?P<verb>[a-z_]{1,20}):(?P<version>[0-9]{1,18})")


def of_post(post_id: int, verb: Verb) -> str:
    return f"post:{post_id}:{verb}"


def of_modal(post_id: int, verb: Verb, version: int) -> str:
    """*version* is what the person saw: an edit of an older one is refused."""
    return f"modal:{post_id}:{verb}:{version}"
