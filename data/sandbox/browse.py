"""The browse endpoints, fed by what was published and by an invented community."""

import re

from aiohttp import web

from data.sandbox import render
from data.sandbox.answers import answer, invalid_fields, invalid_request
from data.sandbox.community import PEOPLE, TOPICS, daily_picks, topic_of
from data.sandbox.forms import Form, cursor_page_of, page_of, read_form
from data.sandbox.gallery import for_viewer
from data.sandbox.guard import Call, api
from data.sandbox.records import Deviation

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def routes() -> list[web.RouteDef]:
    return [
        api("GET", "browse/home", home, "browse"),
        api("GET", "browse/dailydeviations", daily, "browse"),
        api("GET", "browse/deviantsyouwatch", watching, "browse", user=True),
        api("GET", "browse/tags", tags, "browse"),
        api("GET", "browse/tags/search", tag_search, "browse"),
        api("GET", "browse/topic", topic, "browse"),
        api("GET", "browse/topics", topics, "browse"),
        api("GET", "browse/toptopics", top_topics, "browse"),
        api("GET", "browse/morelikethis/preview", more_like_this, "browse", "browse.mlt"),
    ]


def _all(call: Call, form: Form) -> list[Deviation]:
    return for_viewer(call.world.everything(), form)


def _shown(call: Call, works: list[Deviation]) -> list[dict[str, object]]:
    return [render.deviation(call.world, call.base, work) for work in works]


async def home(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    query = form.text("q").lower()
    works = [work for work in _all(call, form) if query in work.title.lower() or query in work.tags]
    page, facts = page_of(form, works, most=50, default=10)
    return answer({**facts, "results": _shown(call, page)})


async def daily(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    today = call.world.local_time(call.world.now()).strftime("%Y-%m-%d")
    day = form.text("date") or today
    if not _DAY.match(day):
        raise invalid_fields({"date": "date must be YYYY-MM-DD"})
    picks = daily_picks(for_viewer(list(call.world.community.values()), form), day)
    results = [
        shown
        | {
            "daily_deviation": {
                "body": "Picked by nobody, for everybody.",
                "time": f"{day}T00:00:00+0000",
                "giver": render.person(call.world, call.base, PEOPLE[0]),
            }
        }
        for shown in _shown(call, picks)
    ]
    return answer({"results": results, "has_more": False})


async def watching(call: Call) -> web.StreamResponse:
    """Each sample artist watches a few of the invented people, chosen by name."""
    form = await read_form(call.request)
    first = sum(map(ord, call.me)) % len(PEOPLE)
    watched = {PEOPLE[(first + step) % len(PEOPLE)] for step in range(5)}
    works = [work for work in _all(call, form) if work.username in watched]
    page, facts = page_of(form, works, most=50, default=10)
    return answer({**facts, "results": _shown(call, page)})


async def tags(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    tag = form.required("tag").lower()
    works = [work for work in _all(call, form) if tag in (own.lower() for own in work.tags)]
    if form.text("mode") == "popular":
        works.sort(key=lambda work: -render.stats(call.world, work)["favourites"])
    page, facts = cursor_page_of(form, works, most=50, default=10)
    return answer({**facts, "results": _shown(call, page)})


async def tag_search(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    start = form.required("tag_name").replace(" ", "").lower()
    if len(start) < 3:
        raise invalid_fields({"tag_name": "tag_name must have at least 3 characters"})
    known = {tag.lower() for work in call.world.everything() for tag in work.tags}
    found = sorted(tag for tag in known if tag.startswith(start))[:10]
    return answer({"results": [{"tag_name": tag} for tag in found]})


async def topic(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    name = form.required("topic")
    if name not in dict(TOPICS):
        raise invalid_request("Topic not found.")
    works = [work for work in _all(call, form) if topic_of(work) == name]
    page, facts = cursor_page_of(form, works, most=24, default=10)
    return answer({**facts, "results": _shown(call, page)})


async def topics(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    page, facts = cursor_page_of(form, list(TOPICS), most=10, default=10)
    return answer({**facts, "results": [_topic(call, name, title) for name, title in page]})


async def top_topics(call: Call) -> web.StreamResponse:
    return answer({"results": [_topic(call, name, title) for name, title in TOPICS[:4]]})


def _topic(call: Call, name: str, title: str) -> dict[str, object]:
    examples = [work for work in call.world.community.values() if topic_of(work) == name and not work.is_mature]
    return {"name": title, "canonical_name": name, "example_deviations": _shown(call, examples[:4])}


async def more_like_this(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    seed = call.world.find_work(form.required("seed"))
    if seed is None:
        raise invalid_request("Deviation not found.")
    others = [work for work in _all(call, form) if work.deviationid != seed.deviationid]
    same_artist = [work for work in others if work.username == seed.username][:6]
    wanted = {tag.lower() for tag in seed.tags}
    alike = [work for work in others if work.username != seed.username]
    alike.sort(key=lambda work: -len(wanted & {tag.lower() for tag in work.tags}))
    from_da: list[dict[str, object]] = list(_shown(call, alike[:10]))
    # The real answer holds a few that are only an id: callers must fetch those one by one.
    for sparse in from_da[-2:]:
        for name in set(sparse) - {"deviationid", "is_deleted"}:
            del sparse[name]
    return answer(
        {
            "seed": seed.deviationid,
            "author": render.person(call.world, call.base, seed.username),
            "more_from_artist": _shown(call, same_artist),
            "more_from_da": from_da,
            "suggested_collections": [],
        }
    )
