"""What can go wrong, named for what the caller should do about it.

AppError
├─ UserError            say it to the person; not an incident
│  ├─ NotFound, NotAllowed, NotSignedIn, WrongState, Stale, InFlight, InvalidInput, NotReady, Expired,
│  │  LimitReached, Malformed
│  └─ PictureRefused    UnsupportedType, TooLarge, TooManyPixels, UnreadableImage
├─ ExternalError        .service, .retry_after
│  ├─ NotSent           nothing happened: retry
│  ├─ Busy              told to wait: retry at retry_after
│  ├─ Refused           told no: fail, show the reason
│  ├─ AuthorizationLost pause the account, ask to link again
│  └─ OutcomeUnknown    may have happened: seek proof
├─ StorageUnavailable   disk full or database locked: stop claiming, try again later
└─ LeaseLost            another worker has it: stop quietly
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum


def said_by_system(error: OSError) -> str:
    """What the system refused, for whoever runs the machine: “/srv/isekai/secret.key: Permission denied.”"""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."


class AppError(Exception):
    """Root of everything this application raises on purpose."""


class UserError(AppError):
    """Something to say to the person who asked. `str(error)` is a sentence for them."""

    code = "INVALID"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def details(self) -> Mapping[str, object] | None:
        """Facts for programs, beside the sentence."""
        return None


class NotFound(UserError):
    """It does not exist, or belongs to somebody else: the two look the same."""

    code = "NOT_FOUND"

    def __init__(self, sentence: str = "There is nothing here.") -> None:
        super().__init__(sentence)


class NotAllowed(UserError):
    code = "FORBIDDEN"


class ScopeMissing(NotAllowed):
    code = "SCOPE_MISSING"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key may not do that: it lacks the scope “{scope}”.")
        self.scope = scope

    @property
    def details(self) -> Mapping[str, object]:
        return {"scope": self.scope}


class NotSignedIn(UserError):
    code = "UNAUTHENTICATED"

    def __init__(self, sentence: str = "Sign in first.") -> None:
        super().__init__(sentence)


class WrongState(UserError):
    """The verb does not fit the state the thing is in now."""

    code = "WRONG_STATE"


class InFlight(UserError):
    """It is being sent to DeviantArt right now, or nobody knows yet whether it was."""

    code = "IN_FLIGHT"


class Stale(UserError):
    """Somebody changed it since the version that the caller saw."""

    code = "STALE"

    def __init__(self, current_version: int) -> None:
        super().__init__("This changed since you opened it. Look at the current state and try again.")
        self.current_version = current_version

    @property
    def details(self) -> Mapping[str, object]:
        return {"version": self.current_version}


class Malformed(UserError):
    """The request itself cannot be read."""

    code = "MALFORMED"


class InvalidInput(UserError):
    """Values that cannot be used; `fields` maps each name to its sentence."""

    def __init__(self, fields: Mapping[str, str], sentence: str | None = None) -> None:
        super().__init__(sentence or " ".join(dict.fromkeys(fields.values())))
        self.fields = dict(fields)

    @property
    def details(self) -> Mapping[str, object]:
        return {"fields": self.fields}


class NotReady(UserError):
    code = "NOT_READY"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("This is not ready to publish: " + " ".join(missing))
        self.missing = tuple(missing)

    @property
    def details(self) -> Mapping[str, object]:
        return {"missing": list(self.missing)}


class Expired(UserError):
    """A link or a code that worked once, or for a while, and does no more."""

    code = "EXPIRED"


class LimitReached(UserError):
    """Too many requests; `retry_after` says when the next may come."""

    code = "RATE_LIMITED"

    def __init__(self, sentence: str, *, retry_after: timedelta) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class PictureRefused(UserError):
    """A file that is not taken in; nothing of it is kept."""


class UnsupportedType(PictureRefused):
    code = "UNSUPPORTED_TYPE"


class TooLarge(PictureRefused):
    code = "TOO_LARGE"


class TooManyPixels(PictureRefused):
    code = "TOO_MANY_PIXELS"


class UnreadableImage(PictureRefused):
    code = "UNREADABLE_IMAGE"


class RefusalCode(StrEnum):
    """Why DeviantArt said no, where the application acts on the reason."""

    POLICY = "policy"  # error_code 0, 1: the artist must accept something on the site
    BAD_FIELD = "bad_field"  # error_code 2–5 and field validation
    ITEM_UNKNOWN = "item_unknown"  # error_code 7
    PREVIEW_REQUIRED = "preview_required"  # error_code 8
    ALREADY_PUBLISHED = "already_published"  # error_code 9
    SCOPE = "scope"  # insufficient_scope
    OTHER = "other"


class ExternalError(AppError):
    """A service outside did not do what was asked. `str(error)` never holds secrets."""

    def __init__(self, service: str, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.retry_after = retry_after


class NotSent(ExternalError):
    """Nothing reached the service: connect failure, DNS, a local limit before sending."""


class Busy(ExternalError):
    """Told to wait: 429, or 503 on anything but publish, or a block of our address (`blocked`)."""

    def __init__(
        self, service: str, reason: str, *, retry_after: timedelta | None = None, blocked: bool = False
    ) -> None:
        super().__init__(service, reason, retry_after=retry_after)
        self.blocked = blocked


class Refused(ExternalError):
    """Told no, for good: `code` says which no, `reason` is a sentence for people."""

    def __init__(self, service: str, reason: str, *, code: RefusalCode = RefusalCode.OTHER) -> None:
        super().__init__(service, reason)
        self.code = code


class AccessTokenRefused(ExternalError):
    """401 invalid_token: refresh once, retry once, then ask `/placebo` before believing it."""


class AuthorizationLost(ExternalError):
    """The artist has to connect the account again; nothing else helps."""


class OutcomeUnknown(ExternalError):
    """It may have happened: seek proof, never simply call again."""


class StorageUnavailable(AppError):
    """Disk full, or the database cannot be written at this moment."""


class LeaseLost(AppError):
    """Another worker holds the publication: stop, touch nothing, say nothing to DeviantArt."""
