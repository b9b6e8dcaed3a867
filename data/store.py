"""The store: one transaction, one repository a room, and the events it hands over after the commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.bus import Bus
from core.events import Event
from data.accounts import Accounts
from data.bulk import BulkRows
from data.database import Connection, Database
from data.derived import Derivations
from data.event_log import EventLog, Instance
from data.incidents import IncidentRows
from data.invites import AuditTable, InviteTable
from data.leaving import LeavingRows
from data.letters import LetterRows
from data.people import People
from data.planning import Planning
from data.post_edits import PostEdits
from data.posts import Posts
from data.programs import KeyCallRows, KeyCareRows, KeyPaceRows, WatchedPictureRows
from data.publications import Publications
from data.receipts import Receipts
from data.retention import RetentionRows
from data.rooms import RoomRows
from data.shares import ShareTable
from data.upload_tickets import UploadTickets
from data.vault import Vault
from data.webhooks import WebhookRows


class DatabaseTransaction:
    """Repositories over one connection in one transaction, one for each room."""

    def __init__(self, connection: Connection, vault: Vault, written: list[Event]) -> None:
        self.posts = Posts(connection)
        self.edits = PostEdits(connection)
        self.publications = Publications(connection)
        self.accounts = Accounts(connection, vault)
        self.events = EventLog(connection, written)
        self.instance = Instance(connection)
        self.people = People(connection)
        self.invites = InviteTable(connection)
        self.audit = AuditTable(connection)
        self.shares = ShareTable(connection)
        self.planning = Planning(connection)
        self.bulks = BulkRows(connection)
        self.receipts = Receipts(connection)
        self.derivations = Derivations(connection)
        self.rooms = RoomRows(connection)
        self.webhooks = WebhookRows(connection, vault)
        self.key_care = KeyCareRows(connection)
        self.key_pace = KeyPaceRows(connection)
        self.key_calls = KeyCallRows(connection)
        self.watched = WatchedPictureRows(connection)
        self.leaving = LeavingRows(connection)
        self.letters = LetterRows(connection)
        self.incidents = IncidentRows(connection)
        self.retention = RetentionRows(connection)
        self.upload_tickets = UploadTickets(connection)


class DatabaseStore:
    def __init__(self, database: Database, vault: Vault, bus: Bus) -> None:
        self._db = database
        self._vault = vault
        self._bus = bus

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseTransaction]:
        written: list[Event] = []
        async with self._db.transaction() as connection:
            yield DatabaseTransaction(connection, self._vault, written)
        if written:
            self._bus.announce(written)
