"""What other rooms can do on their pages, over the API: kept works, sales, people and backups."""

from tests.support.app import AppHarness, Caller
from tests.support.waiting import eventually


async def test_lists_of_works_are_made_renamed_and_filled(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keep-lists", json={"name": "Harbours"})).body
    path = f"/api/keep-lists/{made['id']}"
    looked = (await mira.get("/api/inspiration?sight=daily")).body["items"]

    kept = [await mira.post(f"{path}/works", json={"work": work["id"]}) for work in looked[:2]]
    first = (await mira.get(f"{path}/works?limit=1")).body
    second = (await mira.get(f"{path}/works?limit=1&cursor={first['next_cursor']}")).body

    assert [answer.body["works"] for answer in kept] == [1, 2]
    assert (first["total"], second["next_cursor"]) == (2, None)
    assert {first["items"][0]["id"], second["items"][0]["id"]} == {work["id"] for work in looked[:2]}
    assert (await mira.patch(path, json={"name": "Nights"})).body["name"] == "Nights"
    assert (await mira.delete(f"{path}/works/{looked[0]['id']}")).status == 204
    assert (await mira.get("/api/keep-lists")).body["items"][0]["works"] == 1
    assert (await mira.post(f"{path}/works", json={"work": "no work"})).status == 422
    assert (await mira.get(f"{path}/works?cursor=x")).status == 422
    assert (await mira.delete(path)).status == 204


async def test_lists_of_others_are_nobodys(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keep-lists", json={"name": "Harbours"})).body
    path, juno = f"/api/keep-lists/{made['id']}", await app.sign_in("juno")
    work = "5C1B2D3E-0A4F-4B6C-8D7E-9F0A1B2C3D4E"

    assert (await juno.get(f"{path}/works")).status == 404
    assert (await juno.patch(path, json={"name": "Mine"})).status == 404
    assert (await juno.delete(path)).status == 404
    assert (await juno.post(f"{path}/works", json={"work": work})).status == 404
    assert (await juno.delete(f"{path}/works/{work}")).status == 404


async def test_a_preset_becomes_the_default_and_a_post_tells_its_wishes(app: AppHarness, mira: Caller) -> None:
    for name in ("Small", "Large"):
        await mira.post("/api/price-presets", json={"name": name, "lowest": "49"})
    small, large = (await mira.get("/api/price-presets")).body["items"]
    other = large if small["is_default"] else small
    post_id = (await mira.post("/api/posts", json={"title": "Dawn"})).body["id"]
    juno = await app.sign_in("juno")

    changed = (await mira.post(f"/api/price-presets/{other['id']}/default")).body
    before = (await mira.get(f"/api/posts/{post_id}/wishes")).body
    await mira.post(f"/api/posts/{post_id}/offer", json={"price_preset_id": other["id"]})

    assert changed["is_default"] is True
    assert before == {"price_preset_id": None, "comment_template_id": None}
    assert (await mira.get(f"/api/posts/{post_id}/wishes")).body["price_preset_id"] == other["id"]
    assert (await juno.get(f"/api/posts/{post_id}/wishes")).status == 404
    assert (await juno.post(f"/api/price-presets/{other['id']}/default")).status == 404
    assert (await juno.post("/api/sale-queue/1/release", json={"lease_token": "x"})).status == 404
    assert (await mira.get("/api/sale-queue/1/screenshot")).status == 404


async def test_administrators_change_roles_and_revoke_keys(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    person = f"/api/people/{(await juno.get('/api/me')).body['user']['id']}"
    program = await app.program(juno, "read")

    assert (await juno.patch(person, json={"role": "admin"})).status == 403
    assert (await mira.patch(person, json={"role": "admin"})).body["role"] == "admin"
    assert (await mira.patch(person, json={"role": "member"})).body["role"] == "member"
    [key] = (await mira.get(f"{person}/keys")).body["items"]
    assert "key" not in key
    assert (await mira.delete(f"{person}/keys/{key['id']}")).status == 204
    assert (await program.get("/api/me")).status == 401
    assert (await mira.get(f"{person}/export")).status == 409
    await mira.post(f"{person}/disable")
    assert (await mira.get(f"{person}/export")).status == 200
    assert (await mira.get("/api/people/999/keys")).status == 404


async def test_a_backup_is_made_fetched_and_removed(app: AppHarness, mira: Caller) -> None:
    made = await mira.post("/api/instance/backups", json={"pictures": False})

    async def by_hand() -> list[str]:
        items = (await mira.get("/api/instance/backups")).body["items"]
        return [one["name"] for one in items if one["kind"] == "manual"]

    assert made.status == 202
    names: list[str] = []
    await eventually(lambda: by_hand())
    names = await by_hand()
    path = f"/api/instance/backups/{names[0]}"
    assert (await mira.get(path)).status == 200
    assert (await mira.delete(path)).status == 204
    assert (await mira.get(path)).status == 404
    assert (await mira.get("/api/instance/backups/..%2Fsecret.key")).status == 404


async def test_only_administrators_look_after_the_instance(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    health = (await mira.get("/api/instance/health")).body

    assert {job["name"] for job in health["jobs"]} >= {"backup", "cleanup"}
    for path in ("/api/instance/health", "/api/instance/backups", "/api/instance/backups/daily.backup"):
        assert (await juno.get(path)).status == 403
    assert (await juno.post("/api/instance/backups", json={})).status == 403


async def test_problem_lines_are_read_page_by_page_by_administrators(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    page = (await mira.get("/api/instance/log?limit=1&level=error&q=nothinglikethis")).body

    assert page == {"items": [], "next_cursor": None, "total": 0}
    assert (await mira.get("/api/instance/log?level=loud")).status == 422
    assert (await juno.get("/api/instance/log")).status == 403
