"""What people see outside the pages proper: the sign-in page, errors, and pieces of the frame."""

from urllib.parse import quote

from aiohttp import hdrs, web

from core.errors import NotFound
from web.keys import IDENTITY, READS, SIGN_IN_PATH, SITE, ErrorView
from web.pages import shell
from web.pages.flash import Flash, is_local
from web.pages.visit import go, html, is_partial, page_left, signed_in, visit

YEAR = 31_536_000
NOWHERE = "This address leads nowhere, or to something that is not yours or was deleted for good."
UNTRUSTED = "This page was open too long to be trusted. Nothing was changed: load it again and repeat what you did."
UNSENT = (
    "You were signed out before that arrived, and nothing was changed. Sign in in another tab, then press Back here: "
    "what you typed is still there."
)
PASSING = frozenset({429, 500, 502, 503})  # a moment later it may well work


def add_routes(app: web.Application) -> None:
    app.router.add_get(SIGN_IN_PATH, sign_in, name="signin")
    app.router.add_get("/nav/{name:rail|tabs}", navigation, name="nav")
    app.router.add_get("/nav/pause", pause_news, name="nav-pause")
    app.router.add_get("/accounts.css", account_colors, name="account-colors")
    app.router.add_get("/favicon.ico", favicon, name="favicon")


async def sign_in(request: web.Request) -> web.Response:
    following = request.query.get("next", "")
    following = following if is_local(following) else ""
    if request.get(IDENTITY) is not None:
        return go(following or "/")
    context = {
        "next": following,
        "message": UNSENT if "unsent" in request.query else "",
        "sandbox": bool(request.app[SITE].sandbox_url),
        "theme": "auto",
    }
    return html(request, "signin.html", context)


async def error_page(request: web.Request, view: ErrorView) -> web.Response:
    """For whoever meets an error at a page; who is signed in keeps the frame, and so the way to everything else."""
    identity = request.get(IDENTITY)
    reads = request.method == hdrs.METH_GET
    is_sign_in = reads and request.path.startswith("/auth/")
    if view.status == 401 and reads and not is_partial(request):
        asked = f"?next={quote(request.path_qs, safe='/')}" if is_local(request.path) else ""
        return go(f"{SIGN_IN_PATH}{asked}")
    if not reads and is_partial(request):
        return html(request, "_answer.html", {"flash": Flash(_in_plain_words(view), bad=True)}, status=view.status)
    context = {
        "title": "The sign-in did not work" if is_sign_in and view.status == 400 else view.title,
        "text": _in_plain_words(view),
        "again": view.again or (_again(request) if (view.status in PASSING and reads) or is_sign_in else ""),
        "back": "" if reads else page_left(request),
        "status": view.status,
        "code": view.code,
        "request_id": view.request_id,
        "theme": identity.user.theme if identity else "auto",
    }
    if identity is not None and identity.session is not None and not is_partial(request) and view.status < 500:
        context = (await visit(request)).context("", None) | context
    return html(request, "error.html", context, status=view.status)


def _in_plain_words(view: ErrorView) -> str:
    """Programs are told more exactly."""
    if view.code == "CSRF":
        return UNTRUSTED
    return NOWHERE if view.text == NotFound().sentence else view.text


def _again(request: web.Request) -> str:
    """The same address; a sign-in that came back half done is begun anew, since its code is used up."""
    if request.path.startswith("/auth/"):
        return SIGN_IN_PATH
    return request.path_qs if is_local(request.path_qs) else "/"


async def navigation(request: web.Request) -> web.Response:
    """The rail or the tabs with their numbers as they are now."""
    here = await visit(request)
    section, account_id = request.query.get("section", "")[:20], here.account_id
    if request.match_info["name"] == "rail":
        paused = shell.is_all_paused(shell.pauses(here.user, here.overview, here.reader))
        nav = shell.rail(here.overview, here.reader, section=section, account_id=account_id, is_paused=paused)
    else:
        nav = shell.tabs(here.overview, here.reader, section=section, account_id=account_id)
    return here.fragment("_nav.html", nav=nav)


async def pause_news(request: web.Request) -> web.Response:
    """What stands still now, after it changed somewhere else. `next`: the page that asks."""
    here = await visit(request)
    following = request.query.get("next", "")
    framed = shell.shell_of(
        here.user, here.overview, here.reader, section="", here=following if is_local(following) else "/"
    )
    return here.fragment("_pause_news.html", shell=framed)


async def account_colors(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    accounts = (await request.app[READS].overview(user.id)).visible
    headers = {hdrs.CACHE_CONTROL: f"private, max-age={YEAR if 'v' in request.query else 0}"}
    return web.Response(text=shell.account_colors(accounts), content_type="text/css", headers=headers)


async def favicon(request: web.Request) -> web.Response:
    return web.Response(
        status=301, headers={hdrs.LOCATION: "/static/favicon.svg", hdrs.CACHE_CONTROL: "max-age=86400"}
    )
