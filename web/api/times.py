"""Times as JSON gives them: RFC 3339 in UTC with `Z`, wall clocks without a zone."""

from datetime import datetime, timedelta

from aiohttp import web

from core.errors import InvalidInput
from core.planning.wall_clock import parse_instant

# What clocks and zones can count with room on either side.
FIRST_YEAR, LAST_YEAR = 1990, 2200


def instant_json(at: datetime | None) -> str | None:
    # Three times as fast as strftime, and every list has dozens of them. Instants are in UTC here.
    return None if at is None else f"{at.isoformat()[:19]}Z"


def local_json(local: datetime | None) -> str | None:
    return None if local is None else local.isoformat()[:16]


def read_instant(text: str, *, field: str) -> datetime:
    """Raises `InvalidInput` for *field*."""
    try:
        at = parse_instant(text)
    except InvalidInput as error:
        raise InvalidInput({field: next(iter(error.fields.values()))}) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise InvalidInput({field: f"A year from {FIRST_YEAR} to {LAST_YEAR}."})
    return at


def read_period(
    request: web.Request, now: datetime, *, shown: timedelta, most: timedelta
) -> tuple[datetime, datetime]:
    """`start` (else *now*) and `end` (else *shown* later), *most* apart. Raises `InvalidInput`."""
    query = request.query
    start = read_instant(query["start"], field="start") if "start" in query else now
    end = read_instant(query["end"], field="end") if "end" in query else start + shown
    if not timedelta(0) < end - start <= most:
        raise InvalidInput({"end": f"At most {most.days} days at once, and the end after the start."})
    return start, end
