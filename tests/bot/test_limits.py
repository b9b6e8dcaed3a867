"""What is sent to Discord obeys its limits, in every language and with the longest words."""

import discord
import pytest

from bot.cards import CardView, embed_of, fingerprint, view_of
from bot.commands import all_commands
from bot.locales import LOCALES, Words, label_in
from bot.modals import edit_form, online_form, reject_form, when_form
from bot.text import block, clip, plain
from bot.translations import DESCRIPTIONS, LABELS, NAMES
from core.posts.fields import Details
from core.posts.post import Post, PostStatus
from tests.support.clock import NOON
from tests.support.discord import limits

LONG = "@everyone **x** `" * 400


def a_post(status: PostStatus = PostStatus.REVIEW, **details: object) -> Post:
    return Post(
        id=41,
        user_id=1,
        account_id=1,
        status=status,
        held=False,
        version=3,
        details=Details(**{"title": "A fox", **details}),  # type: ignore[arg-type]
        created_at=NOON,
        updated_at=NOON,
    )


async def translated() -> list[dict[str, object]]:
    client = discord.Client(intents=discord.Intents.none())
    tree = discord.app_commands.CommandTree(client)
    for command in all_commands():
        tree.add_command(command)
    words = Words()
    return [await command.get_translated_payload(tree, words) for command in tree._get_all_commands(guild=None)]


async def test_every_command_obeys_the_limits_in_every_language() -> None:
    payload = await translated()

    assert limits.commands(payload) == []


async def test_every_command_has_a_name_and_a_description_in_every_language() -> None:
    for command in await translated():
        names = command["name_localizations"]
        assert isinstance(names, dict)
        assert set(names) == {locale.value for locale in LOCALES}, command["name"]
        if command["type"] == 1:
            assert set(command["description_localizations"]) == set(names), command["name"]  # type: ignore[call-overload]


async def test_the_tree_has_every_command_of_the_product() -> None:
    names = {str(command["name"]) for command in await translated()}

    wanted = (
        "link unlink setup upload review drafts queue schedule publish hold pause resume calendar automation"
        " settings status undo help privacy"
    )
    assert names == {*wanted.split(), "Send to Isekai", "Schedule…"}


async def test_a_hint_of_the_checks_themselves() -> None:
    bad = {"name": "Bad Name", "description": "", "type": 1, "options": []}

    assert len(limits.commands([bad])) == 2


def test_labels_fit_on_buttons_in_every_language() -> None:
    for row in [*LABELS.values(), *NAMES.values()]:
        assert all(1 <= len(word) <= 80 for word in row)
    assert all(len(word) <= 100 for row in DESCRIPTIONS.values() for word in row)
    assert label_in("de", "Approve") == "Freigeben" and label_in("en-US", "Approve") == "Approve"


@pytest.mark.parametrize("status", list(PostStatus))
async def test_a_card_with_the_longest_words_still_fits(status: PostStatus) -> None:
    post = a_post(status, title=LONG[:500], description=LONG * 5, tags=tuple(f"{LONG[:90]}{n}" for n in range(60)))
    card = CardView(post, account=LONG, page_url="http://x", twins=tuple(range(100, 200)), waiting_with=9)
    view = view_of(card)
    body = {"embeds": [embed_of(card).to_dict()], "components": [] if view is None else view.to_components()}

    assert limits.message(body, is_new=True) == []


async def test_forms_fit_whatever_the_post_holds() -> None:
    for post in (a_post(title=LONG[:500], description=LONG[:4000]), a_post(title="", description=LONG * 20)):
        for form in (edit_form, reject_form, when_form, online_form):
            assert limits.modal(form(post).to_dict()) == []


def test_words_of_others_ring_nobody_and_mark_up_nothing() -> None:
    said = plain("@everyone <@123> **bold** [link](http://evil) `code` ||hidden||")

    assert "@everyone" not in said and "<@" not in said
    assert "**" not in said.replace("\\*\\*", "") and "](" not in said.replace("\\]\\(", "")


@pytest.mark.parametrize("most", [1, 2, 10, 100])
def test_escaped_words_never_grow_beyond_what_fits(most: int) -> None:
    assert len(plain("*" * 500, most)) <= most
    assert len(block("_\n" * 500, most)) <= most
    assert clip("abc", 3) == "abc"


def test_cards_that_look_the_same_have_the_same_fingerprint() -> None:
    card = CardView(a_post(), account="mira", page_url="http://x")

    assert fingerprint(card) == fingerprint(CardView(a_post(), account="mira", page_url="http://x"))
    assert fingerprint(card) != fingerprint(CardView(a_post(title="A wolf"), account="mira", page_url="http://x"))
