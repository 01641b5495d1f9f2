"""A patient's own visits behind a proved phone: row security, the journal, and what is not theirs.

Controls C17 (ward), C20 (each read is there for the patient to see). The clinic and its MIS are invented.
"""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from channels.desk.conftest import Busy, busy
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, NotCancellableError
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import BookerInput, Confirmation, PersonInput, State
from feldsher.foundation.access.context import as_service, no_context
from feldsher.foundation.access.doors import as_patient
from feldsher.foundation.access.types import PhoneHolder

__all__ = ["busy"]
pytestmark = pytest.mark.django_db(transaction=True)

PETER, OTHER = (PhoneHolder(UUID(int=number), f"+7900000000{number}") for number in (1, 2))
"""Whose visits the morning holds: «Пробный Пётр», whose time the clinic took, and «Вымышленова Проба»."""
CHILD = PersonInput("Пробный", "Миша", "+7 900 000-00-01", birth_date="2019-05-05")


def journal(*, of: UUID) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, actor, role, what, purpose, relation, result FROM audit_access"
            " WHERE %s = ANY(ids) OR %s = ANY(patients) ORDER BY id",
            [of, of],
        )
        return list(cursor.fetchall())


@pytest.fixture
def visit(busy: Busy) -> UUID:
    """A visit of Peter's that the clinic has accepted, tomorrow at noon."""
    return busy.accepted()


def patient_of(appointment: UUID) -> UUID:
    with as_service("tests"):
        found = Appointment.objects.values_list("patient", flat=True).get(pk=appointment)
    assert found is not None
    return found


def test_visits_to_come_and_those_that_are_over(busy: Busy, visit: UUID) -> None:
    with no_context():
        (me,) = selectors.behind(PETER)
        mine = selectors.own_visits(me, holder=PETER)
    assert (mine.person.label, mine.person.is_ward, mine.person.birth_year) == ("Пётр\u00a0П.", False, None)
    assert [card.id for card in mine.coming] == [visit]
    assert mine.coming[0].can_cancel
    assert mine.past == ()
    busy.world.forward(3 * 24 * 3600)
    with no_context():
        mine = selectors.own_visits(me, holder=PETER)
    assert (mine.coming, [card.id for card in mine.past]) == ((), [visit])


def test_what_is_over_ends_at_the_last_ten(busy: Busy) -> None:
    with as_service("tests"):
        for number in range(12):
            row = hold(VISIT_AT - timedelta(days=number + 2))
            confirm(row)
            Appointment.objects.filter(pk=row).update(state=State.BOOKED)
    (me,) = selectors.behind(PETER)
    mine = selectors.own_visits(me, holder=PETER)
    starts = [card.key.start for card in mine.past]
    assert starts == [VISIT_AT - timedelta(days=number + 2) for number in range(10)]


def test_c20_each_read_is_in_the_journal_as_one_s_own(busy: Busy, visit: UUID) -> None:
    (me,) = selectors.behind(PETER)
    before = len(journal(of=me.patient_id))
    selectors.own_visits(me, holder=PETER)
    told = ("patient", str(me.patient_id), "")
    assert journal(of=me.patient_id)[before:] == [
        (*told, "person", "own_visits", "own", "allowed"),
        (*told, "appointment", "own_visits", "own", "allowed"),
    ]


def test_c17_a_child_is_read_as_a_ward_on_its_behalf(busy: Busy) -> None:
    row = hold(VISIT_AT + timedelta(hours=3))
    booker = BookerInput("parent", "Пробный Пётр")
    services.confirm(row, confirmation=Confirmation(CHILD, ("booking",), booker=booker))
    me, child = sorted(selectors.behind(PETER), key=lambda who: who.guardian_id is not None)
    assert me.guardian_id is None
    seen = selectors.own_visits(child, holder=PETER)
    assert (seen.person.label, seen.person.is_ward, seen.person.birth_year) == (
        "Миша\u00a0П.",
        True,
        date(2019, 5, 5).year,
    )
    assert [card.id for card in seen.coming] == [row]
    assert journal(of=child.patient_id)[-1] == (
        *("patient", str(child.guardian_id), "representative"),
        *("appointment", "own_visits", "ward", "allowed"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT on_behalf, device FROM audit_access ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone() == (child.patient_id, PETER.session_id.hex)


def test_c12_raw_sql_within_the_context_sees_that_patient_only(busy: Busy, visit: UUID) -> None:
    (me,) = selectors.behind(PETER)
    with as_service("tests"):
        everybody = set(Appointment.objects.exclude(patient=None).values_list("patient", flat=True))
    assert len(everybody) == 2
    with (
        no_context(),
        as_patient(me.patient_id, guardian=None, purpose="own_visits", session=PETER.session_id),
        connection.cursor() as cursor,
    ):
        for query in (
            "SELECT DISTINCT patient FROM scheduling_appointment",
            "SELECT id FROM patients_patient",
            "SELECT DISTINCT patient_id FROM patients_consent",
        ):
            cursor.execute(query)
            assert cursor.fetchall() == [(me.patient_id,)], query
        cursor.execute("SELECT count(*) FROM scheduling_exchange")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE scheduling_appointment SET price = 1 WHERE patient <> %s", [me.patient_id])
        assert cursor.rowcount == 0


def test_c12_another_s_visit_is_not_there_and_the_refusal_is_kept(busy: Busy, visit: UUID) -> None:
    for asked in (visit, uuid4()):
        with no_context(), pytest.raises(AppointmentNotFoundError):
            selectors.own_visit(asked, holder=OTHER)
        with no_context(), pytest.raises(AppointmentNotFoundError):
            services.cancel_own(asked, holder=OTHER)
        refusals = [row for row in journal(of=asked) if row[-1] == "refused"]
        assert refusals == [
            ("patient", "phone", "", "appointment", purpose, "own", "refused")
            for purpose in ("own_visit", "cancel_visit")
        ]
    assert busy.world.state is State.BOOKED


def test_a_patient_cancels_and_the_mis_hears_of_it(busy: Busy, visit: UUID) -> None:
    for _ in range(2):
        with no_context():
            services.cancel_own(visit, holder=PETER)
        assert busy.world.state is State.CANCELLING
    told = journal(of=visit)[-1]
    assert told == ("patient", str(patient_of(visit)), "", "appointment", "cancel_visit", "own", "allowed")
    busy.world.work()
    assert busy.world.state is State.CANCELLED
    assert patient_of(visit) in {row.patient_id for row in selectors.behind(PETER)}
    assert busy.world.mis.calls[-1] == "cancel"
    (me,) = selectors.behind(PETER)
    mine = selectors.own_visits(me, holder=PETER)
    assert (mine.coming, [card.state for card in mine.past]) == ((), [State.CANCELLED])


def test_what_has_begun_is_not_cancelled(busy: Busy, visit: UUID) -> None:
    busy.world.forward(3 * 24 * 3600)
    with no_context(), pytest.raises(NotCancellableError):
        services.cancel_own(visit, holder=PETER)
