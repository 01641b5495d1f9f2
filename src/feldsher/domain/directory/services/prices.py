"""Prices with history: a change closes the old row and opens another; nothing is rewritten.

Days are UTC days. All branches of a Russian network lie east of UTC, so a price never begins later than
the branch's own calendar says.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from feldsher.domain.directory.services.records import Tally
from feldsher.domain.directory.services.tables import copy_rows, make_table

PriceKey = tuple[UUID, UUID | None, UUID | None]
"""Service, branch, doctor; None is any."""

_KOPECK: Final = Decimal("0.01")
_LIMIT: Final = Decimal(10) ** 10
_WANTED: Final = {"service": "uuid", "location": "uuid", "practitioner": "uuid", "amount": "numeric"}
_SAME_KEY: Final = (
    "p.valid_to IS NULL AND p.service_id = w.service AND p.location_id IS NOT DISTINCT FROM w.location"
    " AND p.practitioner_id IS NOT DISTINCT FROM w.practitioner"
)
_LOOK: Final = f"""
    SELECT (SELECT max(greatest(valid_from, valid_to)) FROM directory_price),
           (SELECT count(*) FROM wanted_prices w JOIN directory_price p ON {_SAME_KEY} WHERE p.mis <> %s)
"""  # noqa: S608 - text from here
_END: Final = f"""
    UPDATE directory_price SET valid_to = %(today)s
    WHERE id IN (
        SELECT p.id FROM directory_price p LEFT JOIN wanted_prices w ON {_SAME_KEY}
        WHERE p.valid_to IS NULL AND p.mis = %(mis)s
          AND (w.amount <> p.amount OR %(closing)s AND w.service IS NULL)
    )
"""  # noqa: S608 - as above
_BEGIN: Final = f"""
    INSERT INTO directory_price (id, service_id, location_id, practitioner_id, amount, valid_from, mis)
    SELECT gen_random_uuid(), w.service, w.location, w.practitioner, w.amount, %(today)s, %(mis)s
    FROM wanted_prices w
    WHERE NOT EXISTS (SELECT FROM directory_price p WHERE {_SAME_KEY})
"""  # noqa: S608 - as above


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
    with connection.cursor() as cursor:
        make_wanted(cursor)
        copy_rows(cursor, "wanted_prices", _WANTED, ((*key, amount) for key, amount in wanted.items()))
        apply_wanted(cursor, mis=mis, today=today, closing=closing, tally=tally)


def make_wanted(cursor: CursorWrapper) -> None:
    """Make the empty table `wanted_prices (service, location, practitioner, amount)`, each key once."""
    make_table(cursor, "wanted_prices", _WANTED)


def apply_wanted(cursor: CursorWrapper, *, mis: str, today: date, closing: bool, tally: Tally) -> None:
    """As `apply_prices`, of what stands in `wanted_prices`."""
    cursor.execute("ANALYZE wanted_prices")
    cursor.execute(_LOOK, [mis])
    latest, foreign = cursor.fetchone()
    if foreign:
        tally.warnings.append(f"{foreign} prices were left as another source gives them")
    said = {"mis": mis, "today": max(today, latest) if latest else today, "closing": closing}
    cursor.execute(_END, said)
    tally.closed += cursor.rowcount
    cursor.execute(_BEGIN, said)
    tally.created += cursor.rowcount
