"""What a Discord knows: guilds, channels, people and messages, and how each is written in JSON.

Shapes follow the API reference (v10) as far as discord.py 2.7 reads them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.clock import Clock

EPOCH_MS = 1420070400000
TEXT, DM, CATEGORY, PUBLIC_THREAD = 0, 1, 4, 11
EPHEMERAL, LOADING = 1 << 6, 1 << 7

ADMINISTRATOR, MANAGE_GUILD, SEND_MESSAGES = 1 << 3, 1 << 5, 1 << 11
MEMBER_PERMISSIONS = sum(
    1 << bit for bit in (6, 10, 11, 14, 15, 16, 18, 31, 34, 35, 36, 38)
)  # react, view, send, embed, attach, history, external emoji, use commands, threads, send in threads


class Snowflakes:
    """Ids that grow and carry the instant they were made at."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._increment = itertools.count()
        self._last = 0

    def next(self) -> int:
        milliseconds = int(self._clock.now().timestamp() * 1000) - EPOCH_MS
        candidate = (milliseconds << 22) | (next(self._increment) & 0xFFF)
        self._last = max(candidate, self._last + 1)
        return self._last


@dataclass(eq=False)
class User:
    """A person; `refuses_dms` makes direct messages answer 403, code 50007."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    refuses_dms: bool = False

    def json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": None if self.bot else self.name.title(),
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 1

    def json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner: User
    roles: list[Role] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    members: dict[int, list[Role]] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    locale: str = "en-US"
    file_limit: int = 10 * 1024 * 1024
    server: Any = None

    def add_text_channel(self, name: str, *, nsfw: bool = False) -> Channel:
        """A new text channel; connected bots hear of it."""
        channel: Channel = self.server.new_channel(TEXT, name=name, guild=self, nsfw=nsfw)
        return channel

    def add_role(self, name: str, *, permissions: int = 0) -> Role:
        role = Role(self.server.ids.next(), name, permissions, position=len(self.roles))
        self.roles.append(role)
        self.server.gateway.dispatch("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.json()})
        return role

    def add_member(self, user: User, *roles: Role) -> None:
        self.users[user.id] = user
        self.members[user.id] = list(roles)

    def permissions_of(self, user: User) -> int:
        if user is self.owner:
            return (1 << 53) - 1
        bits = self.roles[0].permissions
        for role in self.members.get(user.id, []):
            bits |= role.permissions
        return (1 << 53) - 1 if bits & ADMINISTRATOR else bits

    def member_json(self, user: User) -> dict[str, Any]:
        return {
            "user": user.json(),
            "nick": None,
            "avatar": None,
            "roles": [str(role.id) for role in self.members.get(user.id, [])],
            "joined_at": "2024-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }

    def json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "splash": None,
            "banner": None,
            "description": None,
            "owner_id": str(self.owner.id),
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "vanity_url_code": None,
            "preferred_locale": self.locale,
            "nsfw_level": 0,
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": [role.json() for role in self.roles],
        }

    def create_json(self) -> dict[str, Any]:
        """The GUILD_CREATE form, with channels and the few members a bot without the intent is sent."""
        bot = next(user for user in self.users.values() if user.bot)
        return {
            **self.json(),
            "joined_at": "2024-01-01T00:00:00+00:00",
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "channels": [c.json() for c in self.channels if c.type != PUBLIC_THREAD],
            "threads": [c.json() for c in self.channels if c.type == PUBLIC_THREAD],
            "members": [self.member_json(bot)],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


@dataclass(eq=False)
class Channel:
    """A place for messages. `denied` holds what the bot may not do here: `view`, `send`, `react`."""

    id: int
    type: int
    name: str = ""
    guild: Guild | None = None
    nsfw: bool = False
    recipients: list[User] = field(default_factory=list)
    parent_id: int | None = None
    messages: list[Message] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)

    def json(self) -> dict[str, Any]:
        base: dict[str, Any] = {
            "id": str(self.id),
            "type": self.type,
            "last_message_id": str(self.messages[-1].id) if self.messages else None,
            "flags": 0,
        }
        if self.guild is None:
            return base | {"recipients": [user.json() for user in self.recipients]}
        base |= {
            "guild_id": str(self.guild.id),
            "name": self.name,
            "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
            "permission_overwrites": [],
            "nsfw": self.nsfw,
            "topic": None,
            "rate_limit_per_user": 0,
            "parent_id": None if self.parent_id is None else str(self.parent_id),
        }
        if self.type == PUBLIC_THREAD:
            base |= {
                "owner_id": str(self.guild.owner.id),
                "message_count": len(self.messages),
                "member_count": 1,
                "total_message_sent": len(self.messages),
                "thread_metadata": {
                    "archived": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": "2024-01-01T00:00:00+00:00",
                    "locked": False,
                },
            }
        return base

    def find(self, message_id: int) -> Message | None:
        return next((m for m in self.messages if m.id == message_id), None)


@dataclass(eq=False)
class Attachment:
    id: int
    filename: str
    data: bytes
    content_type: str | None
    url: str
    description: str | None = None
    width: int | None = None
    height: int | None = None
    expired: bool = False

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.data),
            "url": self.url,
            "proxy_url": self.url,
        }
        for name in ("content_type", "description", "width", "height"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        return found


@dataclass(eq=False)
class Message:
    """One message as it stands now; `edits` counts how often it was changed."""

    id: int
    channel: Channel
    author: User
    created_at: datetime
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    flags: int = 0
    nonce: str | None = None
    webhook: tuple[int, str] | None = None
    reference: int | None = None
    allowed_mentions: dict[str, Any] | None = None
    edited_at: datetime | None = None
    interaction: dict[str, Any] | None = None
    edits: int = 0

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def is_loading(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """Everything a reader sees, for assertions: content, embeds and components' labels."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [embed.get("title") or "", embed.get("description") or ""]
            parts += [f"{f['name']}: {f['value']}" for f in embed.get("fields", [])]
            parts += [
                (embed.get("footer") or {}).get("text", ""),
                (embed.get("author") or {}).get("name", ""),
            ]
        return "\n".join(part for part in parts if part)

    def controls(self) -> list[dict[str, Any]]:
        """Every button and select, wherever it is nested."""
        return list(_controls(self.components))

    def labels(self) -> list[str]:
        return [c["label"] for c in self.controls() if c.get("label")]

    def json(self, *, with_content: bool = True) -> dict[str, Any]:
        used = {(embed.get(part) or {}).get("url") for embed in self.embeds for part in ("image", "thumbnail")}
        shown = [file for file in self.files if file.url not in used]
        author = self.author.json()
        if self.webhook is not None:
            author = {**author, "id": str(self.webhook[0]), "username": self.webhook[1], "bot": True}
        return {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": author,
            "content": self.content if with_content else "",
            "timestamp": self.created_at.isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [file.json() for file in shown] if with_content else [],
            "embeds": self.embeds if with_content else [],
            "components": self.components if with_content else [],
            "pinned": False,
            "type": 19 if self.reference else 0,
            "flags": self.flags,
            **({"nonce": self.nonce} if self.nonce else {}),
            **({"webhook_id": str(self.webhook[0])} if self.webhook else {}),
            **({"interaction_metadata": self.interaction} if self.interaction else {}),
            **self._reference_json(),
            **self._reactions_json(),
        }

    def _reference_json(self) -> dict[str, Any]:
        if self.reference is None:
            return {}
        return {"message_reference": {"message_id": str(self.reference), "channel_id": str(self.channel.id)}}

    def _reactions_json(self) -> dict[str, Any]:
        if not self.reactions:
            return {}
        return {
            "reactions": [
                {
                    "emoji": {"id": None, "name": emoji},
                    "count": len(users),
                    "count_details": {"normal": len(users), "burst": 0},
                    "me": any(user.bot for user in users),
                    "me_burst": False,
                    "burst_colors": [],
                }
                for emoji, users in self.reactions.items()
            ]
        }


def _controls(components: list[dict[str, Any]]) -> Any:
    for component in components:
        if "custom_id" in component or component.get("url"):
            yield component
        yield from _controls(component.get("components", []))
        for nested in ("accessory", "component"):
            if nested in component:
                yield from _controls([component[nested]])
