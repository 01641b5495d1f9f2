"""Care follows the visit: who comes, how the visit stands, and the doctor's department. Control C12."""

from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection

from conftest import SetClock
from domain.scheduling.clinic import open_clinic
from domain.scheduling.factory import NOW, appointment, at
from feldsher.domain.directory.models import Department, PractitionerRole
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.models import CareRelation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(set_clock: SetClock) -> None:
    set_clock(NOW)


@pytest.mark.parametrize(
    "state", ["booking", "unknown", "booked", "cancelling", "arrived", "fulfilled", "noshow"]
)
def test_c12_care_lasts_while_a_visit_may_be_or_was(state: str) -> None:
    assert CareRelation.objects.filter(pk=appointment(at(6), at(7), state=state)).exists()


@pytest.mark.parametrize("state", ["rejected", "cancelled", "moved"])
def test_c12_what_never_was_is_no_care(state: str) -> None:
    assert not CareRelation.objects.filter(pk=appointment(at(6), at(7), state=state)).exists()


def test_c12_care_is_of_who_comes() -> None:
    visit, other = appointment(at(6), at(7)), uuid4()
    Appointment.objects.filter(pk=visit).update(patient=other)
    assert CareRelation.objects.get(pk=visit).patient == other


def test_c12_a_hold_is_no_care_and_its_end_costs_none() -> None:
    hold = appointment(at(6), at(7), state="held")
    Appointment.objects.filter(pk=hold).update(state="expired")
    assert CareRelation.objects.count() == 0


def test_c12_a_doctor_who_changes_the_department_takes_the_patients_along() -> None:
    ids = open_clinic()
    visit = appointment(at(6), at(7), practitioner=ids.eye, location=ids.north)
    elsewhere = appointment(at(8), at(9), practitioner=ids.eye, location=ids.south)
    roles = PractitionerRole.objects.filter(practitioner=ids.eye, location=ids.north)
    for department in (_department(ids.north), _department(ids.north)):
        roles.update(department=department)
        assert CareRelation.objects.get(pk=visit).department == department.id
    roles.update(closed_at=NOW)
    assert CareRelation.objects.get(pk=visit).department is None
    roles.update(closed_at=None)
    assert CareRelation.objects.get(pk=visit).department is not None
    roles.update(department=None)
    assert CareRelation.objects.get(pk=visit).department is None
    assert CareRelation.objects.get(pk=elsewhere).department is None


@pytest.mark.parametrize("call", ["care_of_visits(NULL)", "appointment_care()", "role_care()"])
def test_c13_the_application_calls_no_function_that_writes_care(call: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(f"SELECT {call}")


def _department(location: object) -> Department:
    return Department.objects.create(location_id=location)
