"""When to come back after something did not work; pure."""

from datetime import datetime, timedelta
from random import Random

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
JITTER = 0.1


def wait_before(attempt: int, random: Random, *, told_to_wait: timedelta | None = None) -> timedelta:
    """Time to leave before retry number *attempt* (the first retry is 1).

    Doubles from 30 s to at most 1 h, plus up to 10 % jitter. A wait the service asked for is a floor: we
    never come back sooner than *told_to_wait*.
    """
    grown: timedelta = min(FIRST_WAIT * 2 ** min(attempt - 1, 20), LONGEST_WAIT)
    waited = grown * (1 + random.random() * JITTER)
    return max(waited, told_to_wait) if told_to_wait else waited


def whole_second_after(moment: datetime) -> datetime:
    """Times are kept in whole seconds; cutting one off would bring us back sooner than told."""
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment
