"""Whose request it is when proxies stand between: forwarded headers count only from those configured."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

from web.keys import SITE

# Short, and nothing that could forge a line or mean something in a log's search.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id_of_proxy(request: web.Request) -> str | None:
    """The id that our own proxy gave the request, so that its log and ours can be laid side by side."""
    given = request.headers.get("X-Request-ID", "")
    trusted = request.app[SITE].trusted_proxies
    if not trusted or not _REQUEST_ID.fullmatch(given) or not _is_trusted(request.remote or "", trusted):
        return None
    return given


def client_address(request: web.Request) -> str:
    """The nearest address that is not one of our proxies."""
    trusted = request.app[SITE].trusted_proxies
    address = request.remote or ""
    if not trusted or not _is_trusted(address, trusted):
        return address
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        candidate = hop.strip()
        if not candidate:
            continue
        if not _is_address(candidate):
            return address
        address = candidate
        if not _is_trusted(address, trusted):
            break
    return address


def _is_trusted(address: str, trusted: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
