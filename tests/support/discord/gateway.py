"""The gateway: WebSocket sessions with HELLO, IDENTIFY, RESUME, heartbeats, compression and bad days."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from .model import DM

if TYPE_CHECKING:
    from .server import LoopbackDiscord

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
GUILDS, GUILD_MESSAGES, GUILD_REACTIONS, DIRECT_MESSAGES, MESSAGE_CONTENT = (
    1 << 0,
    1 << 9,
    1 << 10,
    1 << 12,
    1 << 15,
)
PRIVILEGED = (1 << 1) | (1 << 8) | MESSAGE_CONTENT


@dataclass(eq=False)
class Session:
    """What survives a dropped connection: events are kept until the client says it has them."""

    id: str
    intents: int
    sequence: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    connection: Connection | None = None

    def wants(self, event: str, data: dict[str, Any]) -> bool:
        in_guild = "guild_id" in data
        if event.startswith("MESSAGE_REACTION"):
            return bool(self.intents & GUILD_REACTIONS)
        if event.startswith("MESSAGE_"):
            return bool(self.intents & (GUILD_MESSAGES if in_guild else DIRECT_MESSAGES))
        if event.startswith(("GUILD_", "CHANNEL_", "THREAD_")):
            return bool(self.intents & GUILDS)
        return True


class Connection:
    """One WebSocket, compressed as the client asked. A single writer keeps events in order."""

    def __init__(self, socket: web.WebSocketResponse, compression: str | None) -> None:
        self.socket = socket
        self._compress = _compressor(compression)
        self._outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def push(self, payload: dict[str, Any]) -> None:
        self._outgoing.put_nowait({"d": None, "s": None, "t": None, **payload})

    async def write(self) -> None:
        while not self.socket.closed:
            text = orjson.dumps(await self._outgoing.get())
            with contextlib.suppress(ConnectionError, RuntimeError):
                if self._compress is None:
                    await self.socket.send_str(text.decode())
                else:
                    await self.socket.send_bytes(self._compress(text))


def _compressor(kind: str | None) -> Any:
    if kind is None:
        return None
    if kind == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # Python 3.14 asks for it

    packer = zstd.ZstdCompressor()
    return lambda data: packer.compress(data, mode=packer.FLUSH_BLOCK)


class Gateway:
    """Serves every client that connects; tests drop, invalidate and silence it."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self._discord = discord
        self.sessions: dict[str, Session] = {}
        self.identifies: list[dict[str, Any]] = []
        self.resumes = 0
        self.heartbeats = 0
        self.heartbeat_seconds = 41.25
        self.answers_heartbeats = True
        self.refuses_connections = False
        self.disallowed_intents = 0
        self.presences: list[dict[str, Any]] = []
        self._queue: list[tuple[Session, dict[str, Any]]] = []

    @property
    def connected(self) -> list[Session]:
        return [s for s in self.sessions.values() if s.connection and not s.connection.socket.closed]

    # what tests do to it

    async def drop(self) -> None:
        """Cut every connection without a word. Sessions stay and can be resumed."""
        for session in self.connected:
            assert session.connection is not None
            transport = session.connection.socket._req.transport if session.connection.socket._req else None
            cut, session.connection = session.connection, None
            if transport is not None:
                transport.abort()
            await cut.socket.close(code=WSCloseCode.GOING_AWAY)

    async def close(self, code: int) -> None:
        """Close every connection with one of Discord's codes."""
        for session in self.connected:
            assert session.connection is not None
            cut, session.connection = session.connection, None
            await cut.socket.close(code=code)

    def forget_sessions(self) -> None:
        """Nothing can be resumed any more: events in between never arrive."""
        for session in list(self.sessions.values()):
            if session.connection is None:
                del self.sessions[session.id]

    async def ask_to_reconnect(self) -> None:
        """Opcode 7."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.push({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Opcode 9."""
        for session in self.connected:
            assert session.connection is not None
            connection = session.connection
            if not resumable:
                del self.sessions[session.id]
            connection.push({"op": INVALID_SESSION, "d": resumable})

    # events

    def dispatch(self, event: str, data: dict[str, Any], *, message: Any = None) -> None:
        """Queue one event for every session that asked for its kind."""
        for session in self.sessions.values():
            if not session.wants(event, data):
                continue
            body = data
            if message is not None and not self._sees_content(session, message):
                body = {**data, **{k: v for k, v in message.json(with_content=False).items() if k != "id"}}
            session.sequence += 1
            payload = {"op": DISPATCH, "t": event, "s": session.sequence, "d": body}
            session.sent.append(payload)
            del session.sent[:-1000]
            if session.connection is not None:
                session.connection.push(payload)

    def _sees_content(self, session: Session, message: Any) -> bool:
        allowed = session.intents & MESSAGE_CONTENT
        return bool(allowed or message.author.bot or message.channel.type == DM)

    # the socket

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        if self.refuses_connections:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress"))
        self._discord.sockets.add(socket)
        interval = int(self.heartbeat_seconds * 1000)
        connection.push({"op": HELLO, "d": {"heartbeat_interval": interval}})
        session: Session | None = None
        writer = asyncio.ensure_future(connection.write())
        try:
            async for received in socket:
                if received.type is not WSMsgType.TEXT:
                    continue
                session = await self._on(orjson.loads(received.data), connection, session)
        finally:
            writer.cancel()
            self._discord.sockets.discard(socket)
            if session is not None and session.connection is connection:
                session.connection = None
            self._discord.changed()
        return socket

    async def _on(self, payload: dict[str, Any], connection: Connection, session: Session | None) -> Session | None:
        data: Any = payload.get("d")
        match payload["op"]:
            case 1:
                self.heartbeats += 1
                if self.answers_heartbeats:
                    connection.push({"op": HEARTBEAT_ACK, "d": None})
            case 2:
                return await self._identify(data, connection)
            case 6:
                return await self._resume(data, connection)
            case 3:
                self.presences.append(data)
            case 8:
                await self._members(data, connection, session)
            case _:
                await connection.socket.close(code=4001)
        return session

    async def _identify(self, data: dict[str, Any], connection: Connection) -> Session | None:
        self.identifies.append(data)
        if data["token"] != self._discord.token:
            await connection.socket.close(code=4004)
            return None
        if data["intents"] & self.disallowed_intents:
            await connection.socket.close(code=4014)
            return None
        session = Session(secrets.token_hex(8), data["intents"])
        self.sessions[session.id] = session
        session.connection = connection
        guilds = list(self._discord.guilds)
        ready = {
            "v": 10,
            "user": self._discord.bot.json(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._discord.gateway_url,
            "application": {"id": str(self._discord.application_id), "flags": 1 << 18},
            "private_channels": [],
            "shard": [0, 1],
        }
        self._send_now(session, "READY", ready)
        for guild in guilds:
            self._send_now(session, "GUILD_CREATE", guild.create_json())
        self._discord.changed()
        return session

    def _send_now(self, session: Session, event: str, data: dict[str, Any]) -> None:
        session.sequence += 1
        payload = {"op": DISPATCH, "t": event, "s": session.sequence, "d": data}
        session.sent.append(payload)
        assert session.connection is not None
        session.connection.push(payload)

    async def _resume(self, data: dict[str, Any], connection: Connection) -> Session | None:
        session = self.sessions.get(data["session_id"] or "")
        if session is None or data["token"] != self._discord.token:
            connection.push({"op": INVALID_SESSION, "d": False})
            return None
        self.resumes += 1
        session.connection = connection
        for missed in [p for p in session.sent if p["s"] > (data["seq"] or 0)]:
            connection.push(missed)
        self._send_now(session, "RESUMED", {"_trace": []})
        self._discord.changed()
        return session

    async def _members(self, data: dict[str, Any], connection: Connection, session: Session | None) -> None:
        guild = self._discord.guild(int(data["guild_id"]))
        chunk = {
            "guild_id": str(guild.id),
            "members": [guild.member_json(user) for user in guild.users.values()],
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": data.get("nonce"),
        }
        if session is not None:
            self._send_now(session, "GUILD_MEMBERS_CHUNK", chunk)
