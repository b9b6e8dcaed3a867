"""The upload page as a plain form and as its script speaks to it."""

import hashlib
import json
from typing import Any

import aiohttp

from tests.support.app import Answer, AppHarness, Caller
from tests.support.pictures import a_jpeg, a_png

JSON = {"Accept": "application/json"}


async def upload(caller: Caller, *files: tuple[str, bytes], key: str = "", **fields: Any) -> Answer:
    data = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            data.add_field(name, one)
    for name, content in files:
        data.add_field("file", content, filename=name, content_type="application/octet-stream")
    headers = JSON | ({"Idempotency-Key": key} if key else {})
    return await caller.post("/upload", data=data, headers=headers)


async def newest(caller: Caller, status: str = "review") -> dict[str, Any]:
    return dict((await caller.get(f"/api/posts?status={status}")).body["items"][0])


async def total(caller: Caller) -> int:
    return int((await caller.get("/api/posts")).body["total"])


async def test_the_same_bytes_are_answered_with_the_post_that_holds_them(mira: Caller) -> None:
    first = await upload(mira, ("fox.png", a_png()))
    before = await total(mira)

    again = await upload(mira, ("other-name.png", a_png()))
    anyway = await upload(mira, ("other-name.png", a_png()), again="true")

    assert (again.status, again.body["message"]) == (200, "You already have this.")
    assert again.body["items"][0] | {"known": False} == first.body["items"][0]
    assert again.body["items"][0]["known"] is True
    assert anyway.status == 201
    assert await total(mira) == before + 1


async def test_what_was_thrown_away_may_come_again(mira: Caller) -> None:
    first = await upload(mira, ("fox.png", a_png()))
    await mira.delete(f"/api/posts/{first.body['items'][0]['id']}")

    again = await upload(mira, ("fox.png", a_png()))

    assert again.status == 201
    assert again.body["items"][0]["id"] != first.body["items"][0]["id"]


async def test_only_pictures_of_one_prompt_are_a_batch_to_pick_the_best_of(mira: Caller) -> None:
    foxes = [a_png(96 + n, 64, texts={"parameters": f"a fox\nSteps: 20, Seed: {n}"}) for n in range(2)]
    owl = a_png(99, 64, texts={"parameters": "an owl\nSteps: 20, Seed: 7"})

    answer = await upload(
        mira, ("1.png", foxes[0]), ("2.png", foxes[1]), ("3.png", owl), ("4.jpg", a_jpeg()), batch="dropped-together"
    )

    pages = [(await mira.get(f"/review/{item['id']}")).text for item in answer.body["items"]]
    assert [page.count("data-batch-pick") for page in pages] == [2, 2, 0, 0]


async def test_what_a_file_says_about_its_making_is_made_right_with_one_press_in_review(mira: Caller) -> None:
    fox = a_png(96, 64, texts={"parameters": "a fox\nSteps: 20, Seed: 1"})
    post = (await upload(mira, ("fox.png", fox))).body["items"][0]["id"]
    path, fix = f"/review/{post}", f'action="/posts/{post}/mark-as-ai"'

    before = (await mira.get(path)).text
    await mira.post(f"/posts/{post}/mark-as-ai", data={"next": path})

    assert fix in before
    assert fix not in (await mira.get(path)).text


async def test_another_persons_pictures_are_no_duplicates(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    await upload(mira, ("fox.png", a_png()))
    digest = hashlib.sha256(a_png()).hexdigest()

    asked = await juno.get(f"/upload/known?sha256={digest}", headers=JSON)
    sent = await upload(juno, ("fox.png", a_png()))

    assert asked.body["known"] == {}
    assert sent.status == 201


async def test_known_pictures_are_told_before_they_are_sent(mira: Caller) -> None:
    await upload(mira, ("fox.png", a_png()))
    digest = hashlib.sha256(a_png()).hexdigest()

    asked = await mira.get(f"/upload/known?sha256={digest},{'0' * 64},nonsense", headers=JSON)

    assert list(asked.body["known"]) == [digest]
    assert (asked.body["known"][digest]["name"], asked.body["known"][digest]["state"]) == ("fox", "Review")
    assert asked.body["max_bytes"] == 2 * 1024 * 1024


async def test_the_same_try_twice_is_one_post(mira: Caller) -> None:
    first = await upload(mira, ("fox.png", a_png()), key="try-1", again="true")
    before = await total(mira)

    second = await upload(mira, ("fox.png", a_png()), key="try-1", again="true")

    assert second.body["items"] == first.body["items"]
    assert second.body["message"] == "In Review."
    assert await total(mira) == before


async def test_the_plain_form_sent_twice_is_one_post(mira: Caller) -> None:
    before = await total(mira)
    for _ in range(2):
        data = aiohttp.FormData()
        data.add_field("sending", "page-1")
        data.add_field("file", a_png(), filename="fox.png")
        answer = await mira.post("/upload", data=data)
        assert (answer.status, answer.headers["Location"]) == (303, "/review")

    assert await total(mira) == before + 1


async def test_files_beside_pictures_fill_them_in(mira: Caller) -> None:
    said = {
        "title": "Night fox",
        "tags": ["fox"],
        "matureLevel": "strict",
        "prompt": "a fox",
        "seed": 7,
        "notes": "mine",
    }

    answer = await upload(
        mira,
        ("fox.json", json.dumps(said).encode()),
        ("fox.png", a_png()),
        ("owl.jpg", a_jpeg()),
        ("owl.txt", b"An owl\nOn a branch #owl"),
        tags="night",
        title="For all",
    )

    assert answer.status == 201, answer.text
    fox, owl = [(await mira.get(f"/api/posts/{item['id']}")).body for item in answer.body["items"]]
    assert (fox["title"], fox["tags"], fox["mature_level"], fox["notes"]) == (
        "Night fox",
        ["fox", "night"],
        "strict",
        "mine",
    )
    assert (owl["title"], owl["description"], owl["tags"]) == ("An owl", "On a branch", ["owl", "night"])
    assert [post["id"] for post in (await mira.get("/api/posts?q=a+fox")).body["items"]] == [fox["id"]]


async def test_a_file_that_describes_nothing_is_named(mira: Caller) -> None:
    before = await total(mira)

    lonely = await upload(mira, ("fox.png", a_png()), ("notes.txt", b"words"))
    broken = await upload(mira, ("fox.png", a_png()), ("fox.json", b"{not json"))

    assert "“notes.txt”" in lonely.body["error"]
    assert "“fox.json”: The file beside the picture is not JSON." in broken.body["error"]
    assert (lonely.status, broken.status, await total(mira)) == (422, 422, before)


async def test_a_refused_file_is_named_and_what_was_typed_behind_it_stays(mira: Caller) -> None:
    data = aiohttp.FormData()
    data.add_field("file", a_png(), filename="good.png")
    data.add_field("file", b"only words", filename="bad.png")
    data.add_field("title", "Typed behind the files")

    page = await mira.post("/upload", data=data)
    told = await upload(mira, ("good.png", a_png()), ("bad.png", b"only words"))

    assert page.status == 422
    assert "“bad.png”" in page.text
    assert "Typed behind the files" in page.text
    assert (told.status, told.body["file"]) == (415, 1)


async def test_templates_are_laid_over_what_arrives(mira: Caller) -> None:
    made = await mira.post("/api/templates", json={"kind": "tags", "name": "Animals", "body": "animal, fur"})
    assert made.status == 201, made.text

    page = await mira.get("/upload")
    await upload(mira, ("fox.png", a_png()), tags="fox", template=["Animals"], status="draft")

    assert 'value="Animals"' in page.text
    assert (await newest(mira, "draft"))["tags"] == ["fox", "animal", "fur"]


async def test_a_refused_token_takes_no_file(app: AppHarness, mira: Caller) -> None:
    before = await total(mira)
    data = aiohttp.FormData()
    data.add_field("file", a_png(), filename="fox.png")
    data.add_field("csrf_token", "behind the file")

    answer = await mira.post("/upload", data=data, headers={"X-CSRF-Token": "wrong"})

    assert answer.status == 403
    assert await total(mira) == before


async def test_twins_of_another_persons_post_are_not_told(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    sent = await upload(mira, ("fox.png", a_png()))
    path = f"/upload/twins/{sent.body['items'][0]['id']}"

    assert (await mira.get(path, headers=JSON)).body["twins"] == []
    assert (await juno.get(path, headers=JSON)).status == 404
