"""Money is a Decimal of roubles; a zero price in a price list means that nobody has said it yet."""

from decimal import Decimal

NBSP = "\u00a0"


def format_roubles(amount: Decimal | None) -> str:
    """Return `1 900 ₽`, without kopecks; `цена уточняется` for None and zero."""
    if not amount:
        return "цена уточняется"
    whole = f"{amount.quantize(Decimal(1)):,}".replace(",", NBSP)
    return f"{whole}{NBSP}₽"
