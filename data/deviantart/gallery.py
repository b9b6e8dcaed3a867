"""Gallery folders (fact sheet, sections 3 and 4): `core.library.ports.GalleryApi` over the client.

Removing is a POST: some clients use GET for it, which a proxy may repeat. Read 2026-11-23.
"""

from collections.abc import Mapping, Sequence

from core.deviantart import DeviationPage, GalleryFolder
from data.deviantart import parse
from data.deviantart.client import DeviantArtClient

FOLDERS = "gallery/folders"


class GalleryClient:
    def __init__(self, client: DeviantArtClient) -> None:
        self._client = client

    async def folders(self, token: str) -> tuple[GalleryFolder, ...]:
        return await self._client.folders(token)

    async def contents(self, token: str, folder_id: str, *, offset: int, limit: int) -> DeviationPage:
        body = await self._client.call(
            token, "GET", f"gallery/{folder_id}", {"offset": offset, "limit": limit, "mature_content": "true"}
        )
        return parse.page(body, offset=offset)

    async def create(self, token: str, name: str, *, description: str, parent_id: str | None) -> GalleryFolder:
        return await self._client.create_folder(token, name, description=description, parent_id=parent_id)

    async def update(self, token: str, before: GalleryFolder, after: GalleryFolder) -> None:
        changes = {
            "name": after.name if after.name != before.name else None,
            "description": after.description if after.description != before.description else None,
        }
        await self._post(token, "update", {"folderid": before.folder_id, **changes})

    async def set_cover(self, token: str, folder_id: str, deviation_id: str) -> None:
        await self._post(token, "update", {"folderid": folder_id, "cover_deviationid": deviation_id})

    async def place(self, token: str, folder_id: str, position: int) -> None:
        await self._post(token, "update_order", {"folderid": folder_id, "position": position})

    async def nest(self, token: str, folder_id: str, parent_id: str | None) -> None:
        """Empty for the top: how the site itself says it [inferred]."""
        await self._post(token, "move", {"folderid": folder_id, "to_folderid": parent_id or ""})

    async def remove(self, token: str, folder_id: str) -> None:
        await self._post(token, f"remove/{folder_id}", {})

    async def copy_works(self, token: str, to_id: str, works: Sequence[str]) -> None:
        await self._post(token, "copy_deviations", {"target_folderid": to_id, "deviationids": list(works)})

    async def move_works(self, token: str, from_id: str, to_id: str, works: Sequence[str]) -> None:
        fields = {"source_folderid": from_id, "target_folderid": to_id, "deviationids": list(works)}
        await self._post(token, "move_deviations", fields)

    async def remove_works(self, token: str, folder_id: str, works: Sequence[str]) -> None:
        await self._post(token, "remove_deviations", {"folderid": folder_id, "deviationids": list(works)})

    async def place_work(self, token: str, folder_id: str, work: str, position: int) -> None:
        fields = {"folderid": folder_id, "deviationid": work, "position": position}
        await self._post(token, "update_deviation_order", fields)

    async def _post(self, token: str, what: str, fields: Mapping[str, object]) -> None:
        await self._client.call(token, "POST", f"{FOLDERS}/{what}", fields)
