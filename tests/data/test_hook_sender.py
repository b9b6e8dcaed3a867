"""Outgoing calls stay on the public internet, whatever a name or a redirect says."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from core.clock import SystemClock
from core.webhooks.webhook import Outcome
from data.hook_sender import REFUSED, HookSender
from tests.support.receiver import Receiver, a_receiver


class Names(AbstractResolver):
    """Answers each question for a name with the next of its addresses, as a rebinding server does."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        version = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=version, proto=0, flags=0)]

    async def close(self) -> None: ...


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


async def send(url: str, *, names: Names | None = None, private_allowed: bool = False) -> Outcome:
    sender = HookSender(SystemClock(), user_agent="Isekai test", resolver=names)
    return await sender.send(url, {"webhook-id": "msg_1"}, "{}", private_allowed=private_allowed)


async def test_loopback_is_refused_where_the_socket_is_made(receiver: Receiver) -> None:
    outcome = await send(receiver.url)

    assert outcome.error == REFUSED
    assert receiver.calls == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254"])
async def test_a_name_that_leads_inside_is_refused(receiver: Receiver, address: str) -> None:
    port = receiver.url.split(":")[2].split("/")[0]

    outcome = await send(f"http://hook.example.org:{port}/hook", names=Names(address))

    assert outcome.error == REFUSED
    assert receiver.calls == []


async def test_a_name_that_changes_its_mind_gains_nothing(receiver: Receiver) -> None:
    names = Names("93.184.216.34", "127.0.0.1")
    await names.resolve("hook.example.org")
    port = receiver.url.split(":")[2].split("/")[0]

    outcome = await send(f"http://hook.example.org:{port}/hook", names=names)

    assert outcome.error == REFUSED
    assert receiver.calls == []


@pytest.mark.parametrize(
    "host",
    [
        "[::1]",
        "[::ffff:7f00:1]",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "localhost.",
        "①②⑦.0.0.1",
        "127。0。0。1",
    ],
)
async def test_odd_forms_of_an_address_are_refused_too(receiver: Receiver, host: str) -> None:
    port = receiver.url.split(":")[2].split("/")[0]

    outcome = await send(f"http://{host}:{port}/hook")

    assert outcome.status is None
    assert receiver.calls == []


async def test_the_setting_lets_private_networks_in(receiver: Receiver) -> None:
    outcome = await send(receiver.url, private_allowed=True)

    assert outcome.is_success
    assert receiver.calls[0][0]["webhook-id"] == "msg_1"


async def test_nobody_there_is_said_plainly() -> None:
    outcome = await send("http://127.0.0.1:1/hook", private_allowed=True)

    assert outcome.error == "No connection could be made."
