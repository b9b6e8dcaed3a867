"""A failure in words: what it is, and what happens next by itself."""

from datetime import datetime

from core.publishing.publication import Failure, FailureKind, Step
from web.pages.moments import Moment

TITLES = {
    FailureKind.NOT_SENT: "DeviantArt could not be reached",
    FailureKind.BUSY: "DeviantArt asked to wait",
    FailureKind.REFUSED: "DeviantArt refused it",
    FailureKind.AUTHORIZATION_LOST: "The account has to be connected again",
    FailureKind.OUTCOME_UNKNOWN: "Nobody knows yet whether it is online",
    FailureKind.NOT_READY: "It was not ready",
}
STEPS = {
    Step.SUBMIT: "It happened on the way to Sta.sh: nothing is public.",
    Step.PUBLISH: "It happened when DeviantArt was asked to publish it.",
    Step.SETTLE: "It happened while Isekai looked whether it is online.",
}


def what_next(failure: Failure, retry: Moment | None, now: datetime | None, *, owner: str = "") -> str:
    """*retry*: when Isekai tries again, as the reader says it; what is overdue is being tried.

    *owner*: whose account it is, where it is not the reader's: nobody else can connect it.
    """
    if failure.retry_at is not None and now is not None and failure.retry_at <= now:
        return "Isekai is trying again."
    if retry is not None:
        return f"Isekai tries again {retry.text}."
    match failure.kind:
        case FailureKind.AUTHORIZATION_LOST if owner:
            return f"Only {owner}, whose account it is, can connect it again. Then it goes out."
        case FailureKind.AUTHORIZATION_LOST:
            return "It goes out once the account is connected again."
        case FailureKind.OUTCOME_UNKNOWN:
            return "Nothing happens until you say whether it is online."
        case FailureKind.NOT_READY:
            return "Nothing happens until what is missing is there and you try again."
        case _:
            return "Nothing happens until you decide."
