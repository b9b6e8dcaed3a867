"""Reading galleries and arranging folders."""

from data.sandbox.app import Sandbox
from tests.support.clock import FakeClock
from tests.support.sandbox import PNG, Caller


async def test_the_gallery_is_newest_first_and_follows_offsets(mira: Caller, clock: FakeClock) -> None:
    for number in range(5):
        await mira.published(PNG + bytes([number]), title=f"Work {number}")
        await clock.advance(10)

    _, first = await mira.get("gallery/all", limit="3")
    _, rest = await mira.get("gallery/all", limit="3", offset=str(first["next_offset"]))

    titles = [work["title"] for work in first["results"] + rest["results"]]
    assert titles == [f"Work {number}" for number in (4, 3, 2, 1, 0)]
    assert (rest["has_more"], rest["next_offset"]) == (False, None)
    assert first["results"][0]["published_time"].isdigit()
    assert first["results"][0]["deviationid"].isupper()


async def test_mature_works_show_only_when_asked_for(mira: Caller) -> None:
    await mira.published(is_mature="1", mature_level="strict")

    _, without = await mira.get("gallery/all")
    _, with_mature = await mira.get("gallery/all", mature_content="true")

    assert (without["results"], len(with_mature["results"])) == ([], 1)


async def test_deleted_works_are_sparse(mira: Caller, sandbox: Sandbox) -> None:
    body = await mira.published()
    sandbox.world.delete(sandbox.world.deviations[0])

    _, page = await mira.get("gallery/all")

    assert page["results"] == [{"deviationid": body["deviationid"], "is_deleted": True}]


async def test_the_gallery_can_lag(mira: Caller, sandbox: Sandbox, clock: FakeClock) -> None:
    sandbox.world.switches.gallery_lag_seconds = 60
    body = await mira.published()
    _, early = await mira.get("gallery/all")
    _, direct = await mira.get(f"deviation/{body['deviationid']}")
    await clock.advance(61)
    _, late = await mira.get("gallery/all")

    assert (early["results"], len(late["results"])) == ([], 1)
    assert direct["title"] == "A work"


async def test_the_gallery_can_leave_a_work_out(mira: Caller, sandbox: Sandbox) -> None:
    sandbox.world.switches.gallery_omits_next = 1
    await mira.published(title="Unseen")
    await mira.published(title="Seen")

    _, page = await mira.get("gallery/all")

    assert [work["title"] for work in page["results"]] == ["Seen"]


async def test_metadata_tells_which_app_it_came_from_and_limits_ids(mira: Caller) -> None:
    body = await mira.published(PNG, ("tags[]", "sea"))

    _, found = await mira.get("deviation/metadata", **{"deviationids[]": body["deviationid"], "ext_submission": "1"})
    too_many, _ = await mira.call(
        "GET", "deviation/metadata", [("deviationids[]", body["deviationid"])] * 11 + [("ext_submission", "1")]
    )

    [metadata] = found["metadata"]
    assert metadata["submission"]["submitted_with"]["app"] == "Isekai"
    assert [tag["tag_name"] for tag in metadata["tags"]] == ["sea"]
    assert too_many == 400


async def test_folders_can_be_made_nested_renamed_ordered_and_removed(mira: Caller) -> None:
    _, sea = await mira.post("gallery/folders/create", folder="Sea", description="waves")
    _, tide = await mira.post("gallery/folders/create", folder="Tide", parent_folderid=sea["folderid"])
    await mira.post("gallery/folders/update", folderid=sea["folderid"], name="Ocean")
    await mira.post("gallery/folders/update_order", folderid=sea["folderid"], position="0")

    _, listed = await mira.get("gallery/folders", calculate_size="1", limit="50")
    first = listed["results"][0]
    assert (first["name"], first["description"], first["has_subfolders"]) == ("Ocean", "waves", True)
    assert [(child["name"], child["parent"]) for child in first["subfolders"]] == [("Tide", sea["folderid"])]

    await mira.post("gallery/folders/move", folderid=tide["folderid"], to_folderid="")
    await mira.post(f"gallery/folders/remove/{sea['folderid']}")
    _, after = await mira.get("gallery/folders", limit="50")
    assert "Tide" in [folder["name"] for folder in after["results"]]
    assert "Ocean" not in [folder["name"] for folder in after["results"]]


async def test_works_move_between_folders_and_stay_published(mira: Caller, sandbox: Sandbox) -> None:
    one = (await mira.published(title="One"))["deviationid"]
    two = (await mira.published(title="Two"))["deviationid"]
    featured, sketches = (folder.folderid for folder in sandbox.world.folders_of("mira")[:2])

    await mira.post(
        "gallery/folders/copy_deviations",
        ("deviationids[]", one),
        ("deviationids[]", two),
        target_folderid=sketches,
    )
    await mira.post("gallery/folders/update_deviation_order", folderid=sketches, deviationid=two, position="0")
    await mira.post("gallery/folders/remove_deviations", ("deviationids[]", one), folderid=featured)

    _, inside = await mira.get(f"gallery/{sketches}")
    _, left = await mira.get(f"gallery/{featured}")
    assert [work["title"] for work in inside["results"]] == ["Two", "One"]
    assert [work["title"] for work in left["results"]] == ["Two"]
    assert inside["name"] == "Sketches"
    assert len(sandbox.world.deviations) == 2


async def test_a_folder_cannot_be_moved_into_itself(mira: Caller) -> None:
    _, sea = await mira.post("gallery/folders/create", folder="Sea")
    _, tide = await mira.post("gallery/folders/create", folder="Tide", parent_folderid=sea["folderid"])

    status, _ = await mira.post("gallery/folders/move", folderid=sea["folderid"], to_folderid=tide["folderid"])

    assert status == 400


async def test_other_peoples_folders_cannot_be_touched(mira: Caller, sandbox: Sandbox) -> None:
    theirs = sandbox.world.folders_of("juno")[1].folderid

    status, body = await mira.post(f"gallery/folders/remove/{theirs}")

    assert (status, body["error"]) == (400, "invalid_request")


async def test_browsing_finds_the_community_page_by_page(mira: Caller) -> None:
    _, home = await mira.get("browse/home", limit="5")
    tag = home["results"][0]["deviationid"] and "digitalart"
    _, first = await mira.get("browse/tags", tag=tag, limit="4")
    _, second = await mira.get("browse/tags", tag=tag, limit="4", cursor=first["next_cursor"])
    _, topics = await mira.get("browse/topics")
    _, topic = await mira.get("browse/topic", topic=topics["results"][0]["canonical_name"])
    _, found = await mira.get("browse/tags/search", tag_name="digi")
    _, mlt = await mira.get("browse/morelikethis/preview", seed=home["results"][0]["deviationid"])

    ids = [work["deviationid"] for work in first["results"] + second["results"]]
    assert len(set(ids)) == 8
    assert topic["results"]
    assert {"tag_name": "digitalart"} in found["results"]
    assert set(mlt["more_from_da"][-1]) == {"deviationid", "is_deleted"}


async def test_daily_deviations_differ_by_day_and_stay_the_same_for_one(mira: Caller) -> None:
    _, one = await mira.get("browse/dailydeviations", date="2026-01-01")
    _, again = await mira.get("browse/dailydeviations", date="2026-01-01")
    _, other = await mira.get("browse/dailydeviations", date="2026-01-02")

    assert one == again
    assert one != other


async def test_watching_needs_a_person_and_reads_need_only_an_app(mira: Caller, sandbox: Sandbox) -> None:
    watched, _ = await mira.get("browse/deviantsyouwatch")
    mira.grant = sandbox.world.tokens.issue(None, ["basic", "browse"], "4711")
    refused, _ = await mira.get("browse/deviantsyouwatch")
    read, page = await mira.get("gallery/all", username="papercrane")

    assert (watched, refused, read) == (200, 401, 200)
    assert page["results"][0]["author"]["username"] == "papercrane"


async def test_people_can_be_looked_up(mira: Caller) -> None:
    _, me = await mira.get("user/whoami", expand="user.details")
    _, profile = await mira.get("user/profile/papercrane", ext_galleries="1")
    missing, body = await mira.get("user/profile/nobody_at_all")

    assert (me["username"], "details" in me) == ("mira", True)
    assert profile["user"]["username"] == "papercrane"
    assert (missing, body["error_description"]) == (400, "User not found.")


async def test_pictures_are_served_with_a_signature_that_ends(
    mira: Caller, sandbox: Sandbox, clock: FakeClock
) -> None:
    await mira.published()
    _, page = await mira.get("gallery/all")
    src = page["results"][0]["thumbs"][0]["src"]

    async with mira.session.get(src) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    await clock.advance(13 * 3600)
    async with mira.session.get(src) as response:
        assert response.status == 403


async def test_downloads_are_for_owners_or_when_allowed(mira: Caller) -> None:
    body = await mira.published()
    juno = Caller(mira.session, mira.sandbox, "juno")

    own, facts = await mira.get(f"deviation/download/{body['deviationid']}")
    other, error = await juno.get(f"deviation/download/{body['deviationid']}")

    assert (own, facts["filesize"]) == (200, len(PNG))
    assert (other, error["error_description"]) == (400, "Deviation not downloadable.")
