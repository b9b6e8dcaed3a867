"""What a sandbox is started with."""

from dataclasses import dataclass, field

SAMPLE_ARTISTS = ("mira", "juno", "taro", "ines", "oskar", "lumi")


@dataclass(frozen=True)
class RateLimit:
    """A bucket for each user: `burst` calls at once, `per_second` afterwards.

    A caller that keeps knocking while refused fills the bucket further, as the real velocity filters do, up to
    twice its size: the block must decay before anything is answered again.
    """

    burst: float = 2000.0
    per_second: float = 200.0


@dataclass(frozen=True)
class SandboxOptions:
    """`client_id` and `client_secret` unset: any pair is accepted. `redirect_uris` empty: any http(s) address is.

    `keep_pictures` stores what is uploaded under the home (without a home it is hashed and forgotten);
    `max_upload_mb` is answered as DeviantArt does, with HTTP 200 and an error inside.
    """

    artists: tuple[str, ...] = SAMPLE_ARTISTS
    client_id: str | None = None
    client_secret: str | None = None
    redirect_uris: tuple[str, ...] = ()
    app_name: str = "Isekai"
    rate: RateLimit = field(default_factory=RateLimit)
    keep_pictures: bool = True
    max_upload_mb: int = 200
    community_works: int = 240

    @classmethod
    def with_artists(cls, count: int) -> "SandboxOptions":
        """`artist01`, `artist02`, …: many accounts, for benchmarks."""
        return cls(artists=tuple(f"artist{number:02d}" for number in range(1, count + 1)))
