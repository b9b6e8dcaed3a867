"""What the page of a post can do, and the API too: files back, twins, filters, making it only once."""

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png


async def a_post(mira: Caller) -> str:
    return str((await mira.post("/api/posts", json={"title": "Dawn"})).body["id"])


async def test_a_removed_file_comes_back_to_its_place(app: AppHarness, mira: Caller) -> None:
    post_id = await a_post(mira)
    for width in (30, 31):
        await mira.post(f"/api/posts/{post_id}/files", data=a_png(width, 20), headers={"Content-Type": "image/png"})
    files = [one["id"] for one in (await mira.get(f"/api/posts/{post_id}")).body["files"]]
    await mira.delete(f"/api/posts/{post_id}/files/{files[0]}")

    back = await mira.post(f"/api/posts/{post_id}/files/{files[0]}/restore")

    assert [one["id"] for one in back.body["files"]] == files
    assert (await mira.post(f"/api/posts/{post_id}/files/{files[0]}/restore")).status == 404
    juno = await app.sign_in("juno")
    assert (await juno.post(f"/api/posts/{post_id}/files/{files[0]}/restore")).status == 404


async def test_an_order_of_files_that_was_seen_too_long_ago_is_refused(mira: Caller) -> None:
    post_id = await a_post(mira)
    path = f"/api/posts/{post_id}"
    await mira.post(f"{path}/files", data=a_png(), headers={"Content-Type": "image/png"})
    post = (await mira.get(path)).body
    order = [one["id"] for one in post["files"]]

    stale = await mira.post(f"{path}/files/order", json={"order": order, "version": post["version"] - 1})
    fresh = await mira.post(
        f"{path}/files/order", json={"order": order}, headers={"If-Match": f'"{post["version"]}"'}
    )

    assert (stale.status, stale.body["code"]) == (409, "STALE")
    assert fresh.status == 200


async def test_twins_that_are_both_meant_are_told_no_more(app: AppHarness, mira: Caller) -> None:
    one, other = await a_post(mira), await a_post(mira)
    juno = await app.sign_in("juno")

    assert (await mira.get(f"/api/posts/{one}/twins")).body == {"items": []}
    assert (await mira("PUT", f"/api/posts/{one}/twins/{other}")).status == 204
    assert (await mira.delete(f"/api/posts/{one}/twins/{other}")).status == 204
    assert (await mira("PUT", f"/api/posts/{one}/twins/{one}")).status == 404
    for method in ("PUT", "DELETE"):
        assert (await juno(method, f"/api/posts/{one}/twins/{other}")).status == 404
    assert (await juno.get(f"/api/posts/{one}/twins")).status == 404


async def test_a_post_that_is_sent_again_is_made_once(app: AppHarness, mira: Caller) -> None:
    program, other = await app.program(mira, "write"), await app.program(mira, "write")
    again = {"Idempotency-Key": "the-one"}

    first = await program.post("/api/posts", json={"title": "Dawn"}, headers=again)
    second = await program.post("/api/posts", json={"title": "Dawn"}, headers=again)
    elsewhere = await other.post("/api/posts", json={"title": "Dawn"}, headers=again)
    without = await program.post("/api/posts", json={"title": "Dawn"})

    assert (first.status, second.status, elsewhere.status, without.status) == (201, 200, 201, 201)
    assert first.body["id"] == second.body["id"]
    assert len({first.body["id"], elsewhere.body["id"], without.body["id"]}) == 3
    assert (await program.post("/api/posts", json={}, headers={"Idempotency-Key": "x" * 201})).status == 422


async def test_lists_are_narrowed_by_flags_and_put_in_order(mira: Caller) -> None:
    await mira.post("/api/posts", json={"title": "Alpha", "is_mature": True, "mature_level": "moderate"})
    await mira.post("/api/posts", json={"title": "Beta"})

    mature = (await mira.get("/api/posts?is_mature=true&status=draft")).body["items"]
    titles = [one["title"] for one in (await mira.get("/api/posts?status=draft&sort=title")).body["items"]]

    assert [one["title"] for one in mature] == ["Alpha"]
    assert titles == sorted(titles)
    assert (await mira.get("/api/posts?is_mature=perhaps")).status == 422
    assert (await mira.get("/api/posts?sort=price")).status == 422


async def test_a_file_tells_how_it_was_made_and_gives_itself_out(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "read")
    post_id = await a_post(mira)
    await mira.post(f"/api/posts/{post_id}/files", data=a_png(), headers={"Content-Type": "image/png"})
    [file] = (await mira.get(f"/api/posts/{post_id}")).body["files"]
    path, juno = f"/api/posts/{post_id}/files/{file['id']}", await app.sign_in("juno")

    told = (await program.get(path)).body

    assert told | {"metadata": None} == {**file, "thumb_url": f"{file['url']}/thumb", "metadata": None}
    assert (await program.get(file["url"].removeprefix(app.url))).content == a_png()
    assert (await program.get(told["thumb_url"].removeprefix(app.url))).status == 200
    assert (await juno.get(path)).status == 404
    assert (await mira.get(f"/api/posts/{await a_post(mira)}/files/{file['id']}")).status == 404


async def test_the_calendar_holds_what_is_planned_in_a_period(app: AppHarness, mira: Caller) -> None:
    waiting = (await mira.get("/api/posts?status=review")).body["items"][0]["id"]
    await mira.post(f"/api/posts/{waiting}/approve")
    await mira.post(f"/api/posts/{waiting}/schedule", json={"when": "in 3h"})
    juno = await app.sign_in("juno")

    [tile] = (await mira.get("/api/calendar")).body["items"]

    assert (tile["post_id"], tile["status"], tile["objections"]) == (waiting, "scheduled", [])
    assert waiting not in {one["post_id"] for one in (await juno.get("/api/calendar")).body["items"]}
    assert (await mira.get("/api/calendar?account_id=99999")).body["items"] == []
    assert (await mira.get("/api/calendar?start=2026-01-01T00:00:00Z&end=2028-01-01T00:00:00Z")).status == 422
    assert (await mira.get("/api/calendar?start=9999-12-31T23:00:00Z")).status == 422
