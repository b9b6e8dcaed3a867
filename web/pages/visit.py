"""What every page begins with: who looks, from where, and the frame around what they see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from core.actor import Actor
from core.errors import NotSignedIn
from core.ports import Overview
from core.posts.post import Post
from core.users import Session, User
from web.auth import masked
from web.keys import CLOCK, IDENTITY, READS, SIGN_IN_PATH, SITE
from web.pages.flash import FLASH_COOKIE, Flash, carry, is_local, unpack
from web.pages.rows import Reader
from web.pages.shell import shell_of
from web.pages.templates import Templates

# Rooms with a search of their own: their words are none of the search for posts in the header.
OWN_SEARCH = frozenset(("admin", "automations", "folders", "inspiration", "keys", "series"))
TEMPLATES = web.AppKey("templates", Templates)


@dataclass(frozen=True)
class Visit:
    """A signed-in person at a page."""

    request: web.Request
    user: User
    session: Session
    now: datetime
    overview: Overview

    @cached_property
    def place(self) -> ZoneInfo:
        return ZoneInfo(self.user.time_zone)

    @cached_property
    def reader(self) -> Reader:
        accounts = {account.id: account for account in self.overview.visible}
        kept = timedelta(days=self.request.app[SITE].rules().trash_days)
        only_reviewed = accounts.keys() - {account.id for account in self.overview.editable}
        owners = {one.account.id: one.owner for one in self.overview.shared}
        return Reader(self.now, self.place, accounts, kept, frozenset(only_reviewed), owners)

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, self.user.name)

    @property
    def here(self) -> str:
        return self.request.path_qs

    @property
    def account_id(self) -> int | None:
        """The account that a page is narrowed to: one of theirs, or one that is shared with them."""
        wanted = self.request.query.get("account_id", "")
        return next((a.id for a in self.overview.visible if str(a.id) == wanted), None)

    @property
    def shared_id(self) -> int | None:
        """The account that a page is narrowed to, where it is somebody else's."""
        return next((one.account.id for one in self.overview.shared if one.account.id == self.account_id), None)

    def shared_account(self, post: Post) -> int | None:
        """The account of a post of somebody else, beyond which the reader sees nothing."""
        return None if post.user_id == self.user.id else post.account_id

    @property
    def _everybody(self) -> str:
        """This page as it is, of no account in particular and from its beginning."""
        kept = [(k, v) for k, v in self.request.query.items() if k not in {"account_id", "cursor"}]
        return f"{self.request.path}?{urlencode(kept)}" if kept else self.request.path

    def context(self, section: str, page: object, **more: object) -> dict[str, Any]:
        shell = shell_of(
            self.user,
            self.overview,
            self.reader,
            section=section,
            path=self._everybody,
            here=self.here if self.request.method == hdrs.METH_GET else "/",
            account_id=self.account_id,
            query=self.request.query.get("q", "")[:200] if section not in OWN_SEARCH else "",
            sandbox_url=self.request.app[SITE].sandbox_url,
        )
        return {
            "shell": shell,
            "csrf": self.session.csrf_token,
            "theme": self.user.theme,
            "zone_unsaid": not self.user.zone_chosen,
            "page": page,
            "flash": unpack(self.request.cookies.get(FLASH_COOKIE)),
            **more,
        }

    def show(self, template: str, section: str, page: object, *, status: int = 200, **more: object) -> web.Response:
        """The whole page."""
        response = html(self.request, template, self.context(section, page, **more), status=status)
        if FLASH_COOKIE in self.request.cookies:
            response.del_cookie(FLASH_COOKIE)
        return response

    def fragment(self, template: str, **context: object) -> web.Response:
        """A piece of a page, with what its forms need."""
        return html(self.request, template, {"csrf": self.session.csrf_token, **context})


async def visit(request: web.Request) -> Visit:
    """Raises a redirect to the sign-in page for somebody who is not signed in."""
    user, session = signed_in(request)
    wanted = request.query.get("account_id", "")
    account_id = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
    overview = await request.app[READS].overview(user.id, account_id=account_id)
    return Visit(request, user, session, request.app[CLOCK].now(), overview)


def signed_in(request: web.Request) -> tuple[User, Session]:
    identity = request.get(IDENTITY)
    if identity is None or identity.session is None:
        raise _to_sign_in(request)
    return identity.user, identity.session


def _to_sign_in(request: web.Request) -> Exception:
    """Scripts are told; everybody else is led there, and back to the page on which they were."""
    if wants_json(request):
        return NotSignedIn("You are signed out. Sign in in another window, then try again here.")
    reads = request.method == hdrs.METH_GET
    back = request.path_qs if reads and not is_partial(request) else page_left(request)
    asked = ([] if back == "/" else [f"next={quote(back, safe='/')}"]) + ([] if reads else ["unsent=1"])
    where = f"{SIGN_IN_PATH}?{'&'.join(asked)}" if asked else SIGN_IN_PATH
    if is_partial(request):
        return web.HTTPNoContent(headers={"HX-Redirect": where})
    return web.HTTPSeeOther(where)


def page_left(request: web.Request) -> str:
    """The page whose form or script asks."""
    path = urlsplit(request.headers.get(hdrs.REFERER, "")).path
    return path if path and is_local(path) else "/"


def is_partial(request: web.Request) -> bool:
    """Asked for by htmx, for a piece of the page."""
    return request.headers.get("HX-Request") == "true"


def wants_json(request: web.Request) -> bool:
    return request.headers.get(hdrs.ACCEPT, "").startswith("application/json")


def html(request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> web.Response:
    given = {"instance_name": request.app[SITE].name, **context}
    if "csrf" in given:
        given["csrf"] = masked(given["csrf"])
    text = request.app[TEMPLATES].render(template, given)
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    return response


def go(path: str, flash: Flash | None = None, *, request: web.Request | None = None) -> web.Response:
    """Back to a page of ours after a change, with a message for it. Foreign addresses lead home."""
    where = path if is_local(path) else "/"
    if request is not None and is_partial(request):  # an undo in a message: the page around it is what changed
        response = web.Response(status=204, headers={"HX-Redirect": where})
    else:
        response = web.Response(status=303, headers={hdrs.LOCATION: where})
    if flash is not None:
        is_secure = request is not None and request.app[SITE].is_secure
        carry(response, flash, is_secure=is_secure)
    return response
