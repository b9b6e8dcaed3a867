"""Single works and the people behind them: deviation/*, user/*, comments and placebo."""

import re
from typing import Any

from aiohttp import web

from data.sandbox import render
from data.sandbox.answers import answer, invalid_fields, invalid_request, no_such_endpoint
from data.sandbox.forms import Form, read_form
from data.sandbox.guard import Call, api
from data.sandbox.records import Deviation
from data.sandbox.stash import edited

_UUID = re.compile(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")
_EXTRAS = ("ext_submission", "ext_camera", "ext_stats", "ext_collection", "ext_gallery")


def routes() -> list[web.RouteDef]:
    return [
        api("GET", "placebo", placebo),
        api("POST", "placebo", placebo),
        api("GET", "user/whoami", whoami, "user", user=True),
        api("GET", "user/profile/{username}", profile, "browse"),
        api("GET", "deviation/metadata", metadata, "browse"),
        api("POST", "deviation/metadata", metadata, "browse"),
        api("GET", "deviation/{deviationid}", deviation, "browse"),
        api("GET", "deviation/download/{deviationid}", download, "browse"),
        api("POST", "deviation/edit/{deviationid}", edit, "stash", "publish", user=True),
        api("POST", "comments/post/deviation/{deviationid}", comment, "comment.post", user=True),
        api("GET", "comments/deviation/{deviationid}", comments, "browse"),
    ]


async def placebo(call: Call) -> web.StreamResponse:
    return answer({"status": "success"})


async def whoami(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    return answer(render.person(call.world, call.base, call.me) | _expanded(call, call.me, form))


def _expanded(call: Call, username: str, form: Form) -> dict[str, Any]:
    wanted = form.text("expand").split(",")
    found: dict[str, Any] = {}
    if "user.details" in wanted:
        found["details"] = {"sex": None, "age": None, "joindate": "2019-05-04T12:00:00+0000"}
    if "user.geo" in wanted:
        found["geo"] = {"country": "Nowhere", "countryid": 0, "timezone": "UTC"}
    if "user.profile" in wanted:
        found["profile"] = {"user_is_artist": True, "artist_level": "Hobbyist", "artist_speciality": None}
    if "user.stats" in wanted:
        found["stats"] = {"watchers": len(username) * 17, "friends": len(username)}
    return found


async def profile(call: Call) -> web.StreamResponse:
    username = call.request.match_info["username"]
    form = await read_form(call.request)
    if not call.world.has_person(username):
        raise invalid_request("User not found.")
    works = call.world.gallery_of(username)
    body: dict[str, Any] = {
        "user": render.person(call.world, call.base, username),
        "is_watching": False,
        "profile_url": f"{call.base}/{username.lower()}",
        "user_is_artist": True,
        "artist_level": "Hobbyist",
        "artist_specialty": "Digital Art",
        "real_name": "",
        "tagline": "Nobody you could meet",
        "countryid": 0,
        "country": "Nowhere",
        "website": "",
        "bio": "An invented artist of the sandbox.",
        "cover_photo": None,
        "last_status": None,
        "stats": {
            "user_deviations": len(works),
            "user_favourites": 0,
            "user_comments": 0,
            "profile_pageviews": len(works) * 31,
            "profile_comments": 0,
        },
    }
    if form.flag("ext_collections", False):
        body["collections"] = []
    if form.flag("ext_galleries", False):
        folders = call.world.folders_of(username)
        body["galleries"] = [
            {"folderid": folder.folderid, "parent": folder.parent, "name": folder.name} for folder in folders
        ]
    return answer(body)


def _work(call: Call, deviationid: str) -> Deviation:
    if not _UUID.match(deviationid):
        raise no_such_endpoint()
    work = call.world.find_work(deviationid)
    if work is None:
        raise invalid_request("Deviation not found.", status=404)
    return work


async def deviation(call: Call) -> web.StreamResponse:
    work = _work(call, call.request.match_info["deviationid"])
    return answer(render.deviation(call.world, call.base, work))


async def metadata(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    wanted = form.many("deviationids")
    extras = [name for name in _EXTRAS if form.flag(name, False)]
    if not wanted:
        raise invalid_fields({"deviationids": "deviationids is required"})
    most = 10 if extras else 50
    if len(wanted) > most:
        raise invalid_fields({"deviationids": f"deviationids can hold at most {most} ids"})
    found = [call.world.find_work(deviationid) for deviationid in wanted]
    shown = [
        render.metadata(call.world, call.base, work, extras)
        for work in found
        if work is not None and not work.deleted
    ]
    return answer({"metadata": shown})


async def download(call: Call) -> web.StreamResponse:
    work = _work(call, call.request.match_info["deviationid"])
    mine = call.username is not None and call.username.lower() == work.username.lower()
    if work.deleted or not (work.allow_free_download or mine):
        raise invalid_request("Deviation not downloadable.")
    full = render.picture(call.world, call.base, work, "full")
    return answer(
        {
            "src": full["src"],
            "filename": work.filename,
            "width": full["width"],
            "height": full["height"],
            "filesize": work.bytes,
        }
    )


async def edit(call: Call) -> web.StreamResponse:
    """The full new state: fields left out are cleared. Fresh works may not be found, if the switch says so."""
    form = await read_form(call.request)
    work = _work(call, call.request.match_info["deviationid"])
    fresh = call.world.now() - work.published_at < call.world.switches.fresh_edit_seconds
    if fresh or work.deleted or work.username.lower() != call.me.lower():
        raise invalid_request("Deviation not found")
    for name, value in edited(work, form).items():
        setattr(work, name, value)
    work.edits += 1
    call.world.keep_deviation(work)
    await call.world.settled()
    return answer({"status": "success", "url": render.page_url(call.base, work), "deviationid": work.deviationid})


async def comment(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    work = _work(call, call.request.match_info["deviationid"])
    body = form.required("body")
    if not work.allow_comments or work.deleted:
        raise invalid_request("Comments are not allowed on this deviation.")
    made = call.world.add_comment(work, call.me, body, form.text("commentid") or None)
    await call.world.settled()
    return answer(_comment(call, made.commentid, made.parentid, made.username, made.body, made.posted_at))


async def comments(call: Call) -> web.StreamResponse:
    work = _work(call, call.request.match_info["deviationid"])
    thread = [
        _comment(call, kept.commentid, kept.parentid, kept.username, kept.body, kept.posted_at)
        for kept in call.world.comments
        if kept.deviationid == work.deviationid
    ]
    return answer({"has_more": False, "next_offset": None, "total": len(thread), "thread": thread})


def _comment(
    call: Call, commentid: str, parentid: str | None, username: str, body: str, posted_at: float
) -> dict[str, Any]:
    posted = call.world.local_time(posted_at).strftime("%Y-%m-%dT%H:%M:%S%z")
    return {
        "commentid": commentid,
        "parentid": parentid,
        "posted": posted,
        "replies": 0,
        "hidden": None,
        "body": body,
        "user": render.person(call.world, call.base, username),
    }
