"""Static files: our own from memory, vendored ones from disk with their `.gz`, each with its hash in the address.

There is no build step. When the process starts, the style sheets of every page (they are numbered) are joined in the
order of their names and its scripts in the order given here, and what is for people who read them is left out. Any
other sheet or script is linked by the pages that it is for.
"""

import asyncio
import gzip
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import hdrs, web

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "no-cache"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
WORTH_PACKING = 500  # bytes
# The scripts of every page: one file, `app.js`.
EVERYWHERE = ("times", "live", "keys", "menus", "toasts", "drop", "returning", "typed")
_NUMBERED = re.compile(r"css/\d\d-")
# Of style sheets comments and the space that separates nothing, their texts as they are; of scripts indentation and
# the lines that are nothing but a comment.
_UNREAD_STYLE = re.compile(rb'("[^"]*")|/\*.*?\*/|\s*([{};,])\s*|(?<=:)\s+|(\s)\s*', re.DOTALL)
_UNREAD_SCRIPT = re.compile(rb"^[ \t]+(?://[^\n]*\n)?|^//[^\n]*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes = field(repr=False)
    packed: bytes | None = field(repr=False)
    content_type: str
    version: str


class Assets:
    """Every static file by its path below `/static/`."""

    def __init__(self, root: Path = STATIC) -> None:
        self._assets = {name: _asset(name, content) for name, content in _ours(root).items()}
        self._vendor = {path.name: path for path in (root / "vendor").glob("*") if path.suffix != ".gz"}
        self._versions = {name: _version(path.read_bytes()) for name, path in self._vendor.items()}

    def url(self, name: str) -> str:
        """The address of a file; it changes with the content, so that browsers may keep it for ever."""
        if name.startswith("vendor/"):
            version = self._versions.get(name.removeprefix("vendor/"), "missing")
        else:
            version = self._assets[name].version
        return f"/static/{name}?v={version}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        cache = FOREVER if request.query.get("v") else BRIEFLY
        if name.startswith("vendor/"):
            return await self._serve_vendored(request, name.removeprefix("vendor/"), cache)
        asset = self._assets.get(name)
        if asset is None:
            raise web.HTTPNotFound
        return _answer(request, asset, cache)

    async def _serve_vendored(self, request: web.Request, name: str, cache: str) -> web.Response:
        """Read at each request: browsers keep these for ever, so it is not worth the memory."""
        path = self._vendor.get(name)
        if path is None:
            raise web.HTTPNotFound
        packed = path.with_name(f"{name}.gz")
        headers = {
            hdrs.CACHE_CONTROL: cache,
            hdrs.CONTENT_TYPE: TYPES.get(path.suffix, "text/plain"),
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "") and packed.exists():
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            path = packed
        return web.Response(body=await asyncio.to_thread(path.read_bytes), headers=headers)


def add_static_route(app: web.Application, assets: Assets) -> None:
    app.router.add_get("/static/{name:.+}", assets.serve, name="static")


def _ours(root: Path) -> dict[str, bytes]:
    found = {
        str(path.relative_to(root)): path.read_bytes()
        for pattern in ("*.svg", "js/*.js", "css/*.css")
        for path in sorted(root.glob(pattern))
    }
    found = {name: _read_by_browsers(name, content) for name, content in found.items()}
    found["app.js"] = b"".join(found[f"js/{name}.js"] for name in EVERYWHERE)
    found["app.css"] = b"".join(found.pop(name) for name in sorted(found) if _NUMBERED.match(name))
    return found


def _read_by_browsers(name: str, content: bytes) -> bytes:
    if name.endswith(".js"):
        return _UNREAD_SCRIPT.sub(b"", content)
    return _UNREAD_STYLE.sub(rb"\1\2\3", content) if name.endswith(".css") else content


def _asset(name: str, content: bytes) -> Asset:
    packed = gzip.compress(content, compresslevel=9, mtime=0) if len(content) > WORTH_PACKING else None
    return Asset(content, packed, TYPES[Path(name).suffix], _version(content))


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _answer(request: web.Request, asset: Asset, cache: str) -> web.Response:
    etag = f'"{asset.version}"'
    headers = {hdrs.CACHE_CONTROL: cache, hdrs.VARY: hdrs.ACCEPT_ENCODING, hdrs.ETAG: etag}
    if request.headers.get(hdrs.IF_NONE_MATCH, "").removeprefix("W/") == etag:
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = asset.content_type
    if asset.packed and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        headers[hdrs.ETAG] = f"W/{etag}"
        return web.Response(body=asset.packed, headers=headers)
    return web.Response(body=asset.content, headers=headers)
