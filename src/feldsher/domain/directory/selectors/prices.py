"""What a visit costs on a day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from feldsher.domain.directory.models import Price
from feldsher.domain.directory.types import PriceQuery

_Key = tuple[UUID, UUID | None, UUID | None]
PriceRow = tuple[UUID, UUID | None, UUID | None, date, date | None, Decimal]
"""Service, branch, doctor, the day it begins, the day before which it ends, roubles."""


def prices(queries: Sequence[PriceQuery]) -> dict[PriceQuery, Decimal | None]:
    """Return roubles for each query in one query; None where no price is valid on that day.

    The most specific price wins: this doctor in this branch, then the branch, then the doctor, then the
    general one. A zero is returned as zero: nobody has said the price («цена уточняется»).
    """
    if not queries:
        return {}
    days = [query.day for query in queries]
    rows = valid_between(min(days), max(days)).filter(service__in={query.service_id for query in queries})
    return amounts(
        queries,
        rows.values_list("service_id", "location_id", "practitioner_id", "valid_from", "valid_to", "amount"),
    )


def valid_between(first: date, last: date) -> QuerySet[Price]:
    """Return the prices that are valid on any of these days, both included."""
    return Price.objects.filter(Q(valid_to=None) | Q(valid_to__gt=first), valid_from__lte=last)


def amounts(queries: Sequence[PriceQuery], rows: Iterable[PriceRow]) -> dict[PriceQuery, Decimal | None]:
    """Return the same of rows that are known already."""
    known: dict[_Key, list[tuple[date, date | None, Decimal]]] = defaultdict(list)
    for service, location, practitioner, begin, end, amount in rows:
        known[service, location, practitioner].append((begin, end, amount))
    return {query: _amount(query, known=known) for query in queries}


def _amount(
    query: PriceQuery, *, known: dict[_Key, list[tuple[date, date | None, Decimal]]]
) -> Decimal | None:
    service, location, practitioner = query.service_id, query.location_id, query.practitioner_id
    for key in (
        (service, location, practitioner),
        (service, location, None),
        (service, None, practitioner),
        (service, None, None),
    ):
        for begin, end, amount in known.get(key, ()):
            if begin <= query.day and (end is None or query.day < end):
                return amount
    return None
