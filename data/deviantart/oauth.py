"""DeviantArt's authorisation server: confidential client, PKCE always (fact sheet, section 1)."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import urlencode

from core.deviantart import TokenPair
from core.errors import AuthorizationLost, Busy, ExternalError, OutcomeUnknown, Refused
from data.deviantart.errors import Json, parse
from data.deviantart.transport import SERVICE, Answer, AnswerLost, Fields, Transport

TOKEN_PATH = "/oauth2/token"  # noqa: S105 (an address)
# Long, because giving up on a refresh may cost the account.
TOKEN_TIMEOUT = timedelta(seconds=90)
# The one description that is matched: the error type alone does not tell a dead token (tracker issue 58, GDL#7110).
_DEAD_TOKEN_WORDS = "The refresh_token is invalid."  # noqa: S105 (a sentence)
# Seconds an access token is good for where the answer does not say so, and at most, whatever it says.
LIFETIME, LONGEST_LIFETIME = 3_600, 366 * 86_400
_APP_SCOPES = "basic browse browse.mlt"


class OAuthClient:
    """Satisfies `core.deviantart.DeviantArtOAuth`."""

    def __init__(self, transport: Transport, *, client_id: str, client_secret: str) -> None:
        self._transport = transport
        self._client_id = client_id
        self._client_secret = client_secret

    def authorize_url(self, *, redirect_uri: str, state: str, verifier: str, scopes: tuple[str, ...]) -> str:
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes),
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._transport.url('/oauth2/authorize')}?{urlencode(query)}"

    async def exchange_code(self, *, code: str, redirect_uri: str, verifier: str) -> TokenPair:
        fields = [("code", code), ("redirect_uri", redirect_uri), ("code_verifier", verifier)]
        return await self._token("authorization_code", fields)

    async def refresh(self, refresh_token: str) -> TokenPair:
        pair = await self._token("refresh_token", [("refresh_token", refresh_token)])
        if pair.refresh_token is None:
            raise OutcomeUnknown(SERVICE, "its answer to the refresh holds no new token")
        return pair

    async def app_token(self) -> TokenPair:
        return await self._token("client_credentials", [("scope", _APP_SCOPES)])

    async def revoke(self, token: str) -> None:
        answer = await self._send("/oauth2/revoke", [("token", token)])
        body = parse(answer.body)
        if body is None or answer.status != 200 or "error" in body:
            raise token_error(answer, body)

    async def _token(self, grant_type: str, fields: Fields) -> TokenPair:
        answer = await self._send(TOKEN_PATH, [("grant_type", grant_type), *fields])
        body = parse(answer.body)
        if answer.status == 200 and body is not None and (pair := _pair(body)) is not None:
            return pair
        raise token_error(answer, body)

    async def _send(self, path: str, fields: Fields) -> Answer:
        client = [("client_id", self._client_id), ("client_secret", self._client_secret)]
        try:
            return await self._transport.send("POST", path, fields=[*fields, *client], timeout=TOKEN_TIMEOUT)
        except AnswerLost as error:
            raise OutcomeUnknown(SERVICE, "no answer came from its authorisation server") from error


def challenge_of(verifier: str) -> str:
    """PKCE S256: base64url without padding of the verifier's SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def token_error(answer: Answer, body: Json | None) -> ExternalError:
    """What a bad answer of the token endpoint means. Only one thing means that the artist must connect again."""
    kind = str(body.get("error", "")) if body is not None else ""
    if answer.status == 429:
        return Busy(SERVICE, "it asks us to slow down", retry_after=answer.retry_after)
    if body is None and answer.status == 403:
        return Busy(SERVICE, "it blocks our address for now", retry_after=answer.retry_after, blocked=True)
    if answer.status == 503:
        return Busy(SERVICE, "it is down for maintenance", retry_after=answer.retry_after)
    if body is None or answer.status >= 500 or not kind:
        return OutcomeUnknown(SERVICE, f"its authorisation server gave no usable answer ({answer.status})")
    is_dead = kind == "invalid_request" and body.get("error_description") == _DEAD_TOKEN_WORDS
    if kind == "invalid_grant" or is_dead:
        return AuthorizationLost(SERVICE, "it no longer accepts the connection of this account")
    if kind == "invalid_client":
        return Refused(SERVICE, "DeviantArt does not know this application: check its client id and secret.")
    return Refused(SERVICE, f"DeviantArt refused to connect ({kind[:60]}).")


def _pair(body: Json) -> TokenPair | None:
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not access or body.get("status") == "error":
        return None
    try:
        lifetime = min(max(int(body.get("expires_in", LIFETIME)), 0), LONGEST_LIFETIME)
    except (TypeError, ValueError, OverflowError):
        lifetime = LIFETIME
    return TokenPair(
        access_token=access,
        refresh_token=refresh if isinstance(refresh, str) and refresh else None,
        expires_in=timedelta(seconds=lifetime),
        scopes=frozenset(str(body.get("scope", "")).split()),
    )
