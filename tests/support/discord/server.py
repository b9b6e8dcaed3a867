"""A Discord on loopback that the unmodified discord.py connects to, and the driver that tests use."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import secrets
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from aiohttp import web

from core.clock import Clock, SystemClock

from . import limits
from .cdn import Cdn
from .errors import DiscordError, unknown
from .faults import Faults
from .gateway import Gateway
from .interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from .model import (
    DM,
    LOADING,
    MEMBER_PERMISSIONS,
    PUBLIC_THREAD,
    Attachment,
    Channel,
    Guild,
    Message,
    Role,
    Snowflakes,
    User,
)
from .options import Picked, resolve_command
from .rest import Files, Rest

T = TypeVar("T")
Files_ = Sequence[tuple[str, bytes]]


class LoopbackDiscord:
    """REST and gateway on 127.0.0.1, and everything a person could do there.

    Every body the bot sends is checked against Discord's limits: a violation is answered with 400, code
    50035, kept in `violations`, and fails the test at `close()` unless `allow_violations` was called.
    """

    limits = limits

    def __init__(self, *, token: str = "loopback-token", clock: Clock | None = None) -> None:
        self.token = token
        self.clock: Clock = clock or SystemClock()
        self.ids = Snowflakes(self.clock)
        self.application_id = self.ids.next()
        self.bot = User(self.application_id, "isekai", bot=True)
        self.guilds: list[Guild] = []
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.dms: dict[int, Channel] = {}
        self.channels: dict[int, Channel] = {}
        self.ephemerals: dict[int, Message] = {}
        self.interactions: dict[str, Interaction] = {}
        self.command_sets: dict[int | None, list[dict[str, Any]]] = {}
        self.overwrites = 0
        self.requests: list[tuple[str, str]] = []
        self.rate_limited = 0
        self.rate_limits: dict[tuple[str, str], tuple[int, float]] = {}
        self.answer_seconds = 3.0
        self.token_seconds = 900.0
        self.violations: list[str] = []
        self.faults = Faults()
        self.gateway = Gateway(self)
        self.cdn = Cdn(self)
        self.rest = Rest(self)
        self.sockets: set[web.WebSocketResponse] = set()
        self.origin = ""
        self.extra_routes: list[Callable[[web.Application], None]] = []
        self._allows_violations = False
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()

    # life

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1; the REST base to give to the bot."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/gateway", self.gateway.handle)
        self.cdn.add_routes(app)
        self.rest.add_routes(app)
        for add in self.extra_routes:
            add(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        assert site._server is not None
        bound: int = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self.origin = f"http://127.0.0.1:{bound}"
        return f"{self.origin}/api/v10"

    async def close(self) -> None:
        for socket in list(self.sockets):
            with contextlib.suppress(ConnectionError):
                await socket.close(code=1001)
        for task in list(self._tasks):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        if self.violations and not self._allows_violations:
            raise AssertionError("Discord would have refused: " + "; ".join(self.violations))

    async def __aenter__(self) -> LoopbackDiscord:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def allow_violations(self) -> None:
        """For tests of the checks themselves."""
        self._allows_violations = True

    @property
    def base(self) -> str:
        return f"{self.origin}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws{self.origin.removeprefix('http')}/gateway"

    @property
    def commands(self) -> list[dict[str, Any]]:
        """The commands a member sees: global ones and every guild's."""
        return [command for found in self.command_sets.values() for command in found]

    # waiting

    def changed(self) -> None:
        self._changed.set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until(self, condition: Callable[[], T], timeout: float = 5.0, what: str = "") -> T:
        """Wait for *condition* to hold; fails with what was waited for."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not (result := condition()):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise AssertionError(f"waited {timeout} s for {what or condition}")
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                # Also looks again by itself: conditions may be about the bot, which tells nobody.
                await asyncio.wait_for(self._changed.wait(), min(left, 0.02))
        return result

    async def wait_for_message(
        self,
        channel: Channel,
        predicate: Callable[[Message], bool] = lambda _: True,
        timeout: float = 5.0,
    ) -> Message:
        """The first message in *channel* for which *predicate* holds, now or later."""

        def found() -> Message | None:
            return next((m for m in channel.messages if predicate(m)), None)

        try:
            result = await self.until(found, timeout, f"a message in #{channel.name}")
        except AssertionError as error:
            seen = [message.text for message in channel.messages[-3:]]
            raise AssertionError(f"{error}; the last ones: {seen}") from None
        assert result is not None
        return result

    async def wait_for_dm(
        self,
        user: User,
        predicate: Callable[[Message], bool] = lambda _: True,
        timeout: float = 5.0,
    ) -> Message:
        return await self.wait_for_message(self.dm_with(user), predicate, timeout)

    async def wait_until_connected(self, timeout: float = 10.0) -> None:
        await self.until(lambda: bool(self.gateway.connected), timeout, "a gateway session")

    # the world

    def add_user(self, name: str, *, locale: str = "en-US", refuses_dms: bool = False) -> User:
        """A person, member of every guild so far."""
        user = User(self.ids.next(), name, locale=locale, refuses_dms=refuses_dms)
        self.users[user.id] = user
        for guild in self.guilds:
            guild.add_member(user)
        return user

    def add_guild(self, name: str = "Studio", *, owner: User | None = None) -> Guild:
        """A server that the bot is in; everyone known so far is a member."""
        owner = owner or User(self.ids.next(), "owner")
        self.users[owner.id] = owner
        guild = Guild(self.ids.next(), name, owner, server=self)
        guild.roles.append(Role(guild.id, "@everyone", MEMBER_PERMISSIONS, 0))
        for user in self.users.values():
            guild.add_member(user)
        self.guilds.append(guild)
        self.gateway.dispatch("GUILD_CREATE", guild.create_json())
        return guild

    def remove_guild(self, guild: Guild) -> None:
        """The bot is thrown out."""
        self.guilds.remove(guild)
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)})

    def new_channel(self, kind: int, **more: Any) -> Channel:
        channel = Channel(self.ids.next(), kind, **more)
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels.append(channel)
            self.gateway.dispatch("CHANNEL_CREATE", channel.json())
        return channel

    def delete_channel(self, channel: Channel) -> None:
        assert channel.guild is not None
        body = channel.json()
        channel.guild.channels.remove(channel)
        del self.channels[channel.id]
        self.gateway.dispatch("CHANNEL_DELETE", body)

    def guild(self, guild_id: int) -> Guild:
        for guild in self.guilds:
            if guild.id == guild_id:
                return guild
        raise unknown("Guild", 10004)

    def channel(self, channel_id: int) -> Channel:
        found = self.channels.get(channel_id)
        if found is None:
            raise unknown("Channel", 10003)
        return found

    def user(self, user_id: int) -> User:
        found = self.users.get(user_id)
        if found is None:
            raise unknown("User", 10013)
        return found

    def dm_with(self, user: User) -> Channel:
        if user.id not in self.dms:
            self.dms[user.id] = self.new_channel(DM, recipients=[user], name=f"dm-{user.name}")
        return self.dms[user.id]

    def start_thread(self, message: Message, name: str) -> Channel:
        channel = message.channel
        thread = Channel(message.id, PUBLIC_THREAD, name, channel.guild, parent_id=channel.id)
        self.channels[thread.id] = thread
        assert channel.guild is not None
        channel.guild.channels.append(thread)
        self.gateway.dispatch("THREAD_CREATE", thread.json() | {"newly_created": True})
        return thread

    # messages

    def attach(self, channel: Channel, name: str, data: bytes, kind: str | None = None) -> Attachment:
        known = kind or mimetypes.guess_type(name)[0]
        made = Attachment(self.ids.next(), name, data, known, "")
        made.url = self.cdn.add(channel, made)
        return made

    async def send_message(
        self,
        channel: Channel,
        user: User,
        *,
        content: str = "",
        attachments: Files_ = (),
        reply_to: Message | None = None,
    ) -> Message:
        """A person posts."""
        return self._post(channel, user, content, attachments, reference=reply_to.id if reply_to else None)

    async def webhook_message(
        self, channel: Channel, *, name: str = "ComfyUI", content: str = "", attachments: Files_ = ()
    ) -> Message:
        """A program posts through a channel webhook."""
        author = User(self.ids.next(), name, bot=True)
        return self._post(channel, author, content, attachments, webhook=(author.id, name))

    def _post(self, channel: Channel, author: User, content: str, attachments: Files_, **more: Any) -> Message:
        message = Message(self.ids.next(), channel, author, self.clock.now(), content, **more)
        message.files = [self.attach(channel, name, data) for name, data in attachments]
        self._publish(message)
        return message

    async def edit_as_user(self, message: Message, content: str) -> None:
        message.content, message.edited_at = content, self.clock.now()
        self._tell("MESSAGE_UPDATE", message)

    async def delete_as_user(self, message: Message) -> None:
        self.remove(message)

    async def redeliver(self, message: Message) -> None:
        """Send MESSAGE_CREATE once more, as happens around reconnects."""
        self._tell("MESSAGE_CREATE", message)

    def bot_message(
        self,
        channel: Channel,
        body: dict[str, Any],
        files: Files,
        *,
        interaction: Interaction | None = None,
    ) -> Message:
        message = Message(self.ids.next(), channel, self.bot, self.clock.now())
        message.nonce = str(body["nonce"]) if body.get("nonce") is not None else None
        message.reference = int(ref["message_id"]) if (ref := body.get("message_reference")) else None
        message.flags = body.get("flags") or 0
        if interaction is not None:
            message.interaction = {
                "id": str(interaction.id),
                "type": interaction.type,
                "user": interaction.user.json(),
                "authorizing_integration_owners": {},
            }
        self._fill(message, body, files)
        if message.is_ephemeral:
            self.ephemerals[message.id] = message
        else:
            self._publish(message)
        self.changed()
        return message

    def edit(self, message: Message, body: dict[str, Any], files: Files) -> None:
        message.flags &= ~LOADING
        self._fill(message, body, files)
        message.edited_at = self.clock.now()
        message.edits += 1
        if not message.is_ephemeral:
            self._tell("MESSAGE_UPDATE", message)
        self.changed()

    def _fill(self, message: Message, body: dict[str, Any], files: Files) -> None:
        if "content" in body:
            message.content = body["content"] or ""
        if "attachments" in body:
            kept = {int(a["id"]) for a in body["attachments"] or []}
            message.files = [file for file in message.files if file.id in kept]
        message.files += [self.attach(message.channel, name, data) for name, data, _ in files]
        if "embeds" in body:
            message.embeds = [self._resolve(embed, message.files) for embed in body["embeds"] or []]
        if "components" in body:
            message.components = body["components"] or []
        if "allowed_mentions" in body:
            message.allowed_mentions = body["allowed_mentions"]

    def _resolve(self, embed: dict[str, Any], files: list[Attachment]) -> dict[str, Any]:
        """`attachment://name` becomes the file's address; an unknown name is a violation."""
        embed = {"type": "rich", **embed}
        for part in ("image", "thumbnail"):
            url = (embed.get(part) or {}).get("url", "")
            if not url.startswith("attachment://"):
                continue
            file = next((f for f in files if f.filename == url.removeprefix("attachment://")), None)
            if file is None:
                self.refuse([f"the embed names {url}, which is not attached"])
            else:
                embed[part] = {"url": file.url, "proxy_url": file.url, "width": 100, "height": 100}
        return embed

    def _publish(self, message: Message) -> None:
        message.channel.messages.append(message)
        self._tell("MESSAGE_CREATE", message)
        self.changed()

    def _tell(self, event: str, message: Message) -> None:
        body = message.json()
        guild = message.channel.guild
        if guild is not None:
            body["guild_id"] = str(guild.id)
            if message.webhook is None:
                member = guild.member_json(message.author)
                body["member"] = {k: v for k, v in member.items() if k != "user"}
        self.gateway.dispatch(event, body, message=message)

    def remove(self, message: Message) -> None:
        self.ephemerals.pop(message.id, None)
        if message in message.channel.messages:
            message.channel.messages.remove(message)
            body = {"id": str(message.id), "channel_id": str(message.channel.id)}
            if message.channel.guild is not None:
                body["guild_id"] = str(message.channel.guild.id)
            self.gateway.dispatch("MESSAGE_DELETE", body)
        self.changed()

    def react(self, message: Message, emoji: str, user: User) -> None:
        users = message.reactions.setdefault(emoji, [])
        if user not in users:
            users.append(user)
            self._tell_reaction("MESSAGE_REACTION_ADD", message, emoji, user)

    def unreact(self, message: Message, emoji: str, user: User) -> None:
        users = message.reactions.get(emoji, [])
        if user in users:
            users.remove(user)
            self._tell_reaction("MESSAGE_REACTION_REMOVE", message, emoji, user)
        if not users:
            message.reactions.pop(emoji, None)

    def _tell_reaction(self, event: str, message: Message, emoji: str, user: User) -> None:
        body: dict[str, Any] = {
            "user_id": str(user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "emoji": {"id": None, "name": emoji},
            "type": 0,
            "burst": False,
        }
        if message.channel.guild is not None:
            body["guild_id"] = str(message.channel.guild.id)
        self.gateway.dispatch(event, body)
        self.changed()

    # checks

    def check_message(self, body: dict[str, Any], *, files: int = 0, is_new: bool = False) -> None:
        self.refuse(limits.message(body, files=files, is_new=is_new))

    def check_size(self, channel: Channel, files: Files) -> None:
        limit = channel.guild.file_limit if channel.guild else 10 * 1024 * 1024
        if any(len(data) > limit for _, data, _ in files):
            raise DiscordError(413, 40005, "Request entity too large")

    def refuse(self, problems: list[str]) -> None:
        """Remember what is wrong and answer as Discord does."""
        if problems:
            self.violations += problems
            raise DiscordError(400, 50035, "Invalid Form Body", errors={"_errors": problems})

    # what people do

    async def slash(
        self,
        user: User,
        channel: Channel,
        name: str,
        options: dict[str, Any] | None = None,
        *,
        force: bool = False,
    ) -> Interaction:
        """Use a slash command. *name* may hold a subcommand ("automation run").

        Values: text, numbers, bools, `User`, `Channel`, `Role`, or `("name.png", bytes)` for an attachment.
        Refuses what Discord would never send: unknown or missing options, people without the command's
        default permissions (unless *force*, for servers that changed them).
        """
        picked = resolve_command(self, user, channel, name, options or {}, force=force)
        return self._interact(COMMAND, user, channel, picked.data)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        name: str,
        focused: str,
        value: str,
        options: dict[str, Any] | None = None,
        *,
        timeout: float = 5.0,
    ) -> list[dict[str, Any]]:
        """What is offered while *value* stands in option *focused*."""
        given = {**(options or {}), focused: Picked(value)}
        picked = resolve_command(self, user, channel, name, given, partial=True, force=True)
        handle = self._interact(AUTOCOMPLETE, user, channel, picked.data)
        await self.until(lambda: handle.choices is not None, timeout, "choices")
        assert handle.choices is not None
        return handle.choices

    async def message_menu(self, user: User, message: Message, name: str) -> Interaction:
        """A message's context menu."""
        command = next((c for c in self.commands if c["type"] == 3 and c["name"] == name), None)
        if command is None:
            raise AssertionError(f"there is no menu {name!r}")
        data = {
            "id": command["id"],
            "name": name,
            "type": 3,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): message.json()}},
        }
        return self._interact(COMMAND, user, message.channel, data)

    def control(self, message: Message, wanted: str) -> dict[str, Any]:
        """The button or select with this custom id, label or placeholder."""
        for control in message.controls():
            if wanted in (control.get("custom_id"), control.get("label"), control.get("placeholder")):
                return control
        have = [c.get("label") or c.get("custom_id") for c in message.controls()]
        raise AssertionError(f"no control {wanted!r}; there are {have}")

    async def click(self, message: Message, wanted: str, user: User) -> Interaction:
        """Press a button, by custom id or label."""
        control = self.control(message, wanted)
        assert control["type"] == 2 and "custom_id" in control, f"{wanted!r} cannot be pressed"
        assert not control.get("disabled"), f"{wanted!r} is disabled"
        return self.press(message, control["custom_id"], user)

    def press(self, message: Message, custom_id: str, user: User) -> Interaction:
        """A button press as it arrives, even for a button that the message no longer has."""
        data = {"component_type": 2, "custom_id": custom_id, "id": 1}
        return self._interact(COMPONENT, user, message.channel, data, message=message)

    async def select(
        self, message: Message, wanted: str, user: User, values: Sequence[str | User | Role | Channel]
    ) -> Interaction:
        """Choose in a select, found by custom id or placeholder; options by value or label."""
        control = self.control(message, wanted)
        assert control["type"] in limits.SELECTS and not control.get("disabled")
        chosen: list[str] = []
        resolved: dict[str, dict[str, Any]] = {}
        for value in values:
            if isinstance(value, str):
                fits = [o for o in control.get("options", []) if value in (o["value"], o["label"])]
                assert fits, f"{value!r} is not offered: {[o['label'] for o in control.get('options', [])]}"
                chosen.append(fits[0]["value"])
            else:
                chosen.append(str(value.id))
                kind = {User: "users", Role: "roles", Channel: "channels"}[type(value)]
                body = value.json() | ({"permissions": "0"} if isinstance(value, Channel) else {})
                resolved.setdefault(kind, {})[str(value.id)] = body
        data: dict[str, Any] = {
            "component_type": control["type"],
            "custom_id": control["custom_id"],
            "id": 1,
            "values": chosen,
        }
        if resolved:
            data["resolved"] = resolved
        return self._interact(COMPONENT, user, message.channel, data, message=message)

    async def submit_modal(self, opened: Interaction, fields: dict[str, Any]) -> Interaction:
        """Send the modal that *opened* was answered with; *fields* by custom id or label.

        Fields that are not named keep what the modal put into them.
        """
        modal = await opened.wait_modal()
        left = dict(fields)
        rows = [_submitted(row, left) for row in modal["components"]]
        assert not left, f"the modal has no field {list(left)}"
        data = {"custom_id": modal["custom_id"], "components": rows}
        return self._interact(MODAL, opened.user, opened.channel, data, message=opened.message)

    def _interact(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        *,
        message: Message | None = None,
    ) -> Interaction:
        made = Interaction(
            self.ids.next(),
            secrets.token_hex(16),
            kind,
            user,
            channel,
            data,
            self,
            self.clock.monotonic(),
            message,
        )
        self.interactions[made.token] = made
        self.gateway.dispatch("INTERACTION_CREATE", made.payload())
        return made


def _submitted(row: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    if row["type"] == limits.LABEL:
        inside = row["component"]
        return {"type": 18, "id": 1, "component": _filled(inside, row.get("label"), fields)}
    return {"type": 1, "id": 1, "components": [_filled(c, c.get("label"), fields) for c in row["components"]]}


def _filled(control: dict[str, Any], label: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    key = next((k for k in (control["custom_id"], label) if k in fields), None)
    value = fields.pop(key) if key is not None else control.get("value", "")
    base = {"type": control["type"], "id": 1, "custom_id": control["custom_id"]}
    if control["type"] in limits.SELECTS:
        return base | {"values": [value] if isinstance(value, str) and value else list(value or [])}
    most = control.get("max_length") or 4000
    assert len(value) <= most, f"Discord lets nobody type more than {most} characters into {label!r}"
    assert value or not control.get("required", True), f"{label!r} is required"
    return base | {"value": value}
