"""A real SMTP server on loopback, and what arrived in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from core.clock import Clock
from data.mail import SmtpMailer


class Mailbox:
    """`answer` is what the server says to the next letters instead of taking them, so many times."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refusals: list[str] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refusals and self.refusals[0].startswith("RCPT "):
            return self.refusals.pop(0).removeprefix("RCPT ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 taken"


@contextmanager
def a_mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        mailbox.port = controller.server.sockets[0].getsockname()[1]
        yield mailbox
    finally:
        controller.stop()


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        """The library connects to the port it was given; ours is known only once it is bound."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def a_mailer(port: int, clock: Clock, *, public_url: str, sender: str = "isekai@example.org") -> SmtpMailer:
    """Sends into the mailbox that listens there."""
    return SmtpMailer(
        clock,
        host="127.0.0.1",
        port=port,
        username=None,
        password=None,
        tls=False,
        starttls=False,
        sender=sender,
        public_url=public_url,
    )
