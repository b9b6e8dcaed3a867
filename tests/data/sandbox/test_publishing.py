"""Submit, publish, edit: what is accepted, what is refused, and how."""

import hashlib

import aiohttp
import pytest

from data.sandbox.options import RateLimit, SandboxOptions
from tests.support.clock import FakeClock
from tests.support.sandbox import API, PNG, Caller, a_sandbox, upload


async def test_what_is_submitted_and_published_stands_in_the_ledger(mira: Caller) -> None:
    itemid = await mira.submitted(title="Dunes", artist_comments="<b>low</b> sun")

    status, body = await mira.post(
        "stash/publish", ("tags[]", "dune sea"), ("tags[]", "#Sand"), ("tags[]", "sand"), itemid=itemid, is_mature="0"
    )

    [work] = mira.sandbox.world.deviations
    assert status == 200
    assert (work.deviationid, work.itemid, work.title) == (body["deviationid"], itemid, "Dunes")
    assert work.tags == ["dune_sea", "Sand"]
    assert work.sha256 == hashlib.sha256(PNG).hexdigest()
    assert body["url"].startswith(f"{mira.sandbox.base_url}/mira/art/Dunes-")
    async with mira.session.get(body["url"]) as page:
        assert "Dunes" in await page.text()


async def test_any_part_name_will_do_but_a_file_name_is_needed(mira: Caller) -> None:
    good, _ = await mira.call("POST", "stash/submit", upload(PNG, "x.png", part="submission"))
    bad, body = await mira.submit(filename=None)

    assert good == 200
    assert (bad, body["error"]) == (500, "server_error")


async def test_neither_file_nor_item_is_refused(mira: Caller) -> None:
    status, body = await mira.post("stash/submit", title="Nothing")

    assert (status, body["error"]) == (400, "invalid_request")
    assert mira.sandbox.world.items == []


async def test_an_item_can_be_updated_with_and_without_a_file(mira: Caller) -> None:
    itemid = await mira.submitted(title="First")
    await mira.submit(PNG + b"more", title="Second", itemid=itemid)
    await mira.post("stash/submit", itemid=itemid, title="Third")

    [item] = mira.sandbox.world.items
    assert (item.title, item.uploads, item.bytes) == ("Third", 2, len(PNG) + 4)


async def test_item_ids_need_all_64_bits(mira: Caller) -> None:
    itemid = await mira.submitted()

    assert float(itemid) != int(itemid)


async def test_a_dead_token_is_reported_only_after_the_upload(mira: Caller, clock: FakeClock) -> None:
    await clock.advance(3601)

    status, body = await mira.submit(b"x" * 300_000)

    assert (status, body["error"]) == (401, "invalid_token")


async def test_an_upload_that_is_too_large_is_an_error_inside_a_200(
    session: aiohttp.ClientSession, clock: FakeClock
) -> None:
    async with a_sandbox(clock, options=SandboxOptions(max_upload_mb=1)) as sandbox:
        status, body = await Caller(session, sandbox).submit(b"x" * 1_100_000)

    assert (status, body["status"]) == (200, "error")


async def test_publishing_an_item_twice_is_code_9(mira: Caller) -> None:
    itemid = await mira.submitted()
    await mira.post("stash/publish", itemid=itemid, is_mature="0")

    status, body = await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert (status, body["error_code"]) == (400, 9)
    assert mira.sandbox.world.published_items == [itemid]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"itemid": "99"}, 7),
        ({"catpath": "digitalart"}, 2),
        ({"display_resolution": "9"}, 5),
        ({"license_options[commercial]": "no"}, 4),
        ({"license_options[creative_commons]": "1", "license_options[modify]": "maybe"}, 4),
    ],
)
async def test_publish_names_what_it_dislikes_by_code(mira: Caller, fields: dict[str, str], code: int) -> None:
    base = {"itemid": await mira.submitted(), "is_mature": "0"}

    status, body = await mira.call("POST", "stash/publish", base | fields)

    assert (status, body["error_code"]) == (400, code)
    assert mira.sandbox.world.deviations == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "is_mature"),
        ({"is_mature": "1"}, "mature_level"),
        ({"is_mature": "1", "mature_level": "strict", "mature_classification[]": "rude"}, "mature_classification"),
        ({"is_mature": "0", "add_watermark": "1"}, "add_watermark"),
        ({"is_mature": "perhaps"}, "is_mature"),
        ({"is_mature": "0", "sharing": "loudly"}, "sharing"),
    ],
)
async def test_publish_names_the_field_that_does_not_validate(
    mira: Caller, fields: dict[str, str], named: str
) -> None:
    itemid = await mira.submitted()

    status, body = await mira.call("POST", "stash/publish", {"itemid": itemid} | fields)

    assert status == 400
    assert list(body["error_details"]) == [named]


async def test_the_policies_must_be_accepted(mira: Caller) -> None:
    itemid = await mira.submitted()
    artist = mira.sandbox.world.artist("mira")
    artist.policy_accepted = False
    _, policy = await mira.post("stash/publish", itemid=itemid, is_mature="0")
    artist.policy_accepted, artist.terms_accepted = True, False
    _, terms = await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert (policy["error_code"], terms["error_code"]) == (0, 1)


async def test_what_is_no_picture_needs_a_preview(mira: Caller) -> None:
    itemid = await mira.submitted(b"\0\0\0\x18ftypmp42")

    _, body = await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert body["error_code"] == 8


async def test_another_artists_item_is_not_found(mira: Caller) -> None:
    itemid = await Caller(mira.session, mira.sandbox, "juno").submitted()

    _, body = await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert body["error_code"] == 7


async def test_a_premium_folder_gives_500_and_a_half_published_work(mira: Caller) -> None:
    folder = mira.sandbox.world.create_folder("mira", "Subscribers")
    folder.premium = True
    itemid = await mira.submitted()

    status, _ = await mira.post("stash/publish", ("galleryids[]", folder.folderid), itemid=itemid, is_mature="0")

    assert status == 500
    assert mira.sandbox.world.published_items == [itemid]


async def test_known_bytes_count_as_published_when_the_switch_says_so(mira: Caller) -> None:
    await mira.published()
    mira.sandbox.world.switches.known_bytes_count_as_published = True
    itemid = await mira.submitted()

    _, body = await mira.post("stash/publish", itemid=itemid, is_mature="0")

    assert body["error_code"] == 9


async def test_an_edit_clears_what_it_leaves_out(mira: Caller) -> None:
    body = await mira.published(PNG, ("tags[]", "one"), allow_free_download="1")

    status, _ = await mira.post(f"deviation/edit/{body['deviationid']}", is_mature="0", title="New name")

    [work] = mira.sandbox.world.deviations
    assert status == 200
    assert (work.title, work.tags, work.allow_free_download) == ("New name", [], False)


async def test_a_fresh_work_may_not_be_found_for_an_edit(mira: Caller, clock: FakeClock) -> None:
    mira.sandbox.world.switches.fresh_edit_seconds = 60
    body = await mira.published()
    early, _ = await mira.post(f"deviation/edit/{body['deviationid']}", is_mature="0")
    await clock.advance(61)
    late, _ = await mira.post(f"deviation/edit/{body['deviationid']}", is_mature="0")

    assert (early, late) == (400, 200)


async def test_comments_need_their_own_scope(mira: Caller) -> None:
    body = await mira.published()
    path = f"comments/post/deviation/{body['deviationid']}"
    posted, comment = await mira.post(path, body="First!")
    mira.grant = mira.sandbox.world.grant("mira", "basic browse")
    refused, error = await mira.post(path, body="Second!")

    assert (posted, comment["body"]) == (200, "First!")
    assert (refused, error["error"], error["scope"]) == (403, "insufficient_scope", "comment.post")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "stash/item/9"), ("GET", "stash/space"), ("POST", "stash/delete"), ("GET", "browse/newest")],
)
async def test_removed_endpoints_are_gone(mira: Caller, method: str, path: str) -> None:
    status, body = await mira.call(method, path)

    assert (status, body["error_description"]) == (404, "Api endpoint not found.")


async def test_without_agent_or_compression_the_edge_answers(mira: Caller) -> None:
    for headers in ({"User-Agent": ""}, {"Accept-Encoding": "identity"}):
        status, body = await mira.call("GET", "placebo", headers=headers)
        assert (status, body) == (403, None)


async def test_knocking_while_refused_prolongs_the_block(session: aiohttp.ClientSession, clock: FakeClock) -> None:
    options = SandboxOptions(rate=RateLimit(burst=3, per_second=1))
    async with a_sandbox(clock, options=options) as sandbox:
        mira = Caller(session, sandbox)
        statuses = [(await mira.get("placebo"))[0] for _ in range(6)]
        await clock.advance(2)
        still, body = await mira.get("placebo")
        await clock.advance(4)
        free, _ = await mira.get("placebo")

    assert statuses == [200, 200, 200, 429, 429, 429]
    assert (still, body["error"]) == (429, "user_api_threshold")
    assert free == 200


async def test_an_unknown_version_is_refused(mira: Caller) -> None:
    status, body = await mira.call("GET", "placebo", headers={"dA-minor-version": "20990101"})

    assert (status, body["error"]) == (400, "version_error")


async def test_no_token_at_all_is_unauthorised(mira: Caller) -> None:
    async with mira.session.get(mira.sandbox.base_url + API + "placebo") as response:
        assert response.status == 401
