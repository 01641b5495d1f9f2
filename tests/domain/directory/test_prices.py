from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from domain.directory.factory import (
    AT,
    DAY,
    EYE,
    FIRST_VISIT,
    GLASSES,
    MIS,
    NORTH,
    PRICES,
    SOUTH,
    row,
    snapshot,
)
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import Price
from feldsher.domain.directory.services import import_snapshot
from feldsher.domain.directory.types import DirectorySnapshot, Kind, PriceQuery, RemotePrice

pytestmark = pytest.mark.django_db

TODAY = AT.date()


def _history(service: str, location: str | None) -> list[tuple[date, date | None, Decimal]]:
    return list(
        Price.objects.filter(
            service=row(Kind.SERVICE, service), location=location and row(Kind.LOCATION, location)
        )
        .order_by("valid_from", "valid_to")
        .values_list("valid_from", "valid_to", "amount")
    )


def _changed(amount: int, *, days: int) -> DirectorySnapshot:
    first = RemotePrice(FIRST_VISIT.id, NORTH.id, None, Decimal(amount))
    return snapshot(as_of=AT + days * DAY, prices=(first, *PRICES[1:]))


def test_a_change_closes_the_old_price_and_opens_a_new_one() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    report = import_snapshot(MIS, snapshot=_changed(2100, days=3))
    assert (report.created, report.updated, report.closed) == (1, 0, 1)
    later = TODAY + timedelta(days=3)
    assert _history(FIRST_VISIT.id, NORTH.id) == [
        (TODAY, later, Decimal(1900)),
        (later, None, Decimal(2100)),
    ]


def test_a_change_on_the_same_day_keeps_the_old_price_as_an_empty_range() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    import_snapshot(MIS, snapshot=_changed(2100, days=0))
    assert _history(FIRST_VISIT.id, NORTH.id) == [
        (TODAY, TODAY, Decimal(1900)),
        (TODAY, None, Decimal(2100)),
    ]


def test_a_price_that_vanishes_ends_and_may_return() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    import_snapshot(MIS, snapshot=snapshot(prices=PRICES[:2], as_of=AT + DAY))
    import_snapshot(MIS, snapshot=snapshot(as_of=AT + 2 * DAY))
    assert _history(GLASSES.id, None) == [
        (TODAY, TODAY + timedelta(days=1), Decimal(800)),
        (TODAY + timedelta(days=2), None, Decimal(800)),
    ]


def test_no_prices_at_all_end_nothing() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    assert import_snapshot(MIS, snapshot=snapshot(prices=())).closed == 0


def test_a_clock_set_back_does_not_make_validities_overlap() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    import_snapshot(MIS, snapshot=_changed(2100, days=5))
    import_snapshot(MIS, snapshot=_changed(2300, days=1))
    later = TODAY + timedelta(days=5)
    assert _history(FIRST_VISIT.id, NORTH.id) == [
        (TODAY, later, Decimal(1900)),
        (later, later, Decimal(2100)),
        (later, None, Decimal(2300)),
    ]


def test_a_price_of_one_mis_is_not_overwritten_by_another() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    Price.objects.filter(location=row(Kind.LOCATION, NORTH.id)).update(mis="second")
    report = import_snapshot(MIS, snapshot=_changed(2100, days=1))
    assert report.warnings == ("1 prices were left as another source gives them",)
    assert _history(FIRST_VISIT.id, NORTH.id) == [(TODAY, None, Decimal(1900))]


def test_the_database_refuses_two_prices_on_one_day() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    with pytest.raises(IntegrityError, match="directory_price_no_overlap"), transaction.atomic():
        Price.objects.create(
            service_id=row(Kind.SERVICE, GLASSES.id), amount=Decimal(1), valid_from=TODAY + timedelta(days=9)
        )


@pytest.fixture
def add_price() -> Callable[..., None]:
    def add(amount: int, *, location: UUID | None = None, practitioner: UUID | None = None) -> None:
        Price.objects.create(
            service_id=row(Kind.SERVICE, FIRST_VISIT.id),
            location_id=location,
            practitioner_id=practitioner,
            amount=Decimal(amount),
            valid_from=TODAY,
        )

    return add


def test_the_most_specific_price_wins(add_price: Callable[..., None]) -> None:
    import_snapshot(MIS, snapshot=snapshot(prices=()))
    north, eye = row(Kind.LOCATION, NORTH.id), row(Kind.PRACTITIONER, EYE.id)
    query = PriceQuery(row(Kind.SERVICE, FIRST_VISIT.id), north, eye, TODAY)
    assert selectors.prices([query]) == {query: None}
    add_price(1)
    assert selectors.prices([query]) == {query: Decimal(1)}
    add_price(2, practitioner=eye)
    assert selectors.prices([query]) == {query: Decimal(2)}
    add_price(3, location=north)
    assert selectors.prices([query]) == {query: Decimal(3)}
    add_price(0, location=north, practitioner=eye)
    assert selectors.prices([query]) == {query: Decimal(0)}


def test_prices_of_others_do_not_count(add_price: Callable[..., None]) -> None:
    import_snapshot(MIS, snapshot=snapshot(prices=()))
    north, south = row(Kind.LOCATION, NORTH.id), row(Kind.LOCATION, SOUTH.id)
    add_price(5, location=south)
    query = PriceQuery(row(Kind.SERVICE, FIRST_VISIT.id), north, uuid4(), TODAY)
    assert selectors.prices([query]) == {query: None}


def test_a_price_is_that_of_the_day() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    import_snapshot(MIS, snapshot=_changed(2100, days=3))
    service, north = row(Kind.SERVICE, FIRST_VISIT.id), row(Kind.LOCATION, NORTH.id)
    queries = [
        PriceQuery(service, north, row(Kind.PRACTITIONER, EYE.id), TODAY + timedelta(days=days))
        for days in (-1, 0, 2, 3, 300)
    ]
    found = selectors.prices(queries)
    assert [found[query] for query in queries] == [
        None,
        Decimal(1900),
        Decimal(1900),
        Decimal(2100),
        Decimal(2100),
    ]


def test_no_queries_no_query() -> None:
    assert selectors.prices([]) == {}
