"""What can be set from outside, read once from the environment into one frozen value.

Nothing here touches files, network or clock, and no code below the composition root sees a `Settings`: each class
receives just the values it uses. Every variable is described for people in `.env.example`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from core.environment import BOOLEANS, Environment

MEBIBYTE = 1024 * 1024
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
# Also when DISCORD_API_BASE is unset; then the gateway is discord.py's own as well.
DISCORD_API_BASE = "https://discord.com/api/v10"


class SettingsError(Exception):
    """Settings that cannot be used. `problems` has one sentence each, starting with the variable's name."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class WebSettings:
    host: str
    port: int  # 0 = any free one
    public_url: str | None  # None = made from the address that was bound
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    cors_origins: tuple[str, ...]  # may hold "*"

    def public_url_at(self, port: int) -> str:
        """What browsers use, without a slash at its end, once `port` is bound."""
        if self.public_url is not None:
            return self.public_url
        if self.host in EVERY_ADDRESS:
            return f"http://127.0.0.1:{port}"
        return f"http://[{self.host}]:{port}" if ":" in self.host else f"http://{self.host}:{port}"


EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True)
class DeviantArtSettings:
    client_id: str
    client_secret: str = field(repr=False)
    base_url: str  # OAuth lies under /oauth2/, the API under /api/v1/oauth2/


@dataclass(frozen=True)
class DiscordSettings:
    token: str = field(repr=False)
    api_base: str
    api_base_is_set: bool  # then the gateway's address comes from its GET /gateway/bot too
    guild_id: int | None


@dataclass(frozen=True)
class S3Settings:
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    bucket: str
    force_path_style: bool
    presigned_endpoint: str | None
    path_prefix: str  # "" or a key prefix that ends with a slash


@dataclass(frozen=True)
class MailSettings:
    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    tls: bool  # from the first byte (smtps)
    starttls: bool
    sender: str


@dataclass(frozen=True)
class PublishingSettings:
    concurrency: int  # accounts side by side
    max_attempts: int
    lead: timedelta  # how early the private upload may start
    timeout: timedelta
    settle: timedelta  # always longer than `timeout`
    circuit_threshold: int
    circuit_open: timedelta
    base_delay: timedelta  # zero = no pacing
    max_delay: timedelta
    jitter_percent: float


@dataclass(frozen=True)
class Limits:
    max_file_bytes: int
    max_files_per_post: int
    max_pixels: int  # of all decoded frames together
    max_json_upload_bytes: int
    max_users: int  # 0 = no limit
    open_signup: bool


@dataclass(frozen=True)
class LogSettings:
    level: str  # one of LOG_LEVELS
    format: str | None  # "console", "json" or None = console on a terminal, else json


@dataclass(frozen=True)
class Settings:
    home: Path
    database: Path
    secret_keys: tuple[str, ...] = field(repr=False)  # the first encrypts, all decrypt; empty = from the file
    secret_key_file: Path | None  # None = `home / "secret.key"`, made at the first start
    web: WebSettings
    deviantart: DeviantArtSettings | None  # None = the sandbox
    sandbox_port: int
    discord: DiscordSettings | None  # None = no bot
    s3: S3Settings | None  # None = images on local disk
    mail: MailSettings | None  # None = no mail
    publishing: PublishingSettings
    limits: Limits
    logs: LogSettings
    drain: timedelta
    warnings: tuple[str, ...]  # to be logged once logging works

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must not appear in a log or an answer."""
        found = (
            *self.secret_keys,
            self.deviantart and self.deviantart.client_secret,
            self.discord and self.discord.token,
            self.s3 and self.s3.secret_access_key,
            self.mail and self.mail.password,
        )
        return tuple(secret for secret in found if secret)


def load_settings(environ: Mapping[str, str], dotenv: Mapping[str, str]) -> Settings:
    """Read everything; `environ` wins over `dotenv`. Raises `SettingsError` with all problems together."""
    env = Environment(environ, dotenv)
    settings = _read(env)
    if env.problems:
        raise SettingsError(env.problems)
    return settings


def variable_names() -> tuple[str, ...]:
    """Every variable that is read, in the order of reading."""
    env = Environment({}, {})
    _read(env)
    return tuple(env.names)


def _read(env: Environment) -> Settings:
    env.flag("ISEKAI_NO_DOTENV", default=False)  # obeyed before this; read here to know its name and check it
    home = Path(env.text("ISEKAI_HOME") or "./var").expanduser()
    secret_keys, secret_key_file = _secret_keys(env)
    web = _web(env)
    return Settings(
        home=home,
        database=_database(env, home),
        secret_keys=secret_keys,
        secret_key_file=secret_key_file,
        web=web,
        deviantart=_deviantart(env),
        sandbox_port=env.integer("SANDBOX_PORT", 0, low=0, high=65535),
        discord=_discord(env),
        s3=_s3(env),
        mail=_mail(env),
        publishing=_publishing(env),
        limits=_limits(env),
        logs=LogSettings(
            level=env.choice("LOG_LEVEL", LOG_LEVELS) or "info",
            format=env.choice("LOG_FORMAT", ("console", "json")),
        ),
        drain=env.seconds("DRAIN_SECONDS", 30, low=0, high=3600),
        warnings=_warnings(env, web),
    )


def _warnings(env: Environment, web: WebSettings) -> tuple[str, ...]:
    """Last of all, for only then every known name was asked for."""
    env.report_unknown()
    if web.host in EVERY_ADDRESS and web.public_url is None:
        env.warnings.append(
            "ISEKAI_PUBLIC_URL is not set: sign-in and links will only work in a browser on this machine."
        )
    return tuple(env.warnings)


def _database(env: Environment, home: Path) -> Path:
    """As elsewhere, three slashes start a relative path and four an absolute one."""
    scheme = "sqlite:///"
    url = env.text("ISEKAI_DATABASE_URL")
    if url is None:
        return home / "isekai.db"
    for spelling in ("${ISEKAI_HOME}", "$ISEKAI_HOME"):
        url = url.replace(spelling, str(home))
    path = url.removeprefix(scheme)
    if not url.startswith(scheme) or not path or path.endswith("/") or ":memory:" in path or "?" in path:
        env.problem(
            "ISEKAI_DATABASE_URL", "must be sqlite:/// and the path of a file, for nothing else is supported."
        )
    return Path(path)


def _secret_keys(env: Environment) -> tuple[tuple[str, ...], Path | None]:
    keys = env.words("ISEKAI_SECRET_KEY")
    file = env.text("ISEKAI_SECRET_KEY_FILE")
    if any(len(key) < 16 for key in keys):
        env.problem("ISEKAI_SECRET_KEY", "must hold keys of at least 16 characters, separated by commas.")
    if keys and file:
        env.problem("ISEKAI_SECRET_KEY_FILE", "and ISEKAI_SECRET_KEY are both set; which of them counts is unclear.")
    return keys, Path(file).expanduser() if file else None


def _web(env: Environment) -> WebSettings:
    host = env.text("ISEKAI_HOST") or "127.0.0.1"
    if "/" in host or " " in host:
        env.problem("ISEKAI_HOST", f"must be an address or a name of this machine, not “{host}”.")
    return WebSettings(
        host=host.removeprefix("[").removesuffix("]"),
        port=env.integer("ISEKAI_PORT", 8080, low=0, high=65535),
        public_url=env.origin("ISEKAI_PUBLIC_URL"),
        trusted_proxies=env.networks("ISEKAI_TRUSTED_PROXIES"),
        cors_origins=env.origins("CORS_ORIGINS"),
    )


def _deviantart(env: Environment) -> DeviantArtSettings | None:
    base_url = env.url("DEVIANTART_BASE_URL") or "https://www.deviantart.com"
    if not env.all_or_none("DEVIANTART_CLIENT_ID", "DEVIANTART_CLIENT_SECRET"):
        return None
    return DeviantArtSettings(
        client_id=env.text("DEVIANTART_CLIENT_ID") or "",
        client_secret=env.text("DEVIANTART_CLIENT_SECRET") or "",
        base_url=base_url,
    )


def _discord(env: Environment) -> DiscordSettings | None:
    token = env.text("DISCORD_TOKEN")
    api_base = env.url("DISCORD_API_BASE")
    guild = env.text("DISCORD_GUILD_ID")
    if guild and not (guild.isascii() and guild.isdigit()):
        env.problem("DISCORD_GUILD_ID", f"must be the number of a server, not “{guild}”.")
        guild = None
    if token is None:
        return None
    return DiscordSettings(
        token=token,
        api_base=api_base or DISCORD_API_BASE,
        api_base_is_set=api_base is not None,
        guild_id=int(guild) if guild else None,
    )


def _s3(env: Environment) -> S3Settings | None:
    region = env.text("S3_REGION")
    force_path_style = env.flag("S3_FORCE_PATH_STYLE", default=False)
    presigned = env.url("S3_PRESIGNED_ENDPOINT")
    prefix = (env.text("S3_PATH_PREFIX") or "").strip("/")
    endpoint = env.url("S3_ENDPOINT")
    if not env.all_or_none(
        "S3_ENDPOINT",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
        "S3_BUCKET_NAME",
        options=("S3_REGION", "S3_FORCE_PATH_STYLE", "S3_PRESIGNED_ENDPOINT", "S3_PATH_PREFIX"),
    ):
        return None
    return S3Settings(
        endpoint=endpoint or "",
        region=region or "us-east-1",
        access_key_id=env.text("S3_ACCESS_KEY_ID") or "",
        secret_access_key=env.text("S3_SECRET_ACCESS_KEY") or "",
        bucket=env.text("S3_BUCKET_NAME") or "",
        force_path_style=force_path_style,
        presigned_endpoint=presigned,
        path_prefix=f"{prefix}/" if prefix else "",
    )


def _mail(env: Environment) -> MailSettings | None:
    url = env.text("SMTP_URL")
    sender = env.text("EMAIL_FROM")
    env.all_or_none("SMTP_URL", "EMAIL_FROM")
    if sender is not None and ("@" not in sender or "\n" in sender):
        env.problem("EMAIL_FROM", f"must be a mail address, not “{sender}”.")
    if url is None:
        return None
    try:
        return _mail_from(url, sender or "")
    except ValueError:
        # The value is not repeated: it holds a password.
        env.problem("SMTP_URL", "must look like smtp[s]://user:password@host:port?starttls=1.")
        return None


def _mail_from(url: str, sender: str) -> MailSettings:
    """Raises ValueError on anything unexpected. User and password are percent-encoded in the address."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    starttls = BOOLEANS.get(options.pop("starttls", "no").lower())
    tls = parts.scheme == "smtps"
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/") or options:
        raise ValueError
    if starttls is None or (tls and starttls):
        raise ValueError
    return MailSettings(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587 if starttls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        starttls=starttls,
        sender=sender,
    )


def _publishing(env: Environment) -> PublishingSettings:
    day = 86_400
    settings = PublishingSettings(
        concurrency=env.integer("PUBLISHER_CONCURRENCY", 5, low=1, high=1000),
        max_attempts=env.integer("PUBLISHER_MAX_ATTEMPTS", 7, low=1, high=100),
        lead=env.seconds("PUBLISH_LEAD_SECONDS", 60, low=0, high=3600),
        timeout=env.seconds("PUBLISH_TIMEOUT_SECONDS", 60, low=0.1, high=600),
        settle=env.seconds("PUBLISH_SETTLE_SECONDS", 120, low=0.1, high=day),
        circuit_threshold=env.integer("CIRCUIT_BREAKER_THRESHOLD", 3, low=1, high=1000),
        circuit_open=env.seconds("CIRCUIT_BREAKER_OPEN_SECONDS", 300, low=0, high=day),
        base_delay=env.milliseconds("RATE_LIMITER_BASE_DELAY_MS", 3000, low=0, high=day * 1000),
        max_delay=env.milliseconds("RATE_LIMITER_MAX_DELAY_MS", 900_000, low=0, high=day * 1000),
        jitter_percent=env.number("RATE_LIMITER_JITTER_PERCENT", 20, low=0, high=100),
    )
    if settings.settle <= settings.timeout:
        # A repeat may only leave when the first request can no longer arrive.
        env.problem("PUBLISH_SETTLE_SECONDS", "must be longer than PUBLISH_TIMEOUT_SECONDS.")
    if settings.max_delay < settings.base_delay:
        env.problem("RATE_LIMITER_MAX_DELAY_MS", "must not be below RATE_LIMITER_BASE_DELAY_MS.")
    return settings


def _limits(env: Environment) -> Limits:
    return Limits(
        max_file_bytes=env.integer("MAX_FILE_MB", 50, low=1, high=2000) * MEBIBYTE,
        max_files_per_post=env.integer("MAX_FILES_PER_POST", 100, low=1, high=1000),
        max_pixels=env.integer("MAX_PIXELS", 50_000_000, low=1, high=2_000_000_000),
        max_json_upload_bytes=env.integer("MAX_JSON_UPLOAD_MB", 16, low=1, high=500) * MEBIBYTE,
        max_users=env.integer("MAX_USERS", 0, low=0, high=1_000_000),
        open_signup=env.flag("OPEN_SIGNUP", default=False),
    )
