"""Mail on the settings page: the address, what it is told, and a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from core.errors import ExternalError, WrongState
from core.notices import DEFAULTS, Notice, Notices, switches_of
from core.users import User
from web.keys import CLOCK, SERVICES
from web.pages.flash import Flash
from web.pages.forms import Form

WORDS: Mapping[Notice, str] = {
    Notice.FAILED: "a post was not published",
    Notice.UNKNOWN: "nobody knows whether a post is online",
    Notice.CONNECTION: "an account has to be connected again",
    Notice.QUEUE_DRY: "a queue runs dry",
    Notice.PAUSED: "publishing is paused",
    Notice.PROGRAMS: "a key was found in a picture, or a webhook was switched off",
    Notice.REVIEW: "a picture waits for review",
    Notice.PUBLISHED: "a post was published",
}
# Anybody may enter any address: the button must not become a way to fill somebody's mailbox.
TEST_EVERY = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class MailView:
    """`notices`: name, words and whether it is on. `can_send` is False where the instance has no mail server."""

    email: str
    can_send: bool
    has_address: bool
    notices: tuple[tuple[str, str, bool], ...]
    error: str | None = None


@dataclass(slots=True)
class LastTests:
    """When each person last asked for a test, on the monotonic clock."""

    by_user: dict[int, float] = field(default_factory=dict)

    def allow(self, user_id: int, now: float) -> bool:
        last = self.by_user.get(user_id)
        if last is not None and now - last < TEST_EVERY:
            return False
        self.by_user[user_id] = now
        return True


LAST_TESTS = web.AppKey("last_tests", LastTests)


def notices_of(request: web.Request) -> Notices:
    notices = request.app[SERVICES].notices
    if notices is None:
        raise web.HTTPNotFound
    return notices


def mail_view(request: web.Request, user: User, *, form: Form | None = None, error: str | None = None) -> MailView:
    """As it is kept, or as *form* would have it when that was refused."""
    notices = request.app[SERVICES].notices
    switches: Mapping[str, bool] = (
        wanted(form) if form is not None else {str(n): on for n, on in switches_of(user).items()}
    )
    return MailView(
        email=form.text("email") if form is not None else user.email or "",
        can_send=notices is not None and notices.can_send,
        has_address=bool(user.email),
        notices=tuple((str(notice), WORDS[notice], switches[notice]) for notice in DEFAULTS),
        error=error,
    )


def wanted(form: Form) -> Mapping[str, bool]:
    ticked = set(form.every("notices"))
    return {str(notice): notice in ticked for notice in DEFAULTS}


async def try_mail(request: web.Request, user: User) -> Flash:
    """What came of a test letter. Raises `WrongState`, with a sentence, where none can be sent."""
    notices = notices_of(request)
    if user.email and not request.app[LAST_TESTS].allow(user.id, request.app[CLOCK].monotonic()):
        raise WrongState("A test was sent a moment ago. Try again in a minute.")
    try:
        address = await notices.send_test(user.id)
    except ExternalError as error:
        return Flash(f"The test was not sent: {error.reason}.", bad=True)
    return Flash(f"A test is on its way to {address}.")
