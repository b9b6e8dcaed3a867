"""Admin → Instance and its calls: changed at once, over what the environment says."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest

from core.operations.retention import POSITION
from data.images.local import LocalImages
from tests.support.app import AppHarness, Caller, running_app
from tests.support.pictures import a_png

FORM = {
    "name": "Studio Mira", "open_signup": "yes", "max_users": "2", "max_file_mb": "1", "max_files_per_post": "100",
    "max_pixels": "50000000", "trash_days": "30", "originals_days": "0", "events_days": "0", "backups_kept": "7",
}  # fmt: skip


async def change(who: Caller, **wanted: object) -> int:
    answer = await who.patch("/api/instance/settings", json=wanted)
    return answer.status


async def test_a_form_changes_the_instance_at_once_and_says_so_in_the_audit(app: AppHarness, mira: Caller) -> None:
    saved = await mira.post("/admin/instance", data=FORM, follow=True)

    assert "It holds from now on" in saved.text
    assert "Studio Mira" in (await mira.get("/")).text
    assert app.app.intake._max_file_bytes == 1024 * 1024
    audit = (await mira.get("/admin/audit")).text
    assert "name from Isekai to Studio Mira" in audit
    await app.sign_in("juno")
    third = await app.authorize(app.stranger(), "taro")
    assert third.status == 403
    assert "no room for another person" in third.text


async def test_a_number_that_does_not_fit_is_shown_again_with_its_problem(mira: Caller) -> None:
    answer = await mira.post("/admin/instance", data=FORM | {"max_file_mb": "9999", "trash_days": "soon"})

    assert answer.status == 422
    assert "A whole number" in answer.text
    assert 'value="soon"' in answer.text
    assert (await mira.get("/api/instance/settings")).body["changed"] == []


async def test_programs_change_it_too_and_null_goes_back(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "admin")

    assert await change(program, max_files_per_post=3, name="Ours") == 200
    body = (await program.get("/api/instance/settings")).body
    assert (body["max_files_per_post"], body["defaults"]["max_files_per_post"]) == (3, 100)
    assert body["changed"] == ["max_files_per_post", "name"]
    assert await change(program, max_files_per_post=None) == 200
    assert (await program.get("/api/instance/settings")).body["changed"] == ["name"]
    assert await change(program, max_files_per_post=0) == 422
    assert await change(program, colour="red") == 422


async def test_the_trash_counts_down_the_days_that_hold(mira: Caller) -> None:
    post_id = (await mira.get("/api/posts?status=review")).body["items"][0]["id"]
    await mira.post(f"/posts/{post_id}/reject", data={})

    assert "deleted in 30 days" in (await mira.get("/trash")).text
    assert await change(mira, trash_days=5) == 200

    trash = (await mira.get("/trash")).text
    assert "deleted in 5 days" in trash
    assert "deleted for good after 5 days" in trash
    assert await change(mira, trash_days=1) == 200
    assert "deleted within a day" in (await mira.get("/trash")).text
    assert await change(mira, trash_days=5) == 200
    assert "In the trash: 5 days." in (await mira.get("/settings/data")).text


async def test_only_administrators_see_or_change_it(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    reader = await app.program(mira, "read")

    assert await change(juno, name="Mine") == 403
    assert (await juno.get("/api/instance/settings")).status == 403
    assert (await reader.get("/api/instance/settings")).status == 403
    assert (await juno.get("/admin/instance")).status == 404
    assert (await juno.post("/admin/instance", data=FORM)).status == 404
    assert (await juno.post("/admin/instance/reset")).status == 404
    mira.headers["X-CSRF-Token"] = "wrong"
    assert (await mira.post("/admin/instance", data=FORM)).status == 403


async def test_it_holds_after_a_restart_until_it_is_reset(tmp_path: Path) -> None:
    async with running_app(tmp_path / "home") as app:
        assert await change(await app.sign_in("mira"), max_users=1, open_signup=True, trash_days=5) == 200

    async with running_app(tmp_path / "home") as app:
        mira = await app.sign_in("mira")
        assert app.app.sign_ins.rules.max_users == 1
        assert app.app.operations.book.current.trash_days == 5
        await mira.post("/admin/instance/reset")
        assert app.app.sign_ins.rules.open_signup is False


@pytest.mark.parametrize("days", [0, 10])
async def test_originals_go_and_thumbnails_stay(app: AppHarness, mira: Caller, days: int) -> None:
    made = await mira.post("/api/posts", data={"title": "Harbour", "file": io.BytesIO(a_png())})
    assert made.status == 201, made.text
    (file,) = made.body["files"]
    parts = app.app
    at = parts.clock.now() - timedelta(days=11)
    async with parts.database.transaction() as connection:
        await connection.run(
            "UPDATE post SET status = 'published', published_at = :at WHERE id = :id",
            {"at": int(at.timestamp()), "id": int(made.body["id"])},
        )
    await mira.get(f"/files/{file['id']}/thumb")
    assert isinstance(parts.images, LocalImages)
    os.utime(parts.images.path_of(file["sha256"]), (at.timestamp(), at.timestamp()))
    await change(mira, originals_days=days)

    await parts.retention.clean()

    assert await parts.images.exists(file["sha256"]) is (days == 0)
    assert await parts.images.read_thumb(file["sha256"]) is not None
    async with parts.store.transaction() as tx:
        assert bool(await tx.instance.get(POSITION)) is (days > 0)
