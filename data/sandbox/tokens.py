"""Tokens of the imitation: codes, access tokens, refresh tokens that die with their use."""

import secrets
from collections import deque
from dataclasses import dataclass, replace

from core.clock import Clock
from data.sandbox.journal import Journal
from data.sandbox.records import AccessToken, RefreshNote, RefreshToken, Switches

SCOPES = frozenset(
    {"basic", "browse", "browse.mlt", "collection", "comment.post", "feed", "gallery", "message", "note"}
    | {"publish", "stash", "user", "user.manage"}
)


@dataclass(frozen=True, slots=True)
class Code:
    """An authorisation code: good once, for a minute, for one address and one verifier."""

    username: str
    scopes: tuple[str, ...]
    client_id: str
    redirect_uri: str
    challenge: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What a successful token call hands over; `refresh_token` is None for an app."""

    access_token: str
    refresh_token: str | None
    scopes: tuple[str, ...]
    expires_in: int
    username: str | None = None
    userid: str | None = None

    @property
    def scope(self) -> str:
        return " ".join(self.scopes)


class Tokens:
    def __init__(self, clock: Clock, journal: Journal, switches: Switches) -> None:
        self.switches = switches
        self.refreshes: deque[RefreshNote] = deque(maxlen=20_000)
        self.access: dict[str, AccessToken] = {}
        self.refresh: dict[str, RefreshToken] = {}
        self._codes: dict[str, Code] = {}
        self._clock = clock
        self._journal = journal

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def issue_code(
        self, username: str, scopes: list[str], *, client_id: str, redirect_uri: str, challenge: str
    ) -> str:
        code = secrets.token_hex(20)
        expires_at = self._now() + self.switches.code_seconds
        self._codes[code] = Code(username, tuple(scopes), client_id, redirect_uri, challenge, expires_at)
        return code

    def take_code(self, code: str) -> Code | None:
        """The code, once; None when unknown, used or too old."""
        taken = self._codes.pop(code, None)
        return taken if taken is not None and taken.expires_at > self._now() else None

    def issue(self, username: str | None, scopes: list[str], client_id: str) -> Grant:
        """A new pair; an app (no *username*) gets no refresh token."""
        dropped = set(self.switches.dropped_scopes)
        granted = [scope for scope in scopes if scope not in dropped] or ["basic"]
        lifetime = self.switches.access_token_seconds
        access = AccessToken(secrets.token_hex(25), username, granted, client_id, self._now() + lifetime)
        self.access[access.token] = access
        self._journal.put("access", access.token, access)
        grant = Grant(access.token, None, tuple(granted), int(lifetime), username)
        if username is None:
            return grant
        refresh = RefreshToken(
            secrets.token_hex(20),
            username,
            granted,
            client_id,
            self._now() + self.switches.refresh_token_seconds,
        )
        self._keep_refresh(refresh)
        return replace(grant, refresh_token=refresh.token)

    def rotate(self, token: str) -> Grant | None:
        """Spend a refresh token. None when it is unknown, spent, revoked or too old; every try is noted."""
        found = self.refresh.get(token)
        outcome = self._refresh_outcome(found)
        username = found.username if found else None
        self.refreshes.append(RefreshNote(self._now(), username, token, outcome))
        if found is None or outcome != "rotated":
            return None
        found.used = True
        self._keep_refresh(found)
        return self.issue(found.username, list(found.scopes), found.client_id)

    def _refresh_outcome(self, found: RefreshToken | None) -> str:
        if found is None:
            return "unknown"
        if found.used:
            return "used"
        if found.revoked:
            return "revoked"
        return "expired" if found.expires_at <= self._now() else "rotated"

    def find(self, token: str) -> AccessToken | None:
        """The access token if it still works."""
        found = self.access.get(token)
        return found if found is not None and found.expires_at > self._now() else None

    def owner_of(self, token: str) -> str | None:
        """Whose token this is or was, whether or not it still works."""
        found = self.access.get(token) or self.refresh.get(token)
        return found.username if found else None

    def revoke_refresh(self, token: str) -> None:
        found = self.refresh.get(token)
        if found is not None:
            found.revoked = True
            self._keep_refresh(found)

    def revoke_all(self, username: str) -> None:
        """End every token of *username*, as revoking the app on the site does."""
        for access in [kept for kept in self.access.values() if kept.username == username]:
            del self.access[access.token]
            self._journal.put("access", access.token, None)
        for refresh in self.refresh.values():
            if refresh.username == username and not refresh.revoked:
                refresh.revoked = True
                self._keep_refresh(refresh)

    def revoke_refresh_tokens_of(self, username: str) -> None:
        """Kill the refresh tokens only: the next refresh is refused, the access token lives on."""
        for token in [kept.token for kept in self.refresh.values() if kept.username == username]:
            self.revoke_refresh(token)

    def expire_access_tokens_of(self, username: str) -> None:
        for access in self.access.values():
            if access.username == username:
                access.expires_at = self._now()
                self._journal.put("access", access.token, access)

    def _keep_refresh(self, token: RefreshToken) -> None:
        self.refresh[token.token] = token
        self._journal.put("refresh", token.token, token)
