"""A Discord on loopback: REST v10 and gateway, for the unmodified discord.py."""

from .interactions import Interaction
from .model import Attachment, Channel, Guild, Message, Role, User
from .options import NotShown
from .server import LoopbackDiscord

__all__ = [
    "Attachment",
    "Channel",
    "Guild",
    "Interaction",
    "LoopbackDiscord",
    "Message",
    "NotShown",
    "Role",
    "User",
]
