"""What is kept on disk, and the pictures drawn."""

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from data.sandbox.samples import draw_samples
from tests.support.clock import FakeClock
from tests.support.sandbox import API, PNG, Caller, a_sandbox, upload


async def test_everything_is_there_after_a_restart_even_on_the_same_port(
    session: aiohttp.ClientSession, clock: FakeClock, tmp_path: Path
) -> None:
    async with a_sandbox(clock, home=tmp_path) as sandbox:
        mira = Caller(session, sandbox)
        body = await mira.published(title="Kept", is_mature="0")
        orphan = await mira.submitted()
        await mira.post("gallery/folders/create", folder="Sea")
        grant, base = mira.grant, sandbox.base_url

    async with a_sandbox(clock, home=tmp_path) as sandbox:
        mira = Caller(session, sandbox)
        mira.grant = grant
        assert sandbox.base_url == base
        assert [work.title for work in sandbox.world.deviations] == ["Kept"]
        assert [item.itemid for item in sandbox.world.orphans] == [orphan]
        assert [folder.name for folder in sandbox.world.folders_of("mira")][-1] == "Sea"
        assert (await mira.get("user/whoami"))[0] == 200
        assert int(await mira.submitted()) == int(orphan) + 1
        async with session.get(body["url"]) as page:
            assert page.status == 200
        _, download = await mira.get(f"deviation/download/{body['deviationid']}")
        async with session.get(download["src"]) as response:
            assert await response.read() == PNG


async def test_a_line_cut_off_by_a_crash_is_passed_over(
    session: aiohttp.ClientSession, clock: FakeClock, tmp_path: Path
) -> None:
    async with a_sandbox(clock, home=tmp_path) as sandbox:
        await Caller(session, sandbox).published()
    with (tmp_path / "journal.jsonl").open("ab") as journal:
        journal.write(b'["deviation","X",{"devi')

    async with a_sandbox(clock, home=tmp_path) as sandbox:
        assert len(sandbox.world.deviations) == 1


async def test_a_change_is_on_disk_before_its_answer_arrives(
    session: aiohttp.ClientSession, clock: FakeClock, tmp_path: Path
) -> None:
    async with a_sandbox(clock, home=tmp_path) as sandbox:
        body = await Caller(session, sandbox).published()

        assert body["deviationid"] in (tmp_path / "journal.jsonl").read_text()


async def test_refused_uploads_leave_no_file(
    session: aiohttp.ClientSession, clock: FakeClock, tmp_path: Path
) -> None:
    async with a_sandbox(clock, home=tmp_path) as sandbox:
        mira = Caller(session, sandbox)
        await mira.submit(filename=None)
        await mira.submit(title="x" * 51)

    assert list((tmp_path / "pictures").iterdir()) == []


def test_the_samples_are_eight_pictures_the_same_each_time(tmp_path: Path) -> None:
    one, two = draw_samples(tmp_path / "one"), draw_samples(tmp_path / "two")

    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    formats = set()
    for path in one:
        with Image.open(path) as image:
            image.load()
            formats.add(image.format)
    assert len(one) == 8
    assert formats == {"PNG", "JPEG", "WEBP", "GIF"}


@pytest.mark.parametrize(("name", "key"), [("dunes-at-dusk", "parameters"), ("northern-lights", "prompt")])
def test_samples_carry_generation_metadata(tmp_path: Path, name: str, key: str) -> None:
    draw_samples(tmp_path)

    with Image.open(tmp_path / f"{name}.png") as image:
        assert key in image.info


_SERVE = """
import asyncio, sys
from pathlib import Path
from core.clock import SystemClock
from data.sandbox.app import Sandbox

async def serve():
    sandbox = Sandbox(Path(sys.argv[1]), SystemClock())
    print(await sandbox.start(), sandbox.world.grant("mira").access_token, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


async def test_a_killed_process_forgets_nothing_it_answered_for(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    base, token = (await process.stdout.readline()).decode().split()
    headers = {"Authorization": f"Bearer {token}"}

    async def publish(number: int) -> int:
        form = upload(PNG + bytes([number]), "a.png", title=f"Work {number}")
        async with session.post(f"{base}{API}stash/submit", data=form, headers=headers) as response:
            itemid = (await response.json())["itemid"]
        fields = {"itemid": str(itemid), "is_mature": "0"}
        async with session.post(f"{base}{API}stash/publish", data=fields, headers=headers) as response:
            assert response.status == 200
        return int(itemid)

    published = await asyncio.gather(*(publish(number) for number in range(20)))
    process.kill()
    await process.wait()

    async with a_sandbox(home=tmp_path) as sandbox:
        assert sorted(sandbox.world.published_items) == sorted(map(str, published))
