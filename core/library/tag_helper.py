"""Use case: suggest tags: the artist's own best first, then DeviantArt's search. Each as it would be stored."""

from dataclasses import dataclass

from core.errors import UserError
from core.inspiration.browser import Browser, Viewer
from core.inspiration.looks import Look, Sight
from core.library.ports import LibraryReads
from core.posts.fields import stored_tag

OWN_MOST = 8
FOUND_MOST = 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`tag` as DeviantArt stores it. `posts` and `favourites` tell how it did for the artist; 0 for others' tags."""

    tag: str
    is_own: bool
    posts: int = 0
    favourites: float = 0.0


class TagHelper:
    def __init__(self, reads: LibraryReads, browser: Browser) -> None:
        self._reads = reads
        self._browser = browser

    async def suggest(self, typed: str, *, user_id: int) -> tuple[Suggestion, ...]:
        """For the beginning of a tag; for nothing typed, the artist's own best. Never fails for DeviantArt's sake."""
        start = stored_tag(typed[:100]).casefold()
        own = await self._reads.own_tags(user_id, start, limit=OWN_MOST)
        found = [Suggestion(tag.tag, True, tag.posts, tag.favourites) for tag in own]
        known = {suggestion.tag.casefold() for suggestion in found}
        for tag in await self._search(start, user_id):
            stored = stored_tag(tag)
            if stored and stored.casefold() not in known:
                known.add(stored.casefold())
                found.append(Suggestion(stored, False))
        return tuple(found[: OWN_MOST + FOUND_MOST])

    async def _search(self, start: str, user_id: int) -> tuple[str, ...]:
        if len(start) < 3:
            return ()
        try:
            seen = await self._browser.look(Look(Sight.TAG_SEARCH, start), Viewer(user_id, None))
        except UserError:
            return ()
        return seen.page.tags
