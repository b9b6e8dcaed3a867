from collections.abc import Iterator

import pytest

from core.errors import NotSent, Refused
from core.letters import Letter
from data.mail import SmtpMailer
from tests.support.clock import FakeClock
from tests.support.mailbox import Mailbox, a_mailbox, a_mailer

LETTER = Letter(
    "mira@example.org",
    "A post was not published: Häfen & “more”",
    ("“Häfen <b>”: DeviantArt refused it.", "It needs you."),
    "Look at the post",
    "https://art.example.org/posts/41?a=1&b=2",
    "907.failed",
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mailbox() as mailbox:
        yield mailbox


def mailer(port: int) -> SmtpMailer:
    return a_mailer(port, FakeClock(), public_url="https://art.example.org", sender="Studio <isekai@example.org>")


async def test_a_letter_arrives_in_text_and_html_with_its_link(mailbox: Mailbox) -> None:
    await mailer(mailbox.port).send(LETTER)

    (mail,) = mailbox.letters
    assert mailbox.envelopes == [("isekai@example.org", ["mira@example.org"])]
    assert mail["From"] == "Studio <isekai@example.org>"
    assert mail["To"] == "mira@example.org"
    assert mail["Subject"] == LETTER.subject
    assert mail["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"
    assert mail["Message-ID"] == "<isekai.907.failed@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    text, page = (part.get_content() for part in mail.iter_parts())
    assert "“Häfen <b>”: DeviantArt refused it." in text
    assert LETTER.link in text.splitlines()
    assert "Häfen &lt;b&gt;" in page
    assert 'href="https://art.example.org/posts/41?a=1&amp;b=2"' in page
    assert "<img" not in page


async def test_a_title_cannot_add_headers(mailbox: Mailbox) -> None:
    evil = Letter("mira@example.org", "Hi\r\nBcc: all@example.org", ("x",), "Look", "https://a.example", "1.x")

    await mailer(mailbox.port).send(evil)

    assert mailbox.letters[0]["Bcc"] is None
    assert mailbox.letters[0]["Subject"] == "Hi Bcc: all@example.org"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 no", Refused),
        ("451 later", NotSent),
        ("RCPT 550 unknown here", Refused),
        ("RCPT 450 greylisted", NotSent),
    ],
)
async def test_what_the_server_says_decides_whether_it_is_tried_again(
    mailbox: Mailbox, answer: str, error: type[Exception]
) -> None:
    mailbox.refusals.append(answer)

    with pytest.raises(error):
        await mailer(mailbox.port).send(LETTER)


async def test_a_server_that_is_not_there_may_be_there_later() -> None:
    with pytest.raises(NotSent):
        await mailer(1).send(LETTER)
