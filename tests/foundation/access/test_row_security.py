"""The second wall: what the application's own role reads of personal tables, in raw SQL, inside and outside.

Controls C12, C13.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from conftest import SetClock
from domain.scheduling.factory import COLLEAGUE, DOCTOR, NOW, appointment, at, doctor_day, offered
from domain.scheduling.staff import somebody
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.context import (
    EVERYTHING,
    Context,
    Extent,
    Reach,
    access_context,
    as_holder,
    as_service,
    current,
    no_context,
)
from feldsher.foundation.access.doors import as_staff, visible
from feldsher.foundation.access.errors import ForbiddenError, NoContextError
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.models import CareRelation
from feldsher.foundation.access.policies import Action, acting_role, sees_clear
from feldsher.foundation.access.roles import CareKind, Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.types import Actor, ActorKind
from feldsher.foundation.privacy.data_class import DataClass
from feldsher.foundation.privacy.rows import ClosedManager

pytestmark = pytest.mark.django_db

CLOSED = {DataClass.PERSONAL, DataClass.MEDICAL}
SETTINGS = ("visits", "persons", "writes", "journal", "chart", "audit", "staff", "snils")


@pytest.fixture
def nothing_in_reach() -> Iterator[None]:
    """Take from the session what tests may otherwise see, as it is in production."""
    with connection.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("SELECT set_config(%s, '', true)", [f"feldsher.{name}"])
    with no_context():
        yield


def raw_visits() -> set[UUID]:
    """Ask without any filter, past every manager: what a forgotten WHERE or an injection would see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM scheduling_appointment")
        return {row[0] for row in cursor.fetchall()}


def a_staff(role: Role, *, practitioner: UUID | None = None, department: UUID | None = None) -> Staff:
    person = somebody(role)
    return Staff(person.id, person.login, "", person.roles, practitioner, department)


@pytest.fixture
def visits(set_clock: SetClock) -> dict[str, UUID]:
    """The doctor has two patients, his colleague one of them and a third."""
    set_clock(NOW)
    shared, third = uuid4(), uuid4()
    return {
        "own": appointment(at(6), at(7), patient=uuid4()),
        "shared": appointment(at(8), at(9), patient=shared),
        "colleague's of shared": appointment(at(10), at(11), patient=shared, practitioner=COLLEAGUE),
        "colleague's": appointment(at(12), at(13), patient=third, practitioner=COLLEAGUE),
        "held": appointment(at(14), at(15), state="held"),
    }


def test_c13_every_personal_table_has_forced_row_security_and_a_guarded_manager() -> None:
    models = [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("feldsher.")
        for model in config.get_models()
        if getattr(model, "data_class", None) in CLOSED
    ]
    assert len(models) >= 20
    for model in models:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s",
                [model._meta.db_table],
            )
            assert cursor.fetchone() == (True, True), model
        assert isinstance(model._default_manager, GuardedManager | ClosedManager), model


def test_c13_without_a_context_raw_sql_sees_nothing_and_a_manager_refuses(
    visits: dict[str, UUID], nothing_in_reach: None
) -> None:
    assert raw_visits() == set()
    with pytest.raises(NoContextError):
        Appointment.objects.all()
    with pytest.raises(NoContextError):
        current()
    with pytest.raises(ProgrammingError, match="row-level security"):
        _relate()


def _relate() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_care_relation VALUES (%s, 'attending', %s, NULL, %s, 'empty')",
            [uuid4(), uuid4(), uuid4()],
        )


def test_c13_a_context_ends_with_its_block(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    with as_service("test"):
        assert raw_visits() == set(visits.values())
    assert raw_visits() == set()


@pytest.mark.django_db(transaction=True)
def test_c13_after_the_commit_nothing_is_in_reach(
    visits: dict[str, UUID], as_owner: psycopg.Connection
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ALL")
        cursor.execute("SET feldsher.visits = ''")
        cursor.execute("SET feldsher.persons = ''")
    try:
        with no_context():
            with as_service("test"):
                assert raw_visits() == set(visits.values())
            assert raw_visits() == set()
    finally:
        connection.close()


def test_c12_a_holder_reaches_one_visit(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    with as_holder(visits["shared"], purpose="own_visit"):
        assert raw_visits() == {visits["shared"]}
        assert Appointment.objects.count() == 1


def test_c12_a_patient_reaches_their_own_visits(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    with as_service("test"):
        patient = Appointment.objects.get(pk=visits["shared"]).patient
    context = Context(Actor(ActorKind.PATIENT, str(patient)), "own", Reach(patients=(patient,)), "own")
    with access_context(context):
        assert raw_visits() == {visits["shared"], visits["colleague's of shared"]}


def test_c12_an_attending_doctor_reaches_the_patients_in_care(
    visits: dict[str, UUID], nothing_in_reach: None
) -> None:
    with as_staff(a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR), Action.SEE_VISITS):
        assert raw_visits() == {visits[name] for name in ("own", "shared", "colleague's of shared")}
    with as_staff(a_staff(Role.OTHER_DOCTOR, practitioner=DOCTOR), Action.SEE_VISITS):
        assert raw_visits() == {visits[name] for name in ("own", "shared", "held")}


def test_c12_who_is_no_doctor_of_the_clinic_reaches_nobody(
    visits: dict[str, UUID], nothing_in_reach: None
) -> None:
    with as_staff(a_staff(Role.ATTENDING_DOCTOR), Action.SEE_VISITS):
        assert raw_visits() == set()


@pytest.mark.parametrize("days", [-31, 92])
def test_c12_care_begins_30_days_before_a_visit_and_ends_90_after(
    visits: dict[str, UUID], nothing_in_reach: None, set_clock: SetClock, days: int
) -> None:
    set_clock(at(6) + timedelta(days=days))
    with as_staff(a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR), Action.SEE_VISITS):
        assert visits["colleague's of shared"] not in raw_visits()


def test_c12_a_cancelled_visit_ends_the_relation(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    with as_service("test"):
        shared = Appointment.objects.get(pk=visits["shared"])
        shared.state = "cancelling"
        shared.save(update_fields=["state"])
        assert CareRelation.objects.filter(pk=shared.id).exists()
        shared.state = "cancelled"
        shared.save(update_fields=["state"])
        assert not CareRelation.objects.filter(pk=shared.id).exists()
    with as_staff(a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR), Action.SEE_VISITS):
        assert visits["colleague's of shared"] not in raw_visits()


def test_c12_a_head_reaches_the_patients_of_the_department(
    visits: dict[str, UUID], nothing_in_reach: None
) -> None:
    department = uuid4()
    with as_service("test"):
        CareRelation.objects.filter(practitioner=COLLEAGUE).update(department=department)
    with as_staff(a_staff(Role.HEAD_OF_DEPARTMENT, department=department), Action.SEE_VISITS):
        assert raw_visits() == {visits[name] for name in ("shared", "colleague's of shared", "colleague's")}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [Role.EDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_AUDITOR, Role.CASHIER])
def test_c12_who_has_no_right_is_refused_and_the_journal_has_it(visits: dict[str, UUID], role: Role) -> None:
    person = a_staff(role)
    with pytest.raises(ForbiddenError), as_staff(person, Action.SEE_VISITS):
        pytest.fail("the block ran")
    with connection.cursor() as cursor:
        cursor.execute("SELECT what, result, reason FROM audit_access WHERE actor = %s", [str(person.id)])
        assert cursor.fetchall() == [("see_visits", "refused", "forbidden")]


def test_an_inner_context_gives_the_outer_one_back(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    registrar = a_staff(Role.REGISTRAR)
    with as_staff(registrar, Action.SEE_VISITS) as outer:
        with as_holder(visits["own"], purpose="own_visit"):
            assert raw_visits() == {visits["own"]}
        assert current() is outer
        assert raw_visits() == set(visits.values())
        with pytest.raises(RuntimeError), as_holder(visits["own"], purpose="own_visit"):
            raise RuntimeError
        assert raw_visits() == set(visits.values())


def test_reach_follows_from_the_table_of_rights() -> None:
    doctor = a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR)
    assert visible(doctor, Action.SEE_VISITS) == Reach(
        Extent.CARE, Extent.CARE, care_of=DOCTOR, kind=CareKind.ATTENDING
    )
    registrar, seen = a_staff(Role.REGISTRAR), replace(EVERYTHING, journal=Extent.NONE, chart=Extent.NONE)
    assert visible(registrar, Action.SEE_VISITS) == replace(seen, may_write=False)
    assert visible(registrar, Action.RESOLVE_VISITS) == seen
    assert visible(a_staff(Role.OTHER_DOCTOR, practitioner=DOCTOR), Action.SEE_VISITS) == Reach(
        Extent.OWN, Extent.NONE, care_of=DOCTOR
    )
    assert visible(a_staff(Role.EDITOR), Action.SEE_VISITS) == Reach()
    head = a_staff(Role.HEAD_OF_DEPARTMENT, department=UUID(int=4))
    assert visible(head, Action.REVIEW_EMERGENCY) == Reach(
        department=UUID(int=4), kind=CareKind.ATTENDING, journal=Extent.CARE
    )
    assert visible(a_staff(Role.OTHER_DOCTOR, practitioner=DOCTOR), Action.BREAK_GLASS) == Reach(
        chart=Extent.CARE
    ), "of nobody's care: it is the emergency itself that opens a patient"
    assert visible(doctor, Action.REFER) == Reach(
        Extent.CARE,
        Extent.CARE,
        care_of=DOCTOR,
        kind=CareKind.ATTENDING,
        may_write=True,
        chart=Extent.CARE,
    )
    assert visible(a_staff(Role.CONSULTANT, practitioner=DOCTOR), Action.CONSULT) == Reach(
        Extent.CARE, Extent.CARE, care_of=DOCTOR, kind=CareKind.REFERRAL, chart=Extent.CARE
    )


def test_booking_sees_every_busy_row_with_and_without_a_context(
    visits: dict[str, UUID], nothing_in_reach: None
) -> None:
    """The hot functions run as a role of their own: who sees no busy row is not offered its time."""
    doctor_day()
    without = offered()
    with as_service("test"):
        assert offered() == without
    assert at(6) not in without
    assert at(7) in without


# Halves of two rights don't add up, and a right to see is none to change.


def relate(
    kind: CareKind, visit: UUID, *, practitioner: UUID | None = None, department: UUID | None = None
) -> None:
    with as_service("test"):
        row = CareRelation.objects.get(pk=visit)
        row.kind, row.department = kind.value, department
        row.practitioner = practitioner or row.practitioner
        row.save()


def test_c12_a_department_is_no_attending_doctor_s(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    department = uuid4()
    relate(CareKind.ATTENDING, visits["colleague's"], department=department)
    doctor = a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR, department=department)
    with as_staff(doctor, Action.SEE_VISITS):
        assert visits["colleague's"] not in raw_visits()
        assert visits["own"] in raw_visits()
    with as_staff(a_staff(Role.NURSE, practitioner=DOCTOR, department=department), Action.SEE_VISITS):
        assert raw_visits() == {visits["colleague's"]}


def test_c12_a_consultant_reaches_by_referral_alone(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    consultant = a_staff(Role.CONSULTANT, practitioner=DOCTOR)
    with as_staff(consultant, Action.SEE_VISITS):
        assert raw_visits() == set()
    relate(CareKind.REFERRAL, visits["colleague's"], practitioner=DOCTOR)
    with as_staff(consultant, Action.SEE_VISITS):
        assert raw_visits() == {visits["colleague's"]}


def test_c12_an_attending_doctor_has_no_visit_outside_of_care(
    visits: dict[str, UUID], nothing_in_reach: None, set_clock: SetClock
) -> None:
    set_clock(at(6) + timedelta(days=92))
    with as_staff(a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR), Action.SEE_PAST_VISITS):
        assert raw_visits() == set()


def test_c12_two_roles_don_t_add_up_to_more_than_either(visits: dict[str, UUID]) -> None:
    person = somebody(Role.ATTENDING_DOCTOR, Role.CALL_CENTRE)
    both = replace(person, practitioner_id=DOCTOR)
    assert acting_role(both, Action.SEE_VISITS) is Role.CALL_CENTRE
    assert not sees_clear(both, Action.SEE_VISITS, Column.CONTACTS)
    assert visible(both, Action.SEE_VISITS) == visible(somebody(Role.CALL_CENTRE), Action.SEE_VISITS)
    with as_staff(both, Action.SEE_VISITS) as context:
        assert (context.actor.role, context.relation) == ("call_centre", "role")


@pytest.mark.parametrize("first", Role)
@pytest.mark.parametrize("second", Role)
def test_c12_of_any_two_roles_one_alone_acts(first: Role, second: Role) -> None:
    both = somebody(first, second)
    for action in Action:
        role = acting_role(both, action)
        if role is not None:
            alone = somebody(role)
            assert visible(both, action) == visible(alone, action)
            for column in Column:
                assert sees_clear(both, action, column) is sees_clear(alone, action, column)


def test_c13_who_may_see_may_not_change(visits: dict[str, UUID], nothing_in_reach: None) -> None:
    readers = [
        as_staff(a_staff(Role.ATTENDING_DOCTOR, practitioner=DOCTOR), Action.SEE_VISITS),
        as_staff(a_staff(Role.CHIEF_PHYSICIAN), Action.SEE_VISITS),
        as_holder(visits["own"], purpose="own_visit"),
    ]
    for context in readers:
        with context, connection.cursor() as cursor:
            assert visits["own"] in raw_visits()
            cursor.execute("UPDATE scheduling_appointment SET reason = 'x'")
            assert cursor.rowcount == 0
            cursor.execute("DELETE FROM access_care_relation")
            assert cursor.rowcount == 0
    with as_staff(a_staff(Role.REGISTRAR), Action.RESOLVE_VISITS), connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_appointment SET reason = 'x' WHERE id = %s", [visits["own"]])
        assert cursor.rowcount == 1
