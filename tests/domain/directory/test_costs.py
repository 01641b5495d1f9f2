"""What the directory may cost: statements that do not grow with its size, and one writer at a time."""

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection, connections
from pytest_django import DjangoAssertNumQueries

from domain.directory.factory import AT, MIS, NORTH, SOUTH, doctor, row, snapshot
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import HealthcareService, PractitionerService, Price
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.types import (
    DirectorySnapshot,
    ImportReport,
    Kind,
    PriceQuery,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)


def _network(*, doctors: int, services: int) -> DirectorySnapshot:
    """Return a network in which every doctor gives every service in both branches, each with a price."""
    lines = tuple(
        RemoteService(f"s{number}", f"Услуга {number}", ServiceKind.SERVICE, None, "", 30)
        for number in range(services)
    )
    norms = tuple(RemoteServiceNorm(line.id, None) for line in lines)
    people = tuple(
        doctor(f"d{number:03}", services=norms, location_ids=(NORTH.id, SOUTH.id))
        for number in range(doctors)
    )
    prices = tuple(
        RemotePrice(line.id, branch.id, None, Decimal(100)) for line in lines for branch in (NORTH, SOUTH)
    )
    return snapshot(practitioners=people, services=lines, prices=prices)


def _load(network: DirectorySnapshot) -> None:
    import_snapshot(MIS, snapshot=network)
    for branch in (NORTH, SOUTH):
        set_overlay(
            Kind.LOCATION,
            target=row(Kind.LOCATION, branch.id),
            field="zone",
            value="Europe/Moscow",
            author="anna",
        )


@pytest.mark.django_db
@pytest.mark.parametrize("size", [2, 20])
def test_reads_cost_the_same_whatever_the_size(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _load(_network(doctors=size, services=size))
    some, north = row(Kind.PRACTITIONER, "d000"), row(Kind.LOCATION, NORTH.id)
    service = row(Kind.SERVICE, "s0")
    with django_assert_num_queries(4) as asked:
        assert len(selectors.visit_terms()) == size * size * 2
    assert not [each for each in asked if "ARRAY(" in str(each["sql"])], "nothing is looked up row by row"
    with django_assert_num_queries(2):
        assert len(selectors.services_of(some, location=north)) == size
    with django_assert_num_queries(2):
        assert len(selectors.priced_services_of(some, location=north, day=AT.date())) == size
    with django_assert_num_queries(1):
        cards, _ = selectors.practitioners()
    with django_assert_num_queries(1):
        assert selectors.practitioner_ids() == tuple(card.id for card in cards)
    with django_assert_num_queries(1):
        assert selectors.open_practitioner_cards([card.id for card in cards]) == {
            card.id: card for card in cards
        }
    with django_assert_num_queries(1):
        assert len(selectors.practitioner_cards([card.id for card in cards])) == size
    with django_assert_num_queries(1):
        assert len(selectors.profiled([card.id for card in cards])) == size
    with django_assert_num_queries(1):
        assert len(selectors.locations()) == 2
    with django_assert_num_queries(1):
        assert len(selectors.specialties()) == 1
    with django_assert_num_queries(1):
        selectors.prices([PriceQuery(service, north, card.id, AT.date()) for card in cards])
    with django_assert_num_queries(1):
        selectors.resolve_remote(MIS, practitioners=[f"d{n:03}" for n in range(size)], locations=[NORTH.id])
    with django_assert_num_queries(1):
        selectors.remote_ids(some, location=north, service=service)
    with django_assert_num_queries(5):
        assert len(selectors.missing()) == 17 + 5 * size
    with django_assert_num_queries(1):
        assert len(selectors.search_services("услуга")) == size


@pytest.mark.django_db
@pytest.mark.parametrize("size", [2, 20])
def test_an_import_that_changes_nothing_costs_the_same_whatever_the_size(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    network = _network(doctors=size, services=size)
    import_snapshot(MIS, snapshot=network)
    with django_assert_num_queries(37):
        assert import_snapshot(MIS, snapshot=network) == ImportReport(0, 0, 0)


def _in_threads(*calls: Callable[[], None]) -> list[BaseException]:
    failed: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], None]) -> None:
        try:
            start.wait(timeout=20)
            call()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failed


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_act_one_after_the_other() -> None:
    network = _network(doctors=10, services=10)
    reports: list[ImportReport] = []
    failed = _in_threads(*[lambda: reports.append(import_snapshot(MIS, snapshot=network))] * 2)
    assert failed == []
    assert sorted(report.created for report in reports) == [0, 164]
    assert (HealthcareService.objects.count(), PractitionerService.objects.count()) == (10, 100)
    assert Price.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_an_overlay_waits_for_an_import_and_is_not_lost() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    north = row(Kind.LOCATION, NORTH.id)
    is_waiting = threading.Event()

    def overlay() -> None:
        is_waiting.set()
        set_overlay(Kind.LOCATION, target=north, field="name", value="Имя сайта", author="anna")

    thread = threading.Thread(target=lambda: _in_threads(overlay))
    with directory_write():
        thread.start()
        assert is_waiting.wait(timeout=20)
        thread.join(timeout=0.3)
        assert thread.is_alive()
        import_snapshot(MIS, snapshot=snapshot(locations=(replace(NORTH, name="Имя МИС"), SOUTH)))
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert selectors.location(north).name == "Имя сайта"
    assert selectors.value_sources(Kind.LOCATION, target=north)["name"] == "staff"
    connection.close()
