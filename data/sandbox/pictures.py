"""Files of the imitation: uploads that were kept, and pictures drawn for everything that has none."""

import asyncio
import io
from collections import OrderedDict
from pathlib import Path

from data.sandbox.options import SandboxOptions
from data.sandbox.records import Deviation
from data.sandbox.render import shown_size

_CACHE_BYTES = 8 * 1024 * 1024
_DRAWN_MOST = 1280
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}


class Pictures:
    """`home` None: uploads are not kept, and each work shows a picture drawn from its hash."""

    def __init__(self, home: Path | None, options: SandboxOptions) -> None:
        self._directory = home / "pictures" if home is not None and options.keep_pictures else None
        if self._directory is not None:
            self._directory.mkdir(parents=True, exist_ok=True)
        self.max_upload_bytes = options.max_upload_mb * 1024 * 1024
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()

    @property
    def incoming(self) -> Path | None:
        """Where uploads are written while they arrive; None to forget the bytes."""
        return self._directory

    def keep(self, path: Path | None, itemid: str, mime: str) -> str | None:
        """Give an arrived upload its final name, which is returned."""
        if path is None or self._directory is None:
            return None
        name = f"{itemid}{_SUFFIXES.get(mime, '.bin')}"
        path.replace(self._directory / name)
        return name

    def original(self, work: Deviation) -> Path | None:
        if work.picture is None or self._directory is None:
            return None
        path = self._directory / work.picture
        return path if path.exists() else None

    async def shown(self, work: Deviation, variant: str) -> bytes:
        """The work as a JPEG of that variant's size; drawn or scaled in a thread, one at a time."""
        key = f"{work.deviationid}/{variant}/{work.sha256}"
        if key not in self._cache:
            async with self._drawing:
                if key not in self._cache:
                    self._remember(key, await asyncio.to_thread(self._make, work, variant))
        self._cache.move_to_end(key)
        return self._cache[key]

    async def avatar(self, username: str) -> bytes:
        key = f"avatar/{username}"
        if key not in self._cache:
            async with self._drawing:
                self._remember(key, await asyncio.to_thread(_avatar, username))
        return self._cache[key]

    def _remember(self, key: str, data: bytes) -> None:
        self._cache[key] = data
        while sum(map(len, self._cache.values())) > _CACHE_BYTES and len(self._cache) > 1:
            self._cache.popitem(last=False)

    def _make(self, work: Deviation, variant: str) -> bytes:
        from PIL import Image, UnidentifiedImageError

        from data.sandbox import art

        width, height = shown_size(work, variant)
        path = self.original(work)
        if path is not None:
            try:
                with Image.open(path) as image:
                    image.draft("RGB", (width, height))
                    image.thumbnail((width, height))
                    return _jpeg(image.convert("RGB"))
            except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
                pass  # what does not decode is shown as a drawn picture instead
        scale = min(1.0, _DRAWN_MOST / max(width, height))
        return _jpeg(art.draw(work.sha256, max(16, round(width * scale)), max(16, round(height * scale))))


def _jpeg(image: "object") -> bytes:
    from PIL.Image import Image

    assert isinstance(image, Image)  # noqa: S101 (Pillow is imported only here)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=86)
    return out.getvalue()


def _avatar(username: str) -> bytes:
    """A small face-free mark: the first letter's moon before two hills."""
    import random

    from data.sandbox import art

    rng = random.Random(f"avatar-{username}")
    image = art.dunes(rng, (200, 200), rng.choice(art.PALETTES)).resize((100, 100))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False)
    return out.getvalue()
