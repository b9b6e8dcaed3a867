from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.planning.natural_times import label, parse_when, suggest
from core.planning.wall_clock import planned_at, zone

WEDNESDAY = datetime(2026, 11, 25, 11, 0, 30, tzinfo=UTC)  # noon in Paris


def local(text: str, locale: str = "en", now: datetime = WEDNESDAY, place: str = "Europe/Paris") -> str:
    planned = parse_when(text, now=now, time_zone=place, locale=locale).planned
    assert planned is not None
    return planned.local.strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "locale", "meant"),
    [
        ("fri 18:00", "en", "Fri 2026-11-27 18:00"),
        ("in 3h", "en", "Wed 2026-11-25 15:00"),
        ("in 1h 30m", "en", "Wed 2026-11-25 13:30"),
        ("in 2 days", "en", "Fri 2026-11-27 12:00"),
        ("tomorrow 9", "en", "Thu 2026-11-26 09:00"),
        ("24 dec 9am", "en", "Thu 2026-12-24 09:00"),
        ("Dec 24, 2026 at 6pm", "en", "Thu 2026-12-24 18:00"),
        ("18:00", "en", "Wed 2026-11-25 18:00"),
        ("11:00", "en", "Thu 2026-11-26 11:00"),
        ("noon", "en", "Thu 2026-11-26 12:00"),
        ("tonight", "en", "Wed 2026-11-25 20:00"),
        ("tomorrow", "en", "Thu 2026-11-26 09:00"),
        ("wed 9", "en", "Wed 2026-12-02 09:00"),
        ("next wed 18:00", "en", "Wed 2026-12-02 18:00"),
        ("2026-12-24 18:00", "en", "Thu 2026-12-24 18:00"),
        ("2026-12-24T18:00", "en", "Thu 2026-12-24 18:00"),
        ("Fri 27 Nov 2026 18:00", "en", "Fri 2026-11-27 18:00"),
        ("a week from tuesday at 5pm", "en", "Tue 2026-12-08 17:00"),
        ("2 weeks after 24 dec 18:00", "en", "Thu 2027-01-07 18:00"),
        ("next week", "en", "Wed 2026-12-02 12:00"),
        ("freitag um 18 uhr", "de", "Fri 2026-11-27 18:00"),
        ("übermorgen 18:30", "de", "Fri 2026-11-27 18:30"),
        ("24.12. 9:00", "de", "Thu 2026-12-24 09:00"),
        ("in 3 Stunden", "de", "Wed 2026-11-25 15:00"),
        ("5/6 9:00", "de", "Sat 2027-06-05 09:00"),
        ("mañana a las 9", "es", "Thu 2026-11-26 09:00"),
        ("24 de diciembre a las 9", "es", "Thu 2026-12-24 09:00"),
        ("vendredi à 18h30", "fr", "Fri 2026-11-27 18:30"),
        ("dans 3 heures", "fr", "Wed 2026-11-25 15:00"),
        ("明日9時", "ja", "Thu 2026-11-26 09:00"),
        ("明日の午後6時", "ja", "Thu 2026-11-26 18:00"),
        ("12月24日 18時30分", "ja", "Thu 2026-12-24 18:30"),
        ("３時間後", "ja", "Wed 2026-11-25 15:00"),
    ],
)
def test_people_say_when_in_their_words(text: str, locale: str, meant: str) -> None:
    assert local(text, locale) == meant


@pytest.mark.parametrize("text", ["next slot", "Nächster Slot", "próximo hueco", "prochain créneau", "次の枠"])
def test_the_next_slot_is_left_to_the_queue(text: str) -> None:
    assert parse_when(text, now=WEDNESDAY, time_zone="Europe/Paris").is_next_slot


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Say when"),
        ("asdf", "not a time I understand"),
        ("today", "Say a time as well"),
        ("25:00", "There is no 25:00"),
        ("31 feb 9am", "no such day"),
        ("29 feb 9:00", "no such day"),
        ("5/6 9:00", "two different days"),
        ("today 9:00", "in the past"),
        ("2020-01-01 10:00", "in the past"),
        ("2028-12-24 10:00", "more than a year"),
        ("in 99999 weeks", "more than a year"),
        ("99 weeks from 9999-12-30", "more than a year"),
        ("a week from whenever", "not a time I understand"),
        ("tomorrow 18:00 9:00", "not a time I understand"),
        ("1", "not a time I understand"),
        ("9" * 101, "too long"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_when(text, now=WEDNESDAY, time_zone="Europe/Paris")

    assert sentence in caught.value.fields["when"]


def test_a_weekday_said_on_that_day_means_today_while_its_time_is_ahead() -> None:
    assert local("wed 18:00") == "Wed 2026-11-25 18:00"


def test_today_is_the_artists_day() -> None:
    late = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)  # already the 26th on Kiritimati

    assert local("tomorrow 9", now=late, place="Pacific/Kiritimati") == "Fri 2026-11-27 09:00"


def test_days_keep_the_time_of_day_over_a_clock_change_and_hours_do_not() -> None:
    before = datetime(2027, 3, 27, 17, 0, tzinfo=UTC)

    days = parse_when("in 1 day", now=before, time_zone="Europe/Paris").planned
    hours = parse_when("in 24h", now=before, time_zone="Europe/Paris").planned

    assert days and days.due_at - before == timedelta(hours=23)
    assert hours and hours.due_at - before == timedelta(hours=24)


instants = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@settings(max_examples=150, deadline=None)
@given(
    now=instants,
    ahead=st.integers(1, 365 * 24 * 60 - 60),
    place=st.sampled_from(["Australia/Lord_Howe", "Europe/Dublin", "Pacific/Kiritimati", "Asia/Tehran", "UTC"]),
)
def test_a_label_parses_back_to_its_instant(now: datetime, ahead: int, place: str) -> None:
    planned = planned_at(now.replace(second=0, microsecond=0) + timedelta(minutes=ahead), zone(place))

    again = parse_when(label(planned), now=now, time_zone=place).planned

    assert again is not None
    assert again.local == planned.local


@settings(max_examples=150, deadline=2000)
@given(st.text(max_size=120) | st.text(alphabet="0123456789:/.- aminhdpfrioctweku時日月", max_size=100))
def test_any_text_is_answered_quickly_and_with_nothing_but_a_sentence(text: str) -> None:
    try:
        when = parse_when(text, now=WEDNESDAY, time_zone="Europe/Paris")
    except InvalidInput:
        return
    assert when.planned is None or when.planned.due_at >= WEDNESDAY - timedelta(seconds=60)


@pytest.mark.parametrize("typed", ["", "fri", "18", "tom", "in 3", "24 dec", "frei"])
def test_what_is_offered_while_typing_means_what_it_says(typed: str) -> None:
    offers = suggest(typed, WEDNESDAY, "Europe/Paris")

    assert offers
    for text, instant in offers:
        planned = parse_when(text, now=WEDNESDAY, time_zone="Europe/Paris").planned
        assert planned is not None
        assert planned.due_at == instant.replace(second=0)


def test_odd_text_offers_nothing() -> None:
    assert suggest("zzz", WEDNESDAY, "Europe/Paris") == []
