"""What administrators hear while nothing can be written: straight by mail, for an outbox needs room too.

Kept in memory alone: a restart while it lasts tells it once more.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.clock import Clock
from core.errors import ExternalError, StorageUnavailable
from core.events import Event
from core.letters import Mailer
from core.notices import letters
from core.operations.alerts import ALERT, BELIEVED_AFTER, OVER, OVER_AFTER
from core.operations.findings import Finding, span
from core.users import PeopleReads, User

logger = logging.getLogger(__name__)


class Aloud:
    """Satisfies `core.operations.alerts.Aloud`. Without a *mailer* the log is all there is."""

    def __init__(self, reads: PeopleReads, mailer: Mailer | None, clock: Clock, *, public_url: str) -> None:
        self._reads = reads
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url
        self._began_at: datetime | None = None
        self._absent_at: datetime | None = None
        self._is_told = False

    async def trouble(self, found: Sequence[Finding]) -> None:
        """*found* now, and none of it can be kept. Told once, when it has lasted."""
        now = self._clock.now()
        self._began_at, self._absent_at = self._began_at or now, None
        if not self._is_told and now - self._began_at >= BELIEVED_AFTER:
            text = " ".join(f"{one.sentence} {one.advice}".strip() for one in found if one.alerts)
            self._is_told = await self._tell(Event(ALERT, text or "Nothing can be written.", now, 0))

    async def written(self) -> None:
        """What there is could be kept: it is over, when that lasts."""
        now = self._clock.now()
        if self._began_at is None:
            return
        self._absent_at = self._absent_at or now
        if self._is_told and now - self._absent_at < OVER_AFTER:
            return
        if self._is_told:
            lasted = span(self._absent_at - self._began_at)
            await self._tell(Event(OVER, f"This is over after {lasted}: nothing could be written.", now, 0))
        self._began_at, self._absent_at, self._is_told = None, None, False

    async def _tell(self, event: Event) -> bool:
        """Whether anybody was told."""
        try:
            admins = [user for user in await self._reads.users() if user.is_admin]
        except StorageUnavailable:
            return False
        return any([await self._mail(user, event) for user in admins])

    async def _mail(self, user: User, event: Event) -> bool:
        wanted = letters(user, [event], {}, public_url=self._public_url) if self._mailer is not None else []
        for letter in wanted:
            try:
                assert self._mailer is not None  # noqa: S101 - nothing is wanted without one
                await self._mailer.send(replace(letter, key=f"{event.at:%Y%m%d%H%M%S}.{user.id}"))
            except ExternalError as error:
                logger.warning("nobody could be told by mail either", extra={"reason": str(error)})
                return False
        return bool(wanted)
