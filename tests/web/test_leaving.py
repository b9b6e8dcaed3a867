"""The doors through which somebody leaves for good."""

import io
import zipfile

from tests.support.app import AppHarness, Caller
from tests.support.waiting import eventually


async def id_of(caller: Caller) -> str:
    return str((await caller.get("/api/me")).body["user"]["id"])


async def names(mira: Caller) -> list[str]:
    return [one["name"] for one in (await mira.get("/api/people")).body["items"]]


async def send(who: Caller, path: str, **fields: str) -> int:
    return (await who.post(path, data={"csrf_token": who.headers["X-CSRF-Token"], **fields})).status


async def test_an_administrator_disables_exports_and_removes(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    page = f"/admin/people/{await id_of(juno)}"

    assert (await mira.get(f"{page}/export")).status == 409
    await send(mira, f"{page}/disable")
    told = (await mira.get(page)).text
    export = await mira.get(f"{page}/export")
    await send(mira, f"{page}/remove", name="yuno")
    kept = await names(mira)
    await send(mira, f"{page}/remove", name="juno")

    assert "Export everything of theirs first" in told
    assert "isekai-export.json" in zipfile.ZipFile(io.BytesIO(export.content)).namelist()
    assert kept == ["mira", "juno"]

    async def gone() -> bool:
        return await names(mira) == ["mira"]

    await eventually(gone)
    audit = [one["what"] for one in (await mira.get("/api/audit")).body["items"]]
    assert audit[:4] == ["person.removed", "person.leaving", "person.exported", "person.disabled"]


async def test_a_member_deletes_their_own_data_and_is_signed_out(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    said = (await juno.get("/settings/data")).text
    status = await send(juno, "/settings/data/delete", name="juno")

    assert "Type juno to confirm" in said
    assert status == 303
    assert (await juno.get("/api/me")).status == 401
    assert "only administrator" in (await mira.get("/settings/data")).text


async def test_programs_remove_people_too(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    path = f"/api/people/{await id_of(juno)}"
    admin, member = await app.program(mira, "admin"), juno

    assert (await member.get("/api/people")).status == 403
    assert (await member.post(f"{path}/remove", json={"name": "juno"})).status == 403
    assert (await admin.post(f"{path}/remove", json={"name": "juno"})).code == "WRONG_STATE"
    assert (await admin.post(f"{path}/disable", json={})).body["state"] == "disabled"
    assert (await admin.post(f"{path}/enable", json={})).body["state"] == "active"
    assert (await admin.post("/api/me/remove", json={"name": "mira"})).code == "WRONG_STATE"
    member = await app.sign_in("juno")  # disabling ended the session before
    left = await member.post("/api/me/remove", json={"name": "juno"})
    assert (left.status, left.body["state"]) == (202, "leaving")
    assert (await member.get("/api/me")).status == 401
