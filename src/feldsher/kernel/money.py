"""Money is a Decimal of roubles; a zero price in a price list means that nobody has said it yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Least:
    """The least of several prices in roubles (None: nobody has said any). `is_exact`: all are the same."""

    amount: Decimal | None
    is_exact: bool

    @property
    def words(self) -> str:
        """One price, `от` the least of several, or `цена уточняется`."""
        return format_roubles(self.amount, is_from=not self.is_exact)


def least_of(amounts: Iterable[Decimal | None]) -> Least:
    """Return the least price that somebody has said; one that nobody has said differs from any."""
    told = {amount or None for amount in amounts}
    return Least(min((amount for amount in told if amount), default=None), is_exact=len(told) == 1)


def format_roubles(amount: Decimal | None, *, is_from: bool = False) -> str:
    """Return `1 900 ₽`, kopecks rounded half up; `цена уточняется` for None and what rounds to zero.

    `is_from`: `от 1 900 ₽`, the least of several prices.
    """
    roubles = (amount or Decimal(0)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if not roubles:
        return "цена уточняется"
    text = f"{roubles:,}".replace(",", NBSP) + f"{NBSP}₽"
    return f"от{NBSP}{text}" if is_from else text
