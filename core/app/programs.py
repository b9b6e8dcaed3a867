"""Wires what programs use; part of the composition root."""

from collections.abc import Sequence
from random import Random

from core import __version__
from core.bus import Bus
from core.clock import Clock
from core.discord_links import DiscordLinks
from core.planning.planner import Planner
from core.planning.ports import PlanningReads
from core.ports import Reads
from core.posts.intake import Intake
from core.posts.pictures import ImageStore
from core.posts.review import Review
from core.programs.calls import Calls
from core.programs.exporting import Exports
from core.programs.importing import Imports
from core.programs.instance import ProgramSettings
from core.programs.key_care import KeyCare
from core.programs.key_pace import KeyPace
from core.programs.services import Programs
from core.programs.settings_file.desk import SettingsFiles
from core.programs.watching import Watcher
from core.settings import Settings
from core.webhooks.dispatcher import Dispatcher
from core.webhooks.webhooks import Webhooks
from data.database import Database
from data.export_reads import ExportReader
from data.hook_sender import HookSender
from data.programs import CallReader
from data.rooms.inspiration import KeepReads
from data.store import DatabaseStore
from data.watched_folder import WatchedFolder
from data.webhooks import WebhookReader


def open_programs(
    settings: Settings,
    *,
    store: DatabaseStore,
    database: Database,
    reads: Reads,
    bus: Bus,
    clock: Clock,
    random: Random,
    images: ImageStore,
    intake: Intake,
    review: Review,
    planner: Planner,
    planning_reads: PlanningReads,
    links: DiscordLinks,
    public_url: str,
) -> Programs:
    hooks = WebhookReader(database)
    webhooks = Webhooks(store, hooks, clock)
    sender = HookSender(clock, user_agent=f"Isekai/{__version__} (webhooks)")
    dispatcher = Dispatcher(store, reads, sender, bus, clock, random, public_url=public_url)
    webhooks.wake = dispatcher.wake
    key_care = KeyCare(store, clock)
    intake.on_own_keys = key_care.alarm

    async def channels_of(user_id: int) -> Sequence[int]:
        return [channel.channel_id for channel in await links.drop_channels_of(user_id)]

    settings_files = SettingsFiles(
        store, planning_reads, KeepReads(database), clock, random=random, channels_of=channels_of
    )
    return Programs(
        clock=clock,
        webhooks=webhooks,
        dispatcher=dispatcher,
        key_care=key_care,
        pace=KeyPace(store, clock),
        calls=Calls(store, CallReader(database)),
        imports=Imports(intake, review, planner, reads, clock),
        exports=Exports(reads, ExportReader(database), settings_files, images, clock),
        watcher=Watcher(store, WatchedFolder(settings.home), intake, clock),
        settings=ProgramSettings(store, clock),
        settings_files=settings_files,
    )
