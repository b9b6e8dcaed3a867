"""Nothing that administrators and owners do to others, or to the instance, goes unwritten."""

from collections.abc import AsyncIterator

import pytest

from tests.support.app import AppHarness, running_app
from tests.support.waiting import eventually
from web.api.routes import ENDPOINTS

ROOMS = ("/api/invites", "/api/people", "/api/instance", "/api/accounts/{id}/people")


@pytest.fixture
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppHarness]:
    home = tmp_path_factory.mktemp("home")
    async with running_app(home, OPEN_SIGNUP="true") as app:
        yield app


async def test_every_call_that_changes_others_or_the_instance_is_in_the_log(
    app: AppHarness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mira, juno = await app.sign_in("mira"), await app.sign_in("juno")
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    person = (await juno.get("/api/me")).body["user"]["id"]
    key = (await juno.post("/api/keys", json={"name": "a program", "scopes": ["read"]})).body["id"]
    people = f"/api/accounts/{account}/people"
    walked: set[str] = set()

    async def does(call: str, path: str, what: str, **given: object) -> dict[str, str]:
        """One call, and the entry it leaves."""
        method = call.split(" ")[0]
        answer = await mira(method, path, **given)
        assert answer.status < 300, answer.text
        newest = (await mira.get("/api/audit?limit=2")).body["items"]  # a removal adds that it is over
        assert (what, "mira") in [(entry["what"], entry["actor"]) for entry in newest], call
        walked.add(call)
        return answer.body if isinstance(answer.body, dict) else {}

    made = await does("POST /api/invites", "/api/invites", "invite.made", json={"role": "member"})
    await does("DELETE /api/invites/{id}", f"/api/invites/{made['id']}", "invite.revoked")
    link = await does(f"POST {ROOMS[3]}", people, "share.offered", json={"role": "reviewer"})
    await does(f"DELETE {ROOMS[3]}/links/{{link_id}}", f"{people}/links/{link['id']}", "share.taken_back")
    link = await does(f"POST {ROOMS[3]}", people, "share.offered", json={"role": "reviewer"})
    assert (await juno.post("/share/" + link["url"].rsplit("/", 1)[1])).status == 303
    await does(f"PATCH {ROOMS[3]}/{{user_id}}", f"{people}/{person}", "share.changed", json={"role": "editor"})
    await does(f"DELETE {ROOMS[3]}/{{user_id}}", f"{people}/{person}", "share.ended")
    await does("DELETE /api/people/{id}/keys/{key_id}", f"/api/people/{person}/keys/{key}", "key.revoked")
    await does("PATCH /api/people/{id}", f"/api/people/{person}", "person.role", json={"role": "admin"})
    for deed in ("disable", "enable", "disable"):
        await does(f"POST /api/people/{{id}}/{deed}", f"/api/people/{person}/{deed}", f"person.{deed}d")
    await does(
        "POST /api/people/{id}/remove", f"/api/people/{person}/remove", "person.leaving", json={"name": "juno"}
    )

    instance = "/api/instance"
    await does(f"PATCH {instance}/settings", f"{instance}/settings", "instance.settings", json={"name": "Studio"})
    folder = str(tmp_path_factory.mktemp("drop"))
    wanted = {"allow_private_webhooks": False, "watched_folder": {"path": folder}}
    await does(f"PUT {instance}/programs", f"{instance}/programs", "programs.folder", json=wanted)
    wanted["allow_private_webhooks"] = True
    await does(f"PUT {instance}/programs", f"{instance}/programs", "programs.private", json=wanted)
    await does(f"POST {instance}/backups", f"{instance}/backups", "backup.made", json={"pictures": False})
    progress = app.app.operations.backups
    await eventually(lambda: progress.progress.name.startswith("manual-"))
    backup = f"{instance}/backups/{progress.progress.name}"
    await does(f"GET {instance}/backups/{{name}}", backup, "backup.downloaded")
    await does(f"DELETE {instance}/backups/{{name}}", backup, "backup.removed")
    async with app.app.store.transaction() as tx:
        await tx.instance.put("publishing_paused", True)
    await does(f"POST {instance}/release", f"{instance}/release", "instance.released")

    calls = {f"{one.method} {one.path}" for one in ENDPOINTS if one.path.startswith(ROOMS) and one.method != "GET"}
    assert calls - walked == set(), "say here what it leaves in the log"
