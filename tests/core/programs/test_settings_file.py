"""What a person has set goes to another instance as one file: told beforehand, all of it or nothing, once."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.account import Account, AccountStatus
from core.deviantart import GalleryFolder
from core.errors import InvalidInput
from core.planning.pacing import Pacing
from core.planning.ports import AccountPlanning
from core.programs.settings_file.desk import Outcome, SettingsFiles, steps
from core.programs.settings_file.of_planning import merged_order
from core.programs.settings_file.state import State
from core.programs.settings_file.steps import Action
from data.planning_reads import PlanningReader
from data.rooms.inspiration import KeepReads
from tests.support.clock import NOON
from tests.support.programs import House, a_house

ELSEWHERE = "E9E1A0B1-0A4F-4B6C-8D7E-9F0A1B2C3D4E"
FOLDER = "5C1B2D3E-0A4F-4B6C-8D7E-9F0A1B2C3D4E"
FILE: dict[str, Any] = {
    "format": 2,
    "time_zone": "Asia/Tokyo",
    "theme": "dark",
    "new_posts": {"add_watermark": True, "display_resolution": 1920, "keep_metadata": True},
    "notices": {"published": {"mail": True, "dm": False, "channel": True}},
    "templates": [
        {"kind": "description", "name": "Signature", "body": "{title}, made in {date}."},
        {"kind": "comment", "name": "Thanks", "body": "Thank you for looking at {title}."},
    ],
    "price_presets": [
        {"name": "Large", "currency": "EUR", "lowest": "49.50", "highest": "79.50", "is_default": True},
        {"name": "Small", "currency": "JPY", "lowest": "500", "highest": None, "is_default": False},
    ],
    "holidays": [{"first": "2026-12-24", "last": "2027-01-02", "mode": "skip", "name": "Winter"}],
    "series": [{"name": "The bay", "gap_hours": 36}, {"name": "The hills", "gap_hours": None}],
    "accounts": [
        {
            "name": "mira",
            "color": "#a65fb8",
            "slots": [{"weekday": 0, "time": "18:00"}, {"weekday": 5, "time": "11:30"}],
            "pacing": {
                "min_gap_minutes": 120, "max_per_day": 4, "quiet_start": "23:00", "quiet_end": "07:00",
                "move_up": True,
            },
        }
    ],
    "automations": [
        {
            "name": "Evenings", "color": "#c2703d", "account": "mira", "time_zone": "Europe/Paris", "enabled": True,
            "rules": [
                {"days": [0, 2], "kind": "fixed_time", "time": "18:00"},
                {"days": [0, 1, 2, 3, 4, 5, 6], "kind": "fixed_interval", "every_minutes": 90, "count": 2,
                 "anchor": "2026-11-01T09:00:00Z"},
                {"days": [5], "kind": "daily_quota", "per_day": 3, "start": "10:00", "end": "20:00"},
            ],
            "order": "random",
            "pool": {
                "tags": ["sea"], "folders": [{"account": "mira", "name": "Work / Seas", "id": FOLDER}],
                "not_flagged": ["is_mature"], "template": "Signature",
            },
            "jitter": {"min_seconds": 30, "max_seconds": 300}, "missed": "catch_up",
            "defaults": [
                {"field": "tags", "value": ["sea"], "mode": "always"},
                {"field": "galleries", "value": [{"account": "mira", "name": "Work / Seas", "id": FOLDER}],
                 "mode": "if_unset"},
                {"field": "comment_template", "value": "Thanks", "mode": "if_unset"},
            ],
            "stash_only": True, "price_preset": "Large", "series_gap_hours": 12.0, "notice_days": 3,
        },
        {
            "name": "Anything", "color": "#3b82c4", "account": None, "time_zone": "UTC", "enabled": False,
            "rules": [], "order": "fifo", "pool": {"tags": [], "folders": [], "not_flagged": [], "template": ""},
            "jitter": {"min_seconds": 0, "max_seconds": 0}, "missed": "skip", "defaults": [], "stash_only": False,
            "price_preset": None, "series_gap_hours": 24.0, "notice_days": 7,
        },
    ],
    "webhooks": [
        {"name": "Site", "url": "https://example.org/isekai", "events": ["post.published"], "enabled": True},
        {"name": "Old", "url": "https://example.org/old", "events": ["post.failed"], "enabled": False},
    ],
}  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        await with_folders(house)
        yield house


async def with_folders(house: House, folder_id: str = FOLDER) -> None:
    async with house.store.transaction() as tx:
        folders = [GalleryFolder("TOP", None, "Work"), GalleryFolder(folder_id, "TOP", "Seas")]
        await tx.rooms.folders.replace(house.account_id, folders, at=house.clock.now())


async def bring_in(house: House, given: dict[str, Any], *, switch_on: bool = False) -> Outcome:
    return await house.settings_files.bring_in(house.user.id, given, switch_on=switch_on)


async def written(house: House) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(await house.settings_files.write(house.user.id)))
    return {name: value for name, value in found.items() if name != "exported_at"}


def actions(outcome: Outcome) -> set[str]:
    return {str(step.action) for step in outcome.steps}


def one(outcome: Outcome, name: str) -> tuple[str, str]:
    return next((str(step.action), step.text) for step in outcome.steps if step.name == name)


async def test_everything_a_person_set_is_the_same_on_another_instance(house: House, tmp_path: Path) -> None:
    made = await bring_in(house, FILE, switch_on=True)
    file = await written(house)
    (tmp_path / "other").mkdir()
    async with a_house(tmp_path / "other") as other:
        await other.user_named("someone")  # numbers are others there
        await with_folders(other, ELSEWHERE)
        there = await bring_in(other, deepcopy(file), switch_on=True)
        found = await written(other)

    assert [step for step in (*made.steps, *there.steps) if step.action is Action.CANNOT] == []
    assert {name: value for name, value in file.items() if name in FILE and name != "notices"} == {
        name: value for name, value in FILE.items() if name != "notices"
    }
    assert file["notices"]["published"] == FILE["notices"]["published"]
    assert json.dumps(found).replace(ELSEWHERE, FOLDER) == json.dumps(file)


async def test_a_gallery_that_was_never_read_is_believed_by_its_id(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        brought = await bring_in(house, FILE)

        assert brought.problems == 0
        assert (await written(house))["automations"][0]["pool"]["folders"][0]["id"] == FOLDER


@pytest.mark.parametrize("switch_on", [True, False])
async def test_once_more_changes_nothing(house: House, switch_on: bool) -> None:
    await bring_in(house, FILE, switch_on=switch_on)
    before = list(house.database.path.parent.glob("*")), await written(house)
    versions = [one.version for one in await PlanningReader(house.database).automations(house.user.id)]

    again = await bring_in(house, FILE, switch_on=switch_on)

    assert actions(again) == {"keep"}
    assert (await written(house), again.secrets) == (before[1], ())
    assert [one.version for one in await PlanningReader(house.database).automations(house.user.id)] == versions


async def test_looking_says_what_would_become_of_each_thing_and_changes_nothing(house: House) -> None:
    await bring_in(house, {"format": 2, "templates": [FILE["templates"][1] | {"body": "Thanks"}]})
    before = await written(house)

    looked = await house.settings_files.look(house.user.id, FILE)

    assert not looked.is_done
    assert one(looked, "Thanks") == ("change", "Changes: body.")
    assert one(looked, "Evenings") == ("make", "Made switched off: look at what it would do, then switch it on.")
    assert await written(house) == before


async def test_what_cannot_be_says_why_and_the_rest_is_done(house: House) -> None:
    file = deepcopy(FILE)
    file["accounts"].append({"name": "juno", "slots": []})
    file["price_presets"][0]["lowest"] = "a lot"
    file["automations"][1]["pool"]["folders"] = [{"account": "mira", "name": "Hills", "id": "GONE"}]
    file["templates"].append(file["templates"][1])
    file["webhooks"].append({"url": "http://127.0.0.1/hook"})

    brought = await bring_in(house, file)

    cannot = [(step.name, step.text) for step in brought.steps if step.action is Action.CANNOT]
    assert cannot == [
        ("Thanks", "It stands in the file twice."),
        ("Large", "This is not a price: write it like 49 or 49.50."),
        ("juno", "No account of that name is linked here. Connect it, then bring the file in again."),
        ("Evenings", "There is no price preset “Large”."),
        ("Anything", "There is no folder “Hills” in the gallery of mira. Open Folders first."),
        ("http://127.0.0.1/hook", "This address is inside a private network. An administrator may allow those."),
    ]
    found = await written(house)
    assert [preset["name"] for preset in found["price_presets"]] == ["Small"]
    assert found["accounts"][0]["slots"] == FILE["accounts"][0]["slots"]


async def test_templates_of_a_drop_channel_come_along_where_it_is_one(house: House) -> None:
    async def channels_of(user_id: int) -> list[int]:
        return [77]

    files = SettingsFiles(
        house.store,
        PlanningReader(house.database),
        KeepReads(house.database),
        house.clock,
        random=Random(1),
        channels_of=channels_of,
    )
    wanted = [{"channel": "77", "templates": ["signature", "Thanks"]}, {"channel": "78", "templates": ["Thanks"]}]
    file = {"format": 2, "templates": FILE["templates"], "drop_channels": wanted}

    first = await files.bring_in(house.user.id, file)
    again = await files.bring_in(house.user.id, file)

    assert (one(first, "77"), one(first, "78")[0]) == (("change", "Changes: templates."), "cannot")
    assert (one(again, "77")[0], again.changes) == ("keep", 0)
    kept = (await files.write(house.user.id))["drop_channels"]
    assert kept == [{"channel": "77", "templates": ["Signature", "Thanks"]}]


async def test_kept_works_come_along_in_their_order_and_are_added_to_what_is_there(house: House) -> None:
    def work(number: int, **more: Any) -> dict[str, Any]:
        known = {"title": f"Work {number}", "author": "juno", "width": 300, "height": 200, "is_mature": number == 2}
        url = f"https://www.deviantart.com/juno/art/Work-{number}"
        return {"id": f"E9E1A0B1-0A4F-4B6C-8D7E-9F0A1B2C3D{number:02}", "url": url} | known | more

    def file(*works: dict[str, Any]) -> dict[str, Any]:
        return {"format": 2, "keep_lists": [{"name": "Skies", "works": list(works)}]}

    first = await bring_in(house, file(work(3), work(1)))
    again = await bring_in(house, file(work(3), work(1)))
    more = await bring_in(house, file(work(2), work(1)))
    bad = await bring_in(house, file(work(4, url="javascript:alert(1)//x")))
    worse = await bring_in(house, file(work(4, id="../../etc")))
    full = await bring_in(house, file(*[work(n, id=f"E9E1A0B1-0A4F-4B6C-8D7E-{n:012X}") for n in range(1001)]))

    assert (one(first, "Skies")[0], again.changes) == ("make", 0)
    assert one(more, "Skies") == ("change", "Changes: works.")
    assert [one(refused, "Skies")[0] for refused in (bad, worse, full)] == ["cannot"] * 3
    (kept,) = (await written(house))["keep_lists"]
    assert kept["name"] == "Skies"
    assert sorted(one["id"][-2:] for one in kept["works"]) == ["01", "02", "03"]
    assert [one for one in kept["works"] if one["id"].endswith(("03", "01"))] == [work(3), work(1)]


async def test_what_breaks_in_the_middle_leaves_nothing_behind(house: House) -> None:
    class Broken(Random):
        def getrandbits(self, k: int, /) -> int:
            raise OSError("no")

    before = await written(house)
    broken = SettingsFiles(
        house.store, PlanningReader(house.database), KeepReads(house.database), house.clock, random=Broken()
    )

    with pytest.raises(OSError, match="no"):
        await broken.bring_in(house.user.id, FILE)

    assert await written(house) == before


async def test_a_changed_rule_leaves_the_others_with_the_slots_they_used(house: House) -> None:
    await bring_in(house, FILE, switch_on=True)
    reader = PlanningReader(house.database)
    before = next(one for one in await reader.automations(house.user.id) if one.name == "Evenings")
    file = deepcopy(FILE)
    file["automations"][0]["rules"][0]["time"] = "19:00"

    brought = await bring_in(house, file)

    after = next(one for one in await reader.automations(house.user.id) if one.name == "Evenings")
    assert one(brought, "Evenings") == ("change", "Changes: rules.")
    assert [rule.id for rule in after.rules][1:] == [rule.id for rule in before.rules][1:]
    assert after.enabled


async def test_the_order_of_automations_comes_along(house: House) -> None:
    await bring_in(house, FILE)

    turned = await bring_in(house, FILE | {"automations": FILE["automations"][::-1]})

    assert [str(step.part) for step in turned.steps if step.action is Action.CHANGE] == ["automation_order"]
    assert [one["name"] for one in (await written(house))["automations"]] == ["Anything", "Evenings"]


@pytest.mark.parametrize(
    ("current", "wanted", "merged"),
    [("axb", "ba", "bxa"), ("axb", "anb", "axnb"), ("", "ab", "ab"), ("xy", "a", "xya")],
)
def test_others_keep_their_places_in_the_order(current: str, wanted: str, merged: str) -> None:
    assert "".join(merged_order(current, wanted)) == merged
    assert merged_order(merged, wanted) == list(merged)


async def test_a_file_of_the_first_format_is_taken(house: House) -> None:
    old = {
        "format": 1, "time_zone": "Asia/Tokyo", "theme": "dark",
        "settings": {"habits": {"keep_metadata": True}, "notices": {"review": {"mail": True}}, "tested": "a@b.c"},
        "webhooks": [{"name": "Site", "url": "https://example.org/isekai", "events": ["post.published"]}],
    }  # fmt: skip

    brought = await bring_in(house, old)

    found = await written(house)
    assert (brought.problems, len(brought.secrets)) == (0, 1)
    assert (found["time_zone"], found["new_posts"]["keep_metadata"]) == ("Asia/Tokyo", True)
    assert found["notices"]["review"] == {"mail": True, "dm": False, "channel": False}


async def test_members_neither_write_nor_set_what_only_administrators_are_told(house: House) -> None:
    juno, _ = await house.user_named("juno")
    async with house.store.transaction() as tx:
        await tx.people.save_user(juno.__class__(**{**_fields(juno), "role": "member"}))
    files = house.settings_files

    await files.bring_in(juno.id, {"format": 2, "notices": {"alert": {"mail": False}}})

    assert "alert" not in (await files.write(juno.id))["notices"]
    async with house.store.transaction() as tx:
        kept = await tx.people.user(juno.id)
    assert kept is not None and kept.settings.get("notices", {}).get("alert", {}).get("mail", True)


def _fields(user: Any) -> dict[str, Any]:
    return {name: getattr(user, name) for name in user.__slots__}


async def test_what_is_no_settings_file_is_refused(house: House) -> None:
    for number in (None, 0, True, "2", 99):
        with pytest.raises(InvalidInput):
            await bring_in(house, {"format": number})


JUNK: tuple[Any, ...] = (None, True, -1, 2.5, "²", "x" * 300, "\x00", [], [[]], {}, {"a": []}, [{"name": {}}], [7])


def test_whatever_stands_in_a_file_becomes_a_sentence(house: House) -> None:
    """Each value of a whole file as several kinds of junk: what cannot be read says so, and nothing breaks."""
    account = Account(1, 1, "id-mira", "mira", "#4f6bed", AccountStatus.CONNECTED, NOON)
    planning = AccountPlanning(1, 1, "mira", Pacing())
    state = State(house.user, NOON, accounts=(account,), planning={1: planning})
    for number, path in enumerate(paths_of(FILE)):
        for junk in (JUNK[(number + turn) % len(JUNK)] for turn in (0, 5, 9)):
            file = deepcopy(FILE)
            put(file, path, junk)
            try:
                found = steps(state, file, switch_on=True)
            except InvalidInput:
                continue
            assert all(step.text for step in found if step.action is Action.CANNOT), path


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, inner in below for found in [(*at, name), *paths_of(inner, (*at, name))]]


def put(value: Any, path: tuple[Any, ...], junk: Any) -> None:
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = junk
