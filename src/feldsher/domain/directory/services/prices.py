"""Prices with history: a change closes the old row and opens another; nothing is rewritten.

Days are UTC days. All branches of a Russian network lie east of UTC, so a price never begins later than
the branch's own calendar says.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Greatest

from feldsher.domain.directory.models import Price
from feldsher.domain.directory.services.records import BATCH, Tally

PriceKey = tuple[UUID, UUID | None, UUID | None]
"""Service, branch, doctor; None is any."""

_KOPECK: Final = Decimal("0.01")
_LIMIT: Final = Decimal(10) ** 10


def usable_amount(amount: Decimal) -> Decimal | None:
    """Return the amount in whole kopecks, or None for what is no price (negative, not finite, absurd)."""
    try:
        rounded = amount.quantize(_KOPECK)
    except InvalidOperation:
        return None
    return rounded if rounded.is_finite() and 0 <= rounded < _LIMIT else None


def apply_prices(
    wanted: Mapping[PriceKey, Decimal], *, mis: str, today: date, closing: bool, tally: Tally
) -> None:
    """Make the MIS's open prices what it says, from `today` on; without `closing` none ends unreplaced.

    A key that another MIS has priced is left to it. `today` moves forward to the last day already
    written, so that a clock set back or a late snapshot cannot make validities overlap.
    """
    latest = Price.objects.aggregate(latest=Max(Greatest("valid_from", "valid_to")))["latest"]
    today = max(today, latest) if latest else today
    known = {
        (row.service_id, row.location_id, row.practitioner_id): row
        for row in Price.objects.filter(valid_to=None)
    }
    foreign = sum(1 for key in wanted if key in known and known[key].mis != mis)
    if foreign:
        tally.warnings.append(f"{foreign} prices were left as another source gives them")
    ending = [
        row.id
        for key, row in known.items()
        if row.mis == mis and (row.amount != wanted[key] if key in wanted else closing)
    ]
    ended = set(ending)
    created = [
        Price(
            service_id=key[0],
            location_id=key[1],
            practitioner_id=key[2],
            amount=amount,
            valid_from=today,
            mis=mis,
        )
        for key, amount in wanted.items()
        if key not in known or known[key].id in ended
    ]
    Price.objects.filter(id__in=ending).update(valid_to=today)
    Price.objects.bulk_create(created, batch_size=BATCH)
    tally.created += len(created)
    tally.closed += len(ending)
