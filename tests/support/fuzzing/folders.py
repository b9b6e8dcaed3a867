"""Names in the watched folder: bytes that a file system takes are not always letters."""

import asyncio
import os
import tempfile
from pathlib import Path

from hypothesis import strategies as st

from core.errors import InvalidInput, NotFound, StorageUnavailable
from core.posts.names import shown_name, title_from_name
from data.watched_folder import WatchedFolder

_PIECES = st.sampled_from(
    [b".png", b".json", b".txt", b"a", b"..", b"~", b" ", b"\xff", b"\xed\xa0\x80", b"\n", b"\\", b"*", b"a" * 120,
    b"-2",
     "é".encode(), "\u202e".encode(), b".reason.txt", b".part", b"%2e%2e%2f", b"|", b"<b>"]
)  # fmt: skip


def names() -> st.SearchStrategy[list[bytes]]:
    name = st.lists(_PIECES | st.binary(max_size=6), min_size=1, max_size=4).map(b"".join)
    usable = name.map(lambda raw: raw.replace(b"/", b"").replace(b"\0", b"")[:250]).filter(
        lambda raw: raw not in (b"", b".", b"..")
    )
    return st.lists(usable, min_size=1, max_size=4)


def check_folder(given: list[bytes]) -> None:
    """Every file is found again inside the folder, and its name can be shown and kept."""
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "watched"
        folder.mkdir()
        for raw in given:
            (folder / os.fsdecode(raw)).write_bytes(b"content")
        asyncio.run(_deal_with_all(folder))
        assert [entry.name for entry in Path(outer).iterdir()] == ["watched"]


async def _deal_with_all(folder: Path) -> None:
    watched = WatchedFolder(folder.parent / "home")
    for seen in await watched.look(str(folder)):
        shown = shown_name(seen.name)
        shown.encode()
        title_from_name(shown).encode()
        assert b"".join([piece async for piece in watched.read(str(folder), seen.name)])
        try:
            if seen.sidecar is not None:
                await watched.read_text(str(folder), seen.sidecar, most=100)
            await watched.put_away(str(folder), seen, "failed", reason="It is no picture.")
        except (InvalidInput, NotFound, StorageUnavailable) as refusal:
            assert str(refusal)
        else:
            assert not os.path.lexists(folder / seen.name)
