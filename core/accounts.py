"""Use cases: link an account, keep its tokens alive, pause it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.account import COLORS, Account, AccountStatus
from core.actor import Actor
from core.clock import Clock
from core.deviantart import Artist, DeviantArt, DeviantArtOAuth, TokenPair
from core.errors import (
    AccessTokenRefused,
    AuthorizationLost,
    Busy,
    InvalidInput,
    NotAllowed,
    NotSent,
    OutcomeUnknown,
    Refused,
    StorageUnavailable,
)
from core.events import Event
from core.people.access import Right, need
from core.ports import Store, Transaction

logger = logging.getLogger(__name__)

# An expired token is reported only after a whole upload, so a token about to expire is not begun with.
TOKEN_MARGIN = timedelta(minutes=5)
LONGEST_WAIT_FOR_STORAGE = 30.0  # seconds


class Accounts:
    """Refreshing is single-flight per account and never cancelled: a refresh token dies on any attempt."""

    def __init__(self, store: Store, oauth: DeviantArtOAuth, deviantart: DeviantArt, clock: Clock) -> None:
        self._store = store
        self._oauth = oauth
        self._deviantart = deviantart
        self._clock = clock
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refreshing: set[asyncio.Task[str]] = set()

    async def link(self, tx: Transaction, *, user_id: int, artist: Artist, pair: TokenPair) -> Account:
        """Keep the tokens of *artist* for *user_id*, inside the caller's transaction.

        A new account the first time; afterwards a reconnection, which resumes what waited. Raises
        `NotAllowed` when the account belongs to somebody else.
        """
        now = self._clock.now()
        account = await tx.accounts.find_by_artist(artist.user_id)
        if account is None:
            used = len(await tx.accounts.of_user(user_id))
            account = await tx.accounts.add(user_id=user_id, artist=artist, color=COLORS[used % len(COLORS)], at=now)
            kind, text = "account.linked", f"Connected the DeviantArt account {artist.username}."
        elif account.user_id != user_id:
            raise NotAllowed(f"The DeviantArt account {artist.username} belongs to somebody else here.")
        else:
            kind, text = "account.reconnected", f"Reconnected the DeviantArt account {artist.username}."
        await tx.accounts.save(replace(account, username=artist.username, icon_url=artist.icon_url))
        account = await tx.accounts.save_tokens(account, pair, at=now)
        await self._log(tx, account, kind, text)
        return account

    async def access_token(self, account_id: int, *, margin: timedelta = TOKEN_MARGIN) -> str:
        """A token good for at least *margin*, refreshed when needed.

        Raises `AuthorizationLost` when the artist has to connect again, and what the refresh raises.
        """
        async with self._store.transaction() as tx:
            account = await tx.accounts.get(account_id)
            token = (await tx.accounts.tokens(account)).access_token
        if account.status is AccountStatus.RECONNECT:
            raise AuthorizationLost("deviantart", "the account has to be connected again")
        if token and account.access_expires_at and account.access_expires_at - self._clock.now() > margin:
            return token
        return await self.refresh(account_id, margin=margin)

    async def refresh(self, account_id: int, *, margin: timedelta | None = None, refused: str | None = None) -> str:
        """Spend the refresh token for a new pair; both are durable before this returns.

        Callers may be cancelled, the exchange is not. With *margin*, a token that somebody else has just
        refreshed is returned as it is; with *refused*, one that is not the refused one any more.
        """
        task = asyncio.ensure_future(self._refresh(account_id, margin, refused))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for exchanges under way: what they return must be recorded."""
        while self._refreshing:
            await asyncio.wait(set(self._refreshing))

    async def confirm_lost(self, account_id: int, token: str) -> bool:
        """Whether a 401 is believed: `/placebo` refuses *token* as well. Marks the account when so."""
        try:
            await self._deviantart.placebo(token)
        except AccessTokenRefused:
            try:
                await self.refresh(account_id, refused=token)
            except AuthorizationLost:
                return True
        return False

    async def unreadable(self) -> Sequence[Account]:
        """Connected ones whose tokens none of our keys opens: the key was changed, or is another instance's."""
        async with self._store.transaction() as tx:
            connected = [one for one in await tx.accounts.all() if one.status is AccountStatus.CONNECTED]
            return [one for one in connected if (await tx.accounts.tokens(one)).refresh_token is None]

    async def pause(self, account_id: int, *, by: Actor) -> Account:
        return await self._set_pause(account_id, by, paused=True)

    async def resume(self, account_id: int, *, by: Actor) -> Account:
        return await self._set_pause(account_id, by, paused=False)

    async def recolor(self, account_id: int, color: str, *, by: Actor) -> Account:
        if color not in COLORS:
            raise InvalidInput({"color": "Choose one of the colours offered."})
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.OWN)
            account = await tx.accounts.get(account_id)
            await tx.accounts.save(replace(account, color=color))
            return await tx.accounts.get(account_id)

    async def _set_pause(self, account_id: int, by: Actor, *, paused: bool) -> Account:
        async with self._store.transaction() as tx:
            await need(tx, account_id, by, Right.EDIT)
            account = await tx.accounts.get(account_id)
            changed = replace(account, paused_at=self._clock.now() if paused else None)
            if bool(account.paused_at) != paused:
                await tx.accounts.save(changed)
                said = "Paused" if paused else "Resumed"
                await self._log(
                    tx, changed, "account.paused" if paused else "account.resumed", f"{said} {account.username}.", by
                )
            return await tx.accounts.get(account_id)

    async def _refresh(self, account_id: int, margin: timedelta | None, refused: str | None) -> str:
        async with self._locks[account_id]:
            async with self._store.transaction() as tx:
                account = await tx.accounts.get(account_id)
                tokens = await tx.accounts.tokens(account)
                if account.status is AccountStatus.RECONNECT or not tokens.refresh_token:
                    await self._lose(tx, account)
                    refresh_token = None
                else:
                    refresh_token = tokens.refresh_token
                    fresh = account.access_expires_at and account.access_expires_at - self._clock.now()
                    if tokens.access_token and fresh:
                        is_other = refused is not None and tokens.access_token != refused and fresh > timedelta(0)
                        if is_other or (margin is not None and fresh > margin):
                            return tokens.access_token
                    # Committed before the request leaves: after a crash it is the only sign that the
                    # refresh token may be spent.
                    if account.refresh_started_at is None:
                        await tx.accounts.save(replace(account, refresh_started_at=self._clock.now()))
            if refresh_token is None:
                raise AuthorizationLost("deviantart", "the account has to be connected again")
            return await self._exchange(account, refresh_token)

    async def _exchange(self, account: Account, refresh_token: str) -> str:
        for attempt in (1, 2):
            try:
                pair = await self._oauth.refresh(refresh_token)
            except (NotSent, Busy, Refused):
                await self._clear_intent(account, attempt)
                raise
            except AuthorizationLost:
                await self._record_loss(account.id)
                raise
            except OutcomeUnknown:
                # The token may be spent. One more attempt is harmless and tells: see `deviantart-api.md`, 1.
                logger.warning("refresh answer lost", extra={"account_id": account.id, "attempt": attempt})
                if attempt == 2:
                    raise
            else:
                await self._keep(account, pair)
                return pair.access_token
        raise AssertionError("unreachable")

    async def _keep(self, account: Account, pair: TokenPair) -> None:
        """The old token is spent and the new pair exists nowhere else: a full disk is waited for."""
        wait = 1.0
        while True:
            try:
                async with self._store.transaction() as tx:
                    await tx.accounts.save_tokens(account, pair, at=self._clock.now())
                return
            except StorageUnavailable as error:
                logger.error(
                    "new tokens cannot be stored yet", extra={"account_id": account.id, "reason": str(error)}
                )
            await self._clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_FOR_STORAGE)

    async def _clear_intent(self, account: Account, attempt: int) -> None:
        """Nothing was spent, unless an earlier answer had been lost already."""
        if account.refresh_started_at is None and attempt == 1:
            async with self._store.transaction() as tx:
                await tx.accounts.save(replace(await tx.accounts.get(account.id), refresh_started_at=None))

    async def _record_loss(self, account_id: int) -> None:
        async with self._store.transaction() as tx:
            await self._lose(tx, await tx.accounts.get(account_id))

    async def _lose(self, tx: Transaction, account: Account) -> None:
        """Say it once: an account that waits already is left alone."""
        if account.status is AccountStatus.RECONNECT:
            return
        lost = replace(account, status=AccountStatus.RECONNECT, refresh_started_at=None)
        await tx.accounts.save(lost)
        logger.error("account needs to be connected again", extra={"account_id": account.id})
        await self._log(
            tx,
            lost,
            "account.disconnected",
            f"DeviantArt no longer accepts the connection of {account.username}. Its posts wait: connect it again.",
        )

    async def _log(self, tx: Transaction, account: Account, kind: str, text: str, by: Actor | None = None) -> None:
        await tx.events.add(
            Event(
                kind, text, self._clock.now(), account.user_id, account_id=account.id, actor=by.name if by else None
            )
        )
