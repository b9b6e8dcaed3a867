"""The calendar's feeds: tiles, what speaks against them, what is shaded, and drafts dropped on a day."""

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.app import AppHarness, Caller
from web.pages import full_month
from web.pages.calendar import month_now


def in_days(app: AppHarness, away: int) -> date:
    return app.app.clock.now().date() + timedelta(days=away)


def span(app: AppHarness) -> str:
    return f"start={in_days(app, 0)}T00:00:00Z&end={in_days(app, 40)}T00:00:00Z"


async def a_draft(mira: Caller) -> dict[str, Any]:
    waiting = (await mira.get("/api/posts?status=review&limit=1")).body["items"][0]
    return dict((await mira.post(f"/api/posts/{waiting['id']}/approve", json={})).body)


async def scheduled(mira: Caller, local: str, **more: object) -> dict[str, Any]:
    draft = await a_draft(mira)
    wish = {"local": local, "time_zone": "UTC", **more}
    answer = await mira.post(f"/api/posts/{draft['id']}/schedule", json=wish)
    assert answer.status == 200, answer.text
    return dict(answer.body)


async def test_a_tile_says_what_speaks_against_its_time(app: AppHarness, mira: Caller) -> None:
    day = in_days(app, 3)
    first = await scheduled(mira, f"{day}T18:00")
    await scheduled(mira, f"{day}T18:10")
    alone = await scheduled(mira, f"{in_days(app, 9)}T18:00")
    await mira.patch(f"/api/accounts/{first['account_id']}/pacing", json={"min_gap_minutes": 60})

    tiles = {tile["id"]: tile["extendedProps"] for tile in (await mira.get(f"/calendar/events?{span(app)}")).body}
    listed = unescape((await mira.get(f"/calendar/list?month={day:%Y-%m}")).text)

    assert tiles[first["id"]]["against"] == "Another post goes out at 18:10; the minimum gap is 1 h."
    assert tiles[alone["id"]]["against"] == ""
    assert "Another post goes out at 18:10" in listed


async def test_a_crowded_month_brings_the_first_of_each_day_and_a_week_all(
    app: AppHarness, mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = in_days(app, 3)
    posts = [await scheduled(mira, f"{day}T{hour:02}:00") for hour in (8, 9, 10)]
    alone = await scheduled(mira, f"{in_days(app, 9)}T18:00")
    await mira.patch(f"/api/accounts/{alone['account_id']}/pacing", json={"max_per_day": 2})
    monkeypatch.setattr(full_month, "EACH", 1)
    whole = (await mira.get(f"/calendar/events?{span(app)}")).body
    monkeypatch.setattr(full_month, "MANY", 3)

    month = (await mira.get(f"/calendar/events?{span(app)}")).body
    week = (await mira.get(f"/calendar/events?start={day}T00:00:00Z&end={in_days(app, 10)}T00:00:00Z")).body

    assert [tile["id"] for tile in month] == [posts[0]["id"], alone["id"], f"rest-{day}"]
    assert (month[2]["title"], month[2]["extendedProps"]) == ("2 more: the whole day", {"rest": 2})
    assert "already has 2 posts" in month[0]["extendedProps"]["against"]
    assert week == whole
    assert len(whole) == 4


@pytest.mark.parametrize(("zone", "hours"), [("UTC", [24, 24, 6]), ("Europe/Berlin", [1, 25, 24, 4])])
def test_days_are_those_of_the_place_also_when_the_clocks_change(zone: str, hours: list[int]) -> None:
    start = datetime(2026, 10, 24, 21, tzinfo=UTC) if zone != "UTC" else datetime(2026, 10, 24, tzinfo=UTC)

    days = full_month.days_of(ZoneInfo(zone), start, start + timedelta(hours=54))

    assert [(until - since) / timedelta(hours=1) for since, until in days] == hours
    assert [since for since, _ in days[1:]] == [until for _, until in days[:-1]]


async def test_posts_of_a_paused_account_say_that_they_wait(app: AppHarness, mira: Caller) -> None:
    post = await scheduled(mira, f"{in_days(app, 3)}T18:00")
    await mira.post("/pause", data={"account_id": post["account_id"]})

    (tile,) = (await mira.get(f"/calendar/events?{span(app)}")).body
    (shade,) = (await mira.get(f"/calendar/shades?{span(app)}")).body

    assert tile["extendedProps"]["against"] == "mira is paused: this waits."
    assert (shade["title"], shade["extendedProps"]["shade"], shade["display"]) == ("Paused", "pause", "background")


async def test_holidays_are_shaded_and_named_in_the_list(app: AppHarness, mira: Caller) -> None:
    first, last = in_days(app, 5), in_days(app, 6)
    await mira.post("/api/holidays", json={"first": f"{first}", "last": f"{last}", "name": "Winter <b>"})

    (shade,) = (await mira.get(f"/calendar/shades?{span(app)}")).body
    listed = (await mira.get(f"/calendar/list?month={first:%Y-%m}")).text

    assert (shade["start"], shade["end"]) == (f"{first}", f"{last + timedelta(days=1)}")
    assert "Winter &lt;b&gt;: nothing goes out" in listed


async def test_the_list_begins_today_and_goes_on_into_the_next_month(app: AppHarness, mira: Caller) -> None:
    day = in_days(app, 29)
    post = await scheduled(mira, f"{day}T18:00")

    ahead = (await mira.get(f"/calendar/list?account_id={post['account_id']}")).text
    later = (await mira.get("/calendar/list?month=2031-01")).text

    assert f'id="post-{post["id"]}"' in ahead
    assert f'href="/calendar?account_id={post["account_id"]}&amp;date={in_days(app, 0)}&amp;view=week"' in ahead
    assert "Nothing in January 2031" in later
    assert "9999" not in (await mira.get("/calendar?date=9999-12-31")).text.split('id="calendar"')[1].split(">")[0]


@pytest.mark.parametrize(
    ("today", "begins"),
    [
        (date(2026, 11, 30), date(2026, 12, 1)),  # a Monday: its week is December's first
        (date(2026, 11, 29), date(2026, 11, 29)),
        (date(2027, 1, 31), date(2027, 1, 31)),  # a Sunday: February begins with the next week
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2026, 12, 1), date(2026, 12, 1)),
    ],
)
def test_the_month_that_begins_this_week_is_shown_where_none_is_asked_for(today: date, begins: date) -> None:
    assert month_now(today) == begins


async def test_a_draft_dropped_on_a_day_takes_its_free_slot(app: AppHarness, mira: Caller) -> None:
    draft = await a_draft(mira)
    slots = [{"days": [0, 1, 2, 3, 4, 5, 6], "time": "20:15"}]
    await mira("PUT", f"/api/accounts/{draft['account_id']}/slots", json={"slots": slots})
    day = in_days(app, 4)

    await mira.post(f"/calendar/{draft['id']}/move", data={"day": f"{day}", "version": draft["version"]})

    moved = (await mira.get(f"/api/posts/{draft['id']}")).body
    assert (moved["status"], moved["due_local"]) == ("scheduled", f"{day}T20:15")


async def test_days_beyond_all_calendars_are_refused_in_words(app: AppHarness, mira: Caller) -> None:
    draft = await a_draft(mira)
    slots = [{"days": [0, 1, 2, 3, 4, 5, 6], "time": "20:15"}]
    await mira("PUT", f"/api/accounts/{draft['account_id']}/slots", json={"slots": slots})

    moved = await mira.post(f"/calendar/{draft['id']}/move", data={"day": "9999-12-31"})
    holiday = await mira.post("/api/holidays", json={"first": "9999-12-31"})
    faint = await mira.get("/calendar/faint?start=9999-12-20T00:00:00Z&end=9999-12-31T23:00:00Z")
    listed = await mira.get("/calendar/list?month=2026-11&day=00199")

    assert (moved.status, holiday.status, faint.status, listed.status) == (303, 422, 400, 200)
    assert "first" in holiday.body["details"]["fields"]
    assert (await mira.get(f"/calendar/shades?{span(app)}")).body == []
    assert (await mira.get(f"/api/posts/{draft['id']}")).body["status"] == "draft"


async def test_nobody_sees_another_s_shades(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    await mira.post("/api/holidays", json={"first": f"{in_days(app, 5)}", "name": "Mine"})

    assert (await juno.get(f"/calendar/shades?{span(app)}")).body == []
