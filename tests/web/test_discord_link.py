"""Opening the address that `/link` gave in Discord."""

from tests.support.app import AppHarness, Caller


async def a_code(app: AppHarness) -> str:
    return await app.app.links.begin(4711, "mira_on_discord")


async def test_the_link_shows_whom_it_ties_and_ties_once(app: AppHarness, mira: Caller) -> None:
    code = await a_code(app)

    shown = await mira.get(f"/link/{code}")
    tied = await mira.post(f"/link/{code}")
    again = await mira.post(f"/link/{code}")
    looked = await mira.get(f"/link/{code}")

    assert shown.status == 200 and "mira_on_discord" in shown.text and "<strong>mira</strong>" in shown.text
    assert tied.status == 303 and again.status == 410 and looked.status == 410
    person = await app.app.discord_memory.person(4711)
    assert person is not None and (await app.app.people_reads.user(person.user_id)) is not None


async def test_signed_out_one_signs_in_first_and_comes_back(app: AppHarness) -> None:
    code = await a_code(app)
    stranger = app.stranger()

    away = await stranger.get(f"/link/{code}")
    back = await app.authorize(stranger, "mira", start=f"/auth/deviantart?next=/link/{code}")

    assert away.status == 303 and f"/link/{code}" in away.headers["Location"]
    assert back.headers["Location"] == f"/link/{code}"


async def test_tying_needs_the_token_of_the_session(app: AppHarness, mira: Caller) -> None:
    code = await a_code(app)

    refused = await mira.post(f"/link/{code}", headers={"X-CSRF-Token": "forged"})

    assert refused.status == 403
    assert await app.app.discord_memory.person(4711) is None


async def test_a_code_that_never_was_answers_like_an_old_one(app: AppHarness, mira: Caller) -> None:
    assert (await mira.get("/link/neverwasneverwas")).status == 410
