"""Turns the directory's terms into the table of offers that the hot functions read.

Derived and never edited: a rebuild writes what differs and removes what is no longer offered. It runs after
each import of a directory, after each change of rules, overlays or stages, and after a sync that learned a
new usual length. A branch in shadow has no offers: so nothing of it is shown and nothing can be held.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import PriceQuery, VisitOrder, VisitTerms
from feldsher.domain.scheduling import gateways, staging
from feldsher.domain.scheduling.models import Offer, UsualLength
from feldsher.domain.scheduling.types import Answer
from feldsher.kernel import clock

_LOCK = 0x0FFE7  # any constant that no other lock of the product uses
_COLUMNS = (
    "mis", "length", "before", "after", "step", "notice", "horizon", "capacity", "is_default",
    "zone", "price", "asks", "age_from", "age_to", "mode", "quota", "is_quota_of_service", "midnights",
    "overbook",
)  # fmt: skip
_MINUTES_A_DAY = 1440
_SPARE_DAYS = 4
"""Yesterday, the horizon's own last day and its end, and a day for a rebuild that comes late."""
_Key = tuple[UUID, UUID, UUID]


def rebuild() -> int:
    """Bring the offers to what the directory says now; returns how many rows changed."""
    with transaction.atomic():
        alone()
        wanted = _wanted()
        known = {_key(row): row for row in Offer.objects.all()}
        new = [row for key, row in wanted.items() if key not in known]
        changed = [row for key, row in wanted.items() if key in known and _values(row) != _values(known[key])]
        gone = [row.pk for key, row in known.items() if key not in wanted]
        Offer.objects.bulk_create(
            new + changed,
            batch_size=1000,
            update_conflicts=True,
            update_fields=_COLUMNS,
            unique_fields=("practitioner", "location", "service"),
        )
        for first in range(0, len(gone), 500):
            Offer.objects.filter(pk__in=gone[first : first + 500]).delete()
    return len(new) + len(changed) + len(gone)


@contextmanager
def rebuilding() -> Iterator[None]:
    """Do the block, which changes the directory, and bring the offers to it in one commit."""
    with transaction.atomic():
        yield
        rebuild()


def alone() -> None:
    """Let no other rebuild run until the end of this transaction, for who changes what it reads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def keep_usual_lengths(usual: dict[tuple[UUID, UUID], int]) -> bool:
    """Remember the lengths (minutes) that a MIS calls usual by doctor and branch; tell whether one is new."""
    known = {(row.practitioner, row.location): row.length for row in UsualLength.objects.all()}
    fresh = [
        UsualLength(practitioner=practitioner, location=location, length=timedelta(minutes=minutes))
        for (practitioner, location), minutes in usual.items()
        if known.get((practitioner, location)) != timedelta(minutes=minutes)
    ]
    UsualLength.objects.bulk_create(
        fresh, update_conflicts=True, update_fields=("length",), unique_fields=("practitioner", "location")
    )
    return bool(fresh)


def _key(row: Offer) -> _Key:
    return row.practitioner, row.location, row.service


def _values(row: Offer) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _COLUMNS)


def _wanted() -> dict[_Key, Offer]:
    usual = {
        (row.practitioner, row.location): int(row.length.total_seconds() // 60)
        for row in UsualLength.objects.all()
    }
    hidden, overbooking = staging.shadowed(), gateways.overbooking()
    keepers, zones, now = directory.schedule_keepers(), directory.zones(), clock.now()
    terms = [
        item
        for item in directory.visit_terms(usual=usual)
        if (item.practitioner_id, item.location_id) in keepers and item.location_id not in hidden
    ]
    prices = _prices(terms, zones=zones, now=now)
    return {
        (item.practitioner_id, item.location_id, item.service_id): Offer(
            practitioner=item.practitioner_id,
            location=item.location_id,
            service=item.service_id,
            mis=keepers[item.practitioner_id, item.location_id],
            length=timedelta(minutes=item.minutes),
            before=timedelta(minutes=item.before),
            after=timedelta(minutes=item.after),
            step=timedelta(minutes=item.step),
            notice=timedelta(minutes=item.notice),
            horizon=timedelta(minutes=item.horizon),
            capacity=item.capacity,
            is_default=item.is_default,
            zone=zones[item.location_id],
            price=price,
            asks=int(asks_of(item)),
            age_from=item.age_from,
            age_to=item.age_to,
            mode=item.mode.value,
            quota=item.quota,
            is_quota_of_service=item.is_quota_of_service,
            midnights=_midnights(item, zone=zones[item.location_id], now=now),
            overbook=item.overbook if keepers[item.practitioner_id, item.location_id] in overbooking else 0,
        )
        for item, price in zip(terms, prices, strict=True)
    }


def asks_of(terms: VisitTerms) -> Answer:
    """Return what a patient must have answered before the times of this visit are shown."""
    asks = Answer(0)
    if terms.visits is VisitOrder.FIRST:
        asks |= Answer.FIRST
    if terms.visits is VisitOrder.REPEAT:
        asks |= Answer.REPEAT
    if terms.age_from is not None or terms.age_to is not None:
        asks |= Answer.AGE
    if terms.needs_referral:
        asks |= Answer.REFERRAL
    return asks


def _midnights(terms: VisitTerms, *, zone: str, now: datetime) -> list[datetime] | None:
    """Return where the branch's days begin, from yesterday to past the horizon; None without a quota."""
    if terms.quota is None:
        return None
    info = ZoneInfo(zone)
    first = now.astimezone(info).date() - timedelta(days=1)
    days = terms.horizon // _MINUTES_A_DAY + _SPARE_DAYS
    return [clock.day_bounds(first + timedelta(days=shift), info)[0] for shift in range(days)]


def _prices(terms: list[VisitTerms], *, zones: dict[UUID, str], now: datetime) -> list[Decimal | None]:
    """Return today's price of each visit; None for none and for zero, which nobody has said."""
    queries = [
        PriceQuery(
            item.service_id,
            item.location_id,
            item.practitioner_id,
            now.astimezone(ZoneInfo(zones[item.location_id])).date(),
        )
        for item in terms
    ]
    found = directory.prices(queries)
    return [found[query] or None for query in queries]
