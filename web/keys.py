"""Where a handler finds what it uses: one typed key each. `web/app.py` fills them from the composition root."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from aiohttp import web

from core.accounts import Accounts
from core.bulk.office import BulkOffice
from core.bus import Bus
from core.clock import Clock
from core.discord_links import DiscordLinks
from core.health import LoopLag, Readiness
from core.identities import Identities
from core.keys import Keys
from core.metrics import Metrics
from core.notices import Notices
from core.operations.instance_settings import InstanceSettings
from core.operations.office import Operations
from core.pausing import Pausing
from core.people.office import Office
from core.people.people import People
from core.planning.office import Planning
from core.planning.planner import Planner
from core.ports import Reads
from core.posts.deriving import Deriver
from core.posts.direct_uploads import DirectUploads
from core.posts.intake import Intake
from core.posts.known_pictures import KnownPictures
from core.posts.pictures import ImageStore, PictureInspector
from core.posts.review import Review
from core.programs.services import Programs
from core.publishing.linking import Linking
from core.publishing.release import Release
from core.publishing.resolve import Resolve
from core.remembered import Remembered
from core.rooms import Rooms
from core.sign_in import SignIns
from core.users import Identity, PeopleReads


@dataclass(frozen=True, slots=True)
class Site:
    """Facts about this instance that pages and answers mention.

    `public_url` has no slash at its end; `sandbox_url` shows what was published there, "" when DeviantArt is real.
    """

    public_url: str
    sandbox_url: str = ""
    # What administrators set, as it is now.
    rules: Callable[[], InstanceSettings] = InstanceSettings
    max_json_bytes: int = 16 * 1024 * 1024
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    cors_origins: tuple[str, ...] = ()
    picture_origins: tuple[str, ...] = ()  # where the image store's links lead, when it has any
    upload_origins: tuple[str, ...] = ()  # where browsers upload to, when that is not here
    version: str = ""
    # Signs links to files; made anew at every start, for they are short-lived anyway.
    link_secret: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """What people call this instance."""
        return self.rules().name

    @property
    def max_file_bytes(self) -> int:
        return self.rules().max_file_bytes

    @property
    def max_files(self) -> int:
        return self.rules().max_files_per_post

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by https, so that cookies may ask for it."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What an error page says. `again`: where to try it once more, if that is not the same address."""

    status: int
    title: str
    text: str
    code: str
    request_id: str
    again: str = ""


class ErrorPage(Protocol):
    async def __call__(self, request: web.Request, view: ErrorView) -> web.Response: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything `web/` uses; the composition root fills it in.

    `welcome` is told of a person's first visit. `is_draining` says that no new work is taken on.
    """

    site: Site
    clock: Clock
    bus: Bus
    reads: Reads
    people: People
    office: Office
    people_reads: PeopleReads
    identities: Identities
    keys: Keys
    sign_ins: SignIns
    accounts: Accounts
    pausing: Pausing
    review: Review
    planner: Planner
    resolve: Resolve
    linking: Linking
    release: Release
    intake: Intake
    deriver: Deriver
    images: ImageStore
    inspector: PictureInspector
    metrics: Metrics
    readiness: Readiness
    loop_lag: LoopLag
    planning: Planning | None = None
    bulk: BulkOffice | None = None
    rooms: Rooms | None = None
    programs: Programs | None = None
    links: DiscordLinks | None = None
    notices: Notices | None = None
    has_discord: bool = False
    operations: Operations | None = None
    known_pictures: KnownPictures | None = None
    direct_uploads: DirectUploads | None = None
    welcome: Callable[[int], Awaitable[None]] | None = None
    is_draining: Callable[[], bool] = lambda: False


SERVICES = web.AppKey("services", Services)
PAUSING = web.AppKey("pausing", Pausing)
CLOCK = web.AppKey("clock", Clock)
SITE = web.AppKey("site", Site)
READS = web.AppKey("reads", Reads)
PEOPLE_READS = web.AppKey("people_reads", PeopleReads)
BUS = web.AppKey("bus", Bus)
REVIEW = web.AppKey("review", Review)
PLANNER = web.AppKey("planner", Planner)
PLANNING = web.AppKey("planning", Planning)
BULK = web.AppKey("bulk", BulkOffice)
ROOMS = web.AppKey("rooms", Rooms)
OPERATIONS = web.AppKey("operations", Operations)
PROGRAMS = web.AppKey("programs", Programs)
RESOLVE = web.AppKey("resolve", Resolve)
LINKING = web.AppKey("linking", Linking)
RELEASE = web.AppKey("release", Release)
ACCOUNTS = web.AppKey("accounts", Accounts)
PEOPLE = web.AppKey("people", People)
OFFICE = web.AppKey("office", Office)
KEYS = web.AppKey("keys", Keys)
SIGN_INS = web.AppKey("sign_ins", SignIns)
IDENTITIES = web.AppKey("identities", Identities)
INTAKE = web.AppKey("intake", Intake)
KNOWN_PICTURES = web.AppKey("known_pictures", KnownPictures)
IMAGES = web.AppKey("images", ImageStore)
# How errors look on pages; without it they are a line of plain text.
ERROR_PAGE = web.AppKey("error_page", ErrorPage)

SIGN_IN_PATH = "/signin"  # the page that offers it; `?next=` is where to go afterwards

# Who makes this request; absent when nobody is signed in.
IDENTITY = web.RequestKey("identity", Identity)
# Names one request in the log and on its error page.
REQUEST_ID = web.RequestKey("request_id", str)
# Answers that stay good until the next commit.
REMEMBERED = web.AppKey("remembered", Remembered[bytes])
