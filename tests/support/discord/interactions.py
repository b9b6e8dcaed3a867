"""What a person does with commands, buttons, menus and modals, and how the bot answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import DiscordError, unknown
from .model import EPHEMERAL, LOADING, Channel, Message, User

if TYPE_CHECKING:
    from .server import LoopbackDiscord

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
(
    REPLY,
    DEFER_REPLY,
    DEFER_UPDATE,
    UPDATE,
    CHOICES,
    OPEN_MODAL,
) = 4, 5, 6, 7, 8, 9


@dataclass(eq=False)
class Interaction:
    """A handle on one interaction: what was sent and everything the bot answered."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: dict[str, Any]
    discord: LoopbackDiscord = field(repr=False)
    started: float = 0.0
    message: Message | None = None
    response_type: int | None = None
    response: Message | None = None
    modal: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    followups: list[Message] = field(default_factory=list)
    answered_after: float | None = None
    is_expired: bool = False
    original_deleted: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return self.response is not None and self.response.is_ephemeral

    @property
    def text(self) -> str:
        """Everything the bot said, first answer and follow-ups."""
        return "\n".join(message.text for message in self.said)

    @property
    def said(self) -> list[Message]:
        """Messages with something in them: the answer (unless still loading), then follow-ups."""
        if self.response is None or self.response.is_loading or self.response_type == DEFER_UPDATE:
            return self.followups
        return [self.response, *self.followups]

    def expire(self) -> None:
        """The token is worthless from now on."""
        self.is_expired = True

    async def wait_response(self, timeout: float = 5.0) -> Interaction:
        """Until the bot gave its first answer, of any type."""
        await self.discord.until(lambda: self.response_type is not None, timeout, "an answer")
        return self

    async def wait_message(self, timeout: float = 5.0) -> Message:
        """Until the bot said something that can be read: an answer, a filled deferral or a follow-up."""
        await self.discord.until(lambda: bool(self.said), timeout, "something to read")
        return self.said[-1]

    async def wait_modal(self, timeout: float = 5.0) -> dict[str, Any]:
        await self.discord.until(lambda: self.modal is not None, timeout, "a modal")
        assert self.modal is not None
        return self.modal

    async def wait_deferred_update(self, timeout: float = 5.0) -> None:
        await self.discord.until(lambda: self.response_type in (DEFER_UPDATE, UPDATE), timeout, "a deferral")

    def payload(self) -> dict[str, Any]:
        """INTERACTION_CREATE."""
        guild = self.channel.guild
        body: dict[str, Any] = {
            "id": str(self.id),
            "application_id": str(self.discord.application_id),
            "type": self.type,
            "data": self.data,
            "token": self.token,
            "version": 1,
            "channel": self.channel.json(),
            "channel_id": str(self.channel.id),
            "locale": self.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
            "context": 0 if guild else 1,
            "app_permissions": str((1 << 53) - 1),
            "attachment_size_limit": guild.file_limit if guild else 10 * 1024 * 1024,
        }
        if self.message is not None:
            body["message"] = self.message.json()
        if guild is None:
            return body | {"user": self.user.json()}
        member = guild.member_json(self.user) | {"permissions": str(guild.permissions_of(self.user))}
        return body | {
            "guild_id": str(guild.id),
            "guild_locale": guild.locale,
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "member": member,
        }


def respond(interaction: Interaction, body: dict[str, Any], files: list[tuple[str, bytes, str]]) -> Any:
    """Apply an interaction callback; gives the with_response answer."""
    discord = interaction.discord
    age = discord.clock.monotonic() - interaction.started
    if interaction.is_expired or (interaction.response_type is None and age > discord.answer_seconds):
        raise unknown("interaction", 10062)
    if interaction.response_type is not None:
        raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
    data = body.get("data") or {}
    kind = body["type"]
    _check(interaction, kind, data, len(files))
    loading = False
    match kind:
        case 4:
            interaction.response = discord.bot_message(interaction.channel, data, files, interaction=interaction)
        case 5:
            loading = True
            interaction.response = discord.bot_message(
                interaction.channel,
                {"flags": (data.get("flags") or 0) | LOADING},
                files,
                interaction=interaction,
            )
        case 6:
            interaction.response = interaction.message
        case 7:
            assert interaction.message is not None
            discord.edit(interaction.message, data, files)
            interaction.response = interaction.message
        case 8:
            interaction.choices = data["choices"]
        case 9:
            interaction.modal = data
    interaction.response_type = kind
    interaction.answered_after = age
    discord.changed()
    return _callback_answer(interaction, kind, loading=loading)


def _callback_answer(interaction: Interaction, kind: int, *, loading: bool) -> dict[str, Any]:
    about: dict[str, Any] = {"id": str(interaction.id), "type": interaction.type}
    resource: dict[str, Any] = {"type": kind}
    if interaction.response is not None and kind in (REPLY, DEFER_REPLY, UPDATE):
        about |= {
            "response_message_id": str(interaction.response.id),
            "response_message_loading": loading,
            "response_message_ephemeral": interaction.response.is_ephemeral,
        }
        resource["message"] = interaction.response.json()
    return {"interaction": about, "resource": resource}


def _check(interaction: Interaction, kind: int, data: dict[str, Any], files: int) -> None:
    discord = interaction.discord
    allowed = {
        COMMAND: {REPLY, DEFER_REPLY, OPEN_MODAL},
        COMPONENT: {REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, OPEN_MODAL},
        AUTOCOMPLETE: {CHOICES},
        MODAL: {REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE},
    }[interaction.type]
    if kind not in allowed or (kind == UPDATE and interaction.message is None):
        discord.refuse([f"response type {kind} to an interaction of type {interaction.type}"])
    if kind in (REPLY, UPDATE):
        discord.check_message(data, files=files, is_new=kind == REPLY)
    elif kind == CHOICES:
        discord.refuse(discord.limits.choices(data["choices"]))
    elif kind == OPEN_MODAL:
        discord.refuse(discord.limits.modal(data))


def original(interaction: Interaction) -> Message:
    """The message that `@original` names."""
    if interaction.response is None or interaction.original_deleted:
        raise unknown("Message", 10008)
    return interaction.response


def check_token(interaction: Interaction | None) -> Interaction:
    """Tokens live 15 minutes after the interaction and only once it was answered."""
    if interaction is None:
        raise unknown("Webhook", 10015)
    discord = interaction.discord
    age = discord.clock.monotonic() - interaction.started
    if interaction.is_expired or age > discord.token_seconds:
        raise DiscordError(401, 50027, "Invalid Webhook Token")
    if interaction.response_type is None:
        raise unknown("Webhook", 10015)
    return interaction


def follow_up(interaction: Interaction, body: dict[str, Any], files: list[tuple[str, bytes, str]]) -> Message:
    """POST to the interaction's webhook. The first one fills a deferred answer, as at Discord."""
    discord = interaction.discord
    discord.check_message(body, files=len(files), is_new=True)
    if interaction.response is not None and interaction.response.is_loading:
        waiting = interaction.response
        discord.edit(waiting, body, files)
        return waiting
    message = discord.bot_message(interaction.channel, body, files, interaction=interaction)
    interaction.followups.append(message)
    discord.changed()
    return message


def is_hidden(message: Message) -> bool:
    return bool(message.flags & EPHEMERAL)
