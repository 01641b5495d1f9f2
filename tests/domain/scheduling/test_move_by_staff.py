"""A registrar moves a visit: as its patient would, and to another doctor of the branch too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, doctor, hours, week
from domain.scheduling.clinic_of_own import (
    at_work_on_thursdays,
    confirmed,
    key,
    run_jobs,
    state,
)
from domain.scheduling.staff import somebody
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    NotMovableError,
    PatientBusyError,
    SlotNotOfferedError,
)
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    set_clock(NOW)
    with at_work_on_thursdays("9-12") as clinic:
        yield clinic


@pytest.fixture
def vera() -> Staff:
    return somebody(Role.REGISTRAR)


@pytest.fixture
def colleague(clinic: OwnClinic) -> UUID:
    """Another doctor of the branch, at the same hours."""
    other = doctor("Другова")
    directory.add_workplace(other, location=clinic.north, specialty="Офтальмология", author=STAFF)
    directory.give_service(other, service=clinic.visit, minutes=None, author=STAFF)
    services.rebuild_offers()
    place = Workplace(other, clinic.north)
    services.set_week(place, days=week(thu=hours("9-12")), since=TODAY, author=STAFF)
    run_jobs()
    return other


def booked(clinic: OwnClinic, at: str = "09:30", number: int = 1) -> UUID:
    visit = confirmed(key(clinic, at), number)
    run_jobs()
    return visit


def row(visit: UUID) -> Appointment:
    return Appointment.objects.get(pk=visit)


def test_the_old_time_stands_until_the_new_one_is_booked(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(clinic)
    moved = services.move_by_staff(visit, slot=slot_token(key(clinic, "11:00")), staff=vera)
    assert (state(visit), state(moved)) == (State.BOOKED, State.BOOKING)
    run_jobs()
    assert (state(visit), state(moved)) == (State.MOVED, State.BOOKED)
    assert (row(moved).chain, row(moved).channel, row(visit).reason) == (visit, "desk", "moved_by_staff")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_access"
            " WHERE purpose = 'book_visits' AND actor = %s AND %s = ANY (ids)",
            [str(vera.id), visit],
        )
        assert cursor.fetchone() == (1,)


def test_a_second_tap_finds_the_first(clinic: OwnClinic, vera: Staff) -> None:
    visit, slot = booked(clinic), slot_token(key(clinic, "11:00"))
    moved = services.move_by_staff(visit, slot=slot, staff=vera)
    assert services.move_by_staff(visit, slot=slot, staff=vera) == moved
    run_jobs()
    assert Appointment.objects.count() == 2


def test_a_colleague_takes_the_visit_even_at_the_same_time(
    clinic: OwnClinic, colleague: UUID, vera: Staff
) -> None:
    visit = booked(clinic)
    same = replace(key(clinic, "09:30"), practitioner_id=colleague)
    moved = services.move_by_staff(visit, slot=slot_token(same), staff=vera)
    run_jobs()
    assert (state(visit), state(moved), row(moved).practitioner) == (State.MOVED, State.BOOKED, colleague)


def test_bounds_of_age_of_another_doctor_are_not_passed_over(
    clinic: OwnClinic, colleague: UUID, vera: Staff
) -> None:
    visit = booked(clinic)
    services.change_rule(RuleValues(age_from=18), practitioner=colleague, author=STAFF)
    there = slot_token(replace(key(clinic, "11:00"), practitioner_id=colleague))
    found = selectors.time_to_move_to(vera, visit, slot=there)
    with pytest.raises(NotMovableError) as refused:
        services.move_by_staff(visit, slot=found.token, staff=vera)
    assert "возрасте" in refused.value.message
    assert state(visit) is State.BOOKED


def test_neither_a_notice_nor_a_stop_of_online_booking_binds(clinic: OwnClinic, vera: Staff) -> None:
    visit = booked(clinic)
    services.change_rule(RuleValues(notice=60 * 48, quota=0), practitioner=clinic.eye, author=STAFF)
    services.stop_booking(practitioner=clinic.eye, reason="Отпуск", author=STAFF)
    moved = services.move_by_staff(visit, slot=slot_token(key(clinic, "11:00")), staff=vera)
    run_jobs()
    assert state(moved) is State.BOOKED


def test_what_is_no_move_of_this_visit_is_refused_and_holds_nothing(
    clinic: OwnClinic, vera: Staff, set_clock: SetClock
) -> None:
    visit = booked(clinic)
    for wrong in (
        key(clinic, "09:30"),
        replace(key(clinic, "11:00"), location_id=clinic.ural),
        replace(key(clinic, "11:00"), service_id=UUID(int=9)),
    ):
        with pytest.raises(SlotNotOfferedError):
            services.move_by_staff(visit, slot=slot_token(wrong), staff=vera)
    with pytest.raises(AppointmentNotFoundError):
        services.move_by_staff(UUID(int=9), slot=slot_token(key(clinic, "11:00")), staff=vera)
    with pytest.raises(ForbiddenError):
        services.move_by_staff(visit, slot=slot_token(key(clinic, "11:00")), staff=somebody(Role.CALL_CENTRE))
    set_clock(NOW + timedelta(hours=24, minutes=34))
    with pytest.raises(NotMovableError):
        services.move_by_staff(visit, slot=slot_token(key(clinic, "11:00")), staff=vera)
    assert Appointment.objects.count() == 1


def test_another_visit_of_the_patient_at_that_time_is_told_and_the_time_let_go(
    clinic: OwnClinic, vera: Staff
) -> None:
    visit, other = booked(clinic), booked(clinic, "11:00")
    Appointment.objects.filter(pk=other).update(practitioner=UUID(int=7))
    with pytest.raises(PatientBusyError) as refused:
        services.move_by_staff(visit, slot=slot_token(key(clinic, "11:00")), staff=vera)
    assert "Пациент уже записан" in refused.value.message
    assert Appointment.objects.filter(state="held").count() == 0


def test_a_visit_of_a_longer_service_is_asked_about_by_its_own_length(clinic: OwnClinic, vera: Staff) -> None:
    """The schedule's cells are of a doctor's default visit; what moves is not always one."""
    visit = booked(clinic)
    found = selectors.time_to_move_to(vera, visit, slot=slot_token(key(clinic, "11:00")))
    assert (found.key.service_id, found.end - found.key.start) == (clinic.visit, timedelta(minutes=30))
    booked(clinic, "11:00", 2)
    with pytest.raises(SlotNotOfferedError) as refused:
        selectors.time_to_move_to(vera, visit, slot=slot_token(key(clinic, "11:00")))
    assert "не перенести" in refused.value.message.replace("\u00a0", " ")
