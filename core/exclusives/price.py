"""Prices and presets; pure. Amounts are whole minor units (cents); a currency says how many make one."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from random import Random

from core.errors import InvalidInput

# The site's own choice is not in the API; these are what people sell in. Value: digits after the point.
CURRENCIES = {"USD": 2, "EUR": 2, "GBP": 2, "CAD": 2, "AUD": 2, "CHF": 2, "PLN": 2, "SEK": 2, "BRL": 2, "JPY": 0}
LOWEST_PRICE = 1  # in whole units of the currency, both
HIGHEST_PRICE = 10_000
NAME_KEPT = 80
_AMOUNT = re.compile(r"[0-9]{1,7}([.,][0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units."""

    amount: int
    currency: str

    @property
    def plain(self) -> str:
        """As one types it into a price field: 49, 49.50."""
        digits = CURRENCIES.get(self.currency, 2)
        if not digits:
            return str(self.amount)
        whole, rest = divmod(self.amount, 10**digits)
        return f"{whole}.{rest:0{digits}d}" if rest else str(whole)

    @property
    def figure(self) -> str:
        """As one reads it: 1,049.50, without the currency."""
        digits = CURRENCIES.get(self.currency, 2)
        return f"{self.amount / 10**digits:,.{digits}f}"

    def __str__(self) -> str:
        return f"{self.figure} {self.currency}"


@dataclass(frozen=True, slots=True)
class Preset:
    """A fixed price, or with `highest` a range that each work draws its price from."""

    id: int
    user_id: int
    name: str
    currency: str
    lowest: int
    created_at: datetime
    highest: int | None = None
    is_default: bool = False
    archived_at: datetime | None = None

    @property
    def words(self) -> str:
        if self.highest is None:
            return str(Money(self.lowest, self.currency))
        return f"{Money(self.lowest, self.currency).figure} – {Money(self.highest, self.currency)}"

    def price_for(self, publication_id: int) -> Money:
        """The price of one work, in whole units where both ends are. The same work always draws the same."""
        if self.highest is None:
            return Money(self.lowest, self.currency)
        unit = 10 ** CURRENCIES.get(self.currency, 2)
        step = unit if self.lowest % unit == 0 and self.highest % unit == 0 else 1
        random = Random(f"{self.id}:{publication_id}")
        return Money(random.randrange(self.lowest, self.highest + 1, step), self.currency)


@dataclass(frozen=True, slots=True)
class WantedPreset:
    """A preset as somebody typed it, checked."""

    name: str
    currency: str
    lowest: int
    highest: int | None


def read_preset(name: str, currency: str, lowest: str, highest: str = "") -> WantedPreset:
    """*lowest* and *highest* in the currency's own units, as typed: `49`, `49.50`, `49,50`.

    Without *highest* the price is fixed. Raises `InvalidInput` naming every field that cannot be used.
    """
    problems: dict[str, str] = {}
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_KEPT or not name.isprintable():
        problems["name"] = f"Give it a name of at most {NAME_KEPT} characters."
    currency = currency.strip().upper()
    if currency not in CURRENCIES:
        problems["currency"] = f"The currency is one of: {', '.join(CURRENCIES)}."
        raise InvalidInput(problems)
    low = _read_amount("lowest", lowest, currency, problems)
    high = _read_amount("highest", highest, currency, problems) if highest.strip() else None
    if low is not None and high is not None and high <= low:
        problems["highest"] = "The highest price is above the lowest. For a fixed price leave it empty."
    if problems or low is None:
        raise InvalidInput(problems)
    return WantedPreset(name, currency, low, high)


def _read_amount(field: str, text: str, currency: str, problems: dict[str, str]) -> int | None:
    text = text.strip()
    digits = CURRENCIES[currency]
    try:
        amount = Decimal(text.replace(",", ".")) if _AMOUNT.fullmatch(text) else None
    except InvalidOperation:
        amount = None
    if amount is None:
        problems[field] = "This is not a price: write it like 49 or 49.50."
        return None
    minor = amount * 10**digits
    if minor != int(minor):
        problems[field] = f"{currency} has no parts smaller than one."
        return None
    if not LOWEST_PRICE <= amount <= HIGHEST_PRICE:
        problems[field] = f"A price is between {LOWEST_PRICE} and {HIGHEST_PRICE:,} {currency}."
        return None
    return int(minor)
