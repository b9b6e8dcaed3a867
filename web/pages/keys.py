"""Keys for programs: made here, shown once, limited, changed over, revoked."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from aiohttp import web

from core.errors import InvalidInput, NotFound, UserError
from core.scopes import Scope
from core.users import ApiKey
from web.keys import KEYS, PROGRAMS, SITE
from web.pages.connect import CallView, calls_of
from web.pages.door_templates import DoorTemplates, templates_at, use_at
from web.pages.flash import Flash
from web.pages.forms import Form, read_form, refusal
from web.pages.moments import Moment
from web.pages.visit import Visit, go, signed_in, visit

SCOPE_WORDS = {
    Scope.UPLOAD: "send pictures, which wait in Review",
    Scope.READ: "see posts, plans and settings",
    Scope.WRITE: "edit, approve and schedule",
    Scope.PUBLISH: "publish at once, and say what became of a post",
    Scope.SALES: "work through the sale queue",
    Scope.CALENDAR: "feed a calendar program",
    Scope.ADMIN: "manage keys, people and this instance",
}
OVERLAPS = (("0", "at once"), ("1", "in an hour"), ("24", "in a day"), ("168", "in a week"))


@dataclass(frozen=True, slots=True)
class KeyView:
    id: int
    name: str
    prefix: str
    scopes: str
    used: Moment | None
    ends: Moment | None
    limits: str
    exposed: Moment | None
    is_replaced: bool


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
    """A form about a key as it was filled in."""

    name: str = ""
    scopes: tuple[str, ...] = ("upload",)
    days: str = ""
    addresses: str = ""
    calls: str = ""


@dataclass(frozen=True, slots=True)
class KeysPage:
    keys: tuple[KeyView, ...]
    scopes: tuple[tuple[str, str], ...]
    values: Typed = Typed()
    errors: dict[str, str] = field(default_factory=dict)
    made: MadeKey | None = None


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One key: its last calls, its limits, the templates for what arrives with it, and how it is changed over."""

    key: KeyView
    values: Typed
    calls: tuple[CallView, ...]
    templates: DoorTemplates | None = None  # None: it sends nothing
    overlaps: tuple[tuple[str, str], ...] = OVERLAPS
    errors: dict[str, str] = field(default_factory=dict)


def add_routes(app: web.Application) -> None:
    one = r"/keys/{key_id:\d{1,18}}"
    app.router.add_get("/keys", keys, name="keys")
    app.router.add_post("/keys", create, name="keys-create")
    app.router.add_get(one, key)
    app.router.add_post(f"{one}/revoke", revoke, name="keys-revoke")
    app.router.add_post(f"{one}/keep", keep)
    app.router.add_post(f"{one}/limits", limit)
    app.router.add_post(f"{one}/templates", choose_templates)
    app.router.add_post(f"{one}/rotate", rotate)


async def keys(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("keys.html", "keys", await _page(here))


async def create(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    typed = replace(_typed(form), name=form.text("name"), scopes=form.every("scopes"), days=form.text("days"))
    try:
        days = form.number("days")
        key, secret = await request.app[PROGRAMS].key_care.create(
            request.app[KEYS],
            here.user,
            name=typed.name,
            scopes=typed.scopes,
            expires_at=here.now + timedelta(days=min(days, 3650)) if days else None,
            addresses=_addresses(typed),
            calls_per_minute=_calls(typed),
        )
    except InvalidInput as error:
        return here.show("keys.html", "keys", await _page(here, typed, dict(error.fields)), status=422)
    except UserError as error:
        return here.show("keys.html", "keys", await _page(here, typed, {"scopes": error.sentence}), status=403)
    return await _with_secret(here, key, secret)


async def key(request: web.Request) -> web.Response:
    here = await visit(request)
    found = await _living(here)
    return here.show("key.html", "keys", await _key_page(here, found, _limits(found)))


async def _key_page(here: Visit, key: ApiKey, typed: Typed, errors: dict[str, str] | None = None) -> KeyPage:
    door = await templates_at(here, "key", key.id) if Scope.UPLOAD in key.scopes else None
    return KeyPage(key_view(here, key), typed, await calls_of(here, key.id), door, errors=errors or {})


async def choose_templates(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    found = await _living(here)
    try:
        said = await use_at(here, form, "key", found.id)
    except UserError as error:
        return refusal(request, error, back=f"/keys/{found.id}")
    return go(f"/keys/{found.id}", Flash(said), request=request)


async def limit(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    found, typed = await _living(here), _typed(form)
    try:
        await request.app[PROGRAMS].key_care.restrict(
            here.user, found.id, addresses=_addresses(typed), calls_per_minute=_calls(typed)
        )
    except InvalidInput as error:
        page = await _key_page(here, found, typed, dict(error.fields))
        return here.show("key.html", "keys", page, status=422)
    except UserError as error:
        return refusal(request, error, back="/keys")
    return go(f"/keys/{found.id}", Flash("Saved."), request=request)


async def rotate(request: web.Request) -> web.Response:
    """The new key is shown once, as a new one is; the old one opens for as long as was chosen."""
    here = await visit(request)
    form = await read_form(request)
    try:
        hours = min(form.number("overlap_hours") or 0, 720)
        made, secret = await request.app[PROGRAMS].key_care.rotate(
            here.user, int(request.match_info["key_id"]), overlap=timedelta(hours=hours)
        )
    except UserError as error:
        return refusal(request, error, back="/keys")
    return await _with_secret(here, made, secret)


async def keep(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    try:
        kept = await request.app[PROGRAMS].key_care.accept(user, int(request.match_info["key_id"]))
    except UserError as error:
        return refusal(request, error, back="/keys")
    return go("/keys", Flash(f"“{kept.name}” stays as it is."), request=request)


async def revoke(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    try:
        key = await request.app[KEYS].revoke(user, int(request.match_info["key_id"]))
    except UserError as error:
        return refusal(request, error, back="/keys")
    return go("/keys", Flash(f"“{key.name}” opens nothing any more."), request=request)


async def _living(here: Visit) -> ApiKey:
    """The key of the address. Raises `NotFound` for other people's, and for one that is over."""
    wanted = int(here.request.match_info["key_id"])
    found = next((key for key in await here.request.app[KEYS].of(here.user) if key.id == wanted), None)
    if found is None or found.revoked_at is not None:
        raise NotFound("There is no such key.")
    return found


async def _with_secret(here: Visit, key: ApiKey, secret: str) -> web.Response:
    response = here.show("keys.html", "keys", await _page(here, made=_made(here, key, secret)))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _page(
    here: Visit, typed: Typed | None = None, errors: dict[str, str] | None = None, made: MadeKey | None = None
) -> KeysPage:
    known = await here.request.app[KEYS].of(here.user)
    offered = [scope for scope in Scope if scope is not Scope.ADMIN or here.user.is_admin]
    over = [key for key in known if key.expires_at is not None and key.expires_at <= here.now and key.replaced_by]
    return KeysPage(
        keys=tuple(key_view(here, key) for key in known if key.revoked_at is None and key not in over),
        scopes=tuple((str(scope), SCOPE_WORDS[scope]) for scope in offered),
        values=typed or Typed(),
        errors=errors or {},
        made=made,
    )


def key_view(here: Visit, key: ApiKey) -> KeyView:
    pace = f"{key.calls_per_minute:,} calls a minute" if key.calls_per_minute else ""
    return KeyView(
        key.id,
        key.name,
        key.prefix,
        "; ".join(SCOPE_WORDS[scope] for scope in Scope if scope in key.scopes),
        here.reader.moment(key.used_at) if key.used_at else None,
        here.reader.moment(key.expires_at) if key.expires_at else None,
        "; ".join(part for part in (f"only from {', '.join(key.addresses)}" if key.addresses else "", pace) if part),
        here.reader.moment(key.exposed_at) if key.exposed_at else None,
        key.replaced_by is not None,
    )


def _typed(form: Form) -> Typed:
    return Typed(addresses=form.text("addresses")[:5_000], calls=form.text("calls_per_minute").strip())


def _limits(key: ApiKey) -> Typed:
    return Typed(addresses="\n".join(key.addresses), calls=str(key.calls_per_minute or ""))


def _addresses(typed: Typed) -> list[str]:
    return typed.addresses.replace(",", "\n").split()


def _calls(typed: Typed) -> int | None:
    if typed.calls and (not typed.calls.isdecimal() or len(typed.calls) > 9):
        raise InvalidInput({"calls_per_minute": "This is a number, or nothing."})
    return int(typed.calls) if typed.calls else None


def _made(here: Visit, key: ApiKey, secret: str) -> MadeKey:
    url = here.request.app[SITE].public_url
    hook = f"{url}/hook/{secret}" if Scope.UPLOAD in key.scopes else ""
    return MadeKey(
        name=key.name,
        key=secret,
        hook_url=hook,
        curl=f"curl -F file=@picture.png {hook}" if hook else "",
        feed_url=f"{url}/calendar.ics?key={secret}" if Scope.CALENDAR in key.scopes else "",
    )
