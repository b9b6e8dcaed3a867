"""Answers as gzip for clients that ask for it: JSON, pages, calendars; never pictures, archives or streams.

A compressed page that repeats what somebody asked for could be measured until its secrets are known (BREACH). The one
secret that stands in pages is the CSRF token, and `web/auth.py` writes that differently each time.
"""

import asyncio
import zlib
from typing import Final

from aiohttp import hdrs, web

WORTH_PACKING: Final = 1_000  # bytes: below, the headers weigh more than what is saved
PACKED_HERE: Final = 24_000  # bytes: about half a millisecond; more is done in a thread
LEVEL: Final = 7
_GZIP: Final = 31  # zlib's name for the form with gzip's header
_KINDS: Final = ("text/", "application/json", "image/svg+xml")


def accepts_gzip(request: web.Request) -> bool:
    """Whether the client asked for gzip, and not with a weight of zero."""
    asked = request.headers.get(hdrs.ACCEPT_ENCODING)
    if asked is None or "gzip" not in asked:
        return False
    for word in asked.split(","):
        name, _, weight = word.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def pack(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


async def compress(request: web.Request, response: web.StreamResponse) -> None:
    """Replace the body of a finished answer by its packed form, when that is worth it and wanted."""
    if not isinstance(response, web.Response) or not _is_text(response):
        return
    headers = response.headers
    if hdrs.CONTENT_ENCODING in headers or response.prepared:
        return
    vary = headers.get(hdrs.VARY)
    if vary is None or hdrs.ACCEPT_ENCODING not in vary:
        headers[hdrs.VARY] = f"{vary}, {hdrs.ACCEPT_ENCODING}" if vary else str(hdrs.ACCEPT_ENCODING)
    body = response.body
    if not isinstance(body, bytes) or len(body) < WORTH_PACKING or not accepts_gzip(request):
        return
    response.body = pack(body) if len(body) <= PACKED_HERE else await asyncio.to_thread(pack, body)
    headers[hdrs.CONTENT_ENCODING] = "gzip"
    # A strong tag promises the same bytes, and these are others: RFC 9110, 8.8.3.3.
    etag = headers.get(hdrs.ETAG)
    if etag is not None and not etag.startswith("W/"):
        headers[hdrs.ETAG] = f"W/{etag}"


def _is_text(response: web.Response) -> bool:
    return response.headers.get(hdrs.CONTENT_TYPE, "").startswith(_KINDS)
