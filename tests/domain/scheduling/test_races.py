"""Calls at once on real connections: exactly one wins, and whoever has nothing in common does not wait."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from django.db import connection, transaction

from conftest import SetClock
from domain.scheduling.factory import (
    COLLEAGUE,
    DOCTOR,
    LONG_VISIT,
    MIS,
    NORTH,
    NOW,
    ROOM,
    SOUTH,
    WORK,
    appointment,
    at,
    code,
    day_rows,
    doctor_day,
    hold,
    hold_over,
    lay,
    minutes,
    named,
    offer,
    slot,
    stretch,
)
from domain.scheduling.interleaving import at_once, beside, wait_for_waiters
from domain.scheduling.test_holding import key
from feldsher.domain.scheduling import mirror
from feldsher.domain.scheduling.errors import BusyTryAgainError
from feldsher.domain.scheduling.models import Appointment, Outcome, ResourceDay
from feldsher.domain.scheduling.services import hold as hold_service
from feldsher.domain.scheduling.tokens import slot_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _stopped_clock(set_clock: SetClock) -> None:
    set_clock(NOW)


def active() -> int:
    return Appointment.objects.filter(active=True).count()


@pytest.mark.slow
def test_of_sixty_holds_on_one_slot_exactly_one_wins() -> None:
    doctor_day()
    answers = Counter(at_once([partial(code, at(7))] * 60))
    assert answers == {"held": 1, "taken": 59}
    assert active() == 1


def test_of_two_visits_that_overlap_in_part_exactly_one_wins() -> None:
    """09:00–10:00 against 09:30–10:00."""
    doctor_day()
    offer(service=LONG_VISIT, length=minutes(60), is_default=False)
    calls = [partial(code, at(7), service_id=LONG_VISIT), partial(code, at(7, 30))] * 4
    assert Counter(at_once(calls)) == {"held": 1, "taken": 7}
    assert active() == 1


def test_one_doctor_at_two_locations_is_held_once() -> None:
    doctor_day()
    doctor_day(location=SOUTH)
    calls = [partial(code, at(7), location_id=location) for location in (NORTH, SOUTH)] * 4
    assert Counter(at_once(calls)) == {"held": 1, "taken": 7}
    assert active() == 1


def test_of_many_who_book_over_one_visit_at_once_one_does() -> None:
    doctor_day(overbook=1)
    visit = appointment(at(7), at(7, 30))
    answers = Counter(each.code for each in at_once([partial(hold_over, at(7), visit)] * 20))
    assert answers == {"held": 1, "more_taken": 19}
    assert sorted(Appointment.objects.values_list("lane", flat=True)) == [0, 1]


def test_two_doctors_in_one_room_are_held_once() -> None:
    doctor_day(room=ROOM)
    doctor_day(room=ROOM, practitioner=COLLEAGUE)
    calls = [partial(code, at(7), practitioner_id=who) for who in (DOCTOR, COLLEAGUE)] * 4
    assert Counter(at_once(calls)) == {"held": 1, "taken": 7}
    assert active() == 1


def test_across_midnight_utc_exactly_one_wins() -> None:
    """One begins before midnight and runs over it, the other begins at it."""
    doctor_day(stretch(at(23), at(25)))
    offer(service=LONG_VISIT, length=minutes(60), is_default=False)
    calls = [partial(code, at(23, 30), service_id=LONG_VISIT), partial(code, at(24))] * 4
    assert Counter(at_once(calls)) == {"held": 1, "taken": 7}
    assert active() == 1


def test_trap_13_a_group_is_filled_and_not_overfilled() -> None:
    doctor_day(capacity=3, room=ROOM)
    assert Counter(at_once([partial(code, at(7))] * 10)) == {"held": 3, "taken": 7}


def test_parallel_twins_of_one_key_make_one_hold() -> None:
    doctor_day()
    answers = at_once([partial(hold, at(7), idempotency=key("twin"))] * 8)
    assert {answer.code for answer in answers} <= {"held", "in_progress"}
    assert len({answer.appointment for answer in answers if answer.code == "held"}) == 1
    assert (active(), Outcome.objects.count()) == (1, 1)


def test_a_twin_hears_in_progress_while_the_first_runs() -> None:
    doctor_day()
    with beside() as start, transaction.atomic():
        first = hold(at(7), idempotency=key("twin"))
        assert start(partial(code, at(7), idempotency=key("twin"))).result() == "in_progress"
    assert hold(at(7), idempotency=key("twin")) == first


def test_holds_on_different_days_do_not_wait_for_each_other() -> None:
    doctor_day(WORK, stretch(at(30), at(39)))
    with beside() as start, transaction.atomic():
        hold(at(7))
        assert start(partial(code, at(31))).result(1.5) == "held"


def test_holds_of_different_doctors_do_not_wait_for_each_other() -> None:
    doctor_day()
    doctor_day(practitioner=COLLEAGUE)
    with beside() as start, transaction.atomic():
        hold(at(7))
        assert start(partial(code, at(7), practitioner_id=COLLEAGUE)).result(1.5) == "held"


def test_a_lock_that_cannot_be_had_answers_busy_and_writes_nothing() -> None:
    doctor_day()
    token = slot_token(slot(at(9)))
    with beside() as start, transaction.atomic():
        hold(at(7))
        waiting = start(partial(hold_service, token, channel="site", device=""))
        with pytest.raises(BusyTryAgainError):
            waiting.result()
    assert active() == 1


@pytest.fixture
def _deadlocks(as_owner: psycopg.Connection) -> Iterator[None]:
    """Have PostgreSQL say of every insert what it says to the victim of a deadlock."""
    as_owner.execute(
        "CREATE FUNCTION be_the_victim() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END $$;"
        "CREATE TRIGGER victim BEFORE INSERT ON scheduling_appointment EXECUTE FUNCTION be_the_victim()"
    )
    yield
    as_owner.execute("DROP FUNCTION be_the_victim CASCADE")


def test_a_deadlock_answers_busy_and_writes_nothing(_deadlocks: None) -> None:  # noqa: PT019 - its effect
    doctor_day()
    with pytest.raises(BusyTryAgainError):
        hold_service(slot_token(slot(at(7))), channel="site", device="", idempotency=key("one"))
    assert (active(), Outcome.objects.count()) == (0, 0)


def test_time_withdrawn_while_a_hold_waits_for_the_lock_is_refused(as_owner: psycopg.Connection) -> None:
    doctor_day()
    hold(at(9))  # makes the lock row
    with beside() as start:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT FROM scheduling_resource_day FOR UPDATE")
            waiting = start(partial(code, at(7)))
            wait_for_waiters(as_owner, 1)
            cursor.execute("UPDATE scheduling_availability SET free = '{}'")
        assert waiting.result() == "not_offered"
    assert active() == 1


def test_a_batch_of_a_sync_waits_for_a_hold_of_its_day(as_owner: psycopg.Connection) -> None:
    doctor_day()
    covered = {(DOCTOR, NORTH): (WORK.start.date(), WORK.start.date())}
    with beside() as start:
        with transaction.atomic():
            hold(at(7))
            syncing = start(partial(mirror.write, MIS, rows={}, covered=covered))
            wait_for_waiters(as_owner, 1)
            assert not syncing.done()
        assert syncing.result() == 1
    assert code(at(8)) == "not_offered"


@pytest.mark.slow
def test_missing_lock_rows_made_at_once_never_deadlock() -> None:
    """Visits over midnight want two days each, in two rooms; every pair of neighbours shares a day."""
    doctors = [named(f"doctor {number}") for number in range(3)]
    nights = range(8)
    for doctor in doctors:
        spans = [stretch(at(24 * night + 23), at(24 * night + 25)) for night in nights]
        lay(day_rows(spans, practitioner=doctor, room=ROOM))
        offer(practitioner=doctor, length=minutes(10), step=minutes(5))
    doctor_day(stretch(at(6), at(7)))
    for _ in range(3):
        ResourceDay.objects.all().delete()
        Appointment.objects.all().delete()
        calls = [
            partial(code, at(24 * night + 23, 55), practitioner_id=doctor)
            for night in (*nights, *reversed(nights))
            for doctor in doctors
        ]
        assert Counter(at_once(calls)) == {"held": len(nights), "taken": len(calls) - len(nights)}
        assert ResourceDay.objects.filter(kind=2).count() == len(nights) + 1
