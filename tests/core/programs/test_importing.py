"""Plans come in: first looked at line by line, then carried out once."""

import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput
from core.ports import PostQuery
from core.posts.post import PostStatus
from core.programs.importing import Imports, Report, Row, check_row
from core.programs.plan_rows import ROWS_MOST, read_plan
from tests.support.pictures import a_png
from tests.support.programs import House, a_house

EARLIER = {
    "drafts": [
        {"id": "7f1c", "title": "Tide", "description": "Low.", "tags": ["sea", "night"], "isMature": True,
         "matureLevel": "moderate", "isAiGenerated": True, "galleryIds": [], "status": "draft",
         "files": [{"originalFilename": "tide.png"}], "createdAt": "2026-01-01T00:00:00Z", "uploadMode": "single"},
    ],
    "scheduled": [
        {"id": "7f1d", "title": "Dune", "tags": ["sand"], "status": "scheduled",
         "scheduledAt": "2026-12-24T17:00:00.000Z", "files": [{"originalFilename": "dune.png"}]},
        {"id": "7f1e", "title": "Old", "status": "published", "scheduledAt": "2025-12-24T17:00:00.000Z"},
    ],
}  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


@pytest.fixture
def imports(house: House) -> Imports:
    return Imports(house.intake, house.review, house.planner, house.reads, house.clock)


async def picture(name: str) -> AsyncIterator[bytes]:
    yield a_png(9, 9)


async def run(imports: Imports, house: House, text: str, *files: str) -> Report:
    return await imports.run(house.user, text, files=files, opener=picture, by=house.actor)


async def count(house: House) -> int:
    page = await house.reads.posts(PostQuery(house.user.id, statuses=tuple(PostStatus)))
    return page.total or 0


async def test_a_csv_becomes_drafts_and_scheduled_posts(house: House, imports: Imports) -> None:
    text = (
        "title;tags;local;time zone;files;is_mature;mature_level\n"
        'Dawn;"sea, light";2026-12-24T18:00;Europe/Paris;dawn.png;yes;moderate\n'
        "Dusk;;;;;;\n"
    )

    report = await run(imports, house, text, "dawn.png")

    assert report.is_done
    dawn, dusk = [await house.reads.post(row.done_post_id or 0, user_id=house.user.id) for row in report.rows]
    assert (dawn.status, dawn.details.tags, dawn.details.is_mature) == (PostStatus.SCHEDULED, ("sea", "light"), True)
    assert dawn.plan is not None
    assert dawn.plan.due_at.isoformat() == "2026-12-24T17:00:00+00:00"
    assert (dusk.status, dusk.details.title, dusk.files) == (PostStatus.DRAFT, "Dusk", ())


async def test_a_dry_run_names_every_problem_by_its_line_and_changes_nothing(house: House, imports: Imports) -> None:
    text = (
        "title,at,files,is_mature,account,licence\n"
        "Good,2026-12-24T18:00,a.png,,,\n"
        '"Two\nlines",2020-01-01T00:00,a.png,,,\n'
        "Bad,soon,b.png,perhaps,nobody,x\n"
        "Many,cells,here,are,too,many,now\n"
    )

    report = await imports.preview(house.user, text, files=["a.png"])

    found = {row.line: set(row.errors) for row in report.rows}
    assert found == {2: set(), 3: {"at"}, 5: {"at", "files", "is_mature", "account"}, 6: {"row"}}
    assert report.rows[2].warnings == ("“licence” is not a field and was left out.",)
    assert await count(house) == 0


async def test_one_bad_line_holds_everything_back(house: House, imports: Imports) -> None:
    report = await run(imports, house, "title,at\nGood,\nBad,whenever\n")

    assert (report.is_done, report.error_count) == (False, 1)
    assert await count(house) == 0


async def test_the_same_plan_again_adds_nothing(house: House, imports: Imports) -> None:
    text = "title\nOne\nTwo\n"
    await run(imports, house, text)

    again = await run(imports, house, text)

    assert [row.will for row in again.rows] == ["skip", "skip"]
    assert await count(house) == 2


async def test_the_earlier_systems_export_comes_in_where_fields_match(house: House, imports: Imports) -> None:
    report = await run(imports, house, json.dumps(EARLIER), "tide.png", "dune.png")

    assert [(row.title, row.will) for row in report.rows] == [("Tide", "create"), ("Dune", "create"), ("Old", "skip")]
    tide, dune = [await house.reads.post(row.done_post_id or 0, user_id=house.user.id) for row in report.rows[:2]]
    assert (tide.details.title, tide.details.is_mature, tide.details.mature_level) == ("Tide", True, "moderate")
    assert (dune.status, dune.details.tags) == (PostStatus.SCHEDULED, ("sand",))
    assert all(not row.warnings for row in report.rows)


async def test_a_row_with_the_id_of_a_post_changes_that_post(house: House, imports: Imports) -> None:
    post = await house.post("Before", PostStatus.DRAFT)

    await run(imports, house, json.dumps([{"id": str(post.id), "title": "After", "notes": "Mine."}]))

    changed = await house.reads.post(post.id, user_id=house.user.id)
    assert (changed.details.title, changed.notes) == ("After", "Mine.")
    assert await count(house) == 1


async def test_other_peoples_posts_cannot_be_changed(house: House, imports: Imports) -> None:
    other, _ = await house.user_named("juno")
    theirs = await house.post("Theirs", user_id=other.id)

    report = await run(imports, house, json.dumps([{"id": str(theirs.id), "title": "Mine"}]))

    assert report.rows[0].errors == {"id": "There is no such post of yours."}


async def test_json_lines_report_the_line_that_is_broken(imports: Imports, house: House) -> None:
    report = await imports.preview(house.user, '{"title": "One"}\n\n{"title": \n{"title": "Two"}\n')

    assert [(row.line, bool(row.errors)) for row in report.rows] == [(1, False), (3, True), (4, False)]


async def test_a_long_plan_is_read_beside_the_loop(
    imports: Imports, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()

    def noted(*given: Any) -> Row:
        threads.add(threading.current_thread())
        return check_row(*given)

    monkeypatch.setattr("core.programs.importing.check_row", noted)
    report = await imports.preview(house.user, "title,tags\n" + "".join(f"Work {n},sea\n" for n in range(6000)))

    assert (len(report.rows), report.error_count) == (6000, 0)
    assert threads and threading.main_thread() not in threads


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "[]", "[1", "nonsense\nmore\n", '"title', "{}x", "[" * 100_000, "title\n" + "x\n" * (ROWS_MOST + 1)],
)
def test_what_is_no_plan_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        tuple(read_plan(text))

    assert raised.value.fields["plan"]
