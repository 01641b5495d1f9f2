import logging
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from feldsher.foundation.audit import partitions, services
from feldsher.foundation.audit.jobs import make_months
from feldsher.foundation.audit.models import AccessEntry
from feldsher.kernel import clock
from foundation.audit.factories import access

pytestmark = pytest.mark.django_db(transaction=True)


def months(owner: psycopg.Connection) -> set[str]:
    found = owner.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_access'::regclass"
    )
    return {name.removeprefix("audit_access_") for (name,) in found}


def move(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: moment)


def record_one() -> None:
    with transaction.atomic():
        services.record(access())


def test_the_job_makes_this_month_and_the_next_two(
    as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = months(as_owner)
    move(monkeypatch, clock.now() + timedelta(days=190))
    first = clock.now().date().replace(day=1)
    added = {f"{partitions.later(first, ahead):%Y_%m}" for ahead in range(3)}
    make_months(0)
    make_months(0)
    record_one()
    assert months(as_owner) == before | added
    assert (AccessEntry.objects.count(), partitions.in_default()) == (1, 0)
    for name in added:
        as_owner.execute(f"DROP TABLE audit_access_{name}")  # type: ignore[arg-type]


def test_a_row_without_a_month_is_kept_and_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = clock.now()
    move(monkeypatch, datetime(2040, 1, 1, tzinfo=UTC))
    record_one()
    move(monkeypatch, real)
    assert (AccessEntry.objects.count(), partitions.in_default()) == (1, 1)
    with caplog.at_level(logging.ERROR):
        make_months(0)
    assert "1 rows lie in the default partition" in caplog.text


def test_a_month_whose_rows_lie_in_the_default_partition_is_told_of(
    as_owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    move(monkeypatch, clock.now() - timedelta(days=190))
    record_one()
    before = months(as_owner)
    with caplog.at_level(logging.ERROR):
        make_months(0)
    assert f"rows of {clock.now():%Y-%m}-01 lie in the default partition" in caplog.text
    assert f"{clock.now():%Y_%m}" not in months(as_owner)
    for name in months(as_owner) - before:
        as_owner.execute(f"DROP TABLE audit_access_{name}")  # type: ignore[arg-type]


def test_the_owner_takes_an_old_month_off(as_owner: psycopg.Connection) -> None:
    record_one()
    name = f"audit_access_{clock.now():%Y_%m}"
    bounds = as_owner.execute(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", [name]
    ).fetchone()
    as_owner.execute(f"ALTER TABLE audit_access DETACH PARTITION {name}")  # type: ignore[arg-type]
    assert AccessEntry.objects.count() == 0
    assert bounds is not None
    as_owner.execute(f"ALTER TABLE audit_access ATTACH PARTITION {name} {bounds[0]}")  # type: ignore[arg-type]
    assert AccessEntry.objects.count() == 1
    as_owner.execute("DELETE FROM audit_access")
    assert AccessEntry.objects.count() == 1
    as_owner.execute("ALTER TABLE audit_access NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is not changed"):
        as_owner.execute("DELETE FROM audit_access")
    as_owner.execute("ALTER TABLE audit_access FORCE ROW LEVEL SECURITY")


@pytest.mark.parametrize("day", ["2020-01-01", "2040-01-01"])
def test_no_month_is_made_far_from_now(day: str) -> None:
    with pytest.raises(DatabaseError, match="so far from now"), connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_month(%s)", [day])
