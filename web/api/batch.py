"""One verb to many posts, a preview of an edit, and the way back: the same use case as the dashboard's."""

from typing import Any

from aiohttp import hdrs, web

from core.bulk.bulks import CarriedOut, Selection
from core.bulk.change import Action, Change, Lists, Texts
from core.bulk.ports import Bulk, Item, Outcome
from core.bulk.preview import Line
from core.errors import InvalidInput, NotFound, UserError, WrongState
from core.planning.planner import read_moment
from core.ports import PostQuery
from core.posts.post import PostStatus
from core.scopes import Scope
from core.users import Identity
from web.answers import json_answer, problem_of
from web.api.params import account_in, path_id, read_id
from web.api.post_json import post_json
from web.api.schemas import Batch, BatchMatching, Deed, Match, given_fields
from web.api.times import instant_json
from web.auth import actor_of
from web.bodies import read_model
from web.keys import BULK, READS, SITE

RESULTS_MOST = 1000


async def batch(request: web.Request, identity: Identity) -> web.Response:
    """What fails for one does not stop the others; `undo_id` takes back what was done."""
    wanted = await read_model(request, Batch)
    if wanted.action == "publish":
        identity.need(Scope.PUBLISH)
    change = change_of(wanted, identity)
    ids = {given: _id_or_none(given) for given in wanted.ids}
    known = [post_id for post_id in dict.fromkeys(ids.values()) if post_id is not None]
    done = None
    if known:
        done = await request.app[BULK].bulks.carry_out(known, change, by=actor_of(identity))
    results = [await _result(request, identity, given, ids[given], done) for given in wanted.ids]
    undo_id = str(done.bulk.id) if done and done.bulk.count(Outcome.DONE) else None
    return json_answer({"results": results, "undo_id": undo_id})


async def matching(request: web.Request, identity: Identity) -> web.Response:
    """A first piece is done with the answer; the rest goes on by itself, however many they are."""
    wanted = await read_model(request, BatchMatching)
    if wanted.action == "publish":
        identity.need(Scope.PUBLISH)
    change, by = change_of(wanted, identity), actor_of(identity)
    query = _query(wanted.match, identity)
    bulks = request.app[BULK].bulks
    chosen = await bulks.choose(Selection(query=query), by=by)
    begun = await bulks.start(chosen.id, change, by=by)
    return json_answer(bulk_json(begun), status=202, headers={hdrs.LOCATION: f"/api/changes/{begun.id}"})


def _query(match: Match, identity: Identity) -> PostQuery:
    """Raises `InvalidInput` where nothing narrows it: a body that was forgotten must not mean everything."""
    if not match.model_fields_set:
        raise InvalidInput({"match": "Say which posts: by status, words, tag, account or flags."})
    given = [] if match.status is None else match.status if isinstance(match.status, list) else [match.status]
    return PostQuery(
        user_id=identity.user.id,
        statuses=tuple(dict.fromkeys(PostStatus(status) for status in given)),
        text=match.q.strip(),
        tag=match.tag.strip(),
        account_id=account_in(match.account_id),
        batch=match.batch,
        held=match.held,
        ready=match.ready,
        is_mature=match.is_mature,
        is_ai=match.is_ai_generated,
    )


async def preview(request: web.Request, identity: Identity) -> web.Response:
    """Nothing is changed; only for `edit`."""
    wanted = await read_model(request, Batch)
    if wanted.action != "edit":
        raise InvalidInput({"action": "Only an edit has a preview."})
    change, by, office = change_of(wanted, identity), actor_of(identity), request.app[BULK]
    bulk = await office.bulks.choose(Selection(tuple(read_id(given) for given in wanted.ids)), by=by)
    found = await office.previews.of(bulk.id, change, by=by, shown=len(wanted.ids))
    return json_answer(
        {
            "changing": found.changing,
            "same": found.same,
            "refused": found.refused,
            "by_field": found.by_field,
            "items": [_line_json(line) for line in found.lines],
        }
    )


def change_of(wanted: Deed, identity: Identity) -> Change:
    """The body as a change. Raises `InvalidInput` for what can be used on no post."""
    if wanted.action == "edit" and wanted.fields is None and not (wanted.templates or wanted.account_id):
        raise InvalidInput({"fields": "Say what to change."})
    at, local, zone = _moment(wanted, identity)
    return Change(
        Action("discard" if wanted.action == "delete" else wanted.action),
        fields=given_fields(wanted.fields) if wanted.fields is not None and wanted.action == "edit" else {},
        tags_mode=Lists(wanted.tags_mode),
        galleries_mode=Lists(wanted.galleries_mode),
        description_mode=Texts(wanted.description_mode),
        fills_in=wanted.fill_in,
        only_unset=wanted.only_unset,
        templates=tuple(read_id(given) for given in wanted.templates),
        account_id=read_id(wanted.account_id) if wanted.account_id else None,
        reason=wanted.reason,
        at=at,
        local=local,
        time_zone=zone,
        step_minutes=wanted.step_minutes,
        jitter_seconds=wanted.jitter_seconds,
        override_pacing=wanted.override_pacing,
    )


def _moment(wanted: Deed, identity: Identity) -> tuple[str | None, str | None, str | None]:
    """`at`, `local` and the zone, beside `action` or in `fields`; checked here, before the first post."""
    inside = wanted.fields
    values = {}
    for name in ("at", "local", "time_zone"):
        beside, within = getattr(wanted, name), getattr(inside, name) if inside else None
        if beside is not None and within is not None and beside != within:
            raise InvalidInput({name: "This is said twice, and differently."})
        values[name] = within if beside is None else beside
    if wanted.action != "schedule":
        if wanted.action == "edit" and any(value is not None for value in values.values()):
            raise InvalidInput({name: "This belongs to “schedule”." for name, value in values.items() if value})
        return None, None, identity.user.time_zone
    zone = values["time_zone"] or (identity.user.time_zone if values["at"] is not None else None)
    read_moment(at=values["at"], local=values["local"], time_zone=zone)
    return values["at"], values["local"], zone


def _id_or_none(given: str) -> int | None:
    try:
        return read_id(given)
    except NotFound:
        return None


async def _result(
    request: web.Request, identity: Identity, given: str, post_id: int | None, done: CarriedOut | None
) -> dict[str, Any]:
    error = _error(post_id, done)
    if error is None and post_id is not None:
        try:
            post = await request.app[READS].post(post_id, user_id=identity.user.id)
            return {"id": given, "ok": True, "post": post_json(post, request.app[SITE].public_url)}
        except NotFound as gone:
            error = gone
    return {"id": given, "ok": False, "error": problem_of(error or NotFound()).body()}


def _error(post_id: int | None, done: CarriedOut | None) -> UserError | None:
    if done is None or post_id is None:
        return NotFound()
    if post_id in done.errors:
        return done.errors[post_id]
    refused = (item for item in done.items if item.post_id == post_id and item.outcome is Outcome.REFUSED)
    return next((WrongState(item.sentence) for item in refused), None)


async def every(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[BULK].reads.recent(identity.user.id)
    return json_answer({"items": [bulk_json(bulk) for bulk in found]})


async def one(request: web.Request, identity: Identity) -> web.Response:
    reads = request.app[BULK].reads
    bulk = await reads.one(path_id(request), user_id=identity.user.id)
    items = await reads.items(bulk.id, limit=RESULTS_MOST)
    return json_answer(bulk_json(bulk) | {"items": [_item_json(item) for item in items]})


async def stop(request: web.Request, identity: Identity) -> web.Response:
    """What has not been done yet is not done; what is done stays, and can be taken back."""
    return json_answer(bulk_json(await request.app[BULK].bulks.stop(path_id(request), by=actor_of(identity))))


async def undo(request: web.Request, identity: Identity) -> web.Response:
    """What somebody changed since is left alone, and named."""
    bulk = await request.app[BULK].bulks.undo(path_id(request), by=actor_of(identity))
    items = await request.app[BULK].reads.items(bulk.id, limit=RESULTS_MOST)
    return json_answer(bulk_json(bulk) | {"items": [_item_json(item) for item in items]})


def bulk_json(bulk: Bulk) -> dict[str, Any]:
    return {
        "id": str(bulk.id),
        "action": bulk.change.action if bulk.change else None,
        "state": bulk.state,
        "total": bulk.total,
        "counts": {outcome.value: bulk.counts.get(outcome, 0) for outcome in Outcome},
        "actor": bulk.actor,
        "created_at": instant_json(bulk.created_at),
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {"post_id": str(item.post_id), "outcome": item.outcome, "sentence": item.sentence}


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "post_id": str(line.post.id),
        "changes": [
            {"field": d.field, "before": _plain(d.before), "after": _plain(d.after)} for d in line.differences
        ],
        "sentence": line.sentence,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
