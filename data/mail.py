"""Letters as mail: text and HTML, over SMTP. The library is loaded with the first letter."""

import html
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from core.clock import Clock
from core.errors import NotSent, Refused
from core.letters import Letter

SERVICE = "mail"
TIMEOUT_SECONDS = 30.0
PROBE_SECONDS = 10.0
SIGNATURE = "You get this because your settings in Isekai say so."
BODY = "font:16px/1.5 system-ui,sans-serif;color:#1c1c28;max-width:36em;margin:24px auto;padding:0 16px"
BUTTON = "background:#3b4fc4;color:#fff;padding:10px 16px;border-radius:6px;text-decoration:none"


class SmtpMailer:
    """Satisfies `core.letters.Mailer`. *tls*: from the first byte. *starttls*: insisted on, else used if offered."""

    def __init__(
        self,
        clock: Clock,
        *,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        tls: bool,
        starttls: bool,
        sender: str,
        public_url: str,
    ) -> None:
        self._clock = clock
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._tls = tls
        self._starttls = starttls
        self._sender = sender
        self._public_url = public_url

    async def send(self, letter: Letter) -> None:
        import aiosmtplib

        try:
            await aiosmtplib.send(
                self.message(letter),
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                use_tls=self._tls,
                start_tls=True if self._starttls else (False if self._tls else None),
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if codes and all(code >= 500 for code in codes):
                raise Refused(SERVICE, "the mail server does not take mail for this address") from error
            raise NotSent(SERVICE, "the mail server does not take mail for this address at present") from error
        except aiosmtplib.SMTPAuthenticationError as error:
            # Ours to mend, and soon: worth more tries.
            raise NotSent(SERVICE, "the mail server does not accept our user name and password") from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= 500:
                raise Refused(SERVICE, f"the mail server refused it ({error.code})") from error
            raise NotSent(SERVICE, f"the mail server asks us to try later ({error.code})") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotSent(SERVICE, "the mail server could not be reached") from error

    def message(self, letter: Letter) -> EmailMessage:
        name, address = parseaddr(self._sender)
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(name or "Isekai", addr_spec=address)
        message["To"] = letter.to
        message["Subject"] = _one_line(letter.subject)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<isekai.{letter.key}@{address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(_text(letter, self._public_url))
        message.add_alternative(_html(letter, self._public_url), subtype="html")
        return message


async def probe_mail(
    *, host: str, port: int, username: str | None, password: str | None, tls: bool, starttls: bool
) -> None:
    """Everything that sending does, up to the first letter. Raises `NotSent` with what is wrong."""
    import aiosmtplib

    start_tls = True if starttls else (False if tls else None)
    client = aiosmtplib.SMTP(hostname=host, port=port, use_tls=tls, start_tls=start_tls, timeout=PROBE_SECONDS)
    try:
        await client.connect()
        if username is not None:
            await client.login(username, password or "")
        await client.quit()
    except aiosmtplib.SMTPAuthenticationError as error:
        raise NotSent(SERVICE, "the mail server does not accept our user name and password") from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise NotSent(
            SERVICE, f"the mail server {host}:{port} could not be reached, or not as SMTP_URL says"
        ) from error
    finally:
        client.close()


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _text(letter: Letter, public_url: str) -> str:
    body = "\n\n".join(_one_line_long(line) for line in letter.lines)
    return f"{body}\n\n{letter.link_text}:\n{letter.link}\n\n-- \n{SIGNATURE}\n{public_url}/settings\n"


def _one_line_long(line: str) -> str:
    return " ".join(line.split())


def _html(letter: Letter, public_url: str) -> str:
    """Simple enough for every mail program: no images, no outside style, nothing that tells us it was read."""
    said = "".join(f'<p style="margin:0 0 12px">{html.escape(_one_line_long(line))}</p>' for line in letter.lines)
    link = html.escape(letter.link, quote=True)
    settings = html.escape(f"{public_url}/settings", quote=True)
    subject = html.escape(_one_line(letter.subject))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{subject}</title></head>'
        f'<body style="{BODY}"><h1 style="font-size:20px">{subject}</h1>{said}'
        f'<p style="margin:24px 0"><a href="{link}" style="{BUTTON}">{html.escape(letter.link_text)}</a></p>'
        f'<p style="font-size:13px;color:#5c5c70">{SIGNATURE} <a href="{settings}">Change them</a>.</p>'
        "</body></html>\n"
    )
