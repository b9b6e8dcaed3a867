"""The verbs of a post as forms: `POST /posts/<id>/<verb>`. Each says what happened and how to take it back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from core.actor import Actor
from core.errors import UserError
from core.planning.planner import read_moment
from core.posts.post import Post, PostStatus
from core.users import User
from web.keys import CLOCK, PLANNER, READS, REVIEW
from web.pages.flash import Flash, FlashLink, Undo
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.moments import moment
from web.pages.rows import quoted
from web.pages.visit import signed_in

Verb = Callable[["Call"], Awaitable[Post]]
NOTHING_MORE = Form(MultiDictProxy(MultiDict()))


@dataclass(frozen=True, slots=True)
class Call:
    """A verb somebody used on a post, with the version they saw."""

    app: web.Application
    user: User
    post_id: int
    version: int | None
    form: Form = NOTHING_MORE

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, self.user.name)


async def approve(call: Call) -> Post:
    return await call.app[REVIEW].approve(
        call.post_id, by=call.actor, time_zone=call.user.time_zone, expected_version=call.version
    )


async def send_back(call: Call) -> Post:
    return await call.app[REVIEW].send_back(call.post_id, by=call.actor, expected_version=call.version)


async def reject(call: Call) -> Post:
    return await call.app[REVIEW].reject(
        call.post_id, by=call.actor, reason=call.form.text("reason"), expected_version=call.version
    )


async def discard(call: Call) -> Post:
    return await call.app[REVIEW].discard(call.post_id, by=call.actor, expected_version=call.version)


async def restore(call: Call) -> Post:
    """With the time it had, where this takes back that it was thrown away."""
    if not call.form.has("local"):
        return await call.app[REVIEW].restore(call.post_id, by=call.actor, expected_version=call.version)
    return await call.app[PLANNER].bring_back(
        call.post_id,
        read_moment(at=None, local=call.form.text("local"), time_zone=call.form.text("time_zone")),
        by=call.actor,
        jitter_seconds=60 * (call.form.number("jitter_minutes") or 0),
        is_held=call.form.has("held"),
        expected_version=call.version,
    )


async def unschedule(call: Call) -> Post:
    return await call.app[PLANNER].unschedule(call.post_id, by=call.actor, expected_version=call.version)


async def publish(call: Call) -> Post:
    return await call.app[PLANNER].publish_now(
        call.post_id, by=call.actor, time_zone=call.user.time_zone, expected_version=call.version
    )


async def hold(call: Call) -> Post:
    return await call.app[PLANNER].hold(call.post_id, by=call.actor, expected_version=call.version)


async def unhold(call: Call) -> Post:
    return await call.app[PLANNER].unhold(call.post_id, by=call.actor, expected_version=call.version)


async def mark_as_ai(call: Call) -> Post:
    return await call.app[REVIEW].edit(
        call.post_id, {"is_ai_generated": True}, by=call.actor, expected_version=call.version
    )


VERBS: dict[str, Verb] = {
    "approve": approve,
    "send-back": send_back,
    "reject": reject,
    "discard": discard,
    "restore": restore,
    "unschedule": unschedule,
    "publish": publish,
    "hold": hold,
    "unhold": unhold,
    "mark-as-ai": mark_as_ai,
}
UNDONE_BY = {"approve": "send-back", "reject": "restore", "discard": "restore", "hold": "unhold", "unhold": "hold"}


def add_routes(app: web.Application) -> None:
    for verb in VERBS:
        app.router.add_post(rf"/posts/{{post_id:\d+}}/{verb}", _handler(verb))


def _handler(verb: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        user, _ = signed_in(request)
        form = await read_form(request)
        back = form.next_path()
        stay = form.next_path(back, field="stay")
        post_id = int(request.match_info["post_id"])
        try:
            before = await request.app[READS].post(post_id, user_id=user.id)
            call = Call(request.app, user, post_id, form.number("version"), form)
            after = await VERBS[verb](call)
        except UserError as error:
            return refusal(request, error, back=stay)
        return answer(request, told(request, verb, before, after, stay, user), back=back)

    return handle


def told(request: web.Request, verb: str, before: Post, after: Post, back: str, user: User) -> Answer:
    """The sentence, the way back, and the facts for scripts."""
    flash = Flash(
        _sentence(request, verb, after, user),
        undo=undo_of(verb, before, after, back),
        link=FlashLink(f"/posts/{after.id}", "Open") if verb == "approve" else None,
    )
    return Answer(flash, {"id": str(after.id), "version": after.version, "status": after.status})


def _sentence(request: web.Request, verb: str, after: Post, user: User) -> str:
    name = quoted(after)
    match verb:
        case "approve" if after.status is PostStatus.SCHEDULED and after.plan:
            from_now = moment(after.plan.due_at, request.app[CLOCK].now(), ZoneInfo(user.time_zone))
            return f"{name} is approved and goes out {from_now.text}."
        case "restore" if after.status is PostStatus.SCHEDULED and after.plan:
            from_now = moment(after.plan.due_at, request.app[CLOCK].now(), ZoneInfo(user.time_zone))
            return f"{name} is back and goes out {from_now.text}."
        case "restore":
            return f"{name} is back in {_PLACES.get(after.status, 'Drafts')}."
        case _:
            return _SENTENCES[verb].format(name=name)


_SENTENCES = {
    "approve": "{name} is approved and in Drafts.",
    "send-back": "{name} waits for review again.",
    "reject": "{name} is rejected and in the trash.",
    "discard": "{name} is in the trash.",
    "unschedule": "{name} is off the schedule and in Drafts.",
    "publish": "{name} is on its way to DeviantArt.",
    "hold": "{name} waits until you release it.",
    "unhold": "{name} goes out at its time.",
    "mark-as-ai": "{name} is marked as made with AI.",
}
_PLACES = {PostStatus.REVIEW: "Review", PostStatus.DRAFT: "Drafts", PostStatus.PUBLISHED: "Published"}


def undo_of(verb: str, before: Post, after: Post, back: str) -> Undo | None:
    common: dict[str, str | int] = {"version": after.version, "next": back}
    if verb == "discard" and before.plan and before.status is PostStatus.SCHEDULED:
        held = {"held": "yes"} if before.held else {}
        return Undo(f"/posts/{after.id}/restore", fields=common | wish_fields(before) | held)
    if inverse := UNDONE_BY.get(verb):
        return Undo(f"/posts/{after.id}/{inverse}", fields=common)
    if verb == "unschedule" and before.plan and before.status is PostStatus.SCHEDULED:
        return Undo(f"/posts/{after.id}/schedule", fields=common | wish_fields(before))
    return None


def wish_fields(post: Post) -> dict[str, str | int]:
    """The fields that schedule it again as it was."""
    if post.plan is None:
        return {}
    return {
        "local": f"{post.plan.due_local:%Y-%m-%dT%H:%M}",
        "time_zone": post.plan.time_zone,
        "jitter_minutes": post.plan.jitter_seconds // 60,
    }
