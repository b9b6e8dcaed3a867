"""What the sandbox remembers. Times are seconds since the epoch; ids are the strings that DeviantArt would send."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Artist:
    username: str
    userid: str
    policy_accepted: bool = True
    terms_accepted: bool = True


@dataclass(slots=True)
class AccessToken:
    """`username` is None for an app token (client credentials)."""

    token: str
    username: str | None
    scopes: list[str]
    client_id: str
    expires_at: float


@dataclass(slots=True)
class RefreshToken:
    """Kept after its use, so that a second use can be told from nonsense in the ledger."""

    token: str
    username: str
    scopes: list[str]
    client_id: str
    expires_at: float
    used: bool = False
    revoked: bool = False


@dataclass(slots=True)
class Item:
    """Something private in Sta.sh. `picture` is the file name under the home, if the bytes were kept."""

    itemid: str
    username: str
    title: str
    sha256: str
    bytes: int
    filename: str
    mime: str
    width: int
    height: int
    created_at: float
    artist_comments: str = ""
    tags: list[str] = field(default_factory=list)
    original_url: str = ""
    is_ai_generated: bool | None = None
    noai: bool | None = None
    picture: str | None = None
    uploads: int = 1
    deviationid: str | None = None


@dataclass(slots=True)
class Deviation:
    """A published work. `listed` and `visible_at` rule whether and when the gallery shows it."""

    deviationid: str
    number: int
    itemid: str
    username: str
    title: str
    description: str
    tags: list[str]
    sha256: str
    published_at: float
    mime: str
    width: int
    height: int
    bytes: int
    filename: str = ""
    picture: str | None = None
    is_mature: bool = False
    mature_level: str | None = None
    mature_classification: list[str] = field(default_factory=list)
    is_ai_generated: bool | None = None
    noai: bool | None = None
    allow_comments: bool = True
    allow_free_download: bool = False
    add_watermark: bool = False
    display_resolution: int = 0
    feature: bool = True
    license: dict[str, str] = field(default_factory=dict)
    galleryids: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    listed: bool = True
    visible_at: float = 0.0
    deleted: bool = False
    app_name: str = ""
    edits: int = 0


@dataclass(slots=True)
class Folder:
    """A gallery folder; `works` holds deviation ids, the first shown first. Premium folders break publishing."""

    folderid: str
    username: str
    name: str
    description: str = ""
    parent: str | None = None
    position: int = 0
    works: list[str] = field(default_factory=list)
    cover: str | None = None
    premium: bool = False


@dataclass(slots=True)
class Comment:
    commentid: str
    deviationid: str
    username: str
    body: str
    posted_at: float
    parentid: str | None = None


@dataclass(slots=True)
class Switches:
    """Peculiarities that are on until switched off; `POST /_sandbox/state` sets them by these names."""

    gallery_lag_seconds: float = 0.0
    gallery_omits_next: int = 0
    clock_offset_seconds: float = 0.0
    dropped_scopes: list[str] = field(default_factory=list)
    fresh_edit_seconds: float = 0.0
    known_bytes_count_as_published: bool = False
    access_token_seconds: float = 3600.0
    refresh_token_seconds: float = 90 * 86400.0
    code_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class RequestNote:
    """One request as the ledger tells it. `status` 0: the connection was closed without an answer."""

    at: float
    method: str
    endpoint: str
    path: str
    username: str | None
    status: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshNote:
    """One use of a refresh token; `outcome` is rotated, used, expired, revoked or unknown."""

    at: float
    username: str | None
    token: str
    outcome: str
