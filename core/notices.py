"""Who is told what by mail, once: a consumer of the event log with its own position.

What belongs together goes into one letter: after the first event worth telling the consumer waits a moment, so
that forty pictures for review are one mail. Letters and position are written in one transaction; `core/letters.py`
sends them.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from core.bus import Bus
from core.clock import Clock
from core.errors import InvalidInput, NotFound, WrongState
from core.events import Event
from core.letters import Letter, LetterRows, Mailer, Outbox, OutboxState
from core.notice_choices import SETTING, Channel, Notice, changed, channels_of, notice_of
from core.ports import InstanceRepository, Reads
from core.users import PeopleRows, User

CONSUMER = "mail"
GATHERED_FOR = timedelta(seconds=20)
EVENTS_A_TURN = 500
LINES_A_LETTER = 30
ADDRESS_MOST = 254


_SUBJECTS = {
    Notice.FAILED: ("A post was not published", "{count} posts were not published"),
    Notice.UNKNOWN: ("Is this post online? Please look", "Are these {count} posts online? Please look"),
    Notice.CONNECTION: ("A DeviantArt account needs you", "{count} DeviantArt accounts need you"),
    Notice.QUEUE_DRY: ("Your queue runs dry", "Your queues run dry"),
    Notice.PAUSED: ("Publishing is paused", "Publishing is paused"),
    Notice.ALERT: ("Your Isekai needs you", "Your Isekai needs you"),
    Notice.KEY_FOUND: ("A key was found in a picture", "Keys were found in pictures"),
    Notice.WEBHOOK_OFF: ("A webhook was switched off", "{count} webhooks were switched off"),
    Notice.REVIEW: ("A picture waits for review", "{count} pictures wait for review"),
    Notice.PUBLISHED: ("Published", "{count} posts published"),
}
_LINKS = {
    Notice.CONNECTION: ("Connect the account", "/settings/accounts"),
    Notice.QUEUE_DRY: ("Look at the calendar", "/calendar"),
    Notice.PAUSED: ("Look at the dashboard", "/"),
    Notice.ALERT: ("Look at its health", "/admin/health"),
    Notice.KEY_FOUND: ("Look at your keys", "/keys"),
    Notice.WEBHOOK_OFF: ("Look at your webhooks", "/webhooks"),
    Notice.REVIEW: ("Review them", "/review"),
}


class NoticeTransaction(Protocol):
    @property
    def instance(self) -> InstanceRepository: ...
    @property
    def people(self) -> PeopleRows: ...
    @property
    def letters(self) -> LetterRows: ...


class NoticeStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[NoticeTransaction]: ...


def letters(user: User, events: Sequence[Event], titles: Mapping[int, str], *, public_url: str) -> list[Letter]:
    """One letter for each kind of news that *user* wants."""
    if not user.email or user.is_disabled:
        return []
    news: dict[Notice, list[Event]] = {}
    for event in events:
        notice = notice_of(event)
        if notice is not None and Channel.MAIL in channels_of(user.settings, notice):
            news.setdefault(notice, []).append(event)
    return [_letter(user.email, notice, found, titles, public_url) for notice, found in news.items()]


def _letter(to: str, notice: Notice, events: list[Event], titles: Mapping[int, str], public_url: str) -> Letter:
    one, many = _SUBJECTS[notice]
    posts = {event.post_id for event in events if event.post_id is not None}
    count = len(posts) or len({event.account_id for event in events}) or 1
    lines = [_line(event, titles) for event in events[:LINES_A_LETTER]]
    if len(events) > LINES_A_LETTER:
        lines.append(f"… and {len(events) - LINES_A_LETTER} more.")
    link_text, path = _LINKS.get(notice, ("Look at them", "/posts"))
    if notice not in _LINKS and len(posts) == 1:
        link_text, path = "Look at the post", f"/posts/{posts.pop()}"
    subject = one if count == 1 else many.format(count=count)
    if notice is Notice.ALERT and all(event.kind == "instance.recovered" for event in events):
        subject = "Your Isekai is well again"
    title = titles.get(events[0].post_id or 0)
    if count == 1 and title:
        subject = f"{subject}: {title}"
    return Letter(to, subject, tuple(lines), link_text, public_url + path, f"{events[-1].id}.{notice}")


def _line(event: Event, titles: Mapping[int, str]) -> str:
    title = titles.get(event.post_id) if event.post_id is not None else None
    return f"“{title}”: {event.text}" if title else event.text


class Notices:
    """Choosing what to be told, and telling it. Without a *mailer* nothing is sent, and the position moves on."""

    def __init__(
        self, store: NoticeStore, reads: Reads, mailer: Mailer | None, bus: Bus, clock: Clock, *, public_url: str
    ) -> None:
        self._store = store
        self._reads = reads
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url
        self._outbox = Outbox(store, mailer, clock) if mailer is not None else None
        self._bell = asyncio.Event()
        bus.listen(self._on_events)

    @property
    def can_send(self) -> bool:
        return self._mailer is not None

    async def choose(
        self, user_id: int, *, email: str | None = None, wanted: Mapping[str, Mapping[str, bool]] | None = None
    ) -> User:
        """*email* "" forgets the address; *wanted*: by notice and channel. Raises `InvalidInput`."""
        async with self._store.transaction() as tx:
            user = await _known(tx, user_id)
            if email is not None:
                user = replace(user, email=_address(email))
            if wanted is not None:
                user = replace(user, settings={**user.settings, SETTING: changed(user.settings, wanted)})
            await tx.people.save_user(user)
            return user

    async def send_test(self, user_id: int) -> str:
        """A letter to the person's own address, now; returns the address. Raises `WrongState`, `ExternalError`."""
        async with self._store.transaction() as tx:
            user = await _known(tx, user_id)
        if self._mailer is None:
            raise WrongState("This instance sends no mail: its administrator has to set SMTP_URL and EMAIL_FROM.")
        if not user.email:
            raise WrongState("Enter your mail address first.")
        await self._mailer.send(
            Letter(
                user.email,
                "A test from Isekai",
                ("Mail from Isekai arrives here. You choose in Settings what it tells you.",),
                "Open Settings",
                f"{self._public_url}/settings",
                f"test.{user.id}.{int(self._clock.now().timestamp())}",
            )
        )
        return user.email

    async def run(self) -> None:
        """For ever: write what there is to tell, and send it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_all(), name="mail-writing")
            if self._outbox is not None:
                group.create_task(self._outbox.run(), name="mail-sending")

    async def _write_all(self) -> None:
        """Wait for news, let more of it gather, write it up."""
        await self._begin()
        while True:
            self._bell.clear()
            while await self.write():
                pass
            await self._bell.wait()
            await self._clock.sleep(GATHERED_FOR.total_seconds())

    async def write(self) -> int:
        """Letters for the next events of the log, into the outbox; the number of events read."""
        async with self._store.transaction() as tx:
            position = await tx.instance.position(CONSUMER)
        events = await self._reads.events_after(position, user_id=None, limit=EVENTS_A_TURN)
        if not events:
            return 0
        titles = await self._titles(event for event in events if notice_of(event) is not None)
        async with self._store.transaction() as tx:
            if self._outbox is not None:
                await self._put(tx, events, titles)
            await tx.instance.save_position(CONSUMER, events[-1].id)
        if self._outbox is not None:
            self._outbox.ring()
        return len(events)

    async def send_due(self) -> int:
        """Try what is due in the outbox; the number of letters tried."""
        return 0 if self._outbox is None else await self._outbox.send_due()

    async def clean(self) -> None:
        if self._outbox is not None:
            await self._outbox.clean()

    async def outbox_state(self) -> OutboxState | None:
        """None where no mail is sent."""
        return None if self._outbox is None else await self._outbox.state()

    async def _begin(self) -> None:
        """Who never ran begins with what happens from now on."""
        last = await self._reads.last_event_id()
        async with self._store.transaction() as tx:
            if not await tx.instance.get(f"{CONSUMER}_began"):
                await tx.instance.put(f"{CONSUMER}_began", True)
                await tx.instance.save_position(CONSUMER, last)

    async def _put(self, tx: NoticeTransaction, events: Sequence[Event], titles: Mapping[int, str]) -> None:
        news = [event for event in events if notice_of(event) is not None]
        for user_id in dict.fromkeys(event.user_id for event in news):
            user = await tx.people.user(user_id)
            if user is None:
                continue
            theirs = [event for event in news if event.user_id == user_id]
            for letter in letters(user, theirs, titles, public_url=self._public_url):
                await tx.letters.add(user_id, letter, at=self._clock.now())

    async def _titles(self, events: Iterable[Event]) -> dict[int, str]:
        titles: dict[int, str] = {}
        for post_id in {event.post_id for event in events if event.post_id is not None}:
            try:
                post = await self._reads.post(post_id, user_id=None)
            except NotFound:
                continue
            titles[post_id] = post.details.stored_title
        return titles

    def _on_events(self, events: Sequence[Event]) -> None:
        if any(notice_of(event) is not None for event in events):
            self._bell.set()


async def _known(tx: NoticeTransaction, user_id: int) -> User:
    user = await tx.people.user(user_id)
    if user is None:
        raise NotFound
    return user


def _address(given: str) -> str | None:
    """Good enough to be tried: the test mail is what proves an address."""
    address = given.strip()
    if not address:
        return None
    name, at, host = address.rpartition("@")
    odd = any(not c.isprintable() or c.isspace() or c in '<>,;:"()[]\\' for c in address)
    if odd or not at or not name or "." not in host.strip(".") or len(address) > ADDRESS_MOST:
        raise InvalidInput({"email": "That does not look like a mail address."})
    return address
