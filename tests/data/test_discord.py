"""What the bot remembers survives in SQLite."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.discord_links import DiscordLinks
from core.discord_ports import DiscordPerson, DropChannel, GuildSetup
from core.errors import Expired, NotFound
from data.database import Database, connect_sync
from data.discord import Discord
from data.migrate import migrate
from tests.support.clock import NOON, FakeClock

MIRA, JUNO, GUILD, DROPS, REVIEW = 71, 72, 900, 901, 902


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "isekai.db"
    with closing(connect_sync(path)) as connection:
        migrate(connection, applied_at=0)
        connection.executescript(
            """
            INSERT INTO user (id, name, role, created_at) VALUES (1, 'mira', 'admin', 0), (2, 'juno', 'member', 0);
            INSERT INTO account (id, user_id, artist_id, username, color, status, created_at)
                 VALUES (1, 1, 'A', 'mira', '#000000', 'connected', 0);
            INSERT INTO post (id, user_id, account_id, status, created_at, updated_at)
                 VALUES (41, 1, 1, 'review', 0, 0), (42, 1, 1, 'review', 0, 0);
            """
        )
    database = Database(path)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def memory(database: Database) -> Discord:
    return Discord(database)


async def test_a_link_ties_once_and_within_ten_minutes(memory: Discord) -> None:
    clock = FakeClock()
    links = DiscordLinks(memory, clock)

    code = await links.begin(MIRA, "mira")
    assert (await links.look(code)).discord_id == MIRA
    tied = await links.tie(code, 1)
    with pytest.raises(Expired):
        await links.tie(code, 2)

    assert tied == await memory.person(MIRA)
    old = await links.begin(JUNO, "juno")
    newer = await links.begin(JUNO, "juno")
    with pytest.raises(Expired):
        await links.look(old)
    clock.jump(timedelta(minutes=10))
    with pytest.raises(Expired):
        await links.tie(newer, 2)
    with pytest.raises(Expired):
        await links.look("no such code")


async def test_untying_needs_a_tie(memory: Discord) -> None:
    links = DiscordLinks(memory, FakeClock())
    await memory.tie(DiscordPerson(MIRA, 1, "mira", NOON))

    await links.untie(MIRA)

    assert await memory.people_of(1) == []
    with pytest.raises(NotFound):
        await links.untie(MIRA)


async def test_a_refused_direct_message_is_news_once(memory: Discord) -> None:
    await memory.tie(DiscordPerson(MIRA, 1, "mira", NOON))

    news = [await memory.note_dm_refused(MIRA, NOON) for _ in range(2)]
    over = await memory.note_dm_refused(MIRA, None)

    assert news == [True, False] and over


async def test_a_set_up_is_replaced_and_keeps_how_far_channels_were_read(memory: Discord) -> None:
    first = GuildSetup(GUILD, owner_id=MIRA, drop_channels=(DropChannel(DROPS, GUILD, handled=5),))
    await memory.save_guild(first, at=NOON)
    await memory.set_handled(DROPS, 77)
    await memory.set_handled(DROPS, 60)

    second = replace(first, review_channel_id=REVIEW, drop_channels=(DropChannel(DROPS, GUILD, one_post=True),))
    await memory.save_guild(second, at=NOON)
    found = await memory.drop_channel(DROPS)

    assert found is not None
    assert found[0] == DropChannel(DROPS, GUILD, one_post=True, handled=77)
    assert found[1].review_channel_id == REVIEW
    await memory.save_guild(replace(second, drop_channels=()), at=NOON)
    assert await memory.drop_channel(DROPS) is None


async def test_a_post_is_shown_where_it_was_dropped_else_at_its_owners(memory: Discord) -> None:
    await memory.tie(DiscordPerson(MIRA, 1, "mira", NOON))
    await memory.save_guild(GuildSetup(GUILD, owner_id=MIRA, review_channel_id=REVIEW), at=NOON)
    elsewhere = GuildSetup(800, owner_id=JUNO, review_channel_id=802, drop_channels=(DropChannel(801, 800),))
    await memory.save_guild(elsewhere, at=NOON - timedelta(days=1))
    await memory.note_drop(801, 5000, {1: 41}, at=NOON)

    assert await memory.review_place(1, 41) == (800, 802)
    assert await memory.review_place(1, 42) == (GUILD, REVIEW)
    assert await memory.review_place(2, 42) is None
    assert await memory.dropped(5000) == {1: 41}
    assert await memory.drop_of_post(41) == (801, 5000)


async def test_a_channel_shows_a_post_on_one_card(memory: Discord) -> None:
    card = await memory.add_card(41, GUILD, REVIEW, at=NOON)
    again = await memory.add_card(41, GUILD, REVIEW, at=NOON)
    gone = await memory.add_card(4711, GUILD, REVIEW, at=NOON)

    assert card is not None and again is None and gone is None
    assert list(await memory.unsent_cards()) == [card]
    await memory.card_sent(card.id, 6000)
    await memory.card_rendered(card.id, event_id=9, rendered_hash="x")
    kept = await memory.card_at(6000)
    assert kept is not None and (kept.rendered_event_id, kept.rendered_hash) == (9, "x")
    await memory.forget_guild(GUILD)
    assert await memory.cards_of([41]) == []


async def test_the_hint_is_given_once_to_each_person_in_a_channel(memory: Discord) -> None:
    given = [await memory.hint_once(DROPS, who) for who in (MIRA, MIRA, JUNO)]

    assert given == [True, False, True]
