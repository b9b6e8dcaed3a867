"""Which addresses may be called."""

import pytest

from core.errors import InvalidInput
from core.webhooks.addresses import is_public, read_url

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::1", "2001:0:1::1", "2001:db8::1", "not an address", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
)
def test_public_addresses_may_be_called(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://１２７.0.0.1/", "http://127。0。0．1/", "http://localhost./", "http://ⓛocalhost/", "http://127.0.0.1./",
        "http://127.0.0.1/", "http://[::1]/", "http://localhost:8080/", "https://printer.local/", "ftp://example.org/",
        "https://", "example.org", "https://mira:secret@example.org/", "https://example.org/#x", "http://[::1", "",
        "https://example.org:99999/", "https://exa mple.org/", "https://" + "a" * 3000 + ".org/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_called_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_url(url, private_allowed=False)

    assert "url" in raised.value.fields


def test_an_administrator_may_allow_private_networks() -> None:
    assert read_url("http://127.0.0.1:9/x", private_allowed=True) == "http://127.0.0.1:9/x"
