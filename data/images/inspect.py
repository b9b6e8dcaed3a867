"""The `PictureInspector` of `core/posts/pictures.py`: threads around the blocking parts."""

import asyncio
from pathlib import Path

from core.posts.pictures import Derived, GenerationMetadata, PictureInfo, SendFile
from data.images.decoding import verify
from data.images.exif import orientation_of, swaps_sides
from data.images.formats.header import Header
from data.images.gate import DecodeGate
from data.images.header import read_header
from data.images.metadata import read_metadata
from data.images.strip import SHOWN, prepare_to_send
from data.images.thumbs import derive


class Inspector:
    """*max_pixels* counts all frames of an animation."""

    def __init__(self, *, max_pixels: int) -> None:
        self.limit(max_pixels=max_pixels)

    def limit(self, *, max_pixels: int) -> None:
        """From the next picture on."""
        self._max_pixels = max_pixels
        self._gate = DecodeGate()

    async def check(self, path: Path) -> PictureInfo:
        header = await asyncio.to_thread(_header, path, self._max_pixels)
        return await self._gate.run(lambda: _checked(path, header), pixels=header.pixels)

    async def derive(self, path: Path, info: PictureInfo) -> Derived | None:
        if info.is_video:
            return None
        header = await asyncio.to_thread(_header, path)
        return await self._gate.run(lambda: _derived(path, header), pixels=header.width * header.height)

    async def read_metadata(self, path: Path, info: PictureInfo) -> GenerationMetadata | None:
        if info.is_video:
            return None
        header = await asyncio.to_thread(_header, path)
        return await self._gate.run(lambda: _metadata(path, header), pixels=0)

    async def prepare_to_send(self, path: Path, info: PictureInfo, *, keep_metadata: bool, into: Path) -> SendFile:
        header = await asyncio.to_thread(_header, path)
        return await self._gate.run(
            lambda: prepare_to_send(path, header, keep_metadata=keep_metadata, into=into),
            pixels=0 if header.mime in SHOWN else header.pixels,
        )


def _header(path: Path, max_pixels: int | None = None) -> Header:
    with path.open("rb") as file:
        return read_header(file, max_pixels=max_pixels)


def _checked(path: Path, header: Header) -> PictureInfo:
    with path.open("rb") as file:
        verify(file, header)
        width, height = header.width, header.height
        if not header.is_video and swaps_sides(orientation_of(file, header)):
            width, height = height, width
    return PictureInfo(header.mime, width, height, header.frames, header.is_video)


def _derived(path: Path, header: Header) -> Derived:
    with path.open("rb") as file:
        return derive(file, header)


def _metadata(path: Path, header: Header) -> GenerationMetadata | None:
    with path.open("rb") as file:
        return read_metadata(file, header)
