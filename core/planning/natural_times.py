"""Times as people type them: "fri 18:00", "in 3h", "tomorrow 9", "next slot", "24 dec 9am", in five languages.

Exact rules come first and decide everything they know. What they do not know goes to dateparser, imported only
then (about 0.3 s the first time: call this in a thread). Text is hostile: at most 100 characters are looked at.
"""

import re
import unicodedata
from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from core.planning import time_words as words
from core.planning.wall_clock import Planned, Wish, check_horizon, instant_of, local_of, planned_at, zone

MAX_LENGTH = 100
DAY_DEFAULT = time(9)  # a day said without a time
TONIGHT_AT = time(20)
LANGUAGES = ("en", "de", "es", "fr", "ja")

EXAMPLES = "“fri 18:00”, “in 3h”, “tomorrow 9”, “24 dec 9am” or “next slot”"


@dataclass(frozen=True, slots=True)
class When:
    """What was meant: an instant with its wish, or (`planned` is None) the next free slot of the queue."""

    planned: Planned | None

    @property
    def is_next_slot(self) -> bool:
        return self.planned is None


@dataclass(frozen=True, slots=True)
class _Now:
    instant: datetime
    local: datetime
    place: ZoneInfo


def parse_when(text: str, *, now: datetime, time_zone: str, locale: str = "en") -> When:
    """Raises `InvalidInput` for `when` with a sentence that shows examples, or for `time_zone`."""
    place = zone(time_zone)
    if len(text) > MAX_LENGTH:
        raise InvalidInput({"when": f"This is too long for a time. Try {EXAMPLES}."})
    said = fold(text)
    if not said:
        raise InvalidInput({"when": f"Say when: {EXAMPLES}."})
    if said in words.NEXT_SLOT:
        return When(None)
    here = _Now(now, local_of(now, place), place)
    planned = _understood(said, here, locale)
    if planned is None:
        shown = text.strip()
        raise InvalidInput({"when": f"“{shown[:40]}” is not a time I understand. Try {EXAMPLES}."})
    check_horizon(planned.due_at, now, field="when")
    return When(planned)


def _understood(said: str, here: "_Now", locale: str) -> Planned | None:
    if found := _WEEKS_FROM.match(said):
        start = _absolute(said[found.end() :], here, locale)
        weeks = int(words.ONE.get(found[1], 0) or found[1])
        return _later(start, timedelta(weeks=weeks)) if start else None
    return _relative(said, here) or _absolute(said, here, locale) or _anything_else(said, here, locale)


def _later(start: Planned, by: timedelta) -> Planned:
    """At the same time of day."""
    try:
        return instant_of(Wish(start.local + by, start.time_zone))
    except OverflowError as error:
        raise InvalidInput({"when": "This time is more than a year ahead."}) from error


def fold(text: str) -> str:
    """Lower case, full-width forms made plain, accents and superfluous spaces gone."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(c for c in plain if not "\u0300" <= c <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", kept).replace("’", "'").split()).strip(" .!")


# --- "in 3h", "in 1h 30min", "3時間後"

_UNIT = "|".join(sorted(map(re.escape, words.UNITS), key=len, reverse=True))
_ONE = "|".join(words.ONE)
_AMOUNT = re.compile(rf"(\d{{1,5}}|(?:{_ONE})(?=\s))\s*({_UNIT})(?![a-z])\s*(?:,|and|und|y|et)?\s*")
# "a week from tuesday", "2 weeks after 24 dec 18:00"; "2 weeks from now" is one of the relative ones.
_WEEKS_FROM = re.compile(rf"(\d{{1,2}}|{_ONE}) weeks? (?:from|after|on) (?!now\b)")
_LEADING = re.compile(rf"(?:{'|'.join(re.escape(word) for word in words.IN)})\s*")


def _relative(said: str, here: _Now) -> Planned | None:
    if said in words.NOW:
        return planned_at(here.instant, here.place)
    lead = _LEADING.match(said)
    body = said[lead.end() :] if lead else said
    if not lead and not said.endswith(("後", "from now")):
        return None
    body = body.removesuffix("後").removesuffix("from now").strip()
    days, minutes, position = 0, 0, 0
    while position < len(body):
        found = _AMOUNT.match(body, position)
        if not found:
            return None
        amount, unit = int(words.ONE.get(found[1], 0) or found[1]), words.UNITS[found[2]]
        if unit % 1440:
            minutes += amount * unit
        else:
            days += amount * unit // 1440
        position = found.end()
    return _after(days, minutes, here) if body else None


def _after(days: int, minutes: int, here: _Now) -> Planned:
    """Days keep the wall clock's time of day; hours and minutes are time that passes."""
    try:
        if days and not minutes:
            return instant_of(Wish(here.local.replace(second=0) + timedelta(days=days), here.place.key))
        return planned_at(here.instant + timedelta(days=days, minutes=minutes), here.place)
    except OverflowError as error:
        raise InvalidInput({"when": "This time is more than a year ahead."}) from error


# --- "fri 18:00", "tomorrow 9", "24 dec 9am", "2026-12-24 18:00", "12月24日 18時"

_MONTH = "|".join(sorted(words.MONTHS, key=len, reverse=True))
_NOT_TIME = r"(?![\d:]|\s*(?:am|pm|a\.m|p\.m|uhr|h|時))"
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:t(?=\d)|(?!\d))"),
    re.compile(r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日"),
    re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?:\s?(?P<year>\d{4})(?![\d:]))?"),
    re.compile(r"(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}))?(?![\d/])"),
    re.compile(
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s*(?:of |de )?(?P<name>{_MONTH})(?![a-z])\.?"
        rf"(?:,?\s*(?:de |del )?(?P<year>\d{{4}}){_NOT_TIME})?"
    ),
    re.compile(
        rf"(?P<name>{_MONTH})(?![a-z])\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_NOT_TIME}"
        rf"(?:,?\s*(?P<year>\d{{4}}){_NOT_TIME})?"
    ),
)
_TIMES = (
    re.compile(r"(?P<half>午前|午後)(?P<hour>\d{1,2})(?:時|:)(?:(?P<minute>\d{1,2})分?|(?P<thirty>半))?"),
    re.compile(r"(?P<hour>\d{1,2})時(?:(?P<minute>\d{1,2})分?|(?P<thirty>半))?"),
    re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?!\d)\s*(?P<half>[ap]\.?m\b\.?)?(?:\s*(?:uhr|h)\b)?"),
    re.compile(r"(?P<hour>\d{1,2})\s*(?P<half>[ap]\.?m\b\.?)"),
    re.compile(r"(?P<hour>\d{1,2})\s*(?:h|uhr)\s*(?P<minute>\d{2})?(?![a-z\d])"),
)
_BARE_HOUR = re.compile(r"(?P<hour>\d{1,2})(?![\d:./a-z])")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_JAPANESE = tuple(
    sorted(
        (
            word
            for known in (words.WEEKDAYS, words.DAYS, words.TIMES, words.TONIGHT, words.NEXT, words.CONNECTORS)
            for word in known
            if not word.isascii()
        ),
        key=len,
        reverse=True,
    )
)


class _Said:
    """What has been recognised so far, left to right."""

    def __init__(self) -> None:
        self.day: date | None = None
        self.year_said = False
        self.weekday: int | None = None
        self.days_ahead: int | None = None
        self.next = False
        self.at: time | None = None
        self.tonight = False

    @property
    def has_day(self) -> bool:
        return self.day is not None or self.weekday is not None or self.days_ahead is not None


def _absolute(said: str, here: _Now, locale: str) -> Planned | None:
    found = _Said()
    rest = said
    while rest := rest.lstrip(" ,、"):
        used = (
            _take_date(rest, found, here, locale)
            or _take_time(rest, found)
            or _take_word(rest, found)
            or _take_bare_hour(rest, found)
        )
        if not used:
            return None
        rest = rest[used:]
    return _put_together(found, here)


def _take_date(rest: str, found: _Said, here: _Now, locale: str) -> int:
    if found.day is not None:
        return 0
    for pattern in _DATES:
        match = pattern.match(rest)
        if match:
            parts = match.groupdict()
            month, day = _month_and_day(parts, locale)
            found.year_said = parts["year"] is not None
            found.day = _date(int(parts["year"]), month, day) if parts["year"] else _this_year(month, day, here)
            return match.end()
    return 0


def _month_and_day(parts: dict[str, str], locale: str) -> tuple[int, int]:
    if "first" in parts:
        return _slashed(int(parts["first"]), int(parts["second"]), locale)
    month = words.MONTHS[parts["name"]] if "name" in parts else int(parts["month"])
    return month, int(parts["day"])


def _slashed(first: int, second: int, locale: str) -> tuple[int, int]:
    """24/12 is clear, and so is 12/24; 5/6 means one day to some and another to others."""
    if locale.startswith("ja"):
        return first, second
    if first > 12 or first == second or not locale.startswith("en"):
        return second, first
    if second > 12:
        return first, second
    raise InvalidInput({"when": "This could be two different days; write it as 2026-06-05 or “5 jun”."})


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise InvalidInput({"when": "There is no such day in the calendar."}) from error


def _this_year(month: int, day: int, here: _Now) -> date:
    leap_day = (month, day) == (2, 29) and not isleap(here.local.year)
    return _date(here.local.year + leap_day, month, day)


def _take_time(rest: str, found: _Said) -> int:
    if found.at is not None:
        return 0
    for pattern in _TIMES:
        match = pattern.match(rest)
        if match:
            parts = match.groupdict()
            minute = 30 if parts.get("thirty") else int(parts.get("minute") or 0)
            found.at = _time(int(parts["hour"]), minute, parts.get("half"))
            return match.end()
    return 0


def _time(hour: int, minute: int, half: str | None) -> time:
    no_such_time = InvalidInput({"when": f"There is no {hour}:{minute:02} on the clock."})
    if half:
        if not (0 if half in {"午前", "午後"} else 1) <= hour <= 12:
            raise no_such_time
        hour = hour % 12 + (12 if half == "午後" or half.startswith("p") else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise no_such_time from None


def _take_bare_hour(rest: str, found: _Said) -> int:
    match = _BARE_HOUR.match(rest)
    if not match or found.at is not None or not found.has_day:
        return 0
    found.at = _time(int(match["hour"]), 0, None)
    return match.end()


def _take_word(rest: str, found: _Said) -> int:
    match = _WORD.match(rest)
    word = match[0] if match else next((known for known in _JAPANESE if rest.startswith(known)), "")
    if not word:
        return 0
    if word in words.TONIGHT and not found.has_day:
        found.days_ahead, found.tonight = 0, True
    elif word in words.DAYS and not found.has_day:
        found.days_ahead = words.DAYS[word]
    elif word in words.WEEKDAYS and found.weekday is None and found.days_ahead is None:
        found.weekday = words.WEEKDAYS[word]
    elif word in words.TIMES and found.at is None:
        found.at = words.TIMES[word]
    elif word in words.NEXT:
        found.next = True
    elif word not in words.CONNECTORS:
        return 0
    return len(word)


def _put_together(found: _Said, here: _Now) -> Planned | None:
    if not found.has_day and found.at is None:
        return None
    if found.days_ahead == 0 and found.at is None and not found.tonight:
        raise InvalidInput({"when": "Say a time as well, such as “today 18:00”."})
    at = found.at or (TONIGHT_AT if found.tonight else DAY_DEFAULT)
    today = here.local.date()
    if found.day is not None:
        return _on_date(found.day, at, here, year_said=found.year_said)
    if found.days_ahead is not None:
        return _on(today + timedelta(days=found.days_ahead), at, here)
    if found.weekday is None:
        return _first_ahead((today, today + timedelta(days=1)), at, here)
    ahead = (found.weekday - today.weekday()) % 7
    if found.next and ahead == 0:
        ahead = 7
    return _first_ahead((today + timedelta(days=ahead), today + timedelta(days=ahead + 7)), at, here)


def _on(day: date, at: time, here: _Now) -> Planned:
    return instant_of(Wish(datetime.combine(day, at), here.place.key))


def _first_ahead(days: Sequence[date], at: time, here: _Now) -> Planned:
    candidates = [_on(day, at, here) for day in days]
    return next((planned for planned in candidates if planned.due_at > here.instant), candidates[-1])


def _on_date(day: date, at: time, here: _Now, *, year_said: bool) -> Planned:
    planned = _on(day, at, here)
    if year_said or planned.due_at > here.instant:
        return planned
    return _on(_date(day.year + 1, day.month, day.day), at, here)


# --- the rest: whatever else dateparser makes of words


_CLOCK = re.compile(r"(?<!\d)0?(\d{1,2}:\d{2})")


def _anything_else(said: str, here: _Now, locale: str) -> Planned | None:
    # Long runs without a space, or of digits, are never times, and only they are slow.
    if len(said.split()) > 12 or re.search(r"\d{5}|[^\W\d_]{20}", said) or not re.search(r"[^\W\d_]", said):
        return None
    import dateparser  # heavy: only for what the rules above do not know

    language = locale[:2] if locale[:2] in LANGUAGES else "en"
    languages = list(dict.fromkeys((language, "en")))
    settings = {
        "RELATIVE_BASE": here.local,
        "PREFER_DATES_FROM": "future",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "TIMEZONE": "UTC",  # else it asks the machine for its zone; the base above is a wall clock anyway
        "PARSERS": ["relative-time", "absolute-time"],
        "DATE_ORDER": "DMY",
    }
    try:
        local = dateparser.parse(said, languages=languages, settings=settings)
    except (ValueError, OverflowError, RecursionError):  # its parsers raise these for some odd texts
        return None
    # It drops what it cannot place. A time that was said and is not in its answer means that it guessed.
    if local is None or any(clock != f"{local.hour}:{local:%M}" for clock in _CLOCK.findall(said)):
        return None
    return instant_of(Wish(local.replace(second=0, microsecond=0, tzinfo=None), here.place.key))


# --- what to offer while somebody types

_OFFERED_TIMES = (time(9), time(12), time(18), time(21))
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def label(planned: Planned) -> str:
    """ "Fri 27 Nov 2026 18:00": says the whole instant, and parses back to it."""
    at = planned.local
    return f"{_DAY_NAMES[at.weekday()]} {at.day} {_MONTH_NAMES[at.month - 1]} {at.year} {at:%H:%M}"


def suggest(
    text: str, now: datetime, time_zone: str, *, locale: str = "en", limit: int = 8
) -> list[tuple[str, datetime]]:
    """(label, instant) pairs to offer for what is typed so far; never raises for odd text."""
    offers: dict[str, datetime] = {}
    typed = text.strip()[:MAX_LENGTH]
    for phrase in (typed, *_completions(typed)):
        if len(offers) >= limit:
            break
        try:
            planned = parse_when(phrase, now=now, time_zone=time_zone, locale=locale).planned
        except InvalidInput:
            continue
        if planned is not None:
            offers.setdefault(label(planned), planned.due_at)
    return list(offers.items())


def _completions(typed: str) -> list[str]:
    said = fold(typed)
    if not said:
        return ["in 1h", "today 18:00", "tomorrow 9:00", "tomorrow 18:00", "fri 18:00", "sat 12:00", "sun 18:00"]
    times = [f"{at:%H:%M}" for at in _OFFERED_TIMES]
    if re.fullmatch(r"\d{1,2}", said):
        return [f"{said}:00", f"tomorrow {said}:00", f"{said}:30", f"in {said}h", f"in {said} days"]
    if lead := re.fullmatch(r"in (\d{1,4})", said):
        return [f"in {lead[1]} {unit}" for unit in ("min", "h", "days", "weeks")]
    stems = [said]
    last = said.split()[-1]
    if last.isalpha() and len(last) >= 2:
        head = said[: -len(last)]
        known = (*words.DAYS, *words.WEEKDAYS, *words.MONTHS)
        stems += [head + word for word in known if word.startswith(last) and word != last][:3]
    return [f"{stem} {at}" for stem in stems for at in times] + stems[1:]
