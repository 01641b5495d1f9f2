"""The second wall of referrals: what the database lets nobody read, write or change. Control C13."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.utils import InternalError

from domain.records.factory import Ward
from domain.records.looking import END, raw, reached, relation
from domain.scheduling.factory import COLLEAGUE, NOW, appointment, at
from feldsher.domain.records.models import ServiceRequest
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.errors import NoContextError
from feldsher.foundation.access.policies import Action

pytestmark = pytest.mark.django_db
NOBODY = (0, 0, 0)


def insert(ward: Ward, **changes: object) -> None:
    values: dict[str, object] = {
        "patient": ward.anna,
        "requester": ward.eye.practitioner_id,
        "performer": ward.heart.practitioner_id,
        "visit": ward.visit,
        "location": ward.north,
        "reason": b"x",
        "authored_at": NOW,
        "until": END,
    }
    with transaction.atomic():
        ServiceRequest(**{**values, **changes}).save(force_insert=True)


def test_c13_raw_sql_outside_of_a_context_reads_and_changes_nothing(ward: Ward) -> None:
    referral = ward.refer()
    with connection.cursor() as cursor:
        assert raw("records_service_request") == set()
        cursor.execute("UPDATE records_service_request SET withdrawn_at = now()")
        assert cursor.rowcount == 0
        with pytest.raises(NoContextError):
            ServiceRequest.objects.all()
    with as_service("test"):
        assert raw("records_service_request") == {referral}, "the control: there is one to see"


def test_c13_the_database_refuses_a_referral_of_a_patient_who_is_not_in_care(ward: Ward) -> None:
    with as_service("test"):
        foreign, boris = appointment(at(9), at(10), practitioner=COLLEAGUE), uuid4()
    wrong: list[dict[str, object]] = [
        {"patient": boris},
        {"visit": foreign},
        {"visit": uuid4()},
        {"requester": COLLEAGUE},
    ]
    with as_staff(ward.eye, Action.REFER):
        for values in wrong:
            with pytest.raises(ProgrammingError, match="row-level security"):
                insert(ward, **values)
        insert(ward)
    with as_staff(ward.eye, Action.SEE_VISITS), pytest.raises(ProgrammingError, match="row-level security"):
        insert(ward, performer=ward.plain)
    for context in (as_service("test"), as_staff(ward.heart, Action.CONSULT)):
        with context, pytest.raises(ProgrammingError, match="row-level security"):
            insert(ward, performer=ward.plain)


def test_c13_the_database_refuses_oneself_and_more_than_a_year(ward: Ward) -> None:
    wrong = (
        ({"performer": ward.eye.practitioner_id}, "not_to_oneself"),
        ({"until": NOW}, "a_year"),
        ({"until": NOW + timedelta(days=367)}, "a_year"),
    )
    for values, name in wrong:
        with as_staff(ward.eye, Action.REFER), pytest.raises(IntegrityError, match=name):
            insert(ward, **values)


def _set(column: str, value: object) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE records_service_request SET {column} = %s", [value])  # noqa: S608 - from here
        return cursor.rowcount


def test_c13_a_referral_gets_shorter_and_no_other(ward: Ward) -> None:
    referral = ward.refer()
    wrong = {
        "patient": uuid4(),
        "performer": ward.plain,
        "visit": uuid4(),
        "until": END + timedelta(seconds=1),
        "reason": b"y",
        "authored_at": NOW + timedelta(days=1),
        "stands": False,
    }
    with as_staff(ward.eye, Action.REFER):
        for column, value in wrong.items():
            with pytest.raises((InternalError, IntegrityError), match="shortened and withdrawn"):
                _set(column, value)
        assert _set("until", END - timedelta(days=1)) == 1
        assert _set("withdrawn_at", NOW) == 1
        with pytest.raises((InternalError, IntegrityError), match="shortened and withdrawn"):
            _set("withdrawn_at", None)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM records_service_request")
            assert cursor.rowcount == 0
    assert relation(referral) is None
    with as_staff(ward.heart, Action.CONSULT):
        assert _set("withdrawn_at", NOW) == 0


def test_c12_a_shortened_term_shortens_the_relation(ward: Ward) -> None:
    referral = ward.refer()
    with as_staff(ward.eye, Action.REFER):
        _set("until", END - timedelta(days=3))
    found = relation(referral)
    assert found is not None
    assert found.period.upper == END - timedelta(days=3)


@pytest.mark.parametrize(
    "call",
    [
        "referred_patient(NULL, NULL)",
        "care_of_referrals(NULL)",
        "service_request_care()",
        "appointment_referrals()",
    ],
)
def test_c13_the_application_calls_no_function_that_writes_care(ward: Ward, call: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(f"SELECT {call}")


@pytest.mark.django_db(transaction=True)
def test_c13_without_the_trigger_nothing_is_opened(ward: Ward, as_owner: psycopg.Connection) -> None:
    """The control: it is the database that opens the patient, and no line of Python."""
    trigger = "TRIGGER service_request_care_made"
    as_owner.execute(f"ALTER TABLE records_service_request DISABLE {trigger}")  # type: ignore[arg-type]
    try:
        referral = ward.refer()
        assert relation(referral) is None
        assert reached(ward.heart, Action.CONSULT) == NOBODY
    finally:
        as_owner.execute(f"ALTER TABLE records_service_request ENABLE {trigger}")  # type: ignore[arg-type]
