"""What requests about webhooks, keys, plans and the watched folder hold."""

from web.requests import Field, Request


class NewWebhook(Request):
    url: str = Field(max_length=2000, examples=["https://example.org/hook"])
    events: list[str] = Field(default=[], max_length=20, description="None given: all of them")
    name: str = Field(default="", max_length=200)


class ChangeWebhook(Request):
    url: str | None = Field(default=None, max_length=2000)
    events: list[str] | None = Field(default=None, max_length=20)
    name: str | None = Field(default=None, max_length=200)
    enabled: bool | None = None


class RotateKey(Request):
    overlap_hours: float = Field(default=24, ge=0, le=720, description="How long the old key still opens")


class RestrictKey(Request):
    """What is left out is lifted."""

    addresses: list[str] = Field(default=[], max_length=60, examples=[["192.0.2.7", "10.0.0.0/8"]])
    calls_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)


class ImportPlan(Request):
    """`plan` is CSV, JSON or JSON lines. With pictures send a form: `plan`, and `files` as one zip."""

    plan: str = Field(max_length=8_000_000)
    dry_run: bool = True


class WatchedFolder(Request):
    path: str = Field(max_length=2000)
    enabled: bool = Field(default=True, description="false keeps it for later and looks at nothing")
    owner_id: str | None = Field(default=None, max_length=20, description="whose posts they become; none: yours")
    to_draft: bool = Field(default=False, description="past the review")
    account_id: str | None = Field(default=None, max_length=20)


class ProgramInstance(Request):
    allow_private_webhooks: bool = False
    watched_folder: WatchedFolder | None = None
