"""The mirror is written by what differs, in small batches, and only where the answer speaks."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from conftest import SetClock
from domain.scheduling.factory import (
    COLLEAGUE,
    DAY,
    DOCTOR,
    MIS,
    NORTH,
    NOW,
    OTHER_MIS,
    ROOM,
    SOUTH,
    at,
    day_rows,
    heard,
    named,
    offer,
    offered,
    stretch,
)
from feldsher.domain.scheduling import mirror
from feldsher.domain.scheduling.models import NO_ROOM, Availability, ResourceDay
from feldsher.domain.scheduling.normaliser import DayKey, DayRow, Ticket

pytestmark = pytest.mark.django_db(transaction=True)

Rows = Mapping[DayKey, DayRow]
LATER = DAY + timedelta(days=9)
HERE = (DOCTOR, NORTH)
MORNING = day_rows([stretch(at(6), at(9))])
TWO_DAYS = day_rows([stretch(at(6), at(9)), stretch(at(30), at(33))])


def write(
    rows: Rows, *pairs: tuple[UUID, UUID], mis: str = MIS, first: date = DAY, last: date = LATER
) -> int:
    return mirror.write(mis, rows=rows, covered=dict.fromkeys(pairs or (HERE,), (first, last)))


def kept() -> list[tuple[date, UUID]]:
    return list(Availability.objects.order_by("day", "room").values_list("day", "room"))


def test_what_is_written_is_offered(set_clock: SetClock) -> None:
    set_clock(NOW)
    offer()
    heard()
    assert write(TWO_DAYS) == 2
    assert offered() == [at(hour, half) for hour in (6, 7, 8, 30, 31, 32) for half in (0, 30)]


def test_all_that_a_row_says_arrives() -> None:
    tickets = [Ticket("a", at(6), at(6, 20)), Ticket("b", at(7), at(7, 30))]
    rows = day_rows(tickets=tickets, room=ROOM, busy=[stretch(at(8), at(9))], step=20)
    write(rows)
    row = Availability.objects.get()
    assert (row.practitioner, row.day, row.location, row.room, row.mis) == (DOCTOR, DAY, NORTH, ROOM, MIS)
    assert (row.ticket_ids, row.ticket_starts, row.ticket_ends) == (
        ["a", "b"],
        [at(6), at(7)],
        [at(6, 20), at(7, 30)],
    )
    assert (row.step, bytes(row.digest)) == (timedelta(minutes=20), next(iter(rows.values())).digest())
    with connection.cursor() as cursor:
        cursor.execute("SELECT free::text, lower(busy), upper(work) FROM scheduling_availability")
        assert cursor.fetchone() == ("{}", at(8), at(9))


def test_the_same_again_writes_nothing_and_locks_nothing() -> None:
    write(TWO_DAYS)
    with CaptureQueriesContext(connection) as queries:
        assert write(TWO_DAYS) == 0
    assert not any("apply_days" in query["sql"] for query in queries)


def test_only_what_differs_is_written() -> None:
    write(TWO_DAYS)
    changed = TWO_DAYS | day_rows([stretch(at(30), at(32))])
    assert write(changed) == 1
    assert write(MORNING) == 1
    assert kept() == [(DAY, NO_ROOM)]


def test_a_room_that_is_gone_is_taken_away() -> None:
    write(day_rows([stretch(at(6), at(9))], room=ROOM))
    assert write(MORNING) == 2
    assert kept() == [(DAY, NO_ROOM)]


def test_nothing_is_taken_away_from_days_that_are_not_covered() -> None:
    write(TWO_DAYS)
    assert write({}, first=DAY, last=DAY) == 1
    assert kept() == [(DAY + timedelta(days=1), NO_ROOM)]


@pytest.mark.parametrize("pair", [(COLLEAGUE, NORTH), (DOCTOR, SOUTH)])
def test_nothing_is_taken_away_from_others(pair: tuple[UUID, UUID]) -> None:
    write(day_rows([stretch(at(6), at(9))], practitioner=pair[0], location=pair[1]), pair)
    assert write({}) == 0
    assert Availability.objects.count() == 1


def test_nothing_is_taken_away_from_another_mis() -> None:
    write(MORNING, mis=OTHER_MIS)
    assert write({}) == 0
    assert Availability.objects.get().mis == OTHER_MIS


def test_a_row_belongs_to_the_mis_that_told_it_last() -> None:
    """Else the time that the new MIS withdraws would stay: a MIS takes away only what is its own."""
    write(MORNING, mis=OTHER_MIS)
    assert write(MORNING) == 1
    assert Availability.objects.get().mis == MIS
    assert write({}) == 1
    assert kept() == []


def test_a_batch_has_at_most_fifty_days() -> None:
    doctors = [named(f"doctor {number}") for number in range(12)]
    spans = [stretch(at(24 * day + 6), at(24 * day + 9)) for day in range(10)]
    rows = {key: row for doctor in doctors for key, row in day_rows(spans, practitioner=doctor).items()}
    pairs = [(doctor, NORTH) for doctor in doctors]
    batches: list[int] = []

    def note(execute: Callable[..., Any], statement: str, given: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        if "apply_days" in statement:
            batches.append(len(given[1]))
        return execute(statement, given, many, context)

    with connection.execute_wrapper(note):
        assert write(rows, *pairs) == 120
    assert batches == [50, 50, 20]
    assert ResourceDay.objects.filter(kind=1).count() == 120


def test_the_mirror_is_never_written_within_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="small transactions of its own"):
        write(MORNING)


def test_nothing_temporary_is_left() -> None:
    write(MORNING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname IN ('incoming', 'covered')")
        assert cursor.fetchone() == (0,)
