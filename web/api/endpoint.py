"""One call of the API, as the route table and OpenAPI see it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from core.scopes import Scope
from core.users import Identity
from web.requests import Request

Handler = Callable[[web.Request, Identity], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`answers` names a schema of `openapi.py`, and `gives` the kind of an answer that is none of JSON.

    `form` says that files may come as multipart, `parts` the names of its parts. `raw` is the kind of a body that
    is a picture and nothing else. `idempotent`: with the same `Idempotency-Key` it is 200 and what was made first.
    `tagged`: it answers 304 to who has its `ETag` already.
    What `query` names may be left out, but for what `asks` names; what stands before a dot there tells two apart.
    """

    method: str
    path: str
    handler: Handler
    scope: Scope
    summary: str
    answers: str = "Post"
    status: int = 200
    body: type[Request] | None = None
    form: bool = False
    errors: tuple[int, ...] = ()
    query: tuple[str, ...] = ()
    idempotent: bool = False
    tagged: bool = False
    asks: tuple[str, ...] = ()
    parts: tuple[str, ...] = ("file",)
    raw: str = ""
    gives: str = ""
