"""The database writes a visit's document in the commit that changes the visit, and nobody else reaches it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction

from domain.accounting.factory import become, booked_by_a_patient, document, visit
from domain.directory.factory import EYE, MIS, NORTH
from domain.scheduling.exchange.world import NOW, VISIT_AT, hold
from feldsher.domain import accounting
from feldsher.domain.accounting.models import Document
from feldsher.domain.scheduling.applying import insert, where
from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment
from feldsher.domain.scheduling.ports import RemoteResource
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service, no_context
from feldsher.foundation.access.errors import NoContextError
from feldsher.kernel.clock import WallTime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
HOUR = timedelta(hours=1)
SQL = Path(accounting.__file__).parent / "sql" / "documents.sql"
BEFORE = "-- What was booked before there were documents, and is still to come."


def test_a_hold_and_a_visit_without_an_answer_have_no_document() -> None:
    held = hold()
    Appointment.objects.filter(pk=held).update(patient=uuid4(), state=State.BOOKING)
    assert not Document.objects.exists()
    become(held, State.UNKNOWN)
    assert not Document.objects.exists()
    become(held, State.BOOKED)
    assert document(held).state == State.BOOKED


def test_a_visit_that_is_refused_never_gets_one() -> None:
    refused = hold()
    Appointment.objects.filter(pk=refused).update(patient=uuid4(), state=State.BOOKING)
    become(refused, State.REJECTED)
    assert not Document.objects.exists()


def test_each_change_that_accounting_has_to_hear_makes_a_new_version() -> None:
    chain = visit()
    row = document(chain)
    assert (row.version, row.is_due, row.price, row.starts_at) == (1, True, Decimal(1900), VISIT_AT)
    Document.objects.update(is_due=False)
    become(chain, State.CANCELLING)
    become(chain, State.BOOKED)
    Appointment.objects.filter(pk=chain).update(reason="said", room=uuid4())
    assert (document(chain).version, document(chain).is_due) == (1, False)
    become(chain, State.ARRIVED)
    assert (document(chain).version, document(chain).is_due) == (2, True)
    Appointment.objects.filter(pk=chain).update(price=Decimal(2000))
    become(chain, State.FULFILLED)
    assert (document(chain).version, document(chain).price) == (4, Decimal(2000))


def test_a_moved_visit_is_the_same_document_at_another_time() -> None:
    chain = visit()
    later = visit(VISIT_AT + HOUR, chain=chain, version=3)
    become(chain, State.MOVED)
    assert Document.objects.count() == 1
    assert (document(chain).starts_at, document(chain).state) == (VISIT_AT + HOUR, State.BOOKED)
    become(later, State.CANCELLED)
    assert document(chain).state == State.CANCELLED


def test_a_visit_that_the_mis_moved_goes_on_and_one_that_registrars_took_has_none() -> None:
    chain = booked_by_a_patient()
    earlier = Appointment.objects.get(pk=chain)
    to = where(MIS, RemoteResource(EYE.id, NORTH.id), begin=WallTime.parse("2026-11-26T15:00:00"), minutes=30)
    insert(MIS, "r-1", to, earlier=earlier)
    assert document(chain).starts_at == VISIT_AT + 5 * HOUR
    other = where(
        MIS, RemoteResource(EYE.id, NORTH.id), begin=WallTime.parse("2026-11-26T17:00:00"), minutes=30
    )
    insert(MIS, "r-2", other)
    assert Appointment.objects.filter(service=UNNAMED_SERVICE).count() == 1
    assert Document.objects.count() == 1


def test_numbers_follow_each_other_however_often_a_visit_changes() -> None:
    first = visit()
    become(first, State.ARRIVED, State.FULFILLED)
    second = visit(VISIT_AT + HOUR)
    assert document(second).pk == document(first).pk + 1


def test_a_booking_that_is_undone_leaves_no_document() -> None:
    with transaction.atomic():
        visit()
        assert Document.objects.count() == 1
        transaction.set_rollback(True)
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_without_the_trigger_a_booking_is_not_noticed(as_owner: psycopg.Connection) -> None:
    """The negative control: nothing else writes documents."""
    as_owner.execute("ALTER TABLE scheduling_appointment DISABLE TRIGGER appointment_document_made")
    try:
        visit()
        assert not Document.objects.exists()
    finally:
        as_owner.execute("ALTER TABLE scheduling_appointment ENABLE TRIGGER appointment_document_made")


@pytest.mark.django_db(transaction=True)
def test_what_stood_before_there_were_documents_and_is_to_come_gets_one(as_owner: psycopg.Connection) -> None:
    """The end of the migration, as the owner of the tables runs it."""
    coming, moved = visit(), visit(VISIT_AT + HOUR)
    later = visit(VISIT_AT + 2 * HOUR, chain=moved, version=3)
    become(moved, State.MOVED)
    become(later, State.CANCELLING)
    visit(NOW - HOUR)
    visit(VISIT_AT + 3 * HOUR, channel="mis", patient=None)
    become(visit(VISIT_AT + 4 * HOUR), State.CANCELLED)
    as_owner.execute("TRUNCATE accounting_document CASCADE")
    with as_owner.transaction():
        as_owner.execute(SQL.read_text(encoding="utf-8").partition(BEFORE)[2])  # type: ignore[arg-type] # ours
    found = Document.objects.values_list("chain", "starts_at", "state", "version", "is_due")
    assert set(found) == {
        (coming, VISIT_AT, "booked", 1, True),
        (moved, VISIT_AT + 2 * HOUR, "booked", 1, True),
    }


def test_outside_of_a_context_nobody_sees_one_and_a_narrow_one_sees_none() -> None:
    visit()
    with connection.cursor() as cursor:
        for name in ("visits", "writes"):
            cursor.execute("SELECT set_config(%s, '', true)", [f"feldsher.{name}"])
        cursor.execute("SELECT count(*) FROM accounting_document")
        assert cursor.fetchone() == (0,)
        with no_context():
            with pytest.raises(NoContextError):
                Document.objects.all()
            with as_service("test"):
                assert Document.objects.count() == 1


def test_nobody_may_call_the_function_of_the_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('accounting_note()', 'EXECUTE')")
        assert cursor.fetchone() == (False,)
