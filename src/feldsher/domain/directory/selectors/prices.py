"""What a visit costs on a day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from feldsher.domain.directory.models import Price
from feldsher.domain.directory.types import PriceQuery

_Key = tuple[UUID, UUID | None, UUID | None]


def prices(queries: Sequence[PriceQuery]) -> dict[PriceQuery, Decimal | None]:
    """Return roubles for each query in one query; None where no price is valid on that day.

    The most specific price wins: this doctor in this branch, then the branch, then the doctor, then the
    general one. A zero is returned as zero: nobody has said the price («цена уточняется»).
    """
    if not queries:
        return {}
    days = [query.day for query in queries]
    rows = Price.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=min(days)),
        service__in={query.service_id for query in queries},
        valid_from__lte=max(days),
    )
    known: dict[_Key, list[tuple[date, date | None, Decimal]]] = defaultdict(list)
    for service, location, practitioner, begin, end, amount in rows.values_list(
        "service_id", "location_id", "practitioner_id", "valid_from", "valid_to", "amount"
    ):
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
