"""C13: rows about staff, the journal, alerts and СНИЛС of doctors are closed too, each by its own door."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from feldsher.domain.directory.models import Practitioner, PractitionerSnils
from feldsher.domain.directory.services.snils import keep_snils, known_snils
from feldsher.foundation.access import selectors, services
from feldsher.foundation.access.context import as_service, no_context
from feldsher.foundation.access.errors import NoContextError
from feldsher.foundation.access.models import AccessGrant, GrantRequest, User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.audit import following
from feldsher.foundation.audit import selectors as audit
from feldsher.foundation.audit.models import AccessEntry, Check
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.services import record
from feldsher.foundation.audit.types import Access, Actor, ActorKind, JournalQuery, Result
from feldsher.foundation.privacy.rows import OutOfReachError
from feldsher.foundation.watch.models import Alert, Habit, Hour

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = ("visits", "persons", "writes", "journal", "audit", "staff", "snils")
TABLES = ("access_user", "access_grant", "audit_access", "watch_hour", "directory_practitioner_snils")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def filled() -> Iterator[UUID]:
    """A row in each table, made in reach; then nothing is in reach, as in a process of production."""
    services.create_staff("probnaya", password="twelve letters and more", roles=(Role.REGISTRAR,))
    patient = uuid4()
    for whose in (patient, uuid4()):
        note(whose)
    counts = dict.fromkeys(("patients", "opened", "groundless", "refused", "exported"), 1)
    Hour.objects.create(actor=uuid4(), hour=NOW, role="registrar", **counts)
    keep_snils({Practitioner.objects.create(family="Пробная").id: "ab" * 32})
    assert {table: count(table) > 0 for table in TABLES} == dict.fromkeys(TABLES, True)
    tell("")
    with no_context():
        yield patient
    tell("all")


def note(patient: UUID) -> None:
    with transaction.atomic():
        record(
            Access(
                actor=Actor(ActorKind.STAFF, str(uuid4()), role="registrar"),
                column="A",
                what="appointment",
                patients=(patient,),
                ids=(),
                fields=(),
                purpose="see_day",
                relation="role",
                result=Result.ALLOWED,
            )
        )


def tell(value: str) -> None:
    with connection.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("SELECT set_config(%s, %s, false)", [f"feldsher.{name}", value])


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a fixed name
        found: int = cursor.fetchone()[0]
    return found


def found_by_function(patient: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_rows_of(%s)", [patient])
        found: int = cursor.fetchone()[0]
    return found


def test_c13_raw_sql_finds_nothing_about_staff_nor_in_the_journal(filled: UUID) -> None:
    assert {table: count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_user SET is_active = false, disabled_at = now()")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM access_grant")
        assert cursor.rowcount == 0


def test_c13_raw_sql_gives_nobody_a_role(filled: UUID) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_user (id, login, password, name, is_active, pin, created_at)"
            " VALUES (gen_random_uuid(), 'mallory', '', '', true, '', now())"
        )


@pytest.mark.parametrize("model", [User, AccessGrant, GrantRequest, AccessEntry, Check, PractitionerSnils])
def test_c13_a_manager_refuses_instead_of_finding_nothing(filled: UUID, model: type[User]) -> None:
    with pytest.raises(OutOfReachError):
        model.objects.count()


@pytest.mark.parametrize("model", [Hour, Habit, Alert])
def test_c13_what_the_watch_keeps_needs_a_context(filled: UUID, model: type[Hour]) -> None:
    with pytest.raises(NoContextError):
        model.objects.count()


def test_c13_doors_open_what_is_theirs_alone(filled: UUID) -> None:
    with STAFF.reach():
        assert count("access_user") == 1
        assert count("audit_access") == 0
    with JOURNAL.reach():
        assert count("audit_access") >= 2
        assert count("access_user") == 0
    assert count("access_user") == 0
    assert count("audit_access") == 0


def test_c13_the_journal_about_one_patient_shows_no_other(filled: UUID) -> None:
    with JOURNAL.reach(str(filled)):
        assert count("audit_access") == 1
        with JOURNAL.reach():
            assert count("audit_access") > 1
        assert count("audit_access") == 1
        assert [found_by_function(whose) for whose in (filled, uuid4())] == [1, 0]


def test_the_function_behind_the_index_tells_nobody_out_of_reach(filled: UUID) -> None:
    assert found_by_function(filled) == 0


def test_what_the_product_reads_it_reaches_by_itself(filled: UUID) -> None:
    assert [card.login for card in selectors.all_staff()] == ["probnaya"]
    staff = selectors.staff_named("probnaya")
    assert staff.roles == {Role.REGISTRAR}
    reader = Actor(ActorKind.STAFF, str(staff.id), role="security_auditor")
    assert len(audit.journal(JournalQuery(patient=filled), reader=reader)) == 1
    told = audit.of_patient(filled, reader=Actor(ActorKind.PATIENT, str(filled)), zone="Europe/Moscow")
    assert {opening.purpose for opening in told.openings} == {"see_day", "see_journal"}
    assert following.newest() > 0
    assert len(known_snils()) == 1
    with as_service("test"):
        assert Hour.objects.count() == 1
        assert User.objects.count() == 1


def test_what_an_inner_door_opened_is_closed_with_it_whatever_happens(filled: UUID) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), STAFF.reach():
            raise ZeroDivisionError
        assert count("access_user") == 0
        with STAFF.reach():
            assert count("access_user") == 1
        assert count("access_user") == 0
