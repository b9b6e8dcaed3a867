"""A linked DeviantArt account, and what its tokens look like from here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

REFRESH_TOKEN_LIFETIME = timedelta(days=90)  # "3 months"; the answer has no field for it


class AccountStatus(StrEnum):
    CONNECTED = "connected"
    RECONNECT = "reconnect"


# Told apart at a glance in both themes, each at least 3:1 against either ground.
COLORS = ("#3b82c4", "#c2703d", "#4f9a5b", "#a65fb8", "#c4485f", "#2f9c9c", "#8a7a2c", "#6b74d6")


@dataclass(frozen=True, slots=True)
class Account:
    """`artist_id` is DeviantArt's user id: reconnecting as somebody else is another account."""

    id: int
    user_id: int
    artist_id: str
    username: str
    color: str
    status: AccountStatus
    created_at: datetime
    icon_url: str = ""
    paused_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    access_expires_at: datetime | None = None
    refresh_issued_at: datetime | None = None
    refresh_started_at: datetime | None = None
    warned_days: int | None = None

    @property
    def refresh_expires_at(self) -> datetime | None:
        return self.refresh_issued_at + REFRESH_TOKEN_LIFETIME if self.refresh_issued_at else None

    @property
    def shown_status(self) -> str:
        """connected, reconnect or paused: what needs the artist comes first."""
        if self.status is AccountStatus.RECONNECT:
            return "reconnect"
        return "paused" if self.paused_at else "connected"


def reconnect_path(account_id: int) -> str:
    """Where its owner connects this account again, and by mistake no other."""
    return f"/auth/deviantart?link=1&account={account_id}"


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """Decrypted, for the moment of use; its repr shows nothing."""

    access_token: str | None
    refresh_token: str | None

    def __repr__(self) -> str:
        return "AccountTokens(…)"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an account may be asked, and whether its circuit is open. Survives restarts."""

    delay: timedelta = timedelta(0)
    until: datetime | None = None  # to the millisecond
    failures: int = 0
    open_until: datetime | None = None
