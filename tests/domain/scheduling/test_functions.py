"""A database of an earlier version gets the functions of this one, each once, and keeps its visits."""

import psycopg
import pytest
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader

from conftest import SetClock
from domain.scheduling.factory import (
    LONG_VISIT,
    NOW,
    VISIT,
    appointment,
    at,
    doctor_day,
    minutes,
    offer,
    party,
)
from feldsher.domain.scheduling.models import UNNAMED_SERVICE

FORMER = """
    CREATE FUNCTION free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval,
                               smallint, smallint, boolean, boolean)
    RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION slot_places(uuid, uuid, timestamptz, scheduling_offer)
    RETURNS boolean LANGUAGE sql AS 'SELECT true'
"""
KNOWN = "SELECT count(*) FROM pg_proc WHERE proname = %s"


def _run_newest(owner: psycopg.Connection) -> None:
    """Run the SQL of the newest migration of functions once more."""
    names = sorted(
        name
        for app, name in MigrationLoader(None).disk_migrations
        if app == "scheduling" and name.endswith("_functions")
    )
    _run(owner, names[-1])


def _run(owner: psycopg.Connection, name: str) -> None:
    for operation in MigrationLoader(None).disk_migrations["scheduling", name].operations:
        if isinstance(operation, RunSQL):
            owner.execute(operation.sql)


@pytest.mark.django_db
def test_the_newest_migration_of_functions_replaces_those_of_an_earlier_version(
    as_owner: psycopg.Connection,
) -> None:
    with as_owner.transaction(force_rollback=True):
        as_owner.execute(FORMER)
        _run_newest(as_owner)
        for name in ("may_join", "free_slots", "slot_places", "hold_slot", "hold_slot_once"):
            assert as_owner.execute(KNOWN, [name]).fetchone() == (1,), name


@pytest.mark.django_db(transaction=True)
def test_groups_of_an_earlier_version_are_groups_and_what_stood_over_another_stays(
    as_owner: psycopg.Connection, set_clock: SetClock
) -> None:
    """Each place had a lane, in which nothing kept it from standing over a visit for one."""
    set_clock(NOW)
    doctor_day()
    offer(service=LONG_VISIT, length=minutes(60), capacity=3, is_default=False)
    group, other_group = party(at(8), at(9)), party(at(10), at(11))
    first, second = (appointment(at(8), at(9), service=LONG_VISIT, lane=lane) for lane in (0, 1))
    alone = appointment(at(10), at(10, 30), service=VISIT)
    over = appointment(at(10), at(11), service=LONG_VISIT, lane=1)
    past = appointment(at(-30), at(-29), service=LONG_VISIT)
    phoned = appointment(at(12), at(13), service=UNNAMED_SERVICE, channel="mis")
    with as_owner.transaction(force_rollback=True):
        _run(as_owner, "0017_group_functions")
        as_owner.execute("SELECT set_config('feldsher.visits', 'all', true)")
        found = as_owner.execute("SELECT id, lane, party FROM scheduling_appointment").fetchall()
    assert {row[0]: row[1:] for row in found} == {
        first: (0, group),
        second: (0, group),
        alone: (0, None),
        over: (1, other_group),
        past: (0, None),
        phoned: (0, party(at(12), at(13))),
    }
