"""What each guard is for: a database of its own in which one is taken away, and the harm that follows.

Both sides of a control run the same interleaving. A hold stops at a gate after its last check.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from conftest import _replace_sql_clock
from domain.scheduling.factory import (
    DOCTOR,
    LONG_VISIT,
    MIS,
    NORTH,
    NOW,
    WORK,
    appointment,
    at,
    code,
    day_rows,
    doctor_day,
    heard,
    hold_over,
    lay,
    minutes,
    offer,
    offered,
    slot,
    stretch,
)
from domain.scheduling.interleaving import GATE, beside, closed_gate, wait_for_waiters
from feldsher.domain import scheduling
from feldsher.domain.scheduling import mirror, sql_calls
from feldsher.domain.scheduling.models import Appointment
from feldsher.kernel import clock
from support.database import OPEN, copy_of_template

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

_SQL = Path(scheduling.__file__).parent / "sql"
_GATED_INSERT = f"""
    CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared({GATE});
        RETURN NEW;
    END $$;
    CREATE TRIGGER gate BEFORE INSERT ON scheduling_appointment
        FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate()
"""
_NO_LOCK = """
    CREATE OR REPLACE FUNCTION lock_days(p_practitioner uuid, p_rooms uuid[], p_range tstzrange) RETURNS void
    LANGUAGE sql VOLATILE AS ''
"""
_NO_CONSTRAINT = "ALTER TABLE scheduling_appointment DROP CONSTRAINT appointment_practitioner_free"
_ALL_LANES = "b.active AND b.practitioner = p_practitioner AND b.occupied && o.occupied"
_TOLD = "WHEN NOT bool_and(b.id = ANY (v_over))"
_WHOLE_DAY = "v_locked := range_merge(v_reach, day_of(v_offer.midnights, p_start));"
_IN_CHAIN = "THEN v_own.chain"
GUARDS = {"lock": _NO_LOCK, "constraint": _NO_CONSTRAINT}


@pytest.fixture
def unguarded(django_db_setup: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """Point Django at a throw-away database until the test ends; yields its owner."""
    settings = connection.settings_dict
    name, apart = settings["NAME"], f"{settings['NAME']}_unguarded"
    with (
        copy_of_template(apart) as (_, owner_url),
        psycopg.connect(owner_url, autocommit=True, options=OPEN) as owner,
    ):
        connection.close()
        settings["NAME"] = apart
        monkeypatch.setattr(clock, "now", lambda: NOW)
        _replace_sql_clock(owner, f"SELECT timestamptz '{NOW.isoformat()}'")
        yield owner
        connection.close()
        settings["NAME"] = name


def race(owner: psycopg.Connection, *calls: Callable[[], str]) -> Counter[str]:
    """Let the holds pass their checks, as far as a lock lets them, before any of them inserts."""
    owner.execute(_GATED_INSERT)
    with beside() as start:
        with closed_gate(owner):
            running = [start(call) for call in calls]
            wait_for_waiters(owner, len(calls))
        return Counter(future.result() for future in running)


one_or_group = pytest.mark.parametrize("capacity", [1, 3], ids=["visit for one", "place of a group"])


@one_or_group
@pytest.mark.parametrize("off", [(), ("lock",), ("constraint",)], ids=lambda off: "+".join(off) or "none")
def test_lock_or_constraint_alone_prevents_a_double_booking(
    unguarded: psycopg.Connection, off: tuple[str, ...], capacity: int
) -> None:
    doctor_day()
    offer(service=LONG_VISIT, length=minutes(60), is_default=False, capacity=capacity)
    for guard in off:
        unguarded.execute(GUARDS[guard])  # type: ignore[arg-type] - a constant above
    calls = partial(code, at(7), service_id=LONG_VISIT), partial(code, at(7, 30))
    assert race(unguarded, *calls) == {"held": 1, "taken": 1}


@one_or_group
def test_without_lock_and_constraint_a_double_booking_happens(
    unguarded: psycopg.Connection, capacity: int
) -> None:
    doctor_day()
    offer(service=LONG_VISIT, length=minutes(60), is_default=False, capacity=capacity)
    unguarded.execute(_NO_LOCK)
    unguarded.execute(_NO_CONSTRAINT)
    calls = partial(code, at(7), service_id=LONG_VISIT), partial(code, at(7, 30))
    assert race(unguarded, *calls) == {"held": 2}
    first, second = Appointment.objects.order_by("visit")
    assert first.practitioner == second.practitioner == DOCTOR
    assert first.occupied.upper > second.occupied.lower


def withdraw_at_the_gate(owner: psycopg.Connection, *, waiters: int) -> tuple[bool, str]:
    """Withdraw the day while a hold stands at the gate; tell whether that ended before the hold went on."""
    covered = {(DOCTOR, NORTH): (WORK.start.date(), WORK.start.date())}
    owner.execute(_GATED_INSERT)
    with beside() as start:
        with closed_gate(owner):
            holding = start(partial(code, at(7)))
            wait_for_waiters(owner, 1)
            syncing = start(partial(mirror.write, MIS, rows={}, covered=covered))
            if waiters == 1:
                assert syncing.result() == 1
            wait_for_waiters(owner, waiters)
            is_withdrawn = syncing.done()
        answer = holding.result()
        assert syncing.result() == 1
    assert offered() == []
    return is_withdrawn, answer


def test_without_the_lock_a_hold_takes_time_that_a_sync_has_withdrawn(unguarded: psycopg.Connection) -> None:
    doctor_day()
    unguarded.execute(_NO_LOCK)
    assert withdraw_at_the_gate(unguarded, waiters=1) == (True, "held")


def test_with_the_lock_the_sync_comes_after_the_hold(unguarded: psycopg.Connection) -> None:
    doctor_day()
    assert withdraw_at_the_gate(unguarded, waiters=2) == (False, "held")


def test_without_the_check_of_all_lanes_a_hold_passes_over_an_overflow_lane(
    unguarded: psycopg.Connection,
) -> None:
    doctor_day()
    visit = appointment(at(7), at(7, 30), lane=1, channel="mis", mis_overlap=True)
    assert code(at(7)) == "taken"
    body = (_SQL / "hold_slot_once.sql").read_text(encoding="utf-8")
    assert body.count(_ALL_LANES) == 1
    body = body.replace(_ALL_LANES, f"{_ALL_LANES} AND b.lane = 0")
    unguarded.execute(body)  # type: ignore[arg-type]
    assert code(at(7)) == "held"
    over = Appointment.objects.exclude(pk=visit).get()
    assert (over.lane, over.visit) == (0, Appointment.objects.get(pk=visit).visit)


def over(start: datetime, *told: UUID) -> str:
    return hold_over(start, *told).code


@pytest.mark.parametrize(
    ("off", "answers"),
    [
        ((), {"held": 1, "more_taken": 1}),
        (("constraint",), {"held": 1, "more_taken": 1}),
        (("lock",), {"held": 1, "taken": 1}),
    ],
    ids=lambda each: "+".join(each) or "none",
)
def test_lock_or_constraint_alone_keeps_two_registrars_apart_who_book_over_one_visit(
    unguarded: psycopg.Connection, off: tuple[str, ...], answers: dict[str, int]
) -> None:
    doctor_day(overbook=1)
    visit = appointment(at(7), at(7, 30))
    for guard in off:
        unguarded.execute(GUARDS[guard])  # type: ignore[arg-type] - a constant above
    assert race(unguarded, partial(over, at(7), visit), partial(over, at(7), visit)) == answers
    assert sorted(Appointment.objects.values_list("lane", flat=True)) == [0, 1]


def test_without_lock_and_constraint_three_stand_where_the_rules_let_two(
    unguarded: psycopg.Connection,
) -> None:
    doctor_day(overbook=1)
    visit = appointment(at(7), at(7, 30))
    unguarded.execute(_NO_LOCK)
    unguarded.execute(_NO_CONSTRAINT)
    assert race(unguarded, partial(over, at(7), visit), partial(over, at(7), visit)) == {"held": 2}
    assert sorted(Appointment.objects.values_list("lane", flat=True)) == [0, 1, 1]


@pytest.mark.parametrize(("told", "answer"), [(True, "more_taken"), (False, "held")])
def test_without_its_look_at_what_was_told_a_visit_stands_over_somebody_else(
    unguarded: psycopg.Connection, *, told: bool, answer: str
) -> None:
    """The visit that the registrar saw is gone, and a patient holds its time."""
    doctor_day(overbook=1)
    visit = appointment(at(7), at(7, 30), state="cancelled")
    assert code(at(7)) == "held"
    if not told:
        body = (_SQL / "hold_slot_once.sql").read_text(encoding="utf-8")
        assert body.count(_TOLD) == 1
        unguarded.execute(body.replace(_TOLD, "WHEN false"))  # type: ignore[arg-type]
    assert over(at(7), visit) == answer


@pytest.mark.parametrize(("guard", "held"), [(True, 1), (False, 2)])
def test_a_quota_needs_the_locks_of_the_whole_day_of_the_branch(
    unguarded: psycopg.Connection, *, guard: bool, held: int
) -> None:
    """Two times of one day in Kamchatka lie on two UTC days: the lock of each alone lets both pass."""
    lay(day_rows([stretch(at(20), at(31))]))
    heard()
    offer(quota=1, midnights=[at(-12), at(12), at(36)], zone="Asia/Kamchatka")
    body = (_SQL / "hold_slot_once.sql").read_text(encoding="utf-8")
    assert body.count(_WHOLE_DAY) == 1
    if not guard:
        unguarded.execute(body.replace(_WHOLE_DAY, ""))  # type: ignore[arg-type]
    assert race(unguarded, partial(code, at(20)), partial(code, at(26)))["held"] == held


def own(start: datetime, visit: UUID) -> str:
    """Hold the time for a move of the visit."""
    return sql_calls.hold_slot(slot(start), channel="site", instead=visit).code


@pytest.mark.parametrize("off", [(), ("lock",), ("constraint",)], ids=lambda off: "+".join(off) or "none")
def test_lock_or_constraint_alone_keeps_a_stranger_from_what_a_move_takes_beside_its_own_time(
    unguarded: psycopg.Connection, off: tuple[str, ...]
) -> None:
    doctor_day(step=minutes(15))
    visit = appointment(at(7), at(7, 30))
    for guard in off:
        unguarded.execute(GUARDS[guard])  # type: ignore[arg-type] - a constant above
    calls = partial(own, at(7, 15), visit), partial(code, at(7, 30))
    assert race(unguarded, *calls) == {"held": 1, "taken": 1}


def test_without_lock_and_constraint_a_stranger_stands_over_a_move(unguarded: psycopg.Connection) -> None:
    doctor_day(step=minutes(15))
    visit = appointment(at(7), at(7, 30))
    unguarded.execute(_NO_LOCK)
    unguarded.execute(_NO_CONSTRAINT)
    calls = partial(own, at(7, 15), visit), partial(code, at(7, 30))
    assert race(unguarded, *calls) == {"held": 2}


@pytest.mark.parametrize(("guard", "held"), [(True, 1), (False, 2)])
def test_two_moves_of_one_visit_need_the_lock(
    unguarded: psycopg.Connection, *, guard: bool, held: int
) -> None:
    """The constraint lets a chain overlap itself; which of two goes on, `book_instead` decides."""
    doctor_day(step=minutes(15))
    visit = appointment(at(7), at(7, 30))
    if not guard:
        unguarded.execute(_NO_LOCK)
    assert race(unguarded, partial(own, at(7, 15), visit), partial(own, at(7, 15), visit))["held"] == held


@pytest.mark.parametrize(("chain", "answer"), [(True, "held"), (False, "taken")])
def test_a_hold_outside_the_chain_can_not_stand_beside_its_own_visit(
    unguarded: psycopg.Connection, *, chain: bool, answer: str
) -> None:
    doctor_day(step=minutes(15))
    visit = appointment(at(7), at(7, 30))
    body = (_SQL / "hold_slot_once.sql").read_text(encoding="utf-8")
    assert body.count(_IN_CHAIN) == 1
    if not chain:
        unguarded.execute(body.replace(_IN_CHAIN, "THEN appointment"))  # type: ignore[arg-type] - a file of ours
    assert own(at(7, 15), visit) == answer
