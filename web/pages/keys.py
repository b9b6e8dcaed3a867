"""Keys for programs: made here, shown once, revoked here."""

from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.scopes import Scope
from core.users import ApiKey
from web.keys import KEYS, SITE
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.visit import Visit, go, signed_in, visit

SCOPE_WORDS = {
    Scope.UPLOAD: "send pictures",
    Scope.READ: "read",
    Scope.WRITE: "edit and schedule",
    Scope.PUBLISH: "publish now",
    Scope.SALES: "set prices",
    Scope.CALENDAR: "feed a calendar program",
    Scope.ADMIN: "administer",
}


@dataclass(frozen=True, slots=True)
class KeyView:
    id: int
    name: str
    prefix: str
    scopes: str
    used: Moment | None
    ends: Moment | None


@dataclass(frozen=True, slots=True)
class MadeKey:
    """The secret, for this one page."""

    name: str
    key: str = field(repr=False)
    hook_url: str = field(repr=False)
    curl: str = field(repr=False)
    feed_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Typed:
    name: str = ""
    scopes: tuple[str, ...] = ("upload",)
    days: str = ""


@dataclass(frozen=True, slots=True)
class KeysPage:
    keys: tuple[KeyView, ...]
    scopes: tuple[tuple[str, str], ...]
    values: Typed = Typed()
    errors: dict[str, str] = field(default_factory=dict)
    made: MadeKey | None = None


def add_routes(app: web.Application) -> None:
    app.router.add_get("/keys", keys, name="keys")
    app.router.add_post("/keys", create, name="keys-create")
    app.router.add_post(r"/keys/{key_id:\d+}/revoke", revoke, name="keys-revoke")


async def keys(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("keys.html", "keys", await _page(here))


async def create(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    typed = Typed(form.text("name"), form.every("scopes"), form.text("days"))
    try:
        days = form.number("days")
        _, secret = await request.app[KEYS].create(
            here.user,
            name=typed.name,
            scopes=typed.scopes,
            expires_at=here.now + timedelta(days=min(days, 3650)) if days else None,
        )
    except InvalidInput as error:
        return here.show("keys.html", "keys", await _page(here, typed, dict(error.fields)), status=422)
    except UserError as error:
        return here.show("keys.html", "keys", await _page(here, typed, {"scopes": error.sentence}), status=403)
    response = here.show("keys.html", "keys", await _page(here, made=_made(here, typed, secret)))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def revoke(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    try:
        key = await request.app[KEYS].revoke(user, int(request.match_info["key_id"]))
    except UserError as error:
        return refusal(request, error, back="/keys")
    return go("/keys", Flash(f"“{key.name}” opens nothing any more."), request=request)


async def _page(
    here: Visit, typed: Typed | None = None, errors: dict[str, str] | None = None, made: MadeKey | None = None
) -> KeysPage:
    known = await here.request.app[KEYS].of(here.user)
    offered = [scope for scope in Scope if scope is not Scope.ADMIN or here.user.is_admin]
    return KeysPage(
        keys=tuple(_view(here, key) for key in known if key.revoked_at is None),
        scopes=tuple((str(scope), SCOPE_WORDS[scope]) for scope in offered),
        values=typed or Typed(),
        errors=errors or {},
        made=made,
    )


def _view(here: Visit, key: ApiKey) -> KeyView:
    return KeyView(
        key.id,
        key.name,
        key.prefix,
        ", ".join(SCOPE_WORDS[scope] for scope in Scope if scope in key.scopes),
        here.reader.moment(key.used_at) if key.used_at else None,
        here.reader.moment(key.expires_at) if key.expires_at else None,
    )


def _made(here: Visit, typed: Typed, secret: str) -> MadeKey:
    url = here.request.app[SITE].public_url
    hook = f"{url}/hook/{secret}" if Scope.UPLOAD in typed.scopes else ""
    return MadeKey(
        name=typed.name.strip(),
        key=secret,
        hook_url=hook,
        curl=f"curl -F file=@picture.png {hook}" if hook else "",
        feed_url=f"{url}/calendar.ics?key={secret}" if Scope.CALENDAR in typed.scopes else "",
    )
