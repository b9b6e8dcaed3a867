"""The frame around every page: rooms on a phone, and what stands still."""

import re
from html import unescape

from tests.support.app import AppHarness, Caller


def rooms(page: str, name: str) -> set[str]:
    """Where the links of one navigation lead."""
    start = page.index(f'id="{name}-nav"')
    part = page[start : page.index("</nav>", start)]
    return set(re.findall(r'<a href="([^"?]+)', part))


async def test_every_room_of_the_rail_is_reached_on_a_phone(mira: Caller) -> None:
    page = (await mira.get("/")).text

    assert rooms(page, "tabs") == rooms(page, "rail")


async def test_more_marks_that_the_page_is_behind_it(mira: Caller) -> None:
    assert '<summary class="is-here">' in (await mira.get("/folders")).text
    assert '<summary class="is-here">' not in (await mira.get("/drafts")).text


async def test_a_pause_shows_on_every_page_and_one_click_ends_it_there(mira: Caller) -> None:
    paused = await mira.post("/pause", data={"next": "/drafts?q=sea"})
    page = await mira.get("/drafts?q=sea")

    assert paused.headers["Location"] == "/drafts?q=sea"
    assert "Publishing is paused since" in page.text
    assert "Publishing is paused." in (await mira.get("/nav/rail")).text  # where else the next publication stands
    assert page.text.count('action="/resume"') >= 2
    assert 'name="next" value="/drafts?q=sea"' in page.text
    await mira.post("/resume", data={"next": "/"})
    assert "Publishing is paused" not in (await mira.get("/templates")).text


async def test_one_paused_account_is_said_everywhere_by_name(app: AppHarness, mira: Caller) -> None:
    await app.authorize(mira, "juno", start="/auth/deviantart?link=1")
    accounts = (await mira.get("/api/me")).body["accounts"]
    juno = next(account for account in accounts if account["username"] == "juno")

    narrowed = unescape((await mira.get("/drafts?q=sea&account_id=1")).text)
    assert f'href="/drafts?q=sea&account_id={juno["id"]}"' in narrowed  # another account, the same search
    assert 'href="/drafts?q=sea"' in narrowed

    await mira.post("/pause", data={"account_id": juno["id"]})
    page = unescape((await mira.get("/calendar/list")).text)

    assert "juno is paused." in page
    assert "Resume juno" in page
    assert "Pause mira" in page
    assert "Pause everything" in page


async def test_a_pause_from_elsewhere_reaches_open_pages(mira: Caller) -> None:
    await mira.post("/pause")

    news = await mira.get("/nav/pause?next=/drafts", headers={"HX-Request": "true"})

    assert 'hx-target="#paused"' in news.text
    assert 'name="next" value="/drafts"' in news.text
    assert "//evil" not in (await mira.get("/nav/pause?next=//evil")).text
