from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import InvalidInput, WrongState
from core.exclusives import sale as moves
from core.exclusives.price import Money, Preset, read_preset
from core.exclusives.sale import ATTEMPTS, Sale, SaleStatus

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WAITING = Sale(1, 1, 1, 1, Money(4900, "USD"), SaleStatus.PENDING, NOON, NOON)


@pytest.mark.parametrize(
    ("text", "amount"), [("1", 100), ("49", 4900), ("49.5", 4950), ("49,50", 4950), ("10000", 1_000_000)]
)
def test_a_price_is_read_as_people_write_it(text: str, amount: int) -> None:
    assert read_preset("P", "usd", text).lowest == amount


@pytest.mark.parametrize(
    ("currency", "high", "words"),
    [("USD", "", "1,040.00 USD"), ("EUR", "1090.5", "1,040.00 – 1,090.50 EUR"), ("JPY", "2000", "1,040 – 2,000 JPY")],
)
def test_both_ends_of_a_price_are_written_alike(currency: str, high: str, words: str) -> None:
    wanted = read_preset("P", currency, "1040", high)
    preset = Preset(1, 1, "P", wanted.currency, wanted.lowest, NOON, wanted.highest)

    assert preset.words == words


@pytest.mark.parametrize(
    ("name", "currency", "low", "high", "bad"),
    [
        ("", "USD", "1", "", {"name"}),
        ("P", "XYZ", "1", "", {"currency"}),
        ("P", "USD", "0", "", {"lowest"}),
        ("P", "USD", "0.99", "", {"lowest"}),
        ("P", "USD", "10000.01", "", {"lowest"}),
        ("P", "USD", "-5", "", {"lowest"}),
        ("P", "USD", "1e3", "", {"lowest"}),
        ("P", "USD", "١٢", "", {"lowest"}),
        ("P", "USD", "", "", {"lowest"}),
        ("P", "USD", "50", "50", {"highest"}),
        ("P", "USD", "50", "20", {"highest"}),
        ("P", "USD", "x", "y", {"lowest", "highest"}),
        ("P", "JPY", "100.5", "", {"lowest"}),
    ],
)
def test_bad_presets_name_each_field(name: str, currency: str, low: str, high: str, bad: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_preset(name, currency, low, high)

    assert set(refused.value.fields) == bad


def test_a_range_draws_whole_prices_within_and_the_same_for_the_same_work() -> None:
    preset = Preset(1, 1, "P", "USD", 2000, NOON, highest=5000)

    prices = [preset.price_for(work).amount for work in range(300)]

    assert set(prices) <= {amount * 100 for amount in range(20, 51)}
    assert len(set(prices)) > 20
    assert prices == [preset.price_for(work).amount for work in range(300)]


def test_money_reads_as_it_is_typed_and_said() -> None:
    assert (Money(4950, "USD").plain, Money(4900, "USD").plain, Money(500, "JPY").plain) == ("49.50", "49", "500")
    assert str(Money(123450, "EUR")) == "1,234.50 EUR"


def taken(sale: Sale) -> Sale:
    return moves.taken(sale, client_id="c", lease_token="t", now=NOON, lease=timedelta(minutes=2))


def test_the_third_failure_is_the_last() -> None:
    sale = WAITING
    for attempt in range(1, ATTEMPTS + 1):
        sale = moves.failed(taken(sale), "t", "no", now=NOON)
        assert sale.status is (SaleStatus.PENDING if attempt < ATTEMPTS else SaleStatus.FAILED)
    assert sale.lease_token is None


@pytest.mark.parametrize("token", ["", "other"])
def test_only_the_holder_of_the_lease_finishes(token: str) -> None:
    for move in (moves.completed, moves.released):
        with pytest.raises(WrongState):
            move(taken(WAITING), token, now=NOON)


def test_an_entry_given_back_was_no_attempt() -> None:
    assert moves.released(taken(WAITING), "t", now=NOON).attempts == 0


def test_what_is_on_sale_is_not_skipped_and_what_is_in_work_not_queued() -> None:
    with pytest.raises(WrongState):
        moves.skipped(replace(WAITING, status=SaleStatus.COMPLETED), now=NOON)
    with pytest.raises(WrongState):
        moves.queued_again(taken(WAITING), now=NOON)
