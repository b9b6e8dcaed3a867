"""A letter that somebody sends to themselves, to see whether mail arrives: one use case for the page and the API."""

from dataclasses import dataclass, field

from aiohttp import web

from core.errors import ExternalError, WrongState
from core.notices import Notices
from core.users import User
from web.keys import CLOCK, PEOPLE, SERVICES

TESTED = "mail_tested"  # in a person's settings: the address that a test letter left for
# Anybody may enter any address: the button must not become a way to fill somebody's mailbox.
TEST_EVERY = 60.0  # seconds


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


async def send_trial(app: web.Application, user: User) -> str:
    """The address that it left for. Raises `WrongState`, with a sentence, where none can be sent."""
    if user.email and not app[LAST_TESTS].allow(user.id, app[CLOCK].monotonic()):
        raise WrongState("A test was sent a moment ago. Try again in a minute.")
    try:
        address = await notices_of(app).send_test(user.id)
    except ExternalError as error:
        raise WrongState(f"The test was not sent: {error.reason}.") from error
    await app[PEOPLE].change_settings(user.id, **{TESTED: address})
    return address


def notices_of(app: web.Application) -> Notices:
    found = app[SERVICES].notices
    if found is None:
        raise web.HTTPNotFound
    return found
