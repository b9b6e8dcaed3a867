"""Published works (fact sheet, 3 and 5.4): `core.published.ports.WorksApi` over the client."""

from collections.abc import Sequence

from core.posts.fields import Details
from core.published.ports import Figures
from data.deviantart import parse
from data.deviantart.client import METADATA_AT_ONCE, DeviantArtClient
from data.deviantart.errors import Json


class WorksClient:
    def __init__(self, client: DeviantArtClient) -> None:
        self._client = client

    async def folders_of(self, token: str, deviation_id: str) -> frozenset[str] | None:
        body = await self._client.call(
            token, "GET", "deviation/metadata", {"deviationids": [deviation_id], "ext_gallery": True}
        )
        for entry in parse.objects(body.get("metadata")):
            if str(entry.get("deviationid", "")).upper() == deviation_id.upper():
                inside = parse.objects(entry.get("galleries"))
                return frozenset(str(folder.get("folderid", "")).upper() for folder in inside)
        return None

    async def edit(self, token: str, deviation_id: str, details: Details) -> None:
        await self._client.edit(token, deviation_id, details)

    async def describe(self, token: str, item_id: str, details: Details) -> None:
        await self._client.describe(token, item_id, details)

    async def comment(self, token: str, deviation_id: str, text: str) -> None:
        await self._client.comment(token, deviation_id, text)

    async def figures(self, token: str, deviation_ids: Sequence[str]) -> tuple[Figures, ...]:
        ids = list(deviation_ids)[:METADATA_AT_ONCE]
        body = await self._client.call(token, "GET", "deviation/metadata", {"deviationids": ids, "ext_stats": True})
        return tuple(_figures(entry) for entry in parse.objects(body.get("metadata")) if entry.get("deviationid"))


def _figures(entry: Json) -> Figures:
    stats = entry.get("stats")
    stats = stats if isinstance(stats, dict) else {}
    return Figures(
        deviation_id=str(entry["deviationid"]).upper(),
        favourites=_count(stats.get("favourites")),
        comments=_count(stats.get("comments")),
        views=_count(stats.get("views")),
        downloads=_count(stats.get("downloads")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
