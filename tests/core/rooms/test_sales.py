import asyncio
from datetime import timedelta

import pytest

from core.errors import InvalidInput, NotFound, WrongState
from core.exclusives.ports import Wish
from core.exclusives.sale import LEASE, SaleStatus
from tests.core.rooms.conftest import Lodge, history, published
from tests.support.pictures import a_png

SALES = 1_000


async def a_preset(lodge: Lodge, low: str = "20", high: str = "50") -> int:
    return (await lodge.rooms.presets.create(f"P{low}{high}", "USD", low, high, by=lodge.me)).id


async def many_sales(lodge: Lodge, count: int) -> None:
    """Entries for works that are public already, straight into the tables."""
    now = int(lodge.clock.now().timestamp())
    me = {"user": lodge.user_id, "account": lodge.account_id, "now": now}
    rows = [me | {"n": number} for number in range(1, count + 1)]
    async with lodge.app.database.transaction() as db:
        await db.many(
            "INSERT INTO post (id, user_id, account_id, status, title, created_at, updated_at, published_at)"
            " VALUES (:n, :user, :account, 'published', 'Work', :now, :now, :now)",
            rows,
        )
        await db.many(
            "INSERT INTO file (id, post_id, position, name, mime, bytes, width, height, sha256, created_at)"
            " VALUES (:n, :n, 0, 'a.png', 'image/png', 1, 9, 9, printf('%064d', :n), :now)",
            rows,
        )
        await db.many(
            "INSERT INTO publication"
            " (id, post_id, file_id, account_id, state, published_at, deviation_id, deviation_url)"
            " VALUES (:n, :n, :n, :account, 'published', :now, printf('D%d', :n), 'http://d/art/' || :n)",
            rows,
        )
        await db.many(
            "INSERT INTO sale (user_id, post_id, publication_id, price, currency, status, created_at, updated_at)"
            " VALUES (:user, :n, :n, 4900, 'USD', 'pending', :now, :now)",
            rows,
        )


async def test_two_clients_and_a_killed_one_process_each_of_a_thousand_entries_once(lodge: Lodge) -> None:
    await many_sales(lodge, SALES)
    sales, me = lodge.rooms.sales, lodge.user_id
    lost = [await sales.next(me, client_id="killed") for _ in range(5)]
    finished: list[int] = []

    async def client(name: str) -> None:
        while (sale := await sales.next(me, client_id=name)) is not None:
            await sales.complete(sale.id, sale.lease_token or "", user_id=me)
            finished.append(sale.id)

    await asyncio.gather(client("one"), client("two"))
    assert len(finished) == SALES - len(lost)
    lodge.clock.jump(LEASE + timedelta(seconds=1))
    assert await sales.recover() == len(lost)
    for dead in lost:
        with pytest.raises(WrongState):
            await sales.complete(dead.id, dead.lease_token or "", user_id=me)  # type: ignore[union-attr]
    await asyncio.gather(client("one"), client("two"))

    assert sorted(finished) == list(range(1, SALES + 1))
    page = await lodge.rooms.sale_reads.sales(me, status=None, cursor=None, limit=10)
    assert page.counts == {"completed": SALES}


async def test_a_heartbeat_keeps_the_entry(lodge: Lodge) -> None:
    await many_sales(lodge, 1)
    sales, me = lodge.rooms.sales, lodge.user_id
    sale = await sales.next(me, client_id="c")
    assert sale is not None
    for _ in range(5):
        lodge.clock.jump(LEASE * 0.9)
        await sales.heartbeat(sale.id, sale.lease_token or "", user_id=me)
    assert await sales.next(me, client_id="d") is None

    done = await sales.complete(sale.id, sale.lease_token or "", user_id=me)

    assert (done.status, done.attempts) == (SaleStatus.COMPLETED, 1)


async def test_an_expired_lease_finishes_nothing_even_before_the_sweep(lodge: Lodge) -> None:
    await many_sales(lodge, 1)
    sale = await lodge.rooms.sales.next(lodge.user_id, client_id="c")
    assert sale is not None
    lodge.clock.jump(LEASE + timedelta(seconds=1))

    with pytest.raises(WrongState):
        await lodge.rooms.sales.complete(sale.id, sale.lease_token or "", user_id=lodge.user_id)
    again = await lodge.rooms.sales.next(lodge.user_id, client_id="d")
    assert again is not None
    assert (again.id, again.attempts) == (sale.id, 2)


async def test_a_published_post_with_a_preset_is_in_the_queue_with_its_price_fixed(lodge: Lodge) -> None:
    preset = await a_preset(lodge)
    (post,) = await published(lodge, "Sold", wish=Wish(price_preset_id=preset))
    await lodge.rooms.presets.change(preset, "P2050", "USD", "900", "", by=lodge.me)

    sale = await lodge.rooms.sales.next(lodge.user_id, client_id="c")

    assert sale is not None
    assert (sale.post_id, sale.deviation_url) == (post.id, post.publications[0].deviation_url)
    assert 2000 <= sale.price.amount <= 5000
    await lodge.rooms.sales.complete(sale.id, sale.lease_token or "", user_id=lodge.user_id)
    assert (await history(lodge, post.id))[0].startswith("On sale for")


async def test_a_post_proven_public_after_a_lost_answer_is_put_on_sale_once(lodge: Lodge) -> None:
    preset = await a_preset(lodge)
    lodge.sandbox.faults.on("stash/publish").loses_the_answer()
    await published(lodge, "Lost", wish=Wish(price_preset_id=preset))
    for _ in range(40):
        lodge.clock.jump(timedelta(minutes=1))
        await lodge.app.publisher.run_once()

    page = await lodge.rooms.sale_reads.sales(lodge.user_id, status=None, cursor=None, limit=10)

    assert len(page.sales) == 1
    assert page.sales[0].deviation_url


async def test_what_is_published_already_is_queued_when_it_is_offered_and_only_once(lodge: Lodge) -> None:
    (post,) = await published(lodge, "Later")
    preset = await a_preset(lodge)

    for _ in range(2):
        await lodge.rooms.presets.offer(post.id, preset, by=lodge.me)

    page = await lodge.rooms.sale_reads.sales(lodge.user_id, status=None, cursor=None, limit=10)
    assert [sale.post_id for sale in page.sales] == [post.id]


async def test_presets_are_archived_and_never_lost(lodge: Lodge) -> None:
    first, second = await a_preset(lodge), await a_preset(lodge, "5", "")
    presets = lodge.rooms.presets

    await presets.archive(first, by=lodge.me)
    shown = await lodge.rooms.sale_reads.presets(lodge.user_id)
    assert [(preset.id, preset.is_default) for preset in shown] == [(second, False)]
    with pytest.raises(WrongState):
        await presets.make_default(first, by=lodge.me)
    await presets.restore(first, by=lodge.me)
    await presets.make_default(second, by=lodge.me)
    with pytest.raises(InvalidInput):
        await presets.create("p5", "USD", "1", by=lodge.me)
    found = await lodge.rooms.sale_reads.presets(lodge.user_id)
    assert [preset.id for preset in found] == [second, first]


async def test_bad_words_of_clients_are_refused(lodge: Lodge) -> None:
    await many_sales(lodge, 1)
    sales, me = lodge.rooms.sales, lodge.user_id
    with pytest.raises(InvalidInput):
        await sales.next(me, client_id="x" * 101)
    sale = await sales.next(me, client_id="c")
    assert sale is not None
    token = sale.lease_token or ""
    for message in ("", "  ", "x" * 501):
        with pytest.raises(InvalidInput):
            await sales.fail(sale.id, token, message, user_id=me)
    for content in (b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"x" * 4_194_304):
        with pytest.raises(InvalidInput):
            await sales.keep_screenshot(sale.id, token, content, user_id=me)
    with pytest.raises(WrongState):
        await sales.keep_screenshot(sale.id, "wrong", a_png(), user_id=me)
    await sales.keep_screenshot(sale.id, token, a_png(), user_id=me)
    kept = await lodge.rooms.sale_reads.screenshot(me, sale.id)
    assert kept is not None
    assert kept.mime == "image/png"


async def test_the_queue_of_somebody_else_does_not_exist(lodge: Lodge) -> None:
    await many_sales(lodge, 1)
    other, _ = await lodge.another_person()

    assert await lodge.rooms.sales.next(other, client_id="c") is None
    with pytest.raises(NotFound):
        await lodge.rooms.sales.complete(1, "t", user_id=other)
    with pytest.raises(NotFound):
        await lodge.rooms.sale_reads.sale(other, 1)
