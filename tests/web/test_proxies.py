"""Whose request it is when proxies stand between."""

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from web.keys import SITE, Site
from web.proxies import client_address

TRUSTED = (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, 10.0.0.3", "198.51.100.1"),
        ("10.0.0.2", "<script>", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.2"),
    ],
)
def test_forwarded_addresses_count_only_from_our_proxies(remote: str, forwarded: str, expected: str) -> None:
    app = web.Application()
    app[SITE] = Site("http://isekai.example", trusted_proxies=TRUSTED)
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded}, app=app).clone(remote=remote)

    assert client_address(request) == expected
