from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from web.pages.flash import Flash, FlashLink, Undo, is_local, pack, unpack
from web.pages.moments import moment, suggestions
from web.pages.pictures import RATIOS, ratio_class

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # 13:00 in Paris, a Monday


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(seconds=20), "in 20 s"),
        (timedelta(minutes=25), "in 25 min"),
        (timedelta(hours=5), "today 18:00"),
        (timedelta(hours=12), "tomorrow 01:00"),
        (timedelta(days=4), "Fri 27 Nov, 13:00"),
        (timedelta(days=400), "28 Dec 2027, 13:00"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=-12), "12 min ago"),
        (timedelta(hours=-14), "yesterday 23:00"),
    ],
)
def test_times_read_as_people_say_them(away: timedelta, said: str) -> None:
    assert moment(NOW + away, NOW, PARIS).text == said


@pytest.mark.parametrize("away", [timedelta(), timedelta(minutes=-12), timedelta(minutes=12)])
def test_where_something_began_is_a_time_and_no_distance(away: timedelta) -> None:
    at = NOW + away

    assert moment(at, NOW, PARIS).named == f"today {at.astimezone(PARIS):%H:%M}"


def test_a_moment_is_exact_for_machines_and_on_hover() -> None:
    said = moment(NOW, NOW, PARIS)

    assert said.iso == "2026-11-23T12:00:00Z"
    assert said.exact == "Monday 23 November 2026, 13:00:00, Europe/Paris"


def test_suggested_times_are_never_past() -> None:
    for hours in range(0, 24 * 8, 5):
        now = NOW + timedelta(hours=hours)
        local = f"{now.astimezone(PARIS):%Y-%m-%dT%H:%M}"
        assert all(at > local for _, at in suggestions(now, PARIS))


@pytest.mark.parametrize(("width", "height", "near"), [(100, 100, 1.0), (1920, 1080, 1.78), (1, 5000, 0.3)])
def test_each_picture_gets_a_ratio_that_has_a_class(width: int, height: int, near: float) -> None:
    found = ratio_class(width, height)

    assert found in RATIOS
    assert found / 100 == pytest.approx(near, rel=0.02)


def test_the_style_sheet_has_every_ratio() -> None:
    from web.assets import STATIC

    sheet = (STATIC / "css" / "pictures.css").read_text()
    assert all(f".r-{ratio}{{" in sheet for ratio in RATIOS)


def test_a_message_survives_its_cookie() -> None:
    flash = Flash("Done.", undo=Undo("/posts/1/restore", fields={"version": "3"}), link=FlashLink("/posts/1", "Open"))

    assert unpack(pack(flash)) == flash


@pytest.mark.parametrize("value", ["", "x", "bm9uZQ", pack(Flash("x"))[:-3] + "!!!", "A" * 5000])
def test_a_cookie_we_did_not_write_is_no_message(value: str) -> None:
    assert unpack(value) is None or isinstance(unpack(value), Flash)


def test_a_message_never_leads_elsewhere() -> None:
    assert unpack(pack(Flash("x", undo=Undo("//evil.example")))) == Flash("x")
    assert not any(map(is_local, ["//a", "/\\a", "https://a", "", "a", "/a\nb"]))


def test_the_last_moment_there_is_can_be_said_everywhere() -> None:
    for_ever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert moment(for_ever, NOW, PARIS).text == "31 Dec 9999, 23:59"
