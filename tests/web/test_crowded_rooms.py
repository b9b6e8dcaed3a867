"""Rooms that hold more than one of their pages shows, and fields that offer the most used alone."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

import pytest

from tests.support.app import AppHarness, Caller
from tests.support.filled import send
from tests.web.test_planning_api import EVENING


async def made(mira: Caller, path: str, names: Iterable[str], **more: Any) -> list[str]:
    return [str((await mira.post(path, json=more | {"name": name})).body["id"]) for name in names]


async def following(mira: Caller, page: str, word: str = "More") -> str:
    """The page that the link with that word leads to."""
    [url] = re.findall(rf'href="([^"]+)"[^>]*>{word}\b', page)
    return (await mira.get(unescape(url))).text


async def test_automations_of_a_later_page_keep_their_place_among_all(
    mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.automations.CARDS", 2)
    a, b, c, d = await made(mira, "/api/automations", "ABCD", **EVENING)

    later = await following(mira, (await mira.get("/automations")).text)
    [url] = re.findall(r'data-url="([^"]+)"', later)
    fields = [("csrf_token", mira.headers["X-CSRF-Token"]), ("automation", d), ("automation", c)]
    await mira.post(unescape(url), data=fields)

    assert re.findall(r'data-entry="(\d+)"', later) == [c, d]
    assert [one["id"] for one in (await mira.get("/api/automations")).body["items"]] == [a, b, d, c]


async def test_an_automation_is_found_by_its_name(mira: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    few = (await mira.get("/automations")).text
    monkeypatch.setattr("web.pages.automations.CARDS", 2)
    await made(mira, "/api/automations", ["Dawn", "Dusk", "Noon"], **EVENING)

    found = (await mira.get("/automations?q=DAW")).text
    two = (await mira.get("/automations?q=d")).text

    assert ("Find an automation" in few, "Find an automation" in found) == (False, True)
    assert re.findall(r'class="dot"></span>(\w+)</a>', found) == ["Dawn"]
    assert re.findall(r'class="dot"></span>(\w+)</a>', two) == ["Dawn", "Dusk"]
    assert "data-sort" not in two, "what was left out would lose its place"
    assert found.count('value="DAW"') == 1, "the search for posts in the header is another"
    assert "No automation has “&lt;b&gt;” in its name." in (await mira.get("/automations?q=<b>")).text


async def test_what_will_happen_is_shown_page_by_page(mira: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.automations.SLOTS", 1)
    for post in (await mira.get("/api/posts?status=review")).body["items"][:2]:
        await mira.post(f"/api/posts/{post['id']}/approve", json={})
    [one] = await made(mira, "/api/automations", ["Evenings"], **EVENING)
    await mira.post(f"/api/automations/{one}/enable", json={})

    first = (await mira.get("/automations/preview")).text
    second = await following(mira, first)

    shown = [re.findall(r'href="/posts/(\d+)"', page) for page in (first, second)]
    assert [len(posts) for posts in shown] == [1, 1]
    assert shown[0] != shown[1]


async def test_templates_and_series_are_shown_page_by_page(mira: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("template_room.OF_EACH", "template_room.ON_A_PAGE", "series.CARDS"):
        monkeypatch.setattr(f"web.pages.{name}", 2)
    await made(mira, "/api/templates", "ABC", kind="tags", body="forest")
    await made(mira, "/api/series", "ABC", ids=[])

    some = (await mira.get("/templates")).text
    first = await following(mira, some, "All 3")
    last = await following(mira, first)
    series = await following(mira, (await mira.get("/series")).text)

    listed = [re.findall(r'href="/templates/\d+">(\w)</a>', page) for page in (some, first, last)]
    assert listed == [["A", "B"], ["A", "B"], ["C"]]
    assert re.findall(r'href="/series/\d+">(\w)</a>', series) == ["C"]


async def test_parts_of_a_long_series_are_paged_and_arranged_where_they_stand(
    mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.series.PARTS", 2)
    posts = (await mira.get("/api/posts?limit=5")).body["items"]
    ids = [post["id"] for post in reversed(posts)]
    (series,) = await made(mira, "/api/series", ["Long"], ids=ids)

    def parts(page: str) -> list[str]:
        return re.findall(r'data-entry="(\d+)"', page)

    first = (await mira.get(f"/series/{series}")).text
    second = await following(mira, first)
    order_url = re.search(r'data-url="([^"]+)"', second)
    assert order_url and (parts(first), parts(second)) == (ids[:2], ids[2:4])

    await send(mira, order_url[1], part=[ids[3], ids[2]])
    back = await mira.post(order_url[1], data={"up": ids[3]}, follow=True)
    kept = (await mira.get(f"/api/series/{series}")).body["parts"]

    assert parts(back.text) == [ids[1], ids[2]]
    assert [part["post_id"] for part in kept] == [ids[0], ids[3], ids[1], ids[2], ids[4]]


async def test_a_field_offers_the_most_used_templates_and_the_chosen_one(
    mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.paging.OFFERED", 1)
    _, chosen, _ = await made(mira, "/api/templates", "ABC", kind="comment", body="Thank you")
    post = (await mira.get("/api/posts?limit=1")).body["items"][0]
    await send(mira, f"/posts/{post['id']}/more/after", comment=chosen, version=str(post["version"]))

    page = (await mira.get(f"/posts/{post['id']}/more")).text

    assert "the 1 most used of 3" in page
    assert re.findall(r"<option[^>]*>([A-C])</option>", page) == ["A", "B"]


async def test_folders_are_paged_found_by_name_and_arranged_where_they_stand(
    app: AppHarness, mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.folders.OF_EACH", 1)
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    path = f"/api/accounts/{account}/folders"
    ids = [(await mira.post(path, json={"name": name})).body["id"] for name in ("Sea", "Sky", "Town", "Wood")]
    for name in ("Ash", "Oak"):
        await mira.post(path, json={"name": name, "parent_id": ids[3]})
    tops = [one["id"] for one in (await mira.get(path)).body["items"] if one["parent_id"] is None]
    monkeypatch.setattr("web.pages.folders.ON_A_PAGE", len(tops) - 2)  # then Town, and Wood with one of its two

    first = (await mira.get("/folders")).text
    later = await following(mira, first)
    inside = await following(mira, later, "All 2 in Wood")
    found = (await mira.get(f"/folders?account_id={account}&q=OAK")).text
    [url] = re.findall(r'data-url="([^"]+)"', later)
    fields = [("csrf_token", mira.headers["X-CSRF-Token"]), ("folder", ids[3]), ("folder", ids[2])]
    answer = await mira.post(unescape(url), data=fields, headers={"Accept": "application/json"})

    assert answer.status == 200, answer.text
    assert ["Ash" in page for page in (later, inside, found)] == [True, True, False]
    assert ["Oak" in page for page in (later, inside, found)] == [False, True, True]
    after = [one["id"] for one in (await mira.get(path)).body["items"] if one["parent_id"] is None]
    assert after == [*tops[:-2], ids[3], ids[2]]


async def test_slots_of_many_accounts_are_shown_page_by_page_and_lead_back_there(
    app: AppHarness, mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.slots.ACCOUNTS", 1)
    juno = await app.sign_in("juno")
    [theirs, own] = [(await who.get("/api/me")).body["accounts"][0]["id"] for who in (juno, mira)]
    shared = await juno.post(f"/api/accounts/{theirs}/people", json={"role": "editor"})
    await mira.post(f"/{shared.body['url'].split('/', 3)[3]}")

    first = (await mira.get("/slots")).text
    second = await following(mira, first)
    typed = {"next": "/slots?start=1", "mon": "18:00"}
    saved = await mira.post(f"/slots/{theirs}", data=typed)
    refused = await mira.post(f"/slots/{theirs}", data=typed | {"mon": "25:00"})

    shown = [re.findall(r'action="/slots/(\d+)"', page) for page in (first, second, refused.text)]
    assert shown == [[own], [theirs], [theirs]]
    assert 'name="next" value="/slots?start=1"' in second
    assert saved.headers["Location"] == "/slots?start=1"
    assert ('value="25:00"' in refused.text, 'name="next" value="/slots?start=1"' in refused.text) == (True, True)
