"""Connect a program: the exact settings for each known kind, and what the first call looks like when it comes."""

import json
from dataclasses import dataclass

from aiohttp import web

from core.programs.calls import Call
from core.scopes import Scope
from web.keys import KEYS, PROGRAMS, SITE
from web.pages.moments import Moment
from web.pages.visit import Visit, visit

SHOWN = "YOUR_KEY"


@dataclass(frozen=True, slots=True)
class Program:
    """`settings`: what to write where; each value can be copied."""

    name: str
    text: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CallView:
    id: int
    at: Moment
    status: int
    is_good: bool
    path: str
    came: str
    agent: str
    address: str
    took: str
    read_as: str
    answer: str


@dataclass(frozen=True, slots=True)
class KeyChoice:
    id: int
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ConnectPage:
    programs: tuple[Program, ...]
    keys: tuple[KeyChoice, ...]
    key_id: int | None
    calls: tuple[CallView, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/connect", connect)
    app.router.add_get(r"/connect/{key_id:\d{1,18}}/calls", calls)


async def connect(request: web.Request) -> web.Response:
    here = await visit(request)
    keys = await request.app[KEYS].of(here.user)
    held = [key for key in keys if Scope.UPLOAD in key.scopes and key.revoked_at is None]
    wanted = request.query.get("key_id", "")
    chosen = next((key for key in held if str(key.id) == wanted), held[0] if held else None)
    page = ConnectPage(
        programs=programs_at(request.app[SITE].public_url),
        keys=tuple(KeyChoice(key.id, f"{key.name} ({key.prefix}…)", key is chosen) for key in held),
        key_id=chosen.id if chosen else None,
        calls=await calls_of(here, chosen.id) if chosen else (),
    )
    return here.show("connect.html", "keys", page)


async def calls(request: web.Request) -> web.Response:
    """The list alone, asked for again and again while the page is open."""
    here = await visit(request)
    key_id = int(request.match_info["key_id"])
    return here.fragment("_calls.html", calls=await calls_of(here, key_id), key_id=key_id)


async def calls_of(here: Visit, key_id: int) -> tuple[CallView, ...]:
    """The last calls of a key of this person's, newest first."""
    found = await here.request.app[PROGRAMS].calls.of_key(key_id, user_id=here.user.id)
    return tuple(_view(here, call) for call in found)


def _view(here: Visit, call: Call) -> CallView:
    return CallView(
        call.id,
        here.reader.moment(call.at),
        call.status,
        call.status < 400,
        f"{call.method} {call.path}",
        call.came,
        call.agent,
        call.address,
        f"{call.took_ms:,} ms",
        json.dumps(dict(call.read_as), indent=2, ensure_ascii=False) if call.read_as else "",
        call.answer,
    )


def programs_at(url: str) -> tuple[Program, ...]:
    upload, hook, header = f"{url}/api/comfyui/upload", f"{url}/hook/{SHOWN}", f"Bearer {SHOWN}"
    return (
        Program(
            "ComfyUI: Send to Isekai",
            "The node in integrations/comfyui. Copy that folder into custom_nodes and restart ComfyUI.",
            (("Where ComfyUI starts", f"ISEKAI_KEY={SHOWN}"), ("And", f"ISEKAI_URL={url}")),
        ),
        Program(
            "ComfyUI: another upload node",
            "Any node that sends pictures by HTTP: as a form, as the body, or as base64 in JSON.",
            (("Address", upload), ("Header Authorization", header), ("If it knows no headers", hook)),
        ),
        Program(
            "Programs made for Discord webhooks",
            "Where a program asks for a Discord webhook, give it this address instead.",
            (("Webhook address", hook),),
        ),
        Program(
            "ShareX and other upload tools",
            "A custom uploader: method POST, body as form data, file field named file.",
            (("Request URL", upload), ("Header Authorization", header), ("URL in the answer", "{json:url}")),
        ),
        Program(
            "A script",
            "Answers with the id and the page of the new post.",
            (
                ("curl", f'curl -H "Authorization: {header}" -F file=@picture.png -F title=Dawn {upload}'),
                ("Without a header", f"curl -F file=@picture.png {hook}"),
            ),
        ),
        Program(
            "A calendar program",
            "Subscribe to this address. The key needs the scope “calendar”.",
            (("Address", f"{url}/calendar.ics?key={SHOWN}"),),
        ),
        Program(
            "Anything else",
            "Everything the dashboard does.",
            (("Reference", f"{url}/reference"), ("OpenAPI", f"{url}/api/openapi.json")),
        ),
    )
