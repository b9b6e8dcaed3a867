"""Headers as text: clients older than UTF-8 write them in Latin-1."""

from aiohttp import web


def header(request: web.Request, name: str, default: str = "") -> str:
    """For what is kept or shown: no database and no page takes bytes that are no text."""
    return in_letters(request.headers.get(name, default))


def in_letters(given: str) -> str:
    """As aiohttp read it; what is no UTF-8 is Latin-1."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return given.encode("utf-8", "surrogateescape").decode("latin-1")
    return given
