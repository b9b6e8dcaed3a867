"""What a browser sees: the authorize page, the public gallery, a work, the fault switches.

Plain pages without scripts. Every one says that it is an imitation.
"""

from collections.abc import Iterable
from html import escape

from aiohttp import web

from data.sandbox import render
from data.sandbox.keys import FAULTS, PICTURES, WORLD
from data.sandbox.records import Deviation

_PAGE_SIZE = 60
_STYLE = """
:root{color-scheme:light dark;--ground:#fafaf8;--raised:#fff;--line:#d9d9d3;--ink:#1d1f1c;--soft:#5d615a;
--accent:#0b6b53}
@media(prefers-color-scheme:dark){:root{--ground:#141614;--raised:#1c1f1c;--line:#353a35;--ink:#eceee9;--soft:#a3a9a0;
--accent:#5fd3ae}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
a{color:inherit}main,header,footer{max-width:1200px;margin:0 auto;padding:16px 20px}h1{font-size:21px;margin:12px 0}
header{display:flex;gap:16px;align-items:baseline;flex-wrap:wrap}header a{font-weight:600;text-decoration:none}
.notice{background:var(--accent);color:var(--ground);text-align:center;padding:6px 20px;font-size:13px}
.soft,time,figcaption span{color:var(--soft)}.rows{display:flex;flex-wrap:wrap;gap:12px}
figure{margin:0;height:230px;flex:1 1 auto;position:relative;min-width:120px;max-width:460px}
figure img{width:100%;height:180px;object-fit:cover;border-radius:10px;display:block;background:var(--line)}
figure a{display:block;border-radius:10px;overflow:hidden}figure.mature img{filter:blur(18px)}
figure.mature:hover img,figure.mature:focus-within img{filter:none}
figcaption{padding:6px 2px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis}
.work img{max-width:100%;max-height:80vh;border-radius:10px;display:block;margin:0 auto;background:var(--line);
height:auto}
.tags{display:flex;flex-wrap:wrap;gap:6px;padding:0;list-style:none}.tags li{border:1px solid var(--line);
border-radius:6px;padding:1px 8px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px}dt{color:var(--soft)}
dd{margin:0}.card{max-width:520px;margin:6vh auto;background:var(--raised);border:1px solid var(--line);
border-radius:10px;padding:24px}form.artists{display:grid;grid-template-columns:repeat(auto-fill,minmax(140px,1fr));
gap:10px}button{font:inherit;color:inherit;background:var(--raised);border:1px solid var(--line);border-radius:6px;
padding:8px 12px;min-height:40px;cursor:pointer;display:flex;align-items:center;gap:10px}
button:hover{border-color:var(--accent)}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
button img{width:32px;height:32px;border-radius:50%}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line)}input,select{font:inherit;padding:6px;
background:var(--raised);color:inherit;border:1px solid var(--line);border-radius:6px}form.line{display:flex;gap:10px;
flex-wrap:wrap;align-items:end}label{display:grid;gap:2px;font-size:13px}.pre{white-space:pre-wrap}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", show_front),
        web.get("/_media/avatar/{username}.png", send_avatar),
        web.get("/_media/{deviationid}/{variant}", send_picture),
        web.get("/{username}", show_artist),
        web.get(r"/{username}/art/{slug:.*}-{number:\d+}", show_work),
    ]


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · sandbox</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>'
        '<div class="notice">An imitation for trying things out. Nothing here is the real DeviantArt, '
        "and nobody else can see it.</div>"
        f"{body}</body></html>"
    )
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def error_page(sentence: str, *, status: int) -> web.Response:
    return page(
        "Error", f'<div class="card"><h1>This does not work</h1><p>{escape(sentence)}</p></div>', status=status
    )


def authorize_page(artists: Iterable[str], scopes: Iterable[str], *, deny: str) -> web.Response:
    buttons = "".join(
        f'<button name="artist" value="{escape(name)}"><img src="/_media/avatar/{escape(name.lower())}.png" alt="">'
        f"{escape(name)}</button>"
        for name in artists
    )
    wishes = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    return page(
        "Who are you today?",
        '<main class="card"><h1>Who are you today?</h1>'
        "<p>The application asks to act for one of these sample artists. Choose one to allow it.</p>"
        f'<form method="post" class="artists">{buttons}</form>'
        f'<p class="soft">It asks for:</p><ul class="tags">{wishes}</ul>'
        f'<p><a href="{escape(deny)}">Do not allow it</a></p></main>',
    )


def _header() -> str:
    return (
        '<header><a href="/">Sandbox gallery</a><span class="soft">what was “published” so far</span>'
        '<a href="/_sandbox/">Faults</a></header>'
    )


def _figures(request: web.Request, works: Iterable[Deviation]) -> str:
    return f'<div class="rows">{"".join(_figure(request, work) for work in works)}</div>'


def _figure(request: web.Request, work: Deviation) -> str:
    world = request.app[WORLD]
    width, height = render.shown_size(work, "t300")
    src = render.signed("", f"/_media/{work.deviationid}/t300", world.now())
    basis = max(120, min(460, round(180 * width / max(height, 1))))
    return (
        f'<figure class="{"mature" if work.is_mature else ""}" style="flex-basis:{basis}px">'
        f'<a href="{escape(render.page_url("", work))}"><img src="{src}" alt="{escape(work.title)}" loading="lazy" '
        f'width="{width}" height="{height}"></a>'
        f"<figcaption>{escape(work.title)}<br><span>{escape(work.username)}</span> {_time(request, work)}"
        "</figcaption></figure>"
    )


def _time(request: web.Request, work: Deviation) -> str:
    at = request.app[WORLD].local_time(work.published_at)
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%d %b %Y, %H:%M} UTC</time>'


async def show_front(request: web.Request) -> web.Response:
    newest = list(reversed(request.app[WORLD].deviations))
    shown = newest[:_PAGE_SIZE]
    count = f'<p class="soft">{len(newest)} published, newest first.</p>'
    inside = count + _figures(request, shown) if shown else "<p>Nothing has been published yet.</p>"
    return page("Gallery", f"{_header()}<main><h1>Published</h1>{inside}</main>")


async def show_artist(request: web.Request) -> web.Response:
    username = request.match_info["username"]
    world = request.app[WORLD]
    if not world.has_person(username):
        return error_page("There is nobody of that name.", status=404)
    works = [work for work in world.gallery_of(username) if not work.deleted][:_PAGE_SIZE]
    inside = _figures(request, works) if works else "<p>Nothing has been published yet.</p>"
    return page(username, f"{_header()}<main><h1>{escape(username)}</h1>{inside}</main>")


async def show_work(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    work = world.find_by_number(int(request.match_info["number"]))
    if work is None or work.deleted or work.username.lower() != request.match_info["username"].lower():
        return error_page("This work does not exist.", status=404)
    width, height = render.shown_size(work, "content")
    src = render.signed("", f"/_media/{work.deviationid}/content", world.now())
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in work.tags)
    facts = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in _facts(work))
    thread = "".join(
        f"<p><b>{escape(comment.username)}</b> {escape(comment.body)}</p>"
        for comment in world.comments
        if comment.deviationid == work.deviationid
    )
    return page(
        work.title,
        f'{_header()}<main class="work">'
        f'<img src="{src}" alt="{escape(work.title)}" width="{width}" height="{height}">'
        f"<h1>{escape(work.title)}</h1><p>by {escape(work.username)}, {_time(request, work)}</p>"
        f'<p class="pre">{escape(work.description)}</p><ul class="tags">{tags}</ul><dl>{facts}</dl>{thread}</main>',
    )


def _facts(work: Deviation) -> list[tuple[str, str]]:
    def word(value: bool | None) -> str:
        return "not said" if value is None else "yes" if value else "no"

    mature = word(work.is_mature)
    if work.is_mature:
        mature = ", ".join(filter(None, [work.mature_level, *work.mature_classification]))
    return [
        ("Mature", mature),
        ("AI-generated", word(work.is_ai_generated)),
        ("No AI", word(work.noai)),
        ("Comments", word(work.allow_comments)),
        ("Free download", word(work.allow_free_download)),
        ("Watermark", word(work.add_watermark)),
        ("License", render.license_name(work)),
        ("Size", f"{work.width} × {work.height}, {work.bytes / 1e6:.2f} MB"),
        ("Deviation", work.deviationid),
        ("Sta.sh item", work.itemid),
        ("SHA-256", work.sha256),
    ]


async def send_avatar(request: web.Request) -> web.Response:
    username = request.match_info["username"].lower()
    if not request.app[WORLD].has_person(username):
        raise web.HTTPNotFound
    data = await request.app[PICTURES].avatar(username)
    return web.Response(body=data, content_type="image/png", headers={"Cache-Control": "max-age=86400"})


async def send_picture(request: web.Request) -> web.StreamResponse:
    """Only with the signature that the API or a page gave out, and only for half a day."""
    world, pictures = request.app[WORLD], request.app[PICTURES]
    variant = request.match_info["variant"]
    if not render.is_signed(request.path, request.query.get("token", ""), world.now()):
        raise web.HTTPForbidden
    work = world.find_work(request.match_info["deviationid"])
    if work is None or work.deleted or variant not in ("full", "content", *render.LEVELS):
        raise web.HTTPNotFound
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    original = pictures.original(work)
    if original is not None and variant in ("full", "content"):
        return web.FileResponse(original, headers=headers)
    data = await pictures.shown(work, variant)
    return web.Response(body=data, content_type="image/jpeg", headers=headers)


def faults_page(request: web.Request) -> web.Response:
    """The switches for people; programs use the JSON of the same address."""
    from data.sandbox.faults import FAULT_NAMES

    rows = "".join(
        f"<tr><td>{escape(fault.pattern)}</td><td>{escape(fault.name)}</td>"
        f"<td>{'until switched off' if fault.remaining is None else fault.remaining}</td><td>{fault.fired}</td></tr>"
        for fault in request.app[FAULTS].armed
    )
    table = (
        f"<table><tr><th>Where</th><th>What</th><th>Left</th><th>Hit</th></tr>{rows}</table>"
        if rows
        else "<p>None.</p>"
    )
    options = "".join(f"<option>{name}</option>" for name in FAULT_NAMES)
    places = "".join(
        f"<option>{name}</option>"
        for name in ("stash/publish", "stash/submit", "gallery/*", "browse/*", "oauth2/token/*", "*")
    )
    recent = "".join(
        f"<tr><td>{escape(note.method)} {escape(note.endpoint)}</td><td>{escape(note.username or '')}</td>"
        f"<td>{note.status or 'no answer'}</td><td>{escape(note.fault or '')}</td></tr>"
        for note in list(request.app[WORLD].requests)[-15:][::-1]
    )
    return page(
        "Faults",
        f"{_header()}<main><h1>Let something go wrong</h1>"
        '<form method="post" action="/_sandbox/faults" class="line">'
        f'<label>Where<select name="on">{places}</select></label>'
        f'<label>What<select name="do">{options}</select></label>'
        '<label>How often<input name="times" type="number" min="1" max="1000" value="1"></label>'
        "<button>Arm</button></form><h1>Armed</h1>"
        f'{table}<form method="post" action="/_sandbox/faults" class="line">'
        '<input type="hidden" name="clear" value="1">'
        "<button>Switch all off</button></form>"
        f"<h1>Last requests</h1><table>{recent}</table></main>",
    )
