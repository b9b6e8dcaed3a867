"""Which addresses an outgoing call may reach: the public internet, whatever form an address is written in. Pure."""

import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from core.errors import InvalidInput

URL_KEPT = 2000
# Addresses that carry an IPv4 address inside, and how far from the right it stands.
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_6TO4 = IPv6Network("2002::/16")
_COMPATIBLE = IPv6Network("::/96")


def is_public(text: str) -> bool:
    """Whether *text* is an address of the public internet. What cannot be read is not."""
    try:
        address = ip_address(text.split("%", 1)[0])
    except ValueError:
        return False
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address in _NAT64_LOCAL or address.is_site_local or address.teredo is not None:
            return False
        inner = embedded(address)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    )


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that *address* leads to: mapped, compatible, 6to4 or NAT64 forms."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _6TO4:
        return address.sixtofour
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def read_url(given: str, *, private_allowed: bool) -> str:
    """An address that may be called. Raises `InvalidInput`; names are checked when they are resolved, at connect."""
    url = given.strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or len(url) > URL_KEPT or any(c.isspace() for c in url):
        raise InvalidInput({"url": "This is not an address. It looks like https://example.org/hook."})
    if parts.username or parts.password:
        raise InvalidInput({"url": "Leave name and password out of the address; the signature proves who calls."})
    if parts.fragment:
        raise InvalidInput({"url": "Leave out what stands after #; it is never sent."})
    if not private_allowed and (_looks_private(host)):
        raise InvalidInput({"url": "This address is inside a private network. An administrator may allow those."})
    return url


def _looks_private(host: str) -> bool:
    """As whoever calls it will read it: wide digits are digits, every dot is a dot, and one at the end is none."""
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").rstrip(".").casefold()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not _is_public(ip_address(host))
    except ValueError:
        return False
