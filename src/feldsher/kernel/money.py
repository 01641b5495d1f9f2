"""Money is a Decimal of roubles; a zero price in a price list means that nobody has said it yet."""

from decimal import ROUND_HALF_UP, Decimal

NBSP = "\u00a0"


def format_roubles(amount: Decimal | None) -> str:
    """Return `1 900 ₽`, kopecks rounded half up; `цена уточняется` for None and what rounds to zero."""
    roubles = (amount or Decimal(0)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if not roubles:
        return "цена уточняется"
    return f"{roubles:,}".replace(",", NBSP) + f"{NBSP}₽"
