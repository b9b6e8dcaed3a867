"""Settings, notices: the mail address and a test of it, and which news goes where."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.notice_choices import FOR_ADMINS, Channel, Notice, channels_of
from core.users import User
from web.keys import SERVICES
from web.pages.flash import Flash
from web.pages.forms import Form, read_form, refusal
from web.pages.settings_frame import show
from web.pages.visit import Visit, go, visit
from web.trial_mail import LAST_TESTS, LastTests, notices_of, send_trial

BACK = "/settings/notices"
WORDS: Mapping[Notice, str] = {
    Notice.FAILED: "A post was not published",
    Notice.UNKNOWN: "Nobody knows whether a post is online",
    Notice.CONNECTION: "A connection to DeviantArt ends or has ended",
    Notice.QUEUE_DRY: "A queue runs dry",
    Notice.PAUSED: "Publishing was paused by Isekai itself",
    Notice.ALERT: "The instance itself needs you, and when that is over",
    Notice.KEY_FOUND: "A key of yours was found in a picture",
    Notice.WEBHOOK_OFF: "A webhook was switched off after failing",
    Notice.REVIEW: "A picture waits for review",
    Notice.PUBLISHED: "A post was published",
}
CHANNELS = ((Channel.MAIL, "Mail"), (Channel.DM, "Discord message"), (Channel.CHANNEL, "Discord channel"))


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """`switches`: name of the field, the channel's word, and whether it is on."""

    key: str
    words: str
    switches: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """`can_send` is False where the instance has no mail server, `has_discord` where nobody is linked."""

    email: str
    error: str | None
    can_send: bool
    has_address: bool
    has_discord: bool
    channels: tuple[str, ...]
    rows: tuple[NoticeRow, ...]


def add_routes(app: web.Application) -> None:
    app[LAST_TESTS] = LastTests()
    app.router.add_get(BACK, notices, name="settings-notices")
    app.router.add_post(BACK, save_notices, name="settings-notices-save")
    app.router.add_post("/settings/mail", save_address, name="settings-mail")
    app.router.add_post("/settings/mail/test", test_mail, name="settings-mail-test")


async def notices(request: web.Request) -> web.Response:
    return await _show(await visit(request))


async def _show(here: Visit, *, email: str | None = None, error: str | None = None) -> web.Response:
    """As it is kept; after a refusal with the address that was typed."""
    services = here.request.app[SERVICES]
    people = await services.links.people_of(here.user.id) if services.links is not None else ()
    page = NoticesPage(
        email=email if email is not None else here.user.email or "",
        error=error,
        can_send=_can_send(here),
        has_address=bool(here.user.email),
        has_discord=bool(people),
        channels=tuple(word for _, word in CHANNELS),
        rows=tuple(_row(here.user, notice) for notice in _offered(here.user)),
    )
    return show(here, "notices", page, status=422 if error else 200)


def _row(user: User, notice: Notice) -> NoticeRow:
    on = channels_of(user.settings, notice)
    switches = tuple((f"{notice}.{channel}", word, channel in on) for channel, word in CHANNELS)
    return NoticeRow(notice, WORDS[notice], switches)


def _offered(user: User) -> tuple[Notice, ...]:
    return tuple(notice for notice in Notice if user.is_admin or notice not in FOR_ADMINS)


async def save_notices(request: web.Request) -> web.Response:
    """What was not offered is not switched off: somebody who becomes administrator is told."""
    here = await visit(request)
    form = await read_form(request)
    await notices_of(request.app).choose(here.user.id, wanted=wanted(form, here.user))
    return go(BACK, Flash("Saved."), request=request)


def wanted(form: Form, user: User) -> dict[str, dict[str, bool]]:
    ticked = set(form.every("told"))
    return {str(n): {str(c): f"{n}.{c}" in ticked for c, _ in CHANNELS} for n in _offered(user)}


async def save_address(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    try:
        user = await notices_of(request.app).choose(here.user.id, email=form.text("email"))
    except InvalidInput as error:
        return await _show(here, email=form.text("email"), error=error.fields.get("email", error.sentence))
    goes = f"Mail goes to {user.email}." if _can_send(here) else "Mail goes there once this instance sends any."
    return go(BACK, Flash(f"Saved. {goes if user.email else 'You get no mail.'}"), request=request)


def _can_send(here: Visit) -> bool:
    notices = here.request.app[SERVICES].notices
    return notices is not None and notices.can_send


async def test_mail(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        address = await send_trial(request.app, here.user)
    except UserError as error:
        return refusal(request, error, back=BACK)
    return go(BACK, Flash(f"A test is on its way to {address}."), request=request)
