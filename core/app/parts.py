"""The composition root: every concrete class is named here, once, and handed to who uses it."""

import logging
import secrets
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core import __version__
from core.accounts import Accounts
from core.app.backups import open_backup_pictures, open_shelf
from core.app.images import KeptImages, direct_objects, open_images
from core.app.programs import open_programs
from core.app.rooms import open_rooms
from core.app.welcome import Welcome
from core.bulk.office import BulkOffice, open_bulk
from core.bus import Bus
from core.clock import Clock
from core.discord_links import DiscordLinks
from core.health import LoopLag
from core.identities import Identities
from core.keys import Keys
from core.notices import Notices
from core.operations.alerts import Alerts
from core.operations.aloud import Aloud
from core.operations.backups import Backups
from core.operations.check_up import CheckUp
from core.operations.clearing import Clearing
from core.operations.clock_reader import ClockReader
from core.operations.instance_settings import InstanceBook, InstanceSettings, defaults_of
from core.operations.office import Operations
from core.operations.retention import Retention
from core.pausing import Pausing
from core.people.invites import Invites
from core.people.office import Office
from core.people.people import People
from core.people.removal import Removal
from core.people.sharing import Sharing
from core.planning.office import Planning, open_planning
from core.planning.planner import Planner
from core.posts.deriving import Deriver
from core.posts.desk import Desk
from core.posts.direct_uploads import DirectUploads
from core.posts.habits import HabitsOf
from core.posts.intake import Intake
from core.posts.review import Review
from core.programs.services import Programs
from core.publishing.breaker import PaceRules
from core.publishing.journey import Journey, JourneyRules
from core.publishing.linking import Linking
from core.publishing.proof import Prover
from core.publishing.publisher import Publisher
from core.publishing.release import Release
from core.publishing.resolve import Resolve
from core.rooms import Rooms
from core.settings import Settings
from core.sign_in import SignIns, SignUpRules
from core.supervision import Jobs
from core.token_care import TokenCare
from core.vitals import Vitals
from data.bulk import BulkReads
from data.database import Database
from data.deviantart.client import DeviantArtClient
from data.deviantart.oauth import OAuthClient
from data.deviantart.transport import Transport
from data.discord import Discord
from data.health import HealthReader, ThisMachine
from data.images.inspect import Inspector
from data.invites import OfficeReader
from data.logs import RedactingFilter
from data.mail import SmtpMailer
from data.metrics import PrometheusMetrics
from data.people import PeopleReader
from data.planning_reads import PlanningReader
from data.problem_log import ProblemLog
from data.reads import DatabaseReads
from data.redaction import Redactor
from data.store import DatabaseStore
from data.vault import Vault, load_secret_keys

if TYPE_CHECKING:
    from data.sandbox.app import Sandbox

logger = logging.getLogger(__name__)
USER_AGENT = f"Isekai/{__version__} (self-hosted scheduler)"


@dataclass(slots=True)
class App:
    """Everything of one process, wired. `start_*` and `close` give it life; tests use the parts directly."""

    settings: Settings
    clock: Clock
    random: Random
    public_url: str
    bus: Bus
    database: Database
    store: DatabaseStore
    reads: DatabaseReads
    people_reads: PeopleReader
    images: KeptImages
    inspector: Inspector
    metrics: PrometheusMetrics
    transport: Transport
    oauth: OAuthClient
    deviantart: DeviantArtClient
    accounts: Accounts
    people: People
    office: Office
    identities: Identities
    keys: Keys
    sign_ins: SignIns
    desk: Desk
    review: Review
    planner: Planner
    planning: Planning
    bulk: BulkOffice
    rooms: Rooms
    journey: Journey
    prover: Prover
    publisher: Publisher
    resolve: Resolve
    linking: Linking
    release: Release
    token_care: TokenCare
    notices: Notices
    jobs: Jobs
    intake: Intake
    deriver: Deriver
    pausing: Pausing
    links: DiscordLinks
    discord_memory: Discord
    loop_lag: LoopLag
    vitals: Vitals
    operations: Operations
    problems: ProblemLog
    clock_reader: ClockReader
    retention: Retention
    clearing: Clearing
    direct_uploads: DirectUploads
    programs: Programs
    sandbox: "Sandbox | None" = None
    welcome: Welcome | None = None  # where the sandbox stands in for DeviantArt
    is_draining: bool = False
    bot: Any = None

    def discord_state(self) -> str:
        """For `/ready` and the status page; Discord never makes the instance not ready."""
        if self.settings.discord is None:
            return "off"
        return "not connected" if self.bot is None else self.bot.state


def build(settings: Settings, *, public_url: str, deviantart_url: str, clock: Clock, random: Random) -> App:
    """Wire the parts; nothing is opened or started yet."""
    bus = Bus()
    database = Database(settings.database)
    key_file = settings.secret_key_file or settings.home / "secret.key"
    vault = Vault(settings.secret_keys or load_secret_keys(key_file, database=settings.database))
    store = DatabaseStore(database, vault, bus)
    reads, people_reads = DatabaseReads(database), PeopleReader(database)
    metrics = PrometheusMetrics()
    transport = Transport(deviantart_url, clock, user_agent=USER_AGENT, observe=metrics.deviantart_request)
    credentials = settings.deviantart
    oauth = OAuthClient(
        transport,
        client_id=credentials.client_id if credentials else "sandbox",
        client_secret=credentials.client_secret if credentials else "sandbox",
    )
    deviantart = DeviantArtClient(transport, clock)
    accounts = Accounts(store, oauth, deviantart, clock)
    desk = Desk(store, clock)
    images = open_images(settings)
    inspector = Inspector(max_pixels=settings.limits.max_pixels)
    publishing = settings.publishing
    rules = JourneyRules(
        publish_timeout=publishing.timeout,
        settle=publishing.settle,
        max_attempts=publishing.max_attempts,
        pace=PaceRules(
            base=publishing.base_delay,
            most=publishing.max_delay,
            jitter_percent=publishing.jitter_percent,
            threshold=publishing.circuit_threshold,
            open_for=publishing.circuit_open,
        ),
    )
    limits = settings.limits
    deriver = Deriver(store, reads, images, inspector, clock)
    memory = Discord(database)
    journey = Journey(store, accounts, deviantart, images, inspector, clock, metrics, random, rules, HabitsOf(store))
    prover = Prover(store, accounts, deviantart, journey, clock, metrics, settle=publishing.settle)
    publisher = Publisher(
        store, journey, prover, bus, clock, owner=secrets.token_hex(8), concurrency=publishing.concurrency
    )
    jobs = Jobs(clock, metrics)
    planning = open_planning(store, PlanningReader(database), desk, clock, lead=publishing.lead, random=random)
    rooms = open_rooms(
        settings,
        store=store,
        database=database,
        reads=reads,
        people=people_reads,
        accounts=accounts,
        desk=desk,
        deviantart=deviantart,
        oauth=oauth,
        deviantart_url=deviantart_url,
        bus=bus,
        clock=clock,
        random=random,
        pace=rules.pace,
    )
    people = People(store, people_reads, clock, max_users=settings.limits.max_users)
    office_reads = OfficeReader(database)
    uploads = direct_objects(settings, images)
    office = Office(
        Invites(store, office_reads, clock),
        office_reads,
        Sharing(store, clock),
        Removal(store, images, clock, uploads=uploads),
    )
    review = Review(
        store,
        desk,
        clock,
        lead=publishing.lead,
        max_files=limits.max_files_per_post,
        pacing=planning.guard,
    )
    review.on_left = planning.queue.close_gap
    intake = Intake(
        store,
        images,
        inspector,
        clock,
        max_file_bytes=limits.max_file_bytes,
        max_files=limits.max_files_per_post,
        on_files=deriver.wake,
    )
    links = DiscordLinks(memory, clock)
    programs = open_programs(
        settings,
        store=store,
        database=database,
        reads=reads,
        bus=bus,
        clock=clock,
        random=random,
        images=images,
        intake=intake,
        review=review,
        planner=planning.planner,
        planning_reads=planning.reads,
        links=links,
        public_url=public_url,
    )
    mailer = _mailer(settings, clock, public_url)
    notices = Notices(store, reads, mailer, bus, clock, public_url=public_url)
    aloud = Aloud(people_reads, mailer, clock, public_url=public_url)
    vitals = Vitals(store, reads, images, publisher, jobs, clock, lambda: app.discord_state())
    loop_lag = LoopLag(clock, metrics)
    book = InstanceBook(store, defaults_of(settings), clock)
    backups = Backups(
        open_shelf(settings),
        store,
        clock,
        kept=lambda: book.current.backups_kept,
        with_images=lambda: book.current.backup_pictures,
    )
    problems = ProblemLog(settings.home / "problems.log", RedactingFilter(Redactor(settings.secrets)))
    clock_reader = ClockReader(deviantart, clock, asks=credentials is not None)
    check_up = CheckUp(
        HealthReader(database),
        vitals,
        publisher,
        jobs,
        loop_lag,
        ThisMachine(settings.home, settings.database),
        backups,
        problems,
        clock,
        clock_reading=clock_reader.reading,
        outbox=notices.outbox_state,
        discord=lambda: app.discord_state(),
    )
    linking = Linking(store, desk, prover, clock, hosts=_hosts(deviantart_url))
    linking.on_left = planning.queue.close_gap
    app = App(
        settings=settings,
        clock=clock,
        random=random,
        public_url=public_url,
        bus=bus,
        database=database,
        store=store,
        reads=reads,
        people_reads=people_reads,
        images=images,
        inspector=inspector,
        metrics=metrics,
        transport=transport,
        oauth=oauth,
        deviantart=deviantart,
        accounts=accounts,
        people=people,
        office=office,
        identities=Identities(store, people_reads, clock),
        keys=Keys(store, people_reads, clock),
        sign_ins=SignIns(
            store,
            oauth,
            deviantart,
            accounts,
            clock,
            redirect_uri=f"{public_url}/auth/deviantart/callback",
            rules=SignUpRules(settings.limits.open_signup, settings.limits.max_users),
        ),
        desk=desk,
        review=review,
        planner=planning.planner,
        planning=planning,
        bulk=open_bulk(
            store,
            BulkReads(database),
            people_reads,
            review,
            planning.planner,
            clock,
            lead=publishing.lead,
            on_left=planning.queue.close_gaps,
        ),
        rooms=rooms,
        journey=journey,
        prover=prover,
        publisher=publisher,
        release=Release(store, reads, accounts, deviantart, clock),
        token_care=TokenCare(store, accounts, clock, metrics),
        notices=notices,
        linking=linking,
        resolve=Resolve(store, desk, accounts, prover, clock, hosts=_hosts(deviantart_url)),
        jobs=jobs,
        intake=intake,
        deriver=deriver,
        pausing=Pausing(store, accounts, clock),
        links=links,
        discord_memory=memory,
        loop_lag=loop_lag,
        programs=programs,
        vitals=vitals,
        operations=Operations(check_up, Alerts(store, check_up, clock, aloud), backups, problems, book),
        retention=Retention(store, images, clock, lambda: book.current),
        direct_uploads=DirectUploads(store, uploads, clock, max_bytes=lambda: book.current.max_file_bytes),
        clearing=Clearing(store, images, open_backup_pictures(settings), clock),
        problems=problems,
        clock_reader=clock_reader,
    )
    book.follow(lambda rules: _take_over(app, rules))
    return app


def _take_over(app: App, rules: InstanceSettings) -> None:
    """What administrators set, for those that keep a copy; the others ask."""
    app.sign_ins.rules = SignUpRules(rules.open_signup, rules.max_users)
    app.people.max_users = rules.max_users
    app.intake.limit(max_file_bytes=rules.max_file_bytes, max_files=rules.max_files_per_post)
    app.review.limit(max_files=rules.max_files_per_post)
    app.inspector.limit(max_pixels=rules.max_pixels)


def _mailer(settings: Settings, clock: Clock, public_url: str) -> SmtpMailer | None:
    mail = settings.mail
    if mail is None:
        return None
    return SmtpMailer(
        clock,
        host=mail.host,
        port=mail.port,
        username=mail.username,
        password=mail.password,
        tls=mail.tls,
        starttls=mail.starttls,
        sender=mail.sender,
        public_url=public_url,
    )


def _hosts(deviantart_url: str) -> frozenset[str]:
    """Where links to works may point."""
    return frozenset({urlsplit(deviantart_url).netloc})
