"""Who does something, by whatever door they came."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is what history shows; `via` says how: dashboard, api, discord, automation, isekai."""

    user_id: int
    name: str
    via: str = "dashboard"


def isekai(user_id: int) -> Actor:
    """The application itself, acting for a person."""
    return Actor(user_id, "Isekai", "isekai")
