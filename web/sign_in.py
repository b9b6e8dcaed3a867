"""Signing in through DeviantArt, adding an account, signing out."""

import re
from collections.abc import Sequence

from aiohttp import hdrs, web

from core.account import Account, reconnect_path
from core.errors import ExternalError, Malformed, NotAllowed, NotFound, NotSignedIn, Refused
from core.identities import SESSION_KEPT
from core.people.people import NoRoom, NotInvited
from core.published.errands import COMMENT_SCOPE
from core.sign_in import SIGN_IN_LASTS, WrongAccount
from web.auth import CSRF_HEADER, check_csrf, forget_cookie, session_cookie
from web.bodies import read_form_fields
from web.headers import header
from web.keys import ERROR_PAGE, IDENTITY, REQUEST_ID, SERVICES, SIGN_INS, SITE, ErrorView
from web.pages.flash import Flash, carry

LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]{0,500}")
LONGEST_FIELD = 4096


def local_path(given: str | None) -> str:
    """*given* when it leads to a page of ours; else the home page. No host, no scheme, no backslash."""
    return given if given and LOCAL_PATH.fullmatch(given) else "/"


async def begin(request: web.Request) -> web.Response:
    """`GET /auth/deviantart`, with `?link=1` to add an account and `?next=` to come back somewhere.

    `?ask=comments` also asks for leave to comment, which an account that has it once keeps when it is linked again.
    `?account=<id>` reconnects that account and no other; `?invite=<token>` is what an invitation's link ended with.
    """
    site = request.app[SITE]
    link_user_id, account_id = None, None
    more_scopes = (COMMENT_SCOPE,) if request.query.get("ask") == "comments" else ()
    if request.query.get("link") in {"1", "true", "yes"}:
        identity = request.get(IDENTITY)
        if identity is None or identity.session is None:
            raise NotSignedIn("Sign in before you add another account.")
        link_user_id = identity.user.id
        accounts = await request.app[SERVICES].reads.accounts(link_user_id)
        if any(COMMENT_SCOPE in account.scopes for account in accounts):
            more_scopes = (COMMENT_SCOPE,)
        if wanted := request.query.get("account"):
            account_id = await _theirs(request, wanted, accounts, link_user_id)
    departure = await request.app[SIGN_INS].depart(
        next_path=local_path(request.query.get("next")),
        link_user_id=link_user_id,
        more_scopes=more_scopes,
        invite=request.query.get("invite", "")[:200] or None,
        account_id=account_id,
    )
    response = web.Response(status=303, headers={hdrs.LOCATION: departure.url})
    response.set_cookie(
        _browser_cookie(is_secure=site.is_secure),
        departure.browser_secret,
        max_age=int(SIGN_IN_LASTS.total_seconds()),
        httponly=True,
        secure=site.is_secure,
        samesite="Lax",
        path="/",
    )
    return response


async def finish(request: web.Request) -> web.Response:
    """`GET /auth/deviantart/callback`: where DeviantArt sends the browser back to."""
    site, sign_ins = request.app[SITE], request.app[SIGN_INS]
    browser_cookie = _browser_cookie(is_secure=site.is_secure)
    state, code = request.query.get("state", ""), request.query.get("code", "")
    if not state or len(state) > LONGEST_FIELD or len(code) > LONGEST_FIELD:
        raise Malformed("This sign-in cannot be read. Please start again.")
    sign_in = await sign_ins.take(state, request.cookies.get(browser_cookie, ""))
    if sign_in.link_user_id is not None:
        _still_the_same_person(request, sign_in.link_user_id)
    if "error" in request.query:
        raise NotAllowed("DeviantArt says that the sign-in was declined. Nothing was changed; you can start again.")
    if not code:
        raise Malformed("DeviantArt sent no sign-in code back. Please start again.")
    try:
        arrival = await sign_ins.arrive(sign_in, code=code, user_agent=header(request, hdrs.USER_AGENT))
    except Refused as error:
        raise Malformed("DeviantArt did not accept this sign-in code: it works once. Please start again.") from error
    except ExternalError as error:
        raise SignInFailed from error
    except (NotInvited, NoRoom) as error:
        return await _turned_away(request, error)
    except WrongAccount as error:
        return await _turned_away(
            request, error, again=reconnect_path(sign_in.account_id) if sign_in.account_id else ""
        )
    if arrival.is_first_visit and (welcome := request.app[SERVICES].welcome) is not None:
        await welcome(arrival.user.id)
    response = web.Response(status=303, headers={hdrs.LOCATION: local_path(arrival.next_path)})
    forget_cookie(response, browser_cookie, is_secure=site.is_secure)
    if arrival.added:
        carry(response, Flash(f"{arrival.added} is connected."), is_secure=site.is_secure)
    if arrival.session_token is not None:
        await _end_former_session(request)
        _set_session(response, arrival.session_token, is_secure=site.is_secure)
    return response


async def _theirs(request: web.Request, given: str, accounts: Sequence[Account], user_id: int) -> int:
    """The account of that id, when it belongs to the person who asks. Raises `NotFound` otherwise, and `NotAllowed`
    for whom it is shared with: a button in a Discord channel is seen by everybody there."""
    found = next((one for one in accounts if str(one.id) == given and one.user_id == user_id), None)
    if found is None:
        shared = (await request.app[SERVICES].reads.overview(user_id)).shared
        if one := next((one for one in shared if str(one.account.id) == given), None):
            raise NotAllowed(f"Only {one.owner}, whose account {one.account.username} is, can connect it again.")
        raise NotFound
    return found.id


_AWAY = {
    NotInvited: "You need an invitation",
    NoRoom: "There is no room left",
    WrongAccount: "That is another DeviantArt account",
}


async def _turned_away(request: web.Request, error: NotAllowed, *, again: str = "") -> web.Response:
    """A page that says kindly what to do; nothing of the visit was kept."""
    view = ErrorView(403, _AWAY[type(error)], error.sentence, error.code, request[REQUEST_ID], again)
    response = await request.app[ERROR_PAGE](request, view)
    is_secure = request.app[SITE].is_secure
    forget_cookie(response, _browser_cookie(is_secure=is_secure), is_secure=is_secure)
    return response


class SignInFailed(ExternalError):
    """DeviantArt could not be asked; the state is used up, so the person starts again."""

    def __init__(self) -> None:
        super().__init__("deviantart", "sign-in could not be finished")


async def sign_out(request: web.Request) -> web.Response:
    """`POST /auth/logout`: from a form or with the header."""
    site = request.app[SITE]
    identity = request.get(IDENTITY)
    response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
    if identity is not None and identity.session is not None:
        given = request.headers.get(CSRF_HEADER)
        if given is None:
            field = (await read_form_fields(request)).get("csrf_token")
            given = field if isinstance(field, str) else None
        check_csrf(identity.session, given)
        await _end_former_session(request)
    forget_cookie(response, session_cookie(is_secure=site.is_secure), is_secure=site.is_secure)
    return response


def _browser_cookie(*, is_secure: bool) -> str:
    return "__Host-isekai_sign_in" if is_secure else "isekai_sign_in"


def _still_the_same_person(request: web.Request, user_id: int) -> None:
    identity = request.get(IDENTITY)
    if identity is None or identity.user.id != user_id:
        raise NotAllowed("You signed out or changed meanwhile. Sign in and add the account again.")


async def _end_former_session(request: web.Request) -> None:
    """A session id from before never becomes somebody's: the one that was there ends."""
    former = request.cookies.get(session_cookie(is_secure=request.app[SITE].is_secure))
    if former:
        await request.app[SIGN_INS].end_session(former)


def _set_session(response: web.Response, token: str, *, is_secure: bool) -> None:
    response.set_cookie(
        session_cookie(is_secure=is_secure),
        token,
        max_age=int(SESSION_KEPT.total_seconds()),
        httponly=True,
        secure=is_secure,
        samesite="Lax",
        path="/",
    )


def add_sign_in_routes(app: web.Application) -> None:
    app.router.add_get("/auth/deviantart", begin)
    app.router.add_get("/auth/deviantart/callback", finish)
    app.router.add_post("/auth/logout", sign_out)
