"""The pages of planning, as a browser without scripts uses them."""

import re
from typing import Any

import pytest

from tests.support.app import Answer, AppHarness, Caller
from tests.web.test_planning_api import EVENING, a_draft

FORM = {
    "name": "Evenings",
    "color": "#3b82c4",
    "time_zone": "Europe/Paris",
    "account_id": "",
    "order": "fifo",
    "missed": "skip",
    "rule-0-kind": "fixed_time",
    "rule-0-time": "18:00",
    "rule-1-kind": "",
    "jitter_min": "0",
    "jitter_max": "60",
    "series_gap_hours": "24",
    "notice_days": "7",
    "default-is_ai_generated": "true",
    "mode-is_ai_generated": "always",
}
EVERY_DAY = [("rule-0-days", str(day)) for day in range(7)]


async def send(who: Caller, path: str, fields: Any) -> Answer:
    """A form, followed to the page it leads to."""
    token = who.headers["X-CSRF-Token"]
    pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
    return await who.post(path, data=[*pairs, ("csrf_token", token)], follow=True)


async def test_an_automation_is_made_changed_and_switched_with_forms(mira: Caller) -> None:
    draft = await a_draft(mira, "A quiet cat")

    made = await send(mira, "/automations/new", [*FORM.items(), *EVERY_DAY])
    assert made.status == 200
    assert "Made, and switched off" in made.text
    assert "A quiet cat" in made.text  # the dry run
    path = re.sub(r"^.*(/automations/\d+).*$", r"\1", made.url)

    bad = await send(mira, path, [*(FORM | {"rule-0-time": "", "jitter_min": "90"}).items(), *EVERY_DAY])
    assert bad.status == 422
    assert "HH:MM" in bad.text

    for day in ("²", "1" * 5000):
        odd = await send(mira, path, [*FORM.items(), ("rule-0-days", day)])
        assert (odd.status, "choose at least one weekday" in odd.text) == (422, True)

    assert "is on." in (await send(mira, f"{path}/enable", {"next": path})).text
    listed = await mira.get("/automations")
    assert "at 18:00, every day" in listed.text
    assert "Drafts run out on" in listed.text
    ahead = (await mira.get("/automations/preview")).text
    assert "A quiet cat" in ahead
    # On a phone each slot is a block of lines: three columns had no room for titles.
    assert all(f'data-label="{column}"' in ahead for column in ("When", "Automation", "What"))
    ran = await send(mira, f"{path}/run", {})
    assert "goes out now" in ran.text
    assert f"/posts/{draft['id']}" in ran.text
    assert "Removed." in (await send(mira, f"{path}/remove", {})).text
    assert "is back, switched off" in (await send(mira, f"{path}/restore", {})).text


async def test_saving_a_form_keeps_what_it_does_not_show(mira: Caller) -> None:
    defaults = [{"field": "title", "value": "A name for all", "mode": "if_unset"}]
    made = (await mira.post("/api/automations", json=EVENING | {"defaults": defaults})).body
    rule = {"rule-0-id": made["rules"][0]["id"], "version": made["version"]}

    await send(mira, f"/automations/{made['id']}", [*(FORM | rule).items(), *EVERY_DAY])

    after = (await mira.get(f"/api/automations/{made['id']}")).body
    assert {default["field"] for default in after["defaults"]} == {"title", "is_ai_generated"}
    assert after["rules"][0]["id"] == made["rules"][0]["id"]
    assert after["enabled"] is True


async def test_slots_pacing_and_holidays_are_saved_and_explained(mira: Caller) -> None:
    draft = await a_draft(mira)
    account = draft["account_id"]

    assert "Slots saved" in (await send(mira, f"/slots/{account}", {"mon": "18:00, 21:30", "fri": "9:00"})).text
    bad = await send(mira, f"/slots/{account}", {"mon": "25:00"})
    assert (bad.status, "HH:MM" in bad.text) == (422, True)
    assert re.search(r'name="mon" value="25:00"[^>]* aria-invalid="true" aria-describedby="e-\d+-mon"', bad.text)
    assert "Pacing saved" in (await send(mira, f"/slots/{account}/pacing", {"min_gap_minutes": "30"})).text
    refused = await send(mira, f"/slots/{account}/pacing", {"max_per_day": "0x"})
    assert (refused.status, 'value="0x"' in refused.text) == (422, True)
    for field, typed in (("max_per_day", "0"), ("min_gap_minutes", "--5"), ("min_gap_minutes", "5" * 5000)):
        assert (await send(mira, f"/slots/{account}/pacing", {field: typed})).status == 422
    backwards = await send(mira, "/slots/holidays", {"first": "2027-12-24", "last": "2027-12-01", "name": "Yule"})
    assert (backwards.status, 'value="2027-12-01"' in backwards.text, "Yule" in backwards.text) == (422, True, True)
    assert (
        "Holidays added" in (await send(mira, "/slots/holidays", {"first": "2027-12-24", "last": "2027-12-26"})).text
    )
    queued = await send(mira, "/queue", {"ids": draft["id"], "next": "/slots"})
    assert "1 post added to the queue" in queued.text
    assert "A cat" in queued.text
    left = (await send(mira, f"/queue/{draft['id']}/remove", {"next": "/slots"})).text
    assert ("Taken out" in left, f'action="/posts/{draft["id"]}/schedule"' in left) == (True, True)


async def test_far_holidays_are_folded_and_a_removed_one_is_brought_back(mira: Caller) -> None:
    for day in range(1, 13):
        await mira.post("/api/holidays", json={"first": f"2099-12-{day:02}", "last": f"2099-12-{day:02}"})

    folded, everything = [(await mira.get(path)).text for path in ("/slots", "/slots?holidays=all")]
    assert ("Show 4 later" in folded, "08 Dec 2099" in folded, "09 Dec 2099" in folded) == (True, True, False)
    assert ("Show 4 later" in everything, "12 Dec 2099" in everything) == (False, True)
    last = (await mira.get("/api/holidays")).body["items"][-1]["id"]
    removed = (await send(mira, f"/slots/holidays/{last}/remove", {"next": "/slots?holidays=all"})).text
    assert 'name="first" value="2099-12-12"' in removed
    assert "12 Dec 2099" not in removed
    elsewhere = await send(mira, f"/slots/holidays/{last}/remove", {})
    assert "Holidays removed" not in elsewhere.text


async def test_a_spread_is_previewed_and_applied_with_one_undo(mira: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ",".join([(await a_draft(mira, title))["id"] for title in ("One", "Two 2")])

    form = await mira.get(f"/spread?ids={ids}")
    assert "2 posts." in form.text
    fields = {"ids": ids, "first": "", "weeks": "2", "start": "18:00", "end": "22:00", "seed": "5", "order": "given"}
    days = [("days", str(day)) for day in range(7)]
    preview = await send(mira, "/spread", [*fields.items(), *days, ("do", "preview")])
    assert "Where they would go" in preview.text
    monkeypatch.setattr("web.pages.slots.PLACED_SHOWN", 1)
    short = await send(mira, "/spread", [*fields.items(), *days, ("do", "preview")])
    assert "And 1 more, the last " in short.text

    done = await send(mira, "/spread", [*fields.items(), *days, ("do", "apply")])
    assert "2 posts spread" in done.text
    undo = re.search(r'name="undo_id" value="(\d+)"', done.text)
    assert undo is not None
    assert "2 posts put back" in (await send(mira, "/plans/undo", {"undo_id": undo[1]})).text


async def test_a_spread_is_taken_back_from_recent_changes_but_for_what_got_another_time(mira: Caller) -> None:
    ids = [(await a_draft(mira, title))["id"] for title in ("One", "Two 2", "Three")]
    fields = {"ids": ",".join(ids), "first": "", "weeks": "2", "start": "18:00", "end": "22:00", "order": "given"}
    await send(mira, "/spread", [*fields.items(), *[("days", str(day)) for day in range(7)], ("do", "apply")])
    posts = [(await mira.get(f"/api/posts/{post_id}")).body for post_id in ids]
    await mira.patch(f"/api/posts/{ids[0]}", json={"title": "Edited since", "version": posts[0]["version"]})
    await mira.post(f"/api/posts/{ids[1]}/schedule", json={"local": "2027-03-01T18:00", "time_zone": "UTC"})

    listed = (await mira.get("/changes")).text
    undo = re.search(r'action="/plans/undo">.*?name="undo_id" value="(\d+)"', listed, re.DOTALL)
    assert undo is not None
    done = await send(mira, "/plans/undo", {"undo_id": undo[1], "next": "/changes"})

    assert "3 posts: spread" in listed
    assert "2 posts put back. 1 left alone: It got another time, was held or went out since." in done.text
    assert "Taken back" in done.text
    states = [(await mira.get(f"/api/posts/{post_id}")).body for post_id in ids]
    assert [post["status"] for post in states] == ["draft", "scheduled", "draft"]
    assert states[0]["title"] == "Edited since"


async def test_the_calendar_shows_free_slots_and_what_automations_will_do(mira: Caller) -> None:
    draft = await a_draft(mira, "Shown faintly")
    await send(mira, f"/slots/{draft['account_id']}", {"mon": "10:00", "thu": "10:00"})
    await mira.post("/api/automations", json=EVENING)
    start = (await mira.get("/api/slots/upcoming")).body["items"][0]["at"]

    span = f"start={start[:10]}T00:00:00Z&end={int(start[:4]) + 0}{start[4:10]}T23:59:00Z"
    events = (await mira.get(f"/calendar/faint?{span}")).body

    assert {event["extendedProps"]["faint"] for event in events} <= {"slot", "automation"}
    assert any(event["title"] == "Free slot" for event in events)


async def test_words_schedule_from_the_posts_page_and_pacing_offers_to_do_it_all_the_same(mira: Caller) -> None:
    one, two = await a_draft(mira, "One"), await a_draft(mira, "Two 2")
    await mira.patch(f"/api/accounts/{one['account_id']}/pacing", json={"min_gap_minutes": 60})
    await send(mira, f"/posts/{one['id']}/schedule", {"when": "tomorrow 9:00", "local": ""})

    refused = await send(mira, f"/posts/{two['id']}/schedule", {"when": "tomorrow 9:30", "local": ""})
    assert "minimum gap is 1 h" in refused.text
    assert "Schedule all the same" in refused.text
    fields = {"when": "tomorrow 9:30", "override_pacing": "yes"}
    assert "goes out" in (await send(mira, f"/posts/{two['id']}/schedule", fields)).text
    odd = await send(mira, f"/posts/{two['id']}/schedule", {"when": "blah"})
    assert "not a time I understand" in odd.text


async def test_running_against_pacing_is_asked_about_and_done_all_the_same(mira: Caller) -> None:
    one, two = await a_draft(mira, "One"), await a_draft(mira, "Two 2")
    await mira.patch(f"/api/accounts/{one['account_id']}/pacing", json={"min_gap_minutes": 600})
    await mira.post(f"/api/posts/{one['id']}/schedule", json={"when": "in 2h"})
    made = (await mira.post("/api/automations", json=EVENING)).body

    refused = await send(mira, f"/automations/{made['id']}/run", {})
    done = await send(mira, f"/automations/{made['id']}/run", {"override_pacing": "yes"})

    assert "Run all the same" in refused.text
    assert "goes out now" in done.text and f"/posts/{two['id']}" in done.text


async def test_drafts_are_put_in_order_without_scripts_and_by_dragging(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    first, second, third = [await a_draft(mira, title) for title in ("One", "Two", "Three")]
    made = (await mira.post("/api/automations", json=EVENING | {"order": "manual"})).body
    path = f"/automations/{made['id']}/order"
    assert path in (await mira.get(f"/automations/{made['id']}")).text

    up = await send(mira, path, {"up": third["id"]})
    dragged = await mira.post(
        path,
        data=[("draft", third["id"]), ("draft", first["id"]), ("draft", "999"), ("parent_id", "")],
        headers={"Accept": "application/json", "X-CSRF-Token": mira.headers["X-CSRF-Token"]},
    )
    page = (await mira.get(path)).text

    assert up.text.index(">One<") < up.text.index(">Three<") < up.text.index(">Two<")
    assert dragged.status == 200, dragged.text
    assert page.index(">Three<") < page.index(">One<") < page.index(">Two<")
    assert second["id"] in page
    assert (await juno.get(path)).status == 404


async def test_an_order_of_drafts_takes_only_numbers_of_ours_each_once(mira: Caller) -> None:
    one, two = [(await a_draft(mira, title))["id"] for title in ("One", "Two 2")]
    made = (await mira.post("/api/automations", json=EVENING | {"order": "manual"})).body
    odd = [two, two.zfill(18) + "9" * 20, two.zfill(18) + "9" * 5000, "0" + two, one]

    saved = await mira.post(
        f"/automations/{made['id']}/order",
        data=[*(("draft", number) for number in odd)],
        headers={"Accept": "application/json"},
    )

    assert saved.status == 200
    assert saved.body["order"][:2] == [two, one]
    assert len(set(saved.body["order"])) == len(saved.body["order"])


async def test_an_automation_sells_with_a_preset_of_its_owner_only(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    preset = {"name": "Small", "currency": "USD", "lowest": "25.00"}
    mine = (await mira.post("/api/price-presets", json=preset)).body
    theirs = (await juno.post("/api/price-presets", json=preset)).body

    made = await send(mira, "/automations/new", [*(FORM | {"price_preset_id": mine["id"]}).items(), *EVERY_DAY])
    refused = await send(mira, "/automations/new", [*(FORM | {"price_preset_id": theirs["id"]}).items(), *EVERY_DAY])

    found = re.search(r"/automations/\d+", made.url)
    assert found is not None
    kept = (await mira.get(f"/api{found.group()}")).body
    assert kept["price_preset_id"] == mine["id"]
    assert refused.status == 422
    assert "There is no such price preset." in refused.text


async def test_a_series_is_made_filled_put_in_order_and_says_what_is_next(app: AppHarness, mira: Caller) -> None:
    ids = [(await a_draft(mira, name))["id"] for name in ("One", "Two", "Three")]
    made = await send(mira, "/series", {"name": "The bay", "gap_hours": "48"})
    path = re.sub(r"^.*(/series/\d+).*$", r"\1", made.url)

    async def parts() -> list[str]:
        return re.findall(r'data-entry="(\d+)"', (await mira.get(path)).text)

    assert "Choose at least one draft" in (await send(mira, f"{path}/add", {})).text
    added = await send(mira, f"{path}/add", [("ids", one) for one in ids])
    assert "Next: part 1, “One”" in added.text
    await send(mira, f"{path}/order", {"up": ids[1]})
    assert await parts() == [ids[1], ids[0], ids[2]]
    dragged = await mira.post(
        f"{path}/order",
        data=[("part", ids[2]), ("csrf_token", mira.headers["X-CSRF-Token"])],
        headers={"Accept": "application/json"},
    )
    assert dragged.body["order"] == [ids[2], ids[1], ids[0]]
    assert "Taken out" in (await send(mira, f"{path}/order", {"out": ids[1]})).text
    await send(mira, f"{path}/add", {"ids": ids[1], "order": ",".join([ids[2], ids[1], ids[0]])})
    assert await parts() == [ids[2], ids[1], ids[0]]
    listed = (await mira.get("/series")).text
    assert "0 of 3 out" in listed
    assert "At least 2 days between parts" in listed
    assert (await send(mira, path, {"name": " ", "gap_hours": "9999"})).status == 422
    juno = await app.sign_in("juno")
    for action in ("", "/order", "/add", "/remove", "/restore"):
        refused = await juno.post(
            f"{path}{action}",
            data={"csrf_token": juno.headers["X-CSRF-Token"], "ids": ids[0], "name": "Mine"},
            headers={"Accept": "application/json"},
        )
        assert (refused.status, action) == (404, action)
    assert "Removed." in (await send(mira, f"{path}/remove", {})).text
    assert "is back" in (await send(mira, f"{path}/restore", {})).text


async def test_a_post_joins_and_leaves_a_series_from_its_own_page(mira: Caller) -> None:
    post = await a_draft(mira, "Alone")
    made = (await mira.post("/api/series", json={"name": "Saga", "ids": []})).body

    assert "the last part of “Saga”" in (await send(mira, f"/posts/{post['id']}/series", {"series": made["id"]})).text
    assert (await mira.get(f"/api/series/{made['id']}")).body["parts"][0]["title"] == "Alone"
    assert "part of no series" in (await send(mira, f"/posts/{post['id']}/series", {"series": ""})).text
    assert (await mira.get(f"/api/series/{made['id']}")).body["parts"] == []


async def test_every_field_has_a_default_with_a_mode_and_templates_are_chosen_by_name(mira: Caller) -> None:
    words = await mira.post(
        "/api/templates", json={"kind": "description", "name": "Words", "body": "Made in {year}."}
    )
    thanks = await mira.post("/api/templates", json={"kind": "comment", "name": "Thanks", "body": "Thank you."})
    draft = await a_draft(mira, "A quiet cat")
    form = FORM | {
        "pool_template": "",
        "default-tags": "forest, mist",
        "mode-tags": "always",
        "default-description_template": words.body["id"],
        "default-comment_template": thanks.body["id"],
        "default-galleries": "AAAAAAAA-0001",
        "default-is_mature": "true",
        "default-mature_level": "moderate",
        "default-mature_classification": "nudity",
        "default-display_resolution": "1280",
        "mode-display_resolution": "always",
        "default-license": "cc_by",
    }

    made = await send(mira, "/automations/new", [*form.items(), *EVERY_DAY])

    path = re.sub(r"^.*(/automations/\d+).*$", r"\1", made.url)
    assert "tags: forest, mist" in made.text  # the dry run says what it will do to it
    assert "description: from “Words”" in made.text
    assert '<option value="always" selected>' in made.text
    kept = {one["field"]: (one["value"], one["mode"]) for one in (await mira.get(f"/api{path}")).body["defaults"]}
    assert kept["tags"] == (["forest", "mist"], "always")
    assert kept["galleries"] == (["AAAAAAAA-0001"], "if_unset")
    assert kept["comment_template"] == (thanks.body["id"], "if_unset")
    assert kept["license"] == ("cc_by", "if_unset")
    ran = (await mira.post(f"/api{path}/run", json={})).body
    assert (ran["tags"], ran["license"], ran["galleries"]) == (["forest", "mist"], "cc_by", ["AAAAAAAA-0001"])
    assert ran["description"].startswith("Made in 20")
    history = (await mira.get(f"/api/posts/{draft['id']}/history")).body["items"]
    assert any("It set: description, tags, folders" in one["text"] for one in history)
    wrong = await mira.patch(
        f"/api{path}", json={"defaults": [{"field": "comment_template", "value": words.body["id"]}]}
    )
    assert wrong.body["details"]["fields"]["defaults"] == "Choose one of your comment templates."


async def test_posts_of_the_queue_change_places_on_the_slots_page(mira: Caller) -> None:
    first, second = await a_draft(mira, "First"), await a_draft(mira, "Second")
    await send(mira, f"/slots/{first['account_id']}", {"mon": "18:00"})
    await mira.post("/api/queue", json={"ids": [first["id"], second["id"]]})
    shown = (await mira.get("/slots")).text
    assert "First: later" in shown
    assert "Second: earlier" in shown

    done = await send(mira, "/queue/swap", {"id": second["id"], "with": first["id"]})

    assert done.text.index(">Second<") < done.text.index(">First<")
    assert "Undo" in done.text


async def test_automations_are_put_in_the_order_in_which_they_choose(mira: Caller) -> None:
    ids = [(await mira.post("/api/automations", json=EVENING | {"name": name})).body["id"] for name in "ABC"]

    await send(mira, "/automations/order", [("automation", ids[2]), ("automation", "999")])

    listed = [one["id"] for one in (await mira.get("/api/automations")).body["items"]]
    assert listed == [ids[2], ids[0], ids[1]]


async def test_an_undo_in_a_message_renews_the_page_around_it(mira: Caller) -> None:
    made = (await mira.post("/api/automations", json=EVENING)).body
    token = {"csrf_token": mira.headers["X-CSRF-Token"], "next": "/automations"}

    done = await mira.post(f"/automations/{made['id']}/pause", data=token, headers={"HX-Request": "true"})

    assert (done.status, done.headers["HX-Redirect"]) == (204, "/automations")
    assert "is off." in (await mira.get("/automations")).text


@pytest.mark.parametrize("typed", ["inf", "nan", "1e300", "-1", "soon"])
async def test_a_gap_that_is_no_number_of_hours_is_marked_in_the_form(mira: Caller, typed: str) -> None:
    refused = await send(mira, "/automations/new", [*(FORM | {"series_gap_hours": typed}).items(), *EVERY_DAY])

    assert refused.status == 422
    assert "number of hours" in refused.text or "from 0 hours to 90 days" in refused.text
