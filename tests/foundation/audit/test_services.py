from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from feldsher.foundation.audit import services, tree
from feldsher.foundation.audit.errors import AuditError
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.types import Result
from feldsher.kernel.trace import tracing
from foundation.audit.factories import PATIENT, REGISTRAR, VISIT, access, actor, refusal

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW)


def record_one() -> None:
    with transaction.atomic():
        services.record(access())


def test_a_read_is_written_with_who_whom_what_and_why() -> None:
    other = UUID(int=9)
    with tracing("a" * 32), transaction.atomic():
        services.record(access(), access(column="K", what="person", ids=(PATIENT, other), purpose="calls"))
    first, second = AccessEntry.objects.order_by("id")
    assert (first.at, first.trace, first.actor_kind, first.actor) == (NOW, "a" * 32, "staff", str(REGISTRAR))
    assert (first.role, first.device, first.network, first.on_behalf) == ("registrar", "d1", "n1", None)
    assert (first.matrix_column, first.what, first.purpose, first.relation) == (
        "A",
        "appointment",
        "visits",
        "role",
    )
    assert (first.patients, first.ids, first.fields, first.row_count) == (
        [PATIENT],
        [VISIT],
        ["start", "state"],
        1,
    )
    assert (first.result, first.reason) == ("allowed", "")
    assert (second.matrix_column, second.ids, second.row_count) == ("K", [PATIENT, other], 2)


def test_a_read_that_is_rolled_back_was_none() -> None:
    with transaction.atomic():
        services.record(access())
        transaction.set_rollback(True)
    assert AccessEntry.objects.count() == 0


def test_c23_outside_a_transaction_nothing_is_recorded_and_so_nothing_read() -> None:
    with pytest.raises(AuditError) as refused:
        services.record(access())
    assert (refused.value.code, refused.value.status) == ("audit_unavailable", 503)


def test_c23_without_the_right_to_insert_the_read_fails(as_owner: psycopg.Connection) -> None:
    as_owner.execute("REVOKE INSERT ON audit_access FROM feldsher_app")
    try:
        with pytest.raises(AuditError):
            record_one()
        with pytest.raises(AuditError):
            services.record_refusal(refusal())
    finally:
        as_owner.execute("GRANT INSERT ON audit_access TO feldsher_app")
    record_one()
    assert AccessEntry.objects.count() == 1


def test_c23_without_a_partition_the_read_fails(
    as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: datetime(2040, 1, 1, tzinfo=UTC))
    as_owner.execute("ALTER TABLE audit_access DETACH PARTITION audit_access_default")
    try:
        with pytest.raises(AuditError):
            record_one()
    finally:
        as_owner.execute("ALTER TABLE audit_access ATTACH PARTITION audit_access_default DEFAULT")
    record_one()
    assert AccessEntry.objects.count() == 1


def test_a_refusal_outlives_the_rollback_that_it_causes() -> None:
    with transaction.atomic():
        services.record(access())
        services.record_refusal(refusal())
        transaction.set_rollback(True)
    assert list(AccessEntry.objects.values_list("result", "reason")) == [("refused", "no_right")]


def test_a_refusal_outside_a_transaction_is_written_too() -> None:
    services.record_refusal(refusal())
    assert AccessEntry.objects.get().result == "refused"


def test_only_a_refusal_may_leave_the_transaction() -> None:
    with pytest.raises(ValueError, match="not a refusal"):
        services.record_refusal(access(result=Result.ALLOWED))


@pytest.mark.parametrize("statement", ["UPDATE audit_access SET actor = ''", "DELETE FROM audit_access"])
def test_c22_neither_the_application_nor_the_owner_changes_a_row(
    as_owner: psycopg.Connection, statement: str
) -> None:
    record_one()
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert as_owner.execute(statement).rowcount == 0  # type: ignore[arg-type]
    as_owner.execute("ALTER TABLE audit_access NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is not changed"):
        as_owner.execute(statement)  # type: ignore[arg-type]
    as_owner.execute("ALTER TABLE audit_access FORCE ROW LEVEL SECURITY")
    assert AccessEntry.objects.get().actor == str(REGISTRAR)


def test_c22_the_application_has_no_way_to_a_month_or_to_a_cleared_table() -> None:
    record_one()
    for statement in (
        "TRUNCATE audit_access",
        "SELECT 1 FROM audit_access_2026_11",
        "INSERT INTO audit_access_2026_11 SELECT * FROM audit_access",
        "TRUNCATE audit_access_default",
        "ALTER TABLE audit_access DETACH PARTITION audit_access_2026_11",
        "SELECT audit_narrow('audit_access', 'SELECT')",
    ):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), connection.cursor() as c:
            c.execute(statement)


_INSERT = """
    INSERT INTO audit_access (id, at, trace, actor_kind, actor, role, device, network, matrix_column, what,
        patients, ids, fields, row_count, purpose, relation, result, reason)
    VALUES (%s, %s, '', 'service', 'by_hand', '', '', '', 'A', 'visit', '{}', '{}', '{}', 0, '', '',
        'allowed', '')
"""


def test_c22_an_id_that_the_application_gives_is_not_taken() -> None:
    record_one()
    first = AccessEntry.objects.get().id
    with connection.cursor() as cursor:
        for given in (first, first + 2, -1):
            cursor.execute(_INSERT, [given, NOW + timedelta(minutes=1)])
    record_one()
    assert list(AccessEntry.objects.order_by("id").values_list("id", flat=True)) == list(
        range(first, first + 5)
    )
    assert tree.grow() == 5


@pytest.mark.parametrize("instant", ["infinity", "-infinity", "4713-01-01 BC", "10000-01-01", "1999-12-31"])
def test_c22_an_instant_that_nobody_can_read_is_refused(instant: str) -> None:
    with pytest.raises(IntegrityError, match="audit_access_at_check"), connection.cursor() as cursor:
        cursor.execute(_INSERT, [1, instant])
    record_one()
    assert tree.grow() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT nextval('audit_access_id')",
        "SELECT setval('audit_access_id', 1)",
        "INSERT INTO audit_queue SELECT id, at FROM audit_access",
        "CREATE TRIGGER t AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION audit_queue_up()",
        "CREATE TRIGGER t BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION audit_number()",
    ],
)
def test_c22_the_application_reaches_neither_the_ids_nor_the_queue(statement: str) -> None:
    record_one()
    tree.grow()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE own (id bigint, at timestamptz) ON COMMIT DROP")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(statement)


@pytest.mark.parametrize("wrong", ["Иванова", "+79210000017", "two words", "x" * 101])
def test_what_is_no_code_is_refused(wrong: str) -> None:
    for make in (
        lambda: actor(id=wrong),
        lambda: actor(network=wrong),
        lambda: access(purpose=wrong),
        lambda: access(fields=("start", wrong)),
    ):
        with pytest.raises(ValueError, match="takes codes"):
            make()
