"""Lists in the hand of the user: order, filters, selection, and what is done to many posts at once."""

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.support.app import AppHarness, Caller
from tests.support.failures import failed
from tests.support.filled import publish_it


@pytest.fixture
async def drafts(mira: Caller) -> list[str]:
    """Three of the samples, approved; the first is mature and the second has a tag."""
    waiting = (await mira.get("/api/posts?status=review")).body["items"][:3]
    ids = [str(post["id"]) for post in waiting]
    await mira.post("/api/posts/batch", json={"ids": ids, "action": "approve"})
    await edit(mira, ids[0], title="Zinnia", is_mature=True, mature_level="moderate")
    await edit(mira, ids[1], title="Anemone", tags=["spring"])
    await edit(mira, ids[2], title="Mallow")
    return ids


async def edit(mira: Caller, post_id: str, **fields: object) -> None:
    answer = await mira.post("/api/posts/batch", json={"ids": [post_id], "action": "edit", "fields": fields})
    assert answer.body["results"][0]["ok"], answer.text


async def names(mira: Caller, path: str) -> list[str]:
    page = await mira.get(path)
    assert page.status == 200
    return re.findall(r'class="name" href="/posts/\d+" data-open>([^<]+)<', page.text)


async def chosen(mira: Caller, ids: list[str], **more: str) -> str:
    """The address of the page where the selection is edited."""
    answer = await mira.post("/posts/bulk", data={"action": "choose", "ids": ",".join(ids), **more})
    assert answer.status == 303
    return answer.headers["Location"]


async def test_lists_are_ordered_and_narrowed_by_their_address(mira: Caller, drafts: list[str]) -> None:
    assert await names(mira, "/drafts?sort=title") == ["Anemone", "Mallow", "Zinnia"]
    assert await names(mira, "/drafts?is_mature=yes") == ["Zinnia"]
    assert await names(mira, "/drafts?is_mature=no&sort=title") == ["Anemone", "Mallow"]
    assert await names(mira, "/drafts?tag=%23spring") == ["Anemone"]
    assert await names(mira, "/drafts?q=mallow") == ["Mallow"]
    assert len(await names(mira, "/drafts?sort=due&held=maybe")) == 3  # another list's, and nonsense


async def test_filters_stay_in_links_and_come_off_one_by_one(mira: Caller, drafts: list[str]) -> None:
    page = unescape((await mira.get("/drafts?is_mature=yes&tag=spring&sort=title")).text)

    assert "Nothing matches" in page
    assert 'href="/drafts?tag=spring&sort=title"' in page
    assert 'href="/drafts?is_mature=yes&sort=title"' in page
    assert ">Clear the filters</a>" in page
    assert '<option value="title" selected>' in page
    assert (await mira.get("/drafts?sort=title&cursor=bm9uZQ")).headers["Location"] == "/drafts?sort=title"


async def test_what_a_narrowed_list_finds_is_counted_apart(mira: Caller, drafts: list[str]) -> None:
    assert "2 drafts" in (await mira.get("/lists/drafts/count?is_mature=no")).text
    assert (await mira.get("/lists/none/count")).status == 404


async def test_a_selection_is_edited_with_a_preview_and_taken_back(mira: Caller, drafts: list[str]) -> None:
    path = await chosen(mira, drafts)
    form = {"tags": "dawn", "tags_how": "add", "title": "Flower {seq}", "fills_in": "yes", "license": "cc_by"}

    preview = await mira.post(path, data=form | {"do": "preview"})
    before = (await mira.get(f"/api/posts/{drafts[0]}")).body
    applied = await mira.post(path, data=form | {"do": "apply"})
    result = await mira.get(applied.headers["Location"])
    after = (await mira.get(f"/api/posts/{drafts[0]}")).body
    undone = await mira.post(applied.headers["Location"] + "/undo", data={"next": "/drafts"}, follow=True)

    assert "3 of 3 would change." in preview.text
    assert re.search(r'class="before">Zinnia</span>.*?class="after">Flower 1<', preview.text, re.DOTALL)
    assert '<li class="tag new">dawn' in preview.text
    assert (before["title"], after["title"], after["license"]) == ("Zinnia", "Flower 1", "cc_by")
    assert "dawn" in after["tags"]
    assert "3 done" in result.text
    assert "3 posts put back." in undone.text
    assert (await mira.get(f"/api/posts/{drafts[0]}")).body["title"] == "Zinnia"


async def test_the_preview_applies_just_what_it_showed(mira: Caller, drafts: list[str]) -> None:
    path = await chosen(mira, drafts[:1])

    page = (await mira.post(path, data={"description": "One\r\nTwo", "description_how": "below"})).text
    shown = page[page.index('id="preview"') : page.index("Before and after")]

    assert '<input type="hidden" name="description" value="One\nTwo">' in shown
    assert '<input type="hidden" name="description_how" value="below">' in shown


async def test_what_does_not_fit_keeps_what_was_typed_beside_its_sentence(mira: Caller, drafts: list[str]) -> None:
    path = await chosen(mira, drafts)

    wrong = await mira.post(path, data={"title": "x" * 501, "notes": "kept <b>", "is_mature": "true", "do": "apply"})
    nothing = await mira.post(path, data={"do": "apply"})
    unknown = await mira.post(path, data={"title": "{nobody}", "fills_in": "yes", "do": "preview"})
    account = await mira.post(path, data={"account_id": "999", "do": "preview"})

    assert (wrong.status, nothing.status, unknown.status) == (422, 422, 422)
    assert re.search(r'id="e-title">The title is 501 characters long', wrong.text)
    assert "kept &lt;b&gt;" in wrong.text
    assert re.search(r'name="is_mature".*?<option value="true" selected>', wrong.text, re.DOTALL)
    assert "Say what to change." in nothing.text
    assert 'id="e-title"' in unknown.text
    assert "Choose one of your accounts" in account.text
    assert (await mira.get(f"/api/posts/{drafts[0]}")).body["title"] == "Zinnia"


async def test_the_preview_says_which_are_refused_and_why(mira: Caller, drafts: list[str]) -> None:
    tags = ", ".join(f"tag{number}" for number in range(199))
    path = await chosen(mira, drafts)
    await edit(mira, drafts[0], tags=["one", "two"])

    page = (await mira.post(path, data={"tags": tags, "tags_how": "add", "do": "preview"})).text

    assert "cannot be changed" in page
    assert "That is 201 tags; 200 fit" in page


async def test_everything_that_matches_is_changed_not_only_what_is_ticked(mira: Caller, drafts: list[str]) -> None:
    everything = {"all": "yes", "list": "drafts", "match": "is_mature=no"}

    path = await chosen(mira, drafts[:1], **everything)
    done = await mira.post("/posts/bulk", data={"action": "tags", "tags": "field", "tags_mode": "add"} | everything)

    assert "Edit 2 posts" in (await mira.get(path)).text
    assert "2 done" in (await mira.get(done.headers["Location"])).text
    tagged = [("field" in (await mira.get(f"/api/posts/{one}")).body["tags"]) for one in drafts]
    assert tagged == [False, True, True]


@pytest.mark.parametrize("which", ["ticked", "everything"])
async def test_tagging_and_approving_is_one_press_in_review_and_one_undo(mira: Caller, which: str) -> None:
    waiting = (await mira.get("/api/posts?status=review")).body["items"]
    ids = [post["id"] for post in waiting]
    selected = {"ids": ",".join(ids)} if which == "ticked" else {"all": "yes", "list": "review", "match": ""}

    await mira.post("/posts/bulk", data={"action": "tag-approve", "tags": "dusk"} | selected)

    posts = [(await mira.get(f"/api/posts/{one}")).body for one in ids]
    assert [(post["status"], "dusk" in post["tags"]) for post in posts] == [("draft", True)] * len(ids)
    assert f"{len(ids)} drafts wait" in (await mira.get("/review")).text  # empty, it leads on
    change = (await mira.get("/api/changes")).body["items"][0]["id"]
    assert "tags changed, approved" in (await mira.get(f"/changes/{change}")).text
    await mira.post(f"/changes/{change}/undo", data={})
    posts = [(await mira.get(f"/api/posts/{one}")).body for one in ids]
    assert [(post["status"], post["tags"]) for post in posts] == [("review", post["tags"]) for post in waiting]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"action": "approve"}, "Select at least one post."),
        ({"action": "explode", "ids": "1"}, "Choose what to do with the selected posts."),
        ({"action": "meant", "ids": "1"}, "Choose what to do with the selected posts."),
        ({"action": "tags", "ids": "1", "tags_mode": "add"}, "Type at least one tag."),
        ({"action": "schedule", "ids": "1", "local": "soon"}, "time"),
        ({"action": "schedule", "ids": "1", "local": ""}, "Say when the first one goes out."),
        ({"action": "schedule", "ids": "1", "local": "2020-01-01T10:00"}, "This time is in the past."),
        ({"action": "choose", "all": "yes", "list": "search", "match": ""}, "Search for something first."),
        ({"action": "choose", "all": "yes", "list": "nothing"}, "Select at least one post."),
    ],
)
async def test_what_cannot_be_done_to_many_is_said(mira: Caller, data: dict[str, str], sentence: str) -> None:
    answer = await mira.post("/posts/bulk", headers={"Accept": "application/json"}, data=data)

    assert answer.status == 422
    assert sentence in answer.body["error"]


async def test_tags_that_do_not_fit_go_on_to_the_form_with_what_was_typed(mira: Caller, drafts: list[str]) -> None:
    tags = "dawn, " + "x" * 101

    answer = await mira.post(
        "/posts/bulk", data={"action": "tags", "tags": tags, "tags_mode": "remove", "ids": ",".join(drafts)}
    )

    assert answer.status == 422
    assert "Edit 3 posts" in answer.text
    assert re.search(r'id="e-tags">The tag “x+…” is longer than 100 characters', answer.text)
    assert tags in answer.text
    assert '<option value="remove" selected>' in answer.text


async def test_recent_changes_lists_each_with_its_way_back(app: AppHarness, mira: Caller, drafts: list[str]) -> None:
    done = await mira.post("/posts/bulk", data={"action": "discard", "ids": ",".join(drafts)}, follow=True)
    found = re.search(r"/changes/(\d+)/undo", done.text)
    assert found is not None
    path = f"/changes/{found[1]}"

    listed = (await mira.get("/changes")).text
    tabs = (await mira.get(f"{path}?show=done")).text
    juno = await app.sign_in("juno")
    theirs = [(await juno.get(path)).status, (await juno.get(f"{path}/edit")).status]
    token = {"csrf_token": juno.headers["X-CSRF-Token"]}
    theirs += [(await juno.post(f"{path}/{verb}", data=token)).status for verb in ("undo", "stop", "edit")]
    undone = await mira.post(f"{path}/undo", data={})
    again = await mira.post(f"{path}/undo", data={}, follow=True)

    assert "3 posts: moved to the trash" in listed
    assert f'action="{path}/undo"' in listed
    assert tabs.count('class="thumb-link"') == 3
    assert theirs == [404] * 5
    assert "Nothing yet" in (await juno.get("/changes")).text
    assert undone.status == 303
    assert "taken back already" in again.text
    assert (await mira.get(f"/api/posts/{drafts[0]}")).body["status"] == "draft"


async def test_recent_changes_says_where_nothing_could_be_taken_back(mira: Caller, drafts: list[str]) -> None:
    path = await chosen(mira, drafts[:1])
    wanted = {"is_ai_generated": "true", "tags": "fog", "tags_how": "add", "do": "apply"}
    assert (await mira.post(path, data=wanted)).status == 303
    await edit(mira, drafts[0], is_ai_generated=False, tags=["mist"])

    await mira.post(f"{path.removesuffix('/edit')}/undo", data={})

    listed = (await mira.get("/changes")).text
    assert "1 post: tags and made with AI changed" in listed
    assert "1 left alone" in listed
    assert "None taken back" in listed


async def test_what_could_not_be_scheduled_is_offered_other_times(
    app: AppHarness, mira: Caller, drafts: list[str]
) -> None:
    await edit(mira, drafts[1], title="")
    soon = app.app.clock.now() + timedelta(days=9)

    done = await mira.post(
        "/posts/bulk",
        data={
            "action": "schedule",
            "ids": ",".join(drafts),
            "local": f"{soon:%Y-%m-%dT18:00}",
            "step_minutes": "1440",
        },
        follow=True,
    )
    found = re.search(r"/changes/(\d+)/undo", done.text)
    assert found is not None
    page = (await mira.get(f"/changes/{found[1]}")).text
    spread = await mira.post("/spread", data={"ids": drafts[1], "do": "preview"})

    assert "2 posts scheduled." in done.text
    assert "Find other times for the one refused" in page
    assert f'name="ids" value="{drafts[1]}"' in page
    assert f'href="/posts/{drafts[1]}"' in spread.text


async def test_a_selection_is_spread_and_queued_whole(mira: Caller, drafts: list[str]) -> None:
    everything = {"all": "yes", "list": "drafts", "match": "is_mature=no"}

    spread = await mira.post("/spread", data=everything | {"do": "preview"})

    assert "2 posts." in spread.text
    assert drafts[0] not in re.findall(r'name="ids" value="([^"]*)"', spread.text)[0].split(",")


async def test_more_than_two_hundred_are_spread_at_once(app: AppHarness, mira: Caller) -> None:
    account = (await app.app.reads.accounts((await app.app.people.named("mira")).id))[0]
    async with app.app.database.transaction() as tx:
        await tx.many(
            "INSERT INTO post (user_id, account_id, status, title, created_at, updated_at)"
            " VALUES (:user_id, :account_id, 'draft', 'Many', 1, 1)",
            [{"user_id": account.user_id, "account_id": account.id}] * 230,
        )
    soon = f"{app.app.clock.now() + timedelta(days=2):%Y-%m-%d}"
    period = {"first": soon, "weeks": "50", "start": "08:00", "end": "22:00", "min_gap_minutes": "0",
              "order": "given", "days": "1", "do": "preview"}  # fmt: skip

    first = await mira.post("/spread", data={"all": "yes", "list": "drafts", "match": "", "do": "preview"} | period)
    ids = re.findall(r'name="ids" value="([^"]*)"', first.text)[0]
    again = await mira.post("/spread", data={"ids": ids} | period)

    assert ids.count(",") == 229
    assert (first.status, again.status) == (200, 200)
    assert again.text.count(">Many</a>") == 60
    assert "And 170 more" in again.text


@pytest.mark.parametrize(
    ("kind", "button", "what_next"),
    [
        ("refused", "Try again", "Nothing happens until you decide."),
        ("authorization_lost", "Connect again", "It goes out once the account is connected again."),
        ("not_ready", "Complete it", "until what is missing is there"),
    ],
)
async def test_failed_says_why_what_is_next_and_offers_what_helps(
    app: AppHarness, mira: Caller, drafts: list[str], kind: str, button: str, what_next: str
) -> None:
    if kind == "not_ready":
        await edit(mira, drafts[0], title="")
    await failed(app.app, int(drafts[0]), kind, "DeviantArt said no, twice.")

    page = (await mira.get("/failed")).text
    acts = page[page.index('class="acts"') : page.index("<details", page.index('class="acts"'))]

    assert "DeviantArt said no, twice." in page
    assert what_next in page
    assert button in acts
    # On its own page where it happened, in words.
    assert "when DeviantArt was asked to publish it" in (await mira.get(f"/posts/{drafts[0]}")).text


async def test_an_open_question_keeps_a_link_that_was_refused(
    app: AppHarness, mira: Caller, drafts: list[str]
) -> None:
    await failed(app.app, int(drafts[0]), "outcome_unknown", "No clear answer.", in_doubt=True)
    page = (await mira.get(f"/posts/{drafts[0]}")).text
    publication = re.search(r'name="publication_id" value="(\d+)"', page)
    assert publication is not None

    answer = await mira.post(
        f"/posts/{drafts[0]}/resolve",
        data={"publication_id": publication[1], "outcome": "online", "url": "https://example.com/a"},
    )

    unsaid = await mira.post(f"/posts/{drafts[0]}/resolve", data={"publication_id": publication[1]})
    assert unsaid.status == 422

    listed = (await mira.get("/failed")).text
    assert f'href="/posts/{drafts[0]}#decide"' in listed
    assert "last try" in listed
    assert answer.status == 422
    assert 'value="https://example.com/a"' in answer.text
    assert f'id="e-doubt-{publication[1]}"' in answer.text


async def test_a_refused_upload_is_told_once_and_with_its_time(
    app: AppHarness, mira: Caller, drafts: list[str]
) -> None:
    assert app.app.sandbox is not None
    app.app.sandbox.faults.on("stash/submit").refuses_with_code(6)
    await publish_it(mira, drafts[1], "failed")

    page = (await mira.get("/failed")).text

    assert page.count("DeviantArt refused it: ") == 1
    assert "last change" in page
