"""What DeviantArt is asked and what it answers, as values. No URL and no status code lives here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from core.posts.fields import Details

# What every linked account is asked for (`deviantart-api.md`, 1). Comments are asked for only when used.
SCOPES = ("basic", "user", "browse", "browse.mlt", "gallery", "stash", "publish")


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An answer of the token endpoint. `expires_in` counts from when it was received."""

    access_token: str
    refresh_token: str | None
    expires_in: timedelta
    scopes: frozenset[str]

    def __repr__(self) -> str:
        return f"TokenPair(scopes={sorted(self.scopes)})"


@dataclass(frozen=True, slots=True)
class Artist:
    """`user/whoami`. `user_id` is DeviantArt's UUID, upper case: what an account is."""

    user_id: str
    username: str
    icon_url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A file on disk, ready to leave: stripped and in a type DeviantArt shows."""

    path: Path
    mime: str
    filename: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """A published work. `published_at` is in DeviantArt's time."""

    deviation_id: str
    url: str
    title: str = ""
    published_at: datetime | None = None
    is_deleted: bool = False
    is_mature: bool = False
    thumb_url: str | None = None


@dataclass(frozen=True, slots=True)
class DeviationPage:
    """One page of a gallery, newest first; `next_offset` is None at the end."""

    deviations: tuple[Deviation, ...]
    next_offset: int | None


@dataclass(frozen=True, slots=True)
class Submission:
    """`deviation/metadata?ext_submission`: what confirms that a deviation came from us."""

    deviation_id: str
    title: str
    tags: tuple[str, ...]
    created_at: datetime | None
    submitted_with: str | None


@dataclass(frozen=True, slots=True)
class GalleryFolder:
    folder_id: str
    parent_id: str | None
    name: str
    description: str = ""
    size: int | None = None
    has_subfolders: bool = False
    thumb_url: str | None = None


class DeviantArtOAuth(Protocol):
    """The authorisation server. None of these calls is ever repeated by the transport."""

    def authorize_url(self, *, redirect_uri: str, state: str, verifier: str, scopes: tuple[str, ...]) -> str:
        """Where to send the browser: PKCE S256 of *verifier*, *state* as given."""
        ...

    async def exchange_code(self, *, code: str, redirect_uri: str, verifier: str) -> TokenPair:
        """Raises `Refused` for a bad or spent code, `NotSent`, `Busy`, `OutcomeUnknown`."""
        ...

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Spends *refresh_token*, whether or not the answer arrives.

        Raises `AuthorizationLost` only for `invalid_grant` or "The refresh_token is invalid.";
        `NotSent` when nothing left; `Busy` for 429, 5xx that say so and HTML blocks;
        `Refused` for `invalid_client`; `OutcomeUnknown` when the answer was lost.
        """
        ...

    async def app_token(self) -> TokenPair:
        """Client credentials: for public reads."""
        ...

    async def revoke(self, token: str) -> None: ...


class DeviantArt(Protocol):
    """The API, one access token a call.

    Every method raises the `ExternalError`s of `core/errors.py`: `NotSent`, `Busy`, `Refused`,
    `AccessTokenRefused` (401 `invalid_token`), and where something may have happened `OutcomeUnknown`.
    """

    @property
    def clock_offset(self) -> timedelta:
        """DeviantArt's time minus ours, from the last answer's `Date`."""
        ...

    async def whoami(self, token: str) -> Artist: ...

    async def placebo(self, token: str) -> None:
        """Returns when the token is good."""
        ...

    async def submit(
        self,
        token: str,
        picture: Picture,
        details: Details,
        *,
        timeout: timedelta,
        item_id: str | None = None,
    ) -> str:
        """Upload privately to Sta.sh, streamed from disk; returns the item id.

        `OutcomeUnknown`: an orphan may lie in the artist's Sta.sh. May be repeated.
        """
        ...

    async def publish(self, token: str, item_id: str, details: Details, *, timeout: timedelta) -> Deviation:
        """Make a Sta.sh item public. Sends every field of *details* explicitly.

        Raises `OutcomeUnknown` when the request may have arrived (timeout, reset, 5xx, 503, HTML 403,
        unreadable 200, code 6): the caller must seek proof and must not simply call again. `Refused`
        carries a `RefusalCode` (codes 0–5, 7, 8, 9).
        """
        ...

    async def gallery(self, token: str, *, offset: int = 0, limit: int = 24) -> DeviationPage:
        """`gallery/all` of the token's artist, newest first, mature works included."""
        ...

    async def submissions(self, token: str, deviation_ids: tuple[str, ...]) -> tuple[Submission, ...]:
        """At most 10 ids a call are asked for; longer lists are split."""
        ...

    async def folders(self, token: str) -> tuple[GalleryFolder, ...]:
        """All gallery folders, every page followed."""
        ...

    async def create_folder(
        self, token: str, name: str, *, description: str = "", parent_id: str | None = None
    ) -> GalleryFolder: ...

    async def call(self, token: str, method: str, endpoint: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Any other endpoint: *endpoint* as in the API path, lists become `name[]`.

        For reads (browse, profile, statistics) and folder writes; GETs are retried on 500, POSTs never.
        """
        ...
