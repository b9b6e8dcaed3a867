"""Everything the imitation knows: artists, tokens, Sta.sh items, deviations, folders, comments.

Changes happen in one step, without waiting, so two calls never see half of one. With a journal each change is
kept on disk. Tests read the ledger here: `deviations`, `items`, `published_items`, `requests`, `refreshes`.
"""

import uuid
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from core.clock import Clock
from data.sandbox.community import community_works
from data.sandbox.journal import Journal, Records
from data.sandbox.options import RateLimit, SandboxOptions
from data.sandbox.records import (
    AccessToken,
    Artist,
    Comment,
    Deviation,
    Folder,
    Item,
    RefreshNote,
    RefreshToken,
    RequestNote,
    Switches,
)
from data.sandbox.tokens import SCOPES, Grant, Tokens

# The first item id lies beyond 2**53: whoever reads ids as floating point numbers finds out here.
FIRST_ITEM = 2**53 + 1
FIRST_DEVIATION_NUMBER = 1_100_000_001
STARTER_FOLDERS = ("Featured", "Sketches", "Landscapes")

R = TypeVar("R")


class World:
    def __init__(self, clock: Clock, options: SandboxOptions, journal: Journal | None = None) -> None:
        self.options = options
        self.requests: deque[RequestNote] = deque(maxlen=20_000)
        self._clock = clock
        self._journal = journal or Journal(None)
        self._begin(self._journal.load())

    def _begin(self, kept: Records) -> None:
        self.switches = _record(Switches, kept.get("switches", {}).get("switches", {}))
        self.tokens = Tokens(self._clock, self._journal, self.switches)
        self.artists: dict[str, Artist] = {}
        self.folders: dict[str, Folder] = {}
        self.comments: list[Comment] = []
        self.reset_at = self.now()
        self._items: dict[str, Item] = {}
        self._deviations: dict[str, Deviation] = {}
        self._galleries: dict[str, list[Deviation]] = {}
        self._by_number: dict[int, Deviation] = {}
        self._published_bytes: dict[tuple[str, str], str] = {}
        self._community: dict[str, Deviation] | None = None
        self._next_item = FIRST_ITEM
        self._next_number = FIRST_DEVIATION_NUMBER
        self._buckets: dict[str, tuple[float, float]] = {}
        self._children: dict[tuple[str, str | None], list[Folder]] = {}
        self._comment_counts: Counter[str] = Counter()
        self._restore(kept)
        for name in self.options.artists:
            self.artist(name)
        self._journal.open(self._snapshot())

    def _restore(self, kept: Records) -> None:
        now = self.now()
        self.artists = {key: _record(Artist, value) for key, value in kept.get("artist", {}).items()}
        for value in sorted(kept.get("folder", {}).values(), key=lambda folder: folder.get("position", 0)):
            self._add_folder(_record(Folder, value))
        self.comments = [_record(Comment, value) for value in kept.get("comment", {}).values()]
        self._comment_counts.update(comment.deviationid for comment in self.comments)
        tokens = [_record(AccessToken, value) for value in kept.get("access", {}).values()]
        self.tokens.access = {token.token: token for token in tokens if token.expires_at > now}
        spent = [_record(RefreshToken, value) for value in kept.get("refresh", {}).values()]
        self.tokens.refresh = {token.token: token for token in spent}
        for value in kept.get("item", {}).values():
            self._add_item(_record(Item, value))
        for value in kept.get("deviation", {}).values():
            self._add_deviation(_record(Deviation, value))

    def _snapshot(self) -> Records:
        kept: dict[str, dict[str, Any]] = {
            "switches": {"switches": self.switches},
            "artist": dict(self.artists),
            "folder": dict(self.folders),
            "comment": {comment.commentid: comment for comment in self.comments},
            "access": dict(self.tokens.access),
            "refresh": dict(self.tokens.refresh),
            "item": dict(self._items),
            "deviation": dict(self._deviations),
        }
        return kept

    def reset(self) -> None:
        """Forget everything but the artists that the options name; all tokens die."""
        self._journal.close()
        self.requests.clear()
        self._begin({})

    async def settled(self) -> None:
        """What happened so far would survive the end of this process."""
        await self._journal.settled()

    def close(self) -> None:
        self._journal.close()

    def now(self) -> float:
        """Seconds since the epoch by DeviantArt's clock, which a switch may shift against ours."""
        return self._clock.now().timestamp() + self.switches.clock_offset_seconds

    def local_time(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, UTC)

    # The ledger

    @property
    def deviations(self) -> list[Deviation]:
        """What was published and not deleted, in the order of publication."""
        return [work for work in self._deviations.values() if not work.deleted]

    @property
    def items(self) -> list[Item]:
        """Everything ever submitted, published or not, in order."""
        return list(self._items.values())

    @property
    def orphans(self) -> list[Item]:
        """Private items that nothing was published from."""
        return [item for item in self._items.values() if item.deviationid is None]

    @property
    def published_items(self) -> list[str]:
        """The item id of every deviation, in order; twice the same would be the worst of news."""
        return [work.itemid for work in self.deviations]

    @property
    def refreshes(self) -> list[RefreshNote]:
        return list(self.tokens.refreshes)

    # People

    def artist(self, username: str) -> Artist:
        """The artist of that name, invented on first mention (with a few folders)."""
        key = username.lower()
        if key not in self.artists:
            artist = Artist(username=username, userid=str(uuid.uuid5(uuid.NAMESPACE_DNS, key)).upper())
            self.artists[key] = artist
            self._journal.put("artist", key, artist)
            for name in STARTER_FOLDERS:
                self.create_folder(username, name)
        return self.artists[key]

    def find_artist(self, username: str) -> Artist | None:
        return self.artists.get(username.lower())

    def keep_artist(self, artist: Artist) -> None:
        self._journal.put("artist", artist.username.lower(), artist)

    def grant(self, username: str, scopes: Iterable[str] | str = (), *, client_id: str = "sandbox") -> Grant:
        """Tokens for *username* without the browser's dance; no scopes: all of them."""
        wanted = scopes.split() if isinstance(scopes, str) else list(scopes)
        artist = self.artist(username)
        grant = self.tokens.issue(artist.username, wanted or sorted(SCOPES), client_id)
        return replace(grant, userid=artist.userid)

    def overloads(self, key: str, rate: RateLimit) -> bool:
        """Count one call of *key*; says whether it came too fast. Knocking while refused prolongs the block."""
        level, seen = self._buckets.get(key, (0.0, self._clock.monotonic()))
        now = self._clock.monotonic()
        level = max(0.0, level - (now - seen) * rate.per_second) + 1
        self._buckets[key] = (min(level, 2 * rate.burst), now)
        return level > rate.burst

    def keep_switches(self) -> None:
        self._journal.put("switches", "switches", self.switches)

    # Sta.sh

    def add_item(self, **facts: Any) -> Item:
        item = Item(itemid=str(self._next_item), created_at=self.now(), **facts)
        self._add_item(item)
        self.keep_item(item)
        return item

    def find_item(self, itemid: str, username: str | None = None) -> Item | None:
        """The item, if it exists and belongs to *username* (when given)."""
        item = self._items.get(itemid)
        return item if item is not None and username in (None, item.username) else None

    def keep_item(self, item: Item) -> None:
        self._journal.put("item", item.itemid, item)

    def publish(self, item: Item, **choices: Any) -> Deviation:
        """Make *item* public: the one step that can never be taken back."""
        work = Deviation(
            deviationid=str(uuid.uuid4()).upper(),
            number=self._next_number,
            itemid=item.itemid,
            username=item.username,
            title=item.title,
            description=item.artist_comments,
            tags=list(choices.pop("tags", None) or item.tags),
            sha256=item.sha256,
            published_at=self.now(),
            mime=item.mime,
            width=item.width,
            height=item.height,
            bytes=item.bytes,
            filename=item.filename,
            picture=item.picture,
            visible_at=self.now() + self.switches.gallery_lag_seconds,
            listed=not self._omits_next(),
            app_name=choices.pop("app_name", self.options.app_name),
            **choices,
        )
        item.deviationid = work.deviationid
        self._add_deviation(work)
        self._put_into_folders(work)
        self.keep_item(item)
        self.keep_deviation(work)
        return work

    def publish_by_hand(self, itemid: str, **choices: Any) -> Deviation:
        """What happens when the artist publishes the item on the site, past the app."""
        return self.publish(self._items[itemid], app_name="", **choices)

    def known_bytes(self, item: Item) -> bool:
        return (item.username, item.sha256) in self._published_bytes

    def keep_deviation(self, work: Deviation) -> None:
        self._journal.put("deviation", work.deviationid, work)

    def delete(self, work: Deviation) -> None:
        """The artist deletes a work on the site; no endpoint does."""
        work.deleted = True
        self.keep_deviation(work)

    def _omits_next(self) -> bool:
        if self.switches.gallery_omits_next <= 0:
            return False
        self.switches.gallery_omits_next -= 1
        self.keep_switches()
        return True

    def _put_into_folders(self, work: Deviation) -> None:
        targets = [self.folders[key] for key in work.galleryids if key in self.folders]
        if work.feature and not targets:
            targets = [f for f in self.folders_of(work.username) if f.name == "Featured"][:1]
        for folder in targets:
            folder.works.insert(0, work.deviationid)
            self.keep_folder(folder)

    # Works

    def find_work(self, deviationid: str) -> Deviation | None:
        """A work of an artist or of the invented community, by its UUID in any case."""
        key = deviationid.upper()
        return self._deviations.get(key) or self.community.get(key)

    def find_by_number(self, number: int) -> Deviation | None:
        if number in self._by_number:
            return self._by_number[number]
        return next((work for work in self.community.values() if work.number == number), None)

    def gallery_of(self, username: str) -> list[Deviation]:
        """What the gallery shows of *username* at this moment, newest first."""
        own = self._galleries.get(username.lower())
        if own is None:
            return [work for work in self.community.values() if work.username == username.lower()]
        now = self.now()
        return [work for work in reversed(own) if work.listed and work.visible_at <= now]

    def everything(self) -> list[Deviation]:
        """All works that anyone may see, the published ones first."""
        now = self.now()
        own = [
            work
            for work in reversed(self._deviations.values())
            if work.listed and work.visible_at <= now and not work.deleted
        ]
        return own + list(self.community.values())

    @property
    def community(self) -> dict[str, Deviation]:
        """Works of people who do not exist, so that browsing finds something."""
        if self._community is None:
            works = community_works(self.options.community_works, self._clock.now())
            self._community = {work.deviationid: work for work in works}
        return self._community

    def has_person(self, username: str) -> bool:
        name = username.lower()
        return name in self.artists or any(work.username == name for work in self.community.values())

    def add_comment(self, work: Deviation, username: str, body: str, parentid: str | None) -> Comment:
        commentid = str(uuid.uuid4()).upper()
        comment = Comment(commentid, work.deviationid, username, body, self.now(), parentid)
        self.comments.append(comment)
        self._comment_counts[work.deviationid] += 1
        self._journal.put("comment", commentid, comment)
        return comment

    def comment_count(self, work: Deviation) -> int:
        return self._comment_counts[work.deviationid]

    # Folders

    def folders_of(self, username: str, parent: str | None = None) -> list[Folder]:
        """Folders one level below *parent* (None: the top), in their order."""
        return list(self._children.get((username.lower(), parent), ()))

    def find_folder(self, folderid: str, username: str) -> Folder | None:
        found = self.folders.get(folderid.upper())
        return found if found is not None and found.username == username.lower() else None

    def create_folder(self, username: str, name: str, *, description: str = "", parent: str | None = None) -> Folder:
        folder = Folder(
            folderid=str(uuid.uuid4()).upper(),
            username=username.lower(),
            name=name,
            description=description,
            parent=parent,
            position=len(self.folders_of(username, parent)),
        )
        self._add_folder(folder)
        self.keep_folder(folder)
        return folder

    def place_folder(self, folder: Folder, *, parent: str | None, position: int | None = None) -> None:
        """Move *folder* below *parent*, to *position* among its new siblings (None: the end)."""
        self._children[(folder.username, folder.parent)].remove(folder)
        folder.parent = parent
        siblings = self._children.setdefault((folder.username, parent), [])
        siblings.insert(len(siblings) if position is None else position, folder)
        for place, sibling in enumerate(siblings):
            if sibling.position != place or sibling is folder:
                sibling.position = place
                self.keep_folder(sibling)

    def keep_folder(self, folder: Folder) -> None:
        self._journal.put("folder", folder.folderid, folder)

    def remove_folder(self, folder: Folder) -> None:
        """The folder and what is nested in it go; the works stay published."""
        for child in self.folders_of(folder.username, folder.folderid):
            self.remove_folder(child)
        self._children[(folder.username, folder.parent)].remove(folder)
        del self.folders[folder.folderid]
        self._journal.put("folder", folder.folderid, None)

    # Indexes

    def _add_folder(self, folder: Folder) -> None:
        self.folders[folder.folderid] = folder
        self._children.setdefault((folder.username, folder.parent), []).append(folder)

    def _add_item(self, item: Item) -> None:
        self._items[item.itemid] = item
        self._next_item = max(self._next_item, int(item.itemid) + 1)

    def _add_deviation(self, work: Deviation) -> None:
        self._deviations[work.deviationid] = work
        self._galleries.setdefault(work.username.lower(), []).append(work)
        self._by_number[work.number] = work
        self._published_bytes[(work.username, work.sha256)] = work.itemid
        self._next_number = max(self._next_number, work.number + 1)


def _record(kind: type[R], kept: dict[str, Any]) -> R:
    """A record from its kept form; fields that a later version dropped are passed over."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in kept.items() if name in known})
