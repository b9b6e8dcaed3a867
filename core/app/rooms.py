"""Wires the rooms beside the posts; part of the composition root."""

from random import Random
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.accounts import Accounts
from core.bus import Bus
from core.clock import Clock
from core.exclusives.presets import Presets
from core.exclusives.sales import Sales
from core.inspiration.browser import Browser
from core.inspiration.keeping import Keeping
from core.library.folders import Folders
from core.library.tag_helper import TagHelper
from core.library.templates import Templates
from core.line import AppLine, Line
from core.posts.desk import Desk
from core.published.errands import Errands
from core.published.figures import FigureKeeper
from core.published.keeper import AfterKeeper
from core.published.wishes import Wishes
from core.publishing.breaker import PaceRules
from core.rooms import Rooms
from core.settings import Settings
from core.users import PeopleReads
from data.database import Database
from data.deviantart.browse import BrowseClient
from data.deviantart.client import DeviantArtClient
from data.deviantart.gallery import GalleryClient
from data.deviantart.oauth import OAuthClient
from data.deviantart.works import WorksClient
from data.reads import DatabaseReads
from data.rooms.folder_reads import FolderReads
from data.rooms.inspiration import CopyReads, KeepReads
from data.rooms.published import FigureReads
from data.rooms.sales import SaleReads
from data.rooms.templates import TemplateReads
from data.rooms.traffic import Traffic
from data.store import DatabaseStore

# Where DeviantArt serves its pictures from.
PICTURE_HOSTS = "https://*.wixmp.com https://*.deviantart.net"


def open_rooms(
    settings: Settings,
    *,
    store: DatabaseStore,
    database: Database,
    reads: DatabaseReads,
    people: PeopleReads,
    accounts: Accounts,
    desk: Desk,
    deviantart: DeviantArtClient,
    oauth: OAuthClient,
    deviantart_url: str,
    bus: Bus,
    clock: Clock,
    random: Random,
    pace: PaceRules,
) -> Rooms:
    async def place_of(user_id: int) -> ZoneInfo:
        user = await people.user(user_id)
        return ZoneInfo(user.time_zone if user else "UTC")

    lead = settings.publishing.lead
    line = Line(store, accounts, Traffic(database), clock, random, pace)
    gallery, works = GalleryClient(deviantart), WorksClient(deviantart)
    library = TemplateReads(database)
    templates = Templates(store, desk, clock, lead=lead, place_of=place_of)
    browser = Browser(
        store,
        CopyReads(database),
        BrowseClient(deviantart),
        line,
        AppLine(oauth, clock, random, pace),
        clock,
    )
    errands = Errands(store, reads, line, works, gallery, templates, clock)
    figure_keeper = FigureKeeper(store, line, works, clock)
    return Rooms(
        templates=templates,
        library=library,
        tag_helper=TagHelper(library, browser),
        folders=Folders(store, line, gallery, clock),
        folder_reads=FolderReads(database),
        presets=Presets(store, desk, clock, lead=lead),
        sales=Sales(store, clock),
        sale_reads=SaleReads(database),
        browser=browser,
        keeping=Keeping(store, clock),
        keeps=KeepReads(database),
        wishes=Wishes(store, desk, clock),
        figures=FigureReads(database),
        errands=errands,
        figure_keeper=figure_keeper,
        keeper=AfterKeeper(errands, figure_keeper, bus, clock),
        picture_hosts=picture_hosts(deviantart_url),
    )


def picture_hosts(deviantart_url: str) -> str:
    """For a page's policy: the sandbox serves its own pictures."""
    parts = urlsplit(deviantart_url)
    return PICTURE_HOSTS if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"
