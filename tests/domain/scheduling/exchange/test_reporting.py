"""What became of a visit is told to the MIS that wants it, by a job of the commit that ended it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from uuid import UUID

import pytest
from procrastinate.contrib.django import app

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_queue import fetch, rows, waiting, worker
from domain.scheduling.exchange.world import World, take_jobs
from domain.scheduling.scripted import Fault
from feldsher.domain.scheduling import exchange, gateways, jobs, queue
from feldsher.domain.scheduling.exchange import reporting
from feldsher.domain.scheduling.exchange.reporting import ReportLostError
from feldsher.domain.scheduling.ports import VisitEnd
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service

pytestmark = pytest.mark.django_db


def booked(build: Build, *wanted: VisitEnd) -> World:
    """Book a visit in a MIS that wants to hear of these ends."""
    world = build("reference")
    world.mis.kind = replace(world.mis.kind, reports=frozenset(wanted))
    world.book()
    world.work()
    assert world.state is State.BOOKED
    return world


def cancelled(build: Build, *wanted: VisitEnd) -> World:
    world = booked(build, *wanted)
    world.cancel()
    world.work()
    assert world.state is State.CANCELLED
    return world


def owed() -> list[UUID]:
    return [UUID(json.loads(args)["appointment"]) for (args,) in waiting(queue.REPORT)]


def test_a_visit_that_its_patient_cancelled_is_reported_with_the_hour_on_the_branch_s_wall(
    build: Build,
) -> None:
    world = cancelled(build, VisitEnd.CANCELLED)
    assert owed() == [world.appointment]
    exchange.report(world.appointment)
    ((ref, end, at),) = world.mis.reports
    assert (ref, end) == (world.talk().ref, VisitEnd.CANCELLED)
    ((moment,),) = rows("SELECT max(at) FROM scheduling_transition WHERE appointment = %s", world.appointment)
    assert at.iso() == (moment + timedelta(hours=3)).replace(tzinfo=None).isoformat(timespec="seconds")


@pytest.mark.parametrize("wanted", [(), (VisitEnd.HAPPENED, VisitEnd.NO_SHOW)])
def test_a_mis_that_does_not_want_it_is_told_nothing(build: Build, wanted: tuple[VisitEnd, ...]) -> None:
    cancelled(build, *wanted)
    assert owed() == []


@pytest.mark.parametrize("reason", ["cancelled_by_person", "cancelled_in_mis"])
def test_a_cancel_that_is_not_the_patient_s_is_not_told_as_theirs(build: Build, reason: str) -> None:
    world = booked(build, VisitEnd.CANCELLED)
    with as_service("test"):
        row = world.row()
        row.state, row.reason = State.CANCELLED, reason
        reporting.enqueue(row, world.talk())
    assert owed() == []


def test_a_visit_that_was_never_in_the_mis_is_not_reported(build: Build) -> None:
    world = booked(build, *VisitEnd)
    talk = world.talk()
    talk.ref = ""
    with as_service("test"):
        row = world.row()
        row.state = State.CANCELLED
        reporting.enqueue(row, talk)
    assert owed() == []


def test_a_mis_that_the_settings_name_no_longer_stops_no_cancel(build: Build) -> None:
    world = booked(build, *VisitEnd)
    gateways.bind({"another": world.mis})
    row, talk = world.row(), world.talk()
    row.state = State.CANCELLED
    reporting.enqueue(row, talk)
    assert owed() == []


@pytest.mark.parametrize(
    ("states", "end"),
    [
        ((State.ARRIVED, State.FULFILLED), VisitEnd.HAPPENED),
        ((State.NOSHOW,), VisitEnd.NO_SHOW),
    ],
)
def test_who_came_and_who_did_not_is_reported_by_whoever_ends_the_visit(
    build: Build, states: tuple[State, ...], end: VisitEnd
) -> None:
    world = booked(build, *VisitEnd)
    with as_service("test"):
        row = world.row()
        for state in states:
            row.state = state
            row.save(update_fields=["state"])
            reporting.enqueue(row, world.talk())
    assert owed() == [world.appointment]
    exchange.report(world.appointment)
    assert [told for _, told, _ in world.mis.reports] == [end]


def test_a_lost_report_is_told_again(build: Build) -> None:
    world = cancelled(build, VisitEnd.CANCELLED)
    world.mis.script["report"] = [Fault.DROPPED]
    with pytest.raises(ReportLostError):
        exchange.report(world.appointment)
    exchange.report(world.appointment)
    assert len(world.mis.reports) == 1


def test_a_refused_report_ends_in_the_log(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    world = cancelled(build, VisitEnd.CANCELLED)
    world.mis.script["report"] = [Fault.REFUSED]
    exchange.report(world.appointment)
    assert world.mis.reports == []
    assert f"appointment {world.appointment}: the MIS refused the report cancelled: no" in caplog.text


def test_the_job_tells_it_and_a_lost_one_waits_longer_each_time_and_holds_nobody_up(build: Build) -> None:
    world = cancelled(build, VisitEnd.CANCELLED)
    jobs.report_to_mis(str(world.appointment))
    assert len(world.mis.reports) == 1
    retry = app.tasks[queue.REPORT].retry_strategy
    assert retry is not None
    waits = []
    for tried in range(9):
        decision = retry.get_retry_decision(exception=ReportLostError(), job=Mock(attempts=tried))
        waits.append(decision and round((decision.retry_at - datetime.now(tz=UTC)).total_seconds()))
    assert waits == [3, 9, 27, 81, 243, 729, 2187, 6561, None]
    assert retry.get_retry_decision(exception=ValueError(), job=Mock(attempts=0)) is None
    assert rows("SELECT lock FROM procrastinate_jobs WHERE task_name = %s", queue.REPORT) == [(None,)]


def test_the_end_and_its_report_are_one_commit(build: Build) -> None:
    """A worker that takes the report finds a visit that has ended."""
    world = booked(build, VisitEnd.CANCELLED)
    world.cancel()
    assert owed() == []
    assert take_jobs() == [world.appointment]
    world.work()
    exchange.run(world.appointment)
    assert owed() == [world.appointment]
    assert world.state is State.CANCELLED
    rows("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name <> %s", queue.REPORT)
    assert fetch(worker(silent_for=0)) == queue.REPORT
    assert world.talk().mis == clinic.MIS
