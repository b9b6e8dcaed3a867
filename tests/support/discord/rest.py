"""The REST side: routes, bodies, rate limits and faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from . import interactions
from .errors import DiscordError, answer, unknown
from .faults import Fault
from .model import Channel, Message

if TYPE_CHECKING:
    from .server import LoopbackDiscord

Files = list[tuple[str, bytes, str]]
Handler = Callable[["Call"], Any]
PREFIX = "/api/v10"


class Call:
    """One request, its body read."""

    def __init__(self, request: web.Request, body: Any, files: Files) -> None:
        self.request, self.body, self.files = request, body, files
        self.query = request.query
        self.match = request.match_info

    def id(self, name: str) -> int:
        return int(self.match[name])


async def read(request: web.Request) -> Call:
    """JSON, or multipart with payload_json and files[n]."""
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return Call(request, orjson.loads(raw) if raw else {}, [])
    body: Any = {}
    files: Files = []
    async for part in await request.multipart():
        if part.name == "payload_json":  # type: ignore[union-attr]
            body = orjson.loads(await part.read())  # type: ignore[union-attr]
        else:
            data = bytes(await part.read())  # type: ignore[union-attr]
            files.append((part.filename or "file", data, ""))  # type: ignore[union-attr]
    return Call(request, body, files)


class Rest:
    """Routes of the API, each a small method taking a `Call`."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self.discord = discord
        self.nonces: dict[tuple[int, str], Message] = {}
        self._spent: dict[str, list[float]] = {}

    def add_routes(self, app: web.Application) -> None:
        message, hook = "/channels/{channel}/messages/{message}", "/webhooks/{app}/{token}"
        reaction = message + "/reactions/{emoji}"
        for method, path, handler in (
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway),
            ("GET", "/users/@me", self.me),
            ("GET", "/users/{user}", self.user),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("PUT", "/applications/{app}/commands", self.overwrite_commands),
            ("GET", "/applications/{app}/commands", self.list_commands),
            ("PUT", "/applications/{app}/guilds/{guild}/commands", self.overwrite_commands),
            ("GET", "/applications/{app}/guilds/{guild}/commands", self.list_commands),
            ("POST", "/interactions/{interaction}/{token}/callback", self.callback),
            ("POST", hook, self.follow_up),
            ("GET", hook + "/messages/{message}", self.get_hook_message),
            ("PATCH", hook + "/messages/{message}", self.edit_hook_message),
            ("DELETE", hook + "/messages/{message}", self.delete_hook_message),
            ("GET", "/guilds/{guild}", self.guild),
            ("GET", "/guilds/{guild}/channels", self.guild_channels),
            ("GET", "/guilds/{guild}/roles", self.guild_roles),
            ("GET", "/guilds/{guild}/members/{user}", self.guild_member),
            ("POST", "/guilds/{guild}/channels", self.create_channel),
            ("GET", "/channels/{channel}", self.channel),
            ("POST", "/channels/{channel}/typing", self.typing),
            ("POST", "/channels/{channel}/messages", self.send),
            ("GET", "/channels/{channel}/messages", self.history),
            ("GET", message, self.get_message),
            ("PATCH", message, self.edit_message),
            ("DELETE", message, self.delete_message),
            ("POST", message + "/threads", self.start_thread),
            ("PUT", reaction + "/@me", self.react),
            ("DELETE", reaction + "/{user}", self.unreact),
        ):
            app.router.add_route(method, PREFIX + path, self._handle(handler))
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._handle(self.not_imitated))

    def _handle(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix(PREFIX)
            fault = self.discord.faults.take(request.method, path)
            self.discord.requests.append((request.method, path))
            refused = await self._before(request, fault)
            if refused is not None:
                return refused
            try:
                call = await read(request)
                self._authorise(request, path)
                result = handler(call)
            except DiscordError as error:
                return error.response()
            finally:
                self.discord.changed()
            return self._after(request, fault, result)

        return handle

    async def _before(self, request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
        limited = self._limited(request)
        if fault is not None and fault.kind == "rate_limit":
            limited = fault.retry_after
        if limited is not None:
            self.discord.rate_limited += 1
            is_global = bool(fault and fault.is_global)
            body = {"message": "You are being rate limited.", "retry_after": limited, "global": is_global}
            headers = {"Via": "1.1 loopback", "Retry-After": str(max(1, round(limited)))}
            return answer(body, status=429, headers=headers)
        if fault is None:
            return None
        if fault.kind == "server_error":
            return answer({"code": 0, "message": "500: Internal Server Error"}, status=500)
        if fault.kind == "drop_request":
            _cut(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        return None

    def _after(self, request: web.Request, fault: Fault | None, result: Any) -> web.StreamResponse:
        if fault is not None and fault.kind == "lose_answer":
            _cut(request)
        if fault is not None and fault.kind == "server_error_after":
            return answer({"code": 0, "message": "500: Internal Server Error"}, status=500)
        if result is None:
            return web.Response(status=204)
        return answer(result)

    def _limited(self, request: web.Request) -> float | None:
        """Seconds to wait when the settable limits (`discord.rate_limits`) are used up."""
        for (method, pattern), (most, seconds) in self.discord.rate_limits.items():
            if method != request.method or not re.search(pattern, request.path):
                continue
            bucket = f"{method} {request.path.rsplit('/', 1)[0] if method == 'PATCH' else request.path}"
            now = self.discord.clock.monotonic()
            spent = [at for at in self._spent.get(bucket, []) if now - at < seconds]
            self._spent[bucket] = spent
            if len(spent) >= most:
                return round(seconds - (now - spent[0]) + 0.01, 3)
            spent.append(now)
        return None

    def _authorise(self, request: web.Request, path: str) -> None:
        if path.startswith(("/interactions/", "/webhooks/")):
            return
        if request.headers.get("Authorization") != f"Bot {self.discord.token}":
            raise DiscordError(401, 0, "401: Unauthorized")

    # the application

    def not_imitated(self, call: Call) -> Any:
        self.discord.violations.append(f"{call.request.method} {call.request.path} is not imitated")
        raise DiscordError(404, 0, "404: Not Found")

    def gateway(self, call: Call) -> Any:
        limit = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
        return {"url": self.discord.gateway_url, "shards": 1, "session_start_limit": limit}

    def me(self, call: Call) -> Any:
        return self.discord.bot.json()

    def user(self, call: Call) -> Any:
        return self.discord.user(call.id("user")).json()

    def application(self, call: Call) -> Any:
        return {
            "id": str(self.discord.application_id),
            "name": "isekai",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": self.discord.bot.json(),
            "verify_key": "0" * 64,
            "flags": 1 << 18,
            "team": None,
        }

    def overwrite_commands(self, call: Call) -> Any:
        self.discord.refuse(self.discord.limits.commands(call.body))
        guild = call.id("guild") if "guild" in call.match else None
        made = [
            {
                "id": str(self.discord.ids.next()),
                "application_id": str(self.discord.application_id),
                "version": "1",
                "type": 1,
                "description": "",
                "options": [],
                "default_member_permissions": None,
                **({} if guild is None else {"guild_id": str(guild)}),
                **command,
            }
            for command in call.body
        ]
        for each in made:
            if each["default_member_permissions"] is not None:
                each["default_member_permissions"] = str(each["default_member_permissions"])
        self.discord.overwrites += 1
        self.discord.command_sets[guild] = made
        return made

    def list_commands(self, call: Call) -> Any:
        guild = call.id("guild") if "guild" in call.match else None
        return self.discord.command_sets.get(guild, [])

    # interactions

    def callback(self, call: Call) -> Any:
        found = self.discord.interactions.get(call.match["token"])
        if found is None or found.id != call.id("interaction"):
            raise unknown("interaction", 10062)
        told = interactions.respond(found, call.body, call.files)
        return told if call.query.get("with_response") in ("1", "true") else None

    def _interaction(self, call: Call) -> interactions.Interaction:
        return interactions.check_token(self.discord.interactions.get(call.match["token"]))

    def follow_up(self, call: Call) -> Any:
        return interactions.follow_up(self._interaction(call), call.body, call.files).json()

    def _hook_message(self, call: Call) -> tuple[interactions.Interaction, Message]:
        found = self._interaction(call)
        if call.match["message"] == "@original":
            return found, interactions.original(found)
        wanted = call.id("message")
        for message in [*found.followups, found.response, found.message]:
            if message is not None and message.id == wanted:
                return found, message
        raise unknown("Message", 10008)

    def get_hook_message(self, call: Call) -> Any:
        return self._hook_message(call)[1].json()

    def edit_hook_message(self, call: Call) -> Any:
        _, message = self._hook_message(call)
        self.discord.check_message(call.body, files=len(call.files))
        self.discord.edit(message, call.body, call.files)
        return message.json()

    def delete_hook_message(self, call: Call) -> Any:
        found, message = self._hook_message(call)
        if message is found.response:
            found.original_deleted = True
        if message in found.followups:
            found.followups.remove(message)
        self.discord.remove(message)

    # guilds

    def guild(self, call: Call) -> Any:
        return self.discord.guild(call.id("guild")).json()

    def guild_channels(self, call: Call) -> Any:
        return [channel.json() for channel in self.discord.guild(call.id("guild")).channels]

    def guild_roles(self, call: Call) -> Any:
        return [role.json() for role in self.discord.guild(call.id("guild")).roles]

    def guild_member(self, call: Call) -> Any:
        guild = self.discord.guild(call.id("guild"))
        user = guild.users.get(call.id("user"))
        if user is None:
            raise unknown("Member", 10007)
        return guild.member_json(user)

    def create_channel(self, call: Call) -> Any:
        return self.discord.guild(call.id("guild")).add_text_channel(call.body["name"]).json()

    # channels and messages

    def _channel(self, call: Call, *needs: str) -> Channel:
        channel = self.discord.channel(call.id("channel"))
        if "view" in channel.denied:
            raise DiscordError(403, 50001, "Missing Access")
        if channel.denied & set(needs):
            raise DiscordError(403, 50013, "Missing Permissions")
        return channel

    def _message(self, call: Call, *needs: str) -> Message:
        found = self._channel(call, *needs).find(call.id("message"))
        if found is None:
            raise unknown("Message", 10008)
        return found

    def channel(self, call: Call) -> Any:
        return self._channel(call).json()

    def typing(self, call: Call) -> Any:
        self._channel(call, "send")

    def open_dm(self, call: Call) -> Any:
        return self.discord.dm_with(self.discord.user(int(call.body["recipient_id"]))).json()

    def send(self, call: Call) -> Any:
        channel = self._channel(call, "send")
        if any(user.refuses_dms for user in channel.recipients):
            raise DiscordError(403, 50007, "Cannot send messages to this user")
        self.discord.check_message(call.body, files=len(call.files), is_new=True)
        self.discord.check_size(channel, call.files)
        nonce = call.body.get("nonce")
        if nonce is not None and call.body.get("enforce_nonce"):
            known = self.nonces.get((channel.id, str(nonce)))
            if known is not None and known in channel.messages:
                return known.json()
        message = self.discord.bot_message(channel, call.body, call.files)
        if nonce is not None:
            self.nonces[channel.id, str(nonce)] = message
        return message.json()

    def history(self, call: Call) -> Any:
        messages = self._channel(call, "history").messages
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= 100:
            self.discord.refuse([f"history limit {limit} is not 1 to 100"])
        if "after" in call.query:
            chosen = [m for m in messages if m.id > int(call.query["after"])][:limit]
        elif "before" in call.query:
            chosen = [m for m in messages if m.id < int(call.query["before"])][-limit:]
        elif "around" in call.query:
            middle = int(call.query["around"])
            chosen = sorted(messages, key=lambda m: abs(m.id - middle))[:limit]
        else:
            chosen = messages[-limit:]
        return [message.json() for message in sorted(chosen, key=lambda m: -m.id)]

    def get_message(self, call: Call) -> Any:
        return self._message(call, "history").json()

    def edit_message(self, call: Call) -> Any:
        message = self._message(call)
        if message.author is not self.discord.bot or message.webhook is not None:
            raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
        self.discord.check_message(call.body, files=len(call.files))
        self.discord.edit(message, call.body, call.files)
        return message.json()

    def delete_message(self, call: Call) -> Any:
        message = self._message(call)
        if message.author is not self.discord.bot and "manage" in message.channel.denied:
            raise DiscordError(403, 50013, "Missing Permissions")
        self.discord.remove(message)

    def start_thread(self, call: Call) -> Any:
        return self.discord.start_thread(self._message(call, "send"), call.body["name"]).json()

    def react(self, call: Call) -> Any:
        self.discord.react(self._message(call, "react"), call.match["emoji"], self.discord.bot)

    def unreact(self, call: Call) -> Any:
        message = self._message(call)
        who = call.match["user"]
        user = self.discord.bot if who == "@me" else self.discord.user(int(who))
        if user is not self.discord.bot and "manage" in message.channel.denied:
            raise DiscordError(403, 50013, "Missing Permissions")
        self.discord.unreact(message, call.match["emoji"], user)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError
