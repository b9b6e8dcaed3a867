"""Signing in through DeviantArt, and the browser sessions that follow."""

import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from core.accounts import Accounts
from core.actor import Actor
from core.clock import Clock
from core.deviantart import SCOPES, Artist, DeviantArt, DeviantArtOAuth
from core.errors import Malformed, NotAllowed
from core.identities import SESSION_KEPT
from core.people.audit import AuditRows, audit
from core.people.invites import InviteRows, invited_as
from core.people.people import admit
from core.ports import Transaction
from core.users import PeopleRows, Session, SignIn, User, digest

SIGN_IN_LASTS = timedelta(minutes=15)
USER_AGENT_KEPT = 200


@dataclass(frozen=True, slots=True)
class SignUpRules:
    """Who may come in who has never been here. `max_users` 0 is no limit."""

    open_signup: bool = False
    max_users: int = 0


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the secret that its cookie keeps meanwhile."""

    url: str
    browser_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A sign-in that came to its end. `session_token` is None when an account was `added`: the artist's name."""

    user: User
    next_path: str
    is_first_visit: bool
    session_token: str | None = field(default=None, repr=False)
    added: str = ""


class WrongAccount(NotAllowed):
    """DeviantArt's session in this browser is another artist's than the one to reconnect."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(
            f"You wanted to reconnect {expected}, but this browser is signed in to DeviantArt as {came}. Nothing was"
            f" changed. Sign out at DeviantArt, sign in there as {expected}, and reconnect again."
        )


class SignInTransaction(Transaction, Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def invites(self) -> InviteRows: ...
    @property
    def audit(self) -> AuditRows: ...


class SignInStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[SignInTransaction]: ...


class SignIns:
    def __init__(
        self,
        store: SignInStore,
        oauth: DeviantArtOAuth,
        deviantart: DeviantArt,
        accounts: Accounts,
        clock: Clock,
        *,
        redirect_uri: str,
        rules: SignUpRules,
    ) -> None:
        self._store = store
        self._oauth = oauth
        self._deviantart = deviantart
        self._accounts = accounts
        self._clock = clock
        self._redirect_uri = redirect_uri
        self.rules = rules  # changed while the instance runs

    async def depart(
        self,
        *,
        next_path: str,
        link_user_id: int | None,
        more_scopes: tuple[str, ...] = (),
        invite: str | None = None,
        account_id: int | None = None,
    ) -> Departure:
        """Begin: *next_path* is a checked local path, *link_user_id* who wants to add an account.

        *more_scopes*: what only some uses need, such as commenting. *invite*: what the link ended with.
        *account_id*: the account of theirs to reconnect, and no other.
        """
        state, verifier, browser = (secrets.token_urlsafe(48) for _ in range(3))
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.people.remove_expired(now=now)
            await tx.people.add_sign_in(
                SignIn(
                    state_hash=digest(state),
                    verifier=verifier,
                    browser_hash=digest(browser),
                    link_user_id=link_user_id,
                    next_path=next_path,
                    expires_at=now + SIGN_IN_LASTS,
                    invite_hash=digest(invite) if invite else None,
                    account_id=account_id,
                )
            )
        url = self._oauth.authorize_url(
            redirect_uri=self._redirect_uri, state=state, verifier=verifier, scopes=SCOPES + more_scopes
        )
        return Departure(url, browser)

    async def take(self, state: str, browser_secret: str) -> SignIn:
        """The sign-in of that state, once and in the browser that began it; else raises `Malformed`."""
        async with self._store.transaction() as tx:
            sign_in = await tx.people.take_sign_in(digest(state))
        if sign_in is None or sign_in.expires_at <= self._clock.now():
            raise Malformed("This sign-in has ended or was already used. Please start again.")
        if not secrets.compare_digest(sign_in.browser_hash, digest(browser_secret)):
            raise Malformed("This sign-in was started in another browser. Please start again here.")
        return sign_in

    async def arrive(self, sign_in: SignIn, *, code: str, user_agent: str) -> Arrival:
        """Exchange *code*, learn who it is, and let them in or add the account.

        Raises `NotAllowed` (scopes not granted, not invited, somebody else's account), `Refused` for a bad or
        spent code, and the other `ExternalError`s.
        """
        pair = await self._oauth.exchange_code(code=code, redirect_uri=self._redirect_uri, verifier=sign_in.verifier)
        check_scopes(pair.scopes)
        artist = await self._deviantart.whoami(pair.access_token)
        async with self._store.transaction() as tx:
            user, is_new = await self._person(tx, artist, sign_in)
            await self._accounts.link(tx, user_id=user.id, artist=artist, pair=pair)
        if sign_in.link_user_id is not None:
            return Arrival(user, sign_in.next_path, is_first_visit=False, added=artist.username)
        token = await self.start_session(user, user_agent)
        return Arrival(user, sign_in.next_path, is_first_visit=is_new, session_token=token)

    async def _person(self, tx: SignInTransaction, artist: Artist, sign_in: SignIn) -> tuple[User, bool]:
        """Whose account this becomes, and whether they are here for the first time."""
        account = await tx.accounts.find_by_artist(artist.user_id)
        if sign_in.link_user_id is not None:
            await _must_be_expected(tx, artist, sign_in)
            if account is not None and account.user_id != sign_in.link_user_id:
                raise NotAllowed(f"The account {artist.username} already belongs to another person here.")
            return _active(await tx.people.user(sign_in.link_user_id)), False
        if account is not None:
            return _active(await tx.people.user(account.user_id)), False
        return await self._new_person(tx, artist, sign_in.invite_hash)

    async def _new_person(
        self, tx: SignInTransaction, artist: Artist, invite_hash: bytes | None
    ) -> tuple[User, bool]:
        """Counted, admitted and added in one transaction: two who come at once cannot both be the last that fits."""
        people, now = tx.people, self._clock.now()
        is_first = not await people.has_users()
        invited = None
        if invite_hash is not None and not is_first:
            invited = await invited_as(tx.invites, invite_hash, now=now)
        role = admit(
            is_first=is_first,
            people=await people.count_users(),
            open_signup=self.rules.open_signup,
            max_users=self.rules.max_users,
            invited=invited,
        )
        name = await _free_name(people, artist.username)
        user = await people.add_user(name=name, role=role, time_zone="UTC", at=now)
        if invited is not None and invite_hash is not None:
            await tx.invites.use(invite_hash, user_id=user.id, at=now)
            await audit(tx, Actor(user.id, user.name), "invite.used", f"Came in by invitation as {role}.", at=now)
        return user, True

    async def start_session(self, user: User, user_agent: str) -> str:
        """A new session's token, for the browser's cookie alone."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.people.add_session(
                Session(
                    token_hash=digest(token),
                    user_id=user.id,
                    csrf_token=secrets.token_urlsafe(32),
                    created_at=now,
                    seen_at=now,
                    expires_at=now + SESSION_KEPT,
                    user_agent=user_agent[:USER_AGENT_KEPT],
                )
            )
        return token

    async def end_session(self, token: str) -> None:
        async with self._store.transaction() as tx:
            await tx.people.remove_session(digest(token))

    async def end_one_session(self, session: Session) -> None:
        """Another browser of the same person: the caller looked it up among theirs."""
        async with self._store.transaction() as tx:
            await tx.people.remove_session(session.token_hash)

    async def end_other_sessions(self, session: Session) -> None:
        async with self._store.transaction() as tx:
            await tx.people.remove_sessions(session.user_id, but=session.token_hash)


def check_scopes(granted: frozenset[str]) -> None:
    """Raises `NotAllowed` naming what DeviantArt was asked for and did not grant."""
    lacking = [scope for scope in SCOPES if scope not in granted]
    if lacking:
        raise NotAllowed(
            "DeviantArt did not grant everything that Isekai needs. Missing: " + ", ".join(lacking) + "."
        )


async def _free_name(people: PeopleRows, wanted: str) -> str:
    """The artist's name, with a number when somebody here has it: names on DeviantArt can change hands."""
    base = wanted[:56] or "artist"
    name, number = base, 1
    while await people.user_named(name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name


async def _must_be_expected(tx: SignInTransaction, artist: Artist, sign_in: SignIn) -> None:
    """Somebody who reconnects one account must not add another because the browser was signed in as that."""
    if sign_in.account_id is None:
        return
    expected = await tx.accounts.get(sign_in.account_id)
    if expected.artist_id.upper() != artist.user_id.upper():
        raise WrongAccount(expected.username, artist.username)


def _active(user: User | None) -> User:
    if user is None or user.is_disabled:
        raise NotAllowed("Your access to this instance was ended. Ask its administrator.")
    return user
