"""The client against the imitation, over real HTTP."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from core.deviantart import DeviantArt, DeviantArtOAuth, Picture
from core.errors import (
    AccessTokenRefused,
    Busy,
    ExternalError,
    NotSent,
    OutcomeUnknown,
    RefusalCode,
    Refused,
)
from core.posts.fields import Details, License, MatureClassification, MatureLevel
from data.deviantart.client import DeviantArtClient
from data.deviantart.transport import Transport
from data.sandbox.faults import Fault
from tests.data.deviantart.conftest import HurriedClock, Line
from tests.support.clock import NOON
from tests.support.sandbox import PNG

SOON = timedelta(seconds=10)


async def submitted(line: Line, **details: object) -> str:
    return await line.api.submit(line.token, line.picture, Details(**details), timeout=SOON)  # type: ignore[arg-type]


def test_the_client_satisfies_its_port(line: Line) -> None:
    api: DeviantArt = line.api
    oauth: DeviantArtOAuth = line.oauth
    assert api is line.api
    assert oauth is line.oauth


async def test_who_and_placebo(line: Line) -> None:
    artist = await line.api.whoami(line.token)
    await line.api.placebo(line.token)

    assert artist.username == "mira"
    assert artist.user_id == line.sandbox.world.artist("mira").userid
    assert line.observed == [("user/whoami", "200"), ("placebo", "200")]


async def test_every_field_of_a_post_arrives(line: Line) -> None:
    folder = line.sandbox.world.folders_of("mira")[1].folderid
    details = Details(
        title="  Dunes \n at dusk ",
        description="5 < 6 & so on\nsecond line",
        tags=("Sand Sea", "#dune", "dune"),
        galleries=(folder,),
        is_mature=True,
        mature_level=MatureLevel.STRICT,
        mature_classification=(MatureClassification.GORE, MatureClassification.NUDITY),
        is_ai_generated=True,
        no_ai=True,
        allow_comments=False,
        allow_free_download=True,
        add_watermark=True,
        display_resolution=1920,
        license=License.CC_BY_NC_SA,
        feature=False,
    )

    item = await line.api.submit(line.token, line.picture, details, timeout=SOON)
    published = await line.api.publish(line.token, item, details, timeout=SOON)

    [work] = line.sandbox.world.deviations
    assert (work.itemid, work.deviationid) == (item, published.deviation_id)
    assert work.title == published.title == "Dunes at dusk"
    assert work.description == "5 &lt; 6 &amp; so on<br />\nsecond line"
    assert work.tags == ["Sand_Sea", "dune"]
    assert work.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (work.is_mature, work.mature_level, work.mature_classification) == (True, "strict", ["gore", "nudity"])
    assert (work.is_ai_generated, work.noai) == (True, True)
    assert (work.allow_comments, work.allow_free_download, work.add_watermark) == (False, True, True)
    assert (work.display_resolution, work.feature, work.galleryids) == (8, False, [folder])
    assert work.license == {"creative_commons": "1", "commercial": "no", "modify": "share"}
    assert published.url.endswith(f"-{work.number}")


async def test_unset_flags_are_said_explicitly(line: Line) -> None:
    item = await submitted(line, title="Plain")
    await line.api.publish(line.token, item, Details(title="Plain"), timeout=SOON)

    [work] = line.sandbox.world.deviations
    assert (work.is_mature, work.is_ai_generated, work.noai) == (False, False, False)
    assert (work.allow_comments, work.feature, work.allow_free_download) == (True, True, False)


async def test_an_item_can_be_replaced(line: Line) -> None:
    item = await submitted(line, title="One")

    again = await line.api.submit(line.token, line.picture, Details(title="Two"), timeout=SOON, item_id=item)

    assert again == item
    assert [kept.title for kept in line.sandbox.world.items] == ["Two"]


async def test_a_picture_that_is_gone_was_not_sent(line: Line, tmp_path: Path) -> None:
    with pytest.raises(NotSent):
        await line.api.submit(
            line.token, Picture(tmp_path / "no.png", "image/png", "no.png"), Details(), timeout=SOON
        )


def arrange(fault: Fault, name: str) -> None:
    match name:
        case "lost":
            fault.loses_the_answer()
        case "dropped":
            fault.drops_the_request()
        case "500" | "502" | "503":
            fault.answers(int(name))
        case "html":
            fault.blocks_with_html()
        case "blank":
            fault.answers_blank()
        case "error_in_200":
            fault.answers_200_with_an_error()
        case "429":
            fault.limits()
        case "429_application":
            fault.limits(application=True, retry_after=40)
        case "invalid_token":
            fault.says_invalid_token()
        case "list":
            fault.replaces(200, b"[]")
        case "no_id":
            fault.replaces(200, {"status": "success"})
        case "redirect":
            fault.replaces(302, b"")
        case "too_large":
            fault.replaces(413, b"<html>413</html>")
        case "threshold_as_400":
            fault.replaces(400, {"error": "user_api_threshold", "status": "error"})
        case "scope_as_401":
            fault.replaces(401, {"error": "insufficient_scope", "scope": "publish", "status": "error"})
        case _:
            fault.refuses_with_code(int(name.removeprefix("code_")))


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("lost", OutcomeUnknown, None),
        ("dropped", OutcomeUnknown, None),
        ("500", OutcomeUnknown, None),
        ("502", OutcomeUnknown, None),
        ("503", OutcomeUnknown, None),
        ("html", OutcomeUnknown, None),
        ("blank", OutcomeUnknown, None),
        ("error_in_200", OutcomeUnknown, None),
        ("list", OutcomeUnknown, None),
        ("no_id", OutcomeUnknown, None),
        ("redirect", OutcomeUnknown, None),
        ("code_6", OutcomeUnknown, None),
        ("429", Busy, None),
        ("429_application", Busy, None),
        ("threshold_as_400", Busy, None),
        ("invalid_token", AccessTokenRefused, None),
        ("scope_as_401", Refused, RefusalCode.SCOPE),
        ("code_0", Refused, RefusalCode.POLICY),
        ("code_1", Refused, RefusalCode.POLICY),
        ("code_2", Refused, RefusalCode.BAD_FIELD),
        ("code_3", Refused, RefusalCode.BAD_FIELD),
        ("code_4", Refused, RefusalCode.BAD_FIELD),
        ("code_5", Refused, RefusalCode.BAD_FIELD),
        ("code_7", Refused, RefusalCode.ITEM_UNKNOWN),
        ("code_8", Refused, RefusalCode.PREVIEW_REQUIRED),
        ("code_9", Refused, RefusalCode.ALREADY_PUBLISHED),
    ],
)
async def test_each_answer_to_publish_has_its_meaning(
    line: Line, fault: str, error: type[ExternalError], code: RefusalCode | None
) -> None:
    item = await submitted(line)
    arrange(line.sandbox.faults.on("stash/publish").always(), fault)
    line.sandbox.faults.armed[-1].remaining = None

    with pytest.raises(error) as caught:
        await line.api.publish(line.token, item, Details(), timeout=SOON)

    assert type(caught.value) is error
    assert getattr(caught.value, "code", None) == code
    # Whatever it was, the request was made once and never repeated.
    assert [note.endpoint for note in line.sandbox.world.requests].count("stash/publish") == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("lost", OutcomeUnknown),
        ("500", OutcomeUnknown),
        ("blank", OutcomeUnknown),
        ("error_in_200", OutcomeUnknown),
        ("no_id", OutcomeUnknown),
        ("503", Busy),
        ("429", Busy),
        ("html", Busy),
        ("too_large", Refused),
        ("code_7", Refused),
        ("invalid_token", AccessTokenRefused),
    ],
)
async def test_each_answer_to_submit_has_its_meaning(line: Line, fault: str, error: type[ExternalError]) -> None:
    arrange(line.sandbox.faults.on("stash/submit"), fault)

    with pytest.raises(error) as caught:
        await submitted(line)

    assert type(caught.value) is error
    assert getattr(caught.value, "blocked", False) is (fault == "html")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("lost", NotSent),
        ("blank", NotSent),
        ("list", NotSent),
        ("500", Busy),
        ("502", Busy),
        ("503", Busy),
        ("html", Busy),
        ("429", Busy),
        ("invalid_token", AccessTokenRefused),
    ],
)
async def test_a_read_never_leaves_a_doubt(line: Line, fault: str, error: type[ExternalError]) -> None:
    arrange(line.sandbox.faults.on("gallery/all"), fault)
    line.sandbox.faults.armed[-1].remaining = None

    with pytest.raises(error) as caught:
        await line.api.gallery(line.token)

    assert type(caught.value) is error


async def test_a_read_is_repeated_after_a_500_with_growing_waits(line: Line, clock: HurriedClock) -> None:
    line.sandbox.faults.on("gallery/all").answers(500).times(3)

    page = await line.api.gallery(line.token)

    assert page.deviations == ()
    assert clock.slept == [1, 2, 4]


async def test_retry_after_is_honoured_in_seconds_and_as_a_date(line: Line) -> None:
    line.sandbox.faults.on("placebo").limits(retry_after=40)
    dated = line.sandbox.faults.on("placebo").limits()
    dated.headers["Retry-After"] = "Mon, 23 Nov 2026 12:02:00 GMT"
    waits = []
    for _ in range(2):
        with pytest.raises(Busy) as caught:
            await line.api.placebo(line.token)
        waits.append(caught.value.retry_after)

    assert waits == [timedelta(seconds=40), timedelta(minutes=2)]


async def test_nobody_listening_is_not_sent(line: Line, clock: HurriedClock, unused_tcp_port: int) -> None:
    nowhere = Transport(f"http://127.0.0.1:{unused_tcp_port}", clock, user_agent="isekai-tests/1")
    api = DeviantArtClient(nowhere, clock)

    with pytest.raises(NotSent):
        await api.publish("t", "1", Details(), timeout=SOON)
    await nowhere.close()


async def test_nothing_is_sent_once_it_is_closed(line: Line) -> None:
    await line.transport.close()

    with pytest.raises(NotSent):
        await line.api.placebo(line.token)
    assert line.observed == [("placebo", "not_sent")]


async def test_silence_after_sending_is_unknown(line: Line) -> None:
    item = await submitted(line)
    line.sandbox.faults.on("stash/publish").hangs(3600).after_acting()

    with pytest.raises(OutcomeUnknown):
        await line.api.publish(line.token, item, Details(), timeout=timedelta(milliseconds=300))

    assert line.sandbox.world.published_items == [item]
    assert line.observed[-1] == ("stash/publish", "lost")


async def test_the_servers_time_is_learned_from_each_answer(line: Line) -> None:
    line.sandbox.world.switches.clock_offset_seconds = 3600
    item = await submitted(line)
    published = await line.api.publish(line.token, item, Details(), timeout=SOON)
    page = await line.api.gallery(line.token)

    assert line.api.clock_offset == timedelta(hours=1)
    assert published.published_at == page.deviations[0].published_at == NOON + timedelta(hours=1)


async def test_the_gallery_is_read_page_by_page_mature_and_deleted_works_included(line: Line) -> None:
    for number in range(3):
        details = Details(title=f"Work {number}", is_mature=number == 1, mature_level=MatureLevel.STRICT)
        item = await submitted(line, title=details.title)
        await line.api.publish(line.token, item, details, timeout=SOON)
    line.sandbox.world.delete(line.sandbox.world.deviations[0])

    first = await line.api.gallery(line.token, limit=2)
    rest = await line.api.gallery(line.token, limit=2, offset=first.next_offset or 0)

    assert [work.title for work in first.deviations] == ["Work 2", "Work 1"]
    assert first.deviations[1].is_mature
    assert [work.is_deleted for work in rest.deviations] == [True]
    assert rest.next_offset is None


async def test_submissions_are_asked_for_ten_at_a_time(line: Line) -> None:
    ids = []
    for _ in range(12):
        item = await submitted(line, title="Same")
        details = Details(title="Same", tags=("sea",))
        ids.append((await line.api.publish(line.token, item, details, timeout=SOON)).deviation_id)

    found = await line.api.submissions(line.token, tuple(ids))

    assert [one.deviation_id for one in found] == ids
    assert (found[0].tags, found[0].submitted_with, found[0].created_at) == (("sea",), "Isekai", NOON)
    assert [note.endpoint for note in line.sandbox.world.requests].count("deviation/metadata") == 2


async def test_all_folders_are_listed_parents_first(line: Line) -> None:
    sea = await line.api.create_folder(line.token, "Sea", description="waves")
    tide = await line.api.create_folder(line.token, "Tide", parent_id=sea.folder_id)
    for number in range(60):
        await line.api.create_folder(line.token, f"Folder {number}")

    folders = await line.api.folders(line.token)

    by_id = {folder.folder_id: folder for folder in folders}
    assert len(folders) == 3 + 62
    assert by_id[tide.folder_id].parent_id == sea.folder_id
    assert (by_id[sea.folder_id].has_subfolders, by_id[sea.folder_id].description) == (True, "waves")
    assert folders.index(by_id[sea.folder_id]) < folders.index(by_id[tide.folder_id])


async def test_any_other_endpoint_can_be_called(line: Line) -> None:
    item = await submitted(line)
    work = await line.api.publish(line.token, item, Details(), timeout=SOON)
    target = line.sandbox.world.folders_of("mira")[2].folderid
    params = {"target_folderid": target, "deviationids": [work.deviation_id]}

    await line.api.call(line.token, "POST", "gallery/folders/copy_deviations", params)
    inside = await line.api.call(line.token, "GET", f"gallery/{target}", {"limit": 5, "mature_content": True})

    assert [entry["deviationid"] for entry in inside["results"]] == [work.deviation_id]
    assert line.observed[-1] == ("gallery/{id}", "200")


async def test_works_can_be_edited_and_commented_on(line: Line) -> None:
    item = await submitted(line, title="Before")
    work = await line.api.publish(line.token, item, Details(title="Before"), timeout=SOON)

    await line.api.edit(line.token, work.deviation_id, Details(title="After", tags=("new",)))
    await line.api.comment(line.token, work.deviation_id, "Thanks for looking!")

    [edited] = line.sandbox.world.deviations
    assert (edited.title, edited.tags) == ("After", ["new"])
    assert [comment.body for comment in line.sandbox.world.comments] == ["Thanks for looking!"]


@pytest.mark.parametrize("endpoint", ["../oauth2/token", "gallery/..", "/placebo", "user/profile/."])
async def test_an_endpoint_cannot_leave_the_api(line: Line, endpoint: str) -> None:
    with pytest.raises(Refused):
        await line.api.call(line.token, "GET", endpoint, {})
    assert line.observed == []


async def test_what_people_type_stays_one_segment(line: Line) -> None:
    with pytest.raises(Refused, match="User not found"):
        await line.api.call(line.token, "GET", "user/profile/a?b=c#d", {})


async def test_refusals_never_hold_the_token(line: Line) -> None:
    for method, endpoint in (("GET", "browse/newest"), ("POST", "gallery/folders/create")):
        with pytest.raises(Refused) as caught:
            await line.api.call(line.token, method, endpoint, {})
        assert line.token not in str(caught.value)


async def test_an_expired_token_says_so(line: Line) -> None:
    line.sandbox.world.tokens.expire_access_tokens_of("mira")

    with pytest.raises(AccessTokenRefused):
        await line.api.placebo(line.token)
    with pytest.raises(AccessTokenRefused):
        await submitted(line)
