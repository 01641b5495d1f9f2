"""A database that had the functions of an earlier version gets those of this one, and no second of a name."""

import psycopg
import pytest
from django.db.migrations.loader import MigrationLoader

FORMER = """
    CREATE FUNCTION free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval,
                               smallint DEFAULT 0, smallint DEFAULT NULL)
    RETURNS integer LANGUAGE sql AS 'SELECT 1'
"""
KNOWN = "SELECT pg_get_function_arguments(oid) FROM pg_proc WHERE proname = 'free_slots'"


@pytest.mark.django_db
def test_the_newest_migration_of_functions_replaces_those_of_an_earlier_version(
    as_owner: psycopg.Connection,
) -> None:
    names = sorted(
        name
        for app, name in MigrationLoader(None).disk_migrations
        if app == "scheduling" and name.endswith("_functions")
    )
    newest = MigrationLoader(None).disk_migrations["scheduling", names[-1]]
    with as_owner.transaction(force_rollback=True):
        as_owner.execute(FORMER)
        assert len(as_owner.execute(KNOWN).fetchall()) == 2
        for operation in newest.operations:
            as_owner.execute(operation.sql)  # type: ignore[attr-defined]  # RunSQL all of them
        (arguments,) = as_owner.execute(KNOWN).fetchall()
        assert "p_by_staff boolean" in arguments[0]
