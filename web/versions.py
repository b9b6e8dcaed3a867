"""The version of the API. The addresses stay; a client may say which version it was written for.

What is added (an address, a field, a value of an open list) keeps the number. What would break a client gets the next
one, spoken to those who ask for it by name while everybody else is answered as before for a year at least, with
`Deprecation` (RFC 9745) and `Sunset` (RFC 8594) on every answer that is affected.
"""

from typing import Final

from aiohttp import web

from core.errors import Malformed

VERSION_HEADER: Final = "Isekai-API-Version"
API_VERSION: Final = "1"
SPOKEN: Final = frozenset({API_VERSION})


def check_version(request: web.Request) -> None:
    """Raises `Malformed` when the client was written for a version that is not spoken here."""
    asked = request.headers.get(VERSION_HEADER)
    if asked is not None and asked.strip() not in SPOKEN:
        raise Malformed(f"This instance speaks version {', '.join(sorted(SPOKEN))} of its API.")
