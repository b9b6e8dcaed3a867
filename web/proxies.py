"""Whose request it is when proxies stand between: forwarded headers count only from those configured."""

from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

from web.keys import SITE


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
