"""Where a handler finds what it uses: one typed key each. `web/app.py` fills them from the composition root."""

from dataclasses import dataclass

from aiohttp import web

from core.accounts import Accounts
from core.bus import Bus
from core.clock import Clock
from core.identities import Identities
from core.keys import Keys
from core.people import People
from core.planning.planner import Planner
from core.ports import Reads
from core.posts.review import Review
from core.publishing.resolve import Resolve
from core.sign_in import SignIns
from core.users import Identity, PeopleReads


@dataclass(frozen=True, slots=True)
class Site:
    """Facts about this instance that pages and answers mention.

    `public_url` has no slash at its end; `sandbox_url` shows what was published there, "" when DeviantArt is real.
    """

    public_url: str
    sandbox_url: str = ""
    max_file_bytes: int = 50 * 1024 * 1024
    max_files: int = 100


CLOCK = web.AppKey("clock", Clock)
SITE = web.AppKey("site", Site)
READS = web.AppKey("reads", Reads)
PEOPLE_READS = web.AppKey("people_reads", PeopleReads)
BUS = web.AppKey("bus", Bus)
REVIEW = web.AppKey("review", Review)
PLANNER = web.AppKey("planner", Planner)
RESOLVE = web.AppKey("resolve", Resolve)
ACCOUNTS = web.AppKey("accounts", Accounts)
PEOPLE = web.AppKey("people", People)
KEYS = web.AppKey("keys", Keys)
SIGN_INS = web.AppKey("sign_ins", SignIns)
IDENTITIES = web.AppKey("identities", Identities)

# Who makes this request; absent when nobody is signed in.
IDENTITY = web.RequestKey("identity", Identity)
